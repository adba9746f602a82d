"""The other side: a process that answers one call after the other until nobody asks any more."""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import sys
import threading
from typing import Any, BinaryIO

from ocrkit.workers.messages import Answering, Reply, packed, receive, reply_with, send


def main() -> None:
    """Answer on the pipes this process was started with."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; who started this process decides
    questions, answers = sys.stdin.buffer, _private_stdout()
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    try:
        answer: Answering = pickle.loads(receive(questions))()  # noqa: S301 – it comes from our parent
    except BaseException as error:  # noqa: BLE001 – the parent raises it
        send(answers, reply_with(error))
        return
    send(answers, packed(Reply()))
    threading.Thread(target=_listen, args=(questions, calls), daemon=True).start()
    while (call := calls.get()) is not None:
        send(answers, _answered(answer, *call))


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
            call = receive(questions)
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


def _private_stdout() -> BinaryIO:
    """The pipe for answers, out of reach of engines that print: what they print goes to standard error."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(pipe, "wb")
