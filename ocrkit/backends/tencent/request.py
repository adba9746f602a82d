"""The endpoint for a request, and its parameters. The guide to this backend shows the choice as a table."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ocrkit.backends.remote import Call, ImageLimits, LanguageTable
from ocrkit.backends.tencent.options import Accuracy, Action, IdCardReader
from ocrkit.errors import CapabilityError
from ocrkit.languages import NATIVE
from ocrkit.page import Encoded
from ocrkit.request import Request, Scene

# The `LanguageType` of GeneralBasicOCR. Each of them reads English too.
LANGUAGES = LanguageTable({
    "ar": "ara", "da": "dan", "de": "ger", "en": "zh", "es": "spa", "fi": "fin", "fr": "fre", "hi": "hi",
    "hu": "hun", "it": "ita", "ja": "jap", "ko": "kor", "ms": "may", "nb": "nor", "nl": "hol", "nn": "nor",
    "no": "nor", "pt": "por", "ru": "rus", "sv": "swe", "th": "tha", "vi": "vie", "zh-Hans": "zh",
    "zh-Hant": "zh_rare",
})  # fmt: skip
_EVERYWHERE = frozenset({"en", "zh-Hans", "zh-Hant"})
"""The languages of all endpoints."""
_NOT_ACCURATE = frozenset({"da"})
"""The only language that GeneralAccurateOCR does not list."""

SCENES: Mapping[Scene, Action | None] = {
    "document": None,
    "sparse": None,
    "line": None,
    "table": "RecognizeTableAccurateOCR",
    "receipt": "RecognizeGeneralInvoice",
    "id_card": "IDCardOCR",
    "bank_card": "BankCardOCR",
}

_MAX_BYTES = 10 * 10**6  # "10M" of base64, in the smaller of its two meanings
_LIMITS = ImageLimits(max_bytes=_MAX_BYTES, counted="base64")
LIMITS: Mapping[Action, ImageLimits] = {
    "GeneralAccurateOCR": _LIMITS,
    "GeneralBasicOCR": _LIMITS,
    "GeneralHandwritingOCR": _LIMITS,
    "RecognizeTableAccurateOCR": _LIMITS.model_copy(update={"max_ratio": 2.99}),
    "IDCardOCR": _LIMITS,
    "BankCardOCR": _LIMITS,
    "MLIDPassportOCR": _LIMITS,
    "RecognizeGeneralInvoice": _LIMITS.model_copy(update={"min_side": 20, "max_side": 10_000}),
}


def body(image: Encoded, call: Call[Action]) -> dict[str, Any]:
    """The request as JSON."""
    return {"ImageBase64": base64.b64encode(image.data).decode(), **call.parameters}


def choose(request: Request, accuracy: Accuracy, id_cards: IdCardReader = "IDCardOCR") -> Call[Action]:
    """The call for a request. Raises `CapabilityError` for a combination that no endpoint offers."""
    action = id_cards if request.scene == "id_card" else SCENES[request.scene]
    if action is not None:
        LANGUAGES.require(request.languages, _EVERYWHERE, action)
        if request.mode == "handwritten":
            raise CapabilityError(f"{action} has no mode for handwriting; request the mode 'auto'")
        return Call(action, reason=f"scene '{request.scene}'")
    if request.mode == "handwritten":
        return _handwriting(request, accuracy)
    if accuracy == "basic":
        return _basic(request.languages, "accuracy = 'basic'")
    if any(each.startswith(NATIVE) or LANGUAGES.tag(each) in _NOT_ACCURATE for each in request.languages):
        return _basic(request.languages, "only this endpoint reads the language")
    return _accurate(request)


def _accurate(request: Request) -> Call[Action]:
    others = sorted({LANGUAGES.tag(each) for each in request.languages} - _EVERYWHERE)
    parameters: dict[str, Any] = {"ConfigID": "MulOCR" if others else "OCR"}
    reason = f"for {', '.join(others)}" if others else "for Chinese and English"
    if not others and request.mode == "printed":
        parameters["WordsType"] = "2"  # the endpoint accepts either this or IsWords
    elif not others:
        parameters["IsWords"] = True
    if request.scene == "line":
        parameters["EnableDetectText"] = False
    return Call("GeneralAccurateOCR", parameters, reason=reason)


def _basic(languages: Sequence[str], reason: str) -> Call[Action]:
    native = [each.removeprefix(NATIVE) for each in languages if each.startswith(NATIVE)]
    names = native or list(dict.fromkeys(map(LANGUAGES.name, languages)))
    if not native and len(names) > 1 and "zh" in names and "zh-Hans" not in map(LANGUAGES.tag, languages):
        names.remove("zh")  # it stood for English, which the others read too
    if len(names) > 1:
        name = "zh_rare" if {*names} == {"zh", "zh_rare"} else "mix"
    else:
        name = names[0] if names else "auto"
    return Call("GeneralBasicOCR", {"LanguageType": name, "IsWords": True}, reason=reason)


def _handwriting(request: Request, accuracy: Accuracy) -> Call[Action]:
    action: Action = "GeneralAccurateOCR" if accuracy == "accurate" else "GeneralHandwritingOCR"
    LANGUAGES.require(request.languages, _EVERYWHERE, f"{action} for handwriting")
    parameters: dict[str, Any] = (
        {"ConfigID": "OCR", "WordsType": "1"} if accuracy == "accurate" else {"Scene": "only_hw"}
    )
    if request.scene == "line":
        parameters["EnableDetectText"] = False
    reason = f"mode 'handwritten', accuracy = '{accuracy}'"
    return Call(action, parameters, reason, handwritten="requested")
