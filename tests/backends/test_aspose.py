"""Aspose OCR Cloud: against a server on this machine that speaks its protocol."""

from __future__ import annotations

import base64
import contextlib
import logging
import traceback
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from remote_suite import LiveConformance, VendorConformance

import ocrkit
from ocrkit import errors
from ocrkit.backends.aspose import AsposeBackend, AsposeOptions
from ocrkit.backends.aspose.errors import CODES
from ocrkit.backends.aspose.languages import LANGUAGES
from ocrkit.backends.aspose.parse import parse
from ocrkit.backends.aspose.request import choose
from ocrkit.backends.aspose.schema import Task
from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions
from ocrkit.backends.remote import Call, validated
from ocrkit.config.approvals import approve
from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.testing import Answer, draw_page, faults
from ocrkit.testing.aspose import AsposeServer

ID, SECRET = "client-id-7f3a", "s3cr3t/of+aspose=="
PAGE = draw_page(["Invoice 2024-117", "Total due 1,234.50 EUR"]).page
IMAGE = AsposeServer.path("RecognizeImage")
TOKEN = "/connect/token"


def text_only(endpoint, settings, image):
    return {"Text": "Invoice 2024-117\r\nTotal due 1,234.50 EUR\r\n\r\nThank you"}


@pytest.fixture
def server(engine):
    with AsposeServer(engine, text_only, client_id=ID, client_secret=SECRET) as made:
        yield made
    assert made.errors == []


@pytest.fixture
def backend(server):
    made = []

    def make(**options):
        quick = {"retry_wait_seconds": 0.001, "poll_seconds": 0.001, "proxy": "none"}
        made.append(AsposeBackend(AsposeOptions(**{**server.options(), **quick, **options})))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def engine():
    made = PpocrBackend(PpocrOptions())
    yield made
    made.close()


class TestConformance(VendorConformance):
    other_languages = ("en",)

    @classmethod
    def make_server(cls, engine):
        return AsposeServer(engine, polls=0)

    def make(self):
        return AsposeBackend(AsposeOptions(**self.server.options(), proxy="none", poll_seconds=0.001))


@pytest.mark.live
class TestLive(LiveConformance):
    name = "aspose"


def test_text_without_hocr_is_lines_without_polygons(backend, server):
    result = backend(boxes=False).recognize(PAGE, Request(languages=("de",)))
    assert [block.text for block in result.blocks] == [
        "Invoice 2024-117\nTotal due 1,234.50 EUR",
        "Thank you",
    ]
    assert {line.language for line in result.lines} == {"de"}
    assert all(line.polygon is None and line.confidence is None for line in result.lines)
    settings = server.requests_to(IMAGE)[0].json()["settings"]
    assert (settings["language"], settings["resultType"]) == ("German", "Text")


def test_the_trace_names_the_service_and_the_task(backend, server):
    trace = backend().recognize(PAGE, Request()).trace
    assert (trace.engine.name, trace.engine.endpoint) == ("Aspose OCR Cloud", server.url)
    assert trace.request_id == "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("options", [{"boxes": False}, {}, {"regions": (Box(0, 0, 90, 40),)}], ids=str)
def test_notices_of_a_completed_task_are_warnings(backend, server, options):
    server.notices = {
        "messages": ["Image quality is low", " "],
        "warnings": ["Image quality is low", "2 spots"],
    }
    if "regions" in options:
        server.outputs = lambda *task: {"Text": "Total"}
    result = backend(**options).recognize(PAGE, Request())
    assert result.text
    assert result.warnings == ("Image quality is low", "2 spots")


def test_a_refusal_of_the_token_service_is_told_with_its_reason(backend, server):
    answer = {"error": "invalid_client", "error_description": "the application is disabled"}
    server.fail(TOKEN, Answer(answer, 400))
    with pytest.raises(errors.AuthenticationError, match="invalid_client: the application is disabled"):
        backend().recognize(PAGE, Request())


def test_the_service_does_not_change_the_page_unless_requested(backend, server):
    backend().recognize(PAGE, Request())
    backend(skew_correction=True, upsampling=True, dsr_mode="LineDetector").recognize(PAGE, Request())
    plain, wanted = (
        request.json()["settings"] for request in server.requests_to(IMAGE) if request.method == "POST"
    )
    assert not any(plain[name] for name in plain if name.startswith("make"))
    assert (wanted["makeSkewCorrect"], wanted["makeUpsampling"], wanted["dsrMode"]) == (
        True,
        True,
        "LineDetector",
    )


