"""Files that are always whole: written aside, then moved into place."""

from __future__ import annotations

import os
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new text, never a part."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        # A new file: a link of this name would lead out of the directory.
        aside.unlink(missing_ok=True)
        with aside.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def replace_link(link: Path, target: str) -> None:
    """Point a symbolic link elsewhere without a moment in which it is missing."""
    aside = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    try:
        aside.unlink(missing_ok=True)
        aside.symlink_to(target)
        aside.replace(link)
    finally:
        aside.unlink(missing_ok=True)
