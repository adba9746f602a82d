"""Read facts from JSON lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ocrkit.errors import SourceError
from ocrkit.evaluate.truth_files import read_truth
from ocrkit.result import Model

_NOT_CHECKED = frozenset({"math", "format", "footnote"})
"""Types of olmOCR-bench that need rendered formulas, fonts or superscripts: counted and left out."""


class _Fact(BaseModel):
    """What all facts have. Unknown keys are ignored: public files have keys such as `url` and `checked`."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    file: str = Field(validation_alias=AliasChoices("file", "pdf"), min_length=1)
    """The path of the page or document, below the folder of the pages."""
    page: int = Field(1, ge=1)
    """The number of the page in the document."""
    id: str = ""
    language: str | None = None
    category: str = ""
    max_diffs: int = Field(0, ge=0)
    """How many edits a text may differ by."""


class TextFact(_Fact):
    """A text is on the page, or is not."""

    type: Literal["present", "absent"]
    text: str = Field(min_length=1)
    case_sensitive: bool = True
    first_n: int | None = Field(None, ge=1)
    """Look only in so many characters at the start of the page."""
    last_n: int | None = Field(None, ge=1)
    """Look only in so many characters at the end of the page."""


class OrderFact(_Fact):
    """One text is before another one."""

    type: Literal["order"]
    before: str = Field(min_length=1)
    after: str = Field(min_length=1)


class TableFact(_Fact):
    """A table has a cell, beside other cells or under headings."""

    type: Literal["table"]
    cell: str = Field(min_length=1)
    up: str = Field("", validation_alias=AliasChoices("up", "above"))
    down: str = Field("", validation_alias=AliasChoices("down", "below"))
    left: str = ""
    right: str = ""
    top_heading: str = ""
    """The text of a heading of the column."""
    left_heading: str = ""
    """The text of the first cell of the row."""


class BaselineFact(_Fact):
    """The text of the page is plausible: not empty, without endless repetition, or short for a blank page."""

    type: Literal["baseline"]
    max_length: int | None = Field(None, ge=0)
    """The most letters and digits of a page that is blank."""
    max_repeats: int = Field(30, ge=1)
    check_disallowed_characters: bool = True
    """Whether Chinese and Japanese characters and emoji are errors."""


Fact: TypeAlias = TextFact | OrderFact | TableFact | BaselineFact
_FACT: TypeAdapter[Fact] = TypeAdapter(Annotated[Fact, Field(discriminator="type")])


class Facts(Model):
    """The facts of one or more files."""

    facts: tuple[Fact, ...]
    not_checked: dict[str, int] = Field(default_factory=dict)
    """The number of facts of each type that cannot be checked here."""


def read_facts(paths: Sequence[Path]) -> Facts:
    """The facts in JSON lines. A file without the key `category` gives its name as the category.

    Raises:
        SourceError: a line is no valid fact; the message names the file, the line and the problem.
    """
    facts: list[Fact] = []
    not_checked: Counter[str] = Counter()
    for path in paths:
        for number, line in enumerate(read_truth(path).decode("utf-8-sig", "replace").splitlines(), 1):
            if not line.strip():
                continue
            row = _row(line, path, number)
            if row.get("type") in _NOT_CHECKED:
                not_checked[row["type"]] += 1
            else:
                facts.append(_fact(row, path, number))
    if not facts:
        raise SourceError("has no fact that can be checked; see `ocrkit evaluate --help`", path=str(paths[0]))
    return Facts(facts=tuple(facts), not_checked=dict(not_checked))


def _row(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"line {number} is not JSON: {error}", path=str(path)) from None
    if not isinstance(row, dict):
        raise SourceError(f"line {number} is not a JSON object", path=str(path))
    return row


def _fact(row: dict[str, Any], path: Path, number: int) -> Fact:
    defaults = {"id": f"{path.name}:{number}", "category": path.stem}
    try:
        return _FACT.validate_python(defaults | row)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, problem["loc"])) or "type"
        raise SourceError(f"line {number}: {where}: {problem['msg']}", path=str(path)) from None
