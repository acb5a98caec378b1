"""`pytest --harness-run RUN`: the criteria of a finished run as test items, beside the other tests.

Only an outcome of `pass` passes. The modules of the harness are imported only when the option is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.judge.verdict import Verdict

_PASS = "pass"  # noqa: S105  # an outcome, not a password


@dataclass(frozen=True)
class Check:
    """One item: its name, the outcome, and the sentence why."""

    name: str
    outcome: str
    reason: str


class NotPassed(Exception):
    """A check that did not pass; the text is its outcome and reason."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("canary gate").addoption(
        "--harness-run",
        action="append",
        default=[],
        metavar="RUN",
        help="a run directory whose criteria become test items; repeatable",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the items of each run, so that -k selects among them too."""
    for run in config.getoption("harness_run"):
        node = RunNode.from_parent(session, name=str(run), nodeid=str(run), path=config.rootpath / run)
        items.extend(node.collect())


class RunNode(pytest.Collector):
    """A run directory."""

    def collect(self) -> Iterator[CheckItem]:
        """Return an item per check; raises UsageError when there is no such run directory."""
        for check in checks_of(self.config.invocation_params.dir / self.name):
            yield CheckItem.from_parent(self, name=check.name, check=check)


class CheckItem(pytest.Item):
    """One check of a run."""

    def __init__(self, *, check: Check, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.check = check

    def runtest(self) -> None:
        """Raise NotPassed unless the outcome is a pass."""
        if self.check.outcome != _PASS:
            raise NotPassed(f"{self.check.outcome}: {self.check.reason}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the sentence alone: there is no traceback worth showing."""
        if isinstance(excinfo.value, NotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where the item comes from and its name."""
        return self.path, None, self.name


def checks_of(path: Path) -> list[Check]:
    """Return the checks of a run directory; raises pytest.UsageError when it is not one."""
    from harness.judge.outcome import Outcome
    from harness.judge.verdict import Verdict
    from harness.record.run_directory import RunDirectory, RunError
    from harness.report.kept_verdict import read_verdict

    try:
        verdict, unjudged = read_verdict(RunDirectory.open(path))
    except RunError as error:
        raise pytest.UsageError(f"--harness-run: {error}") from None
    return _checks(verdict or Verdict(Outcome.INVALID, unjudged, ()))


def _checks(verdict: Verdict) -> list[Check]:
    # The verdict itself comes first: it can be worse than every criterion.
    checks = [Check("verdict", verdict.outcome, verdict.reason)]
    for stage in verdict.stages:
        checks.append(Check(stage.name, stage.outcome, f"the stage is {stage.outcome}"))
        checks += [Check(f"{stage.name}[{one.title}]", one.outcome, one.reason) for one in stage.findings]
    checks += [Check(name, "not run", "the run ended before this stage") for name in verdict.not_run]
    return [Check(_visible(check.name), check.outcome, _visible(check.reason)) for check in checks]


def _visible(text: str) -> str:
    from harness.report.wording import visible

    return visible(text)
