"""Code of a typical user, checked by mypy in strict mode and never run."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image
from typing_extensions import assert_type

import ocrkit
from ocrkit import BackendOptions, Capabilities, Document, Page, PageResult, Request, Trace
from ocrkit.batch import Failure, Progress


class ShoutOptions(BackendOptions):
    loudness: int = 3


class ShoutBackend:
    name: str = "shout"
    Options: ClassVar[type[BackendOptions]] = ShoutOptions
    capabilities: Capabilities = Capabilities()

    def __init__(self, options: ShoutOptions) -> None:
        self.options = options

    def recognize(self, page: Page, request: Request) -> PageResult:
        return PageResult(
            index=page.index, width=page.width, height=page.height, trace=Trace(backend=self.name)
        )

    def close(self) -> None: ...


def flip(page: Page) -> Page:
    return page.derive(np.ascontiguousarray(page.pixels[::-1]))


def every_source(path: Path) -> None:
    with ocrkit.Ocr(
        "ppocr", languages=["en"], mode="printed", preprocess=["grayscale", {"denoise": {"size": 3}}, flip]
    ) as ocr:
        assert_type(ocr.recognize(path), Document)
        ocr.recognize(str(path), pages="1-3", password="secret")
        ocr.recognize(path.read_bytes())
        ocr.recognize(Image.new("L", (10, 10)))
        ocr.recognize(np.zeros((10, 10), np.uint8))
        with path.open("rb") as file:
            ocr.recognize(file)
        for page in ocr.stream(path):
            assert_type(page, PageResult)
        for outcome in ocr.recognize_many([path, b""]):
            if isinstance(outcome, ocrkit.Done):
                assert_type(outcome.document.text, str)
            else:
                assert_type(outcome.error, ocrkit.OcrkitError)


def many(path: Path) -> ocrkit.Batch:
    def show(progress: Progress) -> None:
        assert_type(progress.pages_per_minute, float | None)

    with ocrkit.Ocr("ppocr", workers=2, threads=1, isolate=True) as ocr:
        batch = ocrkit.Batch(ocr, path, formats=["text"], pages="1-2", password="secret", retry_failed=True)
        report = batch.run([path, "scans/*.pdf"], include=["*.pdf"], exclude=["draft*"], progress=show)
    assert_type(report.failures, tuple[Failure, ...])
    assert_type(report.exit_code, int)
    return batch


async def awaited(path: Path) -> str:
    async with ocrkit.AsyncOcr(ShoutBackend(ShoutOptions(loudness=1)), languages="en") as ocr:
        async for page in ocr.stream(path):
            assert_type(page, ocrkit.PageResult)
        return (await ocr.recognize(path)).text


def results(document: Document) -> None:
    word = document.pages[0].blocks[0].lines[0].words[0]
    assert_type(word.confidence, float | None)
    assert_type(word.box, ocrkit.Box | None)
    assert_type(document.pages[0].draw("a.png", text="over"), Image.Image)
    assert_type(ocrkit.view([document, document], "a.png", pages="1"), str)
    assert_type(ocrkit.Document.from_json(document.to_json()), Document)
    assert_type(document.export("markdown"), bytes)
    document.save("words.csv", "csv")
    document.save(Path("letter.md"))
    document.to_dataframe()
    assert_type(document[0], ocrkit.PageResult)
    assert_type(document[1:], tuple[ocrkit.PageResult, ...])
    assert_type([page.number for page in document], list[int])
    assert_type(document.to_markdown(), str)
    assert_type(document.find("total")[0].box, ocrkit.Box | None)
    ocrkit.Word(text="total", box=ocrkit.Box(1, 2, 30, 12))
    for table in document.pages[0].tables:
        assert_type(table.rows, tuple[tuple[str, ...], ...])
        assert_type(table.to_markdown() + table.to_html() + table.to_csv(), str)
        table.to_dataframe(header=True)
    ocrkit.recognize("a.png", backend=ShoutBackend, settings={"source": {"dpi": 200}})
