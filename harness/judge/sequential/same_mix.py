"""Whether what was found while a stage runs is the canary's doing, and not that of another mix."""

from __future__ import annotations

from dataclasses import replace

from harness.judge.sequential.gross import Stretch, no_gross_regression
from harness.judge.sequential.looks import Broken
from harness.judge.sequential.so_far import WORSE
from harness.judge.stats.bounds import Risks
from harness.judge.stats.disturbance import lasts
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.windows.design import StageDesign
from harness.record.histograms.tag import Kind


def at_same_mix(found: Broken, blocks: StageBlocks, design: StageDesign) -> Broken | None:
    """Return what a look at the blocks so far finds at the common mix of endpoints; None if nothing.

    A change against the baseline has to be found anew, and has the figures of that; a limit of its own is
    broken by the canary if it is worse than the baseline there.
    """
    bound, merged = found.bound, blocks.merged
    judged = blocks.from_block(blocks.first_after(found.from_s))
    if judged.mix.moved is None:
        return found
    first = merged.first_after(found.from_s)
    pairs = merged.pairs(lambda variant: variant.latencies(bound.kind))
    if not bound.criterion.is_relative:
        worse = bound.excess([pair.part(first, len(merged)) for pair in pairs])
        return found if worse and is_surely(worse, WORSE, Care.END, above=True) else None
    compared = None if judged.mix.incomparable else bound.change(pairs, first)
    if compared is None or not is_surely(compared.test, found.risk, Care.LOOK, above=True):
        return None
    if not lasts(compared.test, merged.blocks_in(2 * design.disturbance_s), above=True):
        return None
    return replace(found, estimate=compared.within(Risks(found.risk, WRONG_PASS)))


def is_gross_at_same_mix(stretch: Stretch, blocks: StageBlocks, design: StageDesign) -> bool:
    """Whether the canary is far slower at the common mix, too, in the time that sounded the alarm."""
    if blocks.mix.moved is None:
        return True
    within = [block for block in blocks.blocks if stretch.from_s < block.ends_s <= stretch.until_s]
    then = StageBlocks(blocks.clock, tuple(within))
    if blocks.mix.incomparable or not within:
        return False
    compared = no_gross_regression(design).change(
        then.pairs(lambda variant: variant.never_answered(Kind.RESPONSE))
    )
    return compared is not None and float(compared.test.beyond.mean()) > 0
