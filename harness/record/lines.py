"""Lines of a file that may be damaged: bounded, numbered, with a torn end made visible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from harness.record.files.foreign_file import open_foreign

MAX_PROBLEMS: Final = 20
_SKIP_BYTES: Final = 1 << 16
_MAX_SKIPPED_BYTES: Final = 1 << 26
_CUT_OFF: Final = "the last line is cut off (the writer was killed); it is not used"


class Line(NamedTuple):
    """A line without its newline; with a `problem` its data is not to be used."""

    number: int
    data: bytes
    problem: str | None = None


class Problems:
    """The first of the problems met, and how many more there were."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._more = 0

    def add(self, problem: str) -> None:
        """Keep a problem, or count it when there are many already."""
        if len(self._first) < MAX_PROBLEMS:
            self._first.append(problem)
        else:
            self._more += 1

    def found(self) -> tuple[str, ...]:
        """Return what was added, in order."""
        rest = (f"and {self._more} more problems of this kind",) if self._more else ()
        return (*self._first, *rest)


def read_lines(path: Path, longest_bytes: int, most_bytes: int) -> Iterator[Line]:
    """Read a file line by line within bounds; OSError when it cannot be read or is not a regular file."""
    with open_foreign(path) as file:
        number = read_bytes = 0
        while data := file.readline(longest_bytes + 1):
            number += 1
            read_bytes += len(data)
            if read_bytes > most_bytes:
                yield Line(number, b"", f"the file is larger than {most_bytes} bytes; the rest is not read")
                return
            if data.endswith(b"\n"):
                yield Line(number, data[:-1])
            elif len(data) <= longest_bytes:
                yield Line(number, b"", _CUT_OFF)
            elif _skip_rest(file):
                yield Line(number, b"", f"the line is longer than {longest_bytes} bytes")
            else:
                yield Line(number, b"", _CUT_OFF)
                return


def _skip_rest(file: BinaryIO) -> bool:
    """Skip to the end of a line; False when it has none, or is far away."""
    return any(file.readline(_SKIP_BYTES).endswith(b"\n") for _ in range(0, _MAX_SKIPPED_BYTES, _SKIP_BYTES))
