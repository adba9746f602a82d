"""The parts of a DOCX file except its body."""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.exporters import _xml as xml

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"

NAMESPACE = f'xmlns:w="{_WORD}"'

BULLET_LIST = 1
"""The ID of the one list of all items with bullets. Numbered lists have the IDs after it."""

_HEADING_SIZES = (32, 26, 24, 22, 22, 22)  # half points


def static_parts(source: str | None) -> dict[str, str]:
    """The parts that do not depend on the text, by name."""
    title = xml.escape(xml.file_name(source) or "")
    return {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(
            (f"{_OFFICE}/officeDocument", "word/document.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": (
            f'{xml.DECLARATION}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
            f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></cp:coreProperties>\n'
        ),
        "word/_rels/document.xml.rels": _relationships(
            *((f"{_OFFICE}/{name}", f"{name}.xml") for name in ("styles", "settings", "numbering"))
        ),
        "word/settings.xml": _settings(),
        "word/styles.xml": _styles(),
    }


def numbering(lists: Sequence[int]) -> str:
    """The definitions of the bullet list and of each numbered list.

    Args:
        lists: the first numbers of the numbered lists.
    """
    formats = [_list_format(0, "bullet", "•"), _list_format(1, "decimal", "%1.")]
    instances = [f'<w:num w:numId="{BULLET_LIST}"><w:abstractNumId w:val="0"/></w:num>']
    instances += [
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0">'
        f'<w:startOverride w:val="{first}"/></w:lvlOverride></w:num>'
        for number, first in enumerate(lists, start=BULLET_LIST + 1)
    ]
    return (
        f"{xml.DECLARATION}<w:numbering {NAMESPACE}>\n"
        + "\n".join(formats + instances)
        + "\n</w:numbering>\n"
    )


def _list_format(number: int, kind: str, text: str) -> str:
    return (
        f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="singleLevel"/>'
        f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/>'
        '<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="567" w:hanging="397"/></w:pPr></w:lvl></w:abstractNum>'
    )


def _content_types() -> str:
    kinds = {
        "document": "document.main",
        "styles": "styles",
        "settings": "settings",
        "numbering": "numbering",
    }
    overrides = [
        f'<Override PartName="/word/{part}.xml" ContentType="{_MAIN}.{kind}+xml"/>'
        for part, kind in kinds.items()
    ]
    return (
        f'{xml.DECLARATION}<Types xmlns="{_PACKAGE}/content-types">\n'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\n'
        '<Default Extension="xml" ContentType="application/xml"/>\n'
        '<Override PartName="/docProps/core.xml"'
        ' ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>\n'
        + "\n".join(overrides)
        + "\n</Types>\n"
    )


def _relationships(*targets: tuple[str, str]) -> str:
    relationships = [
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    ]
    return (
        f'{xml.DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">\n'
        + "\n".join(relationships)
        + "\n</Relationships>\n"
    )


def _settings() -> str:
    """The current compatibility mode: without it Word opens the file in the mode of Word 2007."""
    return (
        f"{xml.DECLARATION}<w:settings {NAMESPACE}><w:compat>"
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word"'
        ' w:val="15"/></w:compat></w:settings>\n'
    )


def _styles() -> str:
    headings = "".join(_heading(level, size) for level, size in enumerate(_HEADING_SIZES, start=1))
    return f"{xml.DECLARATION}<w:styles {NAMESPACE}>{_PARAGRAPH_STYLES}{headings}{_TABLE_STYLES}</w:styles>\n"


def _heading(level: int, size: int) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/>'
        '<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/>'
        f'<w:pPr><w:keepNext/><w:spacing w:before="240"/><w:outlineLvl w:val="{level - 1}"/></w:pPr>'
        f'<w:rPr><w:b/><w:bCs/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>'
    )


_PARAGRAPH_STYLES = """
<w:docDefaults>
<w:rPrDefault><w:rPr>
<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Microsoft YaHei" w:cs="Arial"/>
<w:sz w:val="22"/><w:szCs w:val="22"/>
</w:rPr></w:rPrDefault>
<w:pPrDefault><w:pPr><w:spacing w:after="120"/></w:pPr></w:pPrDefault>
</w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal">
<w:name w:val="Normal"/><w:qFormat/>
</w:style>
<w:style w:type="paragraph" w:styleId="ListParagraph">
<w:name w:val="List Paragraph"/><w:basedOn w:val="Normal"/><w:qFormat/>
<w:pPr><w:contextualSpacing/></w:pPr>
</w:style>
"""

_BORDER = 'w:val="single" w:sz="4" w:space="0" w:color="auto"'
_TABLE_STYLES = f"""
<w:style w:type="table" w:default="1" w:styleId="TableNormal">
<w:name w:val="Normal Table"/>
</w:style>
<w:style w:type="table" w:styleId="TableGrid">
<w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>
<w:pPr><w:spacing w:after="0"/></w:pPr>
<w:tblPr>
<w:tblBorders>
<w:top {_BORDER}/><w:left {_BORDER}/><w:bottom {_BORDER}/><w:right {_BORDER}/>
<w:insideH {_BORDER}/><w:insideV {_BORDER}/>
</w:tblBorders>
<w:tblCellMar><w:left w:w="108" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar>
</w:tblPr>
</w:style>
"""
