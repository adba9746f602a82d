"""Aspose's responses as results: tasks, text, text with boxes (hOCR), tables (CSV), regions. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from ocrkit.backends.aspose.errors import CODES
from ocrkit.backends.aspose.hocr import hocr_blocks
from ocrkit.backends.aspose.schema import DetectedRegions, Task
from ocrkit.backends.remote import Call, Recognition, TableBuilder, validated
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box
from ocrkit.http import Pending, Response
from ocrkit.page import Encoded
from ocrkit.result import Block, Line

_SAME = 0.9
"""The share of characters that hOCR and plain text must have in common to be of the same page."""
_LONGEST_ID = 100

# ── tasks ──


def task_id(response: Response) -> str:
    """The id of a submitted task: plain text, or the same in quotes."""
    task = response.text.strip().strip('"')
    if not task or len(task) > _LONGEST_ID or any(each.isspace() or each in "<{" for each in task):
        raise BadResponseError("the service accepted the page but returned no task id")
    return task


def finished_task(task: Task, task_id: str) -> Task | Pending:
    """A task that has ended, without results if the page has no text. Raises the error of one that failed."""
    if task.status in ("Pending", "Processing") or task.code == "NotReady":
        return Pending()
    codes = [code for code in (task.code, task.status) if code]
    if any(CODES.means_empty(code) for code in codes):
        return task.model_copy(update={"results": ()})
    if task.status == "Completed" and task.code in ("Ok", None):
        return task
    message = "; ".join(task.notices)
    code = next((each for each in codes if each not in ("Ok", "Completed")), None)
    if code is None:
        raise BadResponseError("the response does not state the status of the task", request_id=task_id)
    raise CODES.error(code, message, request_id=task_id)


def detected_regions(task: Task) -> tuple[Box, ...]:
    """The regions that a task detected, in pixels of the image."""
    boxes = []
    for output in task.results:
        try:
            regions = json.loads(output.content)
        except (ValueError, RecursionError):
            raise BadResponseError("the regions of the page are not JSON") from None
        boxes += [Box(*corners) for corners in validated(DetectedRegions, {"regions": regions}).regions]
    return tuple(box for box in boxes if box.width >= 1 and box.height >= 1)


# ── text ──


def parse(task: Task, image: Encoded, call: Call[Any]) -> Recognition:
    """The content of a finished task."""
    if call.endpoint == "RecognizeTable":
        tables = [table for sheet in task.contents("Csv") if (table := _table(sheet, call))]
        found = tuple(tables or _paragraphs(_text(task) or "", call))
        return Recognition(blocks=found, warnings=task.notices)
    text = _text(task)
    blocks: list[Block] = []
    for markup in task.contents("Hocr"):
        blocks += hocr_blocks(markup, image, call)
    if not blocks or (text is not None and not _is_same_text(blocks, text)):
        blocks = _paragraphs(text or "", call)
    return Recognition(blocks=tuple(blocks), warnings=task.notices)


def parse_regions(task: Task, boxes: Sequence[Box], call: Call[Any]) -> Recognition:
    """The content of a task for regions: one result for each, in their order."""
    texts = [output.content for output in task.results]
    if len(texts) != len(boxes):
        raise BadResponseError(f"the response has the text of {len(texts)} regions instead of {len(boxes)}")
    blocks = []
    for text, box in zip(texts, boxes, strict=True):
        lines = tuple(_line(row, call) for row in text.splitlines() if row.strip())
        if lines:
            blocks.append(Block.of(lines, polygon=box.polygon))
    return Recognition(blocks=tuple(blocks), warnings=task.notices)


def _text(task: Task) -> str | None:
    texts = task.contents("Text")
    return "\n\n".join(texts) if texts else None


def _paragraphs(text: str, call: Call[Any]) -> list[Block]:
    """The lines, split into blocks at empty ones."""
    rows = [row.strip() for row in text.splitlines()]
    return [
        Block.of([_line(row, call) for row in group])
        for has_text, group in groupby(rows, key=bool)
        if has_text
    ]


def _line(text: str, call: Call[Any]) -> Line:
    return Line(text=text.strip(), language=call.language, handwritten=call.handwritten)


def _is_same_text(blocks: Iterable[Block], text: str) -> bool:
    """Whether the blocks have the characters of the text, in any order and spacing."""
    found = Counter("".join("".join(line.text.split()) for block in blocks for line in block.lines))
    expected = Counter("".join(text.split()))
    return (found & expected).total() >= _SAME * max(found.total(), expected.total())


# ── tables ──


def _table(sheet: str, call: Call[Any]) -> Block | None:
    rows = [row for row in csv.reader(io.StringIO(sheet), delimiter=_delimiter(sheet)) if any(row)]
    table = TableBuilder()
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            if text.strip():
                line = _line(" ".join(text.split()), call)
                table.add([line], text=text.strip(), row=number, column=column)
    return table.block() if len(table) else None


def _delimiter(sheet: str) -> str:
    """The character that splits the first row most often, because the response does not name it."""
    first = sheet.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)
