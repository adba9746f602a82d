"""Textract's responses as results. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ocrkit.backends.aws.page_blocks import PageBlocks, place_on_image
from ocrkit.backends.aws.request import Operation
from ocrkit.backends.aws.schema import (
    DocumentField,
    ExpenseDocument,
    ExpenseResponse,
    IdentityResponse,
    LineItemGroup,
    TextResponse,
)
from ocrkit.backends.remote import (
    Call,
    FieldCollector,
    Recognition,
    TableBuilder,
    clipped_blocks,
    confidence_of_percent,
    validated,
)
from ocrkit.geometry import Polygon, bounding_box
from ocrkit.page import Encoded
from ocrkit.result import Block, Field, Line

_NAME_PARTS = ("FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "SUFFIX")
_ADDRESS_PARTS = ("ADDRESS", "CITY_IN_ADDRESS", "STATE_IN_ADDRESS", "ZIP_CODE_IN_ADDRESS")
_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "name": _NAME_PARTS,
    "birth_date": ("DATE_OF_BIRTH",),
    "address": _ADDRESS_PARTS,
    "id_number": ("DOCUMENT_NUMBER",),
    "authority": ("STATE_NAME",),
    "valid_from": ("DATE_OF_ISSUE",),
    "valid_until": ("EXPIRATION_DATE",),
}
_EXPENSE: Mapping[str, str] = {
    "VENDOR_NAME": "merchant", "NAME": "merchant", "VENDOR_ADDRESS": "address", "ADDRESS": "address",
    "INVOICE_RECEIPT_DATE": "date", "INVOICE_RECEIPT_ID": "number", "SUBTOTAL": "subtotal", "TAX": "tax",
    "TOTAL": "total", "AMOUNT_PAID": "total",
}  # fmt: skip
_COLUMNS = ("PRODUCT_CODE", "ITEM", "QUANTITY", "UNIT_PRICE", "PRICE")
_NOT_COLUMNS = frozenset({"", "EXPENSE_ROW"})
"""`EXPENSE_ROW` is the text of the whole row."""


def parse(answer: Any, image: Encoded, call: Call[Operation]) -> Recognition:
    """The content of a response, which is the whole body as JSON data.

    Raises:
        BadResponseError: the response does not have the expected shape.
    """
    if call.endpoint == "AnalyzeID":
        return _identity(answer, image)
    if call.endpoint == "AnalyzeExpense":
        return _expense(answer, image)
    return PageBlocks(validated(TextResponse, answer).blocks, image).recognition()


# ── identity documents ──


def _identity(answer: Any, image: Encoded) -> Recognition:
    documents = validated(IdentityResponse, answer).documents
    if not documents:
        return Recognition.nothing("no identity document was found")
    first = documents[0]
    found = {_type(each): each for each in first.fields}
    collector = FieldCollector()
    for name, types in _IDENTITY.items():
        parts = [found[each] for each in types if each in found and _text(found[each])]
        collector.add(
            name,
            " ".join(map(_text, parts)),
            value=_normalized(parts[0]) if len(parts) == 1 else None,
            confidence=_lowest_confidence(parts),
        )
    recognition = PageBlocks(first.blocks, image).recognition()
    update: dict[str, Any] = {"fields": collector.fields, "warnings": _several(len(documents), "documents")}
    if not recognition.blocks:
        update["blocks"] = collector.blocks
    return recognition.model_copy(update=update)


def _normalized(field: DocumentField) -> str | None:
    """A date without its time: `1990-03-25T00:00:00` is `1990-03-25`."""
    normalized = field.value.normalized if field.value else None
    if normalized is None or not normalized.value:
        return None
    return normalized.value.partition("T")[0] if normalized.type == "Date" else normalized.value


def _lowest_confidence(fields: Sequence[DocumentField]) -> float | None:
    known = [each.value.confidence for each in fields if each.value and each.value.confidence is not None]
    return confidence_of_percent(min(known)) if known else None


# ── receipts and invoices ──


def _expense(answer: Any, image: Encoded) -> Recognition:
    documents = validated(ExpenseResponse, answer).documents
    if not documents:
        return Recognition.nothing("no receipt was found")
    fields: dict[str, Field] = {}
    blocks: list[Block] = []
    for number, document in enumerate(documents):
        found, content = _receipt(document, image)
        blocks += content
        fields = found if number == 0 else fields
    return Recognition(
        fields=fields,
        blocks=clipped_blocks(blocks, image.width, image.height),
        warnings=_several(len(documents), "receipts"),
    )


def _receipt(document: ExpenseDocument, image: Encoded) -> tuple[dict[str, Field], list[Block]]:
    """The fields, and the text with the purchases as tables."""
    collector = FieldCollector()
    for field in document.fields:
        name = _EXPENSE.get(_type(field))
        if name is not None and name not in collector.fields:
            collector.add(name, _text(field), **_region(field, image))
    code = next((each.currency.code for each in document.fields if each.currency), None)
    if code:
        collector.add("currency", code)
    tables = [block for group in document.groups for block in _purchases(group, image)]
    boxes = [bounding_box(line.polygon) for table in tables for line in table.lines if line.polygon]

    def is_in_table(place: Polygon) -> bool:
        center = bounding_box(place).center
        return any(box.nearest(center) == center for box in boxes)

    text = PageBlocks(document.blocks, image, is_in_table).recognition().blocks
    return collector.fields, [*(text or collector.blocks), *tables]


def _purchases(group: LineItemGroup, image: Encoded) -> Iterator[Block]:
    """The purchases as a table without a header: code, item, quantity, unit price, price, and others."""
    types = dict.fromkeys(_type(field) for item in group.items for field in item.fields)
    columns = [each for each in _COLUMNS if each in types]
    columns += [each for each in types if each not in _COLUMNS and each not in _NOT_COLUMNS]
    table = TableBuilder()
    for row, item in enumerate(group.items):
        found = {_type(field): field for field in reversed(item.fields)}
        for column, name in enumerate(columns):
            field = found.get(name)
            if field is not None and _text(field):
                region = _region(field, image)
                table.add([Line(text=_text(field), **region)], row=row, column=column, **region)
    if len(table):
        yield table.block()


def _region(field: DocumentField, image: Encoded) -> dict[str, Any]:
    value = field.value
    if value is None:
        return {}
    return {
        "polygon": place_on_image(value.geometry, image),
        "confidence": confidence_of_percent(value.confidence),
    }


# ── both ──


def _type(field: DocumentField) -> str:
    return (field.type.text or "") if field.type else ""


def _text(field: DocumentField) -> str:
    return " ".join((field.value.text or "").split()) if field.value else ""


def _several(count: int, what: str) -> tuple[str, ...]:
    return (f"the image shows {count} {what}; the fields are those of the first",) if count > 1 else ()
