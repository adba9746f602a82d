"""The other side: a process that answers one call after the other until nobody asks any more."""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import threading
from typing import Any, BinaryIO

from ocrkit.workers.messages import Answering, Reply, packed, receive, reply_with, send


def main(questions: BinaryIO) -> None:
    """Answer on the pipes this process was started with.

    Args:
        questions: what was its standard input.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; who started this process decides
    answers = _private_streams()
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    try:
        answer: Answering = pickle.loads(receive(questions))()  # noqa: S301 – it comes from our parent
    except BaseException as error:  # noqa: BLE001 – the parent raises it
        send(answers, packed(0) + reply_with(error))
        return
    send(answers, packed(0) + packed(Reply()))
    threading.Thread(target=_listen, args=(questions, calls), daemon=True).start()
    this = os.getpid()
    while (call := calls.get()) is not None:
        number, (task,) = call
        data = _answered(answer, task)
        if os.getpid() != this:
            os._exit(0)  # an engine has forked, and its child came back here: it is not the one to answer
        send(answers, packed(number) + data)
    close = getattr(answer, "close", None)
    if close is not None:
        close()


def _answered(answer: Answering, task: Any) -> bytes:
    try:
        return packed(Reply(answer(task)))
    except BaseException as error:
        logging.getLogger(__name__).debug("the call failed", exc_info=True)
        return reply_with(error)


def _listen(questions: BinaryIO, calls: queue.SimpleQueue[Any]) -> None:
    """Take calls in, also while one is worked on: only so the end of the parent is noticed at once."""
    while True:
        try:
            number = receive(questions)
            call = None if number is None else (number, receive(questions))
        except Exception:  # noqa: BLE001 – a pipe that ends in the middle of a message raises anything
            _end_at_once()
        calls.put(call)
        if call is None:
            return


def _end_at_once() -> None:
    """The parent is gone. An engine in the middle of a page does not listen to anything gentler."""
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)  # the programs this process has started go with it
    os.kill(os.getpid(), signal.SIGTERM)


def _private_streams() -> BinaryIO:
    """The pipe for answers, which engines cannot reach.

    What they print goes to standard error, and where they read there is nothing.
    """
    pipe = os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return os.fdopen(pipe, "wb")
