"""A source, processes and a clock that follow a script, so that a rollout runs in no time."""

import time
from dataclasses import dataclass, field, replace

from harness.plan.loader import parse_plan
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.events.release import StateChanged
from harness.record.histograms.account import new_accounts
from harness.record.histograms.window import LiveWindow
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from harness.record.sources.wall_clock import WallClock
from harness.record.window_source import LoadSnapshot, ResourceUsage
from harness.rollout.controller import Controller
from harness.rollout.event_log import EventLog
from harness.rollout.listeners import Announcer
from harness.rollout.release.release import Release
from harness.rollout.run_context import RunContext
from tests.record.histograms.recorded import took

EPOCH_S = 1_767_862_800.0
REQUESTS = 200


def plan_text(stages=("half", "all"), extra="", stage_extra=""):
    weights = {"half": "50%", "all": "100%"}
    listed = "\n".join(
        f"  - {{name: {name}, weight: {weights[name]}, duration: 10s, interval: 1s, "
        f"criteria: [error rate < 30%]{stage_extra}}}"
        for name in stages
    )
    return (
        "service: tasks\ntargets: embedded\nload: {arrival_rate: 200/s}\n"
        f"judge: {{block: 1s, warmup: 1s}}\n{extra}stages:\n{listed}\n"
    )


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.now_s = 100.0
        self.at = {}
        self.pause_s = 0.0

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds
        time.sleep(self.pause_s)
        for moment_s in [moment_s for moment_s in self.at if moment_s <= self.now_s]:
            self.at.pop(moment_s)()


@dataclass
class ScriptedSource:
    """Sends what a share of failures says: one window a second, every arrival accounted for."""

    clock: Clock
    plan: Plan
    failing: dict = field(default_factory=dict)
    lead_s: float = 0.25
    begun: list = field(default_factory=list)
    lost: list = field(default_factory=list)
    breaks: bool = False

    def begin(self, index, at_s, sink):
        if self.breaks:
            raise RuntimeError("the source broke")
        self.begun.append(index)
        self._index, self._at_s, self._sink, self._number = index, at_s, sink, 0
        self._accounts = new_accounts()
        self._stopped = False

    def poll(self):
        stage = self.plan.stages[self._index]
        while not self._over() and self._at_s + (self._number + 1) * stage.interval_s <= self.clock() + 1e-9:
            self._close(stage)

    def _over(self):
        stage = self.plan.stages[self._index]
        return self._stopped or self._number >= stage.duration_s / stage.interval_s

    def _close(self, stage):
        window = LiveWindow(self._number * stage.interval_s, stage.interval_s)
        canary = int(REQUESTS * stage.weight)
        bad = int(canary * self.failing.get(len(self.begun), 0.0))
        for number in range(REQUESTS):
            variant, ok = int(number < canary), not number < bad
            window.record(variant, "GET /", ok, took(0.02))
            window.sent.values_s.append(1e-4)
            window.hub.values_s.append(1e-4)
            account = window.accounts[variant]
            account.due += 1
            account.completed += ok
            account.failed += not ok
            if not ok:
                window.record_error(variant, "GET /", "HTTP 500")
        closed = window.close()
        for variant, account in closed.accounts.items():
            self._accounts[variant].add(account)
        self._number += 1
        self._sink(closed)

    def stop(self):
        self.poll()
        self._stopped = True

    drained = True

    def give_up(self):
        pass

    def snapshot(self):
        return LoadSnapshot({variant: replace(one) for variant, one in self._accounts.items()}, 0, 0)

    def usage(self):
        return ResourceUsage(0.1, 1_000_000)

    def losses(self):
        lost, self.lost = self.lost, []
        return lost


class ScriptedProcess:
    """Sends the notices of a script, and ends when it is stopped."""

    def __init__(self, clock, script=(), problem=None, until_ready=lambda: None):
        self._clock, self._script, self._problem = clock, list(script), problem
        self.until_ready = until_ready
        self.stopped = False

    def notices(self):
        due = [notice for at_s, notice in self._script if at_s <= self._clock()]
        self._script = [(at_s, notice) for at_s, notice in self._script if at_s > self._clock()]
        return due

    def problem(self):
        return self._problem

    def stop(self):
        self.stopped = True


class Router:
    """Remembers the weights it was set to."""

    def __init__(self):
        self.weights = []

    def set_shares(self, stage, shares):
        self.weights.append(shares[Variant.CANARY])

    def verify(self):
        return {Variant.CANARY: self.weights[-1]}


class Rollout:
    """A controller on a run directory, with everything around it scripted."""

    def __init__(
        self, root, text, script=(), router=None, wrong_after=None, problem=None, time_scale=1.0, **source
    ):
        plan = parse_plan(text, time_scale=time_scale)
        info = run_info(plan, "plan", EPOCH_S, time_scale)
        self.run = RunDirectory.create(root, "plan", text, info)
        self.clock = Clock()
        self.heard, self.windows, self.seen = [], [], []
        self.source = ScriptedSource(self.clock, plan, **source)
        self.process = ScriptedProcess(self.clock, script, problem)
        self.router = router
        log = EventLog(self.run, lambda: round(self.clock() - 100.0, 6), [self.heard.append])
        context = RunContext(
            self.run,
            log,
            self.source,
            self.clock,
            WallClock(self.clock, lambda: EPOCH_S + self.clock()),
            100.0,
            self.clock.sleep,
            Announcer([self.windows.append]),
            Announcer([self.seen.append]),
        )
        release = Release(self.run, log, router, lambda: wrong_after)
        self.controller = Controller(context, release, (lambda: self.process,))

    def events(self, kind):
        return [event for event in self.run.events().records if isinstance(event, kind)]

    @property
    def states(self):
        return [event.state for event in self.events(StateChanged)]
