"""Reading documents from asyncio."""

from __future__ import annotations

import asyncio
import threading

import pytest
from PIL import Image

import ocrkit
from ocrkit.errors import SourceError
from ocrkit.testing import ScriptedBackend

PLAIN = {"preprocess": "none", "postprocess": "none"}
LONG = 60  # seconds: no test waits so long unless something is broken


@pytest.fixture
def three_pages(tmp_path):
    image = Image.new("L", (60, 40), 255)
    image.save(tmp_path / "three.tiff", save_all=True, append_images=[image] * 2)
    return tmp_path / "three.tiff"


class Waiting(ScriptedBackend):
    """Reads a page when the test allows it."""

    def __init__(self):
        super().__init__(["x"])
        self.reading = threading.Event()
        self.allowed = threading.Event()

    def recognize(self, page, request):
        self.reading.set()
        assert self.allowed.wait(LONG)
        return super().recognize(page, request)


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, LONG)


def test_several_tasks_share_one_object(three_pages):
    async def both():
        async with ocrkit.AsyncOcr(ScriptedBackend(["x"]), settings=PLAIN) as ocr:
            return await asyncio.gather(ocr.recognize(three_pages), ocr.recognize(three_pages, pages="1"))

    assert [len(document) for document in asyncio.run(both())] == [3, 1]


def test_the_event_loop_runs_while_a_page_is_read(three_pages):
    backend = Waiting()

    async def read():
        async with ocrkit.AsyncOcr(backend, settings=PLAIN) as ocr:
            task = asyncio.create_task(ocr.recognize(three_pages))
            await until(backend.reading)
            assert not task.done()
            backend.allowed.set()
            return await task

    assert len(asyncio.run(read())) == 3


def test_pages_are_streamed_in_order(three_pages):
    async def numbers():
        async with ocrkit.AsyncOcr(ScriptedBackend(["x"]), settings=PLAIN) as ocr:
            return [page.number async for page in ocr.stream(three_pages)]

    assert asyncio.run(numbers()) == [1, 2, 3]


def test_a_stream_that_is_left_early_closes_its_file(three_pages):
    async def first():
        async with ocrkit.AsyncOcr(ScriptedBackend(["x"]), settings=PLAIN) as ocr:
            stream = ocr.stream(three_pages)
            page = await stream.__anext__()
            await stream.aclose()
            return page.number

    assert asyncio.run(first()) == 1
    three_pages.unlink()  # fails on systems where an open file cannot be removed


def test_a_cancelled_task_stops_after_the_page_that_is_being_read(three_pages):
    backend = Waiting()

    async def cancel():
        async with ocrkit.AsyncOcr(backend, settings={**PLAIN, "workers": 1}) as ocr:
            task = asyncio.create_task(ocr.recognize(three_pages))
            await until(backend.reading)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            backend.allowed.set()

    asyncio.run(cancel())
    assert len(backend.requests) == 1


def test_a_cancelled_stream_waits_for_its_page_and_ends(three_pages):
    backend = Waiting()

    async def cancel():
        async with ocrkit.AsyncOcr(backend, settings={**PLAIN, "workers": 1}) as ocr:

            async def consume():
                async for _ in ocr.stream(three_pages):
                    pass

            task = asyncio.create_task(consume())
            await until(backend.reading)
            task.cancel()
            backend.allowed.set()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancel())
    assert len(backend.requests) == 1


def test_a_broken_document_does_not_stop_the_others(three_pages, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")

    async def outcomes():
        async with ocrkit.AsyncOcr(ScriptedBackend(["x"]), settings=PLAIN) as ocr:
            sources = [three_pages, tmp_path / "broken.png", three_pages]
            return [outcome async for outcome in ocr.recognize_many(sources)]

    first, second, third = asyncio.run(outcomes())
    assert isinstance(second.error, SourceError)
    assert len(first.document) == len(third.document) == 3


def test_errors_reach_the_caller(tmp_path):
    async def read():
        async with ocrkit.AsyncOcr(ScriptedBackend(["x"]), settings=PLAIN) as ocr:
            await ocr.recognize(tmp_path / "missing.png")

    with pytest.raises(SourceError, match=r"missing\.png"):
        asyncio.run(read())


def test_settings_are_those_in_use():
    ocr = ocrkit.AsyncOcr("null", languages=["de"], mode="handwritten")
    assert (ocr.settings.backend, ocr.settings.languages, ocr.settings.mode) == (
        "null",
        ("de",),
        "handwritten",
    )
