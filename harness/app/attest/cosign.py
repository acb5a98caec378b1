"""Signatures made and checked by cosign (version 2 or later), as a Sigstore bundle, without a shell."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from harness.app.attest.signing_program import SigningError, SigningProgram
from harness.record.files.foreign_file import read_foreign_text

# A key may lie with a service, and the transparency log is asked. COSIGN_PASSWORD has the password of a key.
_COSIGN: Final = SigningProgram("cosign", "install version 2 or later, or use an SSH key", within_s=120.0)
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
            _COSIGN.run(
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
            _COSIGN.run(words, "the signature is not of this statement by this key")
        return self.key


def _blob(folder: str, text: str) -> Path:
    blob = Path(folder, "statement.json")
    blob.write_text(text, encoding="utf-8")
    return blob
