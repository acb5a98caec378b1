import json

import pytest
from click.testing import CliRunner

from harness.app.attest.signature import sign
from harness.app.attest.signer import AllowedSigners, SshKey
from harness.app.attest.verify import STATEMENT, Refused, attest, verify
from harness.cli.main import main
from harness.rollout.exit_code import ExitCode
from tests.app.attest.test_signature import key_of
from tests.app.attest.test_statement import ended


@pytest.fixture
def signed(tmp_path):
    """A run whose statement is signed, the key, and who is allowed to."""
    key, allowed = key_of(tmp_path, "ada")
    run = ended(tmp_path / "runs")
    attest(run, SshKey(key))
    return run, key, allowed


def test_a_signed_statement_holds(signed):
    run, _, allowed = signed
    found = verify(run, AllowedSigners(allowed))
    assert (found.signer, found.verdict.outcome, found.files) == ("ada@example.org", "pass", 7)


@pytest.mark.parametrize(
    "name", ["verdict.json", "events.jsonl", "plan.yaml", "run.json", "stages/01-half.hlog", STATEMENT]
)
def test_one_byte_that_was_changed_is_refused(signed, name):
    run, _, allowed = signed
    file = run.path / name
    data = bytearray(file.read_bytes())
    data[data.index(b":") + 1] ^= 0b1 if name != "run.json" else 0
    file.write_bytes(bytes(data) + (b" " if name == "run.json" else b""))
    with pytest.raises(Refused, match=f"^{name} is not what was signed$|not of this statement"):
        verify(run, AllowedSigners(allowed))


@pytest.mark.parametrize(
    "what", ["a log more", "a log of a wait more", "a log less", "no statement", "no signature"]
)
def test_a_file_more_or_less_is_refused(signed, what):
    run, _, allowed = signed
    match what:
        case "a log more":
            (run.path / "stages/03-more.hlog").write_text("")
        case "a log of a wait more":
            (run.path / "waiting").mkdir()
            (run.path / "waiting/01-half-1.hlog").write_text("")
        case "a log less":
            (run.path / "stages/02-all.hlog").unlink()
        case "no statement":
            (run.path / STATEMENT).unlink()
        case "no signature":
            (run.path / SshKey.signature_name).unlink()
    with pytest.raises(Refused, match=r"not what was signed|is missing"):
        verify(run, AllowedSigners(allowed))


def test_a_statement_that_its_signer_made_up_is_refused(signed):
    run, key, allowed = signed
    stated = json.loads((run.path / STATEMENT).read_text())
    stated["predicate"]["passedTests"].append("half: p95 < 1ms")
    for text in (json.dumps(stated), "[]", '{"subject": [{"name": 7}, 3]}', "{"):
        (run.path / STATEMENT).write_text(text)
        (run.path / SshKey.signature_name).write_text(sign(text, key))
        with pytest.raises(Refused):
            verify(run, AllowedSigners(allowed))


def test_the_verb_ends_with_the_code_of_what_it_verified(tmp_path, signed):
    run, key, allowed = signed
    failed = ended(tmp_path / "failed", failing={1: 0.5})
    attest(failed, SshKey(key))
    words = ["verify", str(run.path), "--allowed-signers", str(allowed)]
    good, bad = (CliRunner().invoke(main, [*words[:1], str(one.path), *words[2:]]) for one in (run, failed))
    assert (good.exit_code, bad.exit_code) == (ExitCode.PASS, ExitCode.FAIL)
    assert good.output == "verified: pass; signed by ada@example.org, 7 digests are right\n"
    verdict = run.path / "verdict.json"
    verdict.write_text(verdict.read_text().replace('"n": 200', '"n": 201', 1) + " ")
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code == ExitCode.INVALID
    assert refused.stderr == "refused: verdict.json is not what was signed\n"


def test_golive_signs(tmp_path, signed):
    run, key, allowed = signed
    (run.path / STATEMENT).unlink()
    words = ["golive", str(run.path), "--sign", "Ada", "--signing-key", str(key)]
    assert f"wrote {run.path / STATEMENT}" in CliRunner().invoke(main, words).output
    assert verify(run, AllowedSigners(allowed)).signer == "ada@example.org"
