"""What a page of Prometheus text says about a process: CPU, memory, restarts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

_CPU = "process_cpu_seconds_total"
_MEMORY = "process_resident_memory_bytes"
_STARTED = "process_start_time_seconds"
_WANTED = (_CPU, _MEMORY, _STARTED)
# More seconds or bytes than any process has; their sums are still exact enough.
_MAX_FIGURE = 1e18
# Exporters work out the start time from clocks that are adjusted; a restart moves it by more.
_SAME_START_S = 2.5
# How far the clocks of two machines may be apart.
_SKEW_S = 5.0


@dataclass(frozen=True)
class Scrape:
    """The process metrics of one page, summed over its processes; None where the page does not say."""

    cpu_s: float | None
    memory_bytes: float | None
    started_epoch_s: float | None


def parse_scrape(text: str) -> Scrape:
    """Read Prometheus text; raises ValueError when it is something else, or has no metric of a process."""
    found: dict[str, list[float]] = {name: [] for name in _WANTED}
    try:
        for family in text_string_to_metric_families(_wanted_lines(text)):
            for sample in family.samples:
                found[sample.name].append(sample.value)
    except (ValueError, KeyError, IndexError) as error:
        raise ValueError(f"the page is not Prometheus text: {error}") from None
    if not any(found.values()):
        raise ValueError(f"the page has none of {', '.join(_WANTED)}")
    # NaN and infinity are how an exporter says that it does not know, and a sum with them knows nothing.
    known = {name: values if all(map(_is_possible, values)) else [] for name, values in found.items()}
    sums = {name: sum(values) if values else None for name, values in known.items()}
    return Scrape(sums[_CPU], sums[_MEMORY], max(known[_STARTED], default=None))


def _is_possible(value: float) -> bool:
    """Whether a process can have this figure: it is neither NaN nor infinite nor an `int` of 400 digits."""
    return 0 <= value <= _MAX_FIGURE


def _wanted_lines(text: str) -> str:
    """Keep the few lines of interest: parsing whole pages would cost the machine milliseconds each time."""
    return "".join(f"{line}\n" for line in _lines_about_processes(text))


def _lines_about_processes(text: str) -> Iterator[str]:
    for line in text.splitlines():
        name = line.partition("{")[0].partition(" ")[0]
        if name in _WANTED:
            yield line


@dataclass(frozen=True)
class Vitals:
    """CPU as a share of one core since the last scrape, memory, restarts since the first one, its start."""

    cpu: float | None
    memory_bytes: float | None
    restarts: int | None
    several_processes: bool = False
    started_epoch_s: float | None = None


class ProcessHistory:
    """Turns the scrapes of one address into rates, and counts the restarts of the process behind it.

    A restarted process started after the last scrape of the one before. A start time that is older, or that
    was seen before, is that of another process: the address leads to several, and CPU and restarts are
    unknown from then on. `epoch_s` is `time.time`.
    """

    def __init__(self, epoch_s: Callable[[], float] = time.time) -> None:
        self._epoch_s = epoch_s
        self._at_s: float | None = None
        self._scraped_epoch_s = 0.0
        self._last: Scrape | None = None
        self._earlier_starts: list[float] = []
        self._restarts = 0
        self._several = False

    def take(self, at_s: float, scrape: Scrape) -> Vitals:
        """Take the scrape answered at `at_s`; a restart costs one CPU value."""
        before, before_s = self._last, self._at_s
        restarted = before is not None and self._restarted(before, scrape)
        self._last, self._at_s, self._scraped_epoch_s = scrape, at_s, self._epoch_s()
        if self._several:
            return Vitals(None, scrape.memory_bytes, None, several_processes=True)
        self._restarts += restarted
        known = scrape.started_epoch_s is not None or scrape.cpu_s is not None
        cpu = None
        if before is not None and before_s is not None and not restarted and at_s > before_s:
            cpu = _rate(before.cpu_s, scrape.cpu_s, at_s - before_s)
        restarts = self._restarts if known else None
        return Vitals(cpu, scrape.memory_bytes, restarts, started_epoch_s=scrape.started_epoch_s)

    def _restarted(self, before: Scrape, after: Scrape) -> bool:
        started_s, earlier_s = after.started_epoch_s, before.started_epoch_s
        if started_s is None or earlier_s is None:
            return before.cpu_s is not None and after.cpu_s is not None and after.cpu_s < before.cpu_s
        if abs(started_s - earlier_s) <= _SAME_START_S:
            return False
        self._earlier_starts.append(earlier_s)
        was_seen = any(abs(started_s - each) <= _SAME_START_S for each in self._earlier_starts)
        self._several = self._several or was_seen or started_s < self._scraped_epoch_s - _SKEW_S
        return True


def _rate(before: float | None, after: float | None, elapsed_s: float) -> float | None:
    if before is None or after is None or after < before:
        return None
    return (after - before) / elapsed_s
