"""The endpoint for a request, and its parameters. The guide to this backend shows the choice as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from ocrkit.backends.baidu.options import Reader, ReceiptReader
from ocrkit.backends.remote import Call, ImageLimits, LanguageTable
from ocrkit.errors import CapabilityError
from ocrkit.languages import NATIVE
from ocrkit.request import Request, Scene

Endpoint: TypeAlias = Literal[Reader, ReceiptReader, "handwriting", "table", "idcard", "bankcard"]

# The names of `language_type`.
LANGUAGES = LanguageTable({
    "ar": "ARA", "da": "DAN", "de": "GER", "el": "GRE", "en": "ENG", "es": "SPA", "fr": "FRE", "hi": "HIN",
    "hu": "HUN", "id": "IND", "it": "ITA", "ja": "JAP", "ko": "KOR", "ms": "MAL", "nl": "DUT", "pl": "POL",
    "pt": "POR", "ro": "ROM", "ru": "RUS", "sv": "SWE", "th": "THA", "tr": "TUR", "vi": "VIE",
    "zh-Hans": "CHN_ENG", "zh-Hant": "CHN_ENG",
})  # fmt: skip
_MIXED = "CHN_ENG"
_DETECTED = "auto_detect"
_EVERYWHERE = frozenset({"en", "zh-Hans", "zh-Hant"})
"""The languages of all endpoints."""
_GENERAL = frozenset({_MIXED, "ENG", "FRE", "GER", "ITA", "JAP", "KOR", "POR", "RUS", "SPA"})
"""The languages of `general` and `general_basic`."""

SCENES: Mapping[Scene, Endpoint | None] = {
    "document": None,
    "sparse": None,
    "line": None,
    "table": "table",
    "receipt": "shopping_receipt",
    "id_card": "idcard",
    "bank_card": "bankcard",
}

_TRUE = "true"  # the SDK would send a Python True as `True`, which the service does not understand
_PARAMETERS: Mapping[Endpoint, Mapping[str, str]] = {
    "accurate": {
        "detect_direction": _TRUE, "paragraph": _TRUE, "probability": _TRUE, "vertexes_location": _TRUE,
        "recognize_granularity": "small",
    },
    "accurate_basic": {"detect_direction": _TRUE, "paragraph": _TRUE, "probability": _TRUE},
    "general": {
        "detect_direction": _TRUE, "detect_language": _TRUE, "paragraph": _TRUE, "probability": _TRUE,
        "vertexes_location": _TRUE, "recognize_granularity": "small",
    },
    "general_basic": {
        "detect_direction": _TRUE, "detect_language": _TRUE, "paragraph": _TRUE, "probability": _TRUE,
    },
    "doc_analysis_office": {
        "detect_direction": _TRUE, "line_probability": _TRUE, "disp_line_poly": _TRUE,
        "layout_analysis": _TRUE,
    },
    "handwriting": {"detect_direction": _TRUE, "probability": _TRUE, "recognize_granularity": "small"},
    "table": {"cell_contents": _TRUE},
    "receipt": {"detect_direction": _TRUE, "probability": _TRUE, "recognize_granularity": "small"},
    "shopping_receipt": {"location": _TRUE, "probability": _TRUE},
    "idcard": {"detect_direction": _TRUE},
    "bankcard": {"location": _TRUE},
}  # fmt: skip
"""The parameters of every request to an endpoint; those of a `Call` depend on the request."""


def _limits(megabytes: int, max_side: int) -> ImageLimits:
    """The limits of an image: the service counts its base64 text, and "M" is taken as a million."""
    return ImageLimits(max_bytes=megabytes * 10**6, counted="form", min_side=15, max_side=max_side)


LIMITS: Mapping[Endpoint, ImageLimits] = {
    "accurate": _limits(10, 8192),
    "accurate_basic": _limits(10, 8192),
    "general": _limits(4, 4096),
    "general_basic": _limits(4, 4096),
    "doc_analysis_office": _limits(10, 8192),
    "handwriting": _limits(8, 4096),
    "table": _limits(8, 8192),
    "receipt": _limits(4, 4096),
    "shopping_receipt": _limits(8, 4096),
    "idcard": _limits(8, 8192),
    "bankcard": _limits(8, 8192),
}


def parameters(call: Call[Endpoint]) -> dict[str, str]:
    """The form without the image."""
    return {**_PARAMETERS[call.endpoint], **call.parameters}


def choose(
    request: Request, reader: Reader = "accurate", receipts: ReceiptReader = "shopping_receipt"
) -> Call[Endpoint]:
    """The call for a request. Raises `CapabilityError` for a combination that no endpoint offers."""
    endpoint = receipts if request.scene == "receipt" else SCENES[request.scene]
    if endpoint is not None:
        LANGUAGES.require(request.languages, _EVERYWHERE, endpoint)
        if request.mode == "handwritten":
            raise CapabilityError(f"{endpoint} has no mode for handwriting; request the mode 'auto'")
        return Call(endpoint, reason=f"scene '{request.scene}'")
    if request.mode == "handwritten":
        LANGUAGES.require(request.languages, _EVERYWHERE, "handwriting")
        return Call("handwriting", reason="mode 'handwritten'", handwritten="requested")
    return Call(reader, _chosen_parameters(request, reader), f"reader = '{reader}'")


def _chosen_parameters(request: Request, reader: Reader) -> dict[str, str]:
    chosen: dict[str, str] = {}
    language = _language(request.languages, reader)
    if language is not None:
        chosen["language_type"] = language
    if reader == "accurate" and request.scene == "sparse":
        chosen["multidirectional_recognize"] = _TRUE
    if reader == "doc_analysis_office" and request.mode == "auto":
        chosen["words_type"] = "handprint_mix"  # without it, only print is looked for
    return chosen


def _language(languages: Sequence[str], reader: Reader) -> str | None:
    native = [each for each in languages if each.startswith(NATIVE)]
    if native and len(languages) > 1:
        raise CapabilityError(f"the service takes one language_type; request '{native[0]}' alone")
    names = list(dict.fromkeys(map(LANGUAGES.name, languages)))
    if set(names) == {_MIXED, "ENG"}:
        names = [_MIXED]
    if reader in ("general", "general_basic") and not native:
        others = sorted(set(names) - _GENERAL)
        if others or len(names) > 1:
            what = f"not {', '.join(others)}" if others else f"one language at a time, not {len(names)}"
            raise CapabilityError(f"the reader '{reader}' reads {what}; set reader to 'accurate'")
    if len(names) > 1:
        return _DETECTED
    return names[0] if names else None
