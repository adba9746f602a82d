"""The web page: its parts put together, everything that came from a page escaped."""

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
from ocrkit.sources import SourceLike, parse_pages
from ocrkit.viewer import content, images

DOUBTFUL = 0.8
"""Words below this confidence are doubtful until somebody moves the slider."""

_SCRIPTS = ("words.js", "search.js", "viewer.js")
_MARK = re.compile(r"\{\{(\w+)\}\}")
_SOURCE_OPTIONS = SourceOptions()


def view(
    document: Document | Sequence[Document],
    picture: SourceLike | None = None,
    *,
    pages: str | None = None,
    title: str | None = None,
    doubtful: float = DOUBTFUL,
    options: SourceOptions = _SOURCE_OPTIONS,
) -> str:
    """A result as one HTML file: each page's picture with its words over it, to search, check and compare.

    The file holds everything and asks the network for nothing.

    Args:
        document: a result; or several of the same file by different engines, to see where they differ.
        picture: what was read, because a result does not hold its pixels. None: the file it names, where that
            is still there; else the words stand on white paper.
        pages: which pages, counted from 1: `"1-3,7"`. All that were read if not given.
        title: what stands on top; the name of the file if not given.
        doubtful: words below this confidence are marked; a slider in the page changes it.
        options: how the picture's file becomes pages.

    Raises:
        SourceError: `picture` cannot be read.
        ConfigError: there is nothing to show.
    """
    documents = [document] if isinstance(document, Document) else list(document)
    if not documents:
        raise ConfigError("there is no result to show: hand in at least one document")
    read = sorted(
        {page.index for each in documents for page in each.pages}
        | {failure.index for each in documents for failure in each.failures}
    )
    if pages is not None:
        wanted = parse_pages(pages, max(each.page_count for each in documents))
        read = [index for index in wanted if index in read]
    if not read:
        raise ConfigError(
            f"there is nothing to show: {f'of the pages {pages} none' if pages else 'no page'} was read"
        )
    source = next((each.source for each in documents if each.source), None)
    found = (
        images.optional_pages(source, read, options)
        if picture is None
        else images.pages_of(picture, read, options)
    )
    data = {
        "doubtful": doubtful,
        "readers": content.readers_of(documents),
        "pages": content.pages_of(documents, read, dict(content.pictured(documents, found))),
    }
    return html_of(data, title or (PurePath(source).name if source else "Recognised text"))


def html_of(data: dict[str, Any], title: str) -> str:
    """The file around some data, in the form that its script takes."""
    style = _asset("viewer.css")
    script = "\n".join(_asset(name) for name in _SCRIPTS)
    parts = {
        "title": html.escape(title),
        "policy": html.escape(_policy(style, script), quote=False),
        "style": style,
        "script": script,
        "data": _json(data),
    }
    # In one go, so that text of the page that looks like a mark is not taken for one.
    return _MARK.sub(lambda match: parts[match[1]], _asset("viewer.html"))


def _asset(name: str) -> str:
    return (resources.files("ocrkit.viewer") / "assets" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing is fetched or sent, and nothing runs but our own script, which is known by its hash."""
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: dict[str, Any]) -> str:
    """JSON that ends no script and begins no comment, whatever was read on the page."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)
