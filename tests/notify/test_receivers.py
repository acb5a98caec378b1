"""The real process delivers to real HTTP receivers of this machine."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.judge.outcome import Outcome
from harness.judge.verdict import Rollback, Verdict
from harness.notify.__main__ import sender
from harness.notify.message import Subject
from harness.notify.notifier import Notifier
from harness.plan.client.notify import News, Receiver
from tests.notify.test_notifier import Log
from tests.ports import free_port

VERDICT = Verdict(Outcome.FAIL, "Stage b failed: p95 is 200 ms.", (), ("c",), Rollback.DONE)
ON = [News.FAILED]


@contextmanager
def receiver(status=200, delay_s=0.0):
    """Serve, and collect what is posted."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            time.sleep(delay_s)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def told(*addresses):
    """Tell all receivers of a failure; return the deliveries."""
    receivers = [Receiver(to=address, on=ON) for address in addresses]
    log, subject = Log(), Subject("tasks", {"version": "v2"}, Path("/runs/r"))
    notifier = Notifier.start(subject, receivers, log, time.monotonic, time.sleep)
    notifier.conclude(VERDICT)
    notifier.finish()
    return {event.receiver: event for event in log.events}


def test_a_generic_webhook_gets_title_and_message_as_json():
    with receiver() as (host, got):
        assert told(f"json://{host}/hook")[1].problem is None
    [(path, sent)] = got
    assert path == "/hook"
    assert sent["title"] == "tasks v2: fail, rolled back"
    assert sent["message"].startswith("Stage b failed: p95 is 200 ms.")
    assert sent["type"] == "failure"


def test_receivers_that_are_slow_dead_or_refuse_delay_nobody_else():
    began_s = time.monotonic()
    with receiver() as (up, got), receiver(delay_s=60) as (slow, _), receiver(status=500) as (refusing, _):
        addresses = [f"json://{slow}/?rto=2", f"json://127.0.0.1:{free_port()}", f"json://{refusing}"]
        events = told(*addresses, "nosuchservice://x/y", f"json://{up}")
    assert len(got) == 1
    assert events[5].problem is None
    for number in (1, 2, 3):
        assert events[number].problem == "it refused the message, or does not answer"
    assert events[4].problem == "apprise does not know the service of its address"
    assert time.monotonic() - began_s < 40


@pytest.fixture
def elsewhere(monkeypatch):
    """Have requests to any host reach a receiver of this machine; return what it got."""
    import requests

    send = requests.Session.request
    with receiver() as (host, got):

        def redirected(session, method, url, **options):
            return send(session, method, f"http://{host}{urlsplit(url).path}", **options)

        monkeypatch.setattr(requests.Session, "request", redirected)
        yield got


SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = (
    "https://prod-161.westeurope.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/"
    "triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
    "&sig=KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3wrNJZxFE5A"
)


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # a module of the library for images
def test_the_webhook_addresses_that_slack_and_teams_give_get_their_shapes(elsewhere):
    message = Subject("tasks", {}, Path("/runs/r")).of_verdict(VERDICT)
    assert [sender(address)(message) for address in (SLACK, TEAMS)] == [None, None]
    (slack_path, slack), (teams_path, teams) = elsewhere
    assert slack_path.startswith("/services/T1JJ3T3L2/")
    [attachment] = slack["attachments"]
    assert attachment["title"] == "tasks: fail, rolled back"
    assert "Stage b failed" in attachment["text"]
    assert teams_path.startswith("/workflows/643e69f83c8944438d68119179a10a64/")
    [card] = teams["attachments"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert "Stage b failed" in json.dumps(card)
