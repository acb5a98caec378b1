"""What the stages of a plan can decide: criteria that cannot pass, and triggers that can never fire."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.judge.planning.beats import blocks_beat
from harness.judge.planning.causes import Cause, is_met, needed_s_of
from harness.judge.planning.needs import disturbance_too_long, needs_of
from harness.judge.planning.noise import RatioNoise, assumed_noise
from harness.judge.planning.sensitivity import too_noisy
from harness.judge.planning.triggers import why_never_fires
from harness.judge.planning.users import too_few_users
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.criterion import AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.criteria.quantity import shown
from harness.plan.model import Plan
from harness.plan.places import CriterionPlace, criteria_of, triggers_of


class Effect(StrEnum):
    """What a limitation does to a criterion or trigger."""

    IMPOSSIBLE = "cannot pass"
    NEEDS_EXTENSION = "cannot pass before the stage is extended"
    OFTEN_INCONCLUSIVE = "will often be inconclusive"
    NEVER_FAILS = "cannot fail"
    SHORT_OF_USERS = "allows a service that this load cannot be sent to"
    NEVER_FIRES = "can never fire"


@dataclass(frozen=True)
class Limitation:
    """One reason why a criterion or trigger of a plan doesn't do its work."""

    place: CriterionPlace
    criterion: AnyCriterion
    effect: Effect
    cause: Cause

    def __str__(self) -> str:
        place = self.place
        where = "" if place.stage is None else f"stage {place.stage}: "
        endpoint = "" if place.endpoint is None else f" of {shown(place.endpoint)}"
        role = "the trigger " if place.key == "rollback" else ""
        what = f"{role}{shown(self.criterion.text)}{endpoint} {self.effect}"
        return f"{where}{what}: {self.cause.why}; {self.cause.remedy}"


def limitations(plan: Plan, noise: RatioNoise | None = None) -> tuple[Limitation, ...]:
    """Return every limitation of a plan, in the order of its stages; the run's own triggers come last.

    Without a measured `noise` it is assumed.
    """
    return tuple(_limitations(plan, noise or assumed_noise(plan)))


def soonest_s(design: StageDesign, criterion: AnyCriterion) -> float:
    """Return how far into a stage, in seconds, a criterion can pass at the soonest; infinite if it can't.

    What is about a window, or about probes, is decided at the end.
    """
    if _causes(design.longest, criterion):
        return math.inf
    if _waits_for_the_end(criterion):
        return design.stage.duration_s
    return max(map(needed_s_of, needs_of(design, criterion)))


def _limitations(plan: Plan, noise: RatioNoise) -> Iterator[Limitation]:
    designs = [StageDesign(plan, stage) for stage in plan.stages]
    for design in designs:
        for place, criterion in criteria_of(design.stage):
            yield from _of_criterion(design, place, criterion, noise)
        for place, trigger in triggers_of(design.stage):
            if cause := why_never_fires([design], trigger, of_run=False):
                yield Limitation(place, trigger, Effect.NEVER_FIRES, cause)
    for place, trigger in triggers_of(plan):
        if cause := why_never_fires(designs, trigger, of_run=True):
            yield Limitation(place, trigger, Effect.NEVER_FIRES, cause)


def _of_criterion(
    design: StageDesign, place: CriterionPlace, criterion: AnyCriterion, noise: RatioNoise
) -> Iterator[Limitation]:
    causes = _causes(design, criterion)
    effect = Effect.IMPOSSIBLE if _causes(design.longest, criterion) else Effect.NEEDS_EXTENSION
    for cause in causes:
        yield Limitation(place, criterion, effect, cause)
    if not causes and (noisy := too_noisy(design, criterion, noise)):
        yield Limitation(place, criterion, Effect.OFTEN_INCONCLUSIVE, noisy)
    if criterion.is_relative and (beat := blocks_beat(design, noise.period_s)):
        yield Limitation(place, criterion, Effect.OFTEN_INCONCLUSIVE, beat)
    # How much of the load goes to one endpoint is not planned.
    if place.endpoint is None and (few := too_few_users(design, criterion, noise)):
        yield Limitation(place, criterion, Effect.SHORT_OF_USERS, few)
    if too_long := disturbance_too_long(design, criterion):
        yield Limitation(place, criterion, Effect.NEVER_FAILS, too_long)


def _causes(design: StageDesign, criterion: AnyCriterion) -> list[Cause]:
    """Return what isn't met; of several lengths that are too short the one that would be enough for all."""
    causes = dict.fromkeys(need for need in needs_of(design, criterion) if not is_met(need))
    lengths_s = {cause: needed_s_of(cause) for cause in causes}
    longest_s = max((length_s for length_s in lengths_s.values() if length_s < math.inf), default=math.inf)
    return [cause for cause, length_s in lengths_s.items() if length_s >= longest_s]


def _waits_for_the_end(criterion: AnyCriterion) -> bool:
    match criterion:
        case NamedCriterion(name=name):
            return name is not Named.NO_PERFORMANCE_DEGRADATION
        case Criterion(measure=measure, for_s=window_s):
            return window_s is not None or not measure.is_of_requests
