"""A first load test, written by the real command."""

import json

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from tests.app.first_test.petstore import TEXT
from tests.observe.past.past import past_log

HAR = {"log": {"entries": [{"request": {"method": "GET", "url": "http://shop.example/items/7"}}]}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "access.log").write_bytes(past_log(1_767_880_800, [(60, 0.5, 1.0)]))
    (tmp_path / "shop.har").write_text(json.dumps(HAR))
    (tmp_path / "petstore.yaml").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize(
    "source",
    [("--from-log", "access.log"), ("--from-har", "shop.har"), ("--from-openapi", "petstore.yaml")],
)
def test_what_init_makes_of_a_file_is_checked_without_an_edit(folder, source):
    made = CliRunner().invoke(main, ["init", "shop", *source])
    assert made.exit_code == 0, made.output
    assert made.output.splitlines()[-1] == "shop/loadtests/plans/canary.yaml"
    checked = CliRunner().invoke(main, ["check", "shop/loadtests/plans/canary.yaml"])
    assert checked.exit_code == 0, checked.output
    assert "cannot" not in checked.output


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--from-log", "missing.log"), "missing.log: cannot be read (no such file"),
        (("--from-log", "shop.har"), "its lines are in none of the formats"),
        (("--from-log", "access.log", "--from-har", "shop.har"), "exclude each other; give one"),
        (("--from-log", "access.log", "--log-format", "$status"), "the log_format has no"),
        (("--log-format", "$status"), "--log-format needs --from-log"),
        (("--target", "http://127.0.0.1:1"), "--target needs one of"),
        (("--from-log", "access.log", "--target", "elsewhere"), "`elsewhere` is not an address"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_written(folder, words, reason):
    made = CliRunner().invoke(main, ["init", "shop", *words])
    assert made.exit_code == 2
    assert reason in made.output
    assert not (folder / "shop").exists()
