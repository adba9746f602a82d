"""The service's responses as results. Pure."""

from __future__ import annotations

from typing import Any

from ocrkit.backends.azure.blocks import grid_of_table, page_blocks
from ocrkit.backends.azure.documents import document_fields, document_warnings, form_fields, purchases
from ocrkit.backends.azure.request import Model
from ocrkit.backends.azure.schema import AnalyzeResult, Mark, PageItem
from ocrkit.backends.azure.spans import Scale
from ocrkit.backends.remote import Call, Recognition, upright_rotation, validated
from ocrkit.page import Encoded
from ocrkit.result import Barcode, SelectionMark


def parse(answer: Any, image: Encoded, call: Call[Model]) -> Recognition:
    """The content of a finished run. Raises `BadResponseError` if it does not have the expected shape."""
    result = validated(AnalyzeResult, answer)
    warnings = [each.message or each.code or "" for each in result.warnings]
    if not result.pages:
        return Recognition(warnings=tuple(filter(None, warnings)))
    page = result.pages[0]
    scale = Scale(page, image)
    grids = [grid_of_table(table, scale) for table in result.tables]
    if call.endpoint in ("prebuilt-receipt", "prebuilt-invoice"):
        grids += purchases(result.documents, scale)
    warnings += document_warnings(call.endpoint, result.documents)
    return Recognition(
        blocks=page_blocks(result, page, scale, grids),
        rotation=upright_rotation(page.angle),
        fields={
            **form_fields(result.key_value_pairs, scale),
            **document_fields(call.endpoint, result.documents, scale),
        },
        marks=tuple(_mark(each, scale) for each in page.selection_marks),
        barcodes=_barcodes(page, scale),
        warnings=tuple(filter(None, warnings)),
    )


def _mark(item: Mark, scale: Scale) -> SelectionMark:
    return SelectionMark(
        state="selected" if item.state == "selected" else "unselected",
        polygon=scale.polygon(item.polygon),
        confidence=item.confidence,
    )


def _barcodes(page: PageItem, scale: Scale) -> tuple[Barcode, ...]:
    return tuple(
        Barcode(
            value=item.value,
            symbology=item.kind,
            polygon=scale.polygon(item.polygon),
            confidence=item.confidence,
        )
        for item in page.barcodes
    )
