"""The figures of a finding in words: what was observed, its bounds and its limit."""

from math import inf

from harness.judge.finding import Finding
from harness.judge.words import NEVER_ANSWERED
from harness.report.wording import NOTHING, quantity


def observed_text(finding: Finding) -> str:
    """Return what was observed; a change against the baseline has its sign."""
    if finding.observed == inf:
        return NEVER_ANSWERED
    return _signed(finding, quantity(finding.observed, finding.unit), finding.observed)


def limit_text(finding: Finding) -> str:
    """Return what it was held against."""
    return _signed(finding, quantity(finding.limit, finding.unit), finding.limit)


def bounds_text(finding: Finding) -> str:
    """Return the range between the bounds, one-sided where only one is known; nothing for a plain fact."""
    lower, upper = (
        _signed(finding, quantity(value, finding.unit), value) for value in (finding.lower, finding.upper)
    )
    if finding.lower == finding.upper:
        return NOTHING
    if finding.lower is None:
        return f"≤ {upper}"
    if finding.upper is None:
        return f"≥ {lower}"
    return f"{lower.removesuffix(finding.unit).rstrip()} … {upper}"


def _signed(finding: Finding, text: str, value: float | None) -> str:
    return f"+{text}" if finding.relative and value is not None and value > 0 else text
