"""Values that are computed when they are first used."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """A value that is computed when it is first used. An error is raised again at each use."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load: Callable[[], T] | None = load
        self._lock = threading.Lock()
        self._value: T
        self._error: Exception | None = None

    @property
    def value(self) -> T:
        with self._lock:
            if self._load is not None:
                try:
                    self._value = self._load()
                except Exception as error:  # noqa: BLE001 – it is raised again at each use
                    self._error = error
                self._load = None  # also frees what it refers to
            if self._error is not None:
                raise self._error
            return self._value

    @property
    def is_known(self) -> bool:
        """Whether the value was computed already."""
        return self._load is None

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the value, or the error, to another process."""
        try:
            return _known, (self.value, None)
        except Exception as error:  # noqa: BLE001 – it is raised again by the copy
            return _known, (None, error)


def _known(value: Any, error: Exception | None) -> Lazy[Any]:
    def load() -> Any:
        if error is not None:
            raise error
        return value

    return Lazy(load)


_REQUIRED: Any = object()


class LazyField(Generic[T]):
    """A field of a frozen dataclass that takes a value or a `Lazy` one."""

    def __init__(self, default: T = _REQUIRED) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> T:
        if instance is None:  # a dataclass asks for the default in this way
            if self._default is _REQUIRED:
                raise AttributeError(self._name)
            return self._default
        stored = instance.__dict__[self._name]
        value: T = stored.value if isinstance(stored, Lazy) else stored
        return value

    def __set__(self, instance: object, value: T | Lazy[T]) -> None:
        instance.__dict__[self._name] = value
