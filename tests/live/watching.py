"""Watches a real run the way a person, a scraper and Prometheus do."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from harness.live.prometheus.dashboard import ANNOTATION, PANELS
from tests.ports import free_port

PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")
WITHIN_S = 60
QUERIES = [ANNOTATION, *(query.expression for panel in PANELS for query in panel.queries)]
HERE = "127.0.0.1"


def get(url, headers=(), method="GET"):
    """Return status, headers and text; None when nobody answers."""
    request = urllib.request.Request(url, headers=dict(headers), method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()
    except OSError:
        return None


def until(process, ready):
    """Wait for another process, which has no fake clock; a process that ends meanwhile is an error."""
    end_s = time.monotonic() + WITHIN_S
    while not (found := ready()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.1)
    return found


@dataclass
class Seen:
    """What was seen of a run until it answered no more."""

    states: list = field(default_factory=list)
    expositions: list = field(default_factory=list)
    page: tuple = ()
    locusts_page: str = ""


def watch(port, metrics_port, process):
    """Ask for everything twice a second until the run is over."""
    seen = Seen()
    until(process, lambda: get(f"http://{HERE}:{port}/gate/state.json"))
    seen.page = get(f"http://{HERE}:{port}/gate/")
    seen.locusts_page = get(f"http://{HERE}:{port}/")[2]
    while (state := get(f"http://{HERE}:{port}/gate/state.json")) is not None:
        seen.states.append(json.loads(state[2]))
        if (metrics := get(f"http://{HERE}:{metrics_port}/metrics")) is not None:
            seen.expositions.append(metrics[2])
        time.sleep(0.5)
    return seen


class Prometheus:
    """A real Prometheus that scrapes one port three times a second."""

    def __init__(self, directory, target_port):
        self.port = free_port()
        scrape = {"job_name": "gate", "static_configs": [{"targets": [f"{HERE}:{target_port}"]}]}
        config = {"global": {"scrape_interval": "300ms"}, "scrape_configs": [scrape]}
        (directory / "prometheus.yml").write_text(json.dumps(config))
        listen = f"--web.listen-address={HERE}:{self.port}"
        self._process = subprocess.Popen(
            [PROMETHEUS, "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", listen],
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._process, lambda: get(f"http://{HERE}:{self.port}/-/ready"))

    def ask(self, query):
        """Return the values of a query's series."""
        asked = urllib.parse.urlencode({"query": query.replace("$__rate_interval", "10s")})
        answer = json.loads(get(f"http://{HERE}:{self.port}/api/v1/query?{asked}")[2])
        assert answer["status"] == "success", answer
        return [float(series["value"][1]) for series in answer["data"]["result"]]

    def ask_all(self):
        """Return the values of every query of the dashboard."""
        return {query: self.ask(query) for query in QUERIES}

    def stop(self):
        self._process.terminate()
        self._process.wait(30)
