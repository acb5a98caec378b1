"""Whose a logged request is: a variant's, the router's own, or nobody's."""

from __future__ import annotations

import re
from typing import Final

from harness.observe.variant_values import Owner, VariantValues
from harness.plan.traffic.traffic import VariantField

_TRY_ENDS: Final = re.compile(r",\s*| : ")
_NOBODY: Final = frozenset({"", "-", "<NOSRV>", "<CACHE>", "<STATS>", "<PROMEX>", "None"})


class LogAttribution:
    """Tells a request's owner by the plan's rule.

    A request that was tried several times is one response, of the variant that was asked first: that is what
    the weight shares out, and what made the retry necessary.
    """

    def __init__(self, rule: VariantField) -> None:
        self._variants = VariantValues(rule.baseline, rule.canary, rule.control)

    def owner(self, value: object, upstream: object, *, has_upstream: bool) -> tuple[Owner, bool]:
        """Return whose a request is, and whether it was tried more than once.

        `has_upstream` says that the log names the upstream of a request that had one.
        """
        asked = _tries(upstream)
        if has_upstream and not asked:
            return Owner.ROUTER, False
        named = _tries(value)
        return self._variants.owner(named[0]) if named else Owner.UNATTRIBUTED, len(asked) > 1


def _tries(value: object) -> list[str]:
    """Return who was asked, in order; a try that found no server asked nobody."""
    text = "" if value is None else str(value)
    return [one for one in _TRY_ENDS.split(text) if one not in _NOBODY]
