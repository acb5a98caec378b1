"""How much slower the canary is than the baseline of the same seconds, by percentile, with its interval."""

from functools import partial
from math import expm1

from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import linearized_quantile
from harness.judge.stats.relative import log_ratio
from harness.judge.windows.blocks import StageBlocks
from harness.report.data.series import percentile_name
from harness.report.plots.latency import LatencyDifference

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
RISKS = Risks(lower=0.005, upper=0.005)  # a 99 % interval
_MAX_LOG_RATIO = 5.0  # e^5: beyond 148 times as slow the picture says no more
_MIN_BEYOND = 10  # values beyond a percentile in either variant, below which it is noise


def differences(blocks: StageBlocks) -> list[LatencyDifference]:
    """Compare the variants block by block, in percent; empty without enough blocks of both."""
    merged = blocks.merged
    if len(merged) < 2:
        return []
    baseline, canary = merged.baseline.response, merged.canary.response
    fewest = min(latencies.successful.totals.sum() for latencies in (baseline, canary))
    rows = []
    for q in QUANTILES:
        if fewest * (1 - q) < _MIN_BEYOND:
            break
        found = log_ratio(baseline, canary, partial(linearized_quantile, p=q))
        if found is not None:
            rows.append(_difference(percentile_name(q), found.within(RISKS)))
    return rows


def _difference(name: str, log: Estimate) -> LatencyDifference:
    percent = (
        100 * expm1(min(value, _MAX_LOG_RATIO)) for value in (log.observed or 0.0, log.lower, log.upper)
    )
    return LatencyDifference(name, *percent)
