"""Whether a router's access log can be trusted: complete, read in time, and on our clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.accounts import evidence_gaps, requests_by_owner
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted, duration
from harness.record.histograms.readings.log_reading import MAX_AHEAD_S
from harness.record.probes import LogProbe

COMPLETE = Subject.of_check("log-complete", "log complete")
IN_STEP = Subject.of_check("log-in-step", "log in step")
MAX_UNREAD = 0.001
"""Share of the lines that may be unreadable, late, or of another clock."""
SURELY_SOME = 20.0
"""Where so many lines are expected, none at all is no chance (a Poisson count: 2 in 10^9)."""


_WHAT_IS_BAD = {
    "unread": "could not be read",
    "late": "came when their interval was closed",
    "astray": "have a time far from ours",
}
_ADVICE = {
    "unread": " Compare the log with the format and the `timezone` in the plan.",
    "late": " Set `settle` longer than the router buffers its log.",
    "astray": " Compare the router's clock and time zone with those of this machine.",
}


def log_complete(view: StageView, until_s: float = math.inf) -> Finding:
    """Judge whether anything is missing from the log up to `until_s` seconds into the stage."""
    probes = view.probes.of(LogProbe)
    lines, bad = _sum(probes, "lines"), {name: _sum(probes, name) for name in _WHAT_IS_BAD}
    gaps = [*evidence_gaps(view, until_s), *missing_requests(view), *_silence(view, probes)]
    if gaps:
        more = f" ({counted(len(gaps) - 1, 'more problem')})" if len(gaps) > 1 else ""
        return Result.count(Outcome.INVALID, len(gaps), f"{gaps[0]}{more}.", lines).of(COMPLETE)
    share = sum(bad.values()) / lines if lines else 0.0
    outcome = Outcome.PASS if share <= MAX_UNREAD else Outcome.INVALID
    said = ", ".join(f"{count:,} {_WHAT_IS_BAD[name]}" for name, count in bad.items() if count)
    advice = _ADVICE[max(bad, key=bad.__getitem__)] if outcome is Outcome.INVALID else ""
    limit = f"({PERCENT.spoken(share)}, at most {PERCENT.spoken(MAX_UNREAD)})"
    reason = (
        f"Of {counted(lines, 'line')}, {said} {limit}.{advice}"
        if said
        else f"All {lines:,} lines were read in time."
    )
    return Result.fact(outcome, reason, 100 * share, 100 * MAX_UNREAD, "%", lines, "lower").of(COMPLETE)


def missing_requests(view: StageView) -> Iterator[str]:
    """Find requests that were read and are not in the histograms."""
    recorded = requests_by_owner(view)
    written = view.evidence.finished.requests if view.evidence.finished else None
    for owner, count in (written or {}).items():
        if (held := recorded.get(owner, 0)) != count:
            yield f"{count:,} {owner} requests were read, and the histograms hold {held:,}"


def _silence(view: StageView, probes: Sequence[LogProbe]) -> Iterator[str]:
    """Find intervals without a line of any file, or of one file while others grew."""
    started_s = view.evidence.started_s or 0.0
    whole = [probe for probe in probes if probe.interval_s >= view.stage.interval_s * 0.99]
    counts = [sum(probe.by_file) for probe in whole]
    if not sum(counts):
        return
    files = len(whole[0].by_file)
    of_files = [
        sum(probe.by_file[file] for probe in whole if file < len(probe.by_file)) for file in range(files)
    ]
    for probe, count in zip(whole, counts, strict=True):
        at = duration(max(probe.t_s - probe.interval_s - started_s, 0.0))
        if not count and sum(counts) / len(counts) > SURELY_SOME:
            yield f"The log has no line for {duration(probe.interval_s)}, {at} into the stage"
        for file, total in enumerate(of_files):
            share = total / sum(counts)
            if total and not probe.by_file[file] and count * share > SURELY_SOME:
                yield f"File {file + 1} of the log has no line, {at} into the stage, while others grew"


def log_in_step(view: StageView) -> Finding:
    """Judge how old the newest line was when it was read: the log's clock against ours, and its delay."""
    lags = [
        (lag_s, file)
        for probe in view.probes.of(LogProbe)
        for file, lag_s in enumerate(probe.lags_s)
        if lag_s is not None
    ]
    traffic = view.plan.traffic
    if not lags or traffic is None:
        nothing = "The log had no line to compare its clock with ours."
        return Result.plain(Outcome.INCONCLUSIVE, nothing).of(IN_STEP)
    limit_s, (least_s, first), (most_s, last) = traffic.settle_s, min(lags), max(lags)
    files = {file for _, file in lags}
    if least_s < -MAX_AHEAD_S:
        whose = _whose(first, files)
        reason = f"{whose} clock is {_spoken(-least_s)} ahead of ours (at most {_spoken(MAX_AHEAD_S)})."
        return Result.fact(Outcome.INVALID, reason, -least_s, MAX_AHEAD_S, "s", len(lags), "lower").of(
            IN_STEP
        )
    is_late = most_s > limit_s
    why = ": the clock is behind ours, or the router buffers its log" if is_late else ""
    reason = (
        f"{_whose(last, files)} newest line of an interval was at most {_spoken(max(most_s, 0.0))} old "
        f"when it was read (`settle` is {_spoken(limit_s)}){why}."
    )
    outcome = Outcome.INVALID if is_late else Outcome.PASS
    return Result.fact(outcome, reason, most_s, limit_s, "s", len(lags), "lower").of(IN_STEP)


def _whose(file: int, files: set[int]) -> str:
    return "The log's" if len(files) == 1 else f"File {file + 1}: the log's"


def _spoken(seconds: float) -> str:
    return duration(round(seconds, 3))


def _sum(probes: Sequence[LogProbe], name: str) -> int:
    return sum(getattr(probe, name) for probe in probes)
