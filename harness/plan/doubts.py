"""Why a stage cannot pass, or a trigger never fire, whatever the service does."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.criteria.quantity import TIME, rounded_text_of, shown
from harness.plan.outlook import MIN_BLOCKS, MIN_REQUESTS, Outlook, fewest_requests
from harness.plan.settings import Probes


@dataclass(frozen=True)
class Doubt:
    """One reason, and the stage it is about (None: the whole plan)."""

    stage: str | None
    what: str

    def __str__(self) -> str:
        return self.what if self.stage is None else f"stage {self.stage}: {self.what}"


@dataclass(frozen=True)
class Sight:
    """What the probes of a plan can see."""

    health: bool
    metrics: bool
    alerts: bool
    queries: frozenset[str]

    @classmethod
    def of(cls, probes: Probes | None, *, critical_levels: bool) -> "Sight":
        """Return what these probes see; a critical level is an alert, too."""
        if probes is None:
            return cls(health=False, metrics=False, alerts=critical_levels, queries=frozenset())
        server = probes.prometheus
        return cls(
            health=probes.health is not None,
            metrics=probes.metrics is not None,
            alerts=critical_levels or (server is not None and server.alerts is not None),
            queries=frozenset(server.queries if server else ()),
        )


def doubts_of_stage(outlook: Outlook, sight: Sight, min_blocks: int) -> Iterator[Doubt]:
    """Yield why this stage cannot pass."""
    stage = outlook.stage
    every = [*stage.criteria, *(one for criteria in stage.endpoints.values() for one in criteria)]
    reasons = [
        *_without_data(outlook, every),
        *_without_comparison(outlook, every, min_blocks),
        *(reason for criterion in stage.criteria if (reason := _out_of_reach(outlook, criterion))),
        *(reason for criterion in every if (reason := _too_long(outlook, criterion))),
        *(reason for criterion in stage.criteria if (reason := _unseen(sight, criterion))),
        *_never_fires(stage.rollback, stage.duration_s, "stage"),
    ]
    for what in dict.fromkeys(reasons):
        yield Doubt(stage.name, what)


def doubts_of_triggers(triggers: Sequence[AnyCriterion], run_s: float) -> Iterator[Doubt]:
    """Yield which of the run's triggers can never fire."""
    for what in _never_fires(triggers, run_s, "run"):
        yield Doubt(None, what)


def _without_data(outlook: Outlook, criteria: Sequence[AnyCriterion]) -> Iterator[str]:
    of_canary = [one for one in criteria if _is_of_canary(one)]
    if outlook.judged_s <= 0:
        warmup, duration = (
            rounded_text_of(outlook.warmup_s, TIME),
            rounded_text_of(outlook.stage.duration_s, TIME),
        )
        yield f"the warm-up of {warmup} leaves nothing of {duration} to judge"
    elif of_canary and outlook.canary_requests_judged() == 0:
        yield f"the canary gets no request, so {shown(of_canary[0].text)} has nothing to judge"
    elif outlook.blocks < MIN_BLOCKS and of_canary:
        yield f"{outlook.blocks} blocks are too few for any criterion; at least {MIN_BLOCKS} are needed"


def _is_of_canary(criterion: AnyCriterion) -> bool:
    if isinstance(criterion, NamedCriterion):
        return criterion.is_relative
    return criterion.measure.is_of_requests and criterion.measure.kind is not MeasureKind.THROUGHPUT


def _without_comparison(outlook: Outlook, criteria: Sequence[AnyCriterion], min_blocks: int) -> Iterator[str]:
    relative = [one for one in criteria if one.is_relative]
    if outlook.stage.is_alone:
        for one in relative:
            yield f"{shown(one.text)} cannot be judged: at weight 100% no baseline is left to compare with"
    elif relative and outlook.canary_per_block > 0 and outlook.compared_blocks < min_blocks:
        yield f"{shown(relative[0].text)} needs {min_blocks} blocks, and {_blocks_said(outlook)}"


def _blocks_said(outlook: Outlook) -> str:
    said = f"{outlook.blocks} of {rounded_text_of(outlook.block_s, TIME)} follow the warm-up"
    if outlook.canary_per_block >= MIN_REQUESTS:
        return said
    return (
        f"{said}, merged to {outlook.compared_blocks} because each holds {outlook.canary_per_block}"
        f" canary requests, fewer than {MIN_REQUESTS}"
    )


def _out_of_reach(outlook: Outlook, criterion: AnyCriterion) -> str | None:
    if not isinstance(criterion, Criterion) or not isinstance(criterion.limit, Absolute):
        return None
    limit = criterion.limit.value
    if criterion.measure.kind is MeasureKind.THROUGHPUT and outlook.rate_per_s <= limit:
        return f"{shown(criterion.text)} is out of reach: the plan offers only {outlook.rate_per_s:g}/s"
    if criterion.measure.kind is not MeasureKind.ERROR_RATE:
        return None
    sent = outlook.canary_requests_judged(criterion.for_s)
    needed = fewest_requests(limit)
    if needed == math.inf:
        return f"{shown(criterion.text)} can never be shown: it takes more requests than there are"
    if 0 < sent < needed:
        return f"{shown(criterion.text)} needs {needed:,} canary requests without an error, and gets {sent:,}"
    return None


def _too_long(outlook: Outlook, criterion: AnyCriterion) -> str | None:
    duration_s = outlook.stage.duration_s
    if criterion.for_s is None or criterion.for_s <= duration_s * (1 + 1e-9):
        return None
    return (
        f"{shown(criterion.text)} is longer than the stage, which lasts {rounded_text_of(duration_s, TIME)}"
    )


def _unseen(sight: Sight, criterion: AnyCriterion) -> str | None:
    """Say which probe is not there, without which nobody can tell."""
    if isinstance(criterion, Criterion):
        measure = criterion.measure
        probed = measure.is_of_requests or measure.name in sight.queries
        lacking = None if probed or (measure.kind is not MeasureKind.QUERY and sight.metrics) else "metrics"
    else:
        lacking = {
            Named.HEALTH_CHECKS_PASSING: None if sight.health else "health",
            Named.SYSTEM_STABLE: None if sight.metrics else "metrics",
            Named.STABLE: None if sight.metrics else "metrics",
            Named.NO_CRITICAL_ALERTS: None if sight.alerts else "prometheus.alerts",
        }.get(criterion.name)
    return None if lacking is None else f"{shown(criterion.text)} cannot be seen without `probes.{lacking}`"


def _never_fires(triggers: Sequence[AnyCriterion], whole_s: float, whole: str) -> Iterator[str]:
    for trigger in triggers:
        if trigger.for_s is not None and trigger.for_s > whole_s * (1 + 1e-9):
            length = rounded_text_of(whole_s, TIME)
            yield f"the trigger {shown(trigger.text)} can never fire: the {whole} lasts {length}"
