"""What the evidence means: pure functions, recorded windows in, findings and a verdict out."""

from harness.judge.codec import VerdictError, from_json, to_json
from harness.judge.criteria.early import early_fail
from harness.judge.criteria.triggers import FiredTrigger, first_trigger
from harness.judge.finding import Finding, FindingKind, Result, Subject
from harness.judge.outcome import Outcome, worst
from harness.judge.run import judge_run
from harness.judge.stage import judge_stage
from harness.judge.verdict import EarlyFail, StageVerdict, Verdict

__all__ = [
    "EarlyFail",
    "Finding",
    "FindingKind",
    "FiredTrigger",
    "Outcome",
    "Result",
    "StageVerdict",
    "Subject",
    "Verdict",
    "VerdictError",
    "early_fail",
    "first_trigger",
    "from_json",
    "judge_run",
    "judge_stage",
    "to_json",
    "worst",
]
