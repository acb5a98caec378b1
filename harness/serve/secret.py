"""The token requests must carry: from a file or the environment, never from the command line."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "HARNESS_SERVE_TOKEN"
MIN_TOKEN_LENGTH = 16


class SecretError(Exception):
    """There is no usable token; the text says where to put one."""


class Secret:
    """Knows the token without showing it."""

    def __init__(self, token: str) -> None:
        self._digest = _digest(token)

    def matches(self, token: str) -> bool:
        """Whether this is the token, compared in constant time."""
        return hmac.compare_digest(self._digest, _digest(token))


def read_secret(file: Path | None, environment: Mapping[str, str]) -> Secret:
    """Read the token from a file, else from HARNESS_SERVE_TOKEN; raises SecretError."""
    try:
        token = file.read_text(encoding="utf-8").strip() if file else environment.get(VARIABLE, "").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"{file}: the token cannot be read: {error}") from None
    if len(token) < MIN_TOKEN_LENGTH:
        raise SecretError(
            f"no token of at least {MIN_TOKEN_LENGTH} characters; write one to a file and name it with "
            f"--token-file, or set {VARIABLE}"
        )
    return Secret(token)


def without_token(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a process that must not know the token."""
    return {name: value for name, value in environment.items() if name != VARIABLE}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
