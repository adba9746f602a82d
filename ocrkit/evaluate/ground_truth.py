"""Pages with their ground truth: files side by side, or listed in a manifest."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator

from ocrkit.batch.inputs import find_inputs
from ocrkit.errors import ConfigError, SourceError
from ocrkit.evaluate import ground_truth_formats
from ocrkit.evaluate.normalization import Hint
from ocrkit.evaluate.table_scoring import read_html_tables
from ocrkit.evaluate.truth_files import read_truth
from ocrkit.geometry import Box
from ocrkit.languages import canonical_language
from ocrkit.result import Model, Table

MANIFEST = "manifest.jsonl"
READINGS = ".ocrkit-evaluate"
"""The folder, beside the pages, in which recognition results are kept."""

DRAFT = ".draft.txt"
"""The suffix of a transcription by an engine that is not checked yet. It never counts as ground truth."""

_TEXT_SUFFIXES = (".gt.txt",)
_MARKUP_SUFFIXES = (".gt.xml", ".page.xml", ".alto.xml", ".xml", ".hocr", ".gt.hocr")
_TABLE_SUFFIX = ".gt.html"
_UNKNOWN_LANGUAGES = frozenset({"und", "mul", "zxx"})
_DEFAULT_CATEGORY = "all"


class TruthWord(Model):
    """A word of the ground truth and its bounding box."""

    text: str
    box: Box


class Sample(Model):
    """A page, or a whole document, with its ground truth."""

    id: str
    file: Path
    name: str
    """The path below the folder, or the path in the manifest."""
    text: str
    language: str | None = None
    category: str = _DEFAULT_CATEGORY
    level: Literal["page", "line"] = "page"
    hints: frozenset[Hint] = frozenset()
    words: tuple[TruthWord, ...] = ()
    """Empty if the ground truth has no bounding boxes."""
    size: tuple[float, float] | None = None
    """Width and height of the page in the units of the boxes."""
    tables: tuple[Table, ...] | None = None
    """None if the ground truth does not cover tables."""


class Samples(Model):
    """The pages of a folder, with and without ground truth."""

    folder: Path
    samples: tuple[Sample, ...]
    without_truth: tuple[Sample, ...] = ()
    """Pages without ground truth."""
    drafts: tuple[Sample, ...] = ()
    """Pages with a transcription that is not checked yet."""


class _Entry(Model):
    """A line of a manifest. Unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1)
    file: str = Field(min_length=1)
    gt: str | None = None
    gt_html: str | None = None
    language: str | None = None
    category: str = _DEFAULT_CATEGORY
    level: Literal["page", "line"] = "page"
    score_hints: tuple[Hint, ...] = ()
    draft: bool = False

    @field_validator("score_hints", mode="before")
    @classmethod
    def _null_is_empty(cls, value: Any) -> Any:
        return () if value is None else value


def find_samples(folder: Path | str) -> Samples:
    """Find the pages of a folder that have ground truth.

    If the folder has a `manifest.jsonl`, that file lists the pages. Otherwise the ground truth of `x.png` is
    beside it: in `x.gt.txt`; in PAGE XML, ALTO or hOCR (`x.xml`, `x.hocr`, …), which may also hold bounding
    boxes; tables in `x.gt.html`. The subfolder of a page is its category.

    Raises:
        ConfigError: the folder does not exist, or no page in it has ground truth.
        SourceError: a file with ground truth is invalid; the message names the file and the problem.
    """
    found = scan_folder(folder)
    if not found.samples:
        drafts = f" (drafts to check: {len(found.drafts)})" if found.drafts else ""
        raise ConfigError(
            f"no page in {folder} has ground truth{drafts}; put the text of x.png into x.gt.txt beside it, "
            f"or list the pages in {MANIFEST}"
        )
    return found


