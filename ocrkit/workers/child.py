"""The worker process: it answers calls one by one until its parent closes the pipe."""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import threading
from typing import Any, BinaryIO

from ocrkit.workers.lifeline import end_with_parent
from ocrkit.workers.messages import Handler, Reply, pickled, pickled_error, receive, send

_state = {"is_worker": False}


def is_worker() -> bool:
    """Whether this process is a worker process: it may crash without harm to the program."""
    return _state["is_worker"]


def main(requests: BinaryIO) -> None:
    """Set up, then answer calls.

    Args:
        requests: the pipe of standard input.
    """
    _state["is_worker"] = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent decides
    end_with_parent(receive(requests))
    replies = _private_streams()
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    try:
        handler: Handler = pickle.loads(receive(requests))()  # noqa: S301 – it comes from the parent process
    except BaseException as error:  # noqa: BLE001 – the parent raises it
        send(replies, pickled(0) + pickled_error(error))
        return
    send(replies, pickled(0) + pickled(Reply()))
    threading.Thread(target=_receive_calls, args=(requests, calls), daemon=True).start()
    this = os.getpid()
    while (call := calls.get()) is not None:
        number, (task,) = call
        data = _answer(handler, task)
        if os.getpid() != this:
            os._exit(0)  # an engine has forked, and its child returned here: only the parent may answer
        send(replies, pickled(number) + data)
    close = getattr(handler, "close", None)
    if close is not None:
        close()


def _answer(handler: Handler, task: Any) -> bytes:
    try:
        return pickled(Reply(handler(task)))
    except BaseException as error:
        logging.getLogger(__name__).debug("the call failed", exc_info=True)
        return pickled_error(error)


def _receive_calls(requests: BinaryIO, calls: queue.SimpleQueue[Any]) -> None:
    """Receive calls in a thread, so that the end of the parent is noticed during a call as well."""
    while True:
        try:
            number = receive(requests)
            call = None if number is None else (number, receive(requests))
        except Exception:  # noqa: BLE001 – a message that is cut off raises anything
            _kill_own_group()
        calls.put(call)
        if call is None:
            return


def _kill_own_group() -> None:
    """End this process after its parent is gone. An engine in the middle of a page ignores milder signals."""
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)  # with the programs that this process has started
    os.kill(os.getpid(), signal.SIGTERM)


def _private_streams() -> BinaryIO:
    """The pipe for replies, moved to a file descriptor that engines do not know.

    Their standard output goes to standard error, and their standard input is empty.
    """
    pipe = os.dup(1)
    os.dup2(2, 1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return os.fdopen(pipe, "wb")
