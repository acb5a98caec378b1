"""How much slower the canary is than the baseline of the same seconds, by percentile, with its interval."""

from harness.judge.comparisons.quantile import QuantileAgainstBaseline
from harness.judge.comparisons.strata import quantile_strata
from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate
from harness.judge.windows.blocks import StageBlocks
from harness.plan.criteria.compare import Op
from harness.report.data.series import percentile_name
from harness.report.plots.latency import LatencyDifference

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
RISKS = Risks(lower=0.005, upper=0.005)  # a 99 % interval
_MAX_CHANGE = 150.0  # beyond that many times as slow the picture says no more
_MIN_BEYOND = 10  # values beyond a percentile in either variant, below which it is noise


def differences(blocks: StageBlocks) -> list[LatencyDifference]:
    """Compare the variants block by block, in percent; empty without enough blocks of both."""
    merged = blocks.merged
    if len(merged) < 2:
        return []
    baseline, canary = merged.baseline.response, merged.canary.response
    pairs = merged.pairs(lambda variant: variant.response)
    fewest = min(latencies.successful.totals.sum() for latencies in (baseline, canary))
    rows = []
    for q in QUANTILES:
        if fewest * (1 - q) < _MIN_BEYOND:
            break
        strata = quantile_strata(pairs, q)
        if strata:
            change = QuantileAgainstBaseline(strata, q, limit=0.0, in_proportion=True, op=Op.LE)
            rows.append(_difference(percentile_name(q), change.within(RISKS)))
    return rows


def _difference(name: str, change: Estimate) -> LatencyDifference:
    percent = (
        100 * min(value, _MAX_CHANGE) for value in (change.observed or 0.0, change.lower, change.upper)
    )
    return LatencyDifference(name, *percent)
