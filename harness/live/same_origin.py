"""Whether a request that ends a run comes from the live page, not from another site open in the browser."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

CONFIRMED = "X-Gate-Confirmed"
"""A header that an HTML form cannot send."""


def refusal(headers: Mapping[str, str], known_hosts: Collection[str], has_login: bool) -> str | None:
    """Return why a request must not end the run; None when it may.

    Locust lets every site read its responses and send any header, so this goes by what the browser says
    about the request's origin. Without a login, an unknown name in `Host` may be another site's name that
    now resolves to this machine (DNS rebinding).
    """
    host = headers.get("Host", "")
    if headers.get(CONFIRMED) != "yes":
        return f"the header {CONFIRMED}: yes is missing"
    if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return "the request comes from another site"
    if "Origin" in headers and headers["Origin"].partition("://")[2] != host:
        return "the request comes from another site"
    if not has_login and not _is_known(host, known_hosts):
        return "the page was opened under a host name that this run does not know; open it by IP address"
    return None


def _is_known(host: str, known_hosts: Collection[str]) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        if name == "localhost" or name in known_hosts:
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
