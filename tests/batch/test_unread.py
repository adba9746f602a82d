"""The report of a run names pages with text that was not read."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

import ocrkit
from ocrkit.batch import Batch
from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import Engine, PageResult, Trace, Unread
from ocrkit.testing.fakes import ScriptedBackend


class LeavesGreekOut(ScriptedBackend):
    """Reads white pages, and leaves a Greek line of gray ones out."""

    name = "leaves_greek_out"

    def recognize(self, page: Page, request: Request) -> PageResult:
        result = super().recognize(page, request)
        if page.pixels.min() == 255:
            return result
        line = Unread(polygon=Box(10, 10, 90, 20).polygon, script="Grek", confidence=0.9)
        trace = Trace(backend=self.name, engine=Engine(name="fake", scripts=("Latn",)))
        return result.model_copy(update={"blocks": (), "unread": (line,), "trace": trace})

    def fingerprint(self) -> str:
        return "1"


def test_the_report_names_pages_with_text_that_was_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    Image.new("L", (100, 60), 255).save(folder / "read.png")
    Image.new("L", (100, 60), 250).save(folder / "greek.png")
    with ocrkit.Ocr(LeavesGreekOut(["text"])) as ocr:
        report = Batch(ocr, tmp_path / "out").run([folder])
        assert [(each.name, each.page) for each in report.unread] == [("greek.png", 1)]
        assert str(report.unread[0]).startswith("greek.png, page 1: most of this page looks like Greek")
        assert "2 pages read (1 with text that was not read) in" in report.summary
        assert report.exit_code == 0
        again = Batch(ocr, tmp_path / "out").run([folder])
    assert again.unread == ()  # it is told in the run that reads the page