def test_hocr_gives_the_polygons_of_words(server, backend, engine):
    server.outputs = None  # the engine reads
    result = backend().recognize(PAGE, Request())
    assert "Invoice" in result.text
    wanted = engine.recognize(PAGE, Request())
    assert [word.text for word in result.words] == [word.text for word in wanted.words]
    for word, same in zip(result.words, wanted.words, strict=True):
        assert np.allclose(word.box, same.box, atol=1.5)


@pytest.mark.parametrize("markup", [
    "", "<html>", "<p class='ocr_line' title='bbox 1 1 9 9'>other words</p>",
    "<div class='ocr_page'><span class='ocr_line' title='bbox 0 0 99999 99999'>Invoice 2024-117 Total due 1,234.50 EUR Thank you</span></div>",
    "<span class='ocrx_word' title='bbox 1 2 x y'>\x00</span>", "<" * 500, "<![1",
])  # fmt: skip
def test_hocr_that_does_not_match_the_text_is_ignored(server, backend, markup):
    server.outputs = lambda *task: {**text_only(*task), "Hocr": markup}
    result = backend().recognize(PAGE, Request())
    assert result.text.startswith("Invoice 2024-117\nTotal due")
    assert not any(line.polygon for line in result.lines)


def test_reads_handwriting_only_in_english(backend, server):
    result = backend(boxes=False).recognize(PAGE, Request(mode="handwritten"))
    assert server.requests_to(IMAGE)[0].json()["settings"]["language"] == "HWT_ENG"
    assert {line.handwritten for line in result.lines} == {"requested"}
    with pytest.raises(errors.CapabilityError, match="only in 'en', not in 'fr'"):
        backend().recognize(PAGE, Request(mode="handwritten", languages=("fr",)))


def test_warns_that_it_reads_one_language_at_a_time(backend, server):
    result = backend().recognize(PAGE, Request(languages=("fr", "de")))
    assert result.warnings == ("the service reads one language at a time: read as 'fr'",)
    assert {line.language for line in result.lines} == {None}


def test_native_languages_are_sent_as_they_are(backend, server):
    backend().recognize(PAGE, Request(languages=("native:Netherlands",)))
    assert server.requests_to(IMAGE)[0].json()["settings"]["language"] == "Netherlands"


@pytest.mark.parametrize(("tag", "name"), [
    ("zh-TW", "Chinese"), ("pt-BR", "Portuguese"), ("nb", "Norwegian"), ("uk", "Ukrainan"), ("sr", "Serbian"),
])  # fmt: skip
def test_sends_languages_by_the_names_of_the_service(tag, name):
    options = AsposeOptions(client_id="abcd", client_secret="abcd")
    assert choose(Request(languages=(tag,)), options).parameters["language"] == name


def test_every_language_has_one_name():
    assert len(LANGUAGES) > 140
    assert all(name.replace("_", "").isalpha() for name in LANGUAGES.values())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_reads_the_cells_of_a_table(server, backend, delimiter):
    sheet = f'\ufeffItem{delimiter}Price\r\n"Tea{delimiter} green"{delimiter}3.50\r\n{delimiter}2.00\r\n'
    server.outputs = lambda endpoint, settings, image: {"Csv": sheet}
    result = backend().recognize(PAGE, Request(scene="table"))
    assert (
        server.requests_to(AsposeServer.path("RecognizeTable"))[0].json()["settings"]["resultTypeTable"]
        == "Csv"
    )
    [table] = result.tables
    assert table.rows == (("Item", "Price"), (f"Tea{delimiter} green", "3.50"), ("", "2.00"))
    assert result.lines[-1].text == "2.00"


def test_a_receipt_has_its_own_endpoint(server, backend):
    assert backend().recognize(PAGE, Request(scene="receipt")).text
    assert server.requests_to(AsposeServer.path("RecognizeReceipt"))


def test_regions_are_blocks_with_their_boxes(server, backend, engine):
    server.outputs = None  # the engine reads
    first = engine.recognize(PAGE, Request()).lines[0].box
    wanted = Box(first.left - 8, first.top - 8, first.right + 8, first.bottom + 8)
    turned = Page(np.ascontiguousarray(np.rot90(PAGE.pixels)))  # regions are those of the original page
    upright = turned.derive(PAGE.pixels, to_this=turned_back(turned))
    result = backend(regions=(bounding_box(upright.to_original.polygon(wanted.polygon)),)).recognize(
        upright, Request()
    )
    assert result.text == "Invoice 2024-117"
    assert np.allclose(result.blocks[0].box, wanted, atol=1)


def turned_back(page):
    """From the upright page's pixels to those of the page that lies on its side."""
    return Transform.quarter_turns(-1, page.height, page.width)


