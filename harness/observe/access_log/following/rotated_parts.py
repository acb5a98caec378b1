"""The parts of a log that its rotation left beside it, plain or compressed."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from harness.observe.access_log.following.compressed import DAMAGED, open_log
from harness.observe.access_log.following.opened_file import HEAD_BYTES, Identity, OpenedFile

_MAX_PARTS: Final = 8
_MAX_BYTES: Final = 1 << 30
# What a rotation adds to a name: a number, a date, a time. `access-api.log` is another log.
_ADDED: Final = re.compile(r"[._-]?\d[\d._T:-]*|\.old")
_PACKED: Final = re.compile(r"\.(?:gz|xz|bz2)$")


class _Known(NamedTuple):
    """When a part was last written to, and how it begins: an inode is given on when its file is deleted."""

    written_ns: int
    head: bytes


class RotatedParts:
    """The files beside a log that are named like it: `access.log.1`, `access-20261128.log.gz`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[Identity, _Known] = {
            _identity(status): _Known(status.st_mtime_ns, content(part, HEAD_BYTES) or b"")
            for part, status in self._all()
        }

    def rest_of(self, opened: OpenedFile) -> bytes | None:
        """Return what a copy of an emptied file has beyond what was read of it; None without a copy."""
        return next((rest for part in self._newest() if (rest := _rest(part, opened)) is not None), None)

    def unread(self, since_ns: int, heads: Sequence[bytes]) -> list[Path]:
        """Return the parts that came and went since the last call, oldest first.

        They were written to after a moment, and begin like none of the files that were read. What cannot be
        read yet, such as a file that is being compressed, is looked at again by the next call.
        """
        found: list[Path] = []
        heads = list(heads)
        for part, status in sorted(self._all(), key=lambda each: (each[1].st_mtime_ns, is_packed(each[0]))):
            known = self._known.get(identity := _identity(status))
            if known is not None and known.written_ns == status.st_mtime_ns:
                continue
            if not (head := content(part, HEAD_BYTES)):
                continue
            is_new = known is None or not _are_alike(known.head, head)
            is_recent_part = status.st_mtime_ns >= since_ns and _is_part(part.name, self._path)
            if is_new and is_recent_part and not any(one and _are_alike(one, head) for one in heads):
                heads.append(head)
                found.append(part)
            self._known[identity] = _Known(status.st_mtime_ns, head)
        return found

    def _newest(self) -> list[Path]:
        newest = sorted(self._all(), key=lambda each: each[1].st_mtime_ns, reverse=True)
        return [part for part, _ in newest[:_MAX_PARTS]]

    def _all(self) -> Iterator[tuple[Path, os.stat_result]]:
        # A link, such as `current.log`, has its parts beside it or beside what it leads to.
        for path in dict.fromkeys((self._path, self._path.resolve())):
            try:
                names = [part.name for part in path.parent.iterdir()]
            except OSError:
                continue
            for part in (path.with_name(name) for name in names if _is_like(name, path)):
                try:
                    status = part.stat()
                except OSError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield part, status


def content(part: Path, limit: int = _MAX_BYTES) -> bytes | None:
    """Return the beginning of a part; None if it cannot be read or is damaged."""
    try:
        file, _ = open_log(part)
        with file:
            return file.read(limit)
    except DAMAGED:
        return None


def is_packed(part: Path) -> bool:
    """Whether a part is compressed, by its name."""
    return _PACKED.search(part.name) is not None


def _rest(part: Path, opened: OpenedFile) -> bytes | None:
    try:
        file, is_compressed = open_log(part)
        with file:
            if is_compressed and opened.offset > _MAX_BYTES:
                return None
            # Lines of one length may end alike: another part has other lines at its beginning.
            if file.read(len(opened.head)) != opened.head:
                return None
            file.seek(opened.offset - len(opened.mark))
            if file.read(len(opened.mark)) != opened.mark:
                return None
            return file.read(_MAX_BYTES)
    except DAMAGED:
        return None


def _is_like(name: str, path: Path) -> bool:
    return name != path.name and name.startswith((f"{path.stem}.", f"{path.stem}-")) and path.suffix in name


def _is_part(name: str, path: Path) -> bool:
    """Whether a name is the log's with nothing but what a rotation adds, behind it or before its suffix."""
    plain = _PACKED.sub("", name)
    behind = plain.removeprefix(path.name)
    before = plain.removeprefix(path.stem).removesuffix(path.suffix)
    return any(added != plain and _ADDED.fullmatch(added) for added in (behind, before))


def _are_alike(one: bytes, other: bytes) -> bool:
    return one.startswith(other) or other.startswith(one)


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino
