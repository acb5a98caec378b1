"""Whose a logged request is: a variant's, the router's own, or nobody's."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from harness.observe.variant_values import Owner, VariantValues
from harness.plan.traffic.traffic import VariantField

_TRY_ENDS: Final = re.compile(r",\s*| : ")
_GROUP_ENDS: Final = " : "
_NOBODY: Final = frozenset({"", "-", "<NOSRV>", "<CACHE>", "<STATS>", "<PROMEX>", "None"})


class Attributed(NamedTuple):
    """Whose a request is, whether more than one server was asked, and whether its owner was given up."""

    owner: Owner
    is_retried: bool = False
    is_given_up: bool = False
    """The response came from another variant, which the router asked as this one had failed."""


class LogAttribution:
    """Tells a request's owner by the plan's rule.

    A request that was tried several times is one response, of the variant that was asked first: that is what
    the weight shares out, and what made the retry necessary. If another variant responded in the end, the
    first one failed. Within a group, that is: from one group to another, a service may have sent it on.

    nginx logs the name of a group of servers where it could ask none of them. Nobody but the plan can tell
    whose group that is; with `has_addresses`, a name that the plan has not is the router's own.
    """

    def __init__(self, rule: VariantField, *, has_addresses: bool = False) -> None:
        self._has_addresses = has_addresses
        self._variants = VariantValues(rule.baseline, rule.canary, rule.control)
        # A plan may name what else says nothing, such as the empty name of ingress-nginx's alternative.
        self._nobody = _NOBODY.difference(rule.baseline, rule.canary, rule.control)

    def owner(self, value: object, upstream: object, *, has_upstream: bool) -> Attributed:
        """Return whose a request is.

        `has_upstream` says that the log names the upstream of a request that had one.
        """
        asked = [each for each in _tries(upstream, _NOBODY) if self._is_server(each)]
        if has_upstream and not asked:
            return Attributed(Owner.ROUTER)
        named = [each for each in _tries(value, self._nobody) if value != upstream or self._is_server(each)]
        if not named:
            return Attributed(Owner.UNATTRIBUTED, len(asked) > 1)
        first, last = self._variants.owner(named[0]), self._variants.owner(named[-1])
        if first is last:
            return Attributed(first, len(asked) > 1)
        if _GROUP_ENDS not in str(value):
            return Attributed(first, len(asked) > 1, is_given_up=True)
        # Without a rule for the baseline whatever else was asked would be it, such as a server of files.
        is_known = self._variants.has(named[-1])
        return Attributed(Owner.UNATTRIBUTED if is_known else first, len(asked) > 1)

    def _is_server(self, name: str) -> bool:
        return not self._has_addresses or ":" in name or self._variants.has(name)


def _tries(value: object, nobody: frozenset[str]) -> list[str]:
    """Return who was asked, in order; a try that found no server asked nobody."""
    text = "" if value is None else str(value)
    return [one for one in _TRY_ENDS.split(text) if one not in nobody]
