"""Text with its language, its direction and its fonts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

from ocrkit.exporters import _xml as xml

_Kind: TypeAlias = Literal["plain", "east", "backwards"]


class _Eastern(NamedTuple):
    """How Word calls a language, and the font that it has for it on every system."""

    tag: str
    font: str


_EASTERN = {
    "zh-Hans": _Eastern("zh-CN", "Microsoft YaHei"),
    "zh-Hant": _Eastern("zh-TW", "Microsoft JhengHei"),
    "ja": _Eastern("ja-JP", "Yu Gothic"),
    "ko": _Eastern("ko-KR", "Malgun Gothic"),
}
_OTHERS = frozenset("zh ja ko ar arc ckb dv fa he ps sd syr ug ur yi".split())
"""Languages that no letters from left to right belong to: what there is of them is in another language."""


def runs(text: str, language: str | None) -> Iterator[str]:
    """The runs of a text: a new one where the script changes, or Word shows it in the wrong font."""
    for kind, letters in groupby(_kinds(text), key=lambda each: each[0]):
        part = "".join(character for _, character in letters)
        properties = _properties(kind, part, xml.language(language))
        held = f"<w:rPr>{properties}</w:rPr>" if properties else ""
        yield f'<w:r>{held}<w:t xml:space="preserve">{xml.escaped(part)}</w:t></w:r>'


def _properties(kind: _Kind, text: str, language: str | None) -> str:
    if kind == "east":
        tag, font = _eastern(text, language)
        return f'<w:rFonts w:eastAsia="{font}" w:hint="eastAsia"/><w:lang w:eastAsia="{tag}"/>'
    if kind == "backwards":
        tagged = f'<w:lang w:bidi="{language}"/>' if language else ""
        return f"<w:rtl/>{tagged}"
    return f'<w:lang w:val="{language}"/>' if language and language.split("-")[0] not in _OTHERS else ""


def _eastern(text: str, language: str | None) -> _Eastern:
    """That of the language; where it is not known, or is none of these, of the letters."""
    known = next((each for tag, each in _EASTERN.items() if language and _is(language, tag)), None)
    if known:
        return known
    names = " ".join(unicodedata.name(character, "") for character in text)
    is_japanese = "HIRAGANA" in names or "KATAKANA" in names
    return _EASTERN["ja" if is_japanese else "ko" if "HANGUL" in names else "zh-Hans"]


def _is(language: str, tag: str) -> bool:
    return language == tag or language.startswith(f"{tag}-")


def _kinds(text: str) -> Iterator[tuple[_Kind, str]]:
    """Each character with its kind. What belongs to no script goes with what stands before it."""
    known = [_kind(character) for character in text]
    last: _Kind = next((kind for kind in known if kind), "plain")
    for kind, character in zip(known, text, strict=True):
        last = kind or last
        yield last, character


def _kind(character: str) -> _Kind | None:
    if unicodedata.bidirectional(character) in {"R", "AL"}:
        return "backwards"
    if unicodedata.east_asian_width(character) in "WF":
        return "east"
    return "plain" if character.isalpha() else None
