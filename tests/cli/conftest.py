import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from tests.rollout.conftest import service

__all__ = ["service"]


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


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """An empty directory, to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run_verb(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda verb, *words: CliRunner().invoke(main, [verb.name, *(str(word) for word in words)])
