"""`--show-corrections`: each corrected line before and after, and the reasons."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ocrkit.cli._terminal import printable
from ocrkit.document import Document
from ocrkit.result import Block, Correction, CorrectionCandidate

if TYPE_CHECKING:
    from rich.text import Text

_REMOVED, _ADDED, _MUTED = "red", "green", "dim"


def show(title: str, document: Document) -> None:
    """Print the corrections of a document to stderr, colored on a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    pages = [(page, [row for block in page.blocks for row in _block(block)]) for page in document.pages]
    for page, rows in pages:
        if rows:
            console.print(printable(f"{title}, page {page.number}"), *rows, sep="\n")
    if not any(rows for _, rows in pages):
        console.print(Text(printable(f"{title}: nothing was corrected"), _MUTED))


def _block(block: Block) -> Iterator[Text]:
    for line in block.lines:
        if line.text != line.raw_text:
            yield from _pair(printable(line.raw_text), printable(line.text))
            for word in line.words:
                yield from map(_reason, word.corrections)
    yield from map(_reason, block.corrections)


def _pair(before: str, after: str) -> Iterator[Text]:
    """The line before and after, with the differences colored."""
    from rich.text import Text

    old, new = Text("- ", _MUTED), Text("+ ", _MUTED)
    olds, news = _tokens(before), _tokens(after)
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    for tag, first, last, to_first, to_last in matcher.get_opcodes():
        old.append("".join(olds[first:last]), "not dim" if tag == "equal" else f"not dim {_REMOVED}")
        new.append("".join(news[to_first:to_last]), "not dim" if tag == "equal" else f"not dim {_ADDED}")
    yield old
    yield new


def _tokens(text: str) -> list[str]:
    """The words of a line and the spaces between them."""
    tokens = []
    for number, word in enumerate(text.split(" ")):
        tokens += [" ", word] if number else [word]
    return tokens


def _reason(correction: Correction) -> Text:
    from rich.text import Text

    sure = "" if correction.confidence is None else f", {correction.confidence:.0%} sure"
    change = f"{correction.before or 'nothing'} → {correction.after or 'nothing'}"
    among = ", ".join(_candidate(each) for each in correction.candidates)
    remark = f"{correction.by}: {correction.reason}{sure}" + (f"; candidates: {among}" if among else "")
    return Text(printable(f"    {change}  ({remark})"), _MUTED)


def _candidate(candidate: CorrectionCandidate) -> str:
    """The text with its probability, or else its score."""
    if candidate.probability is not None:
        return f"{candidate.text} {candidate.probability:.0%}"
    return candidate.text if candidate.score is None else f"{candidate.text} {candidate.score:.1f}"
