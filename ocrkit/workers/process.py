"""One worker process, seen from its parent: start, call, watch, end."""

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
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Literal, TypeAlias, cast

import psutil

from ocrkit.workers.lifeline import Lifeline
from ocrkit.workers.messages import Reply, pickled, receive, send

_TICK_SECONDS = 0.2
_GRACE_SECONDS = 2.0
_LONGEST_LINE = 2000
_KEPT_LINES = 40
_REPLACE_ABOVE = 0.8  # of the memory limit: a process is replaced between two calls, not during one

# Not `-m`: the parent may have imported ocrkit from a path that a new interpreter does not know. The current
# folder, which such a program would search first, is removed from the path.
_PROGRAM = """
import sys
sys.path[:] = [folder for folder in sys.path if folder]
import os, pickle
requests = os.fdopen(os.dup(0), "rb")
sys.path[:] = pickle.load(requests)
from ocrkit.workers.child import main
main(requests)
"""

LossKind: TypeAlias = Literal["crashed", "hung", "too large", "stopped", "not started"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """The limits of a worker process."""

    seconds: float | None = None
    """For one call."""
    memory: int | None = None
    """In bytes, checked during a call."""
    calls: int | None = None
    """The process is replaced after this number of calls."""
    start_seconds: float = 120.0


@dataclass(frozen=True)
class Launch:
    """The environment in which a worker process starts."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables, besides those of this process."""
    folder: str | None = None
    """Its current folder. None: that of this process."""


class WorkerLostError(Exception):
    """The process ended, or was ended, before it answered."""

    def __init__(self, kind: LossKind, message: str, output: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.output = output
        """The last lines that it printed to standard error."""


class Worker:
    """A worker process, which answers one call at a time."""

    def __init__(self, setup: bytes, limits: Limits, launch: Launch | None = None) -> None:
        """Start the process. It is ready after `wait_until_ready`."""
        launch = launch or Launch()
        self._limits = limits
        self._owner = os.getpid()
        self._calls = 0
        self._stopped = False
        self._replies: queue.SimpleQueue[tuple[int, Reply] | None] = queue.SimpleQueue()
        self._last_lines: collections.deque[str] = collections.deque(maxlen=_KEPT_LINES)
        self._lifeline = Lifeline()
        self._process = self._start(launch)
        self._threads = [
            threading.Thread(target=self._read_replies, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        # Absolute: relative folders, and the empty one, would be searched in another folder.
        path = sys.path if launch.folder is None else [os.path.abspath(each) for each in sys.path]  # noqa: PTH100
        self._send(pickled(path) + pickled(self._lifeline.child_end) + pickled(setup))

    def _start(self, launch: Launch) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603 – the interpreter of this process
                [sys.executable, *(["-I"] if sys.flags.isolated else []), "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # to end it with all programs that it has started
                env={**os.environ, **launch.variables},
                cwd=launch.folder,
                pass_fds=self._lifeline.inherited,
            )
        finally:
            self._lifeline.close_child_end()

    def wait_until_ready(self) -> None:
        """Wait for the end of the setup. Raises the exception that it raised."""
        try:
            reply = self._wait(self._limits.start_seconds)
        except WorkerLostError as loss:
            raise loss if loss.kind == "stopped" else WorkerLostError("not started", str(loss)) from None
        if reply.error is not None:
            raise reply.error

    def call(self, data: bytes) -> Reply:
        """Send a call and wait for the reply. The process cannot be used after a `WorkerLostError`."""
        self._calls += 1
        self._send(pickled(self._calls) + data)
        return self._wait(self._limits.seconds)

    @property
    def should_be_replaced(self) -> bool:
        """Whether it has reached its number of calls, or nearly its memory limit."""
        limits = self._limits
        if limits.calls is not None and self._calls >= limits.calls:
            return True
        return limits.memory is not None and self._memory() > _REPLACE_ABOVE * limits.memory

    def close(self) -> None:
        """Tell an idle process to exit, and kill it if it does not."""
        self._send(pickled(None))
        self._wait_for_exit(_GRACE_SECONDS)
        self.kill()

    def stop(self) -> None:
        """End it from another thread. A call in progress raises `WorkerLostError`."""
        self._stopped = True
        self._kill_group()

    def kill(self) -> None:
        """End it at once and close the pipes."""
        if self._owner != os.getpid():
            return  # in a forked process: it belongs to the parent
        self._kill_group()
        self._process.wait()
        with contextlib.suppress(OSError):  # unsent data cannot be flushed
            cast("IO[bytes]", self._process.stdin).close()
        self._lifeline.close()
        for thread in self._threads:  # not forever: a daemon of an engine may hold the other end of the pipe
            thread.join(_TICK_SECONDS)

    def _kill_group(self) -> None:
        if self._process.returncode is not None or self._owner != os.getpid():
            return  # another process may have its number by now
        if hasattr(os, "killpg"):
            # Also after it has exited: a program that it has started may still run.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def _has_exited(self) -> bool:
        """Whether it has exited. It is not reaped, so its number and that of its group are not reused."""
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll() is not None
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
        except ChildProcessError:
            return True

    def _wait_for_exit(self, seconds: float) -> bool:
        """Whether it exits within this time."""
        deadline = time.monotonic() + seconds
        while not self._has_exited():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # it has exited; waiting for the reply reports that
            send(cast("Any", self._process.stdin), data)

    def _wait(self, seconds: float | None) -> Reply:
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            # Not seen by the end of its pipe, which a program that it has started may hold open.
            has_exited = self._has_exited()
            with contextlib.suppress(queue.Empty):
                answer = self._replies.get(timeout=_TICK_SECONDS)
                if answer is None or answer[0] != self._calls:  # another program writes to its pipe
                    raise self._loss()
                return answer[1]
            if has_exited:
                raise self._loss()
            if deadline is not None and time.monotonic() > deadline:
                self._kill_group()
                message = f"the worker process gave no answer within {seconds:g} seconds"
                raise WorkerLostError("hung", message)
            limit, used = self._limits.memory, self._memory()
            if limit is not None and used > limit:
                self._kill_group()
                message = (
                    f"the worker process used {used / 1e6:.0f} MB of memory (limit {limit / 1e6:.0f} MB)"
                )
                raise WorkerLostError("too large", message)

    def _loss(self) -> WorkerLostError:
        """The error for a process that ended before it answered."""
        if self._stopped:
            return WorkerLostError("stopped", "reading was stopped")
        by_itself = self._wait_for_exit(_TICK_SECONDS)
        self._kill_group()
        code = self._process.wait()
        for thread in self._threads:
            thread.join(_TICK_SECONDS)
        if by_itself and code == -getattr(signal, "SIGXCPU", 0):
            return WorkerLostError("hung", "the worker process used all of its CPU time")
        last_line = f": {self._last_lines[-1]}" if self._last_lines else ""
        how = _exit_reason(code) if by_itself else "sent an invalid answer"
        output = "\n".join(self._last_lines)
        return WorkerLostError("crashed", f"the worker process {how}{last_line}", output)

    def _memory(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    # Each of the two threads closes its pipe: another thread cannot close a pipe that is being read.

    def _read_replies(self) -> None:
        with cast("Any", self._process.stdout) as stdout:
            try:
                while True:
                    self._replies.put((receive(stdout), receive(stdout)))
            except Exception:  # noqa: BLE001 – a message that is cut off raises anything
                self._replies.put(None)

    def _read_stderr(self) -> None:
        """Read standard error, for the log and for the message after a crash."""
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
                self._last_lines.append(text[:300])
                _log.debug("process %d: %s", self._process.pid, text)


def _exit_reason(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = ", perhaps because the machine ran out of memory" if name == "SIGKILL" else ""
    return f"was ended by {name}{hint}"
