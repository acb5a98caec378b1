"""A stage while it runs: a live line on a terminal, now and then a plain line in a pipe.

Nothing here starts a thread or a timer: the picture changes when `update` is called, which is safe beside
gevent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.record.histograms.tag import UNATTRIBUTED
from harness.report.style import VARIANT_ORDER
from harness.report.wording import count, cut, duration, latency, rate, share

PLAIN_EVERY_S = 30.0


@dataclass(frozen=True)
class Snapshot:
    """Where a stage stands.

    `index` counts from 0 among `stages`; rates, p95 and lateness are of the last seconds, counts of the whole
    stage so far.
    """

    stage: str
    index: int
    stages: int
    weight: float
    elapsed_s: float
    duration_s: float
    offered_per_s: float
    achieved_per_s: float
    p95_us: Mapping[str, float | None]
    errors: Mapping[str, int]
    requests: Mapping[str, int]
    lateness_p99_us: float | None
    dropped: int
    in_flight: int
    state: str


class ProgressLine:
    """Shows snapshots on `console`; `clock` gives seconds that never run backwards."""

    def __init__(
        self, console: Console, clock: Callable[[], float], plain_every_s: float = PLAIN_EVERY_S
    ) -> None:
        self._console = console
        self._clock = clock
        self._plain_every_s = plain_every_s
        self._live: Live | None = None
        self._last: Snapshot | None = None
        self._said_at_s: float | None = None

    def update(self, snapshot: Snapshot) -> None:
        """Show the newest snapshot; the last one of a stage stays on the screen when the next begins."""
        if self._last is not None and self._last.index != snapshot.index:
            self._leave(self._last)
        self._last = snapshot
        if self._console.is_terminal:
            self._draw(snapshot)
        elif self._said_at_s is None or self._clock() - self._said_at_s >= self._plain_every_s:
            self._say(snapshot)

    def make_room(self) -> None:
        """Leave the picture where it is, so that a line can be written below it; the next is a new one."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def close(self) -> None:
        """Leave the last snapshot on the screen and give the terminal back; closing twice is harmless."""
        if self._last is not None:
            self._leave(self._last)
            self._last = None

    def _leave(self, snapshot: Snapshot) -> None:
        if self._live is not None:
            self._live.update(picture(snapshot), refresh=True)
            self._live.stop()
            self._live = None
        elif not self._console.is_terminal:
            self._say(snapshot)
        self._said_at_s = None

    def _draw(self, snapshot: Snapshot) -> None:
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()
        self._live.update(picture(snapshot), refresh=True)

    def _say(self, snapshot: Snapshot) -> None:
        self._console.print(Text(sentence(snapshot)), soft_wrap=True)
        self._said_at_s = self._clock()


def picture(snapshot: Snapshot) -> Group:
    """Return three lines for a terminal: how far the stage is, its load, and its variants."""
    head = Table.grid(padding=(0, 1))
    head.add_row(
        Text(f"{snapshot.index + 1}/{snapshot.stages}", style="dim"),
        Text(cut(snapshot.stage, 24), style="bold"),
        Text(share(snapshot.weight)),
        ProgressBar(
            total=max(snapshot.duration_s, 1e-9),
            completed=min(snapshot.elapsed_s, snapshot.duration_s),
            width=24,
        ),
        Text(_how_far(snapshot)),
        Text(cut(snapshot.state, 20), style="dim"),
    )
    lines = (load(snapshot), variants(snapshot))
    return Group(head, *(Text(f"    {line}", no_wrap=True, overflow="ellipsis") for line in lines))


def sentence(snapshot: Snapshot) -> str:
    """Return one plain line."""
    where = f"{snapshot.index + 1}/{snapshot.stages} {cut(snapshot.stage, 40)} {share(snapshot.weight)}"
    state = f"{_how_far(snapshot)}, {cut(snapshot.state, 20)}"
    return f"{where}, {state}: {load(snapshot)} · {variants(snapshot)}"


def load(snapshot: Snapshot) -> str:
    """Return how well the load is delivered."""
    achieved = f"{rate(snapshot.achieved_per_s)} of {rate(snapshot.offered_per_s)}"
    dropped = f" · dropped {count(snapshot.dropped)}" if snapshot.dropped else ""
    late = f"late {latency(snapshot.lateness_p99_us)}"
    return f"{achieved} · {late} · {count(snapshot.in_flight)} in flight{dropped}"


def variants(snapshot: Snapshot) -> str:
    """Return how the variants do, the canary first; another without requests is left out."""
    seen = [variant for variant in VARIANT_ORDER if snapshot.requests.get(variant) or variant == "canary"]
    times = ", ".join(f"{variant} {latency(snapshot.p95_us.get(variant))}" for variant in seen)
    failed = ", ".join(f"{variant} {count(snapshot.errors.get(variant, 0))}" for variant in seen)
    unattributed = snapshot.requests.get(UNATTRIBUTED)
    neither = f" · {count(unattributed)} unattributed" if unattributed else ""
    return f"p95 {times} · failed {failed}{neither}"


def _how_far(snapshot: Snapshot) -> str:
    return f"{duration(round(snapshot.elapsed_s))} of {duration(snapshot.duration_s)}"
