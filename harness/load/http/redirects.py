"""Where a redirect leads, and how it changes the request (RFC 9110 §15.4)."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

from harness.load.errors import RedirectRefused

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Redirect(NamedTuple):
    """The request that a redirect asks for."""

    method: str
    url: str
    keeps_body: bool


def redirect_of(status: int, location: str | None, method: str, url: str) -> Redirect | None:
    """Return where a response redirects to, None when it does not; raises RedirectRefused."""
    if status not in _REDIRECTS or location is None:
        return None
    # Header values are read as Latin-1; an address that is not ASCII is UTF-8 in practice.
    with suppress(UnicodeDecodeError):
        location = location.encode("latin-1").decode()
    try:
        absolute = urljoin(url, location)
    except ValueError:
        raise RedirectRefused("the redirect's location is not an address") from None
    if status == 303 and method != "HEAD":
        return Redirect("GET", absolute, False)
    if status in (301, 302) and method == "POST":
        return Redirect("GET", absolute, False)
    return Redirect(method, absolute, True)
