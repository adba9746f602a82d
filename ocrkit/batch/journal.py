"""The journal of a batch: the results so far, in one SQLite file that survives a crash of the run.

Pages belong to a *key*: the hash of the content of a file and of everything that decides how it is read. A
changed file or changed settings give another key, under which earlier results are not found. Only the
coordinating thread of one process writes; a lock keeps other processes out.

A page carries the version of the file it was read from until its document is done: only then is it certain
that the file did not change meanwhile. Every row has a checksum; a damaged row counts as missing.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import filelock

from ocrkit.batch.rows import (
    FileRecord,
    Problem,
    checksum,
    decompressed,
    encodable,
    problem_of,
    problem_text,
)
from ocrkit.document import Document
from ocrkit.errors import ConfigError, ExportError
from ocrkit.result import PageFailure, PageResult

FOLDER = ".ocrkit"
"""The folder of the journal in the output folder."""

_SCHEMA = 2
_TABLES = """
CREATE TABLE documents (
    name TEXT PRIMARY KEY,   -- of its outputs
    key TEXT NOT NULL,
    selection TEXT NOT NULL, -- of pages
    formats TEXT NOT NULL,   -- the outputs that were written for that key and selection
    checksum TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE contents (
    key TEXT PRIMARY KEY,
    pages INTEGER,           -- how many pages the file has
    error TEXT,              -- why it cannot be opened
    checksum TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE pages (
    key TEXT NOT NULL,
    page INTEGER NOT NULL,
    result BLOB,
    error TEXT,
    version TEXT,            -- of the file when it was read; NULL after the document is done
    checksum TEXT NOT NULL,
    PRIMARY KEY (key, page)
);
"""


_log = logging.getLogger(__name__)


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
        """The record of a file; empty if the row is damaged."""
        for *values, stored in self._rows(
            "SELECT key, pages, error, checksum FROM contents WHERE key = ?", key
        ):
            if checksum(*values) == stored:
                return FileRecord(values[1], problem_of(values[2]))
        return FileRecord()

    def pages(self, key: str) -> dict[int, Problem | None]:
        """The finished pages, each with its problem or None, without the damaged ones."""
        return {page: problem_of(error) for _, page, error, _ in self._good_pages(key)}

    def delete_unusable(self, key: str, version: str) -> None:
        """Delete the pages of a file that are damaged or were read from another version of it."""
        good = {row for row, _, _, known in self._good_pages(key) if known in (None, version)}
        rows = {row for (row,) in self._rows("SELECT rowid FROM pages WHERE key = ?", key)}
        for row in rows - good:
            self._write("DELETE FROM pages WHERE rowid = ?", row)
        if rows - good:
            _log.warning("%s: %d pages are read again", self.path, len(rows - good))

    def results(self, key: str, pages: Iterable[int]) -> Iterator[PageResult]:
        """The committed results of these pages, one at a time. Any thread may call it."""
        with self._translate_errors(), contextlib.closing(_connect(self.path)) as database:
            for page in pages:
                row = database.execute(
                    "SELECT result FROM pages WHERE key = ? AND page = ? AND result IS NOT NULL", (key, page)
                ).fetchone()
                if row is None:
                    continue
                result = decompressed(row[0])
                if result is None:
                    raise ExportError(
                        f"{self.path}: the result of page {page + 1} is damaged; run the same batch again, "
                        "which reads this page again"
                    )
                yield result

    def document(self, name: str) -> Document | None:
        """The result of a document, with timings and failures; None if it is unknown or cannot be opened."""
        row = self._document_row(name)
        if row is None:
            return None
        key = row[0]
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
        row = self._document_row(name)
        if row is None or row[:2] != (key, selection):
            return frozenset()
        return frozenset(json.loads(row[2]))

    def _document_row(self, name: str) -> tuple[str, str, str] | None:
        """Key, selection and formats of a document; None if it is unknown or its row is damaged."""
        statement = "SELECT name, key, selection, formats, checksum FROM documents WHERE name = ?"
        for *values, stored in self._rows(statement, encodable(name)):
            if checksum(*values) == stored:
                return values[1], values[2], values[3]
        return None

    def _good_pages(self, key: str) -> Iterator[tuple[int, int, str | None, str | None]]:
        """Row, page, error and version of the pages of a file whose rows are not damaged."""
        statement = "SELECT rowid, version, key, page, result, error, checksum FROM pages WHERE key = ?"
        with self._translate_errors():
            for row, version, *values, stored in self._database.execute(statement, (key,)):
                if checksum(*values) == stored:
                    yield row, values[1], values[3], version

    # ── writing: lost without `commit` ──

    def record_file(self, key: str, file: FileRecord) -> None:
        values = (key, file.pages, problem_text(file.problem))
        self._write("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)", *values, checksum(*values))

    def record_page(
        self, key: str, page: int, result: bytes | None, problem: Problem | None = None, *, version: str
    ) -> None:
        """Record a compressed result, or the problem of a failed page, read from this version of the file."""
        values = (key, page, result, problem_text(problem))
        self._write(
            "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?)", *values, version, checksum(*values)
        )

    def confirm_pages(self, key: str) -> None:
        """Keep the pages of a file for good: it did not change while they were read."""
        self._write("UPDATE pages SET version = NULL WHERE key = ? AND version IS NOT NULL", key)

    def discard_pages(self, key: str) -> None:
        """Delete the pages of a file that are not confirmed."""
        self._write("DELETE FROM pages WHERE key = ? AND version IS NOT NULL", key)

    def record_document(self, name: str, key: str, selection: str) -> None:
        """Record the key of a document. Outputs of another key or selection count as not written."""
        row = self._document_row(name)
        if row is None or row[:2] != (key, selection):
            self.record_outputs(name, key, selection, ())

    def record_outputs(self, name: str, key: str, selection: str, formats: Iterable[str]) -> None:
        values = (encodable(name), key, selection, json.dumps(sorted(formats)))
        self._write("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", *values, checksum(*values))

    def delete_failures(self, key: str) -> None:
        """Delete the failures of a file, so that its failed pages are read and its outputs written again."""
        failed = self._write("DELETE FROM pages WHERE key = ? AND error IS NOT NULL", key)
        if failed:
            rows = self._rows("SELECT name, selection FROM documents WHERE key = ?", key)
            for name, selection in rows:
                self.record_outputs(name, key, selection, ())
        self._write("DELETE FROM contents WHERE key = ? AND error IS NOT NULL", key)

    def delete_unreferenced(self) -> None:
        """Delete the pages of keys that no document uses, as after a change of files or settings."""
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
        database = _connect(self.path)
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


def _connect(path: Path) -> sqlite3.Connection:
    # An abandoned iteration over results is closed by the thread that collects it.
    database = sqlite3.connect(path, check_same_thread=False)
    database.text_factory = lambda data: data.decode("utf-8", "replace")  # damaged text fails its checksum
    return database
