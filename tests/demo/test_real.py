"""The real command, its processes and its server."""

import json
import signal
import socket
import statistics
import subprocess
import time

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.demo.running import COMMAND, LIMIT_S, Demo, demo, is_running, until

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def running():
    with demo() as started:
        yield started


@pytest.fixture
def well(running: Demo):
    yield running
    for variant in ("baseline", "canary"):
        running.ask("DELETE", "/_faults", variant)


@pytest.mark.parametrize("variant", ["baseline", "canary"])
def test_each_variant_answers_under_its_name(running: Demo, variant: str) -> None:
    assert running.ask("GET", "/health", variant).json()["variant"] == variant
    for path in ("/", "/health", "/metrics", "/api/tasks", "/api/tasks/1", "/_faults", "/nowhere"):
        assert running.ask("GET", path, variant).headers["x-variant"] == variant


def test_a_task_goes_over_the_wire_and_back(running: Demo) -> None:
    created = running.ask("POST", "/api/tasks", json={"title": "Schlüssel tauschen ✓"})

    assert created.status_code == 201
    assert running.ask("GET", created.headers["location"]).json()["title"] == "Schlüssel tauschen ✓"
    assert running.ask("POST", "/api/tasks", content=b"{").status_code == 400
    assert running.ask("PUT", "/api/tasks").headers["allow"] == "GET, POST"


def test_chunked_and_oversized_bodies_are_refused_with_a_status(running: Demo) -> None:
    assert running.ask("POST", "/api/tasks", content=iter([b"{}"])).status_code == 411
    assert running.ask("POST", "/api/tasks", content=b"x" * 70_000).status_code == 413


def test_metrics_count_what_was_asked(running: Demo) -> None:
    def asked() -> float:
        families = text_string_to_metric_families(running.ask("GET", "/metrics", "baseline").text)
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "http_requests_total" and sample.labels["path"] == "/api/tasks/{id}"
        )

    before = asked()
    for task_id in (1, 2, 3):
        running.ask("GET", f"/api/tasks/{task_id}", "baseline")

    assert asked() - before == 3


