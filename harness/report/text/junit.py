"""A verdict as JUnit XML, for the many tools that read it.

A stage is a test suite, a criterion a test case. `fail` becomes a failure; `invalid` an error, because
nothing was tested; `inconclusive` a failure as well, of type `inconclusive`, because most tools count a
skipped case as success and a gate must not; a stage that was not run is one skipped case. The time of a suite
is that of its stage, the time of a case how far into the stage it was decided.

The document is valid by the schema of Jenkins' xUnit plugin (junit-10.xsd), which pytest keeps to as well.
"""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from harness.judge.finding import Result
from harness.judge.outcome import Outcome
from harness.judge.verdict import StageVerdict, Verdict
from harness.report.data.stage_span import StageSpan
from harness.report.wording import bounded, share, visible

_TAGS = {Outcome.FAIL: "failure", Outcome.INCONCLUSIVE: "failure", Outcome.INVALID: "error"}


def junit(
    verdict: Verdict,
    plan_name: str,
    release: Mapping[str, str] | None = None,
    spans: Mapping[str, StageSpan] | None = None,
    file: str = "plan.yaml",
) -> str:
    """Return the XML document; control characters, which XML forbids, are replaced.

    What is known of the release, and a rollback, stand in the properties of every suite. `spans` are the
    times of the stages, as far as they are known; `file` is where the plan is.
    """
    root = ET.Element("testsuites", name=visible(plan_name))
    spans = spans or {}
    for stage in verdict.stages:
        _suite(root, stage, spans.get(stage.name))
    for name in verdict.not_run:
        suite = ET.SubElement(root, "testsuite", name=visible(name))
        case = ET.SubElement(suite, "testcase", name="stage", classname=visible(name))
        ET.SubElement(case, "skipped", message="the run ended before this stage")
    if not verdict.stages:
        suite = ET.SubElement(root, "testsuite", name=visible(plan_name))
        _case(suite, plan_name, "a verdict", Result.plain(verdict.outcome, verdict.reason))
    known = {f"release.{key}": value for key, value in (release or {}).items()}
    if verdict.rollback is not None:
        known["rollback"] = verdict.rollback
    for suite in root.findall("testsuite"):
        _add_properties(suite, known)
    for suite in root.findall("testsuite"):
        suite.set("file", visible(file))
    if spans:
        root.set("time", _seconds(sum(span.lasted_s for span in spans.values())))
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add_properties(suite: ET.Element, known: Mapping[str, str]) -> None:
    if not known:
        return
    if (properties := suite.find("properties")) is None:
        properties = ET.Element("properties")
        suite.insert(0, properties)
    for name, value in known.items():
        ET.SubElement(properties, "property", name=name, value=visible(value))


def _suite(root: ET.Element, stage: StageVerdict, span: StageSpan | None) -> None:
    suite = ET.SubElement(root, "testsuite", name=visible(stage.name))
    if span is not None:
        suite.set("timestamp", span.started.strftime("%Y-%m-%dT%H:%M:%S"))
        suite.set("time", _seconds(span.lasted_s))
    _add_properties(suite, _about(stage))
    for finding in stage.findings:
        case = _case(suite, stage.name, finding.title, finding)
        if span is not None:
            decided_s = span.lasted_s if finding.decided_at_s is None else finding.decided_at_s
            case.set("time", _seconds(decided_s))
    if not stage.findings or stage.outcome not in {
        Outcome.PASS,
        *(finding.outcome for finding in stage.findings),
    }:
        # Worse than all its findings: the stage itself has to show in the counts.
        _case(suite, stage.name, "stage", Result.plain(stage.outcome, f"The stage is {stage.outcome}."))


def _about(stage: StageVerdict) -> Mapping[str, str]:
    """Return what a stage was, for whoever compares jobs: its outcome, weight, rate and requests."""
    return {
        "outcome": stage.outcome,
        "weight": share(stage.weight),
        "arrival_rate_per_s": f"{stage.achieved_rate:.6g}",
        **{f"requests.{variant}": str(number) for variant, number in stage.requests.items()},
    }


def _seconds(value: float) -> str:
    return f"{max(value, 0.0):.3f}"


def _case(suite: ET.Element, stage: str, title: str, result: Result) -> ET.Element:
    case = ET.SubElement(suite, "testcase", name=visible(title), classname=visible(stage))
    if result.outcome in _TAGS:
        ET.SubElement(
            case, _TAGS[result.outcome], type=result.outcome, message=visible(result.reason[:500])
        ).text = bounded(result.reason)
    else:
        ET.SubElement(case, "system-out").text = bounded(result.reason)
    return case


def _count(root: ET.Element) -> None:
    for holder in (root, *root.iter("testsuite")):
        holder.set("tests", str(len(list(holder.iter("testcase")))))
        for name, tag in (("failures", "failure"), ("errors", "error")):
            holder.set(name, str(len(list(holder.iter(tag)))))
        if holder is not root:
            holder.set("skipped", str(len(list(holder.iter("skipped")))))
