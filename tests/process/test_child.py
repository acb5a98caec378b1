import subprocess
import time
from pathlib import Path

import pytest

from harness.process.child import Child, ChildError, command_of

ROOT = Path(__file__).parents[2]
SPOKEN = "tests.process.spoken"


def wait_for(told):
    ends_s = time.monotonic() + 30
    while not (found := told()):
        assert time.monotonic() < ends_s, "nothing was told"
        time.sleep(0.01)
    return found


def test_each_line_of_a_child_is_returned_once():
    child = Child.launch(SPOKEN, "one", "two").until_ready()
    assert wait_for(child.lines) == ['["one", "two"]\n']
    assert child.lines() == []
    assert child.problem() is None
    child.stop()


def test_a_child_that_ended_by_itself_is_a_problem_with_its_exit_code():
    child = Child.launch(SPOKEN).until_ready()
    child.stop()
    assert child.problem() == f"the process {SPOKEN} ended (exit code 0)"


def test_a_child_that_fails_before_it_is_ready_is_an_error(capfd):
    with pytest.raises(ChildError, match="did not start"):
        Child.launch(SPOKEN, "broken").until_ready()
    assert capfd.readouterr().err == "spoken: ValueError: it is broken\n"


def test_a_child_does_not_get_the_variables_that_are_kept_from_it(monkeypatch):
    monkeypatch.setenv("TOKEN", "s3cr3t")
    child = Child.launch(SPOKEN, "hidden", hidden=["TOKEN"]).until_ready()
    environments = [
        (process.parent / "environ").read_bytes()
        for process in Path("/proc").glob("[0-9]*/cmdline")
        if f"{SPOKEN}\0hidden\0".encode() in process.read_bytes()
    ]
    child.stop()
    assert len(environments) == 1
    assert b"s3cr3t" not in environments[0]


def test_a_child_imports_nothing_from_the_working_directory(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('executed')")
    done = subprocess.run(command_of("json.tool", "--help"), cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "path", sorted((ROOT / "harness").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_only_command_of_knows_how_to_start_this_python(path):
    text = path.read_text()
    uses = text.count("sys.executable")
    if path == ROOT / "harness" / "process" / "child.py":
        assert uses == 1
    else:
        # A program installed beside Python is looked for by its name.
        assert uses == text.count("Path(sys.executable).parent")
        assert "multiprocessing" not in text
