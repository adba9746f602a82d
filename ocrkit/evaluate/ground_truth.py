"""Pages whose text is known: files with their truth beside them, or listed in a manifest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator

from ocrkit.batch.inputs import find_inputs
from ocrkit.errors import ConfigError, SourceError
from ocrkit.evaluate import tables, truth_formats
from ocrkit.evaluate.text import Hint
from ocrkit.geometry import Box
from ocrkit.request import canonical_language
from ocrkit.result import Model, Table

MANIFEST = "manifest.jsonl"
READINGS = ".ocrkit-evaluate"
"""The folder, in that of the pages, where what was read is kept."""

DRAFT = ".draft.txt"
"""A transcription that an engine has made and nobody has checked. It is never taken for the truth."""

_TEXTS = (".gt.txt",)
_MARKUP = (".gt.xml", ".page.xml", ".alto.xml", ".xml", ".hocr", ".gt.hocr")
_TABLES = ".gt.html"
_UNKNOWN_LANGUAGES = frozenset({"und", "mul", "zxx"})
_GENERAL = "all"


class TruthWord(Model):
    """A word, and where it stands."""

    text: str
    box: Box


class Sample(Model):
    """A page, or a whole document, and what stands on it."""

    id: str
    file: Path
    name: str
    """Where it lies below the folder, or what it is called else."""
    text: str
    language: str | None = None
    category: str = _GENERAL
    level: Literal["page", "line"] = "page"
    hints: frozenset[Hint] = frozenset()
    words: tuple[TruthWord, ...] = ()
    """With their places, where the truth says them."""
    size: tuple[float, float] | None = None
    """Of the page on which they have these places."""
    tables: tuple[Table, ...] | None = None
    """None where the truth says nothing of tables."""


class Samples(Model):
    """What a folder holds."""

    folder: Path
    samples: tuple[Sample, ...]
    without_truth: tuple[Sample, ...] = ()
    """Pages of which nobody says what stands on them."""
    drafts: tuple[Sample, ...] = ()
    """Pages with a transcription that nobody has checked."""


class _Row(Model):
    """A line of a manifest. Keys that mean nothing here are passed over."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1)
    file: str = Field(min_length=1)
    gt: str | None = None
    gt_html: str | None = None
    language: str | None = None
    category: str = _GENERAL
    level: Literal["page", "line"] = "page"
    score_hints: tuple[Hint, ...] = ()
    draft: bool = False

    @field_validator("score_hints", mode="before")
    @classmethod
    def _none_is_none(cls, value: Any) -> Any:
        return () if value is None else value


def find_samples(folder: Path | str) -> Samples:
    """The pages of a folder with their truth: by its `manifest.jsonl`, or where there is none, side by side.

    Beside `x.png` may stand `x.gt.txt`; PAGE XML, ALTO or hOCR (`x.xml`, `x.hocr`, …), which also say where
    the words stand; and `x.gt.html` with its tables. The folder a page is in is its category.

    Raises:
        ConfigError: there is no such folder, or nothing in it has a truth.
        SourceError: a truth cannot be understood; the message names the file and what is wrong.
    """
    found = look(folder)
    if not found.samples:
        drafts = f" Drafts that wait to be checked: {len(found.drafts)}." if found.drafts else ""
        raise ConfigError(
            f"no page in {folder} has a truth to be held against.{drafts} Put the text of x.png into "
            f"x.gt.txt beside it, or list pages in {MANIFEST}"
        )
    return found


