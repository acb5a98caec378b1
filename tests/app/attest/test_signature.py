import subprocess

import pytest

from harness.app.attest.signature import sign, signer_of
from harness.app.attest.signing_program import SigningError

TEXT = '{"a": "ä"}\n'


def key_of(root, name, *more):
    """Make a key without a passphrase; return its file, and a file that allows its signer."""
    key, allowed = root / name, root / f"{name}.allowed"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key, *more], check=True)
    allowed.write_text(f"{name}@example.org {key.with_suffix('.pub').read_text()}")
    return key, allowed


def test_a_signature_names_its_signer(tmp_path):
    key, allowed = key_of(tmp_path, "ada")
    assert signer_of(TEXT, sign(TEXT, key), allowed) == "ada@example.org"


def test_another_text_or_another_signer_is_refused(tmp_path):
    key, allowed = key_of(tmp_path, "ada")
    _, others = key_of(tmp_path, "eve")
    signature = sign(TEXT, key)
    with pytest.raises(SigningError, match="not of this statement"):
        signer_of(TEXT.replace("ä", "a"), signature, allowed)
    for wrong, file in ((signature, others), ("", allowed), ("x" * 5000, allowed)):
        with pytest.raises(SigningError, match="none of the allowed signers"):
            signer_of(TEXT, wrong, file)
    with pytest.raises(SigningError, match="no such file"):
        signer_of(TEXT, signature, tmp_path / "none")


def test_what_cannot_sign_is_named(tmp_path):
    locked, _ = key_of(tmp_path, "locked")
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", locked], check=True)
    for key in (locked, tmp_path / "none"):
        with pytest.raises(SigningError, match=f"{key} cannot sign: "):
            sign(TEXT, key)


def test_a_machine_without_ssh_keygen_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SigningError, match="install OpenSSH"):
        sign(TEXT, tmp_path / "key")
