from types import SimpleNamespace

import pytest
from locust import runners
from locust.env import Environment

from harness.locust_plugin.worker_key import VARIABLE, WorkerKeyError, needs_key, read_key, seal_connections
from harness.rollout.exit_code import ExitCode

KEY = "0123456789abcdef"


def test_the_key_comes_from_a_file_or_the_environment_and_reaches_no_child(tmp_path):
    (tmp_path / "key").write_text(f"{KEY} of the file\n")
    environment = {VARIABLE: KEY}
    assert read_key(str(tmp_path / "key"), environment) == f"{KEY} of the file".encode()
    assert environment == {}
    assert read_key(None, {VARIABLE: KEY}) == KEY.encode()
    assert read_key(None, {}) == b""


@pytest.mark.parametrize("content", ["", "short"])
def test_a_short_key_is_refused(tmp_path, content):
    (tmp_path / "key").write_text(content)
    with pytest.raises(WorkerKeyError, match="at least 16 characters"):
        read_key(str(tmp_path / "key"), {})


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(WorkerKeyError, match="no-such-file"):
        read_key(str(tmp_path / "no-such-file"), {})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_processes_of_one_machine_need_no_key(host):
    assert not needs_key(host)


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "10.0.0.5", "::", "master.internal", ""])
def test_whatever_others_reach_needs_one(host):
    assert needs_key(host)


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setitem(vars(runners), "rpc", runners.rpc)
    for name in ("create_master_runner", "create_worker_runner"):
        monkeypatch.setattr(Environment, name, lambda _self, **where: where)
    monkeypatch.delenv(VARIABLE, raising=False)
    seal_connections()
    environment = Environment()
    environment.parsed_options = SimpleNamespace(processes=None, worker_key_file=None)
    return environment


def test_a_master_that_others_reach_starts_only_with_a_key(environment, monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        environment.create_master_runner(master_bind_host="*", master_bind_port=5557)
    assert ended.value.code == ExitCode.BAD_USAGE
    assert "--worker-key-file" in capsys.readouterr().err
    monkeypatch.setenv(VARIABLE, KEY)
    bound = environment.create_master_runner(master_bind_host="*", master_bind_port=5557)
    assert bound["master_bind_host"] == "*"


def test_a_worker_of_another_machine_needs_the_key_too(environment, capsys):
    with pytest.raises(SystemExit) as ended:
        environment.create_worker_runner("10.0.0.5", 5557)
    assert ended.value.code == ExitCode.BAD_USAGE
    assert "10.0.0.5" in capsys.readouterr().err


def test_a_master_of_processes_on_its_own_machine_is_reached_by_them_alone(environment):
    environment.parsed_options.processes = 4
    assert environment.create_master_runner("*", 5557)["master_bind_host"] == "127.0.0.1"
