"""Whether a request to the web interface comes from its own pages, not from another site in the browser."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

CONFIRMED = "X-Gate-Confirmed"
"""A header that an HTML form cannot send."""
_ANOTHER_SITE = "the request comes from another site"
_UNKNOWN_HOST = (
    "this address was opened under a host name that the run does not know; open it by IP address or as "
    "localhost, or name the host of the web interface with --web-host-display-name"
)
_READS = frozenset({"GET", "HEAD"})


def refusal(
    method: str, headers: Mapping[str, str], known_hosts: Collection[str], *, has_login: bool
) -> str | None:
    """Return why a request must not be answered; None when it may.

    Locust lets every site read its responses and send any header, so this goes by what the browser says
    about the request's origin. A request that says nothing of it comes from no browser. A link on another
    site may open a page, and do no more. Without a login, an unknown name in `Host` may be another site's
    name that now resolves to this machine (DNS rebinding).
    """
    host = headers.get("Host", "")
    if not has_login and not _is_known(host, known_hosts):
        return _UNKNOWN_HOST
    if "Origin" in headers and headers["Origin"].partition("://")[2] != host:
        return _ANOTHER_SITE
    site = headers.get("Sec-Fetch-Site", "same-origin")
    if site == "same-origin" or (method in _READS and (site == "none" or _opens_a_page(headers))):
        return None
    return _ANOTHER_SITE


def _opens_a_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser opens a page in a tab: no frame, and nothing that another page goes on to use."""
    return headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"


def _is_known(host: str, known_hosts: Collection[str]) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        if name == "localhost" or name in known_hosts:
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
