"""A verb without a plan takes that of the environment or of `locust.conf`, as `locust` does."""

from pathlib import Path

import click
import pytest

from harness.cli.default_plan import plan_and_options, plan_or_default


def test_the_plan_that_is_named_comes_before_the_variable_and_that_before_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_PLAN", raising=False)
    with pytest.raises(click.UsageError, match="write `plan = FILE`"):
        plan_or_default(None)
    Path("locust.conf").write_text("# plan = no.yaml\nheadless = true\nplan = 'a/b.yaml'\n")
    assert plan_or_default(None) == Path("a/b.yaml")
    monkeypatch.setenv("HARNESS_PLAN", "c.yaml")
    assert plan_or_default(None) == Path("c.yaml")
    assert plan_or_default(Path("d.yaml")) == Path("d.yaml")
    assert plan_and_options(["e.yaml", "-t", "8s"]) == (Path("e.yaml"), ("-t", "8s"))
    assert plan_and_options(["-t", "8s"]) == (Path("c.yaml"), ("-t", "8s"))
