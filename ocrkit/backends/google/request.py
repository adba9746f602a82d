"""The feature for a request, and its parameters. The guide to this backend shows the choice as a table."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from ocrkit.backends.google.options import GoogleOptions
from ocrkit.backends.remote import Call, ImageLimits, LanguageTable, PriceList
from ocrkit.page import Encoded
from ocrkit.request import Request, Scene

Feature: TypeAlias = Literal["DOCUMENT_TEXT_DETECTION", "TEXT_DETECTION"]

# The languages that the vendor supports, with the hint for each.
LANGUAGES = LanguageTable({
    **{tag: tag for tag in (
        "af", "ar", "be", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fil", "fr",
        "gu", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "km", "kn", "ko", "lo", "lt", "lv", "mk", "ml",
        "mr", "ms", "ne", "nl", "no", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sr-Latn", "sv",
        "ta", "te", "th", "tl", "tr", "uk", "vi", "yi", "zh-Hant",
    )},
    "he": "iw", "nb": "no", "nn": "no", "zh-Hans": "zh",
})  # fmt: skip

FEATURES: Mapping[Scene, Feature] = {
    "document": "DOCUMENT_TEXT_DETECTION",
    "line": "DOCUMENT_TEXT_DETECTION",
    "sparse": "TEXT_DETECTION",
}

PRICES = PriceList(
    {"DOCUMENT_TEXT_DETECTION": 0.0015, "TEXT_DETECTION": 0.0015},
    currency="USD",
    as_of="2026-11-28",
    source="https://cloud.google.com/vision/pricing",
)

# The limit is 10 MB for the whole request, so the rest of it gets a margin.
LIMITS = ImageLimits(max_bytes=10 * 10**6 - 2000, counted="base64", max_pixels=75_000_000)


def choose(request: Request, options: GoogleOptions) -> Call[Feature]:
    """The call for a request. Raises `CapabilityError` for an unknown language."""
    parameters: dict[str, Any] = {}
    hints = list(dict.fromkeys(map(LANGUAGES.name, request.languages)))
    if hints:
        parameters["languageHints"] = hints
    if options.model:
        parameters["model"] = options.model
    if options.legacy_layout:
        parameters["advancedOcrOptions"] = ["legacy_layout"]
    return Call(FEATURES[request.scene], parameters, reason=f"scene '{request.scene}'")


def body(image: Encoded, call: Call[Feature]) -> dict[str, Any]:
    """The request as JSON."""
    parameters = dict(call.parameters)
    feature = {"type": call.endpoint}
    if "model" in parameters:
        feature["model"] = parameters["model"]
    detection: dict[str, Any] = {"enableTextDetectionConfidenceScore": True}
    if "advancedOcrOptions" in parameters:
        detection["advancedOcrOptions"] = parameters["advancedOcrOptions"]
    context: dict[str, Any] = {"textDetectionParams": detection}
    if "languageHints" in parameters:
        context["languageHints"] = parameters["languageHints"]
    content = base64.b64encode(image.data).decode()
    return {"requests": [{"image": {"content": content}, "features": [feature], "imageContext": context}]}
