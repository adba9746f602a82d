"""HTML of results for notebooks: a table of the pages, and their text. All text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocrkit.result.document_result import DocumentResult
from ocrkit.result.page_result import PageResult

_MAX_CHARACTERS = 20_000  # a notebook file stores what it shows


def document_html(document: DocumentResult) -> str:
    unread = document.page_count - len(document.pages) - len(document.failures)
    title = escape(document.source or "a document")
    counted = f"{len(document.pages)} of {document.page_count} pages" if unread or document.failures else ""
    failures = [
        f"page {failure.number} failed: {failure.kind}: {failure.message}" for failure in document.failures
    ]
    return _division(
        f"<strong>{title}</strong> {counted}",
        _table(document.pages),
        _warnings([*failures, *document.warnings]),
        _text(document.text),
    )


def page_html(page: PageResult) -> str:
    return _division(_table([page]), _warnings(page.warnings), _text(page.text))


def _division(*parts: str) -> str:
    return f'<div class="ocrkit">{"".join(parts)}</div>'


def _table(pages: Sequence[PageResult]) -> str:
    heads = ("Page", "Backend", "Pixels", "Lines", "Words", "Mean confidence", "Ink covered")
    rows = [
        (
            str(page.number),
            page.backend,
            f"{page.width} × {page.height}",
            str(len(page.lines)),
            str(len(page.words)),
            _percent(page.quality.mean),
            _percent(page.quality.coverage),
        )
        for page in pages
    ]
    body = "".join(_row("td", row) for row in rows)
    return f"<table><thead>{_row('th', heads)}</thead><tbody>{body}</tbody></table>"


def _row(cell: str, values: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(value)}</{cell}>' for value in values)}</tr>"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _warnings(warnings: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    return f"<p>Warnings:</p><ul>{items}</ul>" if items else ""


def _text(text: str) -> str:
    rest = f"\n… and {len(text) - _MAX_CHARACTERS} more characters" if len(text) > _MAX_CHARACTERS else ""
    return f'<pre style="white-space: pre-wrap" dir="auto">{escape(text[:_MAX_CHARACTERS] + rest)}</pre>'
