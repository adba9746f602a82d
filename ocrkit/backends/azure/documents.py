"""The fields of receipts, identity documents and forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ocrkit.backends.azure.blocks import Grid, GridCell
from ocrkit.backends.azure.lines import with_symbols
from ocrkit.backends.azure.request import Model
from ocrkit.backends.azure.schema import DocumentField, DocumentItem, Pair
from ocrkit.backends.azure.spans import Scale
from ocrkit.backends.remote import field_value
from ocrkit.result import Field

_RECEIPT = {
    "MerchantName": "merchant", "MerchantAddress": "address", "TransactionDate": "date",
    "TransactionTime": "time", "ReceiptNumber": "number", "Subtotal": "subtotal", "TotalTax": "tax",
    "Total": "total",
}  # fmt: skip
_INVOICE = {
    "VendorName": "merchant", "VendorAddress": "address", "InvoiceDate": "date", "InvoiceId": "number",
    "SubTotal": "subtotal", "TotalTax": "tax", "InvoiceTotal": "total",
}  # fmt: skip
_ID_DOCUMENT = {
    "Sex": "sex", "DateOfBirth": "birth_date", "Address": "address", "PersonalNumber": "id_number",
    "DocumentNumber": "id_number", "IssuingAuthority": "authority", "DateOfIssue": "valid_from",
    "DateOfExpiration": "valid_until",
}  # fmt: skip
"""Of two service names for one field, the first that is there counts."""
_NAMES: Mapping[Model, Mapping[str, str]] = {
    "prebuilt-receipt": _RECEIPT,
    "prebuilt-invoice": _INVOICE,
    "prebuilt-idDocument": _ID_DOCUMENT,
}
_KINDS: Mapping[Model, str] = {
    "prebuilt-receipt": "receipt",
    "prebuilt-invoice": "invoice",
    "prebuilt-idDocument": "identity document",
}
_COLUMNS = (("Description", "Name"), ("Quantity",), ("Price", "UnitPrice"), ("TotalPrice", "Amount"))


def document_fields(model: Model, documents: Sequence[DocumentItem], scale: Scale) -> dict[str, Field]:
    """The fields of the first document."""
    names = _NAMES.get(model)
    if not documents or names is None:
        return {}
    found = documents[0].fields
    fields: dict[str, Field] = {}
    for key, name in names.items():
        item = found.get(key)
        field = _field(name, item, scale) if item else None
        if field is not None:
            fields.setdefault(name, field)
    if model == "prebuilt-idDocument":
        fields |= _full_name([found.get("FirstName"), found.get("LastName")], scale)
    else:
        fields |= _currency(found.get("Total") or found.get("InvoiceTotal"))
    return fields


def document_warnings(model: Model, documents: Sequence[DocumentItem]) -> tuple[str, ...]:
    """A warning if the page shows no document or more than one."""
    kind = _KINDS.get(model)
    if kind is None or len(documents) == 1:
        return ()
    if not documents:
        return (f"no {kind} was found on the page",)
    return (f"the page shows {len(documents)} documents; the fields are those of the first",)


def purchases(documents: Sequence[DocumentItem], scale: Scale) -> list[Grid]:
    """The purchased items of each receipt as a table: product, quantity, unit price, subtotal."""
    grids = []
    for document in documents:
        items = document.fields.get("Items")
        cells = [
            GridCell(
                row=row,
                column=column,
                text=with_symbols(field.content or ""),
                spans=field.spans,
                polygon=scale.region(field.bounding_regions),
                confidence=field.confidence,
            )
            for row, item in enumerate(items.value_array if items else ())
            for column, keys in enumerate(_COLUMNS)
            if (field := next((each for key in keys if (each := item.value_object.get(key))), None))
            and (field.content or "").strip()
        ]
        grids += [Grid(cells)] if cells else []
    return grids


def form_fields(pairs: Sequence[Pair], scale: Scale) -> dict[str, Field]:
    """The fields of a form by their labels. A repeated label gets a number."""
    fields: dict[str, Field] = {}
    for pair in pairs:
        label = " ".join(pair.key.content.split()).rstrip(":").strip()
        if not label or pair.value is None:
            continue
        name, number = label, 1
        while name in fields:
            number += 1
            name = f"{label} {number}"
        region = scale.region(pair.value.bounding_regions)
        value = with_symbols(pair.value.content)
        fields[name] = Field(value=value, polygon=region, confidence=pair.confidence)
    return fields


def _field(name: str, item: DocumentField, scale: Scale) -> Field | None:
    text = " ".join((item.content or item.value_string or "").split())
    value = item.value_date or field_value(name, text)
    if not value:
        return None
    return Field(value=value, polygon=scale.region(item.bounding_regions), confidence=item.confidence)


def _full_name(parts: Sequence[DocumentField | None], scale: Scale) -> dict[str, Field]:
    """The holder: the first name before the last name. Its region is that of the first part."""
    known = [field for part in parts if part and (field := _field("name", part, scale))]
    if not known:
        return {}
    confidences = [field.confidence for field in known if field.confidence is not None]
    name = " ".join(field.value for field in known)
    return {
        "name": Field(
            value=name,
            polygon=known[0].polygon if len(known) == 1 else None,
            confidence=min(confidences, default=None),
        )
    }


def _currency(total: DocumentField | None) -> dict[str, Field]:
    amount = total.value_currency if total else None
    name = (amount.currency_code or amount.currency_symbol) if amount else None
    return {"currency": Field(value=name)} if name else {}