def scan_folder(folder: Path | str) -> Samples:
    """The pages of a folder, even if none has ground truth."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder; name a folder of pages with their ground truth")
    manifest = folder / MANIFEST
    return _read_manifest(manifest) if manifest.is_file() else _scan_files(folder)


def _scan_files(folder: Path) -> Samples:
    entries = []
    for each in find_inputs([folder], exclude=["*.gt.*"], leave_out=folder / READINGS).inputs:
        category = Path(each.name).parent.as_posix() if "/" in each.name else _DEFAULT_CATEGORY
        entries.append(
            _Entry(id=Path(each.name).with_suffix("").as_posix(), file=each.name, category=category)
        )
    counts = Counter(entry.id for entry in entries)
    # `x.png` and `x.pdf` are two samples: if stems collide, the file name is the id.
    unique = [each if counts[each.id] == 1 else each.model_copy(update={"id": each.file}) for each in entries]
    return _load_samples(folder, unique)


def _find_beside(path: Path, suffixes: Sequence[str]) -> Path | None:
    """The first existing file with one of the suffixes: `x.gt.txt`, or `x.png.gt.txt`."""
    stems = (path.with_suffix(""), path)
    candidates = (stem.with_name(stem.name + suffix) for suffix in suffixes for stem in stems)
    return next((path for path in candidates if path.is_file()), None)


def _read_manifest(manifest: Path) -> Samples:
    entries: list[_Entry] = []
    seen: dict[str, int] = {}
    for number, entry in _parse_manifest(manifest):
        if entry.id in seen:
            raise SourceError(
                f"lines {seen[entry.id]} and {number} have the same id '{entry.id}'; make the ids unique",
                path=str(manifest),
            )
        seen[entry.id] = number
        entries.append(entry)
        for name in filter(None, (entry.file, entry.gt, entry.gt_html)):
            # `Path.is_file` raises for a name that no file system takes.
            if not os.path.isfile(manifest.parent / name):  # noqa: PTH113
                raise SourceError(
                    f"line {number}: the file {manifest.parent / name} does not exist; correct its path",
                    path=str(manifest),
                )
    return _load_samples(manifest.parent, entries)


def _parse_manifest(manifest: Path) -> Iterator[tuple[int, _Entry]]:
    for number, line in enumerate(_read_text(manifest).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield number, _Entry.model_validate(dict(json.loads(line)))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(map(str, first["loc"]))
            raise SourceError(f"line {number}: '{key}': {first['msg']}", path=str(manifest)) from None
        except (ValueError, TypeError, RecursionError) as error:
            raise SourceError(
                f"line {number} is not a JSON object: {error}; write an object with at least id and file",
                path=str(manifest),
            ) from None


def _load_samples(folder: Path, entries: Iterable[_Entry]) -> Samples:
    samples: list[Sample] = []
    without_truth: list[Sample] = []
    drafts: list[Sample] = []
    for entry in entries:
        path = folder / entry.file
        truth = folder / entry.gt if entry.gt else _find_beside(path, _TEXT_SUFFIXES)
        markup = (
            truth if truth is not None and truth.suffix != ".txt" else _find_beside(path, _MARKUP_SUFFIXES)
        )
        if truth is not None and markup not in (None, truth) and ground_truth_formats.is_other_xml(markup):
            markup = None
        if entry.draft:
            drafts.append(_load_sample(entry, path, None, None, None))
        elif truth is None and markup is None:
            group = drafts if _find_beside(path, (DRAFT,)) else without_truth
            group.append(_load_sample(entry, path, None, None, None))
        else:
            table = folder / entry.gt_html if entry.gt_html else _find_beside(path, (_TABLE_SUFFIX,))
            samples.append(_load_sample(entry, path, truth or markup, markup, table))
    return Samples(
        folder=folder, samples=tuple(samples), without_truth=tuple(without_truth), drafts=tuple(drafts)
    )


def _load_sample(
    entry: _Entry, path: Path, truth: Path | None, markup: Path | None, table: Path | None
) -> Sample:
    page = ground_truth_formats.read_markup(markup) if markup is not None else None
    is_text = truth is not None and truth != markup
    boxes: Mapping[str, Any] = (
        {"words": tuple(TruthWord(text=text, box=box) for text, box in page.words), "size": page.size}
        if page
        else {}
    )
    return Sample(
        id=entry.id,
        file=path,
        name=entry.file,
        text=_read_text(truth) if is_text and truth else page.text if page else "",
        language=_language(entry.language),
        category=entry.category,
        level=entry.level,
        hints=frozenset(entry.score_hints),
        tables=read_html_tables(_read_text(table), str(table)) if table is not None else None,
        **boxes,
    )


def _language(tag: str | None) -> str | None:
    if tag is None or tag in _UNKNOWN_LANGUAGES:
        return None
    return canonical_language(tag)


def _read_text(path: Path) -> str:
    try:
        return io.TextIOWrapper(io.BytesIO(read_truth(path)), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path=str(path)) from None
