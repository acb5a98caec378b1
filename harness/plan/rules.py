"""The rules between the parts of a plan."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import SecretStr

from harness.plan.client.proxy import host_of_proxy
from harness.plan.client.resolve import ByVariant
from harness.plan.criteria.criterion import AnyCriterion
from harness.plan.criteria.quantity import TIME, shown, text_of
from harness.plan.rates.shape import lasts_s
from harness.plan.router import Router, is_started
from harness.plan.settings import JudgeSettings, Load, Probes
from harness.plan.stage import Stage
from harness.plan.targets import Targets, host_of
from harness.plan.traffic.traffic import Traffic
from harness.plan.yaml.problem import KeyPath, Violation

# A time scale makes quotients such as 128.57142857142858 / 1.4285714285714286; their error is far below this.
_ROUNDING = 1e-9


def stage_violations(
    stages: Mapping[int, Stage], judge: JudgeSettings | None, rollback: Sequence[AnyCriterion]
) -> Iterator[Violation]:
    """Yield what doesn't fit together within each stage (by position) and between stages."""
    first: dict[str, int] = {}
    for index, stage in stages.items():
        place = ("stages", index)
        if first.setdefault(stage.name, index) != index:
            yield Violation(
                (*place, "name"),
                f"the name {shown(stage.name)} is already used; write another",
            )
        if not _whole(stage.duration_s / stage.interval_s):
            duration, interval = _said(stage.duration_s), _said(stage.interval_s)
            what = f"the duration {duration} is not a whole multiple of the interval {interval}"
            yield Violation(
                (*place, "duration"), f"{what}; write {_near(stage.duration_s, stage.interval_s)}"
            )
        if judge is not None:
            yield from _block_violations(index, stage, judge)
        for number, trigger in enumerate(stage.rollback):
            yield from _window_violations((*place, "rollback", number), trigger, [stage])
    for number, trigger in enumerate(rollback):
        yield from _window_violations(("rollback", number), trigger, stages.values())


def _block_violations(index: int, stage: Stage, judge: JudgeSettings) -> Iterator[Violation]:
    block_s = judge.block_s if stage.block_s is None else stage.block_s
    place = ("stages", index, "interval" if stage.block_s is None else "block")
    interval = _said(stage.interval_s)
    if block_s < stage.interval_s * (1 - _ROUNDING):
        what = f"the block {_said(block_s)} is shorter than the interval {interval}"
        yield Violation(place, f"{what}; write `block: {interval}` in the stage")
    elif not _whole(block_s / stage.interval_s):
        what = f"the block {_said(block_s)} is not a whole multiple of the interval {_said(stage.interval_s)}"
        yield Violation(place, f"{what}; write {_near(block_s, stage.interval_s, 'block: ')} in the stage")


def _window_violations(place: KeyPath, trigger: AnyCriterion, stages: Iterable[Stage]) -> Iterator[Violation]:
    for stage in stages:
        if trigger.for_s is not None and trigger.for_s < stage.interval_s * (1 - _ROUNDING):
            what = f"the window of {shown(trigger.text)} is shorter than the interval of stage {stage.name}"
            yield Violation(place, f"{what}; write at least `for {_said(stage.interval_s)}`")


def source_violations(*, load: bool, targets: bool, traffic: bool) -> Iterator[Violation]:
    """Yield what is missing or too much of `load` with its `targets`, and `traffic`."""
    if load and traffic:
        yield Violation(("traffic",), "load is sent, or traffic is watched; write either `load` or `traffic`")
    if traffic:
        return
    if not load:
        yield Violation(("load",), "`load` is missing; write for example `load: {arrival_rate: 7000/s}`")
    if not targets:
        yield Violation(("targets",), "`targets` is missing; write for example `targets: embedded`")


def replay_violations(stages: Mapping[int, Stage]) -> Iterator[Violation]:
    """Yield rates of stages whose arrivals are those of a log."""
    for index, stage in stages.items():
        if stage.arrival_rate_per_s is not None:
            what = "a replay has the arrivals of its log; remove this, or set the `speed` of `replay`"
            yield Violation(("stages", index, "arrival_rate"), what)


