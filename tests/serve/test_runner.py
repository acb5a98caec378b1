from harness.ci.run_result import RunResult
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.plan.overrides.values import Overrides
from harness.rollout.exit_code import ExitCode
from harness.serve import runner
from harness.serve.offer import read_offers
from tests.real.runs import plan


class Started:
    commands: list[list[str]] = []  # noqa: RUF012

    def __init__(self, command, **options):
        self.commands.append(command)

    def run(self):
        return RunResult(ExitCode.PASS, Verdict(Outcome.PASS, "", ()), None)


def test_a_run_gets_the_values_that_the_server_replaces(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "LoadProcess", Started)
    (tmp_path / "plan.yaml").write_text(plan())
    (tmp_path / "users.py").touch()
    offers = read_offers([f"shop={tmp_path / 'plan.yaml'}#one"])
    runner.Runner([], 1.0, tmp_path, Overrides.of(["load.arrival_rate=7/s"], {}))(offers["shop"])
    [command] = Started.commands
    assert command[command.index("--set") + 1] == "load.arrival_rate=7/s"
