"""Example values of the schemas in an OpenAPI description (https://spec.openapis.org/oas/v3.1.0)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harness.app.first_test.known_traffic import UnknownTraffic

_MAX_DEPTH: Final = 12
_FORMATS: Final = {
    "date": "2026-01-08",
    "date-time": "2026-01-08T12:00:00Z",
    "email": "someone@example.com",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "hostname": "example.com",
}
Schema = Mapping[str, Any]


class Examples:
    """Makes values that a document's schemas allow; what the document gives as an example comes first."""

    def __init__(self, document: Schema) -> None:
        self._document = document

    def resolved(self, part: Schema) -> Schema:
        """Follow a reference into the document; raises UnknownTraffic for one that leads elsewhere."""
        for _ in range(_MAX_DEPTH):
            reference = part.get("$ref")
            if reference is None:
                return part
            part = self._at(str(reference))
        raise UnknownTraffic(f"the reference {reference} leads in a circle")

    def of_media(self, media: Schema) -> Any:
        """Return the example of a parameter or a media type, or of its schema."""
        if "example" in media:
            return media["example"]
        for each in (media.get("examples") or {}).values():
            return self.resolved(each).get("value")
        return self.of(media.get("schema") or {})

    def of(self, schema: Schema, depth: int = 0) -> Any:
        """Return a value that a schema allows."""
        schema = self.resolved(schema)
        for key in ("example", "default", "const"):
            if key in schema:
                return schema[key]
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        if parts := schema.get("allOf"):
            return self._joined(schema, parts, depth)
        for key in ("oneOf", "anyOf"):
            if schema.get(key):
                return self.of(schema[key][0], depth + 1)
        return self._of_type(schema, depth)

    def _of_type(self, schema: Schema, depth: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = next((each for each in kind if each != "null"), "null") if isinstance(kind, list) else kind
        makers: Mapping[str, Callable[[Schema], Any]] = {
            "integer": lambda schema: int(_number(schema, 1)),
            "number": lambda schema: float(_number(schema, 1.5)),
            "boolean": lambda _: True,
            "null": lambda _: None,
            "string": _string,
            "array": lambda schema: self._array(schema, depth),
            "object": lambda schema: self._object(schema, depth),
        }
        return makers.get(kind, _string)(schema)

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        count = max(int(schema.get("minItems", 0)), 0 if depth >= _MAX_DEPTH else 1)
        return [self.of(schema.get("items") or {}, depth + 1) for _ in range(count)]

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        needed = set(schema.get("required") or ())
        return {
            name: self.of(inner, depth + 1)
            for name, inner in (schema.get("properties") or {}).items()
            if name in needed or (depth < 2 and not self.resolved(inner).get("readOnly"))
        }

    def _joined(self, schema: Schema, parts: list[Schema], depth: int) -> Any:
        """Put the parts of an object together; `required` of one part may be about another."""
        together: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        for part in ({key: value for key, value in schema.items() if key != "allOf"}, *parts):
            found = self.resolved(part)
            if "allOf" in found or not ({"properties", "required"} & {*found}):
                value = self.of(found, depth + 1) if found.get("allOf") or "type" in found else {}
                if not isinstance(value, dict):
                    return value
                together["properties"] |= {name: {"const": each} for name, each in value.items()}
                continue
            together["properties"] |= found.get("properties") or {}
            together["required"] += found.get("required") or []
        return self._object(together, depth)

    def _at(self, reference: str) -> Schema:
        if not reference.startswith("#/"):
            raise UnknownTraffic(
                f"the reference {reference} points outside the file; bundle the description into one file"
            )
        found: Any = self._document
        for step in reference[2:].split("/"):
            found = (
                found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
            )
        if not isinstance(found, Mapping):
            raise UnknownTraffic(f"the reference {reference} leads nowhere")
        return found


def _number(schema: Schema, usual: float) -> float:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if isinstance(above, int | float) and not isinstance(above, bool):
        lowest = above + 1
    elif above and lowest is not None:
        lowest += 1
    if isinstance(below, int | float) and not isinstance(below, bool):
        highest = below - 1
    value = usual if lowest is None else max(usual, lowest)
    value = value if highest is None else min(value, highest)
    step = schema.get("multipleOf")
    return value if not step else -(-value // step) * step


def _string(schema: Schema) -> str:
    if (named := _FORMATS.get(str(schema.get("format")))) is not None:
        return named
    text = "text".ljust(int(schema.get("minLength", 0)), "x")
    return text[: int(schema.get("maxLength", len(text)))]
