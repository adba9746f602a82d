"""The request to a backend, and the capabilities of a backend.

Languages are BCP-47 tags (`en`, `zh-Hans`, `pt-BR`) everywhere outside a backend. Each backend has a table
from tags to its own names; `match_language` finds the row. `native:xyz` reaches the backend as `xyz`,
untranslated and unchecked.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, field_validator

from ocrkit.languages import NATIVE, canonical_language, match_language

Mode: TypeAlias = Literal["auto", "printed", "handwritten"]
"""How the text was written. `auto` leaves it to the backend."""

TextLayerPolicy: TypeAlias = Literal["auto", "ignore", "only"]
"""How the text layer of a PDF is used. `auto`: what can be trusted is read from it, the rest is recognized.
`ignore`: every page is recognized. `only`: nothing is recognized."""

HiddenText: TypeAlias = Literal["drop", "keep"]
"""Whether to drop or keep hidden text of a PDF, such as the invisible text of an OCR program."""

Scene: TypeAlias = Literal["document", "line", "sparse", "table", "receipt", "id_card", "bank_card"]
"""What the image shows: a page, a single line, words scattered over a photo, or a known kind of document."""

Level: TypeAlias = Literal["block", "line", "word"]
Remedy: TypeAlias = Literal["denoise", "invert", "illumination", "deskew", "upscale"]
"""A preprocessing step that `auto` may choose."""
Sharing: TypeAlias = Literal["serial", "per-instance", "shared"]


class Request(BaseModel):
    """A request to a backend, besides the page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] = ()
    """BCP-47 tags, the most likely first. Empty: the general model of the backend."""

    mode: Mode = "auto"
    scene: Scene = "document"

    @field_validator("languages")
    @classmethod
    def _canonical(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(canonical_language(tag) for tag in languages))


class Capabilities(BaseModel):
    """The capabilities of a backend, as data for validation, `ocrkit backends` and the documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: frozenset[str] | Literal["any"] = "any"
    """The BCP-47 tags of the languages that it reads."""
    modes: frozenset[Mode] = frozenset({"auto", "printed"})
    scenes: frozenset[Scene] = frozenset({"document"})
    levels: frozenset[Level] = frozenset({"line"})
    """The units that its results have positions for."""
    polygons: bool = True
    confidence: Literal["none", "line", "word"] = "line"
    doubtful_below: float | None = None
    """The confidence below which a word that no dictionary has is more often wrong than right. None: not
    measured. Steps that correct doubtful words use it."""
    reading_order: bool = False
    """It groups lines into blocks and puts them in reading order itself."""
    orientation: bool = False
    """It reads pages that are rotated by 90, 180 or 270 degrees."""
    sharing: Sharing = "per-instance"
    """`shared`: threads may use one instance at once. `per-instance`: one thread per instance.
    `serial`: one call at a time in the whole process."""
    helped_by: frozenset[Remedy] = frozenset()
    """The preprocessing steps that measurably improve its results on pages that need them. `auto` chooses
    only among these."""
    skew_tolerance: float = 0.3
    """The skew, in degrees, that costs no letters. `auto` corrects only larger skews."""
    remote: bool | None = False
    """Pages leave this machine. None, only for a class: it depends on the address in the options."""
    native: bool = False
    """Native code runs in this process: a crash there ends the process."""
    isolated: bool = False
    """It reads in a worker process of its own, because its engine may end the process that it runs in.
    ocrkit starts and watches that process."""
    killable: bool = False
    """A call that hangs is ended at its deadline."""
    max_pixels: int | None = None
    """The most pixels that a page may have. Larger pages are refused before the backend is called."""
    max_side: int | None = None
    """The most pixels that a side may have. Larger pages are refused before the backend is called."""
    max_bytes: int | None = None
    """The largest file that a backend sends; it passes this limit to `Page.encoded`."""

    @property
    def tables(self) -> Literal["own", "found", "none"]:
        """The finder of cells for the scene `table`: the backend, or ocrkit in the result of the page."""
        if "table" in self.scenes:
            return "own"
        return "found" if self.polygons and "document" in self.scenes else "none"

    def as_asked(self, request: Request) -> Request:
        """The request that the backend gets: for the whole page, if ocrkit finds the tables on it."""
        if request.scene == "table" and self.tables == "found":
            return request.model_copy(update={"scene": "document"})
        return request

    def language(self, tag: str) -> str | None:
        """The entry of `languages` that includes a tag, or None."""
        if self.languages == "any" or tag.startswith(NATIVE):
            return tag
        return match_language(tag, self.languages)

    def too_large(self, width: int, height: int) -> str | None:
        """A page that exceeds a limit, in words for an error message; None within the limits."""
        if self.max_side and max(width, height) > self.max_side:
            return f"a page of {width} × {height} pixels (limit {self.max_side} pixels per side)"
        if self.max_pixels and width * height > self.max_pixels:
            return f"a page of {width} × {height} pixels (limit {self.max_pixels:,} pixels)"
        return None

    def missing(self, request: Request) -> list[str]:
        """The parts of a request that are not offered, in words; empty if all are."""
        gaps = [f"language '{tag}'" for tag in request.languages if self.language(tag) is None]
        gaps += [f"mode '{request.mode}'"] if request.mode not in self.modes else []
        gaps += [f"scene '{request.scene}'"] if request.scene not in self.scenes else []
        return gaps
