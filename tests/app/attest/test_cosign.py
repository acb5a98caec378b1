"""Signing and checking with cosign; a stand-in takes the place of the program, which needs a network."""

import pytest
from click.testing import CliRunner

from harness.app.attest.cosign import CosignKey
from harness.app.attest.signing_program import SigningError
from harness.app.attest.verify import Refused, attest, verify
from harness.cli.main import main
from harness.rollout.exit_code import ExitCode
from tests.app.attest.test_statement import ended

# It "signs" with a digest of the key pair's name and the blob, as sign-blob and verify-blob are called.
COSIGN = """#!/usr/bin/env python3
import hashlib, pathlib, sys
words = sys.argv[1:]
given = dict(zip(words, words[1:]))
pair = given["--key"].rpartition(".")[0]
digest = hashlib.sha256(pair.encode() + pathlib.Path(words[-1]).read_bytes()).hexdigest()
bundle = pathlib.Path(given["--bundle"])
if words[0] == "sign-blob":
    if pair == "locked":
        sys.exit("Error: reading key: decrypt: encrypted: decryption failed")
    assert "--yes" in words
    bundle.write_text(digest)
elif bundle.read_text() != digest:
    sys.exit("main.go:74: error during command execution: invalid signature when validating ASN.1")
"""


@pytest.fixture
def cosign(tmp_path, monkeypatch):
    program = tmp_path / "bin/cosign"
    program.parent.mkdir()
    program.write_text(COSIGN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


@pytest.fixture
def nothing_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))


def test_a_statement_that_cosign_signed_holds_for_its_key_alone(tmp_path, cosign):
    run = ended(tmp_path / "runs")
    attest(run, CosignKey("gate.key"))
    assert (run.path / CosignKey.signature_name).is_file()
    assert verify(run, CosignKey("gate.pub")).signer == "gate.pub"
    with pytest.raises(Refused, match=r"not of this statement by this key: .*invalid signature"):
        verify(run, CosignKey("other.pub"))


def test_one_byte_that_was_changed_is_refused(tmp_path, cosign):
    run = ended(tmp_path / "runs")
    attest(run, CosignKey("gate.key"))
    verdict = run.path / "verdict.json"
    verdict.write_text(verdict.read_text().replace("pass", "Pass", 1))
    with pytest.raises(Refused, match=r"verdict\.json is not what was signed"):
        verify(run, CosignKey("gate.pub"))


def test_why_cosign_could_not_sign_is_said(cosign):
    with pytest.raises(SigningError, match="cannot sign: Error: reading key"):
        CosignKey("locked.key").sign("{}")


def test_without_cosign_nothing_is_signed_or_verified_and_the_program_is_named(tmp_path, nothing_installed):
    with pytest.raises(SigningError, match="cosign is missing; install"):
        CosignKey("gate.key").sign("{}")
    run = ended(tmp_path / "runs")
    (run.path / "statement.json").write_text("{}")
    (run.path / CosignKey.signature_name).write_text("{}")
    done = CliRunner().invoke(main, ["verify", str(run.path), "--cosign-key", "gate.pub"])
    assert done.exit_code == ExitCode.INVALID
    assert "refused: cosign is missing" in done.output


@pytest.mark.parametrize("verb", [["golive", "none"], ["gate", "none.yaml", "--stage", "a"]])
@pytest.mark.parametrize("option", ["--cosign-key", "--signing-key"])
def test_a_missing_program_is_named_before_anything_else_is_done(nothing_installed, verb, option):
    done = CliRunner().invoke(main, [*verb, option, "gate.key"])
    assert done.exit_code == ExitCode.BAD_USAGE
    assert "is missing; install it to sign the verdict" in done.output


def test_the_verbs_sign_and_verify_with_cosign(tmp_path, cosign):
    run = ended(tmp_path / "runs")
    done = CliRunner().invoke(main, ["golive", str(run.path), "--cosign-key", "gate.key"])
    assert "statement.json" in done.output
    done = CliRunner().invoke(main, ["verify", str(run.path), "--cosign-key", "gate.pub"])
    assert done.exit_code == ExitCode.PASS, done.output
    assert "signed by gate.pub" in done.output
    both = CliRunner().invoke(main, ["verify", str(run.path), "--cosign-key", "a", "--allowed-signers", "b"])
    neither = CliRunner().invoke(main, ["verify", str(run.path)])
    assert both.exit_code == neither.exit_code == ExitCode.BAD_USAGE
    assert "give --allowed-signers FILE for an SSH key, or --cosign-key KEY for cosign" in neither.output
