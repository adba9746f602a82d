"""The web page: template, style, scripts and data in one HTML file, with all recognized text escaped."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import PurePath
from typing import Any

from ocrkit.config.settings import SourceOptions
from ocrkit.document import Document
from ocrkit.errors import ConfigError
from ocrkit.sources import PageSelection, SourceLike, parse_pages
from ocrkit.viewer import page_data, page_images

DOUBTFUL_BELOW = 0.8
"""The default confidence below which words are marked as doubtful."""

_SCRIPTS = ("words.js", "objects.js", "search.js", "findings.js", "viewer.js")
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_SOURCE_OPTIONS = SourceOptions()


def view(
    document: Document | Sequence[Document],
    source: SourceLike | None = None,
    *,
    pages: PageSelection | None = None,
    title: str | None = None,
    doubtful: float = DOUBTFUL_BELOW,
    options: SourceOptions = _SOURCE_OPTIONS,
) -> str:
    """A result as one HTML file that shows the words over the image of each page.

    The page has a search field, steps through doubtful words, and shows where engines differ and what a
    second reading does not support. It holds everything it needs and loads nothing from the network.

    Args:
        document: a result, or several results of the same file to compare engines.
        source: the file that was read, because a result does not hold the pixels of its pages. By default the
            file that the result names; if it is gone, the words are shown on white paper.
        pages: the pages to show, counted from 1: `"1-3,7"`. By default all pages that were read.
        title: the heading; by default the name of the file.
        doubtful: words below this confidence are marked; a slider on the page changes it.
        options: how the pages of the source are read.

    Raises:
        SourceError: `source` cannot be read.
        ConfigError: there is no page to show.
    """
    documents = [document] if isinstance(document, Document) else list(document)
    if not documents:
        raise ConfigError("no document to show: pass at least one")
    indices = _indices(documents, pages)
    name = next((each.source for each in documents if each.source), None)
    found = (
        page_images.read_pages_if_available(name, indices, options)
        if source is None
        else page_images.read_pages(source, indices, options)
    )
    images = dict(page_data.images_by_index(documents, found))
    data = {
        "doubtful": doubtful,
        "engines": page_data.engines(documents),
        "pages": page_data.pages(documents, indices, images),
    }
    return _render(data, title or (PurePath(name).name if name else "Recognized text"))


def _indices(documents: Sequence[Document], pages: PageSelection | None) -> list[int]:
    """The pages to show: those that were read or failed, and that `pages` selects."""
    indices = sorted(
        {page.index for document in documents for page in document.pages}
        | {failure.index for document in documents for failure in document.failures}
    )
    if pages is not None:
        selected = parse_pages(pages, max(document.page_count for document in documents))
        indices = [index for index in selected if index in indices]
    if not indices:
        raise ConfigError(
            "no page to show: the documents have no pages"
            if pages is None
            else f"no page to show: none of the pages {pages} was read; select pages that were read"
        )
    return indices


def _render(data: dict[str, Any], title: str) -> str:
    style = _asset("viewer.css")
    script = "\n".join(_asset(name) for name in _SCRIPTS)
    values = {
        "title": html.escape(title),
        "policy": html.escape(_content_security_policy(style, script), quote=False),
        "style": style,
        "script": script,
        "data": _script_safe_json(data),
    }
    # One pass over the template, so that recognized text that looks like a placeholder is not replaced.
    return _PLACEHOLDER.sub(lambda match: values[match[1]], _asset("viewer.html"))


def _asset(name: str) -> str:
    return (resources.files("ocrkit.viewer") / "assets" / name).read_text(encoding="utf-8")


def _content_security_policy(style: str, script: str) -> str:
    """Blocks every request, and every style and script but ours, which are allowed by their hashes."""
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _script_safe_json(data: dict[str, Any]) -> str:
    """JSON for a script element: it can neither end the element nor begin a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)
