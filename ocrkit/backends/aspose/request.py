"""The endpoint for a request, and the body of a task."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from ocrkit.backends.aspose.languages import LANGUAGES, handwriting
from ocrkit.backends.aspose.options import AsposeOptions
from ocrkit.backends.remote import Call
from ocrkit.errors import CapabilityError
from ocrkit.geometry import Box, bounding_box
from ocrkit.languages import NATIVE
from ocrkit.page import Encoded, Page
from ocrkit.request import Request, Scene

Endpoint: TypeAlias = Literal[
    "RecognizeImage", "RecognizeRegions", "RecognizeTable", "RecognizeReceipt", "DetectRegions"
]
SCENES: Mapping[Scene, Endpoint] = {
    "document": "RecognizeImage",
    "line": "RecognizeImage",
    "table": "RecognizeTable",
    "receipt": "RecognizeReceipt",
}


def choose(request: Request, options: AsposeOptions) -> Call[Endpoint]:
    """The call for a request; its parameters are the settings of the task."""
    endpoint = SCENES[request.scene]
    if endpoint == "RecognizeImage" and options.regions is not None:
        endpoint = "RecognizeRegions"
    languages = request.languages
    is_handwriting = request.mode == "handwritten"
    only = languages[0] if len(languages) == 1 and not languages[0].startswith(NATIVE) else None
    warnings: tuple[str, ...] = ()
    if len(languages) > 1 and not is_handwriting:
        warnings = (f"the service reads one language at a time: read as '{languages[0]}'",)
    return Call(
        endpoint,
        _settings(request, options, endpoint),
        language=only,
        handwritten="requested" if is_handwriting else None,
        warnings=warnings,
    )


def _settings(request: Request, options: AsposeOptions, endpoint: Endpoint) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "makeSkewCorrect": options.skew_correction,
        "makeBinarization": options.binarization,
        "makeContrastCorrection": options.contrast_correction,
        "makeUpsampling": options.upsampling,
        "makeSpellCheck": options.spell_check,
    }
    if request.mode == "handwritten":
        settings["language"] = handwriting(request.languages)
    elif request.languages:
        settings["language"] = LANGUAGES.name(request.languages[0])
    if endpoint == "RecognizeTable":
        settings["resultTypeTable"] = "Csv"
    else:
        has_boxes = options.boxes and endpoint != "RecognizeRegions"
        settings["resultType"] = "TextAndHocr" if has_boxes else "Text"
    if options.dsr_mode:
        settings["dsrMode"] = options.dsr_mode
    if options.dsr_confidence:
        settings["dsrConfidence"] = options.dsr_confidence
    return settings


def body(image: Encoded, settings: Mapping[str, Any], boxes: Sequence[Box] = ()) -> dict[str, Any]:
    """A task as JSON, for some regions of the image if there are boxes."""
    regions = {"regions": [_region(number, box) for number, box in enumerate(boxes)]} if boxes else {}
    return {"image": base64.b64encode(image.data).decode(), "settings": {**settings, **regions}}


def _region(number: int, box: Box) -> dict[str, Any]:
    corners = {
        "topLeftX": round(box.left), "topLeftY": round(box.top),
        "bottomRightX": round(box.right), "bottomRightY": round(box.bottom),
    }  # fmt: skip
    return {"rect": corners, "order": number}


def boxes_on_image(boxes: Sequence[Box], page: Page, image: Encoded) -> tuple[Box, ...]:
    """From pixels of the original page to those of the image; raises `CapabilityError` for a box outside."""
    to_image = image.to_page.then(page.to_original).inverse()
    found = [clipped(bounding_box(to_image.polygon(box.polygon)), image) for box in boxes]
    if any(box.area < 1 for box in found):
        raise CapabilityError("a region lies outside of the page; check the option regions")
    return tuple(found)


def clipped(box: Box, image: Encoded) -> Box:
    """The part of a box that lies on the image."""
    limit = Box(0, 0, image.width, image.height)
    return bounding_box(limit.nearest(point) for point in box.polygon)
