"""The page in Flask as Locust sets it up: every origin may read, unless we say otherwise."""

from types import SimpleNamespace

import pytest
from flask import Flask, Response
from flask_cors import CORS

from harness.live.decision_form import MAX_BYTES
from harness.live.page import STOPPED_BY_PAGE, add_page, page
from harness.record.events.approval import ApprovalRequested
from harness.record.events.approval_status import ApprovalStatus
from harness.record.events.release import StateChanged

HOST = {"Host": "127.0.0.1:8089"}
OWN = {**HOST, "Origin": "http://127.0.0.1:8089", "X-Gate-Confirmed": "yes"}


class TargetEnvironment:
    """Locust's web interface, as far as the page knows it."""

    def __init__(self, base_path="", login=None):
        self.app = Flask(__name__)
        CORS(self.app)
        self.host, self.web_login, self.template_args = "127.0.0.1", login is not None, {}
        options = SimpleNamespace(web_base_path=base_path, web_host_display_name=None)
        self.environment = SimpleNamespace(parsed_options=options)
        self.auth_required_if_enabled = login or (lambda view: view)
        self.stopped = []
        self.decided, self.approvals = [], ApprovalStatus()
        live = SimpleNamespace(state_json=lambda: b'{"state":"x"}', approvals=self.approvals)
        add_page(self, live, lambda: Response("metrics"), self.stopped.append, self.decided.append)
        self.client = self.app.test_client()


@pytest.fixture
def site():
    return TargetEnvironment()


def test_locusts_page_links_to_it(site):
    assert [link["href"] for link in site.template_args["extended_csv_files"]] == ["/gate/"]


def test_it_lives_under_locusts_base_path():
    site = TargetEnvironment("/load")
    assert site.client.get("/load/gate/state.json").json == {"state": "x"}
    assert site.template_args["extended_csv_files"][0]["href"] == "/load/gate/"


@pytest.mark.parametrize("path", ["/gate/", "/gate/state.json", "/gate/metrics"])
def test_no_other_site_may_read_it(site, path):
    answer = site.client.get(path, headers={**HOST, "Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["http://127.0.0.1:8089"]


def test_a_preflight_request_of_another_site_is_not_allowed(site):
    asks = {**HOST, "Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    asks["Access-Control-Request-Headers"] = "x-gate-confirmed"
    answer = site.client.options("/gate/stop", headers=asks)
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["http://127.0.0.1:8089"]


@pytest.mark.parametrize(
    "path", ["/stop", "/swarm", "/stats/reset", "/user", "/gate/stop", "/gate/decide", "/anything"]
)
def test_another_site_cannot_post_to_any_page_of_the_interface(site, path):
    form = {**HOST, "Origin": "http://evil.example"}
    assert site.client.post(path, headers=form, data={"user_count": 1}).status_code == 403
    assert site.client.post(path, headers={**HOST, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert site.stopped == []


@pytest.mark.parametrize("path", ["/", "/stats/requests", "/gate/", "/gate/state.json"])
def test_no_page_opens_under_another_sites_name(site, path):
    assert site.client.get(path, headers={"Host": "evil.example:8089"}).status_code == 403


def test_no_other_site_may_frame_a_page(site):
    assert site.client.get("/gate/", headers=HOST).headers["X-Frame-Options"] == "DENY"


def test_the_button_ends_the_run(site):
    assert site.client.post("/gate/stop", headers=OWN).status_code == 202
    assert site.stopped == [STOPPED_BY_PAGE]


@pytest.mark.parametrize(
    "changed", [{"Origin": "http://evil.example"}, {"X-Gate-Confirmed": "no"}, {"Host": "evil.example"}]
)
def test_a_request_from_elsewhere_does_not_end_the_run(site, changed):
    assert site.client.post("/gate/stop", headers={**OWN, **changed}).status_code == 403
    assert site.client.get("/gate/stop", headers=OWN).status_code == 405
    assert site.stopped == []


def test_a_login_guards_everything():
    site = TargetEnvironment(login=lambda view: lambda: Response("log in", 401))
    for path in ("/gate/", "/gate/state.json", "/gate/metrics"):
        assert site.client.get(path).status_code == 401
    assert site.client.post("/gate/stop", headers=OWN).status_code == 401
    assert site.stopped == []


def test_the_page_runs_only_its_own_script_and_contacts_no_other_site():
    text, policy = page()
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "innerHTML" not in text
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")


SAID = {"decision": "approve", "request": 1, "by": "Ada", "reason": "it looks good"}


def waits(site, request=1):
    """Have the run of a site wait for a person."""
    site.approvals.hear(StateChanged(t_s=1, stage="half", state="waiting", reason="because"))
    asked = {"stage": "half", "outcome": "pass", "within_s": 60, "may_extend": False}
    site.approvals.hear(ApprovalRequested(t_s=1, request=request, **asked))


def test_a_person_decides_on_the_page(site):
    waits(site)
    answer = site.client.post("/gate/decide", json=SAID, headers=OWN)
    assert answer.status_code == 202
    [decided] = site.decided
    assert (decided.decision, decided.stage, decided.by, decided.via) == ("approve", "half", "Ada", "page")


@pytest.mark.parametrize(
    "changed",
    [
        {"request": 2},
        {"request": None},
        {"decision": "extend"},
        {"decision": "promote"},
        {"by": " "},
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": "\x1b[2J"},
        {"by": 7},
        {"more": 1},
    ],
)
def test_what_the_run_cannot_take_up_is_refused_with_the_reason(site, changed):
    waits(site)
    answer = site.client.post("/gate/decide", json={**SAID, **changed}, headers=OWN)
    assert (answer.status_code, site.decided) == (409, [])
    assert len(answer.text) > 10


def test_a_decision_is_bounded_and_must_be_confirmed_by_its_own_page(site):
    waits(site)
    long = site.client.post("/gate/decide", data=b"x" * (10 * MAX_BYTES), headers=OWN)
    plain = site.client.post("/gate/decide", json=SAID, headers={**HOST, "Origin": OWN["Origin"]})
    foreign = site.client.post("/gate/decide", json=SAID, headers={**OWN, "Origin": "http://evil.example"})
    assert [answer.status_code for answer in (long, plain, foreign)] == [409, 403, 403]
    assert site.decided == []
