"""The operation for a request, and its parameters. The guide to this backend shows the choice as a table."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Literal, TypeAlias

from ocrkit.backends.aws.options import AnalyzedFeature
from ocrkit.backends.remote import Call, ImageLimits, LanguageTable, PriceList
from ocrkit.errors import CapabilityError
from ocrkit.page import Encoded
from ocrkit.request import Request, Scene

Operation: TypeAlias = Literal["DetectDocumentText", "AnalyzeDocument", "AnalyzeID", "AnalyzeExpense"]

# The service detects the language, and takes no hint.
LANGUAGES = LanguageTable({tag: tag for tag in ("de", "en", "es", "fr", "it", "pt")})
_HANDWRITING = frozenset({"en"})

SCENES: frozenset[Scene] = frozenset({"document", "line", "sparse", "table", "id_card", "receipt"})

# Of the region us-east-1, for the first million pages a month. Those of AnalyzeDocument are by feature.
PRICES = PriceList(
    {"DetectDocumentText": 0.0015, "TABLES": 0.015, "FORMS": 0.05, "AnalyzeExpense": 0.01},
    currency="USD",
    as_of="2026-11-28",
    source="https://aws.amazon.com/textract/pricing/",
)

LIMITS = ImageLimits(max_bytes=10 * 2**20, max_side=10_000)


def choose(request: Request, features: Sequence[AnalyzedFeature]) -> Call[Operation]:
    """The call for a request. Raises `CapabilityError` for a combination that no operation offers."""
    reason = f"scene '{request.scene}'"
    if request.mode == "handwritten":
        LANGUAGES.require(request.languages, _HANDWRITING, "Textract for handwriting")
    if request.scene == "id_card":
        if request.mode == "handwritten":
            raise CapabilityError("AnalyzeID reads only printed cards; request the mode 'auto'")
        return Call("AnalyzeID", reason=reason)
    if request.scene == "receipt":
        return Call("AnalyzeExpense", reason=reason)
    wanted = dict.fromkeys(("tables", *features) if request.scene == "table" else features)
    if not wanted:
        return Call("DetectDocumentText", reason=reason)
    if features:
        reason += f", features = {', '.join(features)}"
    return Call("AnalyzeDocument", {"FeatureTypes": [each.upper() for each in wanted]}, reason)


def body(image: Encoded, call: Call[Operation]) -> bytes:
    """The request as JSON; these bytes are signed and sent."""
    document = {"Bytes": base64.b64encode(image.data).decode()}
    if call.endpoint == "AnalyzeID":
        return json.dumps({"DocumentPages": [document]}).encode()
    return json.dumps({"Document": document, **call.parameters}).encode()
