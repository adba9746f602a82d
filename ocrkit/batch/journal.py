"""What a run has done so far, in one SQLite file that survives whatever ends the run.

Pages belong to a *key*: the hash of a file's content and of all that decides how it is read. So a file that
was changed, or settings that were, make other keys, and what was read before is simply not found. Only the
coordinating thread of one process writes; the lock keeps other processes out.
"""

from __future__ import annotations

import contextlib
import copy
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import filelock

from ocrkit.document import Document
from ocrkit.errors import ConfigError, ExportError, OcrkitError
from ocrkit.result import PageFailure, PageResult

FOLDER = ".ocrkit"
"""Where the journal lies in the output folder."""

_SCHEMA = 1
_TABLES = """
CREATE TABLE documents (
    name TEXT PRIMARY KEY,   -- of its outputs
    key TEXT NOT NULL,
    selection TEXT NOT NULL, -- of pages
    formats TEXT NOT NULL    -- the outputs that were written for that key and selection
) WITHOUT ROWID;
CREATE TABLE contents (
    key TEXT PRIMARY KEY,
    pages INTEGER,           -- how many pages the file has
    error TEXT               -- why it cannot be opened
) WITHOUT ROWID;
CREATE TABLE pages (
    key TEXT NOT NULL,
    page INTEGER NOT NULL,
    result BLOB,
    error TEXT,
    PRIMARY KEY (key, page)
);
"""


@dataclass(frozen=True)
class Problem:
    """An error as it is kept: its kind, its message, and the exit code that stands for it.

    Without the file and the page: the same content may lie in several places.
    """

    kind: str
    message: str
    exit_code: int

    @classmethod
    def of(cls, error: OcrkitError) -> Problem:
        bare = copy.copy(error)
        for where in ("path", "page"):
            if hasattr(bare, where):
                setattr(bare, where, None)
        return cls(type(error).__name__, str(bare), error.exit_code)


@dataclass(frozen=True)
class Content:
    """What is known of a file's content."""

    pages: int | None = None
    problem: Problem | None = None


def _as_text(name: str) -> str:
    """A file's name, which may be any bytes, as text that SQLite takes."""
    return name.encode("utf-8", "backslashreplace").decode()


def packed(result: PageResult) -> bytes:
    """A result as it is kept."""
    return zlib.compress(result.model_dump_json().encode(), 3)


