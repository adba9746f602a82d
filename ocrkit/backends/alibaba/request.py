"""Which endpoint a page goes to, and with what: pure. The guide to this backend shows it as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ocrkit.errors import CapabilityError
from ocrkit.http import ImageLimits
from ocrkit.request import NATIVE, Request, Scene, match_language
from ocrkit.result import Handwritten

Accuracy: TypeAlias = Literal["accurate", "basic"]
Action: TypeAlias = Literal[
    "RecognizeAdvanced", "RecognizeGeneral", "RecognizeMultiLanguage", "RecognizeHandwriting",
    "RecognizeTableOcr", "RecognizeIdcard", "RecognizeBankCard",
]  # fmt: skip

# RecognizeMultiLanguage's names. `lading` is how the vendor writes Latin: one model for all of them.
LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("da", "de", "es", "fi", "fr", "it", "nb", "nl", "nn", "no", "pt", "sv"), "lading"),
    "en": "eng", "id": "idn", "ja": "ja", "ko": "kor", "ms": "mys", "ru": "rus", "th": "tai", "uk": "ukr",
    "vi": "viet", "zh-Hans": "chn", "zh-Hant": "chn",
}  # fmt: skip
_PLAIN = frozenset({"en", "zh-Hans", "zh-Hant"})
"""What all endpoints read."""

SCENES: Mapping[Scene, Action | None] = {
    "document": None,
    "sparse": None,
    "line": None,
    "table": "RecognizeTableOcr",
    "id_card": "RecognizeIdcard",
    "bank_card": "RecognizeBankCard",
}

LIMITS = ImageLimits(max_bytes=10_000_000, min_side=16, max_side=8191, max_ratio=49)

_METHODS: Mapping[Action, tuple[str, str]] = {
    "RecognizeAdvanced": ("recognize_advanced", "RecognizeAdvancedRequest"),
    "RecognizeGeneral": ("recognize_general", "RecognizeGeneralRequest"),
    "RecognizeMultiLanguage": ("recognize_multi_language", "RecognizeMultiLanguageRequest"),
    "RecognizeHandwriting": ("recognize_handwriting", "RecognizeHandwritingRequest"),
    "RecognizeTableOcr": ("recognize_table_ocr", "RecognizeTableOcrRequest"),
    "RecognizeIdcard": ("recognize_idcard", "RecognizeIdcardRequest"),
    "RecognizeBankCard": ("recognize_bank_card", "RecognizeBankCardRequest"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint and what it is told besides the picture, in the SDK's names."""

    action: Action
    parameters: Mapping[str, Any] = field(default_factory=dict)
    handwritten: Handwritten | None = None
    reason: str = ""

    def __str__(self) -> str:
        shown = {
            name: "+".join(each) if isinstance(each, list) else each for name, each in self.parameters.items()
        }
        return " ".join((self.action, *(f"{name}={each}" for name, each in shown.items())))

    @property
    def method(self) -> str:
        """The SDK's function."""
        return f"{_METHODS[self.action][0]}_with_options"

    @property
    def request(self) -> str:
        """The SDK's class of what that function takes."""
        return _METHODS[self.action][1]


def choose(request: Request, accuracy: Accuracy) -> Call:
    """The call for a request. Raises `CapabilityError` for what no endpoint offers together."""
    own = SCENES[request.scene]
    if own is not None:
        _only_plain(request.languages, own)
        return _of_scene(own, request)
    parameters: dict[str, Any] = {"need_rotate": True, "output_char_info": True}
    if request.mode == "handwritten":
        _only_plain(request.languages, "RecognizeHandwriting")
        parameters["paragraph"] = True
        return Call("RecognizeHandwriting", parameters, "requested", "mode 'handwritten'")
    others = [tag for tag in request.languages if tag.startswith(NATIVE) or _entry(tag) not in _PLAIN]
    if others:
        names = list(dict.fromkeys(_name(tag) for tag in request.languages))
        parameters = {"languages": names, **parameters}
        return Call("RecognizeMultiLanguage", parameters, reason=f"for {', '.join(others)}")
    if accuracy == "basic":
        return Call("RecognizeGeneral", reason="accuracy = 'basic'")
    parameters["paragraph"] = True
    return Call("RecognizeAdvanced", parameters, reason="for Chinese and English")


def _of_scene(action: Action, request: Request) -> Call:
    reason = f"scene '{request.scene}'"
    if action != "RecognizeTableOcr":
        if request.mode == "handwritten":
            raise CapabilityError(f"{action} reads cards, which are printed; ask for mode 'auto'")
        return Call(action, reason=reason)
    if request.mode == "handwritten":
        parameters: dict[str, Any] = {"need_rotate": True, "is_hand_writing": "true"}
        return Call(action, parameters, "requested", f"{reason}, mode 'handwritten'")
    return Call(action, {"need_rotate": True}, reason=reason)


def _name(tag: str) -> str:
    return tag.removeprefix(NATIVE) if tag.startswith(NATIVE) else LANGUAGES[_entry(tag)]


def _entry(tag: str) -> str:
    entry = match_language(tag, LANGUAGES)
    if entry is None:
        raise CapabilityError(f"Alibaba does not read '{tag}'; its own name passes through as '{NATIVE}NAME'")
    return entry


def _only_plain(languages: Sequence[str], what: str) -> None:
    others = [tag for tag in languages if tag.startswith(NATIVE) or _entry(tag) not in _PLAIN]
    if others:
        raise CapabilityError(f"{what} reads Chinese and English, not {', '.join(others)}")
