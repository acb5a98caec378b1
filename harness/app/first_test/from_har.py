"""Traffic that a browser has recorded: an HTTP archive (http://www.softwareishard.com/blog/har-12-spec/)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from harness.app.first_test.known_traffic import KnownEndpoint, KnownRequest, KnownTraffic, UnknownTraffic
from harness.observe.endpoints import EndpointNames

_MAX_BYTES: Final = 1 << 28
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH")


def from_har(path: Path) -> KnownTraffic:
    """Read the requests to the first host of an archive; raises UnknownTraffic."""
    recorded = list(_recorded(path))
    if not recorded:
        raise UnknownTraffic(f"{path}: the archive holds no HTTP request")
    host = recorded[0][1].netloc
    names = EndpointNames(())
    found: dict[tuple[str, str], list[KnownRequest]] = defaultdict(list)
    left_out: dict[str, None] = {}
    for method, url, request in recorded:
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        if url.netloc != host:
            left_out[f"{url.netloc} is another host"] = None
            continue
        try:
            body = _body(request)
        except ValueError:
            left_out[f"{method} {url.path}: its body is not JSON"] = None
            continue
        if method not in _METHODS:
            left_out[f"{method} {url.path}: the method changes or removes data"] = None
            continue
        found[method, names.name(method, target).removeprefix(f"{method} ")].append(
            KnownRequest(target, body)
        )
    if not found:
        raise UnknownTraffic(f"{path}: none of its requests to {host} can be sent")
    endpoints = [
        KnownEndpoint(method, route, len(requests), requests) for (method, route), requests in found.items()
    ]
    return KnownTraffic(endpoints, f"{path.name}, recorded at {host}", left_out=list(left_out)[:20])


def _recorded(path: Path) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    try:
        with path.open("rb") as file:
            archive = json.loads(file.read(_MAX_BYTES))
        entries = [entry["request"] for entry in archive["log"]["entries"]]
    except OSError as error:
        raise UnknownTraffic(f"{path}: cannot be read ({(error.strerror or str(error)).lower()})") from None
    except (ValueError, KeyError, TypeError):
        raise UnknownTraffic(f"{path}: is not an HTTP archive; save one in a browser's network tab") from None
    for request in entries:
        url = urlsplit(str(request.get("url", "")))
        if url.scheme in ("http", "https") and url.netloc:
            yield str(request.get("method", "GET")).upper(), url, request


def _body(request: Mapping[str, Any]) -> Any:
    """Return a JSON body, None without one; raises ValueError for another."""
    posted = request.get("postData")
    text = posted.get("text") if isinstance(posted, Mapping) else None
    return json.loads(text) if text else None
