"""The field types of a plan: read from text, held as values, written back exactly."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from harness.plan.criteria.change import Change, Difference, Ratio, change_text, parse_change
from harness.plan.criteria.criterion import (
    MAX_S,
    AnyCriterion,
    Criterion,
    NamedCriterion,
    parse_criterion,
)
from harness.plan.criteria.quantity import (
    RATE,
    SHARE,
    SIZE_RATE,
    TIME,
    Dimension,
    QuantityError,
    fraction_text,
    no_unit,
    parse,
    parse_fraction,
    shown,
    text_of,
)
from harness.plan.yaml.part import PlanLanguage, queries_of

_FINEST_WEIGHT = 10_000
_MAX_RATIO = 1000.0
MIN_RATE, MAX_RATE = 0.001, 1e7


@dataclass(frozen=True)
class Quantity:
    """A float in its base unit, between two bounds, written with a unit."""

    dimension: Dimension
    low: float
    high: float

    def read(self, value: object, info: ValidationInfo) -> float:
        """Return the value of a text, or of a bare number outside a plan file; raises QuantityError."""
        number = (
            parse(value, self.dimension) if isinstance(value, str) else _bare(value, self.dimension, info)
        )
        if not self.low <= number <= self.high:
            low, high = text_of(self.low, self.dimension), text_of(self.high, self.dimension)
            given = text_of(number, self.dimension) if number >= 0 and not isinstance(value, str) else value
            raise QuantityError(
                f"{shown(given)} is out of range", f"write {self.dimension.name} from {low} to {high}"
            )
        return number

    def write(self, value: float) -> str:
        """Return the text that reads back as this value."""
        return text_of(value, self.dimension)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _text_schema(handler(source), self.read, self.write)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        units = "|".join(self.dimension.units)
        return {"type": "string", "pattern": rf"^\s*[0-9]+(\.[0-9]+)?\s*({units})\s*$"}


class Weight:
    """An exact share from 0 to 1 in steps of 0.01 %."""

    @staticmethod
    def read(value: object, info: ValidationInfo) -> Fraction:
        """Return the fraction that a text or an exact number means; raises QuantityError."""
        if isinstance(value, str):
            weight = parse_fraction(value)
        elif isinstance(value, Fraction):
            weight = value
        else:
            weight = Fraction(_bare(value, SHARE, info)).limit_denominator(_FINEST_WEIGHT)
        if not 0 <= weight <= 1:
            raise QuantityError(f"{shown(value)} is out of range", "write a share from 0% to 100%")
        if _FINEST_WEIGHT % weight.denominator:
            raise QuantityError(f"{shown(value)} cannot be split exactly", "write a share in steps of 0.01%")
        return weight

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _text_schema(core_schema.is_instance_schema(Fraction), self.read, fraction_text)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%\s*$"}


class CriterionText:
    """A criterion of the criterion language."""

    @staticmethod
    def read(value: object, info: ValidationInfo) -> AnyCriterion:
        """Return the criterion itself, or the one that a text means; raises CriterionError."""
        if isinstance(value, Criterion | NamedCriterion):
            return value
        if not isinstance(value, str):
            raise QuantityError(f"{shown(value)} is not a criterion", "write for example `p95 < 150ms`")
        return parse_criterion(value, queries_of(info))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _text_schema(
            core_schema.is_instance_schema(source), self.read, lambda criterion: str(criterion.text)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string"}


class ChangeText:
    """A signed change of a time: `+25%` or `+5ms`."""

    @staticmethod
    def read(value: object, info: ValidationInfo) -> Change:
        """Return the change itself, or the one that a text means; raises QuantityError."""
        if isinstance(value, Ratio | Difference):
            return value
        if not isinstance(value, str):
            raise QuantityError(f"{shown(value)} is not a change of a time", "write for example +25% or +5ms")
        change = parse_change(value, TIME)
        if isinstance(change, Ratio) and not -1 <= change.ratio <= _MAX_RATIO:
            raise QuantityError(f"{shown(value)} is out of range", "write a change from -100% to +100000%")
        return change

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _text_schema(
            core_schema.is_instance_schema(source), self.read, lambda change: change_text(change, TIME)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^\s*[+-]\s*[0-9]+(\.[0-9]+)?\s*(%|h|m|s|ms|us)\s*$"}


def _text_schema(held: CoreSchema, read: Any, write: Any) -> CoreSchema:
    """Read before the held type is checked; write as text."""
    writer = core_schema.plain_serializer_function_ser_schema(write, return_schema=core_schema.str_schema())
    return core_schema.with_info_before_validator_function(read, held, serialization=writer)


def _bare(value: object, dimension: Dimension, info: ValidationInfo) -> float:
    """Return a number without a unit, which code may use but a plan file may not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuantityError(
            f"{shown(value)} is not {dimension.name}", f"write for example {dimension.examples[0]}"
        )
    if isinstance(info.context, PlanLanguage):
        raise no_unit(value, dimension)
    return float(value)


def listed(value: object) -> object:
    """Take one text or number for a list of one."""
    return [value] if isinstance(value, str | int) else value


def one_or_several(item: Any) -> BeforeValidator:
    """Return what lets a list be written as its only item, in plans and in the schema for editors."""
    return BeforeValidator(listed, json_schema_input_type=item | tuple[item, ...])


Duration = Annotated[float, Quantity(TIME, 0.001, MAX_S)]
DurationOrZero = Annotated[float, Quantity(TIME, 0.0, MAX_S)]
ArrivalRate = Annotated[float, Quantity(RATE, MIN_RATE, MAX_RATE)]
RateOrZero = Annotated[float, Quantity(RATE, 0.0, MAX_RATE)]
Share = Annotated[float, Quantity(SHARE, 0.0, 1.0)]
SmallShare = Annotated[float, Quantity(SHARE, 1e-6, 0.2)]
PositiveShare = Annotated[float, Quantity(SHARE, 1e-6, 10.0)]
GrowthRate = Annotated[float, Quantity(SIZE_RATE, 0.0, 1e12)]
WeightField = Annotated[Fraction, Weight()]
ChangeField = Annotated[Ratio | Difference, ChangeText()]
