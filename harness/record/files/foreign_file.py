"""Opens files of a run directory, which somebody else may have made.

Only regular files, and only those that lie in the directory itself: a named pipe would block for ever, a
device never ends, and a link would take any file of this machine for a part of the run.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

_READ: Final = os.O_RDONLY
_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT
# Not blocking: opening a named pipe would wait for somebody at its other end.
_ALWAYS: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BUFFER_BYTES: Final = 1 << 20
"""A day's log has hundreds of megabytes, in lines of some kilobytes."""


def open_foreign(path: Path) -> BinaryIO:
    """Open a file of a run directory for reading; OSError whose `strerror` says what the file is or lacks.

    Neither the file nor the directory it lies in may be a symbolic link.
    """
    return os.fdopen(_opened(path, _READ), "rb", _BUFFER_BYTES)


def append_foreign(path: Path, data: bytes) -> None:
    """Append to a file of a run directory with one write; OSError when it is not a regular file."""
    with os.fdopen(_opened(path, _APPEND), "ab", 0) as file:
        file.write(data)


def read_foreign(path: Path, max_bytes: int) -> bytes:
    """Return the content of a file of a run directory; OSError when it is larger or cannot be read."""
    with open_foreign(path) as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise OSError(errno.EFBIG, f"is larger than {max_bytes} bytes, which no run writes", path.name)
    return data


def read_foreign_text(path: Path, max_bytes: int) -> str:
    """Return the text of a file of a run directory; OSError as in `read_foreign`, or when it is not UTF-8."""
    try:
        return read_foreign(path, max_bytes).decode()
    except UnicodeDecodeError:
        raise OSError(errno.EILSEQ, "is not UTF-8 text", path.name) from None


def is_missing(path: Path) -> bool:
    """Whether there is nothing of this name, not even a link that leads nowhere."""
    return not os.path.lexists(path)


def _opened(path: Path, flags: int) -> int:
    try:
        directory = os.open(path.parent, os.O_DIRECTORY | os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            descriptor = os.open(path.name, flags | _ALWAYS, 0o666, dir_fd=directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise _explained(error, path) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is not a regular file", path.name)
    return descriptor


def _explained(error: OSError, path: Path) -> OSError:
    match error.errno:
        case errno.ENOENT:
            return FileNotFoundError(errno.ENOENT, "is missing", path.name)
        case errno.ELOOP | errno.ENOTDIR | errno.ENXIO | errno.ENODEV | errno.EISDIR:
            return OSError(error.errno, "is not a regular file", path.name)
        case _:
            return OSError(error.errno, f"cannot be opened: {error.strerror}", path.name)
