"""PAGE XML 2019-07-15: regions, lines and words of one page, for OCR-D, eScriptorium and Transkribus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ocrkit.errors import ExportError
from ocrkit.exporters import _xml as xml
from ocrkit.exporters._xml import Attributes, Place
from ocrkit.exporters.base import Streamed
from ocrkit.result import Block, Cell, DocumentResult, Line, PageResult, Region, Table, Trace, Word

_SPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_ROOT = {
    "xmlns": _SPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{_SPACE} {_SPACE}/pagecontent.xsd",
}

_UNKNOWN_TIME = "1970-01-01T00:00:00Z"
"""PAGE wants a time, and a result has none. One that nobody takes for real keeps files comparable."""

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
"""From language tags to the names that PAGE has; it knows no others."""


def _stream(head: DocumentResult, pages: Iterable[PageResult]) -> Iterator[bytes]:
    """The one page of the document. The format has no room for a second, nor for none."""
    coming = iter(pages)
    page = next(coming, None)
    if page is None:
        raise ExportError("a PAGE file is about one page, and of this document none was read")
    if next(coming, None) is not None:
        raise ExportError(
            "a PAGE file is about one page, and this document has more. Write its pages one at a time, on "
            "the command line with --pages 1, --pages 2, …, or take 'alto', which holds them all."
        )
    metadata = xml.branch("Metadata", {}, list(_metadata(head, page)))
    root = xml.branch("PcGts", _ROOT, [metadata, _page(head, page)])
    yield f"{xml.DECLARATION}{root}\n".encode()


def _metadata(head: DocumentResult, page: PageResult) -> Iterator[str]:
    yield xml.leaf("Creator", {}, f"ocrkit {xml.own_version()}")
    yield xml.leaf("Created", {}, _UNKNOWN_TIME)
    yield xml.leaf("LastChange", {}, _UNKNOWN_TIME)
    if head.page_count > 1:
        yield xml.leaf("Comments", {}, f"page {page.number} of {head.page_count}")
    for step in page.preprocess:
        if step.changed:
            yield _step("preprocess", step.name, {key: str(value) for key, value in step.parameters.items()})
    yield _step("recognition", page.trace.backend, _without_backend(page.trace))


def _step(name: str, value: str, labels: dict[str, str]) -> str:
    inside = [xml.leaf("Label", {"value": each, "type": key}) for key, each in labels.items()]
    attributes = {"type": "processingStep", "name": name, "value": value}
    return xml.branch("MetadataItem", attributes, [xml.branch("Labels", {}, inside)] if inside else [])


def _without_backend(trace: Trace) -> dict[str, str]:
    return {key: value for key, value in xml.engine_facts(trace).items() if key != "backend"}


def _page(head: DocumentResult, page: PageResult) -> str:
    dpi = None if page.dpi is None else xml.number(page.dpi)
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
    around = xml.whole_page(page)
    names = [f"r{count}" for count in range(1, len(page.blocks) + 1)]
    regions = [_region(name, block, page, around) for name, block in zip(names, page.blocks, strict=True)]
    return xml.branch("Page", attributes, [*_order(names), *regions])


def _order(names: list[str]) -> list[str]:
    references = [
        xml.leaf("RegionRefIndexed", {"index": count, "regionRef": name}) for count, name in enumerate(names)
    ]
    group = xml.branch("OrderedGroup", {"id": "reading_order"}, references)
    return [xml.branch("ReadingOrder", {}, [group])] if names else []


def _region(name: str, block: Block, page: PageResult, around: Place) -> str:
    place = xml.placed(block, page)
    if block.table:
        return _table(name, block, block.table, page, place or around)
    attributes = {
        "id": name,
        "custom": _custom(block, None),
        "orientation": _orientation(place, page),
        "readingDirection": _direction(block.text, backwards=False),
        "primaryLanguage": _language(block, None),
    }
    backwards = xml.right_to_left(block.text)
    lines = [
        _line(f"{name}_l{count}", line, block, page, place or around, backwards=backwards)
        for count, line in enumerate(block.lines, 1)
    ]
    inside = [_coordinates(place or around), *lines, *_text(block.text, block.confidence)]
    return xml.branch("TextRegion", attributes, inside)


def _table(name: str, block: Block, table: Table, page: PageResult, around: Place) -> str:
    attributes: Attributes = {
        "id": name,
        "custom": _custom(block, None),
        "orientation": _orientation(xml.placed(block, page), page),
        "rows": table.row_count,
        "columns": table.column_count,
    }
    cells = [
        _cell(f"{name}_c{count}", cell, block, page, around) for count, cell in enumerate(table.cells, 1)
    ]
    return xml.branch("TableRegion", attributes, [_coordinates(around), *cells])


def _cell(name: str, cell: Cell, block: Block, page: PageResult, around: Place) -> str:
    place = xml.placed(cell, page) or around
    backwards = xml.right_to_left(cell.text)
    role = {
        "rowIndex": cell.row,
        "columnIndex": cell.column,
        "rowSpan": cell.row_span if cell.row_span > 1 else None,
        "colSpan": cell.column_span if cell.column_span > 1 else None,
    }
    lines = [
        _line(f"{name}_l{count}", block.lines[index], block, page, place, backwards=backwards)
        for count, index in enumerate(cell.lines, 1)
        if index < len(block.lines)
    ]
    attributes = {
        "id": name,
        "readingDirection": _direction(cell.text, backwards=False),
        "primaryLanguage": _language(block, None),
    }
    roles = xml.branch("Roles", {}, [xml.leaf("TableCellRole", role)])
    inside = [_coordinates(place), roles, *lines, *_text(cell.text, cell.confidence)]
    return xml.branch("TextRegion", attributes, inside)


def _line(name: str, line: Line, block: Block, page: PageResult, around: Place, *, backwards: bool) -> str:
    place = xml.placed(line, page)
    attributes = {
        "id": name,
        "custom": _custom(line, block.language),
        "primaryLanguage": _language(line, block.language),
        "readingDirection": _direction(line.text, backwards=backwards),
    }
    inside = [_coordinates(place or around)]
    inside += [xml.leaf("Baseline", {"points": xml.points_of(place.side)})] if place else []
    inside += [
        _word(f"{name}_w{count}", word, line.language or block.language, page, place or around)
        for count, word in enumerate(line.words, 1)
    ]
    return xml.branch("TextLine", attributes, [*inside, *_text(line.text, line.confidence)])


def _word(name: str, word: Word, outer: str | None, page: PageResult, around: Place) -> str:
    place = xml.placed(word, page) or around
    attributes = {"id": name, "custom": _custom(word, outer), "language": _language(word, outer)}
    return xml.branch("Word", attributes, [_coordinates(place), *_text(word.text, word.confidence)])


def _coordinates(place: Place) -> str:
    return xml.leaf("Coords", {"points": xml.points_of(place.points)})


def _text(text: str, confidence: float | None) -> list[str]:
    return [xml.branch("TextEquiv", {"conf": xml.confidence(confidence)}, [xml.leaf("Unicode", {}, text)])]


def _orientation(place: Place | None, page: PageResult) -> str | None:
    """The clockwise turn that puts the text upright: readers take it as it is, not on top of the page's."""
    turn = -place.angle % 360 if place else float(page.rotation)
    return xml.number(turn - 360 if turn > 180 else turn, 2) if turn or page.rotation else None


def _direction(text: str, *, backwards: bool) -> str | None:
    own = xml.right_to_left(text)
    return None if own == backwards else "right-to-left" if own else "left-to-right"


def _language(region: Region, outer: str | None) -> str | None:
    tag = None if region.language == outer else xml.language(region.language)
    return tag and LANGUAGES.get(tag.partition("-")[0].lower(), "other")


def _custom(region: Region, outer: str | None) -> str | None:
    """What PAGE has no attribute for, in the notation of Transkribus: the exact language, and handwriting."""
    tag = None if region.language == outer else xml.language(region.language)
    said = [f"language {{type:{tag};}}"] if tag else []
    said += [f"handwriting {{status:{region.handwritten};}}"] if region.handwritten else []
    return " ".join(said) or None


export = Streamed(_stream)
