"""Read ground truth from PAGE XML, ALTO and hOCR: the text, and the bounding boxes of its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.parsers import expat

from ocrkit.errors import SourceError
from ocrkit.evaluate.hocr import MarkupTruth, read_hocr
from ocrkit.evaluate.truth_files import number, read_truth
from ocrkit.geometry import Box, Point, bounding_box
from ocrkit.result import join_words


def read_markup(path: Path) -> MarkupTruth:
    """Read a file in one of the three formats. Raises `SourceError` if it is invalid."""
    data = read_truth(path)
    if path.suffix in (".hocr", ".html"):
        return read_hocr(data.decode("utf-8", "replace"), str(path))
    root = _parse_xml(data, str(path))
    name = _local_name(root)
    readers: dict[str, Callable[[ET.Element], MarkupTruth]] = {"PcGts": _read_page_xml, "alto": _read_alto}
    if name == "html":
        return read_hocr(data.decode("utf-8", "replace"), str(path))
    if name not in readers:
        raise SourceError(
            f"is not PAGE XML, ALTO or hOCR (its root is <{name}>); convert it to one of these formats",
            path=str(path),
        )
    try:
        return readers[name](root)
    except (ValueError, TypeError) as error:
        raise SourceError(f"is invalid: {error}", path=str(path)) from error


def is_other_xml(path: Path) -> bool:
    """Whether a file is XML in another format, such as programs for annotation write beside a page."""
    if path.suffix != ".xml":
        return False
    return _local_name(_parse_xml(read_truth(path), str(path))) not in ("PcGts", "alto", "html")


def _parse_xml(data: bytes, path: str) -> ET.Element:
    """Parse a file from an untrusted source: entities are refused, because they can expand without limit."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(name: str, *_: object) -> None:
        raise SourceError(f"defines the entity '{name}'; remove it and write its text", path=path)

    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)  # noqa: FBT003 – expat takes it by position only
        return builder.close()
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: its encoding
        raise SourceError(f"is not well-formed XML: {error}", path=path) from None


def _local_name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _descendants(element: ET.Element, name: str) -> Iterator[ET.Element]:
    """All descendants with this local name, in any namespace: each version of a format has its own."""
    return (each for each in element.iter() if _local_name(each) == name)


def _children(element: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in element if _local_name(each) == name]


def _with_boxes(words: Iterable[tuple[str, Box | None]]) -> tuple[tuple[str, Box], ...]:
    return tuple((text, box) for text, box in words if box is not None and text.strip())


# ── PAGE XML ──


def _read_page_xml(root: ET.Element) -> MarkupTruth:
    page = next(_descendants(root, "Page"), None)
    if page is None:
        raise ValueError("it has no <Page>")
    lines, words = [], []
    for region in _regions_in_order(page):
        for line in _children(region, "TextLine"):
            parts = _children(line, "Word")
            lines.append(_text(line) or join_words([_text(part) or "" for part in parts]))
            words += [(_text(part) or "", _coords_box(part)) for part in parts]
        if not _children(region, "TextLine") and (text := _text(region)):
            lines.append(text)
    size = (number(page.get("imageWidth") or "0"), number(page.get("imageHeight") or "0"))
    return MarkupTruth("\n".join(lines), _with_boxes(words), size if all(size) else None)


def _regions_in_order(page: ET.Element) -> list[ET.Element]:
    """The text regions in reading order. Regions that the reading order omits come last."""
    regions = list(_descendants(page, "TextRegion"))
    order = [
        reference.get("regionRef")
        for group in _descendants(page, "ReadingOrder")
        for reference in group.iter()
        if reference.get("regionRef")
    ]
    rank = {name: number for number, name in enumerate(order)}
    return sorted(regions, key=lambda region: rank.get(region.get("id"), len(rank)))


def _text(element: ET.Element) -> str | None:
    equivalents = _children(element, "TextEquiv")
    first = min(equivalents, key=lambda each: int(each.get("index") or 0), default=None)
    unicode = next(_descendants(first, "Unicode"), None) if first is not None else None
    return unicode.text if unicode is not None else None


def _coords_box(element: ET.Element) -> Box | None:
    for coords in _children(element, "Coords"):
        points = [point.split(",") for point in (coords.get("points") or "").split()]
        if points:
            return bounding_box(Point(number(x), number(y)) for x, y in points)
    return None


# ── ALTO ──


def _read_alto(root: ET.Element) -> MarkupTruth:
    pages = list(_descendants(root, "Page"))
    unit = next((each.text for each in _descendants(root, "MeasurementUnit")), "pixel")
    lines, words = [], []
    for page in pages:
        for line in _descendants(page, "TextLine"):
            parts = _children(line, "String")
            texts = [part.get("CONTENT") or "" for part in parts]
            hyphen = next((each.get("CONTENT") or "-" for each in _children(line, "HYP")), "")
            lines.append(join_words(texts) + hyphen)
            words += [(text, _alto_box(part)) for text, part in zip(texts, parts, strict=True)]
    # Boxes in tenths of millimeters cannot be used without the resolution.
    has_boxes = len(pages) == 1 and unit == "pixel"
    size = (
        (number(pages[0].get("WIDTH") or "0"), number(pages[0].get("HEIGHT") or "0")) if pages else (0.0, 0.0)
    )
    return MarkupTruth(
        "\n".join(lines), _with_boxes(words) if has_boxes else (), size if has_boxes and all(size) else None
    )


def _alto_box(element: ET.Element) -> Box | None:
    texts = [element.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    if any(text is None for text in texts):
        return None
    left, top, width, height = (number(text or "0") for text in texts)
    return Box(left, top, left + width, top + height)
