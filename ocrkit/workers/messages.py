"""The messages between a worker process and its parent: pickles on the pipes of standard input and output."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import FunctionType
from typing import Any, BinaryIO, NamedTuple, TypeAlias

Handler: TypeAlias = Callable[[Any], Any]
"""Answers the calls of a process."""
Setup: TypeAlias = Callable[[], Handler]
"""Called once in each process; returns its handler."""


class Reply(NamedTuple):
    """The result of a call: a value, or the exception that was raised."""

    value: Any = None
    error: Exception | None = None


class ForeignError(Exception):
    """Replaces an exception that cannot be pickled."""


def pickled(value: object) -> bytes:
    """The pickle of a value. Raises `TypeError` for a value that another process cannot unpickle."""
    buffer = _Buffer()
    try:
        _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    except (pickle.PicklingError, AttributeError) as error:
        raise TypeError(str(error)) from error
    return bytes(buffer)


def send(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """The next message. Raises `EOFError` at the end, and any exception for a truncated message."""
    return pickle.load(stream)  # noqa: S301 – both ends are ocrkit


def pickled_error(error: BaseException) -> bytes:
    """The pickle of a reply with this error, or with a `ForeignError` if it does not survive pickling."""
    if isinstance(error, Exception):
        try:
            data = pickled(Reply(error=error))
            pickle.loads(data)  # noqa: S301 – some exceptions can be pickled, but not unpickled
        except Exception:  # noqa: BLE001, S110 – pickling calls code of the exception, which may raise anything
            pass
        else:
            return data
    return pickled(Reply(error=ForeignError(f"{type(error).__name__}: {error}")))


class _Buffer(bytearray):
    """A writable buffer for `pickle`."""

    def write(self, data: bytes | pickle.PickleBuffer) -> int:
        view = memoryview(data)  # large arrays arrive as a view of their memory
        self += view
        return view.nbytes


class _Pickler(pickle.Pickler):
    """Refuses what is defined in `__main__`: the worker process runs another program."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, type | FunctionType) and obj.__module__ == "__main__":
            raise TypeError(
                f"'{obj.__qualname__}' is defined in the main program; move it to an importable module"
            )
        return NotImplemented