def rate_violations(
    stages: Mapping[int, Stage], load: Load | None, traffic: Traffic | None
) -> Iterator[Violation]:
    """Yield rates that change where nothing can change them, or for longer than their stage lasts."""
    general = load.arrival_rate_per_s if load else None
    for index, stage in stages.items():
        place = ("stages", index)
        own = stage.arrival_rate_per_s
        rate = general if own is None else own
        where = ("load", "arrival_rate") if own is None else (*place, "arrival_rate")
        if stage.ramp_s is not None and (what := _ramp_problem(stage, load, traffic)):
            yield Violation((*place, "ramp"), what)
        elif stage.ramp_s is not None and isinstance(rate, tuple):
            what = "a ramp leads to one rate, and the rate of this stage changes; remove it and begin with"
            climb = f"`{{to: …, over: {_said(stage.ramp_s)}}}`"
            yield Violation((*place, "ramp"), f"{what} a piece of `arrival_rate`: {climb}")
        if isinstance(own, tuple) and traffic is not None:
            what = "real traffic has its own course; write one rate to expect, such as 2000/s, or remove this"
            yield Violation((*place, "arrival_rate"), what)
        elif isinstance(rate, tuple) and not any(piece.last_per_s for piece in rate):
            what = f"nothing is ever sent in stage {stage.name}; write a piece with a rate above 0/s"
            yield Violation(where, what)
        elif isinstance(rate, tuple) and lasts_s(rate) > stage.duration_s * (1 + _ROUNDING):
            takes = f"the pieces of `arrival_rate` take {_said(round(lasts_s(rate), 9))}"
            lasts = f"stage {stage.name} lasts {_said(stage.duration_s)}"
            yield Violation(where, f"{takes} and {lasts}; write shorter pieces or a longer `duration`")


def _ramp_problem(stage: Stage, load: Load | None, traffic: Traffic | None) -> str | None:
    assert stage.ramp_s is not None
    if traffic is not None:
        return "real traffic has its own course, which nothing can ramp; remove this"
    if load is not None and load.replay is not None:
        return "a replay has the arrivals of its log, which nothing can ramp; remove this"
    if stage.ramp_s > stage.duration_s * (1 - _ROUNDING):
        ramp, lasts = _said(stage.ramp_s), _said(stage.duration_s)
        return f"a ramp of {ramp} leaves nothing of a stage of {lasts}; write a longer `duration`"
    return None


def control_violations(probes: Probes | None) -> Iterator[Violation]:
    """Yield probes that do not know the control of a plan."""
    if probes is not None and probes.variants and probes.control is None:
        what = "the control is compared with the canary and its address is missing"
        yield Violation(("probes", "control"), f"{what}; write for example `control: http://127.0.0.1:8082`")


def target_violations(
    targets: Targets, allow_hosts: Sequence[str], router: Router | None
) -> Iterator[Violation]:
    """Yield hosts that load may not be sent to, and a router that doesn't fit the targets."""
    allowed = {host.lower() for host in allow_hosts}
    for key, url in targets.urls.items():
        host = host_of(url)
        if host not in allowed:
            what = f"load may not be sent to {shown(host)}; write `allow_hosts: [{host}]` if it may"
            yield Violation(("targets", key), what)
    if router is not None and (mismatch := targets.router_mismatch(started=is_started(router))):
        yield Violation(("router",), mismatch)


def proxy_violations(
    targets: Targets,
    allow_hosts: Sequence[str],
    resolve: Mapping[str, tuple[str, ...] | ByVariant],
    proxy: SecretStr | None,
) -> Iterator[Violation]:
    """Yield ways to the targets that contradict each other, or lead where no load may go."""
    host = host_of_proxy(proxy)
    if host and host not in {each.lower() for each in allow_hosts}:
        what = f"load may not be sent through {shown(host)}; write it into `allow_hosts` if it may"
        yield Violation(("proxy",), what)
    for key, url in targets.urls.items():
        known = resolve.get(host_of(url))
        if known is None:
            continue
        place = ("resolve", host_of(url))
        if proxy is not None and url.startswith("http:"):
            yield Violation(place, "the proxy itself resolves the hosts of http targets; remove it")
        elif key == "ingress" and isinstance(known, ByVariant):
            what = "the router has the same addresses for all variants; write them without the variants"
            yield Violation(place, what)


def _whole(quotient: float) -> bool:
    return round(quotient) >= 1 and abs(quotient - round(quotient)) <= _ROUNDING * quotient


def _near(length_s: float, interval_s: float, key: str = "") -> str:
    """Write the multiples of the interval just below and above a length."""
    below = int(length_s // interval_s)
    written = (f"`{key}{_said(round(n * interval_s, 9))}`" for n in (below, below + 1) if n > 0)
    return " or ".join(written)


def _said(seconds: float) -> str:
    return text_of(seconds, TIME)
