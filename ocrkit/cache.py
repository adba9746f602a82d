"""A cache of the results of pages, so that a page is not read, or paid for, twice.

Any number of threads and processes share one SQLite file. An error of the cache never fails a page: it is
logged once, and pages are read without the cache.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from pydantic import ValidationError

from ocrkit.errors import OcrkitError
from ocrkit.result import PageResult

_SCHEMA = 1
_TABLES = """
CREATE TABLE pages (
    key TEXT PRIMARY KEY,
    result BLOB NOT NULL,
    size INTEGER NOT NULL,
    used REAL NOT NULL       -- seconds since 1970
) WITHOUT ROWID;
CREATE INDEX by_use ON pages (used, size);
CREATE TABLE total (size INTEGER NOT NULL);
INSERT INTO total VALUES (0);
CREATE TRIGGER added AFTER INSERT ON pages BEGIN UPDATE total SET size = size + NEW.size; END;
CREATE TRIGGER removed AFTER DELETE ON pages BEGIN UPDATE total SET size = size - OLD.size; END;
"""
_FILL_AFTER_EVICTION = 0.9  # of the maximum size, so that not every new page evicts others
_USE_RESOLUTION_SECONDS = 60.0  # the last use is updated when it is older, so that most reads do not write
_LOCK_TIMEOUT_SECONDS = 5.0
_PAUSE_SECONDS = 60.0  # without the cache, after an error

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CacheInfo:
    """The size and age of a cache."""

    folder: Path
    entries: int
    bytes: int
    max_bytes: int
    oldest_use: datetime | None = None
    newest_use: datetime | None = None


class PageCache:
    """The results of pages by key, limited in size. The least recently used results are deleted first."""

    def __init__(self, folder: Path | str, max_bytes: int) -> None:
        """Create nothing yet."""
        self.folder = Path(folder).expanduser()
        self._max_bytes = int(max_bytes)
        self._lock = threading.Lock()
        self._database: tuple[int, sqlite3.Connection] | None = None
        self._has_warned = False
        self._paused_until = 0.0

    @property
    def path(self) -> Path:
        """The file of the cache."""
        return self.folder / "pages.sqlite"

    def get(self, key: str) -> PageResult | None:
        """The result with this key, or None."""
        if time.monotonic() < self._paused_until:
            return None
        with self._log_errors(), self._connection() as database:
            row = database.execute(
                "SELECT result, CAST(used AS REAL) FROM pages WHERE key = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            data, used = row
            try:
                result = PageResult.model_validate_json(zlib.decompress(data))
            except (zlib.error, ValidationError, TypeError):  # SQLite does not enforce the type of a column
                self._warn_once(f"a result in {self.path} is damaged; its page is read again")
                database.execute("DELETE FROM pages WHERE key = ?", (key,))
                return None
            if time.time() - used > _USE_RESOLUTION_SECONDS:
                database.execute("UPDATE pages SET used = ? WHERE key = ?", (time.time(), key))
            return result
        return None

    def put(self, key: str, result: PageResult) -> None:
        """Store a result, and delete others if the cache is full."""
        if time.monotonic() < self._paused_until:
            return
        try:
            data = zlib.compress(result.model_dump_json().encode(), 3)
        except ValueError:  # a backend may have put any value into it
            self._warn_once(f"a result that cannot be written as JSON is not cached in {self.path}")
            return
        if len(data) > self._max_bytes:
            return
        with self._log_errors(), self._connection() as database:
            with _transaction(database):
                database.execute("DELETE FROM pages WHERE key = ?", (key,))
                (total,) = database.execute("SELECT COALESCE(SUM(size), 0) FROM total").fetchone()
                is_full = total + len(data) > self._max_bytes
                if is_full:
                    _evict(database, total + len(data) - int(self._max_bytes * _FILL_AFTER_EVICTION))
                database.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (key, data, len(data), time.time()))
            if is_full:
                self._shrink_file(database)

    def info(self) -> CacheInfo:
        """The size and age of the cache. Raises `OcrkitError` if it cannot be read."""
        if not self._exists():
            return CacheInfo(self.folder, 0, 0, self._max_bytes)
        with self._raise_errors(), self._connection() as database:
            entries, size, oldest, newest = database.execute(
                "SELECT COUNT(*), COALESCE(SUM(size), 0), MIN(used), MAX(used) FROM pages"
            ).fetchone()
        return CacheInfo(self.folder, entries, size, self._max_bytes, _moment(oldest), _moment(newest))

    def clear(self) -> int:
        """Delete all results; returns their number."""
        if not self._exists():
            return 0
        with self._raise_errors():
            try:
                return self._delete_all()
            except sqlite3.Error as error:
                if not _is_damaged(error):
                    raise
                self._start_new_file(error)
                return 0

    def close(self) -> None:
        """Close the file. It is opened again when it is needed."""
        with self._lock:
            self._disconnect()

    def _disconnect(self) -> None:
        opened, self._database = self._database, None
        if opened is not None and opened[0] == os.getpid():
            opened[1].close()

    def _delete_all(self) -> int:
        with self._connection() as database:
            with _transaction(database):
                deleted = database.execute("DELETE FROM pages").rowcount
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted

    def _shrink_file(self, database: sqlite3.Connection) -> None:
        """Free disk space, except for what the next results need."""
        (free,) = database.execute("PRAGMA freelist_count").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
        surplus = free - int(self._max_bytes * (1 - _FILL_AFTER_EVICTION)) // size
        if surplus > 0:
            # Each step frees one page of the file, and `execute` makes one step only.
            database.executescript(f"PRAGMA incremental_vacuum({surplus})")

    # ── the file ──

    def _exists(self) -> bool:
        with self._raise_errors():
            if self.folder.exists() and not self.folder.is_dir():
                raise NotADirectoryError(f"{self.folder} is not a folder")
            return self.path.exists()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """The connection of this process, for one thread at a time."""
        with self._lock:
            if self._database is None or self._database[0] != os.getpid():
                self._database = (os.getpid(), self._connect())
            yield self._database[1]

    def _connect(self) -> sqlite3.Connection:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return self._open_checked()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._warn_once(f"{self.path} is damaged and is replaced by an empty cache: {error}")
        self._remove()
        return self._open_checked()

    def _open_checked(self) -> sqlite3.Connection:
        database = self._open_file()
        try:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version not in (0, _SCHEMA):
                database.close()
                self._remove()
                database = self._open_file()
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _open_file(self) -> sqlite3.Connection:
        # Created with this mode, whatever the umask: it holds the text of private documents.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        # In autocommit mode; several threads use it, one at a time.
        return sqlite3.connect(
            self.path, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )

    @staticmethod
    def _prepare(database: sqlite3.Connection) -> None:
        if database.execute("PRAGMA user_version").fetchone() == (0,):
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA journal_size_limit = 1000000")
        with _transaction(database):  # another process may create the tables at the same time
            if database.execute("PRAGMA user_version").fetchone() == (0,):
                for statement in _statements(_TABLES):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {_SCHEMA}")

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    @contextlib.contextmanager
    def _log_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if _is_damaged(error):
                self._start_new_file(error)
            else:
                self._paused_until = time.monotonic() + _PAUSE_SECONDS
                self._warn_once(f"{self.path} cannot be used, so pages are read without a cache: {error}")

    @contextlib.contextmanager
    def _raise_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OcrkitError(f"the cache {self.path} cannot be used: {error}") from error

    def _start_new_file(self, error: Exception) -> None:
        self._warn_once(f"{self.path} is damaged and is replaced by an empty cache: {error}")
        with self._lock:  # no thread opens it in between
            self._disconnect()
            with contextlib.suppress(OSError):
                self._remove()

    def _warn_once(self, text: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            _log.warning(text)


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # a full disk may have ended the transaction
            database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _evict(database: sqlite3.Connection, wanted: int) -> None:
    """Delete the least recently used results, of at least this size."""
    evicted = []
    for key, size in database.execute("SELECT key, CAST(size AS INTEGER) FROM pages ORDER BY used"):
        evicted.append((key,))
        wanted -= size
        if wanted <= 0:
            break
    database.executemany("DELETE FROM pages WHERE key = ?", evicted)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script: `executescript` would commit the open transaction."""
    statement = ""
    for line in script.splitlines():
        statement += f"{line}\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _is_damaged(error: Exception) -> bool:
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)
