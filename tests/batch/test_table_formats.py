"""Formats that hold nothing but tables have batches read pages for their tables."""

from __future__ import annotations

import pytest
from PIL import Image

import ocrkit
from ocrkit.request import Capabilities
from ocrkit.result import PageResult, Trace

SCENES = frozenset({"document", "table"})


class SceneBackend:
    """Remembers the scenes that it is asked for."""

    name = "scenes"

    def __init__(self, scenes=SCENES, *, polygons=True):
        self.capabilities = Capabilities(scenes=scenes, polygons=polygons)
        self.asked = []

    def recognize(self, page, request):
        self.asked.append(request.scene)
        return PageResult(width=page.width, height=page.height, trace=Trace(backend=self.name))

    def close(self):
        pass


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.png"
    Image.new("L", (60, 40), 255).save(path)
    return path


def asked(page, backend, formats, **options):
    with ocrkit.Ocr(backend, preprocess="none", **options) as ocr:
        batch = ocrkit.Batch(ocr, page.parent / "out", formats=formats)
        batch.run([page])
    return backend.asked


@pytest.mark.parametrize("formats", [["tables_csv"], ["text", "xlsx"]])
def test_formats_of_tables_set_the_scene(page, formats):
    pytest.importorskip("xlsxwriter")
    assert asked(page, SceneBackend(), formats) == ["table"]


def test_other_formats_leave_the_scene_as_it_is(page):
    assert asked(page, SceneBackend(), ["text", "csv"]) == ["document"]


@pytest.mark.parametrize("options", [{"scene": "document"}, {"tables": False}])
def test_a_choice_of_the_user_is_kept(page, options):
    assert asked(page, SceneBackend(), ["tables_csv"], **options) == ["document"]


def test_a_backend_that_gives_no_tables_reads_on(page):
    backend = SceneBackend(frozenset({"document"}), polygons=False)
    assert asked(page, backend, ["tables_csv"]) == ["document"]
