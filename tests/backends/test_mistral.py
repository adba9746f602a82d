"""Mistral OCR: against a server on this machine that speaks its protocol."""

from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from remote_suite import (
    IMAGE,
    QUICK,
    LiveConformance,
    VendorConformance,
    VendorSuite,
    WidthBackend,
    assert_result_or_typed_error,
    mutated,
    page_result,
    recording,
)

import ocrkit
from ocrkit.backends.mistral import MistralBackend, MistralOptions
from ocrkit.backends.mistral.errors import CODES
from ocrkit.backends.mistral.markdown import plain_lines, plain_text, table_rows
from ocrkit.backends.mistral.parse import parse
from ocrkit.backends.remote import Call
from ocrkit.errors import BackendError, BadResponseError, ConfigError
from ocrkit.geometry import Box
from ocrkit.request import Request
from ocrkit.result import Cost
from ocrkit.testing import Answer, FailingBackend, ScriptedBackend, draw_image
from ocrkit.testing.mistral import MistralServer
from ocrkit.testing.samples import blank_page

PAGE = blank_page(120, 60)


def parsed(name, answer=None):
    return page_result(
        parse(recording("mistral", name) if answer is None else answer, IMAGE, Call("/v1/ocr"))
    )


def make(server, **options):
    return MistralBackend(MistralOptions(**{**server.options(), **QUICK, **options}))


class TestVendor(VendorSuite):
    name = "mistral"
    codes = CODES
    path = "/v1/ocr"
    signs = False
    unsupported = Request(scene="bank_card")
    other_endpoint = None
    live_checks = ("/v1/models",)

    def make_server(self):
        return MistralServer(WidthBackend())

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="scripted by the test"):
        return MistralServer.error(
            int(code.replace(".Other", "03").replace("5*", "503").ljust(3, "0")), message
        )


class TestConformance(VendorConformance):
    @classmethod
    def make_server(cls, engine):
        return MistralServer(engine)

    def make(self):
        return make(self.server)


@pytest.mark.live
class TestLive(LiveConformance):
    name = "mistral"


# ── requests ──


def test_sends_an_image_and_asks_for_blocks_and_words():
    with MistralServer(WidthBackend()) as server:
        result = make(server, image_min_size=64).recognize(PAGE, Request())
    sent = server.requests[0].json()
    head, _, data = sent.pop("document")["image_url"].partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (120, 60)
    assert sent == {
        "model": "mistral-ocr-latest",
        "table_format": "html",
        "include_blocks": True,
        "confidence_scores_granularity": "word",
        "image_min_size": 64,
    }
    assert result.trace.engine.model == "mistral-ocr-latest"
    assert result.trace.cost == Cost(amount=0.004, currency="USD", calls=1)


def test_an_older_model_is_not_asked_for_words():
    with MistralServer(WidthBackend()) as server:
        backend = make(server, model="mistral-ocr-2512", word_confidences=False)
        assert [word.confidence for word in backend.recognize(PAGE, Request()).words] == [None, None]
    assert "confidence_scores_granularity" not in server.requests[0].json()


def test_an_unknown_model_is_an_error_with_advice():
    with (
        MistralServer(WidthBackend()) as server,
        pytest.raises(BackendError, match=r"Invalid model.*check model"),
    ):
        make(server, model="mistral-ocr-typo").recognize(PAGE, Request())


def test_a_validation_error_does_not_quote_the_page():
    with MistralServer(WidthBackend()) as server:
        answer = MistralServer.invalid(
            ["document", "image_url"], "Input should be an image", "data:secret-page"
        )
        server.fail("/v1/ocr", answer)
        with pytest.raises(
            BackendError, match=r"body\.document\.image_url: Input should be an image"
        ) as caught:
            make(server).recognize(PAGE, Request())
    assert "secret-page" not in caught.value.message


def test_a_long_message_is_cut():
    with MistralServer(WidthBackend()) as server:
        server.fail("/v1/ocr", MistralServer.error(400, "x" * 10_000))
        with pytest.raises(BackendError) as caught:
            make(server).recognize(PAGE, Request())
    assert len(caught.value.message) < 500


def test_handwriting_is_requested_not_detected():
    with MistralServer(WidthBackend()) as server:
        result = make(server).recognize(PAGE, Request(mode="handwritten", languages=("de",)))
    assert {line.handwritten for line in result.lines} == {"requested"}


