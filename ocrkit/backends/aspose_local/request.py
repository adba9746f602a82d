"""The call of the engine for a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ocrkit.backends.aspose_local.languages import choose_language
from ocrkit.backends.aspose_local.options import Areas, AsposeLocalOptions
from ocrkit.errors import CapabilityError
from ocrkit.languages import NATIVE
from ocrkit.request import Request, Scene

Method: TypeAlias = Literal[
    "recognize", "recognize_handwritten_text", "recognize_tables", "recognize_receipt", "recognize_invoice",
    "recognize_id_card", "recognize_passport", "recognize_car_plate",
]  # fmt: skip
SCENES: tuple[Scene, ...] = ("document", "line", "sparse", "table", "receipt", "id_card")
AREAS: Mapping[Areas, str] = {
    "universal": "UNIVERSAL",
    "lean": "LEAN",
    "multicolumn": "MULTICOLUMN",
    "table": "TABLE",
    "curved_text": "CURVED_TEXT",
    "formula": "FORMULA",
    "layout": "DOCUMENT_LAYOUT",
}
"""The engine's `DetectAreasMode`."""


@dataclass(frozen=True)
class EngineCall:
    """A method of the engine and its settings."""

    method: Method
    language: str | None = None
    """A name in the engine's `Language`."""
    areas: str | None = None
    """A name in its `DetectAreasMode`; None where the method takes none."""
    single_line: bool = False
    tag: str | None = None
    """The one language of the request, for the result."""
    handwritten: Literal["requested"] | None = None
    warnings: tuple[str, ...] = ()


def choose(request: Request, options: AsposeLocalOptions) -> EngineCall:
    """The call for a request. Raises `CapabilityError` for a combination that the engine does not offer."""
    method = _method(request, options)
    if method == "recognize_handwritten_text":
        return _handwriting(request)
    choice = choose_language(request.languages)
    warnings: tuple[str, ...] = ()
    if choice.left_out:
        first = request.languages[0]
        left_out = ", ".join(choice.left_out)
        warnings = (
            f"the engine reads languages of one script at a time: read as '{first}' without {left_out}",
        )
    return EngineCall(
        method,
        choice.name,
        AREAS[options.areas] if method == "recognize" else None,
        single_line=request.scene == "line",
        tag=_only(request),
        warnings=warnings,
    )


def _method(request: Request, options: AsposeLocalOptions) -> Method:
    if request.mode == "handwritten":
        if request.scene != "document":
            raise CapabilityError(
                f"reads handwriting only in the scene 'document', not in '{request.scene}'; request that "
                "scene, or the mode 'printed'"
            )
        return "recognize_handwritten_text"
    by_scene: dict[Scene, Method] = {
        "table": "recognize_tables",
        "receipt": "recognize_invoice" if options.receipts == "invoice" else "recognize_receipt",
        "id_card": "recognize_passport" if options.id_cards == "passport" else "recognize_id_card",
        "sparse": "recognize_car_plate" if options.photos == "car_plate" else "recognize",
    }
    return by_scene.get(request.scene, "recognize")


def _handwriting(request: Request) -> EngineCall:
    """The method has no settings, so a language is only noted."""
    warnings: tuple[str, ...] = ()
    if request.languages:
        warnings = ("the engine has no language setting for handwriting",)
    return EngineCall(
        "recognize_handwritten_text", tag=_only(request), handwritten="requested", warnings=warnings
    )


def _only(request: Request) -> str | None:
    languages = request.languages
    return languages[0] if len(languages) == 1 and not languages[0].startswith(NATIVE) else None
