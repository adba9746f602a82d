"""Running heads are labeled and left out on the way of a document: in Python, in batches, on the command line."""

from __future__ import annotations

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

import ocrkit
from ocrkit.cli import app
from ocrkit.geometry import Box
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.testing.samples import draw_page

WITHOUT = ("header", "footer", "page_number")
HEAD = "On Whales and Men"


class BookBackend:
    """Every page has the same running head, text and a page number."""

    name = "book"
    capabilities = Capabilities()

    def recognize(self, page, request):
        def line(text, top, left=0.1, right=0.9):
            box = Box(left * page.width, top * page.height, right * page.width, (top + 0.015) * page.height)
            return Line(text=text, polygon=box.polygon)

        number = str(page.index + 40)
        lines = [
            line(HEAD, 0.09, right=0.4),
            *(line(f"The text in row {row} of page {number}", 0.14 + row * 0.022) for row in range(33)),
            line(number, 0.94, left=0.48, right=0.52),
        ]
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            blocks=tuple(Block.of([each]) for each in lines),
            trace=Trace(backend=self.name),
        )

    def fingerprint(self):
        return "book"

    def close(self):
        pass


@pytest.fixture
def book(tmp_path):
    frames = [Image.fromarray(draw_page([f"Page {number}"]).page.pixels) for number in (1, 2, 3)]
    path = tmp_path / "book.tiff"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


def ocr(**options):
    settings = ocrkit.Settings(preprocess="none", postprocess="none", **options)
    return ocrkit.Ocr(BookBackend(), settings=settings)


def test_a_document_has_its_furniture_labeled(book):
    document = ocr().recognize(book)
    for page in document:
        kinds = {block.text: block.kind for block in page.blocks}
        assert kinds[HEAD] == "header"
        assert kinds[str(page.index + 40)] == "page_number"
    (done,) = ocr().recognize_many([book])
    assert [page.blocks for page in done.document] == [page.blocks for page in document]


def test_kinds_are_left_out_by_a_keyword_or_a_setting(book):
    by_setting = ocr(without=WITHOUT)
    texts = [
        ocrkit.recognize(book, backend=BookBackend(), without=WITHOUT).text,
        by_setting.recognize(book).text,
        next(iter(by_setting.recognize_many([book]))).document.text,
    ]
    for text in texts:
        assert HEAD not in text
        assert "\n40" not in text
        assert text.count("The text in row") == 99
    assert all("\n40" not in page.text for page in by_setting.stream(book))


def test_an_unknown_kind_is_refused_before_anything_is_read():
    with pytest.raises(ocrkit.ConfigError, match="page_number"):
        ocrkit.Ocr("null", without=["page_numbers"])


def test_a_batch_leaves_kinds_out_of_its_outputs_and_reads_nothing_again(book, tmp_path):
    out = tmp_path / "out"

    def batch(**options):
        report = ocrkit.Batch(ocr(**options), out, formats=["text", "json"]).run([book])
        document = ocrkit.Document.from_json((out / "book.tiff.json").read_text("utf-8"))
        return report.progress, (out / "book.tiff.txt").read_text("utf-8"), document

    progress, text, document = batch()
    assert HEAD in text
    assert [block.kind for block in document[1].blocks if block.text == HEAD] == ["header"]
    progress, text, document = batch(without=WITHOUT)
    assert HEAD not in text
    assert "\n40" not in text
    assert {block.kind for page in document for block in page.blocks}.isdisjoint(WITHOUT)
    assert (progress.pages_before, progress.pages_read) == (3, 0)


def test_the_option_applies_to_results_in_json(book, tmp_path):
    result = tmp_path / "book.json"
    ocr().recognize(book).save(result)

    def shown(*more):
        page = tmp_path / "page.html"
        run = CliRunner().invoke(app, ["view", str(result), "-o", str(page), *more])
        assert run.exit_code == 0, run.output
        return page.read_text("utf-8")

    words = json.dumps(HEAD)
    assert words in shown()
    assert words not in shown("--without", "header,footer,page_number")


def test_the_option_of_ocrkit_read_takes_names_with_commas(book):
    run = CliRunner().invoke(app, ["read", "-b", "null", "--without", "header, footer", str(book)])
    assert run.exit_code == 0
    run = CliRunner().invoke(app, ["read", "-b", "null", "--without", "heads", str(book)])
    assert run.exit_code == 2
    assert "--without" in run.output
