"""The words of a letter without its markup, for readers and screens that show text."""

from html.parser import HTMLParser
from textwrap import fill
from typing import NamedTuple

WIDTH = 72
PARAGRAPHS = frozenset({"p", "h1", "h2", "tr", "li", "div"})
SILENT = frozenset({"style", "h1"})
"""The heading is the subject once more."""


class Text(NamedTuple):
    title: str
    body: str


def as_text(html: str) -> Text:
    """Of the few elements that our letters are made of."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    paragraphs = [block for block in ("".join(part).strip() for part in reader.blocks) if block]
    return Text(" ".join(reader.title.split()), "\n\n".join(map(_wrapped, paragraphs)) + "\n")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.blocks: list[list[str]] = [[]]
        self._inside: list[str] = []
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.blocks[-1].append("\n")
        elif tag in ("meta", "link", "hr"):
            return
        else:
            self._inside.append(tag)
            if tag in PARAGRAPHS:
                self.blocks.append(["- "] if tag == "li" else [])
            if tag == "a":
                self._href = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass
        if tag == "a" and self._href:
            self.blocks[-1].append(f":\n{self._href}\n")
            self._href = ""
        elif tag == "th":
            self.blocks[-1].append(": ")
        elif tag in PARAGRAPHS:
            self.blocks.append([])

    def handle_data(self, data: str) -> None:
        if "title" in self._inside:
            self.title += data
        elif not SILENT & set(self._inside):
            words = " ".join(data.split())
            lead = " " if data[:1].isspace() and words else ""
            tail = " " if data[-1:].isspace() and words else ""
            self.blocks[-1].append(f"{lead}{words}{tail}")


def _wrapped(paragraph: str) -> str:
    """Addresses stay whole: a broken one leads nowhere."""
    return "\n".join(
        fill(line.strip(), WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in paragraph.split("\n")
        if line.strip()
    )
