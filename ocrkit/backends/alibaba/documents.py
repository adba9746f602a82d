"""Alibaba's cards, passports, receipts and invoices as fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ocrkit.backends.alibaba.request import Action
from ocrkit.backends.alibaba.schema import CardResponse, CardSide, CardValue, Corner
from ocrkit.backends.remote import (
    FieldCollector,
    Recognition,
    TableBuilder,
    confidence_of_percent,
    polygon_of_corners,
    upright_rotation,
)
from ocrkit.geometry import Polygon
from ocrkit.page import Encoded
from ocrkit.result import Block, Line

# The keys of each field, the best first. Several keys in one text are joined by a space.
FIELDS: Mapping[Action, Mapping[str, tuple[str, ...]]] = {
    "RecognizeIdcard": {
        "name": ("name",), "sex": ("sex",), "ethnicity": ("ethnicity",), "birth_date": ("birthDate",),
        "address": ("address",), "id_number": ("idNumber",), "authority": ("issueAuthority",),
        "valid_until": ("validPeriod",),
    },
    "RecognizePassport": {
        "name": ("name", "givenName surname"), "sex": ("sex",), "birth_date": ("birthDateYmd", "birthDate"),
        "id_number": ("passportNumber",), "valid_until": ("validToDate",),
    },
    "RecognizeChinesePassport": {
        "name": ("name", "nameEn"), "sex": ("sex",), "birth_date": ("birthDate",),
        "id_number": ("passportNumber",), "authority": ("issueAuthority",), "valid_from": ("issueDate",),
        "valid_until": ("validToDate",),
    },
    "RecognizeBankCard": {
        "card_number": ("cardNumber",), "bank_name": ("bankName",), "card_type": ("cardType",),
        "valid_until": ("validToDate",),
    },
    "RecognizeShoppingReceipt": {
        "merchant": ("shopName",), "address": ("shopAddress",), "date": ("receiptDate",),
        "time": ("receiptTime",), "total": ("totalAmount",),
    },
    "RecognizeInvoice": {
        "merchant": ("sellerName",), "address": ("sellerContactInfo",), "date": ("invoiceDate",),
        "number": ("invoiceNumber",), "subtotal": ("invoiceAmountPreTax",), "tax": ("invoiceTax",),
        "total": ("totalAmount",),
    },
}  # fmt: skip
_PURCHASES: Mapping[Action, tuple[str, tuple[str, ...]]] = {
    "RecognizeShoppingReceipt": ("receiptDetails", ("itemName", "quantity", "unitPrice", "amount")),
    "RecognizeInvoice": (
        "invoiceDetails",
        ("itemName", "quantity", "unitPrice", "amount", "specification", "unit", "taxRate", "tax"),
    ),
}
_OTHERS: Mapping[Action, tuple[str, ...]] = {
    "RecognizeShoppingReceipt": ("contactNumber",),
    "RecognizeInvoice": (
        "title", "invoiceType", "invoiceCode", "purchaserName", "purchaserTaxNumber", "sellerTaxNumber",
        "totalAmountInWords", "remarks",
    ),
}  # fmt: skip
"""The values to read besides the fields."""


def parse_document(answer: CardResponse, action: Action, image: Encoded) -> Recognition:
    """The fields of a response, and what they are made of as lines."""
    collector = FieldCollector()
    for side in answer.sides:
        _collect(side, action, collector, _OriginalImage(answer, image))
    purchases = tuple(_purchases(answer.values, action))
    blocks = (*collector.blocks, *purchases)
    return Recognition(fields=collector.fields, blocks=blocks, rotation=upright_rotation(answer.angle))


def _collect(side: CardSide, action: Action, collector: FieldCollector, seen: _OriginalImage) -> None:
    details = {each.key: each for each in side.details}
    for name, choices in FIELDS[action].items():
        for keys in map(str.split, choices):
            values = [text for key in keys if (text := _value(side, details, key))]
            if values:
                collector.add(name, " ".join(values), **_region(details.get(keys[0]), seen))
                break
    for key in _OTHERS.get(action, ()):
        collector.add_line(_value(side, details, key), **_region(details.get(key), seen))


def _value(side: CardSide, details: Mapping[str, CardValue], key: str) -> str:
    """The text of a value; blank if there is none."""
    detail = details.get(key)
    value = side.values.get(key) or (detail.text if detail else None)
    return value.strip() if isinstance(value, str) else ""


def _region(detail: CardValue | None, seen: _OriginalImage) -> dict[str, Any]:
    if detail is None:
        return {}
    confidence = confidence_of_percent(detail.confidence)
    return {"polygon": seen.polygon(detail.corners), "confidence": confidence}


def _purchases(values: Mapping[str, Any], action: Action) -> Iterator[Block]:
    """The purchases as a table without a header: item, quantity, unit price, amount, and others."""
    key, columns = _PURCHASES.get(action, ("", ()))
    items = values.get(key)
    table = TableBuilder()
    for row, item in enumerate(items if isinstance(items, list) else ()):
        for column, name in enumerate(columns):
            text = item.get(name) if isinstance(item, dict) else None
            if isinstance(text, str) and text.strip():
                table.add([Line(text=" ".join(text.split()))], row=row, column=column)
    if len(table):
        yield table.block()


class _OriginalImage:
    """From the image as the service received it, on which it places values, to the one that was sent.

    If the service rotated the image, it is not documented which one the places are on, so they are unknown.
    """

    def __init__(self, answer: CardResponse, image: Encoded) -> None:
        self._image = image
        self._is_rotated = bool(answer.angle)
        self._x = image.width / (answer.original_width or image.width)
        self._y = image.height / (answer.original_height or image.height)

    def polygon(self, corners: Sequence[Corner]) -> Polygon | None:
        if self._is_rotated:
            return None
        points = [(corner.x * self._x, corner.y * self._y) for corner in corners]
        return polygon_of_corners(points, self._image.width, self._image.height)
