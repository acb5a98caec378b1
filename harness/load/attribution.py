"""Which variant a response came from, by the header that names it; and a chain of redirects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harness.record.histograms.account import NOBODY, VARIANTS

_OWNER_OF: Final = {str(variant).encode(): number for number, variant in enumerate(VARIANTS)}


def owner_named(values: Iterable[bytes], variants: int) -> int:
    """Return the place of the variant that all values of the header name, else that of nobody.

    A router that answers itself sends no header; two different values, or one that is none of the first so
    many variants, tell nothing.
    """
    names = {name.strip().lower() for value in values for name in value.split(b",")}
    owner = _OWNER_OF.get(names.pop(), NOBODY) if len(names) == 1 else NOBODY
    return owner if owner < variants else NOBODY


def owner_of_chain(owner: int, earlier: Iterable[int]) -> int:
    """Return whose a redirected request is: its last response's, unless an earlier one was another's.

    Its time is then that of two variants. A redirect of nobody, such as a router's own, tells nothing.
    """
    return owner if all(each in {owner, NOBODY} for each in earlier) else NOBODY