def test_reads_a_file_by_the_public_interface():
    with MistralServer(ScriptedBackend(["Seeds for the", "spring of next year"])) as server:
        settings = {"backends": {"mistral": {**server.options(), **QUICK}}}
        (page,) = ocrkit.recognize(draw_image(["x" * 40]), backend="mistral", settings=settings).pages
    assert page.text.split() == "Seeds for the spring of next year".split()
    assert page.trace.request_id


# ── places ──


def test_a_local_engine_gives_words_their_places():
    seen = ScriptedBackend(["Seeds for the", "spring of next year"])
    with MistralServer(ScriptedBackend(["Seeds for the", "spring of neXt year"])) as server:
        options = MistralOptions(**{**server.options(), **QUICK, "witness": "ppocr"})
        backend = MistralBackend(options, create=lambda name, **_: seen)
        result = backend.recognize(PAGE, Request(languages=("de",)))
        backend.close()
    assert result.text == "Seeds for the\nspring of neXt year", "the text is that of the service"
    assert result.words[0].box == Box(0, 0, 40, 30)
    assert all(word.polygon for word in result.words)
    assert result.quality.agreement is not None
    assert "word" in backend.capabilities.levels
    assert (seen.closed, seen.requests[0].languages) == (1, ("de",))


def test_nothing_is_sent_if_the_local_engine_fails():
    with MistralServer(WidthBackend()) as server:
        options = MistralOptions(**{**server.options(), **QUICK, "witness": "tesseract"})
        backend = MistralBackend(options, create=lambda name, **_: FailingBackend())
        with pytest.raises(BackendError, match="scripted failure"):
            backend.recognize(PAGE, Request())
        assert server.requests == ()


def test_the_local_engine_is_that_of_the_settings(require_program):
    require_program("tesseract")
    lines = ["Seeds for the", "spring of next year"]
    with MistralServer(ScriptedBackend(lines)) as server:
        settings = {"backends": {"mistral": {**server.options(), **QUICK, "witness": "tesseract"}}}
        (page,) = ocrkit.recognize(
            draw_image(lines), backend="mistral", languages=["en"], settings=settings
        ).pages
    assert all(word.polygon for word in page.words)
    assert page.words[0].box.right < page.words[1].box.left
    with pytest.raises(ConfigError, match="create_backend"):
        MistralBackend(MistralOptions(api_key="abcd", witness="ppocr"))


# ── responses ──


def test_the_types_of_blocks_are_their_kinds():
    kinds = [(block.kind, block.level, block.text) for block in parsed("page").blocks]
    assert kinds == [
        ("header", None, "Garden club"),
        ("heading", 1, "Stock list"),
        ("text", None, "Plants that survive the winter,\nsee the map & more: a_b"),
        ("list", None, "- ☑ checked\n- ☐ counted"),
        ("table", None, "Plant\tShelf\nFern large\t4 & 5\n\t6\t7"),
        ("caption", None, "Table 1"),
        ("formula", None, "E = m c^2"),
        ("picture", None, ""),
        ("signature", None, "A. Gardener"),
        ("note", None, "hand note"),
        ("text", None, "PAID"),
    ]


def test_boxes_are_scaled_from_the_raster_of_the_service():
    blocks = parsed("page").blocks
    assert blocks[0].box == Box(10, 4, 120, 16)
    assert next(block for block in blocks if block.kind == "picture").box == Box(220, 180, 380, 280)
    assert all(line.polygon is None for block in blocks for line in block.lines)
    answer = recording("mistral", "page")
    answer["pages"][0]["dimensions"] = None
    assert parsed("page", answer).blocks[0].polygon is None


def test_words_have_the_confidences_of_the_same_text():
    blocks = parsed("page").blocks
    text = blocks[2]
    assert [(word.text, word.confidence) for word in text.lines[0].words] == [
        ("Plants", 0.95), ("that", 0.94), ("survive", 0.41), ("the", 0.93), ("winter,", 0.92),
    ]  # fmt: skip
    assert [word.confidence for word in text.lines[1].words] == [0.91, None, None, None, None, None]
    assert text.confidence == 0.88, "the service's own"
    assert [word.confidence for word in blocks[8].lines[0].words] == [None, 0.77]


