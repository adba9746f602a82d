"""Calls of the engine. The only module of the backend that touches its objects."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from ocrkit.aspose_engine import engine_error, load_engine
from ocrkit.backends.aspose_local.options import AsposeLocalOptions
from ocrkit.backends.aspose_local.request import EngineCall
from ocrkit.backends.aspose_local.schema import EngineCell, EngineLine, EnginePage, EngineRegion
from ocrkit.errors import CapabilityError
from ocrkit.geometry import Box

_FEWEST_THREADS = 4
"""With one or two threads, release 26.10 adds a wrong letter to the ends of lines."""
_SETTINGS = {
    "recognize": "RecognitionSettings",
    "recognize_receipt": "ReceiptRecognitionSettings",
    "recognize_invoice": "InvoiceRecognitionSettings",
    "recognize_id_card": "IDCardRecognitionSettings",
    "recognize_passport": "PassportRecognitionSettings",
    "recognize_car_plate": "CarPlateRecognitionSettings",
}
"""The engine's class of settings for each method that takes them."""


class AsposeEngine:
    """The loaded engine of this process."""

    def __init__(self, options: AsposeLocalOptions) -> None:
        self._options = options
        self._module, self.licensed = load_engine(
            options,
            resources=options.resources_path,
            allow_download=options.allow_download,
            purpose="the backend 'aspose_local'",
        )
        # `threads_count` does not bound the threads of the models, which are eight by default.
        self.threads = max(_FEWEST_THREADS, options.threads or 0)
        self._module.OnnxRuntimeSessionOptions.set_intra_op_num_threads(self.threads)
        self.version = str(getattr(self._module, "VERSION", "")) or None
        self._api = self._module.AsposeOcr()

    def read(self, image: bytes, call: EngineCall, boxes: Sequence[Box] = ()) -> EnginePage:
        """Read an image file.

        Args:
            image: the file.
            call: the method and its settings.
            boxes: read only these, in pixels of the image.
        """
        pages = self._module.OcrInput(self._module.InputType.SINGLE_IMAGE)
        pages.add(io.BytesIO(image))
        try:
            if call.method == "recognize_tables":
                return self._tables(pages, call)
            arguments = self._settings(call, boxes)
            output = list(getattr(self._api, call.method)(pages, *arguments) or ())
            return _page(output[0], licensed=self.licensed) if output else EnginePage(licensed=self.licensed)
        except RuntimeError as error:
            raise engine_error(error, resources=self._options.resources_path) from None

    def close(self) -> None:
        """Free the loaded models."""
        self._api.free_resources()

    def _tables(self, pages: Any, call: EngineCall) -> EnginePage:
        output = list(self._api.recognize_tables(pages, self._language(call.language or "LATIN")) or ())
        tables = tuple(_cells(table) for page in output for table in page.tables or ())
        return EnginePage(tables=tables, licensed=self.licensed)

    def _settings(self, call: EngineCall, boxes: Sequence[Box]) -> tuple[Any, ...]:
        if call.method not in _SETTINGS:
            return ()
        settings = getattr(self._module, _SETTINGS[call.method])()
        settings.threads_count = self._options.threads or 0
        if call.language is not None:
            settings.language = self._language(call.language)
        if call.method == "recognize":
            settings.detect_areas_mode = getattr(self._module.DetectAreasMode, call.areas or "UNIVERSAL")
            settings.recognize_single_line = call.single_line
            settings.upscale_small_font = self._options.upscale_small_font
            settings.retain_image_for_export = False
            if boxes:
                settings.recognition_areas = [self._rectangle(box) for box in boxes]
        return (settings,)

    def _rectangle(self, box: Box) -> Any:
        left, top = int(box.left), int(box.top)
        return self._module.Rectangle(left, top, round(box.right) - left, round(box.bottom) - top)

    def _language(self, name: str) -> Any:
        found = getattr(self._module.Language, name, None)
        if found is None:
            raise CapabilityError(
                f"has no language '{name}'; `native:NAME` takes a name in aspose.ocr.Language"
            )
        return found


def _page(result: Any, *, licensed: bool) -> EnginePage:
    return EnginePage(
        text=result.recognition_text or "",
        lines=tuple(
            EngineLine(line.text_in_line or "", _box(line.line), float(line.confidence or 0))
            for line in result.recognition_lines_result or ()
        ),
        regions=tuple(
            EngineRegion(region.text_in_region or "", _box(region.region), _name(region.region_type))
            for region in result.recognition_regions_result or ()
        ),
        keywords=tuple(_keywords(result.get_keywords() or ())),
        notices=tuple(dict.fromkeys(str(text) for text in result.warnings or ())),
        licensed=licensed,
    )


def _cells(table: Any) -> tuple[EngineCell, ...]:
    return tuple(
        EngineCell(row, column, cell.text or "")
        for row, each in enumerate(table.rows or ())
        for column, cell in enumerate(each.cells or ())
    )


def _keywords(keywords: Iterable[Any]) -> Iterable[tuple[str, str]]:
    for keyword in keywords:
        if keyword.key and keyword.value:
            yield str(keyword.key), str(keyword.value)


def _box(rectangle: Any) -> Box | None:
    if rectangle is None or rectangle.width <= 0 or rectangle.height <= 0:
        return None
    left, top = float(rectangle.x), float(rectangle.y)
    return Box(left, top, left + rectangle.width, top + rectangle.height)


def _name(value: Any) -> str:
    return str(getattr(value, "name", value))
