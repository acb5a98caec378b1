"""Where a redirect leads and how the request changes on the way (RFC 9110 §15.4)."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

from harness.load.errors import RedirectRefused

MAX_REDIRECTS = 30
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Hop(NamedTuple):
    """The next request of a redirected one."""

    method: str
    url: str
    keeps_body: bool


def next_hop(status: int, location: str | None, method: str, url: str) -> Hop | None:
    """Return where an answer redirects to, None when it does not; raises RedirectRefused."""
    if status not in _REDIRECTS or location is None:
        return None
    # Header values are read as Latin-1; an address that is not ASCII is UTF-8 in practice.
    with suppress(UnicodeDecodeError):
        location = location.encode("latin-1").decode()
    try:
        absolute = urljoin(url, location)
    except ValueError:
        raise RedirectRefused("redirect to an address that is none") from None
    if status == 303 and method != "HEAD":
        return Hop("GET", absolute, False)
    if status in (301, 302) and method == "POST":
        return Hop("GET", absolute, False)
    return Hop(method, absolute, True)
