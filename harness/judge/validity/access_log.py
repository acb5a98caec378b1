"""Whether a router's access log can be trusted: complete, read in time, and on our clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.accounts import evidence_gaps, requests_by_owner
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted, duration
from harness.record.probes import LogProbe

COMPLETE = Subject.of_check("log-complete", "log complete")
IN_STEP = Subject.of_check("log-in-step", "log in step")
MAX_UNREAD = 0.001
"""Share of the lines that may be unreadable, or come when their window is closed."""
MAX_AHEAD_S = 1.0
"""How far the log's clock may be ahead of ours."""
SURELY_SOME = 20.0
"""Where so many lines are expected, none at all is no chance (a Poisson count: 2 in 10^9)."""


def log_complete(view: StageView, until_s: float = math.inf) -> Finding:
    """Judge whether anything is missing from the log up to `until_s` seconds into the stage."""
    probes = view.probes.of(LogProbe)
    lines, bad = _sum(probes, "lines"), _sum(probes, "unread") + _sum(probes, "late")
    gaps = [*evidence_gaps(view, until_s), *_missing_requests(view), *_silence(view, probes)]
    if gaps:
        more = f" ({counted(len(gaps) - 1, 'more problem')})" if len(gaps) > 1 else ""
        return Result.count(Outcome.INVALID, len(gaps), f"{gaps[0]}{more}.", lines).of(COMPLETE)
    share = bad / lines if lines else 0.0
    reason = (
        f"{bad:,} of {lines:,} lines could not be read, or came when their interval was closed "
        f"({PERCENT.spoken(share)}, at most {PERCENT.spoken(MAX_UNREAD)})."
    )
    outcome = Outcome.PASS if share <= MAX_UNREAD else Outcome.INVALID
    return Result.fact(outcome, reason, 100 * share, 100 * MAX_UNREAD, "%", lines, "lower").of(COMPLETE)


def _missing_requests(view: StageView) -> Iterator[str]:
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
    lags = [probe.lag_s for probe in view.probes.of(LogProbe) if probe.lag_s is not None]
    traffic = view.plan.traffic
    if not lags or traffic is None:
        nothing = "The log had no line to compare its clock with ours."
        return Result.plain(Outcome.INCONCLUSIVE, nothing).of(IN_STEP)
    limit_s, least_s, most_s = traffic.access_log.settle_s, min(lags), max(lags)
    if least_s < -MAX_AHEAD_S:
        reason = f"The log's clock is {duration(-least_s)} ahead of ours (at most {duration(MAX_AHEAD_S)})."
        numbers = (-least_s, MAX_AHEAD_S, "s", len(lags), "lower")
        return Result.fact(Outcome.INVALID, reason, *numbers).of(IN_STEP)  # type: ignore[arg-type]
    said = f"The newest line of an interval was at most {duration(max(most_s, 0.0))} old when it was read"
    limit = f"(`settle` is {duration(limit_s)})"
    if most_s > limit_s:
        why = "its clock is behind ours, or the router buffers its log"
        reason, outcome = f"{said} {limit}: {why}.", Outcome.INVALID
    else:
        reason, outcome = f"{said} {limit}.", Outcome.PASS
    return Result.fact(outcome, reason, most_s, limit_s, "s", len(lags), "lower").of(IN_STEP)


def _sum(probes: Sequence[LogProbe], name: str) -> int:
    return sum(getattr(probe, name) for probe in probes)
