"""Nothing is imported from wherever a verb is run because `PYTHONPATH` has an entry that leads there."""

from pathlib import Path

import pytest

from harness.process.module_path import VARIABLE, leave_out_relative_folders

HERE = str(Path.cwd())
LIB = "/usr/lib/python3"


@pytest.mark.parametrize(
    "given", [":/lib", "/lib:", ".:/lib", "/lib::", "./:/lib", f"../{Path.cwd().name}:/lib"]
)
def test_an_entry_that_is_the_working_directory_is_left_out(given):
    path, environment = [HERE, "/lib", LIB], {VARIABLE: given}
    leave_out_relative_folders(path, environment)
    assert path == ["/lib", LIB]
    assert environment == {VARIABLE: "/lib"}


def test_an_entry_relative_to_it_is_left_out_and_without_others_the_variable_too():
    path, environment = [f"{HERE}/vendor", LIB], {VARIABLE: "vendor", "HOME": "/root"}
    leave_out_relative_folders(path, environment)
    assert (path, environment) == ([LIB], {"HOME": "/root"})


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}, {VARIABLE: "/lib"}, {VARIABLE: f"{HERE}:/lib"}])
def test_what_is_named_in_full_stays(environment):
    path, before = [HERE, "/lib", LIB], dict(environment)
    leave_out_relative_folders(path, environment)
    assert (path, environment) == ([HERE, "/lib", LIB], before)


def test_the_working_directory_stays_where_it_is_named_both_ways():
    path, environment = [HERE, LIB], {VARIABLE: f":{HERE}"}
    leave_out_relative_folders(path, environment)
    assert (path, environment) == ([HERE, LIB], {VARIABLE: HERE})
