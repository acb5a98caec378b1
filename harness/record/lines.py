"""Lines of a file that may be damaged: bounded, numbered, with a torn end made visible."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

MAX_PROBLEMS: Final = 20
_SKIP_BYTES: Final = 1 << 16
# A day's log has hundreds of megabytes, in lines of some kilobytes.
_BUFFER_BYTES: Final = 1 << 20


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
    if not path.is_file():
        what = "is not a regular file" if path.exists() else "is missing"
        raise FileNotFoundError(errno.ENOENT, what, path.name)
    with path.open("rb", buffering=_BUFFER_BYTES) as file:
        number = read_bytes = 0
        while data := file.readline(longest_bytes + 1):
            number += 1
            read_bytes += len(data)
            if read_bytes > most_bytes:
                yield Line(number, b"", f"the file is larger than {most_bytes} bytes; the rest is not read")
                return
            yield _line(file, number, data, longest_bytes)


def _line(file: BinaryIO, number: int, data: bytes, longest_bytes: int) -> Line:
    if data.endswith(b"\n"):
        return Line(number, data[:-1])
    if len(data) > longest_bytes and _skip_rest(file):
        return Line(number, b"", f"the line is longer than {longest_bytes} bytes")
    return Line(number, b"", "the last line is cut off (the writer was killed); it is not used")


def _skip_rest(file: BinaryIO) -> bool:
    while data := file.readline(_SKIP_BYTES):
        if data.endswith(b"\n"):
            return True
    return False
