"""The verbs that help to write a plan."""

from pathlib import Path

from click.testing import CliRunner

from harness.cli.main import main
from harness.rollout.exit_code import ExitCode

PLAN = Path(__file__).parents[2] / "reports/example/plan.yaml"


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_file_in_the_way_is_named_in_one_line(nowhere):
    (nowhere / "file").touch()
    result = invoke("init", "file/within")
    assert (result.exit_code, result.stderr) == (ExitCode.BAD_USAGE, "error: file/within: Not a directory\n")


def test_a_calibration_that_cannot_be_read_is_refused(tmp_path):
    for text in ("", "[]", '{"variance_s": -1.0}', '{"variance_s": null}'):
        figures = tmp_path / "noise.json"
        figures.write_text(text)
        assert invoke("check", PLAN, "--calibration", figures).exit_code == ExitCode.BAD_USAGE
