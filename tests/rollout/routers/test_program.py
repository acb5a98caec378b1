import sys
from pathlib import Path

import pytest

from harness.rollout.routers.program import Program
from harness.rollout.routers.router import RouterError


def test_a_program_beside_python_comes_before_the_path():
    name = Path(sys.executable).name
    assert Program(name, "apt-get install it").path() == str(Path(sys.executable).parent / name)


def test_a_program_is_found_on_the_path(tmp_path, monkeypatch):
    program = tmp_path / "rare-router"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Program("rare-router", "apt-get install it").path() == str(program)


def test_a_missing_program_comes_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RouterError, match="rare-router is not installed; try `apt-get install it`"):
        Program("rare-router", "apt-get install it").path()
