"""ALTO 4.4, the XML format of libraries and archives for text and its layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.errors import ExportError
from ocrkit.exporters import _xml as xml
from ocrkit.exporters._numbers import format_decimal
from ocrkit.exporters._outline import Outline, format_points, page_outline, region_outline
from ocrkit.exporters._xml import Attributes
from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import Block, DocumentResult, Line, PageResult, Region, Trace, Word

_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_ROOT = {
    "xmlns": _NAMESPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{_NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd",
    "SCHEMAVERSION": "4.4",
}


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """One `Page` per page, in pixels. The description states how the first page was read."""
    header: str | None = None
    for key, page in xml.pages_with_keys(pages):
        header = _header(head, page) if header is None else ""
        yield f"{header}{xml.indent([_page(key, page)], 2)}\n".encode()
    if header is None:
        raise ExportError("ALTO does not allow documents without pages; export this one as 'json' instead")
    yield b"  </Layout>\n</alto>\n"


def _header(head: DocumentResult, first: PageResult) -> str:
    description = [xml.element("MeasurementUnit", {}, "pixel")]
    if name := xml.file_name(head.source):
        description.append(xml.parent("sourceImageInformation", {}, [xml.element("fileName", {}, name)]))
    description += _processing(first.trace, first.number)
    content = xml.indent([xml.parent("Description", {}, description), "<Layout>"])
    return f"{xml.DECLARATION}{xml.start_tag('alto', _ROOT)}\n{content}\n"


def _processing(trace: Trace, number: int) -> Iterator[str]:
    """The preprocessing steps in their order, then the recognition."""
    for count, step in enumerate((step for step in trace.preprocess if step.changed), 1):
        parameters = ", ".join(f"{key}={value}" for key, value in step.parameters.items())
        children = [
            xml.element("processingCategory", {}, "preOperation"),
            xml.element("processingStepDescription", {}, f"page {number}: {step.name}"),
        ]
        children += [xml.element("processingStepSettings", {}, parameters)] if parameters else []
        yield xml.parent("Processing", {"ID": f"preprocess_{count}"}, children)
    engine = ", ".join(f"{key} {value}" for key, value in xml.engine_properties(trace).items())
    software = [
        xml.element("softwareName", {}, "ocrkit"),
        xml.element("softwareVersion", {}, xml.ocrkit_version()),
    ]
    children = [
        xml.element("processingCategory", {}, "contentGeneration"),
        xml.element("processingStepDescription", {}, f"page {number}: text recognition"),
        xml.element("processingStepSettings", {}, engine),
        xml.parent("processingSoftware", {}, software),
    ]
    yield xml.parent("Processing", {"ID": "recognition"}, children)


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
    print_space = _box_attributes(page_outline(page))
    return xml.parent("Page", attributes, [xml.parent("PrintSpace", print_space, blocks)])


def _block(name: str, block: Block, page: PageResult) -> str:
    outline = region_outline(block, page)
    right_to_left = xml.is_right_to_left(block.text)
    attributes = {
        "ID": name,
        **_box_attributes(outline),
        "ROTATION": _rotation(outline, page),
        "LANG": xml.language_tag(block.language),
        "BASEDIRECTION": "rtl" if right_to_left else None,
    }
    lines = [
        _line(f"{name}_l{count}", line, block, page, block_right_to_left=right_to_left)
        for count, line in enumerate(block.lines, 1)
    ]
    return xml.parent("TextBlock", attributes, [*_shape_unless_box(outline), *lines])


def _line(name: str, line: Line, block: Block, page: PageResult, *, block_right_to_left: bool) -> str:
    outline = region_outline(line, page)
    right_to_left = xml.is_right_to_left(line.text)
    direction = "rtl" if right_to_left else "ltr"
    attributes = {
        "ID": name,
        **_box_attributes(outline),
        "BASELINE": format_points(outline.baseline) if outline else None,
        "LANG": _language(line, block.language),
        "BASEDIRECTION": None if right_to_left == block_right_to_left else direction,
    }
    # Programs that train on lines read the outline only from here, so a plain box has one, too.
    children = [_shape(outline)] if outline else []
    before: Outline | None = None
    for count, (has_space, word) in enumerate(xml.words_with_spaces(line), 1):
        word_outline = region_outline(word, page)
        if has_space:
            children.append(xml.element("SP", _space_attributes(before, word_outline)))
        children.append(_string(f"{name}_w{count}", word, word_outline, line.language or block.language))
        before = word_outline
    return xml.parent("TextLine", attributes, children)


def _string(name: str, word: Word, outline: Outline | None, line_language: str | None) -> str:
    attributes = {
        "ID": name,
        **_box_attributes(outline),
        "CONTENT": word.text,
        "WC": xml.confidence(word.confidence),
        "LANG": _language(word, line_language),
    }
    return xml.parent("String", attributes, _shape_unless_box(outline))


def _box_attributes(outline: Outline | None) -> dict[str, int]:
    if outline is None:
        return {}
    return {"HPOS": outline.left, "VPOS": outline.top, "WIDTH": outline.width, "HEIGHT": outline.height}


def _shape_unless_box(outline: Outline | None) -> list[str]:
    return [_shape(outline)] if outline and not outline.is_box else []


def _shape(outline: Outline) -> str:
    return xml.parent("Shape", {}, [xml.element("Polygon", {"POINTS": format_points(outline.points)})])


def _space_attributes(before: Outline | None, after: Outline | None) -> dict[str, int]:
    """The position of a space, which has none unless the two words are side by side."""
    if before is None or after is None:
        return {}
    left, right = min(before.right, after.right), max(before.left, after.left)
    top = min(before.top, after.top)
    return {"HPOS": left, "VPOS": top, "WIDTH": right - left} if left <= right else {}


def _rotation(outline: Outline | None, page: PageResult) -> str | None:
    """The counterclockwise rotation, where it differs from that of the page."""
    degrees = -outline.angle % 360 if outline else float(page.rotation)
    return None if degrees == page.rotation else format_decimal(degrees, 2)


def _language(region: Region, outer: str | None) -> str | None:
    return None if region.language == outer else xml.language_tag(region.language)


export = StreamingExporter(_stream)
