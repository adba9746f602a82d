"""Which endpoint a page goes to, and with what: pure. The guide to this backend shows it as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from ocrkit.errors import CapabilityError
from ocrkit.http import ImageLimits
from ocrkit.request import NATIVE, Request, Scene, match_language
from ocrkit.result import Handwritten

Reader: TypeAlias = Literal["accurate", "accurate_basic", "general", "general_basic", "doc_analysis_office"]
ReceiptReader: TypeAlias = Literal["shopping_receipt", "receipt"]
Endpoint: TypeAlias = Literal[Reader, ReceiptReader, "handwriting", "table", "idcard", "bankcard"]

# The names of `language_type`.
LANGUAGES: Mapping[str, str] = MappingProxyType({
    "ar": "ARA", "da": "DAN", "de": "GER", "el": "GRE", "en": "ENG", "es": "SPA", "fr": "FRE", "hi": "HIN",
    "hu": "HUN", "id": "IND", "it": "ITA", "ja": "JAP", "ko": "KOR", "ms": "MAL", "nl": "DUT", "pl": "POL",
    "pt": "POR", "ro": "ROM", "ru": "RUS", "sv": "SWE", "th": "THA", "tr": "TUR", "vi": "VIE",
    "zh-Hans": "CHN_ENG", "zh-Hant": "CHN_ENG",
})  # fmt: skip
_MIXED = "CHN_ENG"
_SEVERAL = "auto_detect"
_PLAIN = frozenset({_MIXED, "ENG"})
"""What all endpoints read."""
_GENERAL = _PLAIN | {"FRE", "GER", "ITA", "JAP", "KOR", "POR", "RUS", "SPA"}
"""What `general` and `general_basic` read."""

SCENES: Mapping[Scene, Endpoint | None] = MappingProxyType({
    "document": None,
    "sparse": None,
    "line": None,
    "table": "table",
    "receipt": "shopping_receipt",
    "id_card": "idcard",
    "bank_card": "bankcard",
})  # fmt: skip

_YES = "true"  # a Python True would be sent as `True`, which is no value of theirs
_PARAMETERS: Mapping[Endpoint, Mapping[str, str]] = MappingProxyType({
    "accurate": {
        "detect_direction": _YES, "paragraph": _YES, "probability": _YES, "vertexes_location": _YES,
        "recognize_granularity": "small",
    },
    "accurate_basic": {"detect_direction": _YES, "paragraph": _YES, "probability": _YES},
    "general": {
        "detect_direction": _YES, "detect_language": _YES, "paragraph": _YES, "probability": _YES,
        "vertexes_location": _YES, "recognize_granularity": "small",
    },
    "general_basic": {
        "detect_direction": _YES, "detect_language": _YES, "paragraph": _YES, "probability": _YES,
    },
    "doc_analysis_office": {
        "detect_direction": _YES, "line_probability": _YES, "disp_line_poly": _YES, "layout_analysis": _YES,
    },
    "handwriting": {"detect_direction": _YES, "probability": _YES, "recognize_granularity": "small"},
    "table": {"cell_contents": _YES},
    "receipt": {"detect_direction": _YES, "probability": _YES, "recognize_granularity": "small"},
    "shopping_receipt": {"location": _YES, "probability": _YES},
    "idcard": {"detect_direction": _YES},
    "bankcard": {"location": _YES},
})  # fmt: skip


def _limits(megabytes: int, max_side: int) -> ImageLimits:
    """What is counted is base64 as it stands in a form; of the two meanings of "M", the smaller one."""
    return ImageLimits(max_bytes=megabytes * 10**6, counted="form", min_side=15, max_side=max_side)


LIMITS: Mapping[Endpoint, ImageLimits] = MappingProxyType({
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
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint and what it is told besides the picture."""

    endpoint: Endpoint
    parameters: Mapping[str, str] = field(default_factory=dict)
    handwritten: Handwritten | None = None
    reason: str = ""

    def __str__(self) -> str:
        language = self.parameters.get("language_type")
        return f"{self.endpoint} language_type={language}" if language else self.endpoint


def choose(
    request: Request, reader: Reader = "accurate", receipts: ReceiptReader = "shopping_receipt"
) -> Call:
    """The call for a request. Raises `CapabilityError` for what no endpoint offers together."""
    own = receipts if request.scene == "receipt" else SCENES[request.scene]
    if own is not None:
        _only_plain(request.languages, own)
        if request.mode == "handwritten":
            raise CapabilityError(f"{own} does not read handwriting by itself; ask for mode 'auto'")
        return Call(own, _PARAMETERS[own], reason=f"scene '{request.scene}'")
    if request.mode == "handwritten":
        _only_plain(request.languages, "handwriting")
        return Call("handwriting", _PARAMETERS["handwriting"], "requested", "mode 'handwritten'")
    parameters = dict(_PARAMETERS[reader])
    language = _language(request.languages, reader)
    if language is not None:
        parameters["language_type"] = language
    if reader == "accurate" and request.scene == "sparse":
        parameters["multidirectional_recognize"] = _YES
    if reader == "doc_analysis_office" and request.mode == "auto":
        parameters["words_type"] = "handprint_mix"  # without it, print is all that is looked for
    return Call(reader, parameters, reason=f"reader = '{reader}'")


def _language(tags: Sequence[str], reader: Reader) -> str | None:
    native = [tag.removeprefix(NATIVE) for tag in tags if tag.startswith(NATIVE)]
    if native and len(tags) > 1:
        raise CapabilityError(f"'{NATIVE}{native[0]}' stands alone: the service takes one language_type")
    names = native or list(dict.fromkeys(map(_name, tags)))
    if set(names) == _PLAIN:
        names = [_MIXED]
    if reader in ("general", "general_basic") and not native:
        others = sorted(set(names) - _GENERAL)
        if others or len(names) > 1:
            what = f"not {', '.join(others)}" if others else f"one language at a time, not {len(names)}"
            raise CapabilityError(f"{reader} reads {what}; the reader 'accurate' does")
    if len(names) > 1:
        return _SEVERAL
    return names[0] if names else None


def _name(tag: str) -> str:
    entry = match_language(tag, LANGUAGES)
    if entry is None:
        raise CapabilityError(f"Baidu does not read '{tag}'; its own name passes through as '{NATIVE}NAME'")
    return LANGUAGES[entry]


def _only_plain(tags: Sequence[str], endpoint: str) -> None:
    others = [tag for tag in tags if tag.startswith(NATIVE) or _name(tag) not in _PLAIN]
    if others:
        raise CapabilityError(f"{endpoint} reads Chinese and English, not {', '.join(others)}")
