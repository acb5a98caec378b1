"""Master and workers on several hosts: exact counts, or the loss by its name."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.rollout.exit_code import ExitCode
from tests.ports import free_port
from tests.real.hosts import CONTROL, LOAD, MASTER, TARGET, WORKERS, cut, hosts, possible
from tests.real.proxy import proxying
from tests.real.runs import ROOT, finish, wait_for_load

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not possible(), reason="this machine lets nobody make network namespaces"),
    pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx as the target"),
]

KEY = "a key that these machines share"
RATE = 400
PLAN = """
service: test
seed: 7
targets: {{baseline: "http://{address}:{port}", canary: "http://{address}:{port}"}}
allow_hosts: [{address}]
load: {{arrival_rate: {rate}/s, max_in_flight: 400, timeout: 2s}}
judge: {{block: 500ms, warmup: 500ms}}
generator: {{lateness_p99: 2s, cpu: 100%, achieved: 90%}}
stages:
  - {{name: one, weight: 25%, duration: {duration}, interval: 500ms, criteria: [error rate < 5%]}}
"""
NGINX = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 2048; }}
http {{
  log_format requests '$msec $remote_addr'; access_log {directory}/access.log requests;
  client_body_temp_path {directory}; keepalive_requests 1000000;
  server {{ listen {address}:{port}; location / {{ return 200 "ok"; }} }}
}}
"""


@dataclass
class Network:
    """Command prefix of a host, the target's address, the master's; workers may join through another port."""

    on: object
    target: str
    master: str
    join_port: int | None = None
    port: int = field(default_factory=free_port)
    target_port: int = field(default_factory=free_port)


@dataclass
class LoadBackend:
    """A running master with its workers, and the target's log of requests."""

    master: subprocess.Popen
    workers: list
    home: Path
    log: Path

    def requests(self):
        """Return time and address of every request the target saw."""
        return [(float(at), who) for at, who in map(str.split, self.log.read_text().splitlines())]


@contextmanager
def machines():
    """Four hosts in network namespaces."""
    with hosts() as on:
        yield Network(on, f"{LOAD}.{TARGET}", f"{CONTROL}.{MASTER}")


@contextmanager
def running(network, directory, duration):
    """Run target, master and two workers; ends whoever is left."""
    address = {"address": network.target, "port": network.target_port}
    (directory / "nginx.conf").write_text(NGINX.format(directory=directory, **address))
    nginx = ["nginx", "-c", str(directory / "nginx.conf"), "-e", str(directory / "error.log")]
    plan = PLAN.format(duration=duration, rate=RATE, **address)
    bind = ["--master-bind-host", network.master, "--master-bind-port", str(network.port)]
    join = ["--master-host", network.master, "--master-port", str(network.join_port or network.port)]
    processes = [subprocess.Popen([*network.on(TARGET), *nginx])]
    try:
        processes.append(
            _locust(network, MASTER, directory, plan, "--master", "--expect-workers", "2", *bind)
        )
        processes += [_locust(network, host, directory, plan, "--worker", *join) for host in WORKERS]
        yield LoadBackend(processes[1], processes[2:], directory / str(MASTER), directory / "access.log")
    finally:
        for process in reversed(processes):
            process.kill() if process is not processes[0] else process.terminate()
            process.communicate(timeout=10)


def _locust(network, host, directory, plan, *options):
    home = directory / str(host)
    home.mkdir()
    (home / "plan.yaml").write_text(plan)
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests"), "--headless", "--only-summary"]
    return subprocess.Popen(
        [*network.on(host), *command, "--plan", "plan.yaml", *options],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200", "HARNESS_WORKER_KEY": KEY},
    )


def ends_of(result):
    """How the arrivals of the stage ended, without those ways that none did."""
    [finished] = result.event("stage_finished")
    ways = ("due", "completed", "failed", "dropped", "open")
    return {way: finished[way] for way in ways if finished[way]}


def test_two_workers_on_two_machines_send_exactly_the_schedule(tmp_path):
    with machines() as network, running(network, tmp_path, "5s") as backend:
        result = finish(backend.master, backend.home)
        assert result.code == 0, result.out + result.err
        assert ends_of(result) == {"due": 5 * RATE, "completed": 5 * RATE}, result.event("errors")
        assert result.verdict["stages"][0]["requests"] == {"baseline": 1500, "canary": 500}
        by_host = [who for _, who in backend.requests()]
        assert [by_host.count(f"{LOAD}.{host}") for host in WORKERS] == [5 * RATE / 2] * 2


def test_a_cut_cable_makes_the_run_invalid_and_the_worker_silent_within_five_seconds(tmp_path):
    with machines() as network, running(network, tmp_path, "40s") as backend:
        wait_for_load(backend.master, backend.home)
        cut(WORKERS[0], CONTROL)
        cut_s = time.time()
        result = finish(backend.master, backend.home)
        assert result.code == ExitCode.INVALID
        assert any("silent" in event["reason"] for event in result.event("worker_lost"))
        time.sleep(max(0.0, cut_s + 8 - time.time()))
        last_s = max(at_s for at_s, who in backend.requests() if who == f"{LOAD}.{WORKERS[0]}")
        assert cut_s < last_s < cut_s + 5


def test_a_killed_worker_on_another_machine_makes_the_run_invalid(tmp_path):
    with machines() as network, running(network, tmp_path, "40s") as backend:
        wait_for_load(backend.master, backend.home)
        backend.workers[0].send_signal(signal.SIGKILL)
        result = finish(backend.master, backend.home)
        assert result.code == ExitCode.INVALID
        assert result.event("worker_lost")


def test_a_connection_that_delays_stalls_and_breaks_once_loses_no_request(tmp_path):
    port = free_port()
    with proxying(port) as (join_port, call):
        network = Network(lambda _: [], "127.0.0.1", "127.0.0.1", join_port, port)
        with running(network, tmp_path, "8s") as backend:
            wait_for_load(backend.master, backend.home)
            call("stall", 0.8)
            time.sleep(2)
            call("break_all")
            result = finish(backend.master, backend.home)
    assert result.code == 0, result.out + result.err
    assert ends_of(result) == {"due": 8 * RATE, "completed": 8 * RATE}, result.event("errors")
