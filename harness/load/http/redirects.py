"""Where a redirect leads, and how it changes the request (RFC 9110 §15.4)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from harness.load.errors import RedirectRefused
from harness.load.http.endpoint_name import with_ids_folded

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


def redirected_to(response: Any) -> str | None:
    """Return the path, of another host with its name, that a response was redirected to; else None.

    `response` is one of this client, or of Locust's own. The redirect need not have been followed.
    """
    if response.history:
        asked, reached = str(response.history[0].url), str(response.url)
    elif response.status_code in _REDIRECTS:
        asked, reached = str(response.url), str(response.headers.get("location") or "")
    else:
        return None
    try:
        at, to = urlsplit(asked), urlsplit(urljoin(asked, reached))
    except ValueError:
        return "what is not an address"
    path = with_ids_folded(to.path or "/")
    return path if to.netloc == at.netloc else f"{to.hostname or to.scheme}{path}"
