"""How much slower the canary is than the baseline of the same seconds, by percentile, with its interval."""

from functools import partial

from harness.judge.bounds import Risks
from harness.judge.latency import quantile_effect
from harness.judge.relative import ratio_estimate
from harness.judge.view import StageView
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence
from harness.report.plots.latency import Difference
from harness.report.series import percentile_name

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
RISKS = Risks(lower=0.005, upper=0.005)  # a 99 % interval
_FEWEST_BEYOND = 10  # values beyond a percentile in either variant, below which it is noise


def differences(plan: Plan, evidence: StageEvidence) -> list[Difference]:
    """Compare the variants block by block, in percent; empty without enough blocks of both."""
    blocks = StageView(plan, evidence).blocks.thick
    if len(blocks) < 2:
        return []
    baseline, canary = blocks.baseline.response, blocks.canary.response
    fewest = min(latencies.successful.totals.sum() for latencies in (baseline, canary))
    rows = []
    for q in QUANTILES:
        if fewest * (1 - q) < _FEWEST_BEYOND:
            break
        found = ratio_estimate(baseline, canary, partial(quantile_effect, p=q), RISKS)
        if found.observed is not None:
            rows.append(
                Difference(percentile_name(q), found.observed * 100, found.lower * 100, found.upper * 100)
            )
    return rows
