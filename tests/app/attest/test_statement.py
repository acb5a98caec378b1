import hashlib

import pytest

from harness.app.attest.statement import statement_of, text_of
from harness.app.judging import write_verdict
from harness.record.run_directory import RunDirectory, RunError
from tests.rollout.scripted import Rollout, plan_text

COMMIT = "1f3c9e0" + "0" * 33
IMAGE = f"registry.example/tasks@sha256:{'ab' * 32}"


def ended(root, *more, **source):
    rollout = Rollout(root, plan_text(), **source)
    rollout.controller.walk()
    write_verdict(rollout.run)
    return rollout.run


def test_it_states_the_result_and_the_digest_of_every_file_that_says_so(tmp_path):
    run = ended(tmp_path)
    statement, _ = statement_of(run)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    digests = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    names = ["events.jsonl", "plan.yaml", "probes.jsonl", "run.json", "verdict.json"]
    assert list(digests) == [*names, "stages/01-half.hlog", "stages/02-all.hlog"]
    for name, digest in digests.items():
        assert digest == hashlib.sha256((run.path / name).read_bytes()).hexdigest()
    predicate = statement["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("PASSED", [])
    assert "half: error rate < 30%" in predicate["passedTests"]
    assert [one["name"] for one in predicate["configuration"]] == ["plan.yaml", "run.json"]


def test_the_same_run_gives_the_same_bytes(tmp_path):
    run = ended(tmp_path)
    assert text_of(statement_of(run)[0]) == text_of(statement_of(RunDirectory.open(run.path))[0])


def test_whatever_is_no_pass_has_failed(tmp_path):
    predicate = statement_of(ended(tmp_path, failing={1: 0.5}))[0]["predicate"]
    assert predicate["result"] == "FAILED"
    assert {"half: error rate < 30%", "all: did not run"} <= set(predicate["failedTests"])


def test_what_was_released_is_a_subject_where_it_has_a_digest(tmp_path):
    run = ended(tmp_path)
    known = {"commit": COMMIT, "image": IMAGE, "url": "https://ci.example/7"}
    statement, _ = statement_of(RunDirectory(run.path, {**run.run, "release": known}))
    assert statement["subject"][:2] == [
        {"name": "commit", "digest": {"gitCommit": COMMIT}},
        {"name": IMAGE, "digest": {"sha256": "ab" * 32}},
    ]
    assert statement["predicate"]["url"] == "https://ci.example/7"
    short, _ = statement_of(RunDirectory(run.path, {**run.run, "release": {"commit": "1f3c9e0"}}))
    assert short["subject"][0]["name"] == "events.jsonl"


def test_a_run_without_a_verdict_has_no_statement(tmp_path):
    rollout = Rollout(tmp_path, plan_text())
    with pytest.raises(RunError, match="has no verdict"):
        statement_of(rollout.run)


def test_a_file_that_is_none_is_refused(tmp_path):
    run = ended(tmp_path)
    (run.path / "probes.jsonl").unlink()
    (run.path / "probes.jsonl").symlink_to("/etc/hostname")
    with pytest.raises(RunError, match="not a regular file"):
        statement_of(run)
