"""PAGE XML 2019-07-15, the regions, lines and words of one page for OCR-D, eScriptorium and Transkribus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.errors import ExportError
from ocrkit.exporters import _xml as xml
from ocrkit.exporters._numbers import format_decimal
from ocrkit.exporters._outline import Outline, format_points, page_outline, region_outline
from ocrkit.exporters._xml import Attributes
from ocrkit.exporters.base import StreamingExporter
from ocrkit.result import Block, BlockKind, Cell, DocumentResult, Line, PageResult, Region, Table, Trace, Word

_NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_ROOT = {
    "xmlns": _NAMESPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{_NAMESPACE} {_NAMESPACE}/pagecontent.xsd",
}

_UNKNOWN_TIME = "1970-01-01T00:00:00Z"
"""PAGE requires a time, and a result has none. This one is clearly not real, and the same in every file."""

_TYPES: dict[BlockKind, str] = {
    "heading": "heading",
    "caption": "caption",
    "header": "header",
    "footer": "footer",
    "page_number": "page-number",
    "note": "marginalia",
}
"""PAGE's own names of the kinds of blocks. The schema has no type for the others."""

LANGUAGES = dict(
    pair.split("=")
    for pair in (
        "ab=Abkhaz|aa=Afar|af=Afrikaans|ak=Akan|sq=Albanian|am=Amharic|ar=Arabic|an=Aragonese|hy=Armenian|"
        "as=Assamese|av=Avaric|ae=Avestan|ay=Aymara|az=Azerbaijani|bm=Bambara|ba=Bashkir|eu=Basque|"
        "be=Belarusian|bn=Bengali|bh=Bihari|bi=Bislama|bs=Bosnian|br=Breton|bg=Bulgarian|my=Burmese|"
        "yue=Cantonese|ca=Catalan|ch=Chamorro|ce=Chechen|ny=Chichewa|zh=Chinese|cmn=Chinese|cv=Chuvash|"
        "kw=Cornish|co=Corsican|cr=Cree|hr=Croatian|cs=Czech|da=Danish|dv=Divehi|nl=Dutch|dz=Dzongkha|"
        "en=English|eo=Esperanto|et=Estonian|ee=Ewe|fo=Faroese|fj=Fijian|fi=Finnish|fr=French|ff=Fula|"
        "gd=Gaelic|gl=Galician|lg=Ganda|ka=Georgian|de=German|el=Greek|gn=Guaraní|gu=Gujarati|ht=Haitian|"
        "ha=Hausa|he=Hebrew|hz=Herero|hi=Hindi|ho=Hiri Motu|hu=Hungarian|is=Icelandic|io=Ido|ig=Igbo|"
        "id=Indonesian|ia=Interlingua|ie=Interlingue|iu=Inuktitut|ik=Inupiaq|ga=Irish|it=Italian|ja=Japanese|"
        "jv=Javanese|kl=Kalaallisut|kn=Kannada|kr=Kanuri|ks=Kashmiri|kk=Kazakh|km=Khmer|ki=Kikuyu|"
        "rw=Kinyarwanda|rn=Kirundi|kv=Komi|kg=Kongo|ko=Korean|ku=Kurdish|kj=Kwanyama|ky=Kyrgyz|lo=Lao|"
        "la=Latin|lv=Latvian|li=Limburgish|ln=Lingala|lt=Lithuanian|lu=Luba-Katanga|lb=Luxembourgish|"
        "mk=Macedonian|mg=Malagasy|ms=Malay|ml=Malayalam|mt=Maltese|gv=Manx|mi=Māori|mr=Marathi|"
        "mh=Marshallese|mn=Mongolian|na=Nauru|nv=Navajo|ng=Ndonga|ne=Nepali|nd=North Ndebele|"
        "se=Northern Sami|no=Norwegian|nb=Norwegian Bokmål|nn=Norwegian Nynorsk|ii=Nuosu|oc=Occitan|"
        "oj=Ojibwe|cu=Old Church Slavonic|or=Oriya|om=Oromo|os=Ossetian|pi=Pāli|pa=Punjabi|ps=Pashto|"
        "fa=Persian|pl=Polish|pt=Portuguese|qu=Quechua|ro=Romanian|rm=Romansh|ru=Russian|sm=Samoan|sg=Sango|"
        "sa=Sanskrit|sc=Sardinian|sr=Serbian|sn=Shona|sd=Sindhi|si=Sinhala|sk=Slovak|sl=Slovene|so=Somali|"
        "nr=South Ndebele|st=Southern Sotho|es=Spanish|su=Sundanese|sw=Swahili|ss=Swati|sv=Swedish|"
        "tl=Tagalog|ty=Tahitian|tg=Tajik|ta=Tamil|tt=Tatar|te=Telugu|th=Thai|bo=Tibetan|ti=Tigrinya|to=Tonga|"
        "ts=Tsonga|tn=Tswana|tr=Turkish|tk=Turkmen|tw=Twi|ug=Uighur|uk=Ukrainian|ur=Urdu|uz=Uzbek|ve=Venda|"
        "vi=Vietnamese|vo=Volapük|wa=Walloon|cy=Welsh|fy=Western Frisian|wo=Wolof|xh=Xhosa|yi=Yiddish|"
        "yo=Yoruba|za=Zhuang|zu=Zulu"
    ).split("|")
)
"""PAGE's own names of languages, by language tag. The schema allows no others."""


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The only page of the document: the format allows exactly one."""
    remaining = iter(pages)
    page = next(remaining, None)
    if page is None:
        raise ExportError(
            "a PAGE file holds exactly one page, but this document has none; export it as 'json' instead"
        )
    if next(remaining, None) is not None:
        raise ExportError(
            "a PAGE file holds exactly one page, but this document has more; write its pages one at a time "
            "(on the command line with --pages 1, --pages 2, …), or use 'alto', which holds all of them"
        )
    metadata = xml.parent("Metadata", {}, list(_metadata(head, page)))
    root = xml.parent("PcGts", _ROOT, [metadata, _page(head, page)])
    yield f"{xml.DECLARATION}{root}\n".encode()


def _metadata(head: DocumentResult, page: PageResult) -> Iterator[str]:
    yield xml.element("Creator", {}, f"ocrkit {xml.ocrkit_version()}")
    yield xml.element("Created", {}, _UNKNOWN_TIME)
    yield xml.element("LastChange", {}, _UNKNOWN_TIME)
    if head.page_count > 1:
        yield xml.element("Comments", {}, f"page {page.number} of {head.page_count}")
    for step in page.preprocess:
        if step.changed:
            yield _step("preprocess", step.name, {key: str(value) for key, value in step.parameters.items()})
    yield _step("recognition", page.trace.backend, _engine_labels(page.trace))


def _step(name: str, value: str, labels: dict[str, str]) -> str:
    children = [xml.element("Label", {"value": label, "type": key}) for key, label in labels.items()]
    attributes = {"type": "processingStep", "name": name, "value": value}
    return xml.parent("MetadataItem", attributes, [xml.parent("Labels", {}, children)] if children else [])


def _engine_labels(trace: Trace) -> dict[str, str]:
    return {key: value for key, value in xml.engine_properties(trace).items() if key != "backend"}


def _page(head: DocumentResult, page: PageResult) -> str:
    dpi = None if page.dpi is None else format_decimal(page.dpi)
    attributes: Attributes = {
        "imageFilename": xml.file_name(head.source) or "",
        "imageWidth": page.width,
        "imageHeight": page.height,
        "imageXResolution": dpi,
        "imageYResolution": dpi,
        "imageResolutionUnit": dpi and "PPI",
        "orientation": (page.rotation - 360 if page.rotation > 180 else page.rotation) or None,
        "conf": xml.confidence(page.quality.mean),
    }
    outline = page_outline(page)
    names = [f"r{count}" for count in range(1, len(page.blocks) + 1)]
    regions = [_region(name, block, page, outline) for name, block in zip(names, page.blocks, strict=True)]
    return xml.parent("Page", attributes, [*_reading_order(names), *regions])


def _reading_order(names: list[str]) -> list[str]:
    references = [
        xml.element("RegionRefIndexed", {"index": index, "regionRef": name})
        for index, name in enumerate(names)
    ]
    group = xml.parent("OrderedGroup", {"id": "reading_order"}, references)
    return [xml.parent("ReadingOrder", {}, [group])] if names else []


def _region(name: str, block: Block, page: PageResult, outer: Outline) -> str:
    outline = region_outline(block, page)
    if block.table:
        return _table(name, block, block.table, page, outline or outer)
    attributes = {
        "id": name,
        "type": _TYPES.get(block.kind),
        "custom": _custom(block, None),
        "orientation": _orientation(outline, page),
        "readingDirection": _direction(block.text, outer_right_to_left=False),
        "primaryLanguage": _language(block, None),
    }
    right_to_left = xml.is_right_to_left(block.text)
    lines = [
        _line(f"{name}_l{count}", line, block, page, outline or outer, block_right_to_left=right_to_left)
        for count, line in enumerate(block.lines, 1)
    ]
    children = [_coordinates(outline or outer), *lines, *_text(block.text, block.confidence)]
    return xml.parent("TextRegion", attributes, children)


def _table(name: str, block: Block, table: Table, page: PageResult, outline: Outline) -> str:
    attributes: Attributes = {
        "id": name,
        "custom": _custom(block, None),
        "orientation": _orientation(region_outline(block, page), page),
        "rows": table.row_count,
        "columns": table.column_count,
    }
    cells = [
        _cell(f"{name}_c{count}", cell, block, page, outline) for count, cell in enumerate(table.cells, 1)
    ]
    return xml.parent("TableRegion", attributes, [_coordinates(outline), *cells])


def _cell(name: str, cell: Cell, block: Block, page: PageResult, outer: Outline) -> str:
    outline = region_outline(cell, page) or outer
    right_to_left = xml.is_right_to_left(cell.text)
    role = {
        "rowIndex": cell.row,
        "columnIndex": cell.column,
        "rowSpan": cell.row_span if cell.row_span > 1 else None,
        "colSpan": cell.column_span if cell.column_span > 1 else None,
    }
    lines = [
        _line(f"{name}_l{count}", block.lines[index], block, page, outline, block_right_to_left=right_to_left)
        for count, index in enumerate(cell.lines, 1)
        if index < len(block.lines)
    ]
    attributes = {
        "id": name,
        "readingDirection": _direction(cell.text, outer_right_to_left=False),
        "primaryLanguage": _language(block, None),
    }
    roles = xml.parent("Roles", {}, [xml.element("TableCellRole", role)])
    children = [_coordinates(outline), roles, *lines, *_text(cell.text, cell.confidence)]
    return xml.parent("TextRegion", attributes, children)


def _line(
    name: str, line: Line, block: Block, page: PageResult, outer: Outline, *, block_right_to_left: bool
) -> str:
    outline = region_outline(line, page)
    attributes = {
        "id": name,
        "custom": _custom(line, block.language),
        "primaryLanguage": _language(line, block.language),
        "readingDirection": _direction(line.text, outer_right_to_left=block_right_to_left),
    }
    children = [_coordinates(outline or outer)]
    children += [xml.element("Baseline", {"points": format_points(outline.baseline)})] if outline else []
    children += [
        _word(f"{name}_w{count}", word, line.language or block.language, page, outline or outer)
        for count, word in enumerate(line.words, 1)
    ]
    return xml.parent("TextLine", attributes, [*children, *_text(line.text, line.confidence)])


def _word(name: str, word: Word, line_language: str | None, page: PageResult, outer: Outline) -> str:
    outline = region_outline(word, page) or outer
    attributes = {
        "id": name,
        "custom": _custom(word, line_language),
        "language": _language(word, line_language),
    }
    return xml.parent("Word", attributes, [_coordinates(outline), *_readings(word)])


def _coordinates(outline: Outline) -> str:
    return xml.element("Coords", {"points": format_points(outline.points)})


def _readings(word: Word) -> list[str]:
    """The text of a word and, with higher indices, its other readings."""
    if not word.alternatives:
        return _text(word.text, word.confidence)
    readings = [(word.text, word.confidence)]
    readings += [(other.text, other.probability) for other in word.alternatives]
    return [
        text
        for index, (reading, confidence) in enumerate(readings)
        for text in _text(reading, confidence, index)
    ]


def _text(text: str, confidence: float | None, index: int | None = None) -> list[str]:
    content = xml.element("Unicode", {}, text)
    return [xml.parent("TextEquiv", {"index": index, "conf": xml.confidence(confidence)}, [content])]


def _orientation(outline: Outline | None, page: PageResult) -> str | None:
    """The clockwise rotation that makes the text upright. Readers do not add it to that of the page."""
    degrees = -outline.angle % 360 if outline else float(page.rotation)
    if not degrees and not page.rotation:
        return None
    return format_decimal(degrees - 360 if degrees > 180 else degrees, 2)


def _direction(text: str, *, outer_right_to_left: bool) -> str | None:
    right_to_left = xml.is_right_to_left(text)
    if right_to_left == outer_right_to_left:
        return None
    return "right-to-left" if right_to_left else "left-to-right"


def _language(region: Region, outer: str | None) -> str | None:
    tag = None if region.language == outer else xml.language_tag(region.language)
    return tag and LANGUAGES.get(tag.partition("-")[0].lower(), "other")


def _custom(region: Region, outer: str | None) -> str | None:
    """The exact language and handwriting in the notation of Transkribus: PAGE has no attributes for them."""
    tag = None if region.language == outer else xml.language_tag(region.language)
    properties = [f"language {{type:{tag};}}"] if tag else []
    properties += [f"handwriting {{status:{region.handwritten};}}"] if region.handwritten else []
    return " ".join(properties) or None


export = StreamingExporter(_stream)
