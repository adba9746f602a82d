"""XML elements, and the properties of a result that all XML formats need."""

from __future__ import annotations

import importlib.metadata
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ocrkit.exporters._numbers import format_decimal
from ocrkit.result import Line, PageResult, Trace, Word, join_words

Attributes: TypeAlias = Mapping[str, str | int | None]
"""Attributes of an element. Those with the value None are left out."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

# ── elements ──

_SPACES = re.compile("[\x0b\x0c\x1c-\x1f]")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def escape(text: str) -> str:
    """Escape text for content and attributes, and remove characters that XML 1.0 does not allow.

    Line breaks become references, so that attributes keep them and indentation does not change them.
    """
    return _NOT_IN_XML.sub("", _SPACES.sub(" ", text)).translate(_REFERENCES)


def start_tag(name: str, attributes: Attributes) -> str:
    written = [f' {key}="{escape(str(value))}"' for key, value in attributes.items() if value is not None]
    return f"<{name}{''.join(written)}>"


def element(name: str, attributes: Attributes, text: str | None = None) -> str:
    """An element that is empty or contains text."""
    tag = start_tag(name, attributes)
    return f"{tag[:-1]}/>" if text is None else f"{tag}{escape(text)}</{name}>"


def parent(name: str, attributes: Attributes, children: Sequence[str]) -> str:
    """An element that contains other elements, one per line."""
    if not children:
        return element(name, attributes)
    return f"{start_tag(name, attributes)}\n{indent(children)}\n</{name}>"


def indent(elements: Iterable[str], depth: int = 1) -> str:
    margin = "  " * depth
    return "\n".join(margin + each.replace("\n", f"\n{margin}") for each in elements)


def confidence(value: float | None) -> str | None:
    return None if value is None else format_decimal(value)


# ── text ──

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def language_tag(value: str | None) -> str | None:
    """The language tag if it is well-formed, or else None: the schemas reject other values."""
    return value if value and _TAG.fullmatch(value) else None


def is_right_to_left(text: str) -> bool:
    """Whether most letters belong to a script that is written from right to left."""
    directions = Counter(map(unicodedata.bidirectional, text))
    return directions["R"] + directions["AL"] > directions["L"]


def words_with_spaces(line: Line) -> Iterator[tuple[bool, Word]]:
    """The words of a line, each with whether the text of the line has a space before it.

    A line without words is one word, because most readers of these formats only read words. From a word on
    that is not in the text of the line, the spaces are those of `join_words`.
    """
    if not line.words:
        yield (
            False,
            Word(text=line.text, polygon=line.polygon, confidence=line.confidence, language=line.language),
        )
        return
    position, before = 0, ""
    for word in line.words:
        found = line.text.find(word.text, position) if position >= 0 else -1
        if found >= 0:
            has_space = any(character.isspace() for character in line.text[position:found])
            position = found + len(word.text)
        else:
            position = -1
            has_space = len(join_words([before, word.text])) > len(before) + len(word.text)
        yield has_space and word is not line.words[0], word
        before = word.text


# ── pages and how they were read ──


def pages_with_keys(pages: Iterable[PageResult]) -> Iterator[tuple[str, PageResult]]:
    """Each page with a key that is unique in the file: its number, and a suffix where a number repeats."""
    seen: Counter[int] = Counter()
    for page in pages:
        seen[page.number] += 1
        count = seen[page.number]
        yield (str(page.number) if count == 1 else f"{page.number}.{count}"), page


def file_name(source: str | None) -> str | None:
    """The name of the source without its folders, which are private and useless on another machine."""
    return re.split(r"[/\\]", source)[-1] if source else None


def ocrkit_version() -> str:
    return importlib.metadata.version("ocrkit")


def engine_properties(trace: Trace) -> dict[str, str]:
    """The properties of the engine that affect the text. Device and threads do not."""
    properties: dict[str, str | None] = {"backend": trace.backend}
    if engine := trace.engine:
        properties |= {
            "engine": engine.name, "version": engine.version, "model": engine.model, "runtime": engine.runtime
        }  # fmt: skip
    return {key: value for key, value in properties.items() if value}
