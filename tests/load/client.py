"""A session running arrivals against a server of the test, and what it recorded."""

import time
from contextlib import contextmanager

from gevent import get_hub

from harness.client.access import Access
from harness.load.blame import NO_RULES
from harness.load.http.session import ClientContext, Session
from harness.load.http.settings import ClientSettings
from harness.load.http.target import Target
from harness.record.histograms.tag import Kind
from harness.record.histograms.window import LiveWindow
from tests.load.scripted import serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Client:
    """A session running one arrival; it listens to the session's requests itself."""

    def __init__(self, url, timeout_s=5.0, canary=None, variant=0, session=None, **settings):
        of_access = {name: settings.pop(name, None) for name in ("tls", "headers", "addresses", "proxy")}
        access = Access(**{name: value for name, value in of_access.items() if value is not None})
        targets = [Target.of(url, access), Target.of(canary or url, access)]
        self.client_context = ClientContext(targets, timeout_s, time.perf_counter, access=access, **settings)
        self.fired = []
        self.variant = variant
        settings = dict(session or {})
        rules = settings.pop("rules", NO_RULES)
        self.session = Session(self.client_context, self, dict, variant, ClientSettings(**settings), rules)
        self.window = LiveWindow(0.0, 1.0)
        self.arrive()

    has_listeners = True

    def fire(self, **meta):
        self.fired.append(meta)

    def arrive(self, late_s=0.0, variant=None):
        variant = self.variant if variant is None else variant
        self.window.accounts[variant].due += 1
        self.window.accounts[variant].open += 1
        self.session.arrival.begin(time.perf_counter() - late_s, variant, self.window)

    def counts(self):
        closed = self.window.close()
        return {
            kind: sum(h.total for tag, h in closed.histograms.items() if tag.kind == kind) for kind in Kind
        }


@contextmanager
def client_of(url, **options):
    """A client whose requests time out."""
    one = Client(url, **options)
    sweep = get_hub().loop.timer(0.01, 0.01)
    sweep.start(lambda: one.client_context.expire(time.perf_counter()))
    try:
        yield one
    finally:
        sweep.stop()
        sweep.close()
        one.client_context.close()


@contextmanager
def client(*answers, **options):
    """A client of a scripted server, and the list of requests that server saw."""
    with serving(*answers) as (url, seen), client_of(url, **options) as one:
        yield one, seen
