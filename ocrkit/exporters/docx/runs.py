"""Runs: text with its language, direction and font."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

from ocrkit.exporters import _xml as xml

_Script: TypeAlias = Literal["default", "east asian", "right to left"]


class _EastAsian(NamedTuple):
    """Word's tag of a language, and a font for it that Word has on every system."""

    tag: str
    font: str


_EAST_ASIAN = {
    "zh-Hans": _EastAsian("zh-CN", "Microsoft YaHei"),
    "zh-Hant": _EastAsian("zh-TW", "Microsoft JhengHei"),
    "ja": _EastAsian("ja-JP", "Yu Gothic"),
    "ko": _EastAsian("ko-KR", "Malgun Gothic"),
}
_OTHER_SCRIPTS = frozenset("zh ja ko ar arc ckb dv fa he ps sd syr ug ur yi".split())
"""Languages in other scripts: Latin letters in their text belong to another, unknown language."""


def runs(text: str, language: str | None) -> Iterator[str]:
    """The runs of a text, one for each script, because Word chooses the font by run."""
    for script, characters in groupby(_scripts(text), key=lambda item: item[0]):
        part = "".join(character for _, character in characters)
        properties = _properties(script, part, xml.language_tag(language))
        element = f"<w:rPr>{properties}</w:rPr>" if properties else ""
        yield f'<w:r>{element}<w:t xml:space="preserve">{xml.escape(part)}</w:t></w:r>'


def _properties(script: _Script, text: str, language: str | None) -> str:
    if script == "east asian":
        tag, font = _east_asian(text, language)
        return f'<w:rFonts w:eastAsia="{font}" w:hint="eastAsia"/><w:lang w:eastAsia="{tag}"/>'
    if script == "right to left":
        return "<w:rtl/>" + (f'<w:lang w:bidi="{language}"/>' if language else "")
    if language and language.split("-")[0] not in _OTHER_SCRIPTS:
        return f'<w:lang w:val="{language}"/>'
    return ""


def _east_asian(text: str, language: str | None) -> _EastAsian:
    """The tag and font of the language; if it is unknown or not East Asian, those of the characters."""
    for tag, east_asian in _EAST_ASIAN.items():
        if language and (language == tag or language.startswith(f"{tag}-")):
            return east_asian
    names = " ".join(unicodedata.name(character, "") for character in text)
    is_japanese = "HIRAGANA" in names or "KATAKANA" in names
    return _EAST_ASIAN["ja" if is_japanese else "ko" if "HANGUL" in names else "zh-Hans"]


def _scripts(text: str) -> Iterator[tuple[_Script, str]]:
    """Each character with its script. Spaces, digits and punctuation take the script before them."""
    known = [_script(character) for character in text]
    last: _Script = next((script for script in known if script), "default")
    for script, character in zip(known, text, strict=True):
        last = script or last
        yield last, character


def _script(character: str) -> _Script | None:
    if unicodedata.bidirectional(character) in {"R", "AL"}:
        return "right to left"
    if unicodedata.east_asian_width(character) in "WF":
        return "east asian"
    return "default" if character.isalpha() else None
