"""A part of one of several kinds, under the key that names its kind: `router: {envoy: {admin: …}}`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Discriminator, GetCoreSchemaHandler, GetJsonSchemaHandler, SerializerFunctionWrapHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from harness.plan.criteria.quantity import shown


@dataclass(frozen=True)
class Under:
    """Annotates a part that is written under `key`; a key without a value means all defaults."""

    key: str
    alone: bool = False
    """Whether the key alone, as text, will do."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        writer = core_schema.wrap_serializer_function_ser_schema(self._wrapped)
        return core_schema.no_info_before_validator_function(
            self._unwrapped, handler(source), serialization=writer
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        wrapped = {
            "type": "object",
            "properties": {self.key: {"anyOf": [handler(schema), {"type": "null"}]}},
            "required": [self.key],
            "additionalProperties": False,
        }
        return {"anyOf": [{"const": self.key}, wrapped]} if self.alone else wrapped

    def _unwrapped(self, data: Any) -> Any:
        if self.alone and data == self.key:
            return {}
        if not isinstance(data, Mapping):
            return data
        if others := [key for key in data if key != self.key]:
            raise ValueError(f"{shown(others[0])} is not allowed beside `{self.key}`; write only one of them")
        return data[self.key] or {}

    def _wrapped(self, part: Any, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {self.key: write(part)}


def exactly_one_of(*kinds: str) -> Discriminator:
    """Choose the kind of a part by its `kind`, that of a mapping by its only key."""

    def kind_of(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return getattr(value, "kind", None)
        given = [kind for kind in kinds if kind in value]
        return given[0] if len(given) == 1 else None

    message = f"write exactly one of {', '.join(kinds)}"
    return Discriminator(kind_of, custom_error_type="plan", custom_error_message=message)
