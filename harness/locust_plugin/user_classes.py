"""Which users of a locustfile the gate runs: all of them, or none.

A user that is not paced would send requests of its own, to hosts of its own, that no verdict counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from harness.client.tls import TlsSettings
from harness.load.locust.class_settings import client_settings, refusals
from harness.load.locust.paced import Paced
from harness.load.locust.user import GateUser
from harness.plan.loader import PlanFile
from harness.plan.model import Plan, Tls
from harness.plan.overrides.values import Override
from harness.record.sources.recorded_requests import RecordedRequests

_WAYS = (
    "  `class {name}(GateUser)`: the gate's own client, the fastest",
    "  `class {name}(Gated, {base})`: keeps its client, at 5 to 20 times the CPU",
)


@dataclass(frozen=True)
class Users:
    """The user classes of a run, and what they send again, if anything."""

    classes: Sequence[type]
    recorded: RecordedRequests | None


class UngatedUsers(Exception):
    """Users of the locustfile that the gate cannot run; `problems` say which, `advice` what to write."""

    def __init__(self, problems: Sequence[str], advice: Sequence[str] = ()) -> None:
        super().__init__(*problems)
        self.problems = problems
        self.advice = advice

    @property
    def lines(self) -> Sequence[str]:
        """Everything about them, as lines of the terminal."""
        return [*(f"error: {problem}" for problem in self.problems), *self.advice]


def gated(classes: Sequence[type]) -> Sequence[type]:
    """Return the classes, if there are any and the gate can run every one; raises UngatedUsers."""
    others = [cls for cls in classes if not issubclass(cls, Paced)]
    if others:
        names = ", ".join(cls.__name__ for cls in others)
        raise UngatedUsers(
            [f"the gate does not pace or judge {names}: nothing that they send would be counted."],
            [
                "Write, with both names from `harness.plugin`, either of:",
                *(way.format(name=others[0].__name__, base=_base_of(others[0])) for way in _WAYS),
                "or leave it out by naming the user classes to run after Locust's options.",
            ],
        )
    if not classes:
        raise UngatedUsers(
            ["the locustfile has no user for the gate; write one: `class Shop(GateUser)` with a task"]
        )
    if refused := [line for cls in classes if issubclass(cls, GateUser) for line in refusals(cls)]:
        raise UngatedUsers(refused)
    return classes


def with_tls_of(classes: Sequence[type], read: PlanFile) -> PlanFile:
    """Return the plan with the TLS settings of its users where it has none; raises UngatedUsers.

    So whoever checks and probes the targets verifies them as the load does, and reaches the same ones.
    """
    if lost := _goes_astray(classes, read.plan):
        raise UngatedUsers(lost)
    of_plan = TlsSettings.of(read.plan.tls)
    of_classes = {cls: client_settings(cls).tls for cls in classes if issubclass(cls, GateUser)}
    said = set(of_classes.values())
    if of_plan is None and len(said) == 1 and (tls := said.pop()) is not None:
        given = Tls.model_construct(**asdict(tls))
        # As if it had been given by an option: whoever reads the run's plan again finds it in the records.
        override = Override("tls", given.model_dump_json(by_alias=True, exclude_none=True))
        overrides = replace(read.overrides, values=(*read.overrides.values, override))
        return replace(read, plan=read.plan.model_copy(update={"tls": given}), overrides=overrides)
    others = {cls: tls for cls, tls in of_classes.items() if tls not in (None, of_plan)}
    if of_plan is not None and others:
        why = "{}: its {} contradicts `tls` of the plan; remove one of them"
        raise UngatedUsers([why.format(cls.__name__, tls) for cls, tls in others.items()])
    return read


def _goes_astray(classes: Sequence[type], plan: Plan) -> list[str]:
    """Say which users would send their load elsewhere than where the plan's targets are probed."""
    ways = [f"`{key}`" for key, given in (("resolve", plan.resolve), ("proxy", plan.proxy)) if given]
    others = [cls.__name__ for cls in classes if not issubclass(cls, GateUser)] if ways else []
    return [
        f"the own client of {name} does not follow {' and '.join(ways)} of the plan; "
        f"write `class {name}(GateUser)`, or remove that from the plan"
        for name in others
    ]


def spread_over_variants(plan: Plan, classes: Sequence[Any]) -> int:
    """Return how many users a run needs: `max_in_flight` for each variant, as a user belongs to one of them.

    Behind a router users belong to neither. Classes with a `fixed_count` get it for each variant as well.
    """
    if plan.is_routed:
        return plan.sent.max_in_flight
    for cls in classes:
        cls.fixed_count *= len(plan.variants)
    return plan.sent.max_in_flight * len(plan.variants)


def _base_of(cls: type) -> str:
    return cls.__bases__[0].__name__
