"""When in its stage something was beyond a limit that it kept otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.judge.stats.limit_test import LimitTest
from harness.judge.stats.trend import span_beyond
from harness.judge.windows.blocks import StageBlocks
from harness.judge.words import duration
from harness.plan.criteria.quantity import TIME, text_of


@dataclass(frozen=True)
class Course:
    """A part of the stage, in seconds; None stands for the begin or the end of what was measured."""

    since_s: float | None
    until_s: float | None

    @property
    def spoken(self) -> str:
        """The course as a sentence, with what to do where the start alone was bad."""
        if self.since_s is not None and self.until_s is not None:
            stretch = f"from about {duration(self.since_s)} to {duration(self.until_s)} into the stage"
            return f"It was beyond the limit {stretch} and ended then; otherwise it kept it."
        if self.since_s is not None:
            return f"It began about {duration(self.since_s)} into the stage and lasted."
        if self.until_s is not None:
            ends = duration(self.until_s)
            longer = f"write `warmup: {text_of(math.ceil(self.until_s), TIME)}`"
            return (
                f"The start alone was beyond the limit, which was kept from about {ends} into the stage on. "
                f"If the canary takes that long to warm up, {longer}."
            )
        return ""


def course_of(test: LimitTest, blocks: StageBlocks, *, above: bool) -> Course | None:
    """Find the only part of the stage that a test finds beyond the limit; None where it was so all along."""
    values = test.beyond if above else -test.beyond
    span = span_beyond(values) if len(values) == len(blocks) else None
    if span is None:
        return None
    begins_s = blocks.ends_s[span.first] - float(blocks.lengths_s[span.first])
    return Course(
        begins_s if span.first > 0 else None, blocks.ends_s[span.end - 1] if span.end < len(blocks) else None
    )
