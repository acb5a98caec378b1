"""What a user class says about its client, in the names of Locust's `FastHttpUser`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.client.tls import TlsSettings
from harness.load.http.settings import MAX_REDIRECTS, ClientSettings

_NO_PROXY = "requests go to the targets themselves; name the proxy as the target, or remove it"
# Settings of a FastHttpUser that a GateUser cannot follow, and what to do instead.
_REFUSED: Mapping[str, str] = {
    "max_retries": "a request is never sent twice; remove it",
    "proxy_host": _NO_PROXY,
    "proxy_port": _NO_PROXY,
    "client_pool": "every user has connections of its own; remove it",
    "ssl_context_factory": "write `tls` in the plan, or `tls = TlsSettings(...)` in the class",
}


def client_settings(cls: type) -> ClientSettings:
    """Return the settings of a class of `GateUser`."""
    of_class: Any = cls
    timeout = of_class.connection_timeout, of_class.network_timeout
    tls: TlsSettings | None = of_class.tls
    if of_class.insecure is not None:
        tls = replace(tls or TlsSettings(), verify=not of_class.insecure)
    return ClientSettings(
        dict(of_class.default_headers or {}),
        tls,
        None if timeout == (None, None) else timeout,
        MAX_REDIRECTS if of_class.max_redirects is None else of_class.max_redirects,
        bool(getattr(cls, "fold_ids", False)),
    )


def refusals(cls: type) -> Iterator[str]:
    """Yield one sentence for each setting of a class of `GateUser` that its client cannot follow."""
    of_class: Any = cls
    for name, instead in _REFUSED.items():
        if value := getattr(cls, name, None):
            yield f"{cls.__name__}.{name} = {value!r}: {instead}"
    tls: TlsSettings | None = of_class.tls
    if tls is not None and of_class.insecure is not None and tls.verify == of_class.insecure:
        yield (
            f"{cls.__name__}: `insecure = {of_class.insecure}` contradicts `tls`, which says "
            f"`verify={tls.verify}`; remove one of them"
        )
