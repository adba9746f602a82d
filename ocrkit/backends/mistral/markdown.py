"""The service's subset of Markdown as plain text and as blocks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_FORMULA_MARKS = re.compile(r"\A(?:\$\$|\\\[)\s*(.*?)\s*(?:\$\$|\\\])\Z", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\(([^)\n]*)\)")
_LINK = re.compile(r"\[([^\]\n]*)\]\(([^)\n]*)\)")
_TAG = re.compile(r"</?(?:sup|sub|u|b|i|em|strong|mark|s|del|ins|span|p|div)(?:\s[^<>]*)?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.{1,300}?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]{1,300}?)(?<=[^\s\\])\*(?![\w*])")
_CODE = re.compile(r"(?<!\\)`([^`\n]+)`")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~$&])")
_BULLET = re.compile(r"(\s*)[*+]\s+")
_BOX = re.compile(r"(\s*(?:[-*+]\s+)?)\[([ xX])\]\s+")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_CELL_END = re.compile(r"(?<!\\)\|")
_LOWEST_HEADING = 6
_FENCE = ("```", "~~~")


class MarkdownBlock(NamedTuple):
    """A block of Markdown: its type, as the service names it, and its source."""

    type: str
    content: str
    level: int | None = None


def heading(content: str) -> tuple[int | None, str]:
    """The level of a heading and its text; no level if it is not marked as one."""
    content = content.strip()
    text = content.lstrip("#")
    level = len(content) - len(text)
    if not 1 <= level <= _LOWEST_HEADING or not text[:1].isspace():
        return None, content
    closed = text.rstrip("#")
    return level, (closed if closed[-1:].isspace() else text).strip()


def plain_lines(content: str) -> list[str]:
    """The lines of a block as plain text."""
    rows = _BREAK.sub("\n", content).splitlines()
    return [text for row in rows if not row.strip().startswith(_FENCE) if (text := plain_text(row))]


def plain_text(row: str) -> str:
    """A line without markup. Pictures are left out, check boxes become ☐ and ☑."""
    row = _BOX.sub(lambda found: f"{found[1]}{'☐' if found[2] == ' ' else '☑'} ", row)
    row = _BULLET.sub(r"\1- ", row, count=1) if _BULLET.match(row) else row
    row = heading(row)[1]
    row = _LINK.sub(r"\1", _IMAGE.sub("", row))
    row = _TAG.sub("", row)
    row = _CODE.sub(r"\1", _EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", row)))
    return " ".join(html.unescape(_ESCAPED.sub(r"\1", row)).split())


def formula(content: str) -> str:
    """The source of a formula without the marks around it."""
    content = content.strip()
    found = _FORMULA_MARKS.match(content)
    return found[1] if found else content.strip("$").strip()


def linked(content: str) -> str | None:
    """The target of a block that is only a link, as to a table."""
    found = _LINK.fullmatch(content.strip())
    return found[2] if found else None


def table_rows(content: str) -> list[list[str]]:
    """The cells of a table in Markdown."""
    rows = []
    for row in content.strip().splitlines():
        if not _TABLE_RULE.fullmatch(row):
            cells = _CELL_END.split(row.strip().removeprefix("|"))
            rows.append([cell.strip() for cell in (cells if cells[-1].strip() else cells[:-1])])
    return rows


def blocks_of(markdown: str) -> Iterator[MarkdownBlock]:
    """The blocks of a page in Markdown, for models that do not list them."""
    for part in re.split(r"\n[ \t]*\n", markdown):
        content = part.strip()
        level, _ = heading(content)
        if not content:
            continue
        if level:
            yield MarkdownBlock("title", content, level)
        elif content.startswith(("$$", "\\[")):
            yield MarkdownBlock("equation", content)
        elif content.startswith("|") and "\n" in content:
            yield MarkdownBlock("table", content)
        elif _IMAGE.fullmatch(content):
            yield MarkdownBlock("image", content)
        elif re.match(r"([-*+]|\d+[.)])\s", content):
            yield MarkdownBlock("list", content)
        else:
            yield MarkdownBlock("table" if (linked(content) or "").startswith("tbl-") else "text", content)


def image_id(content: str) -> str | None:
    """The picture that a block shows."""
    found = _IMAGE.search(content)
    return found[2] if found else None
