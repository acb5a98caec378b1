"""Files beside a locustfile that hide modules of Python's or installed ones."""

import subprocess
import sys

import pytest

from harness.load.locust.hidden_modules import HARMLESS, hiding_files, what_hides


@pytest.mark.parametrize("name", ["queue", "types", "numpy", "orjson", "gevent", "requests", "zmq"])
def test_a_file_with_the_name_of_an_importable_module_is_named(tmp_path, name):
    (tmp_path / f"{name}.py").touch()
    assert what_hides([tmp_path]) == (
        f"{tmp_path}/{name}.py hides the installed module `{name}` from the whole process; rename it"
    )


@pytest.mark.parametrize("name", ["shop", "checkout", "locust", "locustfile", "test", "conftest", "profile"])
def test_usual_names_of_locustfiles_hide_nothing(tmp_path, name):
    (tmp_path / f"{name}.py").touch()
    assert what_hides([tmp_path]) is None


def test_an_installed_package_that_the_gate_does_not_need_may_have_a_load_test_of_its_name(tmp_path):
    # Installed for these tests alone.
    (tmp_path / "xdist.py").touch()
    assert what_hides([tmp_path]) is None


def test_no_run_imports_a_module_whose_name_is_free():
    parts = "locust.main, scipy.special, harness.plugin, harness.app.judging, harness.report.write"
    loaded = f"import sys, {parts}; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-P", "-c", loaded], capture_output=True, text=True, check=True)
    assert not (HARMLESS - {"locust"}) & {*names.stdout.split()}


def test_the_module_path_of_python_hides_nothing_of_its_own():
    assert [*hiding_files(sys.path)] == []


def test_files_of_the_working_directory_are_named_as_they_lie_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "loadtests"
    folder.mkdir()
    for name in ("json.py", "queue.py"):
        (folder / name).touch()
    assert what_hides(["", folder, folder]) == (
        "loadtests/json.py, loadtests/queue.py hide the installed modules `json`, `queue` from the whole "
        "process; rename them"
    )
