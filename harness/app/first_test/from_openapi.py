"""Traffic that an OpenAPI description allows: one request for each operation, with example values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.app.first_test.example_values import Examples
from harness.app.first_test.known_traffic import KnownEndpoint, KnownRequest, KnownTraffic, UnknownTraffic

_MAX_BYTES: Final = 1 << 25
_WEIGHTS: Final = {"get": 10, "head": 1, "post": 2, "put": 1, "patch": 1}
_JSON: Final = "application/json"


def from_openapi(path: Path) -> KnownTraffic:
    """Read a description, as YAML or JSON, of version 3; raises UnknownTraffic."""
    document = _document(path)
    examples = Examples(document)
    base = _base(document)
    endpoints: list[KnownEndpoint] = []
    left_out: list[str] = []
    for route, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method not in _WEIGHTS:
                if method == "delete":
                    left_out.append(f"DELETE {route}: the method removes data")
                continue
            parameters = [examples.resolved(each) for each in (*shared, *operation.get("parameters", ()))]
            body = examples.resolved(operation.get("requestBody") or {})
            content = body.get("content", {})
            if content and _JSON not in content:
                left_out.append(f"{method.upper()} {route}: its body is {', '.join(content)}")
                continue
            value = examples.of_media(content[_JSON]) if content else None
            target = base + _target(route, parameters, examples)
            request = KnownRequest(target, value)
            endpoints.append(KnownEndpoint(method.upper(), base + route, _WEIGHTS[method], [request]))
    if not endpoints:
        raise UnknownTraffic(f"{path}: it describes no operation that could be sent")
    title = str(document.get("info", {}).get("title", path.name))
    return KnownTraffic(endpoints, f"the description of {title}", left_out=left_out)


def _document(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            document: Any = YAML(typ="safe", pure=True).load(file.read(_MAX_BYTES))
    except OSError as error:
        raise UnknownTraffic(f"{path}: cannot be read ({(error.strerror or str(error)).lower()})") from None
    except (YAMLError, UnicodeDecodeError):
        raise UnknownTraffic(f"{path}: is neither YAML nor JSON") from None
    is_version_3 = isinstance(document, Mapping) and str(document.get("openapi", "")).startswith("3.")
    if not is_version_3 or not isinstance(document.get("paths"), Mapping):
        raise UnknownTraffic(f"{path}: is not an OpenAPI description of version 3 with `paths`")
    return dict(document)


def _base(document: Mapping[str, Any]) -> str:
    servers = document.get("servers") or [{}]
    return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/")


def _target(route: str, parameters: list[Mapping[str, Any]], examples: Examples) -> str:
    query: list[tuple[str, str]] = []
    for parameter in parameters:
        name, place = str(parameter.get("name")), parameter.get("in")
        if place == "path":
            route = route.replace(f"{{{name}}}", quote(_text(examples.of_media(parameter)), safe=""))
        elif place == "query" and parameter.get("required"):
            query += [(name, value) for value in _texts(examples.of_media(parameter))]
    return route + (f"?{urlencode(query)}" if query else "")


def _texts(value: Any) -> Iterator[str]:
    yield from map(_text, value if isinstance(value, list) else [value])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)
