"""Pages that were read, kept so that none is read, or paid for, twice.

One SQLite file serves any number of threads and processes. A cache is a convenience: whatever is wrong with
its file or its disk costs the convenience, is said once in the log, and never fails a page.
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
_SLACK = 0.9  # what is left after making room: or each new page would have to make room again
_STALE_SECONDS = 60.0  # a page's last use is written down when it is older than this: reading stays reading
_PATIENCE_SECONDS = 5.0  # with somebody else who writes
_PAUSE_SECONDS = 60.0  # pages are read without it for so long after it was not to be had

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CacheInfo:
    """What is in a cache."""

    folder: Path
    entries: int
    bytes: int
    max_bytes: int
    oldest_use: datetime | None = None
    newest_use: datetime | None = None


class PageCache:
    """Results of pages by what they depend on, bounded in size. The least recently used go first."""

    def __init__(self, folder: Path | str, max_bytes: int) -> None:
        """Touches nothing yet."""
        self.folder = Path(folder).expanduser()
        self._max_bytes = int(max_bytes)
        self._lock = threading.Lock()
        self._database: tuple[int, sqlite3.Connection] | None = None
        self._complained = False
        self._paused_until = 0.0

    @property
    def path(self) -> Path:
        """The file it is in."""
        return self.folder / "pages.sqlite"

    def get(self, key: str) -> PageResult | None:
        """What was kept under this key, or None."""
        if time.monotonic() < self._paused_until:
            return None
        with self._forgiving(), self._open() as database:
            row = database.execute(
                "SELECT result, CAST(used AS REAL) FROM pages WHERE key = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            data, used = row
            try:
                result = PageResult.model_validate_json(zlib.decompress(data))
            except (zlib.error, ValidationError, TypeError):  # SQLite does not insist on a column's type
                self._complain(f"a page in {self.path} is damaged and is read again")
                database.execute("DELETE FROM pages WHERE key = ?", (key,))
                return None
            if time.time() - used > _STALE_SECONDS:
                database.execute("UPDATE pages SET used = ? WHERE key = ?", (time.time(), key))
            return result
        return None

    def put(self, key: str, result: PageResult) -> None:
        """Keep a result, and make room for it."""
        if time.monotonic() < self._paused_until:
            return
        try:
            data = zlib.compress(result.model_dump_json().encode(), 3)
        except ValueError:  # a stranger's backend may have put anything into it
            self._complain(f"a result that has no form as JSON is not kept in {self.path}")
            return
        if len(data) > self._max_bytes:
            return
        with self._forgiving(), self._open() as database:
            with _transaction(database):
                database.execute("DELETE FROM pages WHERE key = ?", (key,))
                (total,) = database.execute("SELECT COALESCE(SUM(size), 0) FROM total").fetchone()
                is_full = total + len(data) > self._max_bytes
                if is_full:
                    _make_room(database, total + len(data) - int(self._max_bytes * _SLACK))
                database.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (key, data, len(data), time.time()))
            if is_full:
                self._give_back(database)

    def info(self) -> CacheInfo:
        """What is in it. Raises `OcrkitError` when it cannot be looked at."""
        if not self._is_there():
            return CacheInfo(self.folder, 0, 0, self._max_bytes)
        with self._strict(), self._open() as database:
            entries, size, oldest, newest = database.execute(
                "SELECT COUNT(*), COALESCE(SUM(size), 0), MIN(used), MAX(used) FROM pages"
            ).fetchone()
        return CacheInfo(self.folder, entries, size, self._max_bytes, _moment(oldest), _moment(newest))

    def clear(self) -> int:
        """Forget everything and give the space back; how many pages it were."""
        if not self._is_there():
            return 0
        with self._strict():
            try:
                return self._emptied()
            except sqlite3.Error as error:
                if not _is_damaged(error):
                    raise
                self._begin_anew(error)
                return 0

    def close(self) -> None:
        """Let go of the file; it is opened again when it is needed."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        held, self._database = self._database, None
        if held is not None and held[0] == os.getpid():
            held[1].close()

    def _emptied(self) -> int:
        with self._open() as database:
            with _transaction(database):
                forgotten = database.execute("DELETE FROM pages").rowcount
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return forgotten

    def _give_back(self, database: sqlite3.Connection) -> None:
        """Give the freed space back to the disk, but for what the next pages take."""
        (free,) = database.execute("PRAGMA freelist_count").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
        surplus = free - int(self._max_bytes * (1 - _SLACK)) // size
        if surplus > 0:
            # One step frees one of them, and `execute` takes only one.
            database.executescript(f"PRAGMA incremental_vacuum({surplus})")

    # ── the file ──

    def _is_there(self) -> bool:
        with self._strict():
            if self.folder.exists() and not self.folder.is_dir():
                raise NotADirectoryError(f"{self.folder} is no folder")
            return self.path.exists()

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The connection of this process, for one thread at a time."""
        with self._lock:
            if self._database is None or self._database[0] != os.getpid():
                self._database = (os.getpid(), self._connected())
            yield self._database[1]

    def _connected(self) -> sqlite3.Connection:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return self._checked()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._complain(f"{self.path} is damaged and is begun anew: {error}")
        self._remove()
        return self._checked()

    def _checked(self) -> sqlite3.Connection:
        database = self._raw()
        try:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version not in (0, _SCHEMA):
                database.close()
                self._remove()
                database = self._raw()
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _raw(self) -> sqlite3.Connection:
        # Made first, or its mode would be left to the umask; these are the texts of somebody's papers.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        # Statements commit by themselves; several threads use it, one after the other.
        return sqlite3.connect(
            self.path, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )

    @staticmethod
    def _prepare(database: sqlite3.Connection) -> None:
        if database.execute("PRAGMA user_version").fetchone() == (0,):
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA journal_size_limit = 1000000")
        with _transaction(database):  # two processes may begin at the same moment
            if database.execute("PRAGMA user_version").fetchone() == (0,):
                for statement in _statements(_TABLES):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {_SCHEMA}")

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    @contextlib.contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if _is_damaged(error):
                self._begin_anew(error)
            else:
                self._paused_until = time.monotonic() + _PAUSE_SECONDS
                self._complain(f"{self.path} cannot be used, and pages are read without it: {error}")

    @contextlib.contextmanager
    def _strict(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OcrkitError(f"the cache {self.path} cannot be used: {error}") from error

    def _begin_anew(self, error: Exception) -> None:
        self._complain(f"{self.path} is damaged and is begun anew: {error}")
        with self._lock:  # nobody opens it in between
            self._let_go()
            with contextlib.suppress(OSError):
                self._remove()

    def _complain(self, text: str) -> None:
        if not self._complained:
            self._complained = True
            _log.warning(text)


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # a full disk may have ended it already
            database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _make_room(database: sqlite3.Connection, wanted: int) -> None:
    outdated = []
    for key, size in database.execute("SELECT key, CAST(size AS INTEGER) FROM pages ORDER BY used"):
        outdated.append((key,))
        wanted -= size
        if wanted <= 0:
            break
    database.executemany("DELETE FROM pages WHERE key = ?", outdated)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: `executescript` would commit what is under way."""
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
