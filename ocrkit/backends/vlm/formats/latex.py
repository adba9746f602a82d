"""Formulas and tables in LaTeX."""

from __future__ import annotations

import re

from ocrkit.backends.vlm.formats.pieces import GridCell, fitted

TABULAR = re.compile(r"\\begin\{(tabular|array|tabularx|longtable)\*?\}(.*?)(?:\\end\{\1\*?\}|\Z)", re.DOTALL)
_MULTICOLUMN = re.compile(r"\\multicolumn\s*\{(\d{1,4})\}\s*\{[^{}]*\}\s*\{(.*)\}\s*\Z", re.DOTALL)
_MULTIROW = re.compile(r"\\multirow\s*\{(\d{1,4})\}\s*(?:\{[^{}]*\}|\*)\s*\{(.*)\}\s*\Z", re.DOTALL)
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^{}]*\}|cmidrule(?:\([^()]*\))?\{[^{}]*\})"
)
_STYLE = re.compile(r"\\(?:textbf|textit|text|emph|underline|mathrm|mathbf)\s*\{([^{}]*)\}")
_DELIMITERS = (("$$", "$$"), (r"\[", r"\]"), (r"\(", r"\)"), ("$", "$"))


def formula_source(text: str) -> str:
    """A formula without the delimiters around it."""
    text = text.strip()
    for start, end in _DELIMITERS:
        if text.startswith(start):
            inner = text[len(start) :]
            return (inner.removesuffix(end)).strip()
    return text


def latex_cells(body: str) -> tuple[GridCell, ...]:
    """The cells of a tabular environment, without its first argument."""
    body = _RULES.sub("", re.sub(r"\A\s*(?:\[[^\]]*\])?\s*\{(?:[^{}]|\{[^{}]*\})*\}", "", body))
    cells = []
    for row, line in enumerate(part for part in re.split(r"\\\\(?:\[[^\]]*\])?", body) if part.strip()):
        column = 0
        for source in re.split(r"(?<!\\)&", line):
            rows = columns = 1
            text = source.strip()
            if found := _MULTICOLUMN.match(text):
                columns, text = max(1, int(found[1])), found[2].strip()
            if found := _MULTIROW.match(text):
                rows, text = max(1, int(found[1])), found[2].strip()
            if text or rows * columns > 1:
                cells.append(GridCell(row, column, plain(text), rows, columns))
            column += columns
    return fitted(cells)


def plain(text: str) -> str:
    """A text without commands for its style and without escapes."""
    previous = None
    while previous != text:
        previous, text = text, _STYLE.sub(r"\1", text)
    return re.sub(r"\\([&%#_{}$])", r"\1", text)
