"""JSON: a list of blocks, or an object that holds one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ocrkit.backends.vlm.formats.html import numbers_in, parse_html
from ocrkit.backends.vlm.formats.labels import kind_of
from ocrkit.backends.vlm.formats.latex import formula_source
from ocrkit.backends.vlm.formats.markdown import parse_markdown
from ocrkit.backends.vlm.formats.pieces import Piece, Reply

_BOXES = ("bbox", "bbox_2d", "box_2d", "box", "bounding_box", "coordinates", "polygon", "points")
_TEXTS = ("text", "text_content", "content", "markdown", "html", "latex", "value", "transcription")
_LABELS = ("category", "kind", "label", "type", "block_type")
_LISTS = ("blocks", "elements", "layout", "layout_dets", "items", "paragraphs", "lines", "words", "pages",
          "regions", "result", "results", "text_blocks", "document")  # fmt: skip
_DEEPEST = 12


def parse_json(text: str) -> Reply:
    """The blocks of a page in JSON. An array that is cut off keeps its complete elements.

    A reply that is not JSON at all is read as Markdown, with a warning.
    """
    values = list(_values(text))
    pieces = [piece for value in values for piece in _pieces(value, 0)]
    if not values:
        return replace(parse_markdown(text), warnings=("the answer is not JSON and was read as text",))
    return Reply(tuple(piece for piece in pieces if not piece.is_empty))


def _values(text: str) -> Iterator[Any]:
    """The whole value, or each whole object in a damaged one."""
    start = min((at for at in (text.find("["), text.find("{")) if at >= 0), default=-1)
    if start < 0:
        return
    try:
        yield json.JSONDecoder(strict=False).raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        yield from _objects(text)


def _objects(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            yield value
        position = text.find("{", end)


def _pieces(value: Any, depth: int) -> Iterator[Piece]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from parse_markdown(value).pieces
    elif isinstance(value, list):
        for each in value:
            yield from _pieces(each, depth + 1)
    elif isinstance(value, dict):
        inner = next((value[name] for name in _LISTS if isinstance(value.get(name), (list, dict))), None)
        own = next((value[name] for name in _TEXTS if isinstance(value.get(name), str)), None)
        if inner is not None and own is None:
            yield from _pieces(inner, depth + 1)
        else:
            yield from _element(value, own or "")


def _element(value: dict[str, Any], text: str) -> Iterator[Piece]:
    label = next((value[name] for name in _LABELS if isinstance(value.get(name), str)), "")
    kind, level = kind_of(label)
    numbers = next((_numbers(value[name]) for name in _BOXES if name in value), ())
    given = value.get("level")
    if kind == "heading" and isinstance(given, int) and 1 <= given <= 6:
        level = given
    if kind == "formula":
        yield Piece(kind=kind, latex=formula_source(text), numbers=numbers)
        return
    inner = parse_html(text) if text.lstrip().startswith("<") and kind != "text" else parse_markdown(text)
    found = [replace(piece, numbers=numbers) for piece in inner.pieces]
    if kind in ("picture", "signature") and not found:
        found = [Piece(kind=kind, numbers=numbers)]
    for piece in found:
        own = piece.kind in ("text", "list") and kind not in ("text", "table")
        yield replace(piece, kind=kind, level=level or piece.level) if own or piece.kind == kind else piece


def _numbers(value: Any) -> tuple[float, ...]:
    """Coordinates as a list, a list of points, an object or a text."""
    if isinstance(value, str):
        return numbers_in(value)
    if isinstance(value, dict):
        names = (
            ("x1", "y1", "x2", "y2"),
            ("left", "top", "right", "bottom"),
            ("xmin", "ymin", "xmax", "ymax"),
        )
        value = next(([value[n] for n in four] for four in names if all(n in value for n in four)), [])
    if not isinstance(value, list):
        return ()
    flat = [number for each in value[:8] for number in (each[:4] if isinstance(each, list) else [each])]
    numbers = tuple(
        float(each)
        for each in flat
        if isinstance(each, (int, float)) and not isinstance(each, bool) and abs(each) < 1e7
    )
    return numbers if len(numbers) == len(flat) and len(numbers) in (4, 8) else ()
