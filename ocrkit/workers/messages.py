"""How the two processes talk: pickles on the pipes of standard input and output."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import FunctionType
from typing import Any, BinaryIO, NamedTuple, TypeAlias

Answering: TypeAlias = Callable[[Any], Any]
Setup: TypeAlias = Callable[[], Answering]
"""What a process calls once to get the function that answers."""


class Reply(NamedTuple):
    """What came back: a value, or what was raised instead."""

    value: Any = None
    error: Exception | None = None


class ForeignError(Exception):
    """Stands for an exception that cannot be pickled."""


def packed(value: object) -> bytes:
    """The pickle of a value. Raises `TypeError` for what another process could not find again."""
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
    """The next message. Raises `EOFError` at the end, and anything at all when it is cut off."""
    return pickle.load(stream)  # noqa: S301 – both ends are ours


def reply_with(error: BaseException) -> bytes:
    """A reply that says what was raised, in its own kind where it can travel and come back."""
    if isinstance(error, Exception):
        try:
            data = packed(Reply(error=error))
            pickle.loads(data)  # noqa: S301 – some exceptions pickle, and then cannot be made again
        except Exception:  # noqa: BLE001, S110 – whatever a stranger's exception does when it is copied
            pass
        else:
            return data
    return packed(Reply(error=ForeignError(f"{type(error).__name__}: {error}")))


class _Buffer(bytearray):
    """Something to write into."""

    def write(self, data: bytes | pickle.PickleBuffer) -> int:
        """Large arrays come as a view of their memory."""
        view = memoryview(data)
        self += view
        return view.nbytes


class _Pickler(pickle.Pickler):
    """Refuses what stands in the program itself: the other process runs another program."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, type | FunctionType) and obj.__module__ == "__main__":
            raise TypeError(
                f"'{obj.__qualname__}' stands in the program itself; move it to a module that can be imported"
            )
        return NotImplemented
