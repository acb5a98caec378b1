"""`${NAME}` and `${NAME:-default}` in the values of a plan."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

REDACTED: Final = "***"
"""What stands for a secret wherever something is written down or shown."""
_REFERENCE = re.compile(
    r"\$(?P<escaped>\$\{)|\$\{(?:(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^{}]*))?\})?", re.A
)
_VARIABLE: Final = r"\$\{[A-Za-z_]\w*(?::-)?\}"
_NAMED: Final = rf'(?:[A-Za-z][A-Za-z_-]*=)?"?{_VARIABLE}"?'
_FIELDS: Final = rf"(?:[A-Za-z]+ )?{_NAMED}(?:[;,:.|/-]? ?{_NAMED})*"
_USER: Final = rf"(?:[\w.~-]+:{_VARIABLE}|{_VARIABLE}(?::{_VARIABLE})?)@"
_HOST: Final = rf"(?:[A-Za-z0-9.-]|{_VARIABLE})+|\[[0-9A-Fa-f:.]+\]"
_ADDRESS: Final = rf"[A-Za-z][A-Za-z0-9+.-]*://{_USER}(?:{_HOST})(?::(?:\d+|{_VARIABLE}))?/?"
_TOLD: Final = re.compile(f"(?:{_FIELDS})|(?:{_ADDRESS})", re.A)


def holds_reference(text: str) -> bool:
    """Whether a text has anything to replace."""
    return "${" in text


def tells_no_secret(text: str) -> bool:
    """Whether the secret in a text is all in variables, and the rest only says where it goes.

    Such are `Bearer ${TOKEN}`, `session=${ID}; key=${KEY}` and `http://me:${PASSWORD}@proxy.example:3128`.
    Any other word beside a variable may be a part of the secret, and so may a default.
    """
    return _TOLD.fullmatch(text) is not None


class Variables:
    """Replaces variables, and keeps which values went where: those that are part of a secret stay hidden."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._shown: dict[str, str] = {}
        self._hidden: set[str] = set()

    @property
    def used(self) -> dict[str, str]:
        """The variables that were set and replaced, by name; `***` for those of secrets."""
        return dict(sorted({**self._shown, **dict.fromkeys(self._hidden, REDACTED)}.items()))

    def replace(self, text: str, *, is_secret: bool) -> tuple[str, list[str]]:
        """Return the text with its variables replaced, and what is wrong with them."""
        problems: list[str] = []

        def replaced(found: re.Match[str]) -> str:
            if found["escaped"]:
                return "${"
            if found["name"] is None:
                problems.append(
                    "`${` names no variable; write `${NAME}`, `${NAME:-default}`, or `$${` for the text"
                )
                return found[0]
            problems.extend(self._problems(found["name"], has_default=found["default"] is not None))
            value = self._values.get(found["name"]) or found["default"]
            problems.extend(self._note(found["name"], is_secret=is_secret))
            return found[0] if value is None else value

        return _REFERENCE.sub(replaced, text), problems

    def _problems(self, name: str, *, has_default: bool) -> Iterator[str]:
        if not self._values.get(name) and not has_default:
            state = "is empty" if name in self._values else "is not set"
            yield f"the variable {name} {state}; set it, or write `${{{name}:-default}}`"

    def _note(self, name: str, *, is_secret: bool) -> Iterator[str]:
        if value := self._values.get(name):
            if is_secret:
                self._hidden.add(name)
            else:
                self._shown[name] = value
            if name in self._hidden and name in self._shown:
                yield f"the variable {name} stands in a secret and in a value that is shown; use two"