def test_regions_can_be_detected(server, backend, engine):
    server.outputs = None  # the engine reads
    result = backend(regions="detect").recognize(PAGE, Request())
    assert "Invoice 2024-117" in result.text
    assert all(block.polygon for block in result.blocks)
    assert len(server.requests_to(AsposeServer.path("DetectRegions"))) >= 2


def test_refuses_a_region_outside_of_the_page_before_it_is_sent(server, backend):
    with pytest.raises(errors.CapabilityError, match="outside"):
        backend(regions=(Box(9000, 9000, 9100, 9100),)).recognize(PAGE, Request())
    assert server.requests == ()


def test_a_page_without_text_is_empty(server, backend):
    blank = {"id": "t", "taskStatus": "Completed", "responseStatusCode": "NoAnyResultData", "results": None}
    server.route("GET", IMAGE, blank)
    assert backend().recognize(PAGE, Request()).blocks == ()


# ── the account ──


def test_eight_threads_share_one_token(server, backend):
    reader = backend(max_concurrency=8)
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda _: reader.recognize(PAGE, Request()).text, range(16)))
    assert len(set(texts)) == 1
    assert len(server.requests_to(TOKEN)) == 1


def test_a_refused_token_is_renewed_once(server, backend):
    reader = backend()
    reader.recognize(PAGE, Request())
    server.expire()
    assert reader.recognize(PAGE, Request()).text
    assert len(server.requests_to(TOKEN)) == 2


def test_an_application_without_ocr_gets_advice(server, backend):
    server.fail(IMAGE, Answer({"title": "Unauthorized"}, 401), times=9)
    with pytest.raises(errors.AuthenticationError, match=r"Unauthorized.*may use OCR"):
        backend().recognize(PAGE, Request())
    assert len(server.requests_to(TOKEN)) == 2


def test_tries_wrong_credentials_once(server, backend):
    """Five failures lock the application for ten minutes."""
    reader = backend(client_secret="some-other-secret", max_concurrency=8)

    def fails(_):
        with pytest.raises(errors.AuthenticationError, match="client_id and client_secret"):
            reader.recognize(PAGE, Request())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(fails, range(8)))
    assert len(server.requests_to(TOKEN)) == 1


def test_the_live_check_only_fetches_a_token(server, backend):
    assert backend().check_live().ok
    assert [request.path for request in server.requests] == [TOKEN]


# ── errors ──


@pytest.mark.parametrize("row", [row for row in CODES if row.code[0].isdigit()], ids=lambda row: row.code)
def test_every_status_raises_the_error_of_the_table(server, backend, row):
    server.fail(IMAGE, Answer({"title": "Told so"}, int(row.code.replace("*", "03"))), times=9)
    with pytest.raises(row.error, match="Told so") as caught:
        backend(retries=1).recognize(PAGE, Request())
    assert len(server.requests_to(IMAGE)) == 1 + (row.error.retryable or row.code == "401")
    assert caught.value.backend == "aspose"


@pytest.mark.parametrize(
    "row", [row for row in CODES if row.code.startswith("token")], ids=lambda row: row.code
)
def test_every_refusal_of_a_token_raises_the_error_of_the_table(server, backend, row):
    server.fail(
        TOKEN,
        Answer({"error": "invalid_client"}, int(row.code.removeprefix("token ").replace("*", "03"))),
        times=9,
    )
    with pytest.raises(row.error):
        backend(retries=1).recognize(PAGE, Request())
    assert len(server.requests_to(TOKEN)) == 1 + row.error.retryable
    assert not server.requests_to(IMAGE)


@pytest.mark.parametrize(
    "row",
    [row for row in CODES if row.error and not row.code[0].isdigit() and "token" not in row.code],
    ids=lambda row: row.code,
)
def test_every_failed_task_raises_the_error_of_the_table(server, backend, row):
    ended = {
        "id": "t",
        "taskStatus": "Error",
        "responseStatusCode": row.code,
        "error": {"messages": ["because"]},
    }
    server.route("GET", IMAGE, ended)
    with pytest.raises(row.error, match="because") as caught:
        backend(retries=0).recognize(PAGE, Request())
    assert caught.value.request_id.startswith("0000")


@pytest.mark.parametrize(
    "fault",
    [faults.reset(), faults.bad_gateway(), faults.rate_limited(0.01), faults.rate_limited()],
    ids=repr,
)
@pytest.mark.parametrize("path", [TOKEN, IMAGE])
def test_retries_a_transient_error(server, backend, fault, path):
    server.fail(path, fault, times=2)
    assert backend().recognize(PAGE, Request()).trace.attempts == 3


