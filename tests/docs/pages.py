"""The pages a reader can come to, and the fenced blocks in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_FENCE = re.compile(r"^ {0,3}```(\w*)\n(.*?)^ {0,3}```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: the page it stands on, its language and its text."""

    page: Path
    language: str
    text: str

    def __str__(self):
        first = self.text.strip().partition("\n")[0]
        return f"{self.page.relative_to(ROOT)}: {first[:60]}"


def blocks(*languages):
    """Return the blocks of these languages on all pages."""
    found = [
        Block(page, *match) for page in PAGES for match in _FENCE.findall(page.read_text(encoding="utf-8"))
    ]
    return [block for block in found if block.language in languages]


def spans(page):
    """Return the code spans in the sentences and tables of a page."""
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", page.read_text(encoding="utf-8")))


def links(page):
    """Return the targets of all links and images of a page."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return _LINK.findall(text)


def anchors(page):
    """Return the anchors a forge gives the headings of a page."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
