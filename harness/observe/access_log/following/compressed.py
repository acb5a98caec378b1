"""Log files, plain or compressed: told by their first bytes, whatever they are called."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from io import BufferedIOBase
from pathlib import Path
from typing import Final

DAMAGED: Final = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What reading a file raises that is not whole."""
# RFC 1952; the .xz file format 2.1.1.1; the bzip2 manual.
_READERS: Final[tuple[tuple[bytes, Callable[[Path], BufferedIOBase]], ...]] = (
    (b"\x1f\x8b", gzip.GzipFile),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
    (b"BZh", bz2.BZ2File),
)


def open_log(path: Path) -> tuple[BufferedIOBase, bool]:
    """Open a file, and tell whether it is compressed; raises OSError."""
    file = path.open("rb")
    start = file.read(max(len(magic) for magic, _ in _READERS))
    reader = next((reader for magic, reader in _READERS if start.startswith(magic)), None)
    if reader is None:
        file.seek(0)
        return file, False
    file.close()
    return reader(path), True
