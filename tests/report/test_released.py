from xml.etree import ElementTree as ET

from harness.report.released import release_of, release_text
from harness.report.text.junit import junit
from harness.report.text.markdown import summary
from tests.report import verdicts

RUN = {"release": {"version": "v2.3.1", "commit": "1f3c9e0", "image": 7, "other": "x"}}


def test_a_release_is_what_the_record_names_and_nothing_else():
    assert release_of(RUN) == {"version": "v2.3.1", "commit": "1f3c9e0"}
    assert release_of({}) == release_of({"release": "v2"}) == {}
    assert release_text(release_of(RUN)) == "v2.3.1, commit 1f3c9e0"


def test_the_summary_and_junit_name_the_release():
    page = summary(verdicts.FAILED, "production", "shop", release_of(RUN))
    assert "Release v2.3.1, commit 1f3c9e0" in page.splitlines()
    document = ET.fromstring(junit(verdicts.FAILED, "production", release_of(RUN)))
    for suite in document.findall("testsuite"):
        found = {one.get("name"): one.get("value") for one in suite.findall("properties/property")}
        released = {name: value for name, value in found.items() if str(name).startswith("release.")}
        assert released == {"release.version": "v2.3.1", "release.commit": "1f3c9e0"}


def test_without_a_release_nothing_is_said_of_one():
    assert "elease" not in summary(verdicts.FAILED, "production", "shop")
    assert "release." not in junit(verdicts.FAILED, "production")
