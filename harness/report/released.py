"""What a run was about: the release that its record names, for every view of it."""

from collections.abc import Mapping
from typing import Any, Final

from harness.report.wording import cut

_KEYS: Final = ("version", "commit", "image", "url")


def release_of(run: Mapping[str, Any]) -> dict[str, str]:
    """Return what `run.json` says of the release: version, commit, image, url, as far as it is known."""
    said = run.get("release")
    known = said if isinstance(said, Mapping) else {}
    return {key: known[key] for key in _KEYS if isinstance(known.get(key), str) and known[key]}


def release_text(release: Mapping[str, str]) -> str:
    """Return the release as one line, such as `v2.3.1, commit 1f3c9e0`; empty if nothing is known of it."""
    named = (cut(text) if key == "version" else f"{key} {cut(text)}" for key, text in release.items())
    return ", ".join(named)
