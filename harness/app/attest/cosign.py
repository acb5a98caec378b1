"""Signatures made and checked by cosign (version 2 or later), as a Sigstore bundle, without a shell."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from harness.app.attest.signature import SigningError
from harness.record.files.foreign_file import read_foreign_text

_WITHIN_S: Final = 120.0
"""A key may lie with a service, and the transparency log is asked."""
_MAX_BUNDLE_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class CosignKey:
    """A key as cosign takes it: a file, the address of a key service, `env://NAME`. The public one checks."""

    key: str
    tool: ClassVar[str] = "cosign"
    signature_name: ClassVar[str] = "statement.sigstore.json"

    def sign(self, text: str) -> str:
        """Return the bundle of a signature; raises SigningError."""
        with tempfile.TemporaryDirectory() as folder:
            blob, bundle = _blob(folder, text), Path(folder, "bundle.json")
            _cosign(
                ["sign-blob", "--yes", "--key", self.key, "--bundle", str(bundle), str(blob)], "cannot sign"
            )
            try:
                return read_foreign_text(bundle, _MAX_BUNDLE_BYTES)
            except OSError as error:
                raise SigningError(f"cosign wrote no bundle: {error.strerror}") from None

    def signer_of(self, text: str, signature: str) -> str:
        """Return the key whose good signature it is; raises SigningError."""
        with tempfile.TemporaryDirectory() as folder:
            blob, bundle = _blob(folder, text), Path(folder, "bundle.json")
            bundle.write_text(signature, encoding="utf-8")
            words = ["verify-blob", "--key", self.key, "--bundle", str(bundle), str(blob)]
            _cosign(words, "the signature is not of this statement by this key")
        return self.key


def _blob(folder: str, text: str) -> Path:
    blob = Path(folder, "statement.json")
    blob.write_text(text, encoding="utf-8")
    return blob


def _cosign(words: Sequence[str], problem: str) -> None:
    try:
        # Without a terminal it asks nobody for a password: COSIGN_PASSWORD has that of a key.
        ran = subprocess.run(
            ["cosign", *words],  # noqa: S607 - the one of the PATH, as a shell takes it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_WITHIN_S,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise SigningError("cosign is missing; install version 2 or later, or use an SSH key") from None
    except subprocess.TimeoutExpired:
        raise SigningError(f"{problem}: cosign took longer than {_WITHIN_S:g} s") from None
    if ran.returncode:
        lines = ran.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        # Cosign repeats the reason at the end of a failed command.
        raise SigningError(f"{problem}: {lines[-1]}")
