"""Label matchers as Prometheus writes them: `code=~"5..", method!="OPTIONS"`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_ONE: Final = re.compile(
    r'\s*(?P<label>[a-zA-Z_]\w*)\s*(?P<op>=~|!~|!=|=)\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*(?:,|$)'
)


@dataclass(frozen=True)
class LabelMatch:
    """One matcher; an expression matches the whole value, and a label that is missing is empty."""

    label: str
    op: str
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels is matched."""
        found = labels.get(self.label, "")
        is_same = re.fullmatch(self.value, found) is not None if "~" in self.op else found == self.value
        return is_same is not self.op.startswith("!")


def matchers_of(text: str) -> tuple[LabelMatch, ...]:
    """Read matchers, with or without braces; raises ValueError for anything else."""
    rest, found = text.strip().removeprefix("{").removesuffix("}"), []
    while rest.strip():
        one = _ONE.match(rest)
        if one is None:
            raise ValueError(f"`{text}` are not label matchers; write for example 'code=~\"5..\"'")
        value = one["value"].replace(r"\"", '"').replace(r"\\", "\\")
        if "~" in one["op"]:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"`{value}` is not a regular expression ({error})") from None
        found.append(LabelMatch(one["label"], one["op"], value))
        rest = rest[one.end() :]
    return tuple(found)
