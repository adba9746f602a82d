"""The backend `aspose_local`: its requests and results, and the real engine in trial mode where it is installed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys

import pytest
from PIL import Image, ImageDraw, ImageFont

import ocrkit
from ocrkit.aspose_engine import TRIAL_WARNING
from ocrkit.aspose_engine.process import has_openssl
from ocrkit.backends.aspose.languages import LANGUAGES as CLOUD_LANGUAGES
from ocrkit.backends.aspose_local import AsposeLocalBackend, AsposeLocalOptions
from ocrkit.backends.aspose_local.languages import LANGUAGES, choose_language
from ocrkit.backends.aspose_local.parse import parse
from ocrkit.backends.aspose_local.request import EngineCall, choose
from ocrkit.backends.aspose_local.schema import EngineCell, EngineLine, EnginePage, EngineRegion
from ocrkit.errors import (
    AuthenticationError,
    BackendTimeoutError,
    CapabilityError,
    ConfigError,
    MissingDependencyError,
)
from ocrkit.geometry import Box, Transform
from ocrkit.page import Encoded
from ocrkit.registry import IsolatedBackend, create_backend
from ocrkit.request import Request
from ocrkit.testing import BackendConformance
from ocrkit.testing.samples import blank_page

BANNER = "\n ************* Trial Licenses ************* \n"
READ = EngineCall("recognize")
IMAGE = Encoded(b"", "image/png", 200, 100, Transform.scaling(2))
PROSE = (
    "The village council met twice that week and reached",
    "no result, because three of its members were absent.",
    "The letter was sent again in spring, and this time it",
    "was answered with a list of questions about the mill.",
    "Every one of them had been answered before, said the",
    "miller, and he would not write another word about it.",
    "So the matter rested until the old bridge fell down.",
    "The trial of the engine does not show the last rows.",
)


def asked(**request):
    return choose(Request(**request), AsposeLocalOptions())


def parsed(page, call=READ):
    return parse(page, IMAGE, call)


# requests


@pytest.mark.parametrize(
    ("languages", "name", "left_out"),
    [
        ((), "EXT_LATIN", ()),
        (("de",), "DEU", ()),
        (("pt-BR",), "POR", ()),
        (("zh",), "CHINESE", ()),
        (("en", "de"), "EXT_LATIN", ()),
        (("ru", "uk"), "CYRILLIC", ()),
        (("nb", "nn"), "NOR", ()),
        (("native:AUTO",), "AUTO", ()),
        (("ja", "en"), "JPN", ("en",)),
    ],
)
def test_languages_become_a_name_of_the_engine(languages, name, left_out):
    choice = choose_language(Request(languages=languages).languages)
    assert choice == (name, left_out)


def test_a_language_that_is_left_out_is_a_warning():
    assert asked(languages=("ja", "en")).warnings == (
        "the engine reads languages of one script at a time: read as 'ja' without en",
    )


def test_an_unknown_language_is_refused():
    with pytest.raises(CapabilityError, match="does not read language 'el'"):
        choose_language(("el",))


def test_languages_have_the_tags_of_the_cloud_backend():
    assert set(LANGUAGES) - set(CLOUD_LANGUAGES) == {"mn"}


@pytest.mark.parametrize(
    ("request_fields", "options", "method"),
    [
        ({}, {}, "recognize"),
        ({"scene": "line"}, {}, "recognize"),
        ({"scene": "sparse"}, {}, "recognize"),
        ({"scene": "sparse"}, {"photos": "car_plate"}, "recognize_car_plate"),
        ({"scene": "table"}, {}, "recognize_tables"),
        ({"scene": "receipt"}, {}, "recognize_receipt"),
        ({"scene": "receipt"}, {"receipts": "invoice"}, "recognize_invoice"),
        ({"scene": "id_card"}, {}, "recognize_id_card"),
        ({"scene": "id_card"}, {"id_cards": "passport"}, "recognize_passport"),
        ({"mode": "handwritten"}, {}, "recognize_handwritten_text"),
    ],
)
def test_the_request_decides_the_method(request_fields, options, method):
    assert choose(Request(**request_fields), AsposeLocalOptions(**options)).method == method


def test_handwriting_takes_no_language_and_only_documents():
    call = asked(mode="handwritten", languages=("en",))
    assert (call.language, call.tag, call.handwritten) == (None, "en", "requested")
    assert "no language setting" in call.warnings[0]
    with pytest.raises(CapabilityError, match="handwriting only in the scene 'document'"):
        asked(mode="handwritten", scene="table")


def test_a_gpu_is_refused_with_the_reason():
    with pytest.raises(ConfigError, match=r"on a GPU only for \.NET"):
        create_backend("aspose_local", {"device": "cuda"})


def test_downloads_need_a_folder():
    with pytest.raises(ConfigError, match="allow_download needs resources_path"):
        create_backend("aspose_local", {"allow_download": True})


def test_it_is_isolated_and_refuses_to_read_in_the_program(require_module):
    assert isinstance(create_backend("aspose_local"), IsolatedBackend)
    require_module("aspose")
    with pytest.raises(ConfigError, match="in a worker process only"):
        AsposeLocalBackend().recognize(blank_page(), Request())
    assert "aspose.ocr" not in sys.modules


def test_layout_gives_blocks_in_reading_order():
    assert not AsposeLocalBackend().capabilities.reading_order
    assert AsposeLocalBackend(AsposeLocalOptions(areas="layout")).capabilities.reading_order


# results


def test_lines_have_boxes_on_the_page_and_the_confidence_that_the_engine_gives():
    lines = (EngineLine("first", Box(10, 10, 50, 20), 0.0), EngineLine("second", Box(10, 30, 250, 40), 87.0))
    [block] = parsed(EnginePage("first\nsecond", lines, licensed=True)).blocks
    first, second = block.lines
    assert (first.text, first.confidence, first.polygon[0]) == ("first", None, (20, 20))
    assert (second.confidence, second.polygon[1]) == (0.87, (400, 60)), "clipped to the page"


def test_without_lines_the_text_is_used():
    recognition = parsed(EnginePage("one\n\ntwo\n", licensed=True))
    assert [line.text for block in recognition.blocks for line in block.lines] == ["one", "two"]
    assert recognition.warnings == ()


def test_regions_become_blocks_with_kinds():
    page = EnginePage(
        "",
        (
            EngineLine("a heading", Box(10, 5, 90, 10)),
            EngineLine("text", Box(10, 20, 90, 30)),
            EngineLine("outside", Box(150, 80, 190, 90)),
        ),
        (
            EngineRegion("", Box(0, 0, 200, 100), "PARAGRAPH"),
            EngineRegion("", Box(0, 0, 100, 12), "TITLE"),
            EngineRegion("", Box(0, 15, 100, 35), "PARAGRAPH"),
            EngineRegion("", Box(0, 40, 100, 60), "IMAGE"),
            EngineRegion("", Box(0, 65, 100, 70), "FOOTER"),
        ),
        licensed=True,
    )
    blocks = parsed(page).blocks
    assert [(block.kind, block.text) for block in blocks] == [
        ("heading", "a heading"), ("text", "text"), ("picture", ""), ("text", "outside"),
    ]  # fmt: skip


def test_tables_become_cells():
    cells = (
        EngineCell(0, 0, "Item"),
        EngineCell(0, 1, "Price"),
        EngineCell(1, 1, "7.50"),
        EngineCell(1, 0, " "),
    )
    [block] = parsed(EnginePage(tables=(cells, ()), licensed=True), EngineCall("recognize_tables")).blocks
    assert block.table.rows == (("Item", "Price"), ("", "7.50"))


def test_keywords_of_a_receipt_become_fields():
    page = EnginePage("x", keywords=(("TotalAmount", "19.50"), ("Invoice Date", "2026/11/3")), licensed=True)
    fields = parsed(page, EngineCall("recognize_receipt")).fields
    assert {name: field.value for name, field in fields.items()} == {
        "total_amount": "19.50", "invoice_date": "2026-11-03",
    }  # fmt: skip


def test_handwriting_and_language_are_noted_on_lines():
    [block] = parsed(
        EnginePage("text", licensed=True), EngineCall("recognize", tag="de", handwritten="requested")
    ).blocks
    assert (block.lines[0].language, block.lines[0].handwritten) == ("de", "requested")


def test_a_trial_result_is_flagged_and_holds_nothing_beyond_its_text():
    lines = (
        EngineLine("the first line", Box(0, 0, 90, 10)),
        EngineLine("the second line", Box(0, 20, 90, 30)),
        EngineLine("the third line", Box(0, 40, 90, 50)),
    )
    page = EnginePage(
        f"the first line\nthe sec{BANNER}",
        lines,
        keywords=(("total", "1"),),
        notices=("Trial Licenses", "blurred"),
    )
    recognition = parsed(page)
    [block] = recognition.blocks
    assert [(line.text, line.polygon is not None) for line in block.lines] == [
        ("the first line", True), ("the sec", False),
    ]  # fmt: skip
    assert recognition.warnings == (TRIAL_WARNING, "blurred")
    assert recognition.fields == {}


def test_a_blank_page_in_a_trial_has_no_blocks():
    assert parsed(EnginePage(f"\n ************* Trial Licen{BANNER}")).blocks == ()


# the engine, in trial mode


@pytest.fixture(scope="module")
def engine(require_module):
    require_module("aspose")
    with ocrkit.Ocr(
        "aspose_local",
        languages=["en"],
        preprocess=[],
        postprocess=[],
        settings={"backends": {"aspose_local": {"areas": "lean", "timeout_seconds": 550}}},
    ) as ocr:
        yield ocr


def image(rows, size=26):
    picture = Image.new("L", (900, 60 + 45 * len(rows)), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(size)
    for number, row in enumerate(rows):
        draw.text((40, 30 + 45 * number), row, font=font, fill=0)
    return picture


@pytest.mark.long
def test_the_engine_reads_print_and_marks_the_trial(engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = engine.recognize(image(PROSE)).pages[0]
    words = page.text.split()
    assert words[:3] == ["The", "village", "council"]
    assert "Trial" not in page.text
    assert len(page.text) < len("\n".join(PROSE))
    assert page.warnings.count(TRIAL_WARNING) == 1
    assert {line.confidence for line in page.lines} == {None}
    assert page.lines[1].box.top == pytest.approx(30 + 45 + 5, abs=12)
    assert page.trace.engine.name == "Aspose.OCR"
    assert not list(tmp_path.iterdir()), "its files are in a folder of its own"
    assert "aspose.ocr" not in sys.modules


@pytest.mark.long
@pytest.mark.parametrize(
    ("request_fields", "file"),
    [
        ({"mode": "handwritten"}, "aspose-ocr-advanced-recognition-v1.ocr"),
        ({"scene": "table"}, "aspose-ocr-advanced-recognition-v1.ocr"),
        ({"scene": "receipt"}, "aspose-ocr-advanced-recognition-v1.ocr"),
        ({"languages": ["ru"]}, "aspose-ocr-cyrillic-v1.ocr"),
    ],
)
def test_a_missing_resource_is_named_at_once_with_the_command(require_module, request_fields, file, tmp_path):
    require_module("aspose")
    settings = {"backends": {"aspose_local": {"resources_path": str(tmp_path)}}}
    with pytest.raises(MissingDependencyError, match=f"{file}.*curl.*{tmp_path}/{file}"):
        ocrkit.recognize(image(PROSE[:1]), backend="aspose_local", settings=settings, **request_fields)


@pytest.mark.long
def test_every_language_is_one_of_the_engine(require_module, tmp_path):
    require_module("aspose")
    code = "import aspose.ocr, json; print(json.dumps(dir(aspose.ocr.Language)))"
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    assert set(LANGUAGES.values()) <= set(json.loads(printed))


@pytest.mark.long
def test_an_unknown_name_of_the_engine_is_refused(engine):
    with pytest.raises(CapabilityError, match="has no language 'KLINGON'"):
        engine.backend.recognize(blank_page(), Request(languages=("native:KLINGON",)))


@pytest.mark.long
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"license": "<License><Data/></License>"}, "the license was rejected"),
        ({"license_path": "/nowhere/Aspose.lic"}, "cannot be read: No such file"),
    ],
)
def test_a_wrong_license_is_an_error_of_the_page(require_module, options, said):
    require_module("aspose")
    settings = {"backends": {"aspose_local": options}}
    with pytest.raises(AuthenticationError, match=f"aspose_local, page 1: .*{said}"):
        ocrkit.recognize(image(PROSE[:1]), backend="aspose_local", settings=settings)


@pytest.mark.long
def test_a_page_over_the_time_limit_is_ended_although_the_engine_keeps_the_interpreter(require_module):
    require_module("aspose")
    settings = {"backends": {"aspose_local": {"timeout_seconds": 0.3}}}
    with pytest.raises(BackendTimeoutError, match="timeout_seconds"):
        ocrkit.recognize(image(PROSE), backend="aspose_local", settings=settings, preprocess=[])


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux" or has_openssl(), reason="the system has the libraries")
@pytest.mark.parametrize(
    ("kind", "library"), [("WithoutOpenSsl", "OpenSSL 1.1"), ("WithoutInvariance", "an ICU library")]
)
def test_an_engine_that_ends_its_process_names_the_library(require_module, kind, library):
    require_module("aspose")
    backend = create_backend(f"aspose_without_libraries:{kind}")
    with (
        contextlib.closing(backend),
        pytest.raises(MissingDependencyError, match=f"because it needs {library}"),
    ):
        backend.recognize(blank_page(), Request())


@pytest.mark.long
def test_the_diagnosis_says_what_the_engine_needs(engine):
    findings = engine.backend.diagnose()
    texts = "\n".join(finding.text for finding in findings)
    assert "starts in a worker process" in texts
    assert "trial mode" in texts
    assert any("ASPOSE_OCR_LICENSE" in (finding.advice or "") for finding in findings)


@pytest.mark.long
class TestConformance(BackendConformance):
    """Without a license only a part of a short text is returned, so no test looks for the drawn text."""

    reads = False

    @pytest.fixture(autouse=True)
    def _needs_the_engine(self, require_module):
        require_module("aspose")

    def make(self):
        return AsposeLocalBackend(AsposeLocalOptions(threads=2))

    def other_request(self):
        return Request(languages=("de",), scene="line")

    def test_threads_share_it_as_declared(self):
        pytest.skip("each instance has a process of its own")
