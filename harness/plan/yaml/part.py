"""The base of all parts of a plan: frozen values, keys without units, errors that say what to write."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pydantic import (
    AliasGenerator,
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from harness.plan.criteria.quantity import shown
from harness.plan.yaml.problem import Violation

_SUFFIXES = ("_bytes_per_s", "_per_s", "_bytes", "_s", "_fields")
_EXPLAINED = "plan"


@dataclass(frozen=True)
class PlanLanguage:
    """Validation context of what people write: the plan's keys, and units where there is a dimension."""

    queries: tuple[str, ...] = ()


def queries_of(info: ValidationInfo) -> tuple[str, ...]:
    """Return the Prometheus queries that may be measures in the text being validated."""
    return info.context.queries if isinstance(info.context, PlanLanguage) else ()


def key_of(attribute: str) -> str:
    """Return the plan file's key of an attribute, its name without unit: `duration_s` -> `duration`."""
    for suffix in _SUFFIXES:
        if attribute.endswith(suffix):
            return attribute.removesuffix(suffix)
    return attribute


class Part(BaseModel):
    """One part of a plan: frozen, without unknown keys; attributes carry units, the file's keys don't."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        alias_generator=AliasGenerator(validation_alias=key_of, serialization_alias=key_of),
        validate_by_name=True,
        validate_by_alias=True,
        defer_build=True,
    )

    @model_validator(mode="wrap")
    @classmethod
    def _say_what_to_write(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            found = error.errors(include_url=False)
            explained = [_explained(cls, details) for details in found if not _follows(cls, details, found)]
            raise ValidationError.from_exception_data(cls.__name__, explained) from None

    @classmethod
    def example_of(cls, key: str) -> str:
        """Return an example of a key's value, an empty text if there is no such key."""
        field = cls.model_fields.get(keys_of(cls).get(key, key))
        return str(field.examples[0]) if field and field.examples else ""


def keys_of(part: type[Part]) -> dict[str, str]:
    """Return the plan file's keys of a part and the attribute behind each."""
    return {key_of(name): name for name in part.model_fields}


def located_errors(title: str, violations: Iterable[Violation]) -> ValidationError:
    """Return Pydantic's error for violations that our own rules found."""
    errors = [InitErrorDetails(type=_error(each.what), loc=each.place, input=None) for each in violations]
    return ValidationError.from_exception_data(title, errors)


def _error(what: str) -> PydanticCustomError:
    return PydanticCustomError(_EXPLAINED, "{what}", {"what": what})


def _follows(part: type[Part], details: ErrorDetails, found: Sequence[ErrorDetails]) -> bool:
    """Whether an error is only a consequence of another.

    So are a list whose items were refused, a mistyped key, and a default that depends on a wrong value.
    """
    place = details["loc"]
    if details["type"] == "default_factory_not_called":
        return True
    if details["type"] == "too_short":
        return any(other["loc"][: len(place)] == place and len(other["loc"]) > len(place) for other in found)
    if details["type"] == "missing":
        mistyped = (str(other["loc"][0]) for other in found if other["type"] == "extra_forbidden")
        return any(key_of(str(place[0])) in _near(part, name) for name in mistyped)
    return False


def _explained(part: type[Part], details: ErrorDetails) -> InitErrorDetails:
    if details["type"] == _EXPLAINED:
        what = details["msg"]
    elif "error" in (context := details.get("ctx", {})):
        what = _with_key(details, str(context["error"]))
    else:
        what = _what(part, details)
    return InitErrorDetails(type=_error(what), loc=details["loc"], input=details["input"])


def _with_key(details: ErrorDetails, text: str) -> str:
    """Put the key in front of a message about it, unless the message is about one item of a list."""
    place = details["loc"][-1] if details["loc"] else None
    return f"{key_of(place)}: {text}" if isinstance(place, str) and place != "[key]" else text


def _what(part: type[Part], details: ErrorDetails) -> str:
    """Translate Pydantic's message into the words of a plan."""
    if not details["loc"]:
        return f"keys with values belong here, not {shown(details['input'])}; the keys are {_listed(part)}"
    name = str(details["loc"][0])
    key = key_of(name)
    if details["type"] == "extra_forbidden":
        near = _near(part, name)
        return f"unknown key {shown(name)}; " + (
            f"did you mean `{near[0]}`?" if near else f"the keys are {_listed(part)}"
        )
    hint = f"; write for example `{key}: {example}`" if (example := part.example_of(key)) else ""
    if details["type"] == "missing":
        return f"`{key}` is missing{hint}"
    return f"{key}: {_disagreement(details)}{hint}"


def _disagreement(details: ErrorDetails) -> str:
    given, context = shown(details["input"]), details.get("ctx", {})
    match details["type"]:
        case "too_short":
            return "at least one item belongs here"
        case "too_long":
            return f"more than {context['max_length']} items"
        case "string_pattern_mismatch" | "string_too_long" | "string_too_short":
            return f"{given} has characters or a length that are not allowed"
        case "tuple_type":
            return f"{given} is not a list"
        case "dict_type":
            return f"{given} is not a mapping of keys to values"
        case _:
            return f"{given}: {details['msg'][0].lower()}{details['msg'][1:]}"


def _near(part: type[Part], name: str) -> list[str]:
    return difflib.get_close_matches(name.lower(), keys_of(part), n=1)


def _listed(part: type[Part]) -> str:
    return ", ".join(keys_of(part))
