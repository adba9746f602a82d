"""ALTO 4.4: the XML of libraries and archives for what stands where on a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.errors import ExportError
from ocrkit.exporters import _xml as xml
from ocrkit.exporters._xml import Attributes, Place
from ocrkit.exporters.base import Streamed
from ocrkit.result import Block, DocumentResult, Line, PageResult, Region, Trace, Word

_SPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_ROOT = {
    "xmlns": _SPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{_SPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd",
    "SCHEMAVERSION": "4.4",
}


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """One `Page` for each page, in pixels. How they were read is told of the first one."""
    lead: str | None = None
    for key, page in xml.keyed(pages):
        lead = _beginning(head, page) if lead is None else ""
        yield f"{lead}{xml.indented([_page(key, page)], 2)}\n".encode()
    if lead is None:
        raise ExportError(
            "ALTO has no form for a document without pages, and of this one none was read. 'json' has one."
        )
    yield b"  </Layout>\n</alto>\n"


def _beginning(head: DocumentResult, first: PageResult) -> str:
    description = [xml.leaf("MeasurementUnit", {}, "pixel")]
    if name := xml.file_name(head.source):
        description.append(xml.branch("sourceImageInformation", {}, [xml.leaf("fileName", {}, name)]))
    description += _processing(first.trace, first.number)
    whole = xml.indented([xml.branch("Description", {}, description), "<Layout>"])
    return f"{xml.DECLARATION}{xml.start('alto', _ROOT)}\n{whole}\n"


def _processing(trace: Trace, number: int) -> Iterator[str]:
    """The steps in their order, and at last the reading."""
    for count, step in enumerate((each for each in trace.preprocess if each.changed), 1):
        parameters = ", ".join(f"{key}={value}" for key, value in step.parameters.items())
        inside = [
            xml.leaf("processingCategory", {}, "preOperation"),
            xml.leaf("processingStepDescription", {}, f"page {number}: {step.name}"),
        ]
        inside += [xml.leaf("processingStepSettings", {}, parameters)] if parameters else []
        yield xml.branch("Processing", {"ID": f"preprocess_{count}"}, inside)
    facts = ", ".join(f"{key} {value}" for key, value in xml.engine_facts(trace).items())
    software = [
        xml.leaf("softwareName", {}, "ocrkit"),
        xml.leaf("softwareVersion", {}, xml.own_version()),
    ]
    inside = [
        xml.leaf("processingCategory", {}, "contentGeneration"),
        xml.leaf("processingStepDescription", {}, f"page {number}: text recognition"),
        xml.leaf("processingStepSettings", {}, facts),
        xml.branch("processingSoftware", {}, software),
    ]
    yield xml.branch("Processing", {"ID": "recognition"}, inside)


def _page(key: str, page: PageResult) -> str:
    attributes: Attributes = {
        "ID": f"page_{key}",
        "PHYSICAL_IMG_NR": page.number,
        "WIDTH": page.width,
        "HEIGHT": page.height,
        "PC": xml.confidence(page.quality.mean),
        "ROTATION": page.rotation or None,
    }
    blocks = [_block(f"p{key}_b{count}", block, page) for count, block in enumerate(page.blocks, 1)]
    everything = _box(xml.whole_page(page))
    return xml.branch("Page", attributes, [xml.branch("PrintSpace", everything, blocks)])


def _block(name: str, block: Block, page: PageResult) -> str:
    place = xml.placed(block, page)
    backwards = xml.right_to_left(block.text)
    attributes = {
        "ID": name,
        **_box(place),
        "ROTATION": _rotation(place, page),
        "LANG": xml.language(block.language),
        "BASEDIRECTION": "rtl" if backwards else None,
    }
    lines = [
        _line(f"{name}_l{count}", line, block, page, backwards=backwards)
        for count, line in enumerate(block.lines, 1)
    ]
    shape = [_shape(place)] if place and not place.upright else []
    return xml.branch("TextBlock", attributes, [*shape, *lines])


def _line(name: str, line: Line, block: Block, page: PageResult, *, backwards: bool) -> str:
    place = xml.placed(line, page)
    own = xml.right_to_left(line.text)
    attributes = {
        "ID": name,
        **_box(place),
        "BASELINE": xml.points_of(place.side) if place else None,
        "LANG": _language(line, block.language),
        "BASEDIRECTION": None if own == backwards else "rtl" if own else "ltr",
    }
    # Readers that train on lines take the outline from nowhere else, so it is there for a plain box too.
    inside = [_shape(place)] if place else []
    before: Place | None = None
    for count, (gap, word) in enumerate(xml.spaced(line), 1):
        here = xml.placed(word, page)
        if gap:
            inside.append(xml.leaf("SP", _between(before, here)))
        inside.append(_string(f"{name}_w{count}", word, here, line.language or block.language))
        before = here
    return xml.branch("TextLine", attributes, inside)


def _string(name: str, word: Word, place: Place | None, outer: str | None) -> str:
    attributes = {
        "ID": name,
        **_box(place),
        "CONTENT": word.text,
        "WC": xml.confidence(word.confidence),
        "LANG": _language(word, outer),
    }
    return xml.branch("String", attributes, [_shape(place)] if place and not place.upright else [])


def _box(place: Place | None) -> dict[str, int]:
    if place is None:
        return {}
    return {"HPOS": place.left, "VPOS": place.top, "WIDTH": place.width, "HEIGHT": place.height}


def _shape(place: Place) -> str:
    return xml.branch("Shape", {}, [xml.leaf("Polygon", {"POINTS": xml.points_of(place.points)})])


def _between(before: Place | None, after: Place | None) -> dict[str, int]:
    """Where the space is; it has no place where the words do not stand side by side."""
    if before is None or after is None:
        return {}
    left, right = min(before.right, after.right), max(before.left, after.left)
    top = min(before.top, after.top)
    return {"HPOS": left, "VPOS": top, "WIDTH": right - left} if left <= right else {}


def _rotation(place: Place | None, page: PageResult) -> str | None:
    """Counterclockwise, and only where it is not that of the page."""
    turn = -place.angle % 360 if place else float(page.rotation)
    return None if turn == page.rotation else xml.number(turn, 2)


def _language(region: Region, outer: str | None) -> str | None:
    return None if region.language == outer else xml.language(region.language)


export = Streamed(_stream)
