"""Who signs a statement, and who checks the signature: each with a tool and a file of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from harness.app.attest import signature
from harness.app.attest.cosign import CosignKey
from harness.app.attest.signing_program import SigningError


class Signer(Protocol):
    """Signs a text with the program `tool`; the signature is kept as `signature_name`."""

    tool: ClassVar[str]
    signature_name: ClassVar[str]

    def sign(self, text: str) -> str:
        """Return the signature; raises SigningError."""


class Checker(Protocol):
    """Checks a signature kept as `signature_name`."""

    signature_name: ClassVar[str]

    def signer_of(self, text: str, signature: str) -> str:
        """Return whose good signature it is; raises SigningError."""


@dataclass(frozen=True)
class SshKey:
    """A private key of SSH, or the public one of a key that an agent holds."""

    path: Path
    tool: ClassVar[str] = "ssh-keygen"
    signature_name: ClassVar[str] = "statement.json.sig"

    def sign(self, text: str) -> str:
        """Return the signature; raises SigningError."""
        return signature.sign(text, self.path)


@dataclass(frozen=True)
class AllowedSigners:
    """A file of allowed signers, as ssh-keygen reads it."""

    path: Path
    signature_name: ClassVar[str] = SshKey.signature_name

    def signer_of(self, text: str, signed: str) -> str:
        """Return whose good signature it is; raises SigningError."""
        return signature.signer_of(text, signed, self.path)


def signer_of_options(ssh_key: Path | None, cosign_key: str | None) -> Signer | None:
    """Return who signs, None where nobody is to; raises SigningError for two, or one whose tool is missing.

    It is called before a run begins: nobody measures for an hour to learn that a program is not installed.
    """
    if ssh_key is not None and cosign_key is not None:
        raise SigningError("give --signing-key or --cosign-key, not both")
    signer: Signer | None = CosignKey(cosign_key) if cosign_key is not None else None
    if ssh_key is not None:
        signer = SshKey(ssh_key)
    if signer is not None and shutil.which(signer.tool) is None:
        raise SigningError(f"{signer.tool} is missing; install it to sign the verdict")
    return signer


def checker_of_options(allowed: Path | None, cosign_key: str | None) -> Checker:
    """Return who checks a signature; raises SigningError unless exactly one is named."""
    if (allowed is None) == (cosign_key is None):
        raise SigningError("give --allowed-signers FILE for an SSH key, or --cosign-key KEY for cosign")
    return AllowedSigners(allowed) if allowed is not None else CosignKey(str(cosign_key))