class Journal:
    """The journal of one output folder, locked as long as it is open."""

    def __init__(self, out: Path) -> None:
        """Open or begin it. Raises `ConfigError` while another run has it."""
        self.folder = out / FOLDER
        self.path = self.folder / "journal.sqlite"
        self._lock = _locked(out)
        try:
            with self._translated():
                self._database = self._opened()
        except BaseException:
            self._lock.release()
            raise

    @staticmethod
    def exists(out: Path) -> bool:
        """Whether a run has been in this folder before."""
        return (out / FOLDER / "journal.sqlite").exists()

    @staticmethod
    def remove(out: Path) -> None:
        """Forget all runs in this folder. Raises `ConfigError` while one is under way."""
        if not Journal.exists(out):
            return
        lock = _locked(out)
        try:
            for suffix in ("", "-wal", "-shm"):
                (out / FOLDER / f"journal.sqlite{suffix}").unlink(missing_ok=True)
        finally:
            lock.release()

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # a full disk: what was committed is safe
            self._database.close()
        self._lock.release()

    # ── reading ──

    def content(self, key: str) -> Content:
        rows = self._rows("SELECT pages, error FROM contents WHERE key = ?", key)
        return Content(rows[0][0], _problem(rows[0][1])) if rows else Content()

    def pages(self, key: str) -> dict[int, Problem | None]:
        """The pages that were settled, each with what went wrong with it."""
        rows = self._rows("SELECT page, error FROM pages WHERE key = ?", key)
        return {page: _problem(error) for page, error in rows}

    def results(self, key: str, pages: Iterable[int]) -> Iterator[PageResult]:
        """What was read of these pages and committed, one at a time. Any thread may ask."""
        with self._translated(), contextlib.closing(sqlite3.connect(self.path)) as database:
            for page in pages:
                row = database.execute(
                    "SELECT result FROM pages WHERE key = ? AND page = ? AND result IS NOT NULL", (key, page)
                ).fetchone()
                if row is not None:
                    yield PageResult.model_validate_json(zlib.decompress(row[0]))

    def document(self, name: str) -> Document | None:
        """What is known of a document: its pages as they were read, with their timings, and its failures.

        None where nothing is known of it yet, or where it cannot be opened.
        """
        rows = self._rows("SELECT key FROM documents WHERE name = ?", _as_text(name))
        if not rows:
            return None
        key = rows[0][0]
        count = self.content(key).pages
        if count is None:
            return None
        settled = self.pages(key)
        failures = (
            PageFailure(index=page, kind=problem.kind, message=problem.message)
            for page, problem in sorted(settled.items())
            if problem is not None
        )
        pages = self.results(key, sorted(settled))
        return Document(source=name, page_count=count, failures=tuple(failures), pages=tuple(pages))

    def written(self, name: str, key: str, selection: str) -> frozenset[str]:
        """The formats in which these pages of a document with this content were written."""
        rows = self._rows(
            "SELECT formats FROM documents WHERE name = ? AND key = ? AND selection = ?",
            _as_text(name), key, selection,
        )  # fmt: skip
        return frozenset(json.loads(rows[0][0])) if rows else frozenset()

    # ── writing: nothing is safe before `commit` ──

    def opened(self, key: str, content: Content) -> None:
        self._write(
            "INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", key, content.pages, _text(content.problem)
        )

    def settle(self, key: str, page: int, result: bytes | None, problem: Problem | None = None) -> None:
        """Keep a packed result, or why there is none."""
        self._write("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)", key, page, result, _text(problem))

    def claim(self, name: str, key: str, selection: str) -> None:
        """A document has this content now: what is known of it is kept, and what it had before is not."""
        self._write(
            "INSERT INTO documents VALUES (?, ?, ?, '[]') ON CONFLICT (name) DO UPDATE SET "
            "key = excluded.key, selection = excluded.selection, formats = '[]' "
            "WHERE (key, selection) != (excluded.key, excluded.selection)",
            _as_text(name), key, selection,
        )  # fmt: skip

    def wrote(self, name: str, key: str, selection: str, formats: Iterable[str]) -> None:
        self._write(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
            _as_text(name), key, selection, json.dumps(sorted(formats)),
        )  # fmt: skip

    def forget_failures(self, key: str) -> None:
        """So that what failed is tried again, and the outputs that lack it are written again."""
        failed = self._write("DELETE FROM pages WHERE key = ? AND error IS NOT NULL", key)
        if failed:
            self._write("UPDATE documents SET formats = '[]' WHERE key = ?", key)
        self._write("DELETE FROM contents WHERE key = ? AND error IS NOT NULL", key)

    def forget_outdated(self) -> None:
        """Drop the pages that no document has any more: of files, or under settings, that were changed."""
        for table in ("pages", "contents"):
            self._write(f"DELETE FROM {table} WHERE key NOT IN (SELECT key FROM documents)")  # noqa: S608

    def commit(self) -> None:
        with self._translated():
            self._database.commit()

    # ── the file ──

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._translated():
            return self._database.execute(statement, values).fetchall()

    def _write(self, statement: str, *values: object) -> int:
        with self._translated():
            return self._database.execute(statement, values).rowcount

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")  # a power cut takes nothing that was committed
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version == 0:
                database.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_SCHEMA}; COMMIT;")
        except BaseException:
            database.close()
            raise
        if version in (0, _SCHEMA):
            return database
        database.close()
        raise ConfigError(
            f"{self.path} was written by another version of ocrkit; begin anew with --restart, or choose "
            "another folder"
        )

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise ExportError(
                f"{self.path} cannot be written: {error}. Make room, or make it writable, and run the same "
                "again: no page that was finished is lost"
            ) from error
        except sqlite3.DatabaseError as error:
            raise ExportError(f"{self.path} is damaged: {error}. Begin anew with --restart") from error


def _locked(out: Path) -> filelock.BaseFileLock:
    try:
        (out / FOLDER).mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(out / FOLDER / "lock")
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise ConfigError(
            f"another run is working in {out}; wait until it has ended, or choose another folder"
        ) from None
    except OSError as error:
        raise ExportError(f"{out}: the folder cannot be used: {error.strerror or error}") from error
    return lock


def _text(problem: Problem | None) -> str | None:
    return None if problem is None else json.dumps(asdict(problem))


def _problem(text: str | None) -> Problem | None:
    return None if text is None else Problem(**json.loads(text))
