"""The verdict on a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from harness.judge.approvals import PersonsWord, word_of_people
from harness.judge.finding import Finding, FindingKind
from harness.judge.outcome import Outcome, worst
from harness.judge.stage import judge_stage
from harness.judge.validity.course import contradictions, ended_early, rollback_of
from harness.judge.verdict import StageVerdict, Verdict
from harness.judge.words import counted
from harness.record.evidence import Evidence


def judge_run(evidence: Evidence) -> Verdict:
    """Judge every stage that ran, and whether all that should have run did."""
    stages: list[StageVerdict] = []
    not_run: list[str] = []
    is_ended = word_of_people(evidence) is not None
    for stage in evidence.stages:
        is_ended = is_ended or any(verdict.outcome is not Outcome.PASS for verdict in stages)
        if stage.started_s is None and not stage.intervals and is_ended:
            not_run.append(stage.stage.name)
        else:
            stages.append(judge_stage(evidence.plan, stage))
    return _concluded(stages, not_run, evidence)


def with_findings(verdict: Verdict, evidence: Evidence, more: Mapping[str, tuple[Finding, ...]]) -> Verdict:
    """Add findings to the stages of these names, and conclude anew."""
    stages = [_with_findings(stage, more.get(stage.name, ())) for stage in verdict.stages]
    return _concluded(stages, verdict.not_run, evidence)


def _with_findings(stage: StageVerdict, more: tuple[Finding, ...]) -> StageVerdict:
    outcome = worst([stage.outcome, *(finding.outcome for finding in more)])
    return replace(stage, outcome=outcome, findings=(*stage.findings, *more))


def _concluded(stages: Sequence[StageVerdict], not_run: Sequence[str], evidence: Evidence) -> Verdict:
    doubts = _Doubts(ended_early(evidence), tuple(contradictions(evidence, stages)), tuple(evidence.problems))
    word = word_of_people(evidence)
    outcome = worst(
        [stage.outcome for stage in stages]
        + ([Outcome.INVALID] if any(doubts) else [])
        + ([word.outcome] if word else [])
    )
    reason = _reason(outcome, stages, doubts, word)
    return Verdict(outcome, reason, tuple(stages), tuple(not_run), rollback_of(evidence.events))


class _Doubts(NamedTuple):
    """What speaks against the evidence of a run as a whole."""

    ended_early: str | None
    contradictions: tuple[str, ...]
    damage: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The sentence that explains a run whose stages give no explanation."""
        if self.contradictions:
            return f"The records contradict each other: {self.contradictions[0]}."
        return f"The evidence is damaged: {self.damage[0]}." if self.damage else "Nothing was judged."


_WORDS = {
    Outcome.FAIL: "failed",
    Outcome.INVALID: "cannot be trusted",
    Outcome.INCONCLUSIVE: "was not decided",
}


def _deciding(stage: StageVerdict) -> Finding:
    """Choose the finding that explains a stage best.

    A failed stage is explained by what failed first, an invalid one by how it was measured. A generator that
    was late comes before evidence that is incomplete: it may have lost that, too.
    """
    worst_ones = [finding for finding in stage.findings if finding.outcome is stage.outcome]
    if stage.outcome is not Outcome.INVALID:
        first = stage.early_fail.id if stage.early_fail else None
        return next((finding for finding in worst_ones if finding.id == first), worst_ones[0])
    checks = [finding for finding in worst_ones if finding.kind is FindingKind.VALIDITY]
    measured = [finding for finding in checks if finding.observed is not None]
    return [*measured, *checks, *worst_ones][0]


def _reason(
    outcome: Outcome, stages: Sequence[StageVerdict], doubts: _Doubts, word: PersonsWord | None
) -> str:
    if outcome is Outcome.PASS:
        return f"{counted(len(stages), 'stage')} passed; every criterion held."
    if outcome is Outcome.INVALID and doubts.ended_early:
        # What ended the run explains what is missing, and why the generator was late at the end.
        return doubts.ended_early
    for stage in stages:
        if stage.outcome is outcome:
            deciding = _deciding(stage)
            # A criterion is named; for a check of the evidence the reason alone says what is wrong.
            named = "" if deciding.kind is FindingKind.VALIDITY else f": {deciding.title}"
            return f"Stage {stage.name} {_WORDS[outcome]}{named}. {deciding.reason}"
    return word.reason if word and word.outcome is outcome else doubts.reason
