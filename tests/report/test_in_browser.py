"""The pages in a real browser, where there is one: nothing on the console, nothing wider than the screen."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from harness.record.run_directory import RunDirectory
from harness.report import write_report
from harness.report.across_runs.compare import write_comparison

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr --v=0 "
    "--virtual-time-budget=10000 --dump-dom"
)
# Measures the page in frames of both widths, since a headless window cannot be as narrow as a phone.
PROBE = """
<!doctype html><meta charset="utf-8"><body><script>
const inside = ".scroll,pre,svg,.skip,.criteria thead";
const measure = (page, wide) => {
  const box = e => e.getBoundingClientRect();
  const beyond = [...page.querySelectorAll("body *")].filter(
    e => !e.closest(inside) && box(e).width && box(e).right > wide + 1);
  return {
    width: wide,
    scroll: page.documentElement.scrollWidth,
    beyond: beyond.slice(0, 5).map(e => e.outerHTML.slice(0, 120)),
    plots: [...page.querySelectorAll("svg.plot")].filter(e => box(e).width > 0).length,
  };
};
const open = width => new Promise(done => {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.onload = () => done(measure(frame.contentDocument, width));
  frame.srcdoc = PAGE;
  document.body.append(frame);
});
Promise.all([390, 1280].map(open)).then(found => { document.title = JSON.stringify(found); });
</script>
"""

pytestmark = [pytest.mark.real, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")]


def opened(page: str, tmp_path: Path) -> list[dict[str, object]]:
    """Measure a page at the width of a phone and of a desk; anything said on the console is an error."""
    probe = tmp_path / "probe.html"
    probe.write_text(PROBE.replace("PAGE", json.dumps(page).replace("</", "<\\/")), "utf-8")
    command = [str(CHROMIUM), *QUIET.split(), f"--user-data-dir={tmp_path / 'profile'}", probe.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert re.findall(r".*:CONSOLE.*", done.stderr) == []
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title is not None, "the page was not measured"
    return list(json.loads(unescape(title[1])))


@pytest.mark.parametrize("outcome", ["pass", "fail", "inconclusive", "invalid"])
def test_a_report_fits_a_phone_and_a_desk_and_says_nothing_on_the_console(
    runs: dict[str, RunDirectory], outcome: str, tmp_path: Path
) -> None:
    page = write_report(runs[outcome])[0].read_text("utf-8")
    for found in opened(page, tmp_path):
        assert found["beyond"] == []
        assert found["scroll"] == found["width"]
        assert found["plots"]


def test_texts_of_any_length_and_direction_fit_and_run_nothing(hostile: str, tmp_path: Path) -> None:
    for found in opened(hostile, tmp_path):
        assert found["beyond"] == []
        assert found["scroll"] == found["width"]


def test_a_comparison_fits_a_phone_and_a_desk(runs: dict[str, RunDirectory], tmp_path: Path) -> None:
    page = write_comparison([runs["pass"], runs["fail"]], tmp_path / "comparison.html").read_text("utf-8")
    for found in opened(page, tmp_path):
        assert found["beyond"] == []
        assert found["scroll"] == found["width"]


def test_the_measurement_would_see_a_page_that_is_too_wide(tmp_path: Path) -> None:
    found = opened("<!doctype html><title>x</title><body><p style='width:2000px'>wide</p>", tmp_path)
    assert all(one["beyond"] for one in found)
