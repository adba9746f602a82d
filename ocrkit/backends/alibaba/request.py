"""The endpoint for a request, and its parameters. The guide to this backend shows the choice as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from ocrkit.backends.alibaba.options import Accuracy, IdCardReader, ReceiptReader
from ocrkit.backends.remote import Call, ImageLimits, LanguageTable
from ocrkit.errors import CapabilityError
from ocrkit.request import Request, Scene

Action: TypeAlias = Literal[
    "RecognizeAdvanced", "RecognizeGeneral", "RecognizeMultiLanguage", "RecognizeHandwriting",
    "RecognizeTableOcr", "RecognizeBankCard", IdCardReader, ReceiptReader,
]  # fmt: skip

# The names of RecognizeMultiLanguage. `lading` is the vendor's spelling of Latin, one model for all of them.
LANGUAGES = LanguageTable({
    **dict.fromkeys(("da", "de", "es", "fi", "fr", "it", "nb", "nl", "nn", "no", "pt", "sv"), "lading"),
    "en": "eng", "id": "idn", "ja": "ja", "ko": "kor", "ms": "mys", "ru": "rus", "th": "tai", "uk": "ukr",
    "vi": "viet", "zh-Hans": "chn", "zh-Hant": "chn",
})  # fmt: skip
_EVERYWHERE = frozenset({"en", "zh-Hans", "zh-Hant"})
"""The languages of all endpoints."""

SCENES: Mapping[Scene, Action | None] = {
    "document": None,
    "sparse": None,
    "line": None,
    "table": "RecognizeTableOcr",
    "receipt": "RecognizeShoppingReceipt",
    "id_card": "RecognizeIdcard",
    "bank_card": "RecognizeBankCard",
}

LIMITS = ImageLimits(max_bytes=10_000_000, min_side=16, max_side=8191, max_ratio=49)


def choose(
    request: Request,
    accuracy: Accuracy,
    id_cards: IdCardReader = "RecognizeIdcard",
    receipts: ReceiptReader = "RecognizeShoppingReceipt",
) -> Call[Action]:
    """The call for a request, its parameters in the SDK's names.

    Raises:
        CapabilityError: no endpoint offers the combination.
    """
    action = SCENES[request.scene]
    if request.scene == "id_card":
        action = id_cards
    elif request.scene == "receipt":
        action = receipts
    if action is not None:
        LANGUAGES.require(request.languages, _EVERYWHERE, action)
        return _for_scene(action, request)
    parameters: dict[str, Any] = {"need_rotate": True, "output_char_info": True}
    if request.mode == "handwritten":
        LANGUAGES.require(request.languages, _EVERYWHERE, "RecognizeHandwriting")
        parameters["paragraph"] = True
        return Call("RecognizeHandwriting", parameters, "mode 'handwritten'", handwritten="requested")
    others = LANGUAGES.others(request.languages, _EVERYWHERE)
    if others:
        names = list(dict.fromkeys(map(LANGUAGES.name, request.languages)))
        parameters = {"languages": names, **parameters}
        return Call("RecognizeMultiLanguage", parameters, f"for {', '.join(others)}")
    if accuracy == "basic":
        return Call("RecognizeGeneral", reason="accuracy = 'basic'")
    parameters["paragraph"] = True
    return Call("RecognizeAdvanced", parameters, "for Chinese and English")


def _for_scene(action: Action, request: Request) -> Call[Action]:
    reason = f"scene '{request.scene}'"
    if action != "RecognizeTableOcr":
        if request.mode == "handwritten":
            raise CapabilityError(f"{action} reads only print; request the mode 'auto'")
        return Call(action, reason=reason)
    parameters: dict[str, Any] = {"need_rotate": True}
    if request.mode == "handwritten":
        parameters["is_hand_writing"] = "true"
        return Call(action, parameters, f"{reason}, mode 'handwritten'", handwritten="requested")
    return Call(action, parameters, reason)
