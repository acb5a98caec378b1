"""The page in a real browser, where there is one: what it shows, its width, and a silent console."""

import json
import re
import shutil
import subprocess
import threading
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.live.page import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr --v=0 "
    "--virtual-time-budget=8000 --dump-dom"
)
HOSTILE = "<script>document.title='broken'</script>\"'&" + "x" * 250
# Frames are as narrow as a phone, which a headless window cannot be.
PROBE = """<!doctype html><meta charset="utf-8"><body><script>
const measure = (page, wide) => {
  const box = e => e.getBoundingClientRect();
  const beyond = [...page.querySelectorAll("body *")].filter(
    e => !e.closest(".scroll,svg") && box(e).width && box(e).right > wide + 1);
  const text = id => page.getElementById(id).textContent;
  return {width: wide, scroll: page.documentElement.scrollWidth, beyond: beyond.map(e => e.outerHTML),
    scripts: page.scripts.length, title: text("title"), errors: text("errors"), variants: text("variants"),
    criteria: text("criterion-rows"), lines: page.querySelectorAll("#plot path").length,
    notice: text("notice"), button: page.getElementById("stop").disabled};
};
const open = width => new Promise(done => {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.src = "/gate/";
  frame.onload = () => setTimeout(() => done(measure(frame.contentDocument, width)), 2500);
  document.body.append(frame);
});
Promise.all([390, 1280].map(open)).then(found => { document.title = JSON.stringify(found); });
</script>"""

pytestmark = [pytest.mark.real, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")]


def state(**changes):
    variant = {
        "requests": 1234567,
        "failed": 3,
        "error_rate": 0.01,
        "p50": 20000,
        "p95": 61200,
        "p99": 99000,
        "broken": [],
    }
    now = {
        "stage": "canary-5",
        "elapsed": "01:00",
        "left": "14:00",
        "planned_per_s": 7000.0,
        "due_per_s": 7000.4,
        "completed_per_s": 6990.0,
        "failed_per_s": 0.0,
        "in_flight": 120,
        "backlog": 0,
        "dropped": 0,
        "cpu": 0.62,
        "is_busy": False,
        "lateness_us": {"p50": 50, "p95": 100, "p99": None},
        "hub_p99_us": 90,
        "hub_limit_us": 25000.0,
        "is_late": False,
        "variants": {"baseline": variant, "canary": {**variant, "p95": 161200, "broken": ["p95"]}},
        "limits_us": {"p95": 150000.0},
        "points": [[0.0, 60000, 61000], [10.0, None, 90000], [20.0, 60000, 161000]],
        "not_judged_s": [[0.0, 10.0]],
        "is_warming": False,
    }
    stage = {"weight": 0.05, "duration": "15 min", "outcome": None, "is_here": False, "done": 0.0}
    stages = [{**stage, "name": "n" * 60, "is_here": number == 0} for number in range(5)]
    criterion = {
        "criterion": HOSTILE,
        "observed": "161 ms",
        "limit": "150 ms",
        "holds": False,
        "can_pass": "in 12 min",
    }
    return {
        "service": HOSTILE[:80],
        "plan": "production",
        "report": "reports/20260108T090000Z-production/report.html",
        "state": "measuring",
        "stages": stages,
        "now": now,
        "criteria": [criterion],
        "findings": {
            "at": "+01:00",
            "findings": [{"criterion": HOSTILE, "outcome": "fail", "reason": HOSTILE}],
        },
        "triggers": [{"trigger": HOSTILE[:80], "share": 0.5, "held": 15, "needed": 30}],
        "events": [{"at": "+00:01", "text": HOSTILE, "bad": True}] * 3,
        "errors": [{"what": ["canary-5", "canary", HOSTILE, "HTTP 500"], "count": 3}],
        "verdict": None,
        **changes,
    }


@pytest.fixture
def serve():
    """Serve the page with a state and the policy it is really served with; only framing is allowed here."""
    servers = []

    def start(told):
        text, policy = page()
        policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        answers = {
            "/": ("text/html", PROBE, ""),
            "/gate/": ("text/html; charset=utf-8", text, policy),
            "/gate/state.json": ("application/json", json.dumps(told), ""),
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                kind, body, rule = answers.get(self.path, ("text/plain", "", ""))
                self.send_response(200)
                self.send_header("Content-Type", kind)
                if rule:
                    self.send_header("Content-Security-Policy", rule)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def opened(url, tmp_path):
    command = [CHROMIUM, *QUIET.split(), f"--user-data-dir={tmp_path / 'profile'}", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert re.findall(r".*:CONSOLE.*", done.stderr) == []
    title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title is not None, "the page was not measured"
    return json.loads(unescape(title[1]))


def test_hostile_texts_are_shown_as_text_and_everything_fits_a_phone_and_a_desk(serve, tmp_path):
    for found in opened(serve(state()), tmp_path):
        assert found["beyond"] == []
        assert found["scroll"] == found["width"]
        assert found["scripts"] == 1
        assert found["title"] == HOSTILE[:80]
        assert HOSTILE in found["errors"]
        assert "161.2 ms" in found["variants"]
        assert "in 12 min" in found["criteria"]
        assert found["lines"] == 5
        assert found["button"] is False


def test_the_verdict_ends_the_page_with_its_reason(serve, tmp_path):
    verdict = {"outcome": "fail", "words": "fail, rolled back", "reason": "Stage canary-5: p95 was 161 ms."}
    for found in opened(serve(state(verdict=verdict)), tmp_path):
        report = "The report: reports/20260108T090000Z-production/report.html"
        assert found["notice"] == f"fail, rolled back: Stage canary-5: p95 was 161 ms. {report}"
        assert found["button"] is True


def test_before_the_first_stage_the_page_is_whole(serve, tmp_path):
    for found in opened(serve(state(now=None, criteria=[], triggers=[], errors=[])), tmp_path):
        assert found["scroll"] == found["width"]
        assert found["lines"] == 0
