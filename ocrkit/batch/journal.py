"""The journal of a batch: the results so far, in one SQLite file that survives a crash of the run.

Pages belong to a *key*: the hash of the content of a file and of everything that decides how it is read. A
changed file or changed settings give another key, under which earlier results are not found. Only the
coordinating thread of one process writes; a lock keeps other processes out.
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
"""The folder of the journal in the output folder."""

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
    """An error as data: its kind, message and exit code.

    Without the file and the page: files with the same content share one.
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
class FileRecord:
    """What the journal knows of a file: its number of pages, or why it cannot be opened."""

    pages: int | None = None
    problem: Problem | None = None


def _encodable(name: str) -> str:
    """The name of a file, which may have any bytes, as text for SQLite."""
    return name.encode("utf-8", "backslashreplace").decode()


def compressed(result: PageResult) -> bytes:
    """A result as the journal stores it."""
    return zlib.compress(result.model_dump_json().encode(), 3)


class Journal:
    """The journal of one output folder, locked while it is open."""

    def __init__(self, out: Path) -> None:
        """Open or create it. Raises `ConfigError` while another run has it open."""
        self.folder = out / FOLDER
        self.path = self.folder / "journal.sqlite"
        self._lock = _locked(out)
        try:
            with self._translate_errors():
                self._database = self._open()
        except BaseException:
            self._lock.release()
            raise

    @staticmethod
    def exists(out: Path) -> bool:
        """Whether this folder has a journal."""
        return (out / FOLDER / "journal.sqlite").exists()

    @staticmethod
    def remove(out: Path) -> None:
        """Delete the journal of a folder. Raises `ConfigError` during a run."""
        if not Journal.exists(out):
            return
        lock = _locked(out)
        try:
            for suffix in ("", "-wal", "-shm"):
                (out / FOLDER / f"journal.sqlite{suffix}").unlink(missing_ok=True)
        finally:
            lock.release()

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # a full disk; committed data is safe
            self._database.close()
        self._lock.release()

    # ── reading ──

    def file(self, key: str) -> FileRecord:
        rows = self._rows("SELECT pages, error FROM contents WHERE key = ?", key)
        return FileRecord(rows[0][0], _problem(rows[0][1])) if rows else FileRecord()

    def pages(self, key: str) -> dict[int, Problem | None]:
        """The finished pages, each with its problem or None."""
        rows = self._rows("SELECT page, error FROM pages WHERE key = ?", key)
        return {page: _problem(error) for page, error in rows}

    def results(self, key: str, pages: Iterable[int]) -> Iterator[PageResult]:
        """The committed results of these pages, one at a time. Any thread may call it."""
        with self._translate_errors(), contextlib.closing(sqlite3.connect(self.path)) as database:
            for page in pages:
                row = database.execute(
                    "SELECT result FROM pages WHERE key = ? AND page = ? AND result IS NOT NULL", (key, page)
                ).fetchone()
                if row is not None:
                    yield PageResult.model_validate_json(zlib.decompress(row[0]))

    def document(self, name: str) -> Document | None:
        """The result of a document, with timings and failures; None if it is unknown or cannot be opened."""
        rows = self._rows("SELECT key FROM documents WHERE name = ?", _encodable(name))
        if not rows:
            return None
        key = rows[0][0]
        count = self.file(key).pages
        if count is None:
            return None
        finished = self.pages(key)
        failures = (
            PageFailure(index=page, kind=problem.kind, message=problem.message)
            for page, problem in sorted(finished.items())
            if problem is not None
        )
        pages = self.results(key, sorted(finished))
        return Document(source=name, page_count=count, failures=tuple(failures), pages=tuple(pages))

    def written_formats(self, name: str, key: str, selection: str) -> frozenset[str]:
        """The formats in which this selection of pages of a document was written."""
        rows = self._rows(
            "SELECT formats FROM documents WHERE name = ? AND key = ? AND selection = ?",
            _encodable(name), key, selection,
        )  # fmt: skip
        return frozenset(json.loads(rows[0][0])) if rows else frozenset()

    # ── writing: lost without `commit` ──

    def record_file(self, key: str, file: FileRecord) -> None:
        self._write("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", key, file.pages, _text(file.problem))

    def record_page(self, key: str, page: int, result: bytes | None, problem: Problem | None = None) -> None:
        """Record a compressed result, or the problem of a failed page."""
        self._write("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)", key, page, result, _text(problem))

    def record_document(self, name: str, key: str, selection: str) -> None:
        """Record the key of a document. Outputs of another key or selection count as not written."""
        self._write(
            "INSERT INTO documents VALUES (?, ?, ?, '[]') ON CONFLICT (name) DO UPDATE SET "
            "key = excluded.key, selection = excluded.selection, formats = '[]' "
            "WHERE (key, selection) != (excluded.key, excluded.selection)",
            _encodable(name), key, selection,
        )  # fmt: skip

    def record_outputs(self, name: str, key: str, selection: str, formats: Iterable[str]) -> None:
        self._write(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
            _encodable(name), key, selection, json.dumps(sorted(formats)),
        )  # fmt: skip

    def delete_failures(self, key: str) -> None:
        """Delete the failures of a file, so that its failed pages are read and its outputs written again."""
        failed = self._write("DELETE FROM pages WHERE key = ? AND error IS NOT NULL", key)
        if failed:
            self._write("UPDATE documents SET formats = '[]' WHERE key = ?", key)
        self._write("DELETE FROM contents WHERE key = ? AND error IS NOT NULL", key)

    def delete_unreferenced(self) -> None:
        """Delete the pages of keys that no document has: of changed files or settings."""
        for table in ("pages", "contents"):
            self._write(f"DELETE FROM {table} WHERE key NOT IN (SELECT key FROM documents)")  # noqa: S608

    def commit(self) -> None:
        with self._translate_errors():
            self._database.commit()

    # ── the file ──

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._translate_errors():
            return self._database.execute(statement, values).fetchall()

    def _write(self, statement: str, *values: object) -> int:
        with self._translate_errors():
            return self._database.execute(statement, values).rowcount

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")  # committed data survives a power failure
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
            f"{self.path} was written by another version of ocrkit; start again with --restart, or choose "
            "another folder"
        )

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise ExportError(
                f"{self.path} cannot be written: {error}. Free disk space or make it writable, and run the "
                "same batch again: no finished page is lost"
            ) from error
        except sqlite3.DatabaseError as error:
            raise ExportError(f"{self.path} is damaged: {error}. Start again with --restart") from error


def _locked(out: Path) -> filelock.BaseFileLock:
    try:
        (out / FOLDER).mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(out / FOLDER / "lock")
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise ConfigError(
            f"another run is using {out}; wait until it has ended, or choose another folder"
        ) from None
    except OSError as error:
        raise ExportError(f"{out}: the folder cannot be used: {error.strerror or error}") from error
    return lock


def _text(problem: Problem | None) -> str | None:
    return None if problem is None else json.dumps(asdict(problem))


def _problem(text: str | None) -> Problem | None:
    return None if text is None else Problem(**json.loads(text))
