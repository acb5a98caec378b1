"""A page as text, a line per heading, paragraph, row or picture: what a person reads, without coordinates."""

from html.parser import HTMLParser

_BLOCKS = frozenset(
    [
        "h1",
        "h2",
        "h3",
        "p",
        "li",
        "tr",
        "dt",
        "dd",
        "caption",
        "figcaption",
        "pre",
        "summary",
        "label",
        "title",
        "footer",
        "section",
        "div",
        "header",
        "nav",
        "table",
        "ol",
        "ul",
        "dl",
        "figure",
        "textarea",
    ]
)
_NAMED = {"h1": "# ", "h2": "## ", "h3": "### ", "tr": "| ", "li": "- ", "figcaption": "[picture] "}
_UNREAD = {"style", "script"}


class Outline(HTMLParser):
    """Collects the lines of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._text = ""
        self._mark = ""
        self._skipping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD or tag == "svg":
            if tag == "svg" and ("class", "plot") not in attrs:
                self._text += f" ({dict(attrs).get('aria-label')})"
            self._skipping.append(tag)
        if tag in _BLOCKS and not self._skipping:
            self._end()
            self._mark = _NAMED.get(tag, "")
        elif tag in {"td", "th"}:
            self._text += " · "

    def handle_endtag(self, tag: str) -> None:
        if self._skipping and tag == self._skipping[-1]:
            self._skipping.pop()
        elif tag in _BLOCKS and not self._skipping:
            self._end()

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._text += data

    def _end(self) -> None:
        text = " ".join(self._text.split()).removeprefix("· ")
        if text:
            self.lines.append(f"{self._mark}{text}")
        self._text = self._mark = ""


def outline(page: str) -> str:
    """Return the lines of a page as one text."""
    reader = Outline()
    reader.feed(page)
    reader.close()
    return "\n".join(reader.lines) + "\n"
