"""A verdict as JUnit XML, for the many tools that read it.

A stage is a test suite, a criterion a test case. `fail` becomes a failure; `invalid` an error, because
nothing was tested; `inconclusive` a failure as well, of type `inconclusive`, because most tools count a
skipped case as success and a gate must not; a stage that was not run is one skipped case.
"""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from harness.judge.finding import Result
from harness.judge.outcome import Outcome
from harness.judge.verdict import StageVerdict, Verdict
from harness.report.wording import bounded, visible

_TAGS = {Outcome.FAIL: "failure", Outcome.INCONCLUSIVE: "failure", Outcome.INVALID: "error"}


def junit(verdict: Verdict, plan_name: str, release: Mapping[str, str] | None = None) -> str:
    """Return the XML document; control characters, which XML forbids, are replaced.

    What is known of the release, and a rollback, stand in the properties of every suite.
    """
    root = ET.Element("testsuites", name=visible(plan_name))
    for stage in verdict.stages:
        _suite(root, stage)
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
    for suite in root.findall("testsuite") if known else ():
        suite.insert(0, _properties(known))
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _properties(known: Mapping[str, str]) -> ET.Element:
    properties = ET.Element("properties")
    for name, value in known.items():
        ET.SubElement(properties, "property", name=name, value=visible(value))
    return properties


def _suite(root: ET.Element, stage: StageVerdict) -> None:
    suite = ET.SubElement(root, "testsuite", name=visible(stage.name))
    for finding in stage.findings:
        _case(suite, stage.name, finding.title, finding)
    if not stage.findings or stage.outcome not in {
        Outcome.PASS,
        *(finding.outcome for finding in stage.findings),
    }:
        # Worse than all its findings: the stage itself has to show in the counts.
        _case(suite, stage.name, "stage", Result.plain(stage.outcome, f"The stage is {stage.outcome}."))


def _case(suite: ET.Element, stage: str, title: str, result: Result) -> None:
    case = ET.SubElement(suite, "testcase", name=visible(title), classname=visible(stage))
    if result.outcome in _TAGS:
        ET.SubElement(
            case, _TAGS[result.outcome], type=result.outcome, message=visible(result.reason[:500])
        ).text = bounded(result.reason)
    else:
        ET.SubElement(case, "system-out").text = bounded(result.reason)


def _count(root: ET.Element) -> None:
    for holder in (root, *root.iter("testsuite")):
        holder.set("tests", str(len(list(holder.iter("testcase")))))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            holder.set(name, str(len(list(holder.iter(tag)))))
