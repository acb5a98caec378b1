"""Which values of a plan are secret: they are used, and never written down or shown."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainSerializer, SecretStr

from harness.plan.targets import HeaderName
from harness.plan.yaml.problem import KeyPath
from harness.plan.yaml.variables import REDACTED

_MAX_CHARACTERS = 8000
_SECRET: Final = (
    ("headers", None),
    ("proxy",),
    ("probes", "prometheus", "headers", None),
    ("probes", "prometheus", "proxy"),
    ("notify", None, "to"),
)
"""Places of secrets, None for any step; the part of such a place holds a `SecretText`."""


def is_secret(place: KeyPath) -> bool:
    """Whether the value at a place of a plan, or one that holds it, is secret."""
    return any(
        len(place) >= len(secret)
        and all(wanted in (None, step) for wanted, step in zip(secret, place, strict=False))
        for secret in _SECRET
    )


def secret_text(value: Any) -> SecretStr:
    """Return a secret that HTTP can carry; raises ValueError."""
    # What is wrong is said without the text itself.
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str):
        raise ValueError("the value is not a text; write it in quotes")
    if not text or len(text) > _MAX_CHARACTERS or not text.isprintable() or text != text.strip():
        raise ValueError("the value is empty or too long, or has spaces around it or control characters")
    if not text.isascii():
        raise ValueError("the value has characters that are not ASCII")
    return SecretStr(text)


SecretText = Annotated[
    SecretStr, BeforeValidator(secret_text), PlainSerializer(lambda _: REDACTED, return_type=str)
]
Headers = Annotated[dict[HeaderName, SecretText], Field(max_length=50)]


def texts_of(headers: Mapping[str, SecretStr]) -> dict[str, str]:
    """Return headers as they are sent."""
    return {name: value.get_secret_value() for name, value in headers.items()}
