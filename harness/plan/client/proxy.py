"""The address of a proxy: a secret as a whole, for it may hold a password."""

from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, SecretStr

from harness.plan.client.secrets import secret_text
from harness.plan.yaml.variables import REDACTED

_EXAMPLE: Final = "write for example http://proxy.example:3128"


def _given(value: Any) -> SecretStr | None:
    """Take an empty text for no proxy: a variable that is not set says so."""
    return None if value in ("", None) else secret_text(value)


def _proxy(text: SecretStr | None) -> SecretStr | None:
    # The text is not shown: it may hold a password.
    address = text.get_secret_value() if text is not None else REDACTED
    if REDACTED in address:
        return text
    parts = urlsplit(address)
    if parts.scheme != "http":
        raise ValueError(f"only a proxy that is reached by plain http is supported; {_EXAMPLE}")
    if not parts.hostname or " " in address or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"the value is not the address of a proxy; {_EXAMPLE}")
    try:
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        raise ValueError(f"the port is not a number up to 65535; {_EXAMPLE}") from None
    return text


ProxyAddress = Annotated[
    SecretStr | None,
    BeforeValidator(_given, json_schema_input_type=str),
    AfterValidator(_proxy),
    PlainSerializer(lambda text: None if text is None else REDACTED, return_type=str | None),
]


def host_of_proxy(address: SecretStr | None) -> str:
    """Return the host of a proxy, in lower case; an empty text without one, and where it is not told."""
    if address is None or is_untold(address):
        return ""
    return urlsplit(address.get_secret_value()).hostname or ""


def is_untold(address: SecretStr | None) -> bool:
    """Whether there is a proxy whose address, or a part of it, a run directory does not tell."""
    return address is not None and REDACTED in address.get_secret_value()
