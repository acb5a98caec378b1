"""Signatures of SSH keys, made and checked by `ssh-keygen -Y` (OpenSSH 8.2 or later), without a shell."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

NAMESPACE: Final = "canary-harness"
"""What the signature is for: one made for anything else is none of a statement."""
_WITHIN_S: Final = 60.0


class SigningError(Exception):
    """Something cannot be signed, or a signature is not good; the text says why."""


def sign(text: str, key: Path) -> str:
    """Return the signature of a private key, or by an agent for a public one; raises SigningError."""
    return _ssh_keygen(["-Y", "sign", "-f", str(key), "-n", NAMESPACE], text, f"{key} cannot sign")


def signer_of(text: str, signature: str, allowed: Path) -> str:
    """Return whose good signature it is, by a file of allowed signers; raises SigningError."""
    if not allowed.is_file():
        raise SigningError(f"{allowed}: there is no such file of allowed signers")
    with tempfile.NamedTemporaryFile("w", suffix=".sig", encoding="utf-8") as file:
        file.write(signature)
        file.flush()
        known = ["-f", str(allowed), "-n", NAMESPACE, "-s", file.name]
        found = _ssh_keygen(["-Y", "find-principals", *known], "", "nobody who is allowed signed this")
        signer = found.splitlines()[0].strip() if found.strip() else ""
        if not signer:
            raise SigningError("nobody who is allowed signed this")
        _ssh_keygen(["-Y", "verify", *known, "-I", signer], text, "the signature is not of this statement")
    return signer


def _ssh_keygen(words: Sequence[str], text: str, problem: str) -> str:
    try:
        # Without a terminal it asks nobody for a passphrase: a key that has one belongs into an agent.
        ran = subprocess.run(
            ["ssh-keygen", *words],  # noqa: S607 - the one of the PATH, as a shell takes it
            input=text.encode(),
            capture_output=True,
            check=False,
            timeout=_WITHIN_S,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise SigningError("ssh-keygen is missing; install OpenSSH 8.2 or later") from None
    except subprocess.TimeoutExpired:
        raise SigningError(f"{problem}: ssh-keygen took longer than {_WITHIN_S:g} s") from None
    if ran.returncode:
        why = (ran.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise SigningError(f"{problem}: {why}")
    return ran.stdout.decode(errors="replace")
