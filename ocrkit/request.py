"""What is asked of a backend, and what a backend can answer.

Languages are BCP-47 tags (`en`, `zh-Hans`, `pt-BR`) everywhere outside a backend. Each backend holds the
table from tags to its own names; `match_language` finds the row. `native:xyz` is the escape hatch: it
reaches the backend as `xyz`, untranslated and unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, field_validator

from ocrkit.errors import ConfigError

Mode: TypeAlias = Literal["auto", "printed", "handwritten"]
"""How the text was written. `auto` leaves it to the backend."""

Scene: TypeAlias = Literal["document", "line", "sparse", "table", "receipt", "id_card", "bank_card"]
"""What is on the picture: a page, one single line, words scattered over a photo, or a known kind of paper."""

Level: TypeAlias = Literal["block", "line", "word"]
Remedy: TypeAlias = Literal["denoise", "invert", "illumination", "deskew", "upscale"]
"""A preprocessing step that `auto` may take."""
Sharing: TypeAlias = Literal["serial", "per-instance", "shared"]

NATIVE = "native:"

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_SCRIPT_OF_REGION = {
    "CN": "Hans", "SG": "Hans", "MY": "Hans", "TW": "Hant", "HK": "Hant", "MO": "Hant",
}  # fmt: skip


class Request(BaseModel):
    """What is asked of a backend, besides the page itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] = ()
    """BCP-47 tags, the most likely first. Empty: the backend's own general model."""

    mode: Mode = "auto"
    scene: Scene = "document"

    @field_validator("languages")
    @classmethod
    def _canonical(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(canonical_language(tag) for tag in languages))


class Capabilities(BaseModel):
    """What a backend offers: data for validation, for `ocrkit backends` and for the documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: frozenset[str] | Literal["any"] = "any"
    """The BCP-47 tags it reads."""
    modes: frozenset[Mode] = frozenset({"auto", "printed"})
    scenes: frozenset[Scene] = frozenset({"document"})
    levels: frozenset[Level] = frozenset({"line"})
    """The smallest pieces it tells apart, and all that it tells apart."""
    polygons: bool = True
    confidence: Literal["none", "line", "word"] = "line"
    reading_order: bool = False
    """It groups lines into blocks and puts them in reading order itself."""
    orientation: bool = False
    """It reads pages that lie on their side or stand on their head."""
    sharing: Sharing = "per-instance"
    """`shared`: threads may use one instance at once. `per-instance`: one instance a thread.
    `serial`: one call at a time in the whole process."""
    helped_by: frozenset[Remedy] = frozenset()
    """The steps after which it reads pages better that need them, as was measured; `auto` takes no others."""
    skew_tolerance: float = 0.3
    """How far lines may be turned, in degrees, before that costs letters; `auto` lets less than that be."""
    remote: bool = False
    """The page leaves this machine."""
    native: bool = False
    """Foreign machine code runs inside this process: a crash there takes the process with it."""
    killable: bool = False
    """A call that hangs is ended at its deadline."""
    max_pixels: int | None = None
    """The most pixels a page may have; larger ones are refused before the backend is asked."""
    max_side: int | None = None
    """The most pixels a side may have, likewise."""
    max_bytes: int | None = None
    """The largest file it takes, for backends that send files: what they hand to `Page.encoded`."""

    @property
    def tables(self) -> Literal["own", "found", "none"]:
        """Who tells the cells of the scene `table`: the backend, or ocrkit on the page that it has read."""
        if "table" in self.scenes:
            return "own"
        return "found" if self.polygons and "document" in self.scenes else "none"

    def as_asked(self, request: Request) -> Request:
        """A request as the backend is asked: for the whole page, where ocrkit finds the tables on it."""
        if request.scene == "table" and self.tables == "found":
            return request.model_copy(update={"scene": "document"})
        return request

    def language(self, tag: str) -> str | None:
        """The entry of `languages` that covers a tag, or None."""
        if self.languages == "any" or tag.startswith(NATIVE):
            return tag
        return match_language(tag, self.languages)

    def too_large(self, width: int, height: int) -> str | None:
        """Why a page of this size is not taken, in words, or None."""
        if self.max_side and max(width, height) > self.max_side:
            return f"{width} × {height} pixels, of which {self.max_side} a side are the limit"
        if self.max_pixels and width * height > self.max_pixels:
            return f"{width} × {height} pixels, of which {self.max_pixels} are the limit"
        return None

    def missing(self, request: Request) -> list[str]:
        """What of a request is not offered, in words; empty when all of it is."""
        gaps = [f"language '{tag}'" for tag in request.languages if self.language(tag) is None]
        gaps += [f"mode '{request.mode}'"] if request.mode not in self.modes else []
        gaps += [f"scene '{request.scene}'"] if request.scene not in self.scenes else []
        return gaps


def canonical_language(tag: str) -> str:
    """A tag in the usual spelling (`ZH-hans` → `zh-Hans`); raises `ConfigError` if it is none.

    Chinese gets its script from the region (`zh-TW` → `zh-Hant`) or, without one, the simplified script:
    what matters for reading is the script.
    """
    if tag.startswith(NATIVE):
        return tag
    text = tag.strip().replace("_", "-")
    if not _TAG.fullmatch(text):
        raise ConfigError(
            f"'{tag}' is not a language tag. Use BCP-47, for example 'en', 'de', 'zh-Hans' or 'pt-BR'; "
            f"'{NATIVE}NAME' passes a backend's own name through."
        )
    first, *rest = text.split("-")
    if len(first) == 3 and not rest and first.lower() in _THREE_LETTERS:
        first = _THREE_LETTERS[first.lower()]
    parts = [first.lower()]
    for part in rest:
        if len(part) == 4 and part.isalpha():
            parts.append(part.title())
        elif len(part) == 2 and part.isalpha():
            parts.append(part.upper())
        else:
            parts.append(part.lower())
    if parts[0] == "zh" and not any(len(part) == 4 for part in parts[1:]):
        scripts = [_SCRIPT_OF_REGION[part] for part in parts[1:] if part in _SCRIPT_OF_REGION]
        parts = ["zh", scripts[0] if scripts else "Hans"]
    return "-".join(parts)


# People know the three-letter codes from Tesseract and from libraries; the tag is the two-letter one.
_THREE_LETTERS = {
    "ara": "ar", "ces": "cs", "chi": "zh", "dan": "da", "deu": "de", "ell": "el", "eng": "en", "fin": "fi",
    "fra": "fr", "ger": "de", "heb": "he", "hin": "hi", "hun": "hu", "ita": "it", "jpn": "ja", "kor": "ko",
    "nld": "nl", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru", "spa": "es", "swe": "sv",
    "tha": "th", "tur": "tr", "ukr": "uk", "vie": "vi", "zho": "zh",
}  # fmt: skip


def match_language(tag: str, offered: Iterable[str]) -> str | None:
    """The offered tag that covers a wanted one: itself, or the next more general (`pt-BR` → `pt`).

    A script is never given up: nobody who asks for `sr-Latn` is served by Cyrillic.
    """
    names = {name.lower(): name for name in offered}
    parts = canonical_language(tag).split("-")
    while parts:
        found = names.get("-".join(parts).lower())
        if found:
            return found
        if len(parts[-1]) == 4 and parts[-1].isalpha():
            return None
        parts.pop()
    return None
