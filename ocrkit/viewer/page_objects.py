"""The objects of a page besides its words, as plain values: form fields, selection marks and codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ocrkit.result import PageResult, Region
from ocrkit.viewer.frames import frame

_FIELDS = {
    "text": "Text field",
    "choice": "Choice",
    "check_box": "Check box",
    "radio_button": "Radio buttons",
    "signature": "Signature field",
    None: "Field",
}


def objects(result: PageResult) -> list[dict[str, Any]]:
    """The fields, the marks that belong to none, and the codes, each with its label, value and frame."""
    return [*_fields(result), *_marks(result), *_barcodes(result)]


def _fields(result: PageResult) -> Iterator[dict[str, Any]]:
    for name, field in result.fields.items():
        symbol = next((mark.symbol for mark in result.marks if mark.name == name), None)
        is_box = field.type == "check_box"
        symbol = symbol if is_box else None
        yield _object("field", _FIELDS[field.type], field, name=name, value=field.value, symbol=symbol)


def _marks(result: PageResult) -> Iterator[dict[str, Any]]:
    for mark in result.marks:
        if mark.name not in result.fields or result.fields[mark.name].type == "radio_button":
            value = mark.value or mark.state
            yield _object("mark", "Mark", mark, name=mark.name, value=value, symbol=mark.symbol)


def _barcodes(result: PageResult) -> Iterator[dict[str, Any]]:
    for code in result.barcodes:
        label = code.symbology or "Code"
        yield _object("barcode", label, code, name=None, value=code.value, symbol=None)


def _object(
    kind: str, label: str, region: Region, *, name: str | None, value: str, symbol: str | None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "label": label,
        "name": name,
        "value": value,
        "symbol": symbol,
        "frame": [round(number, 2) for number in frame(region.polygon)] if region.polygon else None,
    }
