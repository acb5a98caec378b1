import re
from pathlib import Path

from harness.live.prometheus.dashboard import PANELS, dashboard, text

FILE = Path(__file__).parents[3] / "deploy/grafana/canary-gate.json"


def test_the_file_is_what_the_code_generates():
    assert FILE.read_text("utf-8") == text(), (
        "python -m harness.live.prometheus.dashboard > deploy/grafana/canary-gate.json"
    )


def test_panels_do_not_overlap_and_fit_the_grid():
    taken = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel.title for panel in PANELS}) == len(PANELS)


def test_every_metric_asked_for_is_documented():
    reference = (Path(__file__).parents[3] / "docs/reference/metrics.md").read_text("utf-8")
    asked = set(re.findall(r"gate_[a-z_0-9]+", text()))
    assert [name for name in sorted(asked) if re.sub("_bucket$", "", name) not in reference] == []
