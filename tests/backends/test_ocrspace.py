"""OCR.space: against a server on this machine that speaks its protocol."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
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
)

import ocrkit
from ocrkit.backends.ocrspace import OcrspaceBackend, OcrspaceOptions
from ocrkit.backends.ocrspace.errors import CODES
from ocrkit.backends.ocrspace.parse import parse
from ocrkit.backends.ocrspace.request import LANGUAGES, choose
from ocrkit.backends.remote import Call
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    QuotaError,
    RateLimitError,
)
from ocrkit.geometry import Box
from ocrkit.registry import create_backend
from ocrkit.request import Request
from ocrkit.testing import Answer, ScriptedBackend, draw_image
from ocrkit.testing.ocrspace import OcrspaceServer
from ocrkit.testing.samples import blank_page

PATH = "/parse/image"
PAGE = blank_page(120, 60)
CALL = Call(PATH, language="en")
ANSWER = {
    "ParsedResults": [
        {
            "TextOverlay": {
                "Lines": [
                    {
                        "LineText": "Seed list",
                        "Words": [
                            {"WordText": "Seed", "Left": 10, "Top": 20, "Height": 12, "Width": 40},
                            {"WordText": "list", "Left": "55", "Top": 20.5, "Height": 12, "Width": 30},
                        ],
                        "MaxHeight": 12,
                        "MinTop": 20,
                    }
                ],
                "HasOverlay": True,
                "Message": "Total lines: 1",
            },
            "TextOrientation": "0",
            "FileParseExitCode": 1,
            "ParsedText": "Seed list\r\n",
            "ErrorMessage": "",
            "ErrorDetails": "",
        }
    ],
    "OCRExitCode": 1,
    "IsErroredOnProcessing": False,
    "ProcessingTimeInMilliseconds": "371",
}
REASONS = {
    "invalid key": "The API key is invalid",
    "size limit": "File size exceeds the maximum size limit of 1024 KB",
    "timed out": "E101: Timed out waiting for results",
    "language": "E201: Value for parameter 'language' is invalid",
    "file type": "Unable to recognize the file type",
    "resources": "System Resource Exhaustion, OCR Binary Failed",
}


def parsed(answer):
    return page_result(parse(answer, IMAGE, CALL))


def make(server, **options):
    return OcrspaceBackend(OcrspaceOptions(**{**server.options(), **QUICK, **options}))


@pytest.fixture
def server():
    with OcrspaceServer(WidthBackend()) as made:
        yield made
    assert made.errors == []


class TestVendor(VendorSuite):
    name = "ocrspace"
    codes = CODES
    path = PATH
    signs = False
    has_request_ids = False
    secrets = ("api_key",)
    unsupported = Request(scene="receipt")
    other_endpoint = None
    live_checks = (PATH,)

    def make_server(self):
        return OcrspaceServer(WidthBackend())

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="scripted by the test"):
        code = code.replace(".Other", "03")
        if code.startswith("exit"):
            number = int(code.removeprefix("exit "))
            return (
                OcrspaceServer.failure(message, 3, number)
                if number < 1
                else OcrspaceServer.failure(message, number)
            )
        if code in ("rate limit", "daily limit"):
            return OcrspaceServer.too_often(500, 86400 if code == "daily limit" else 600)
        if code in REASONS:
            return OcrspaceServer.failure([REASONS[code], message])
        return Answer(f'"{message}"', int(code.ljust(3, "0")), "application/json")


class TestConformance(VendorConformance):
    other_languages = ("de",)

    @classmethod
    def make_server(cls, engine):
        return OcrspaceServer(engine)

    def make(self):
        return make(self.server)

    def other_request(self):
        return Request(languages=("de",), scene="sparse")


@pytest.mark.live
class TestLive(LiveConformance):
    name = "ocrspace"


@pytest.mark.parametrize(
    ("request_", "options", "call"),
    [
        (Request(), {}, "/parse/image language=auto OCREngine=2"),
        (Request(languages=("de",)), {}, "/parse/image language=ger OCREngine=1"),
        (Request(languages=("zh-TW", "en")), {"engine": 3}, "/parse/image language=cht OCREngine=3"),
        (Request(), {"engine": 1}, "/parse/image language=eng OCREngine=1"),
        (Request(languages=("native:auto",)), {"engine": 2}, "/parse/image language=auto OCREngine=2"),
    ],
    ids=str,
)
def test_chooses_engine_and_language(request_, options, call):
    assert str(choose(request_, OcrspaceOptions(**options))) == call


def test_the_server_knows_every_language(server):
    backend = make(server)
    for tag in LANGUAGES:
        assert backend.recognize(PAGE, Request(languages=(tag,))).text == "wide 120"


def test_warns_that_it_reads_one_language_at_a_time(server):
    result = make(server).recognize(PAGE, Request(languages=("fr", "de")))
    assert result.warnings == ("the service reads one language at a time: read as 'fr'",)
    assert {line.language for line in result.lines} == {None}


def test_uploads_a_form_with_a_file(server):
    result = make(server, upscale=False).recognize(PAGE, Request(languages=("en",)))
    (sent,) = server.requests
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="scale"\r\n\r\nfalse\r\n' in sent.body
    assert b'filename="page.png"' in sent.body
    assert (result.trace.engine.model, result.lines[0].language) == ("engine 1", "en")


def test_without_a_key_the_trial_key_is_used():
    backend = create_backend("ocrspace")
    assert backend.options.api_key.get_secret_value() == "helloworld"
    assert "trial key" in backend.diagnose()[0].text
    assert "trial" not in create_backend("ocrspace", {"api_key": "K8own"}).diagnose()[0].text


def test_reads_a_file_by_the_public_interface():
    with OcrspaceServer(ScriptedBackend(["Seeds for the", "spring of next year"])) as server:
        settings = {"backends": {"ocrspace": {**server.options(), **QUICK}}}
        (page,) = ocrkit.recognize(draw_image(["x" * 40]), backend="ocrspace", settings=settings).pages
    assert page.text.split() == "Seeds for the spring of next year".split()


@pytest.mark.parametrize(
    ("answer", "kind", "advice"),
    [
        (OcrspaceServer.too_often(10, 600), RateLimitError, "requests_per_second"),
        (OcrspaceServer.too_often(500, 86400), QuotaError, "tomorrow"),
        (
            Answer("<Error>The API key is invalid</Error>", 403, "application/xml"),
            AuthenticationError,
            "freekey",
        ),
        (OcrspaceServer.failure(["File size exceeds the maximum size limit"]), CapabilityError, "max_bytes"),
        (OcrspaceServer.failure("E101: Timed out waiting for results", 4), BackendTimeoutError, "E101"),
        (OcrspaceServer.failure("System Resource Exhaustion", 3, -99), BackendUnavailableError, "Exhaustion"),
        (OcrspaceServer.failure("odd", 3, -10), BackendError, "another engine"),
        (Answer({"OCRExitCode": 1, "ParsedResults": None}), BackendError, "exit 1"),
    ],
    ids=repr,
)
def test_tells_reasons_apart_by_code_and_text(server, answer, kind, advice):
    server.fail(PATH, answer)
    with pytest.raises(kind, match=advice) as caught:
        make(server, retries=0).recognize(PAGE, Request())
    assert type(caught.value) is kind


def test_lines_have_words_and_boxes():
    result = parsed(ANSWER)
    (line,) = result.lines
    assert (line.text, line.language, line.confidence) == ("Seed list", "en", None)
    assert [(word.text, word.box) for word in line.words] == [
        ("Seed", Box(10, 20, 50, 32)),
        ("list", Box(55, 20.5, 85, 32.5)),
    ]


@pytest.mark.parametrize("change", [{"Width": -40}, {"Height": 0}], ids=str)
def test_a_word_without_an_area_has_no_place(change):
    answer = copy.deepcopy(ANSWER)
    answer["ParsedResults"][0]["TextOverlay"]["Lines"][0]["Words"][0] |= change
    (line,) = parsed(answer).lines
    assert [word.box for word in line.words] == [None, Box(55, 20.5, 85, 32.5)]
    assert line.box == line.words[1].box


def test_text_without_an_overlay_is_lines_without_boxes():
    page = {"ParsedText": "one\r\n\r\n two\r\n", "FileParseExitCode": 1, "TextOverlay": None}
    result = parsed({"ParsedResults": [page], "OCRExitCode": 1})
    assert [(line.text, line.polygon) for line in result.lines] == [("one", None), ("two", None)]


@pytest.mark.parametrize("answer", [[], {}, None, {"OCRExitCode": "x"}], ids=str)
def test_another_shape_is_a_bad_response(answer):
    with pytest.raises(BadResponseError):
        parsed(answer)


@settings(max_examples=100, deadline=None)
@given(mutated(ANSWER))
def test_any_response_is_a_result_or_a_typed_error(answer):
    assert_result_or_typed_error(lambda: parsed(answer))


def test_a_deep_response_is_a_bad_response():
    deep = Answer(b"[" * 50_000 + b"]" * 50_000, content_type="application/json")
    with OcrspaceServer(WidthBackend()) as server:
        server.fail(PATH, deep)
        with pytest.raises(BadResponseError):
            make(server).recognize(PAGE, Request())
