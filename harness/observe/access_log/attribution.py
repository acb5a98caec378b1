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

    nginx logs the name of a group of servers where it could ask none of them. Nobody but the plan can tell
    whose group that is; with `has_addresses`, a name that the plan has not is the router's own.
    """

    def __init__(self, rule: VariantField, *, has_addresses: bool = False) -> None:
        self._has_addresses = has_addresses
        self._variants = VariantValues(rule.baseline, rule.canary, rule.control)
        # A plan may name what else says nothing, such as the empty name of ingress-nginx's alternative.
        self._nobody = _NOBODY.difference(rule.baseline, rule.canary, rule.control)

    def owner(self, value: object, upstream: object, *, has_upstream: bool) -> tuple[Owner, bool]:
        """Return whose a request is, and whether it was tried more than once.

        `has_upstream` says that the log names the upstream of a request that had one.
        """
        asked = [each for each in _tries(upstream, _NOBODY) if self._is_server(each)]
        if has_upstream and not asked:
            return Owner.ROUTER, False
        named = [each for each in _tries(value, self._nobody) if value != upstream or self._is_server(each)]
        return self._variants.owner(named[0]) if named else Owner.UNATTRIBUTED, len(asked) > 1

    def _is_server(self, name: str) -> bool:
        return not self._has_addresses or ":" in name or self._variants.has(name)


def _tries(value: object, nobody: frozenset[str]) -> list[str]:
    """Return who was asked, in order; a try that found no server asked nobody."""
    text = "" if value is None else str(value)
    return [one for one in _TRY_ENDS.split(text) if one not in nobody]
