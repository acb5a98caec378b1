"""The verbs that help to write a plan."""

from pathlib import Path

from click.testing import CliRunner

from harness.cli.main import main
from harness.rollout.exit_code import ExitCode

PLAN = Path(__file__).parents[2] / "reports/example/plan.yaml"


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_file_where_a_directory_should_be_is_named_in_one_line(nowhere):
    (nowhere / "file").touch()
    result = invoke("init", "file/within")
    assert (result.exit_code, result.stderr) == (ExitCode.BAD_USAGE, "error: file/within: Not a directory\n")


def test_a_calibration_that_cannot_be_read_is_refused(tmp_path):
    keys = '"correlation": 0.1, "sigma": 0.6'
    bad = (f'{{"wandering_variance_s": {value}, {keys}}}' for value in ("-1.0", "null"))
    for text in ("", "[]", *bad):
        figures = tmp_path / "noise.json"
        figures.write_text(text)
        assert invoke("check", PLAN, "--calibration", figures).exit_code == ExitCode.BAD_USAGE


HOPELESS = """\
service: shop
targets: embedded
load: {arrival_rate: 1000/s}
stages:
  - name: canary-5
    weight: 5%
    duration: 15m
    criteria:
      - error rate <= 0%
      - p95 < 10ms for 24h
  - name: full
    weight: 100%
    duration: 15m
    criteria: [error rate < 1%]
    endpoints:
      GET /tasks:
        - p95 < baseline + 10%
"""


def test_check_names_what_can_never_pass_at_its_line_with_the_reason_and_what_to_write(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(HOPELESS)
    result = invoke("check", path)
    assert result.exit_code == ExitCode.PASS
    assert [line for line in result.output.splitlines() if line.startswith(str(path))] == [
        f"{path}:9: warning: stage canary-5: `error rate <= 0%` cannot pass: no number of good requests "
        "proves an error rate of 0%; write a limit above 0%, such as `error rate < 0.1%`",
        f"{path}:10: warning: stage canary-5: `p95 < 10ms for 24h` cannot pass: it must hold for 24 h, and "
        "the stage lasts 15 min; write `for 15m` or less, or a longer `duration`",
        f"{path}:17: warning: stage full: `p95 < baseline + 10%` of `GET /tasks` cannot pass: at weight 100% "
        "there is no baseline to compare with; write a weight below 100%, or a limit of its own such as "
        "`p95 < 150ms`",
    ]
