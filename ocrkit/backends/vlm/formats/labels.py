"""The labels of models for the kinds of blocks."""

from __future__ import annotations

import re
from types import MappingProxyType

from ocrkit.result import BlockKind

_KINDS: MappingProxyType[str, tuple[BlockKind, int | None]] = MappingProxyType({
    "title": ("heading", 1), "documenttitle": ("heading", 1), "doctitle": ("heading", 1),
    "heading": ("heading", None), "header": ("header", None), "sectionheader": ("heading", None),
    "subtitle": ("heading", 2), "paragraphtitle": ("heading", None), "sectiontitle": ("heading", None),
    "list": ("list", None), "listitem": ("list", None), "listgroup": ("list", None),
    "unorderedlist": ("list", None), "orderedlist": ("list", None), "tableofcontents": ("list", None),
    "table": ("table", None), "otsl": ("table", None),
    "caption": ("caption", None), "imagecaption": ("caption", None), "tablecaption": ("caption", None),
    "figurecaption": ("caption", None), "figuretitle": ("caption", None), "figcaption": ("caption", None),
    "pageheader": ("header", None), "runningheader": ("header", None),
    "pagefooter": ("footer", None), "footer": ("footer", None),
    "pagenumber": ("page_number", None), "number": ("page_number", None),
    "footnote": ("note", None), "pagefootnote": ("note", None), "tablefootnote": ("note", None),
    "imagefootnote": ("note", None), "asidetext": ("note", None), "marginalia": ("note", None),
    "formula": ("formula", None), "equation": ("formula", None), "equationblock": ("formula", None),
    "displayformula": ("formula", None), "interlineequation": ("formula", None), "math": ("formula", None),
    "picture": ("picture", None), "image": ("picture", None), "figure": ("picture", None),
    "chart": ("picture", None), "diagram": ("picture", None), "img": ("picture", None),
    "seal": ("picture", None), "signature": ("signature", None),
})  # fmt: skip
_LEVEL = re.compile(r"(?:sectionheader|heading|title)(?:level)?([1-6])|h([1-6])")


def kind_of(label: str) -> tuple[BlockKind, int | None]:
    """The kind of a block and the level of a heading; `text` for an unknown label."""
    name = re.sub(r"[^a-z0-9]", "", label.lower())
    if found := _LEVEL.fullmatch(name):
        return "heading", int(found[1] or found[2])
    return _KINDS.get(name, ("text", None))
