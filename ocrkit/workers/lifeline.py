"""A pipe without data: the kernel kills a worker process when the other end, in its parent, is gone.

The thread that receives calls notices the end of the parent on every system, but it cannot run while an
engine holds the interpreter lock. The signal that `prctl` offers for the death of the parent is no help: it
already comes when the thread that has started the process ends.
"""

from __future__ import annotations

import os
import select
import signal
import sys


class Lifeline:
    """The pipe, in the parent. It does nothing on other systems than Linux."""

    def __init__(self) -> None:
        read, write = os.pipe() if sys.platform == "linux" else (None, None)
        self.child_end: int | None = read
        """The file descriptor that the process inherits."""
        self._own_end = None if write is None else os.fdopen(write, "wb", buffering=0)

    @property
    def inherited(self) -> tuple[int, ...]:
        """The file descriptors for `pass_fds`."""
        return () if self.child_end is None else (self.child_end,)

    def close_child_end(self) -> None:
        """Close the end of the process in this one, after the process has started."""
        if self.child_end is not None:
            os.close(self.child_end)

    def close(self) -> None:
        """End the process and the programs that it has started, if they still run."""
        if self._own_end is not None:
            self._own_end.close()


def end_with_parent(pipe: int | None) -> None:
    """Let the kernel kill the process group of this process when its parent is gone.

    Args:
        pipe: the child's end of a `Lifeline`.
    """
    if sys.platform != "linux" or pipe is None:
        return
    import fcntl

    os.set_inheritable(pipe, False)  # noqa: FBT003 – it takes no keywords
    fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    waiting = select.poll()
    waiting.register(pipe, 0)
    if waiting.poll(0):  # its end came before the kernel was asked to tell it
        os.killpg(0, signal.SIGKILL)
