"""Values that are computed when they are first used."""

from __future__ import annotations

import pickle
import threading
from dataclasses import dataclass

import pytest

from ocrkit.lazy import Lazy, LazyField


class _NumberField(LazyField[int]):
    """A number."""


@dataclass(frozen=True)
class Holder:
    number: _NumberField = _NumberField(7)  # noqa: RUF009 – a descriptor


def fail() -> int:
    raise ValueError("no number")


def three() -> int:
    return 3


def test_a_value_is_computed_once_at_its_first_use() -> None:
    calls: list[int] = []
    lazy = Lazy(lambda: calls.append(1) or len(calls))
    assert not lazy.is_known
    assert (lazy.value, lazy.value, calls) == (1, 1, [1])
    assert lazy.is_known


def test_threads_share_one_computation() -> None:
    calls: list[int] = []
    lazy = Lazy(lambda: calls.append(1) or 5)
    threads = [threading.Thread(target=lambda: lazy.value) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]


def test_an_error_is_raised_at_each_use() -> None:
    lazy = Lazy(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="no number"):
            _ = lazy.value


def test_another_process_gets_the_value_or_the_error() -> None:
    assert pickle.loads(pickle.dumps(Lazy(three))).value == 3
    with pytest.raises(ValueError, match="no number"):
        _ = pickle.loads(pickle.dumps(Lazy(fail))).value


def test_a_field_takes_a_value_or_a_lazy_one() -> None:
    assert Holder().number == 7
    assert Holder(4).number == 4  # type: ignore[arg-type]
    assert Holder(Lazy(three)).number == 3  # type: ignore[arg-type]
