"""A stage without a clock: arrivals and a service-time function become the evidence a stage would leave."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from harness.load.pacing.schedule import Schedule
from harness.plan.model import Plan
from harness.plan.variant import Shares, Variant
from harness.record.events.run import RunFinished
from harness.record.events.stage import ArrivalCounts, RequestErrors, StageFinished
from harness.record.events.stage_parts import StageParts
from harness.record.evidence import Evidence, Interval, StageEvidence
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.probes import AlertsProbe, GeneratorProbe, HealthProbe, MetricsProbe, Probe

Floats = NDArray[np.float64]
Answers = tuple[Floats, NDArray[np.bool_]]
"""Response times in seconds, and which responses were successful; one per arrival."""
Service = Callable[[np.random.Generator, Floats], Answers]
"""Answers requests due at these seconds of the stage."""

ACCOUNT = ("due", "completed", "failed", "dropped", "open")
STARTED_S = 5.0
ENDPOINT = "GET /tasks"
HUB_BEATS_PER_S = 20


def lognormal(
    median_s: float = 0.020, sigma: float = 0.5, error_rate: float = 0.0, scale: float = 1.0
) -> Service:
    """A steady service; failures answer at once."""

    def answer(rng: np.random.Generator, due_s: Floats) -> Answers:
        times_s = scale * median_s * np.exp(sigma * rng.standard_normal(len(due_s)))
        ok = rng.random(len(due_s)) >= error_rate
        return np.where(ok, times_s, 0.001), ok

    return answer


def constant(response_s: float) -> Service:
    """A service that always takes the same time."""
    return lambda _rng, due_s: (np.full(len(due_s), response_s), np.ones(len(due_s), dtype=bool))


def refusing_from(start_s: float, before: Service) -> Service:
    """A service that refuses connections from some second on."""

    def answer(rng: np.random.Generator, due_s: Floats) -> Answers:
        times_s, ok = before(rng, due_s)
        refused = due_s >= start_s
        return np.where(refused, 0.0005, times_s), ok & ~refused

    return answer


@dataclass(frozen=True)
class Conditions:
    """What happens around the requests."""

    hub_lateness_s: float = 0.0003
    sent_lateness_s: float = 0.0004
    generator_cpu: float | None = 0.6
    generator_waited: float | None = None
    generator_stolen: float | None = None
    cpu: float = 0.5
    memory_bytes: Callable[[float], float] = lambda _s: 200e6
    """The canary's."""
    baseline_memory_bytes: Callable[[float], float] = lambda _s: 200e6
    restarts: Callable[[float], int | None] = lambda _s: 0
    healthy: Callable[[float], bool] = lambda _s: True
    firing: Callable[[float], Sequence[str]] = lambda _s: ()
    first_byte: Mapping[str, float] = field(default_factory=dict)
    """By variant, the share of a response time until the first byte; none for a client that does not tell."""
    started_epoch_s: Callable[[str], float | None] = lambda _variant: None


def simulate(
    plan: Plan,
    index: int = 0,
    *,
    seed: int = 1,
    conditions: Conditions = Conditions(),
    **services: Service,
) -> StageEvidence:
    """Run one stage; `baseline`, `canary` and a plan's `control` are steady unless given."""
    stage = plan.stages[index]
    rng = np.random.default_rng([seed, index])
    due_s, drawn = _arrivals(plan, index, rng)
    answers = {
        variant: _answers(rng, due_s[drawn == place], services.get(variant, lognormal()))
        for place, variant in enumerate(plan.variants)
    }
    accounts = {str(variant): _account(answer.ok) for variant, answer in answers.items()}
    finished = finished_of(STARTED_S + stage.duration_s + 0.1, stage.name, stage.duration_s, accounts)
    intervals = tuple(_intervals(plan, index, due_s, answers, conditions))
    return StageEvidence(
        stage=stage,
        index=index,
        started_s=STARTED_S,
        finished=finished,
        intervals=intervals,
        events=(*request_errors(stage.name, intervals), finished),
        probes=tuple(_probes(plan, index, intervals, conditions)),
        parts=StageParts.begun(STARTED_S),
    )