def test_does_not_wait_for_a_lockout(server, backend):
    server.fail(TOKEN, faults.rate_limited(600), times=9)
    with pytest.raises(errors.RateLimitError, match="600 s") as caught:
        backend().recognize(PAGE, Request())
    assert caught.value.retry_after == 600
    assert len(server.requests_to(TOKEN)) == 1


@pytest.mark.long
def test_cancels_a_task_at_the_deadline(server, backend):
    server.polls = 10**6
    with pytest.raises(errors.BackendTimeoutError):
        backend(timeout_seconds=2).recognize(PAGE, Request())
    assert server.cancelled == ["00000000-0000-4000-8000-000000000001"]


@pytest.mark.parametrize("answer", [
    faults.truncated_json(), faults.html(), Answer([]), Answer({"results": 5}), Answer({}),
    Answer({"taskStatus": "Completed", "responseStatusCode": "Ok", "results": [{"type": "Text", "data": "§§"}]}),
    Answer({"taskStatus": "Completed", "responseStatusCode": "Ok", "results": [{"type": "Text"}]}),
], ids=repr)  # fmt: skip
def test_reports_an_invalid_response(server, backend, answer):
    server.route("GET", IMAGE, answer)
    with pytest.raises(errors.BadResponseError):
        backend().recognize(PAGE, Request())


def test_a_task_id_may_be_quoted(server, backend):
    server.tasks["a-b-c"] = {"Text": "hello"}, 0
    server.route("POST", IMAGE, Answer('"a-b-c"', content_type="application/json"))
    assert backend().recognize(PAGE, Request()).text == "hello"


@pytest.mark.parametrize("answer", [faults.html(), Answer(b""), Answer({"some": "thing"})], ids=repr)
def test_reports_a_missing_task_id(server, backend, answer):
    server.route("POST", IMAGE, answer)
    with pytest.raises(errors.BadResponseError, match="no task id"):
        backend().recognize(PAGE, Request())


ENCODED = PAGE.encoded()
CALL = Call("RecognizeImage")

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "taskStatus", "responseStatusCode", "results", "type", "data", "error", "messages"]), inner, max_size=4
    ),
    max_leaves=8,
)  # fmt: skip


@given(json_values)
def test_any_response_is_a_result_or_a_typed_error(answer):
    with contextlib.suppress(errors.BadResponseError):
        parse(validated(Task, answer), ENCODED, CALL)


@given(st.text(max_size=60) | st.text(alphabet="<>/'\" =pclassocrbxtile_wdn0123456789", max_size=200))
def test_any_hocr_is_a_result(markup):
    outputs = [{"type": "Hocr", "data": base64.b64encode(markup.encode(errors="replace")).decode()}]
    parse(validated(Task, {"results": outputs}), ENCODED, CALL)


@pytest.mark.parametrize(("path", "fault"), [
    (TOKEN, Answer({"error": f"no such pair {ID} {SECRET}"}, 400)),
    (TOKEN, faults.html()),
    (TOKEN, faults.reset()),
    (IMAGE, Answer({"title": f"Bad token-number-1 of {ID}"}, 400)),
    (IMAGE, faults.reset()),
], ids=repr)  # fmt: skip
def test_shows_no_secret(server, backend, caplog, path, fault):
    caplog.set_level(logging.DEBUG)
    reader = backend(retries=1)
    server.fail(path, fault, times=5)
    with pytest.raises(errors.OcrkitError) as caught:
        reader.recognize(PAGE, Request())
    texts = [
        repr(reader),
        repr(reader.options),
        *traceback.format_exception(caught.value),
        repr(vars(caught.value)),
    ]
    text = "\n".join([*texts, caplog.text, *(repr(vars(record)) for record in caplog.records)])
    for secret in (ID, SECRET, "token-number-"):
        assert secret not in text


def test_is_chosen_by_configuration(server, tmp_path, monkeypatch):
    (tmp_path / "ocrkit.toml").write_text(
        f'backend = "aspose"\n[backends.aspose]\nendpoint = "{server.url}"\nclient_id = "{ID}"\nproxy = "none"\n'
    )
    approve(tmp_path / "ocrkit.toml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OCRKIT_BACKENDS__ASPOSE__CLIENT_SECRET", SECRET)
    assert "Invoice 2024-117" in ocrkit.recognize(PAGE.pixels).text


def test_names_missing_credentials():
    with pytest.raises((errors.ConfigError, ValidationError), match="client_secret"):
        ocrkit.recognize(PAGE.pixels, backend="aspose", settings={"backends": {"aspose": {"client_id": ID}}})
