"""`isolate="strict"`: worker processes that the system limits."""

import sys
from pathlib import Path

import numpy as np
import pytest

import ocrkit
from ocrkit.errors import BackendError, BackendTimeoutError

sys.path.insert(0, str(Path(__file__).parent))  # worker processes get this path
from strict_backends import WastefulBackend

PAGE = np.full((20, 20), 255, np.uint8)


def read(waste, isolate="strict", **more):
    made = ocrkit.Settings(
        isolate=isolate,
        workers=1,
        threads=1,
        preprocess="none",
        backends={"wasteful": {"waste": waste}},
        **more,
    )
    with ocrkit.Ocr(WastefulBackend, settings=made) as ocr:
        return ocr.recognize(PAGE)


def test_a_page_is_read_as_ever():
    assert read("nothing").page_count == 1


@pytest.mark.parametrize(
    ("waste", "words"), [("memory", "MemoryError|allocate"), ("disk", "File too large|FileTooLarge|OSError")]
)
def test_the_system_refuses_what_is_too_much(waste, words):
    with pytest.raises(BackendError, match=words):
        read(waste, max_worker_memory="1GB")


def test_without_it_only_the_parent_watches():
    assert read("disk", isolate=True).page_count == 1


@pytest.mark.long
def test_the_system_ends_a_page_that_takes_too_much_cpu_time():
    with pytest.raises(BackendTimeoutError):
        read("processor", page_timeout_seconds=2)
