"""The page in Locust's web interface: `/gate/`, its state, the metrics, and its buttons.

The whole interface, Locust's own pages and buttons included, answers its own site alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request

from harness.live.decision_form import MAX_BYTES, read_decision
from harness.live.live_run import LiveRun
from harness.live.same_origin import CONFIRMED, refusal
from harness.record.events.approval import Decided
from harness.record.events.approval_status import DecisionError
from harness.report.style import css_variables

STOPPED_BY_PAGE = "the stop button of the live page"
_PAGE = Path(__file__).with_name("page.html")


def add_page(
    web_ui: Any,
    live: LiveRun,
    metrics: Callable[[], Response],
    stop: Callable[[str], None],
    decide: Callable[[Decided], None],
) -> None:
    """Put the page into Locust's web interface, behind its login if it has one, and link it there.

    `stop` ends the run; it gets the words for who asked. `decide` takes a person's decision.
    """
    options = web_ui.environment.parsed_options
    base_path = (getattr(options, "web_base_path", None) or "").rstrip("/")
    known_hosts = {web_ui.host, getattr(options, "web_host_display_name", None) or ""} - {""}
    _answer_own_site_only(web_ui.app, known_hosts, has_login=bool(web_ui.web_login))
    blueprint = Blueprint("gate", __name__, url_prefix=f"{base_path}/gate")

    def index() -> Response:
        text, policy = page()
        return Response(text, content_type="text/html; charset=utf-8", headers={_POLICY: policy})

    def state() -> Response:
        return Response(live.state_json(), content_type="application/json")

    def end() -> Response:
        stop(STOPPED_BY_PAGE)
        return Response("stopping\n", 202, content_type="text/plain; charset=utf-8")

    def decided() -> Response:
        try:
            decide(read_decision(live.approvals, request.stream.read(MAX_BYTES + 1)))
        except DecisionError as error:
            return Response(f"{error}\n", 409, content_type="text/plain; charset=utf-8")
        return Response("decided\n", 202, content_type="text/plain; charset=utf-8")

    guard = web_ui.auth_required_if_enabled
    blueprint.add_url_rule("/", "index", guard(index))
    blueprint.add_url_rule("/state.json", "state", guard(state))
    blueprint.add_url_rule("/metrics", "metrics", guard(metrics))
    blueprint.add_url_rule("/stop", "stop", guard(_confirmed(end)), methods=["POST"])
    blueprint.add_url_rule("/decide", "decide", guard(_confirmed(decided)), methods=["POST"])
    blueprint.after_request(_kept_nowhere)
    web_ui.app.register_blueprint(blueprint)
    links = web_ui.template_args.setdefault("extended_csv_files", [])
    links.append({"href": f"{base_path}/gate/", "title": "Canary gate: live page"})


def _confirmed(answer: Callable[[], Response]) -> Callable[[], Response]:
    """Answer only what our own page asks for: a form of another site cannot set a header."""

    def answer_confirmed() -> Response:
        if request.headers.get(CONFIRMED) != "yes":
            return _refused(f"the header {CONFIRMED}: yes is missing")
        return answer()

    return answer_confirmed


_POLICY = "Content-Security-Policy"
_NOTHING_ELSE = (
    "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@cache
def page() -> tuple[str, str]:
    """Return the page and the policy that lets its own script run and nothing else."""
    text = _PAGE.read_text("utf-8").replace("/*palette*/", css_variables())
    sources = {tag: _digest(text, tag) for tag in ("script", "style")}
    policy = "; ".join(f"{tag}-src {source}" for tag, source in sources.items())
    return text, f"{_NOTHING_ELSE}; {policy}"


def _digest(text: str, tag: str) -> str:
    content = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    assert content is not None  # our own page
    digest = hashlib.sha256(content[1].encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _answer_own_site_only(app: Flask, known_hosts: Collection[str], *, has_login: bool) -> None:
    def refuse() -> Response | None:
        why_not = refusal(request.method, dict(request.headers), known_hosts, has_login=has_login)
        return None if why_not is None else _refused(why_not)

    def for_own_site(response: Response) -> Response:
        # Locust allows every site to read its responses, unless a response already names one.
        response.headers["Access-Control-Allow-Origin"] = request.host_url.rstrip("/")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("X-Frame-Options", "DENY")
        return response

    # Before what others check: whoever comes from elsewhere learns nothing from their answers.
    app.before_request_funcs.setdefault(None, []).insert(0, refuse)
    app.after_request(for_own_site)


def _refused(why: str) -> Response:
    return Response(f"refused: {why}\n", 403, content_type="text/plain; charset=utf-8")


def _kept_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
