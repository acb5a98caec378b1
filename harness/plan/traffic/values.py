"""Values that tell a variant: as they are, with `*` and `?`, or as expressions between slashes."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from harness.plan.criteria.quantity import shown
from harness.plan.yaml.kinds import one_or_several


def expression(text: str) -> str:
    """Check a regular expression; raises ValueError."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{shown(text)} is not a regular expression ({error})") from None
    return text


def is_expression(text: str) -> bool:
    """Whether the text is a regular expression between slashes."""
    return len(text) > 1 and text.startswith("/") and text.endswith("/")


def _pattern(text: str) -> str:
    if is_expression(text):
        expression(text[1:-1])
    return text


ValuePattern = Annotated[str, Field(max_length=500), AfterValidator(_pattern)]
ValuePatterns = Annotated[tuple[ValuePattern, ...], Field(max_length=1000), one_or_several(ValuePattern)]
BaselineValues = Annotated[
    ValuePatterns,
    Field(description="its values for the baseline; without it, all that are not of another variant"),
]
ControlValues = Annotated[
    ValuePatterns,
    Field(description="its values for fresh instances of the baseline's version, if there are some"),
]
CanaryValues = Annotated[
    ValuePatterns,
    Field(min_length=1, description="its values for the canary, with `*` and `?`, or as `/expressions/`"),
]
