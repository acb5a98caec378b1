#!/usr/bin/env python3
"""Makes a release: version, changelog, commit and tag, then the packages, the same bytes each time.

`release.py VERSION` makes one. `release.py --build TAG` only builds what was tagged, or any commit, again.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = Path("dist")
_BAD_USAGE = 2
_VERSION_LINE = re.compile(r'^version = "[^"]+"$', re.MULTILINE)


class ReleaseError(Exception):
    """The release cannot be made; the text says what to do."""


def dated(changelog: str, version: str, day: str) -> str:
    """Return the changelog with the day on its section of a version; ReleaseError without an open one."""
    heading = f"## {version} - unreleased"
    if heading not in changelog.splitlines():
        raise ReleaseError(f"CHANGELOG.md has no section `{heading}`; write what has changed")
    return changelog.replace(heading, f"## {version} - {day}", 1)


def versioned(pyproject: str, version: str) -> str:
    """Return pyproject.toml with a version."""
    return _VERSION_LINE.sub(f'version = "{version}"', pyproject, count=1)


def make(version: str, day: str, root: Path = ROOT) -> str:
    """Write version and date, commit and tag; returns the tag."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ReleaseError(f"{version!r} is not a version; write three numbers, such as 0.2.0")
    if _git(root, "status", "--porcelain"):
        raise ReleaseError("the checkout has changes; commit them first")
    if _git(root, "tag", "--list", f"v{version}"):
        raise ReleaseError(f"v{version} is tagged already; `release.py --build v{version}` builds it again")
    changelog, pyproject = root / "CHANGELOG.md", root / "pyproject.toml"
    texts = {
        changelog: dated(changelog.read_text(encoding="utf-8"), version, day),
        pyproject: versioned(pyproject.read_text(encoding="utf-8"), version),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    _git(root, "commit", "--quiet", "--message", f"Version {version}", *map(str, texts))
    _git(root, "tag", f"v{version}")
    return f"v{version}"


def build(commit: str, out: Path, root: Path = ROOT) -> list[Path]:
    """Build wheel and source archive of a commit from what git has of it; returns their paths."""
    epoch = _git(root, "show", "--no-patch", "--format=%ct", f"{commit}^{{commit}}")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch, "tree.tar")
        _git(root, "archive", "--output", str(archive), commit)
        subprocess.run(["tar", "-xf", archive, "-C", scratch], check=True)  # noqa: S607
        archive.unlink()
        # Modes in the archives follow the umask of whoever builds, unless it is the same for all.
        command = [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "-t",
            "sdist",
            "-t",
            "wheel",
            "-d",
            str(out.resolve()),
        ]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
        subprocess.run(command, cwd=scratch, env=environment, check=True, stdout=sys.stderr, umask=0o022)
    version = re.search(
        r'^version = "([^"]+)"$', _git(root, "show", f"{commit}:pyproject.toml"), re.MULTILINE
    )
    assert version is not None
    return sorted(out.glob(f"canary_harness-{version[1]}*"))


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> int:
    """Make or rebuild a release, and print the SHA-256 of its files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("version", help="such as 0.2.0; with --build a tag or a commit")
    parser.add_argument("--build", action="store_true", help="only build")
    parser.add_argument("--out", type=Path, default=DIST, help="where the files go (dist)")
    given = parser.parse_args()
    try:
        tag = given.version if given.build else make(given.version, f"{datetime.now(UTC):%Y-%m-%d}")
        files = build(tag, given.out)
    except ReleaseError as error:
        sys.stderr.write(f"error: {error}\n")
        return _BAD_USAGE
    for path in files:
        sys.stdout.write(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}\n")
    if not given.build:
        sys.stdout.write(f"now: git push origin HEAD {tag}, and upload the files\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
