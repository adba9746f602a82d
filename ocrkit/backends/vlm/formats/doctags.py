"""DocTags: a tag for each block, with its place in `<loc_…>` tokens."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from ocrkit.backends.vlm.formats.inline import CHECKED, UNCHECKED
from ocrkit.backends.vlm.formats.labels import kind_of
from ocrkit.backends.vlm.formats.latex import formula_source
from ocrkit.backends.vlm.formats.otsl import has_otsl, otsl_cells
from ocrkit.backends.vlm.formats.pieces import Piece, Reply

_BLOCK = re.compile(
    r"<(text|paragraph|title|section_header_level_\d|caption|page_header|page_footer|footnote|list_item|formula|code|"
    r"picture|chart|otsl|table|checkbox_selected|checkbox_unselected|form|key_value_region)>"
)
_LOC = re.compile(r"<loc_(\d{1,4})>")
_TAG = re.compile(r"</?[a-z_][a-z_0-9]*>|<\|[^<>|]*\|>")
_CAPTION = re.compile(r"<caption>(.*?)(?:</caption>|\Z)", re.DOTALL)
_MARKS = {"checkbox_selected": CHECKED, "checkbox_unselected": UNCHECKED}


def parse_doctags(text: str) -> Reply:
    """The blocks of a page in DocTags. A block whose tag is not closed ends where the next one begins."""
    pieces = [piece for tag, inner in _blocks(text) for piece in _pieces(tag, inner)]
    if not pieces and (rest := _clean(text)):
        return Reply((Piece(rest),), warnings=("the answer has no DocTags and was read as text",))
    return Reply(tuple(piece for piece in pieces if not piece.is_empty))


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while found := _BLOCK.search(text, position):
        tag, start = found[1], found.end()
        end = text.find(f"</{tag}>", start)
        following = _BLOCK.search(text, start)
        is_open = end < 0 or (following is not None and following.start() < end and tag not in _CONTAINERS)
        if is_open:
            position = following.start() if following else len(text)
            yield tag, text[start:position]
        else:
            yield tag, text[start:end]
            position = end + len(tag) + 3


_CONTAINERS = frozenset({"otsl", "table", "picture", "chart", "form", "key_value_region"})


def _pieces(tag: str, inner: str) -> Iterator[Piece]:
    if tag in ("form", "key_value_region"):
        for each, content in _blocks(inner):
            yield from _pieces(each, content)
        return
    captions = _CAPTION.findall(inner) if tag in _CONTAINERS else []
    for caption in captions:
        yield Piece(_clean(caption), "caption", numbers=_numbers(caption))
    body = _CAPTION.sub("", inner) if captions else inner
    numbers = _numbers(body)
    if tag in _CONTAINERS and has_otsl(body):
        yield Piece(kind="table", cells=otsl_cells(_LOC.sub("", body)), numbers=numbers)
    elif tag == "formula":
        yield Piece(kind="formula", latex=formula_source(_clean(body)), numbers=numbers)
    elif tag in ("picture", "chart"):
        yield Piece(kind="picture", numbers=numbers)
    else:
        kind, level = kind_of(tag)
        mark = f"{_MARKS[tag]} " if tag in _MARKS else ""
        yield Piece(mark + _clean(body), kind, level, numbers)


def _numbers(text: str) -> tuple[float, ...]:
    found = _LOC.findall(text)[:4]
    return tuple(map(float, found)) if len(found) == 4 else ()


def _clean(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).strip()
