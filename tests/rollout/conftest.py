import shutil
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from harness.app.embedded import EmbeddedService
from harness.plan.model import Embedded


def needs(program):
    """Skip a test where a router is not installed."""
    there = shutil.which(program) or (Path(sys.executable).parent / program).exists()
    return pytest.mark.skipif(not there, reason=f"{program} is not installed")


def variants_of(url, requests=400):
    """Count who answers, from the traffic."""
    with httpx.Client(trust_env=False) as client:
        return Counter(client.get(f"{url}/health").headers["x-variant"] for _ in range(requests))


@pytest.fixture(scope="session")
def service():
    running = EmbeddedService.start(Embedded(), seed=1)
    yield {"baseline": running.baseline, "canary": running.canary}
    running.stop()


class Slow(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.25)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def slow():
    """A service that is healthy and takes a quarter of a second."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
