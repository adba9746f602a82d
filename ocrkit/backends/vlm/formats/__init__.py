"""The formats in which vision models answer. Parsers are pure, and accept any text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from ocrkit.backends.vlm.formats.cleaning import without_wrapping
from ocrkit.backends.vlm.formats.doctags import parse_doctags
from ocrkit.backends.vlm.formats.grounding import parse_grounding
from ocrkit.backends.vlm.formats.html import parse_html
from ocrkit.backends.vlm.formats.json import parse_json
from ocrkit.backends.vlm.formats.markdown import parse_front_matter, parse_markdown
from ocrkit.backends.vlm.formats.pieces import GridCell, Piece, Reply

__all__ = ["FORMATS", "Format", "GridCell", "Piece", "Reply", "parse_reply"]

Format: TypeAlias = Literal["markdown", "front_matter", "html", "json", "doctags", "grounding"]

FORMATS: Mapping[Format, Callable[[str], Reply]] = MappingProxyType(
    {
        "markdown": parse_markdown,
        "front_matter": parse_front_matter,
        "html": parse_html,
        "json": parse_json,
        "doctags": parse_doctags,
        "grounding": parse_grounding,
    }
)


def parse_reply(text: str, answer_format: Format) -> Reply:
    """The content of an answer. Any text gives a result; an unclosed element is complete where it ends."""
    text, warnings = without_wrapping(text)
    reply = FORMATS[answer_format](text)
    return replace(reply, warnings=(*warnings, *reply.warnings))
