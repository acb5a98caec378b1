"""Which parts of a stage were judged, where its rates change: a note, so that nobody has to work it out."""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.view import StageView
from harness.judge.words import PER_SECOND, counted, duration

JUDGED = Subject.of_note("plateaus", "judged on plateaus")
MAX_NAMED = 4


def judged_plateaus(view: StageView) -> Iterator[Finding]:
    """Note when the stage was judged; yields nothing where its rates stay."""
    rates, clock = view.design.rates, view.clock
    if rates is None or rates.is_level:
        return
    judged = [plateau for plateau in clock.plateaus if clock.blocks_of(plateau)]
    judged_s = sum(plateau.intervals for plateau in judged) * clock.interval_s
    named = ", ".join(
        f"{duration(first * clock.interval_s)} to {duration(end * clock.interval_s)} "
        f"at {PER_SECOND.spoken(rates.total.at_per_s(first * clock.interval_s))}"
        for first, end in judged[:MAX_NAMED]
    )
    more = f", and {len(judged) - MAX_NAMED} more" if len(judged) > MAX_NAMED else ""
    when = f": {named}{more}" if judged else ""
    short = len(clock.plateaus) - len(judged)
    block = f"shorter than a block of {duration(clock.block_s)}"
    left_out = (
        f" {counted(short, 'plateau')} {block} {'is' if short == 1 else 'are'} left out." if short else ""
    )
    reason = (
        f"Criteria are judged while the rate stays, {duration(judged_s)} of {duration(view.stage.duration_s)}"
        f"{when}. What was sent while it changed is recorded, and triggers watched it.{left_out}"
    )
    yield Result.plain(Outcome.PASS, reason).of(JUDGED)
