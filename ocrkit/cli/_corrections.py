"""What was changed after reading, line by line: as it was read, as it stands, and why."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ocrkit.document import Document
from ocrkit.result import Block, Correction

if TYPE_CHECKING:
    from rich.text import Text

_REMOVED, _ADDED, _ASIDE = "red", "green", "dim"


def show(title: str, document: Document) -> None:
    """On stderr, in colour where it is a terminal that has some."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    pages = [(page, [row for block in page.blocks for row in _block(block)]) for page in document.pages]
    for page, rows in pages:
        if rows:
            console.print(f"{title}, page {page.number}", *rows, sep="\n")
    if not any(rows for _, rows in pages):
        console.print(Text(f"{title}: nothing was corrected", _ASIDE))


def _block(block: Block) -> Iterator[Text]:
    for line in block.lines:
        if line.text != line.raw_text:
            yield from _pair(line.raw_text, line.text)
            for word in line.words:
                yield from map(_reason, word.corrections)
    yield from map(_reason, block.corrections)


def _pair(before: str, after: str) -> Iterator[Text]:
    """The two lines, with what differs in colour."""
    from rich.text import Text

    old, new = Text("- ", _ASIDE), Text("+ ", _ASIDE)
    olds, news = _pieces(before), _pieces(after)
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    for tag, first, last, to_first, to_last in matcher.get_opcodes():
        old.append("".join(olds[first:last]), "not dim" if tag == "equal" else f"not dim {_REMOVED}")
        new.append("".join(news[to_first:to_last]), "not dim" if tag == "equal" else f"not dim {_ADDED}")
    yield old
    yield new


def _pieces(text: str) -> list[str]:
    """Words and the spaces between them."""
    pieces = []
    for number, word in enumerate(text.split(" ")):
        pieces += [" ", word] if number else [word]
    return pieces


def _reason(correction: Correction) -> Text:
    from rich.text import Text

    sure = "" if correction.confidence is None else f", {correction.confidence:.0%} sure"
    return Text(
        f"    {correction.before or 'nothing'} → {correction.after or 'nothing'}  "
        f"({correction.by}: {correction.reason}{sure})",
        _ASIDE,
    )