def _arrivals(plan: Plan, index: int, rng: np.random.Generator):
    """When arrivals are due, and the place of each one's variant."""
    stage, rates = plan.stages[index], plan.part_of(plan.stages[index])
    if rates.is_level:
        number = int(plan.rate_of(stage) * stage.duration_s)
        return np.arange(number) / plan.rate_of(stage), _stratified(rng, number, plan.shares_of(stage))
    schedule = Schedule(rates, tuple(plan.shares_of(stage).values()), (plan.seed, index))
    slices = list(schedule.slices(stage.interval_s))
    return tuple(np.concatenate([getattr(each, name) for each in slices]) for name in ("due_s", "variant"))


def request_errors(stage: str, intervals: Sequence[Interval]):
    for interval in intervals:
        for tag, histogram in interval.histograms.items():
            if tag.kind == Kind.FAILED and histogram.total:
                yield RequestErrors(
                    t_s=STARTED_S + interval.start_s + interval.length_s,
                    stage=stage,
                    variant=tag.variant,
                    endpoint=tag.endpoint,
                    kind="HTTP 500",
                    count=histogram.total,
                )


def finished_of(
    t_s: float, stage: str, duration_s: float, accounts: dict[str, dict[str, int]]
) -> StageFinished:
    """The end of a stage whose arrivals each sent one request."""
    return StageFinished(
        t_s=t_s,
        stage=stage,
        duration_s=duration_s,
        **{key: sum(account[key] for account in accounts.values()) for key in ACCOUNT},
        by_variant={variant: ArrivalCounts(**account) for variant, account in accounts.items()},
        requests={variant: account["completed"] + account["failed"] for variant, account in accounts.items()},
    )


def cut_short(evidence: StageEvidence, into_s: float) -> StageEvidence:
    """The stage as it is left when its load stops so many seconds into it, between two intervals."""
    kept = tuple(each for each in evidence.intervals if each.start_s < into_s)
    totals: Counter[tuple[str, str]] = Counter()
    for interval in kept:
        for tag, histogram in interval.histograms.items():
            totals[tag.variant, tag.kind] += histogram.total
    accounts = {
        str(variant): {
            "due": totals[variant, Kind.RESPONSE] + totals[variant, Kind.FAILED],
            "completed": totals[variant, Kind.RESPONSE],
            "failed": totals[variant, Kind.FAILED],
            "dropped": 0,
            "open": 0,
        }
        for variant in Variant
    }
    ends_s = STARTED_S + into_s
    finished = finished_of(ends_s, evidence.stage.name, evidence.finished.duration_s, accounts)
    return replace(
        evidence,
        intervals=kept,
        probes=tuple(probe for probe in evidence.probes if probe.t_s <= ends_s),
        events=(*request_errors(evidence.stage.name, kept), finished),
        finished=finished,
    )


@dataclass(frozen=True)
class _Answered:
    due_s: Floats
    times_s: Floats
    ok: NDArray[np.bool_]


def _answers(rng: np.random.Generator, due_s: Floats, service: Service) -> _Answered:
    return _Answered(due_s, *service(rng, due_s))


