"""Special tokens that give a label and a box before or after each block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ocrkit.backends.vlm.formats.html import numbers_in
from ocrkit.backends.vlm.formats.labels import kind_of
from ocrkit.backends.vlm.formats.markdown import parse_markdown
from ocrkit.backends.vlm.formats.pieces import Piece, Reply

_NUMBERS = r"[\[(]{0,2}\s*-?\d[\d\s.,\-\[\]()]*"
_MARK = re.compile(
    rf"<\|ref\|>(?P<ref>[^<]*)<\|/ref\|>\s*<\|det\|>(?P<ref_box>{_NUMBERS})<\|/det\|>"
    rf"|<\|det\|>\s*(?P<det>[a-zA-Z_ ]+?)\s*(?P<det_box>{_NUMBERS})<\|/det\|>"
    rf"|<\|box_start\|>(?P<box>{_NUMBERS})<\|box_end\|>\s*<\|ref_start\|>(?P<type>[^<]*)<\|ref_end\|>"
    r"(?:\s*<\|rotate_(?:up|right|down|left)\|>)?"
    r"|^(?P<bare>[a-z][a-z_ ]{2,20})(?P<bare_box>\[\[\s*\d[\d\s.,]*\]\])[ \t]*$",
    re.MULTILINE,
)
_SPECIAL = re.compile(r"<\|[^<>|\n]{1,40}\|>")
_SPOT = re.compile(
    r"(?P<text>[^\n]*?)(?:<\|LOC_BEGIN\|>)?(?P<places>(?:<\|LOC_\d{1,4}\|>){8})(?:<\|LOC_END\|>)?"
)
_TUPLE = re.compile(
    r"^[ \t]*\((?P<box>\d{1,4}(?:\s*,\s*\d{1,4}){3})\s*,\s*(?P<text>[^\n]*)\)[ \t]*,?$"
    r"|^(?P<before>[^\n]*?)\((?P<start>\d{1,4}\s*,\s*\d{1,4})\),?\s*"
    r"\((?P<end>\d{1,4}\s*,\s*\d{1,4})\)[ \t]*$",
    re.MULTILINE,
)
_LOC = re.compile(r"<\|LOC_(\d{1,4})\|>")


def parse_grounding(text: str) -> Reply:
    """Markdown in which a label and a box stand before each block, or corners after each line."""
    if _LOC.search(text):
        return Reply(tuple(piece for piece in _spots(text) if not piece.is_empty))
    marks = list(_MARK.finditer(text))
    if not marks and _TUPLE.search(text):
        return Reply(tuple(piece for piece in _tuples(text) if not piece.is_empty))
    pieces = list(parse_markdown(_SPECIAL.sub("", text[: marks[0].start() if marks else len(text)])).pieces)
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        pieces += _block(mark, _SPECIAL.sub("", text[mark.end() : end]))
    return Reply(tuple(piece for piece in pieces if not piece.is_empty))


def _block(mark: re.Match[str], text: str) -> Iterator[Piece]:
    label = next((mark[name] for name in ("ref", "det", "type", "bare") if mark[name]), "")
    box = next((mark[name] for name in ("ref_box", "det_box", "box", "bare_box") if mark[name]), "")
    kind, level = kind_of(label)
    numbers = numbers_in(box)
    inner = parse_markdown(text).pieces
    if not inner and kind == "text" and label.strip().lower() not in ("text", "paragraph"):
        inner = (Piece(label.strip()),)  # "locate": the reference is the text itself
    if kind in ("picture", "signature"):
        yield Piece(kind=kind, numbers=numbers)
    for piece in inner:
        is_own = piece.kind in ("text", "list") and kind not in ("text", "table", "picture")
        placed = replace(piece, numbers=() if kind == "picture" else numbers)
        yield replace(placed, kind=kind, level=piece.level or level) if is_own else placed


def _spots(text: str) -> Iterator[Piece]:
    position = 0
    for found in _SPOT.finditer(text):
        yield Piece(
            _SPECIAL.sub("", found["text"]).strip(), numbers=tuple(map(float, _LOC.findall(found["places"])))
        )
        position = found.end()
    yield Piece(_SPECIAL.sub("", text[position:]).strip())


def _tuples(text: str) -> Iterator[Piece]:
    """Lines such as `(x1, y1, x2, y2, text)` or `text(x1,y1),(x2,y2)`."""
    position = 0
    for found in _TUPLE.finditer(text):
        yield Piece(_SPECIAL.sub("", text[position : found.start()]).strip())
        box = found["box"] or f"{found['start']},{found['end']}"
        words = found["text"] if found["box"] else found["before"]
        yield Piece(_SPECIAL.sub("", words).strip().strip("'\""), numbers=numbers_in(box))
        position = found.end()
    yield Piece(_SPECIAL.sub("", text[position:]).strip())
