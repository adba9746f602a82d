"""Which endpoint a page goes to, and with what: pure. The guide to this backend shows it as a table."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ocrkit.errors import CapabilityError
from ocrkit.http import ImageLimits
from ocrkit.request import NATIVE, Request, Scene, match_language
from ocrkit.result import Handwritten

Accuracy: TypeAlias = Literal["accurate", "basic"]
Action: TypeAlias = Literal[
    "GeneralAccurateOCR", "GeneralBasicOCR", "GeneralHandwritingOCR", "RecognizeTableAccurateOCR",
    "IDCardOCR", "BankCardOCR",
]  # fmt: skip

# GeneralBasicOCR's `LanguageType`. Each of them reads English too.
LANGUAGES: Mapping[str, str] = {
    "ar": "ara", "da": "dan", "de": "ger", "en": "zh", "es": "spa", "fi": "fin", "fr": "fre", "hi": "hi",
    "hu": "hun", "it": "ita", "ja": "jap", "ko": "kor", "ms": "may", "nb": "nor", "nl": "hol", "nn": "nor",
    "no": "nor", "pt": "por", "ru": "rus", "sv": "swe", "th": "tha", "vi": "vie", "zh-Hans": "zh",
    "zh-Hant": "zh_rare",
}  # fmt: skip
_PLAIN = frozenset({"en", "zh-Hans", "zh-Hant"})
"""What all endpoints read."""
_NOT_ACCURATE = frozenset({"da"})
"""The only one that GeneralAccurateOCR does not list."""

SCENES: Mapping[Scene, Action | None] = {
    "document": None,
    "sparse": None,
    "line": None,
    "table": "RecognizeTableAccurateOCR",
    "id_card": "IDCardOCR",
    "bank_card": "BankCardOCR",
}

_MOST_BYTES = 10 * 10**6  # "10M" of base64: the smaller of its two meanings
_USUAL = ImageLimits(max_bytes=_MOST_BYTES, counted="base64")
LIMITS: Mapping[Action, ImageLimits] = {
    "GeneralAccurateOCR": _USUAL,
    "GeneralBasicOCR": _USUAL,
    "GeneralHandwritingOCR": _USUAL,
    "RecognizeTableAccurateOCR": _USUAL.model_copy(update={"max_ratio": 2.99}),
    "IDCardOCR": _USUAL,
    "BankCardOCR": _USUAL,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint and what it is told besides the picture."""

    action: Action
    parameters: Mapping[str, str | bool] = field(default_factory=dict)
    handwritten: Handwritten | None = None
    reason: str = ""

    def __str__(self) -> str:
        told = [f"{name}={value}" for name, value in self.parameters.items()]
        return " ".join((self.action, *told))

    def body(self, picture: bytes) -> dict[str, str | bool]:
        """What is sent."""
        return {"ImageBase64": base64.b64encode(picture).decode(), **self.parameters}


def choose(request: Request, accuracy: Accuracy) -> Call:
    """The call for a request. Raises `CapabilityError` for what no endpoint offers together."""
    own = SCENES[request.scene]
    if own is not None:
        _only_plain(request.languages, own)
        if request.mode == "handwritten":
            raise CapabilityError(f"{own} does not read handwriting by itself; ask for mode 'auto'")
        return Call(own, reason=f"scene '{request.scene}'")
    if request.mode == "handwritten":
        return _handwriting(request, accuracy)
    if accuracy == "basic":
        return _basic(request.languages, "accuracy = 'basic'")
    if any(tag.startswith(NATIVE) or _entry(tag) in _NOT_ACCURATE for tag in request.languages):
        return _basic(request.languages, "only this endpoint reads the language")
    return _accurate(request)


def _accurate(request: Request) -> Call:
    others = sorted({_entry(tag) for tag in request.languages} - _PLAIN)
    parameters: dict[str, str | bool] = {"ConfigID": "MulOCR" if others else "OCR"}
    reason = f"for {', '.join(others)}" if others else "for Chinese and English"
    if not others and request.mode == "printed":
        parameters["WordsType"] = "2"  # the endpoint takes this or IsWords
    elif not others:
        parameters["IsWords"] = True
    if request.scene == "line":
        parameters["EnableDetectText"] = False
    return Call("GeneralAccurateOCR", parameters, reason=reason)


def _basic(languages: Sequence[str], reason: str) -> Call:
    native = [tag.removeprefix(NATIVE) for tag in languages if tag.startswith(NATIVE)]
    names = native or list(dict.fromkeys(LANGUAGES[_entry(tag)] for tag in languages))
    if len(names) > 1 and "zh" in names and "zh-Hans" not in map(_entry, languages):
        names.remove("zh")  # that was for English, which the others read too
    if len(names) > 1:
        name = "zh_rare" if {*names} == {"zh", "zh_rare"} else "mix"
    else:
        name = names[0] if names else "auto"
    return Call("GeneralBasicOCR", {"LanguageType": name, "IsWords": True}, reason=reason)


def _handwriting(request: Request, accuracy: Accuracy) -> Call:
    action: Action = "GeneralAccurateOCR" if accuracy == "accurate" else "GeneralHandwritingOCR"
    _only_plain(request.languages, f"{action} for handwriting")
    parameters: dict[str, str | bool] = (
        {"ConfigID": "OCR", "WordsType": "1"} if accuracy == "accurate" else {"Scene": "only_hw"}
    )
    if request.scene == "line":
        parameters["EnableDetectText"] = False
    reason = f"mode 'handwritten', accuracy = '{accuracy}'"
    return Call(action, parameters, "requested", reason)


def _entry(tag: str) -> str:
    entry = match_language(tag, LANGUAGES)
    if entry is None:
        raise CapabilityError(f"Tencent does not read '{tag}'; its own name passes through as '{NATIVE}NAME'")
    return entry


def _only_plain(languages: Sequence[str], what: str) -> None:
    others = [tag for tag in languages if tag.startswith(NATIVE) or _entry(tag) not in _PLAIN]
    if others:
        raise CapabilityError(f"{what} reads Chinese and English, not {', '.join(others)}")