def _stratified(rng: np.random.Generator, number: int, shares: Shares) -> NDArray[np.int8]:
    block = shares[Variant.CANARY].denominator
    counts = [int(share * block) for share in shares.values()]
    pattern = np.repeat(np.arange(len(counts), dtype=np.int8)[::-1], counts[::-1])
    return rng.permuted(np.tile(pattern, (-(-number // block), 1)), axis=1).ravel()[:number]


def _account(ok: NDArray[np.bool_]) -> dict[str, int]:
    return {"due": len(ok), "completed": int(ok.sum()), "failed": int((~ok).sum()), "dropped": 0, "open": 0}


def _histogram(times_s: Floats) -> Histogram:
    return Histogram.of_values(np.maximum(np.rint(times_s * 1e6), 1))[0]


def _intervals(plan, index, due_s, answers, conditions):
    stage = plan.stages[index]
    for number in range(int(np.ceil(stage.duration_s / stage.interval_s - 1e-9))):
        start_s = number * stage.interval_s
        length_s = min(stage.interval_s, stage.duration_s - start_s)
        histograms: dict[Tag, Histogram] = {}
        for variant, answered in answers.items():
            inside = (answered.due_s >= start_s) & (answered.due_s < start_s + length_s)
            good, bad = inside & answered.ok, inside & ~answered.ok
            response = _histogram(answered.times_s[good])
            histograms[Tag(variant, Kind.RESPONSE, ENDPOINT)] = response
            histograms[Tag(variant, Kind.SERVICE, ENDPOINT)] = response
            histograms[Tag(variant, Kind.FAILED, ENDPOINT)] = _histogram(answered.times_s[bad])
            if share := conditions.first_byte.get(variant):
                histograms[Tag(variant, Kind.TTFB, ENDPOINT)] = _histogram(share * answered.times_s[good])
        sent = int(((due_s >= start_s) & (due_s < start_s + length_s)).sum())
        beats = max(1, int(HUB_BEATS_PER_S * length_s))
        histograms[LATENESS_SENT] = _histogram(np.full(sent, conditions.sent_lateness_s))
        histograms[LATENESS_HUB] = _histogram(np.full(beats, conditions.hub_lateness_s))
        yield Interval(start_s, length_s, histograms)


def _probes(plan: Plan, index: int, intervals: Sequence[Interval], conditions: Conditions):
    stage = plan.stages[index]
    for interval in intervals:
        sent = interval.histograms[LATENESS_SENT].total
        yield GeneratorProbe(
            t_s=STARTED_S + interval.start_s + interval.length_s,
            stage=stage.name,
            interval_s=interval.length_s,
            due=sent,
            sent=sent,
            dropped=0,
            in_flight=1,
            backlog=0,
            cpu=conditions.generator_cpu,
            memory_bytes=1e8,
            waited=conditions.generator_waited,
            stolen=conditions.generator_stolen,
        )
    if plan.probes is None:
        return
    for into_s in np.arange(0.0, stage.duration_s + 1e-9, plan.probes.interval_s).tolist():
        yield from _probe(plan, into_s, conditions)


def _probe(plan: Plan, into_s: float, conditions: Conditions):
    t_s = STARTED_S + into_s
    for variant in map(str, plan.variants):
        healthy = conditions.healthy(into_s) or variant == "baseline"
        status = 200 if healthy else 503
        of_canary = variant == "canary"
        memory_bytes = conditions.memory_bytes if of_canary else conditions.baseline_memory_bytes
        yield HealthProbe(
            t_s=t_s,
            variant=variant,
            ok=healthy,
            status=status,
            latency_s=0.001,
            error=None if healthy else f"HTTP {status}",
        )
        yield MetricsProbe(
            t_s=t_s,
            variant=variant,
            cpu=conditions.cpu,
            memory_bytes=memory_bytes(into_s),
            restarts=conditions.restarts(into_s),
            error=None,
            started_epoch_s=conditions.started_epoch_s(variant),
        )
    yield AlertsProbe(t_s=t_s, firing=tuple(conditions.firing(into_s)), error=None)


def without_probes(evidence: StageEvidence, kind: type[Probe]) -> StageEvidence:
    """The same evidence with one kind of probe gone."""
    return replace(evidence, probes=tuple(probe for probe in evidence.probes if not isinstance(probe, kind)))


def plan_of(
    criteria: Sequence[str],
    *,
    weight: str = "50%",
    duration: str = "120s",
    rate: str = "200/s",
    **more: object,
) -> Plan:
    """A plan of one stage, small enough to simulate in milliseconds."""
    stage: Mapping[str, object] = {
        "name": "canary",
        "weight": weight,
        "duration": duration,
        "interval": "2s",
        "criteria": list(criteria),
    }
    document = {
        "service": "simulated",
        "targets": {"baseline": "http://127.0.0.1:8080", "canary": "http://127.0.0.1:8081"},
        "load": {"arrival_rate": rate},
        "judge": {"block": "4s", "warmup": "4s"},
        "stages": [stage],
        **more,
    }
    return Plan.model_validate(document)


def run_of(plan: Plan, stages: Sequence[StageEvidence]) -> Evidence:
    """The evidence of a run from that of its stages."""
    events = tuple(event for stage in stages for event in stage.events)
    return Evidence(plan, tuple(stages), (*events, RunFinished(t_s=1e6, outcome="pass")))
