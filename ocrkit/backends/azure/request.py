"""The model for a request, and its parameters. The guide to this backend shows the choice as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from ocrkit.backends.azure.languages import HANDWRITING, LANGUAGES
from ocrkit.backends.azure.options import AzureOptions
from ocrkit.backends.remote import Call, ImageLimits
from ocrkit.languages import NATIVE
from ocrkit.request import Request, Scene

Model: TypeAlias = Literal[
    "prebuilt-read", "prebuilt-layout", "prebuilt-receipt", "prebuilt-invoice", "prebuilt-idDocument"
]  # fmt: skip

SCENES: Mapping[Scene, Model | None] = {
    "document": None,
    "sparse": None,
    "line": None,
    "table": "prebuilt-layout",
    "receipt": "prebuilt-receipt",
    "id_card": "prebuilt-idDocument",
}
_DOCUMENT_MODELS: Mapping[str, Model] = {"read": "prebuilt-read", "layout": "prebuilt-layout"}
PAID_FEATURES = frozenset({"ocrHighResolution", "formulas", "styleFont"})
_ONLY_LAYOUT = frozenset({"keyValuePairs"})

# The standard tier accepts 500 MB; a larger upload than this takes longer, and no letter becomes clearer.
LIMITS = ImageLimits(max_bytes=10 * 10**6, max_side=10_000, min_side=50)
FREE_LIMITS = LIMITS.model_copy(update={"max_bytes": 4 * 10**6})


def choose(request: Request, options: AzureOptions) -> Call[Model]:
    """The call for a request. Raises `CapabilityError` for a combination that no model offers."""
    model = SCENES[request.scene]
    reason = f"scene '{request.scene}'"
    if model is None:
        model = _DOCUMENT_MODELS[options.document_model]
        reason = f"document_model = '{options.document_model}'"
    elif model == "prebuilt-receipt" and options.receipts == "invoice":
        model, reason = "prebuilt-invoice", "receipts = 'invoice'"
    if request.mode == "handwritten":
        LANGUAGES.require(request.languages, HANDWRITING, "handwriting")
    parameters: dict[str, Any] = {}
    features = _features(model, options)
    if features:
        parameters["features"] = features
    locale = _locale(request, options)
    if locale:
        parameters["locale"] = locale
    return Call(model, parameters, reason=reason)


def query(call: Call[Model], options: AzureOptions) -> dict[str, str]:
    """The query of the request."""
    parameters = {
        name: ",".join(value) if isinstance(value, tuple) else value
        for name, value in call.parameters.items()
    }
    return {"api-version": options.api_version, "stringIndexType": "unicodeCodePoint", **parameters}


def _features(model: Model, options: AzureOptions) -> tuple[str, ...]:
    if model not in _DOCUMENT_MODELS.values():
        return ()
    return tuple(each for each in options.features if model == "prebuilt-layout" or each not in _ONLY_LAYOUT)


def _locale(request: Request, options: AzureOptions) -> str | None:
    """The language to force. Languages are detected otherwise."""
    native = [each for each in request.languages if each.startswith(NATIVE)]
    if native:
        return LANGUAGES.name(native[0])
    if options.force_language and len(request.languages) == 1:
        return LANGUAGES.name(request.languages[0])
    return None