def test_a_table_has_spans_headers_and_confidences_of_its_own():
    table = next(block.table for block in parsed("page").blocks if block.table)
    assert [
        (cell.text, cell.row, cell.column, cell.row_span, cell.column_span, cell.header)
        for cell in table.cells
    ] == [
        ("Plant", 0, 0, 1, 1, True),
        ("Shelf", 0, 1, 1, 2, True),
        ("Fern\nlarge", 1, 0, 2, 1, False),
        ("4 & 5", 1, 1, 1, 1, False),
        ("", 1, 2, 1, 1, False),
        ("6", 2, 1, 1, 1, False),
        ("7", 2, 2, 1, 1, False),
    ]
    assert table.cells[2].confidence == pytest.approx((4 * 0.7 + 5 * 0.5) / 9)
    assert table.box == Box(10, 110, 380, 170)


def test_a_formula_has_its_source():
    (formula,) = (block for block in parsed("page").blocks if block.kind == "formula")
    assert formula.latex == "E = m c^2"


def test_markdown_is_divided_where_there_are_no_blocks():
    kinds = [(block.kind, block.level, block.text) for block in parsed("markdown").blocks]
    assert kinds == [
        ("header", None, "Garden club"),
        ("heading", 2, "Stock list"),
        ("text", None, "Plants that survive\nthe winter"),
        ("list", None, "- ferns\n- moss"),
        ("table", None, "Plant\tShelf\nFern | large\t4"),
        ("picture", None, ""),
        ("formula", None, "E = m c^2"),
        ("footer", None, "7"),
    ]


@pytest.mark.parametrize(("source", "text"), [
    ("**bold** and *italic*, __both__", "bold and italic, both"), ("2 * 3 * 4", "2 * 3 * 4"),
    ("snake_case_name", "snake_case_name"), (r"\*not\*", "*not*"), ("`code` ` alone", "code ` alone"),
    ("H<sub>2</sub>O &lt; 3", "H2O < 3"), ("a < b > c", "a < b > c"), ("### three", "three"), ("#hash", "#hash"),
    ("#", "#"), ("![x](y) after", "after"), ("- [ ] open", "- ☐ open"), ("[1] note", "[1] note"), ("", ""),
    ("$5 and $6", "$5 and $6"),
])  # fmt: skip
def test_markdown_becomes_plain_text(source, text):
    assert plain_text(source) == text


def test_lines_of_code_lose_their_fence():
    assert plain_lines("```python\nx = 1<br>y = 2\n```") == ["x = 1", "y = 2"]


def test_rows_of_a_table_in_markdown():
    assert table_rows("| a | b |\n|:--|--:|\n| c |  |\nd | e") == [["a", "b"], ["c", ""], ["d", "e"]]


def test_a_table_without_cells_is_text():
    answer = recording("mistral", "page")
    answer["pages"][0]["tables"] = []
    (block,) = (block for block in parsed("page", answer).blocks if block.text == "tbl-0.html")
    assert (block.kind, block.table) == ("text", None)


@pytest.mark.parametrize("answer", [[], {}, {"pages": 3}, {"pages": [{"blocks": [3]}]}, None], ids=str)
def test_another_shape_is_a_bad_response(answer):
    with pytest.raises(BadResponseError):
        parse(answer, IMAGE, Call("/v1/ocr"))


def test_a_page_without_text_is_empty():
    assert parsed("page", {"pages": []}).blocks == ()
    assert parsed("page", {"pages": [{"markdown": "", "blocks": None}]}).blocks == ()


def test_a_huge_table_is_a_bad_response():
    answer = recording("mistral", "page")
    rows = "<tr>" + "<td colspan='1000' rowspan='1000'>x" * 2
    answer["pages"][0]["tables"][0]["content"] = f"<table>{rows}</table>"
    with pytest.raises(BadResponseError, match="table"):
        parsed("page", answer)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_response_is_a_result_or_a_typed_error(data):
    name = data.draw(st.sampled_from(["page", "markdown"]))
    answer = data.draw(mutated(recording("mistral", name)))
    assert_result_or_typed_error(lambda: parsed(name, answer))


@settings(max_examples=100, deadline=None)
@given(st.text("<>/td rh*_`#|\\[]()!-x1=\n&;", max_size=200))
def test_any_markup_is_read(markup):
    parsed("page", {"pages": [{"markdown": markup, "tables": []}]})


def test_a_deep_response_is_a_bad_response():
    deep = Answer(b"[" * 50_000 + b"]" * 50_000, content_type="application/json")
    with MistralServer(WidthBackend()) as server:
        server.fail("/v1/ocr", deep)
        with pytest.raises(BadResponseError):
            make(server).recognize(PAGE, Request())
