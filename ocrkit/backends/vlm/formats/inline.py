"""Markup inside a line of Markdown."""

from __future__ import annotations

import html
import re

CHECKED, UNCHECKED = "☑", "☐"

_CHECKBOX = re.compile(r"<input\b(?=[^<>]*checkbox)([^<>]*)>", re.IGNORECASE)
_TASK = re.compile(r"^(\s*(?:[-*+]|\d{1,4}[.)])?\s*)\[([ xX✓✔])\]\s+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*\)")
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|center|code|del|div|em|font|i|ins|label|mark|nobr|p|pre|s|small|span|strike|"
    r"strong|sub|sup|tt|u|watermark)\b[^<>]*>",
    re.IGNORECASE,
)
"""Tags of HTML; other text in angle brackets, such as an address, belongs to the page."""
_STRONG = re.compile(r"(\*\*|__)(?=\S)([^\n]*?\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])")
_UNDERLINE = re.compile(r"(?<![\w_])_(?=[^\s_])([^_\n]*[^\s_])_(?![\w_])")
_CODE = re.compile(r"`([^`\n]+)`")
_STRUCK = re.compile(r"~~(?=\S)([^\n]*?\S)~~")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])")
_FORMULA = re.compile(r"\$[^$\n]+\$|\\\([^\n]*?\\\)")


def plain_text(text: str) -> str:
    """A text without markup. Formulas in it keep their source; check boxes become `☑` and `☐`."""
    text = _CHECKBOX.sub(lambda found: CHECKED if "checked" in found[1].lower() else UNCHECKED, text)
    text = _TASK.sub(lambda found: found[1] + (UNCHECKED if found[2] == " " else CHECKED) + " ", text)
    parts, position = [], 0
    for formula in _FORMULA.finditer(text):
        parts += [_without_markup(text[position : formula.start()]), formula[0]]
        position = formula.end()
    return "".join([*parts, _without_markup(text[position:])])


def _without_markup(text: str) -> str:
    text = _LINK.sub(r"\1", _TAG.sub("", _BREAK.sub("\n", text)))
    for expression, inner in ((_STRONG, r"\2"), (_EMPHASIS, r"\1"), (_UNDERLINE, r"\1"), (_CODE, r"\1"),
                              (_STRUCK, r"\1"), (_ESCAPE, r"\1")):  # fmt: skip
        text = expression.sub(inner, text)
    return html.unescape(text)