def look(folder: Path | str) -> Samples:
    """What a folder holds, whether there is any truth or none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; name one that holds pages with their truth beside them")
    manifest = folder / MANIFEST
    return _listed(manifest) if manifest.is_file() else _side_by_side(folder)


def _side_by_side(folder: Path) -> Samples:
    rows = []
    for each in find_inputs([folder], exclude=["*.gt.*"], leave_out=folder / READINGS).inputs:
        category = Path(each.name).parent.as_posix() if "/" in each.name else _GENERAL
        rows.append(_Row(id=Path(each.name).with_suffix("").as_posix(), file=each.name, category=category))
    stems = Counter(row.id for row in rows)
    # `x.png` and `x.pdf` are two: where stems meet, the whole name tells them apart.
    rows = [row if stems[row.id] == 1 else row.model_copy(update={"id": row.file}) for row in rows]
    return _gathered(folder, rows)


def _beside(path: Path, suffixes: Sequence[str]) -> Path | None:
    """The file that is called like this one but for its end: `x.gt.txt`, or `x.png.gt.txt`."""
    stems = (path.with_suffix(""), path)
    names = (stem.with_name(stem.name + suffix) for suffix in suffixes for stem in stems)
    return next((name for name in names if name.is_file()), None)


def _listed(manifest: Path) -> Samples:
    rows: list[_Row] = []
    seen: dict[str, int] = {}
    for number, row in _rows(manifest):
        if row.id in seen:
            raise SourceError(
                f"lines {seen[row.id]} and {number} have the same id '{row.id}'", path=str(manifest)
            )
        seen[row.id] = number
        rows.append(row)
        for name in filter(None, (row.file, row.gt, row.gt_html)):
            if not (manifest.parent / name).is_file():
                raise SourceError(
                    f"line {number}: there is no file {manifest.parent / name}", path=str(manifest)
                )
    return _gathered(manifest.parent, rows)


def _gathered(folder: Path, rows: Iterable[_Row]) -> Samples:
    """Each page with what stands beside it."""
    samples: list[Sample] = []
    without: list[Sample] = []
    drafts: list[Sample] = []
    for row in rows:
        path = folder / row.file
        truth = folder / row.gt if row.gt else _beside(path, _TEXTS)
        marked = truth if truth is not None and truth.suffix != ".txt" else _beside(path, _MARKUP)
        if truth is not None and marked not in (None, truth) and truth_formats.is_foreign(marked):
            marked = None
        if row.draft:
            drafts.append(_sample(row, path, None, None, None))
        elif truth is None and marked is None:
            beside = drafts if _beside(path, (DRAFT,)) else without
            beside.append(_sample(row, path, None, None, None))
        else:
            table = folder / row.gt_html if row.gt_html else _beside(path, (_TABLES,))
            samples.append(_sample(row, path, truth or marked, marked, table))
    return Samples(folder=folder, samples=tuple(samples), without_truth=tuple(without), drafts=tuple(drafts))


def _rows(manifest: Path) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(_text(manifest).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield number, _Row.model_validate(dict(json.loads(line)))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise SourceError(f"line {number}: '{where}': {first['msg']}", path=str(manifest)) from None
        except (ValueError, TypeError) as error:
            raise SourceError(
                f"line {number} is not an object in JSON with at least id, file and gt: {error}",
                path=str(manifest),
            ) from None


def _sample(row: _Row, path: Path, truth: Path | None, marked: Path | None, table: Path | None) -> Sample:
    page = truth_formats.read(marked) if marked is not None else None
    is_text = truth is not None and truth != marked
    update: Mapping[str, Any] = (
        {"words": tuple(TruthWord(text=text, box=box) for text, box in page.words), "size": page.size}
        if page
        else {}
    )
    return Sample(
        id=row.id,
        file=path,
        name=row.file,
        text=_text(truth) if is_text and truth else page.text if page else "",
        language=_language(row.language),
        category=row.category,
        level=row.level,
        hints=frozenset(row.score_hints),
        tables=tables.read(_text(table), str(table)) if table is not None else None,
        **update,
    )


def _language(tag: str | None) -> str | None:
    if tag is None or tag in _UNKNOWN_LANGUAGES:
        return None
    return canonical_language(tag)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path=str(path)) from None
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=str(path)) from error
