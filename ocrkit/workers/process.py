"""One process, as its parent sees it: started, asked, watched, ended."""

from __future__ import annotations

import collections
import contextlib
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import IO, Any, Literal, TypeAlias, cast

import psutil

from ocrkit.workers.messages import Reply, packed, receive, send

_TICK_SECONDS = 0.2
_GRACE_SECONDS = 2.0
_LONGEST_LINE = 2000
_WORN_OUT = 0.8  # of the memory it may hold: better replaced between two pages than in the middle of one

# Not `-m`: the parent may have found ocrkit on a path that a fresh interpreter does not know. And nothing
# from the current folder, which such a program would look through first.
_PROGRAM = """
import sys
sys.path[:] = [folder for folder in sys.path if folder]
import os, pickle
questions = os.fdopen(os.dup(0), "rb")
sys.path[:] = pickle.load(questions)
from ocrkit.workers.child import main
main(questions)
"""

LossKind: TypeAlias = Literal["crashed", "hung", "too large", "stopped", "not started"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What a process may take."""

    seconds: float | None = None
    """For one call."""
    memory: int | None = None
    """In bytes, while it works."""
    calls: int | None = None
    """After so many it has done its part and is replaced."""
    start_seconds: float = 120.0


class WorkerLostError(Exception):
    """The process ended, or had to be ended, before it answered."""

    def __init__(self, kind: LossKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Worker:
    """A process of its own that answers calls, one at a time."""

    def __init__(self, setup: bytes, limits: Limits) -> None:
        """Start it. It is ready after `wait_until_ready`."""
        self._limits = limits
        self._owner = os.getpid()
        self._calls = 0
        self._stopped = False
        self._replies: queue.SimpleQueue[tuple[int, Reply] | None] = queue.SimpleQueue()
        self._last_words: collections.deque[str] = collections.deque(maxlen=5)
        self._process = subprocess.Popen(  # noqa: S603 – this very interpreter
            [sys.executable, *(["-I"] if sys.flags.isolated else []), "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # its group is ended with all that it has started
        )
        self._threads = [
            threading.Thread(target=self._listen, daemon=True),
            threading.Thread(target=self._overhear, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._send(packed(sys.path) + packed(setup))

    def wait_until_ready(self) -> None:
        """Raises what the setup raised."""
        try:
            reply = self._wait(self._limits.start_seconds)
        except WorkerLostError as loss:
            raise loss if loss.kind == "stopped" else WorkerLostError("not started", str(loss)) from None
        if reply.error is not None:
            raise reply.error

    def call(self, data: bytes) -> Reply:
        """Ask, and wait for the answer. Raises `WorkerLostError`; the process is of no use after that."""
        self._calls += 1
        self._send(packed(self._calls) + data)
        return self._wait(self._limits.seconds)

    @property
    def worn_out(self) -> bool:
        """Whether it should not be asked again."""
        limits = self._limits
        if limits.calls is not None and self._calls >= limits.calls:
            return True
        return limits.memory is not None and self._memory() > _WORN_OUT * limits.memory

    def close(self) -> None:
        """Let it end by itself, or else end it. Only when it has nothing to do."""
        self._send(packed(None))
        self._let_it_end(_GRACE_SECONDS)
        self.kill()

    def stop(self) -> None:
        """End it from another thread; a call in progress raises `WorkerLostError`."""
        self._stopped = True
        self._end()

    def kill(self) -> None:
        """End it, whatever it does, and let go of the pipes."""
        if self._owner != os.getpid():
            return  # it belongs to the process that this one was forked from
        self._end()
        self._process.wait()
        with contextlib.suppress(OSError):  # what it was not told yet, it will not be told
            cast("IO[bytes]", self._process.stdin).close()
        for thread in self._threads:  # or a daemon that an engine has left behind holds the other end
            thread.join(_TICK_SECONDS)

    def _end(self) -> None:
        if self._process.returncode is not None or self._owner != os.getpid():
            return  # its number may belong to somebody else by now, and so may it itself
        if hasattr(os, "killpg"):
            # Also when it has ended by itself: a program it had started may still be there.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def _has_ended(self) -> bool:
        """Whether it has, without taking note of it: its number, and that of its group, stay its own."""
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll() is not None
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
        except ChildProcessError:
            return True

    def _let_it_end(self, seconds: float) -> bool:
        """Give it so long; whether it did."""
        end = time.monotonic() + seconds
        while not self._has_ended():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # it is gone, which shows when it does not answer
            send(cast("Any", self._process.stdin), data)

    def _wait(self, seconds: float | None) -> Reply:
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            # Also without the end of its pipe: a program it has started may hold that open.
            has_ended = self._has_ended()
            with contextlib.suppress(queue.Empty):
                answer = self._replies.get(timeout=_TICK_SECONDS)
                if answer is None or answer[0] != self._calls:  # something else writes to its pipe
                    raise self._lost()
                return answer[1]
            if has_ended:
                raise self._lost()
            if end is not None and time.monotonic() > end:
                self._end()
                raise WorkerLostError("hung", f"there was no answer within {seconds:g} seconds")
            limit, used = self._limits.memory, self._memory()
            if limit is not None and used > limit:
                self._end()
                message = f"it took {used / 1e6:.0f} MB of memory, and {limit / 1e6:.0f} MB are the limit"
                raise WorkerLostError("too large", message)

    def _lost(self) -> WorkerLostError:
        if self._stopped:
            return WorkerLostError("stopped", "reading was stopped")
        by_itself = self._let_it_end(_TICK_SECONDS)
        self._end()
        code = self._process.wait()
        for thread in self._threads:
            thread.join(_TICK_SECONDS)
        words = f": {self._last_words[-1]}" if self._last_words else ""
        how = _described(code) if by_itself else "gave no proper answer"
        return WorkerLostError("crashed", f"its process {how}{words}")

    def _memory(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    # Each of the two threads closes the pipe it reads: nobody else can, as long as it waits there.

    def _listen(self) -> None:
        with cast("Any", self._process.stdout) as stdout:
            try:
                while True:
                    self._replies.put((receive(stdout), receive(stdout)))
            except Exception:  # noqa: BLE001 – the pipe ends in the middle of a message when the process dies
                self._replies.put(None)

    def _overhear(self) -> None:
        """What it writes to standard error, for the log and for the message when it crashes."""
        rest = b""
        with cast("Any", self._process.stderr) as stderr:
            while chunk := stderr.read1(1 << 16):
                *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
                rest = rest[-_LONGEST_LINE:]
                self._note(lines)
        self._note([rest])

    def _note(self, lines: list[bytes]) -> None:
        for line in lines:
            text = line.decode(errors="replace").strip()
            if text:
                self._last_words.append(text[:300])
                _log.debug("process %d: %s", self._process.pid, text)


def _described(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = ", perhaps because the machine ran out of memory" if name == "SIGKILL" else ""
    return f"was ended by {name}{hint}"
