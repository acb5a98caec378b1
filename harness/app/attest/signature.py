"""Signatures of SSH keys, made and checked by `ssh-keygen -Y` (OpenSSH 8.2 or later), without a shell."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from harness.app.attest.signing_program import SigningError, SigningProgram

NAMESPACE: Final = "canary-harness"
"""What the signature is for: one made for anything else is none of a statement."""
# A key that has a passphrase belongs into an agent: nobody can be asked for it.
_SSH_KEYGEN: Final = SigningProgram("ssh-keygen", "install OpenSSH 8.2 or later", within_s=60.0)


def sign(text: str, key: Path) -> str:
    """Return the signature of a private key, or by an agent for a public one; raises SigningError."""
    return _SSH_KEYGEN.run(["-Y", "sign", "-f", str(key), "-n", NAMESPACE], f"{key} cannot sign", text)


def signer_of(text: str, signature: str, allowed: Path) -> str:
    """Return whose good signature it is, by a file of allowed signers; raises SigningError."""
    if not allowed.is_file():
        raise SigningError(f"{allowed}: there is no such file of allowed signers")
    with tempfile.NamedTemporaryFile("w", suffix=".sig", encoding="utf-8") as file:
        file.write(signature)
        file.flush()
        known = ["-f", str(allowed), "-n", NAMESPACE, "-s", file.name]
        found = _SSH_KEYGEN.run(["-Y", "find-principals", *known], "none of the allowed signers signed this")
        signer = found.splitlines()[0].strip() if found.strip() else ""
        if not signer:
            raise SigningError("none of the allowed signers signed this")
        _SSH_KEYGEN.run(
            ["-Y", "verify", *known, "-I", signer], "the signature is not of this statement", text
        )
    return signer
