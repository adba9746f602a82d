"""Texts that are typical of furniture: page numbers, and the stamps of websites and publishers."""

from __future__ import annotations

import re

_WORDS = r"(?:page|pages|pg\.?|p\.|s\.|seite|página|pagina|sida|side|strona|sayfa|стр\.?|第)"
_OF = r"(?:/|of|von|de|di|sur|av|af|из|共)"
_ROMAN = r"(?=[ivxlc])(?![lc]\b)(?:xc|xl|l?x{0,3}|c{1,2}l?x{0,3})(?:ix|iv|v?i{0,3})"
_SIGNS = r"[\W_一]{0,4}"
"""Engines read a dash as the Chinese number one."""
_NUMBER = rf"(?:(?P<number>\d{{1,4}})|{_ROMAN}|[a-z]-?\d{{1,3}}|\d{{1,2}}-\d{{1,3}})"
_PAGE_NUMBER = re.compile(
    rf"{_SIGNS}(?:{_WORDS}\s*)?{_NUMBER}(?:\s*{_OF}\s*\d{{1,4}})?\s*[页頁]?(?:\s*\|\s*page)?{_SIGNS}",
    re.IGNORECASE,
)
_NUMBER_AT_END = re.compile(r"(?:^|\s)[\W_]{0,2}(\d{1,4})[\W_]{0,2}$|^[\W_]{0,2}(\d{1,4})(?=\s)")

_YEARS = range(1500, 2100)

_STAMP = re.compile(
    r"downloaded\s*(from|by|on|at)|this content downloaded|all use subject to|terms and conditions apply"
    r"|authorized licensed use|electronic copy available|^printed (from|on|by) |^retrieved from"
    r"|^copyright|copyright\s*(©|\(c\)|\d{4})|©|\(c\) ?\d{4}|all rights reserved|creative commons"
    r"|arxiv:\d{4}\.\d{4,5}|biorxiv|medrxiv|\bdoi[:.]|\b[ei]?-?issn\b|accepted manuscript"
    r"|^\W*confidential\b|confidential\W*$",
    re.IGNORECASE,
)
_ISSUE = re.compile(r"\(\d{4}\)[,:]?\s*(pp?\.\s*)?\d{1,5}\s*[-–—]\s*\d{1,5}\W*$", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?:/|\bwww\.)\S+", re.IGNORECASE)
_FOOTNOTE = re.compile(r"(\d{1,3}[.)]?\s+\D|[*†‡§¹²³⁴⁵⁶⁷⁸⁹]\s*\S)")


def is_page_number(text: str) -> bool:
    """Whether the text is a page number and nothing else: `17`, `– 17 –`, `Page 3 of 12`, `xiv`, `A-3`."""
    return bool(_PAGE_NUMBER.fullmatch(text.strip()))


def page_number(text: str) -> int | None:
    """The page number that the text is, or that it begins or ends with: 158 for `158 CHAPTER 4`."""
    text = text.strip()
    if match := _PAGE_NUMBER.fullmatch(text):
        return int(match["number"]) if match["number"] else None
    found = _NUMBER_AT_END.search(text)
    number = int(found[1] or found[2]) if found else None
    return None if number in _YEARS else number


def is_stamp(text: str) -> bool:
    """Whether the text names a download, a license, a web address or the like."""
    address = _ADDRESS.search(text)
    return bool(_STAMP.search(text.strip())) or bool(address and 2 * len(address[0]) > len(text))


def names_issue(text: str) -> bool:
    """Whether the text ends with the year and the pages of an article: `Journal 12 (2019) 101-118`."""
    return bool(_ISSUE.search(text.strip()))


def is_footnote(text: str) -> bool:
    """Whether the text begins with the mark of a footnote."""
    return bool(_FOOTNOTE.match(text.strip()))


def normalized(text: str) -> str:
    """The letters of the text in lower case, with one `#` for each number."""
    return re.sub(r"[^\w#]+", "", re.sub(r"\d+", "#", text.casefold()))
