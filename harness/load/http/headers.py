"""Headers as tasks read them, and which values can be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


class Headers(Mapping[str, str]):
    """Header values by case-insensitive name; repeated ones are joined by a comma.

    `get_all` keeps them apart, which `Set-Cookie` needs.
    """

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in raw:
            self._values.setdefault(name.decode("latin-1").lower(), []).append(
                value.decode("latin-1").strip(" \t")
            )

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Headers:
        """Return headers that are text already."""
        return cls((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._values[name.lower()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict(self))

    def get_all(self, name: str) -> list[str]:
        """Return every value of a header, in order."""
        return list(self._values.get(name.lower(), ()))


def is_plain(text: str) -> bool:
    """Whether a header value can be sent: Latin-1 without control characters."""
    if text.isascii() and text.isprintable():
        return True
    return all((32 <= ord(c) < 127) or c == "\t" or 160 <= ord(c) < 256 for c in text)
