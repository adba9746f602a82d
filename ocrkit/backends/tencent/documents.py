"""Tencent's cards, passports, receipts and invoices as fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ocrkit.backends.remote import FieldCollector, Recognition, TableBuilder, validated
from ocrkit.backends.tencent.options import Action
from ocrkit.backends.tencent.schema import CardResponse, InvoiceItem, InvoiceResponse, InvoiceText
from ocrkit.errors import BadResponseError
from ocrkit.result import Block, Field, Line

CARDS: Mapping[Action, Mapping[str, str]] = {
    "IDCardOCR": {
        "Name": "name", "Sex": "sex", "Nation": "ethnicity", "Birth": "birth_date", "Address": "address",
        "IdNum": "id_number", "Authority": "authority", "ValidDate": "valid_until",
    },
    "MLIDPassportOCR": {
        "Name": "name", "Sex": "sex", "DateOfBirth": "birth_date", "ID": "id_number",
        "IssuingCountry": "authority", "DateOfExpiration": "valid_until",
    },
    "BankCardOCR": {
        "CardNo": "card_number", "BankInfo": "bank_name", "CardType": "card_type", "CardName": "card_name",
        "ValidDate": "valid_until",
    },
}  # fmt: skip
_CARD_WARNINGS = {
    -9110: "its dates are not valid", -9111: "its edge is incomplete", -9112: "it reflects light",
    -9113: "it is a copy", -9114: "it is a photo of a screen",
}  # fmt: skip
_INVOICE = {
    "Seller": "merchant", "SellerAddrTel": "address", "Date": "date", "Time": "time", "Number": "number",
    "PretaxAmount": "subtotal", "Tax": "tax", "Total": "total",
}  # fmt: skip
_TEXTS = ("Title", "Code", "Buyer", "BuyerTaxID", "SellerTaxID", "TotalCn", "Remark")
"""The values to read besides the fields."""
_PURCHASES = ("VatInvoiceItemInfos", "VatElectronicItems", "VatRollItems", "GeneralMachineItems")
_COLUMNS = ("Name", "Quantity", "Price", "Total", "Specification", "Unit", "TaxRate", "Tax")
_NAMED = ("OtherInvoiceListItems", "Content")
"""Lists of names and values, for kinds without fields of their own."""


def parse_card(response: Mapping[str, Any], names: Mapping[str, str]) -> Recognition:
    """The values of a card."""
    card = validated(CardResponse, {**response, "values": {key: response.get(key) for key in names}})
    collector = FieldCollector()
    for key, name in names.items():
        collector.add(name, card.values[key])
    warnings = tuple(f"the card: {_CARD_WARNINGS.get(code, f'warning {code}')}" for code in card.warnings)
    return Recognition(fields=collector.fields, blocks=collector.blocks, warnings=warnings)


def parse_invoices(response: Mapping[str, Any]) -> Recognition:
    """All receipts and invoices on the page; the fields are those of the first."""
    items = validated(InvoiceResponse, response).items
    fields: dict[str, Field] = {}
    blocks: list[Block] = []
    warnings = [f"a receipt was not read: {item.code}" for item in items if item.code != "OK"]
    read = [item for item in items if item.code == "OK"]
    for number, item in enumerate(read):
        found = _invoice(item)
        fields = found.fields if number == 0 else fields
        blocks += [*found.blocks, *_purchases(item.values)]
    if len(read) > 1:
        warnings.append(f"the image shows {len(read)} receipts; the fields are those of the first")
    return Recognition(fields=fields, blocks=tuple(blocks), warnings=tuple(warnings))


def _invoice(item: InvoiceItem) -> FieldCollector:
    collector = FieldCollector()
    values = item.values
    for key, name in _INVOICE.items():
        if key in values:
            collector.add(name, _text(values[key]))
    for key in _TEXTS:
        collector.add_line(_text(values.get(key)))
    for each in _rows(values, *_NAMED):
        named = validated(InvoiceText, each)
        collector.add_line(": ".join(part for part in (named.name, named.value) if part))
    return collector


def _purchases(values: Mapping[str, Any]) -> Iterator[Block]:
    """The purchases as a table without a header: name, quantity, price, total, and others."""
    table = TableBuilder()
    for row, each in enumerate(_rows(values, *_PURCHASES)):
        for column, key in enumerate(_COLUMNS):
            text = " ".join(_text(each.get(key)).split()) if isinstance(each, dict) else ""
            if text:
                table.add([Line(text=text)], row=row, column=column)
    if len(table):
        yield table.block()


def _rows(values: Mapping[str, Any], *keys: str) -> Iterator[Any]:
    for key in keys:
        rows = values.get(key)
        if isinstance(rows, list):
            yield from rows


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise BadResponseError("the response does not have the expected shape: a value of a receipt is not text")