def test_a_client_that_goes_away_leaves_the_service_well(running: Demo) -> None:
    port = int(running.ready["canary"].rpartition(":")[2])
    for sent in (
        b"GET /api/tasks HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /api/tasks HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{",
        b"\x00\xff no HTTP at all\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as connection:
            connection.sendall(sent)

    assert running.ask("GET", "/api/tasks").status_code == 200


def test_latency_is_switched_on_and_off_at_run_time(well: Demo) -> None:
    def median_s() -> float:
        times_s = []
        with httpx.Client(base_url=well.ready["canary"], trust_env=False, timeout=LIMIT_S) as client:
            for _ in range(5):
                begin_s = time.monotonic()
                client.get("/api/tasks/1")
                times_s.append(time.monotonic() - begin_s)
        return statistics.median(times_s)

    well.ask("POST", "/_faults", json={"latency": "+300ms"})
    slow_s = median_s()
    well.ask("DELETE", "/_faults")

    # 300 ms is far beyond the 177 ms that the slowest of ten thousand draws takes.
    assert slow_s > 0.3 > median_s()


def test_errors_strike_the_canary_and_spare_the_baseline(well: Demo) -> None:
    well.ask("POST", "/_faults", json={"errors": "100%"})

    assert well.ask("GET", "/api/tasks").status_code == 500
    assert well.ask("GET", "/health").status_code == 200
    assert well.ask("GET", "/api/tasks", "baseline").status_code == 200
    well.ask("DELETE", "/_faults")
    assert well.ask("GET", "/api/tasks").status_code == 200


def test_a_stall_shows_in_health_and_ends_when_cleared(well: Demo) -> None:
    well.ask("POST", "/_faults", json={"stall": "1h@0s"})

    assert until(lambda: well.ask("GET", "/health").status_code == 503)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(well.ready["canary"] + "/api/tasks", timeout=0.5, trust_env=False)
    well.ask("DELETE", "/_faults")
    assert until(lambda: well.ask("GET", "/health").status_code == 200)
    assert well.ask("GET", "/api/tasks").status_code == 200


def test_a_memory_leak_shows_in_resident_memory(well: Demo) -> None:
    def resident_bytes() -> float:
        families = text_string_to_metric_families(well.ask("GET", "/metrics").text)
        return next(
            family.samples[0].value for family in families if family.name == "process_resident_memory_bytes"
        )

    before = resident_bytes()
    well.ask("POST", "/_faults", json={"memory_leak": "100MB/s"})

    assert until(lambda: resident_bytes() > before + 30e6)


def test_refusing_resets_open_connections_and_listens_again_after_sighup(well: Demo) -> None:
    port = int(well.ready["canary"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as connection:
        well.ask("POST", "/_faults", json={"latency": "+1h", "refuse": "200ms"})
        connection.sendall(b"GET /api/tasks HTTP/1.1\r\nhost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(4096)

    assert until(lambda: well.refuses("canary"))
    assert is_running(well.pids["canary"])
    assert not well.refuses("baseline")
    signal_canary(well, signal.SIGHUP)
    assert until(lambda: not well.refuses("canary"))
    assert well.ask("GET", "/api/tasks").status_code == 200


def signal_canary(running: Demo, number: int) -> None:
    subprocess.run(["/bin/kill", f"-{number}", str(running.pids["canary"])], check=True, timeout=LIMIT_S)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_quietly_with_exit_0(number: int) -> None:
    with demo() as started:
        started.ask("POST", "/_faults", json={"stall": "1h@0s"})
        code, out, err = started.end(number)

        assert (code, out, err) == (0, "", "")
        assert not any(map(is_running, started.pids.values()))


def test_a_killed_supervisor_leaves_no_process_behind() -> None:
    with demo() as started:
        started.end(signal.SIGKILL)

        assert until(lambda: not any(map(is_running, started.pids.values())))


def test_a_crashed_variant_is_reported_and_the_other_goes_on() -> None:
    with demo("--canary-fault", "crash=1s") as started:
        assert until(lambda: not is_running(started.pids["canary"]))
        assert until(lambda: started.refuses("canary"))
        assert started.ask("GET", "/api/tasks", "baseline").status_code == 200
        code, _, err = started.end()

    assert code == 0
    assert err == f"canary (pid {started.pids['canary']}) ended by itself: exit code 70\n"


def test_a_crashed_variant_starts_again_when_asked_to() -> None:
    with demo("--restart") as started:
        signal_canary(started, signal.SIGKILL)

        assert until(lambda: not is_running(started.pids["canary"]))
        assert until(lambda: not started.refuses("canary"))
        code, _, err = started.end()

    assert code == 0
    assert "ended by itself: signal SIGKILL" in err
    assert "canary started again" in err


def test_when_both_variants_have_ended_nothing_is_left_to_wait_for() -> None:
    with demo("--canary-fault", "crash=1s", "--baseline-fault", "crash=1s") as started:
        code, _, err = started.wait()

    assert code == 1
    assert err.endswith("Error: all variants have ended\n")


def test_a_port_in_use_is_one_clear_line_and_exit_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--canary-port", str(port))

    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: port {port} for canary: Address already in use; ")
    assert result.stderr.count("\n") == 1


def test_the_demo_ends_with_the_process_it_was_given() -> None:
    with subprocess.Popen(["/bin/sleep", "1000"]) as other, demo("--end-with", str(other.pid)) as started:
        other.kill()
        other.wait(LIMIT_S)
        code, _, err = started.wait()

    assert (code, err) == (0, "")
    assert not any(map(is_running, started.pids.values()))


def test_what_people_see_names_addresses_and_faults() -> None:
    words = ("--baseline-port", "0", "--canary-port", "0")
    with subprocess.Popen(
        (*COMMAND[:3], *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        process.communicate(timeout=LIMIT_S)

    assert first.startswith("baseline  http://127.0.0.1:")
    assert "Ctrl-C ends all." in rest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*COMMAND, *words), capture_output=True, text=True, timeout=LIMIT_S, check=False)


def test_the_one_line_of_json_is_all_of_stdout() -> None:
    with demo() as started:
        line = json.dumps(started.ready)
        code, out, _ = started.end()

    assert set(json.loads(line)) == {"baseline", "canary", "pids"}
    assert (code, out) == (0, "")
