"""Azure AI Document Intelligence: against a server on this machine that speaks its protocol."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError
from remote_suite import (
    IMAGE,
    QUICK,
    LiveConformance,
    VendorConformance,
    VendorSuite,
    WidthBackend,
    assert_result_or_typed_error,
    mutated,
    recording,
)

import ocrkit
from ocrkit.backends.azure import AzureBackend, AzureOptions
from ocrkit.backends.azure.errors import CODES
from ocrkit.backends.azure.languages import HANDWRITING, LANGUAGES, detected_language
from ocrkit.backends.azure.parse import parse
from ocrkit.backends.azure.request import choose
from ocrkit.backends.remote import Call
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BadResponseError,
    CapabilityError,
    ConfigError,
    QuotaError,
)
from ocrkit.geometry import Box
from ocrkit.http import Transport
from ocrkit.page import Page
from ocrkit.registry import create_backend
from ocrkit.request import Request
from ocrkit.result import Cost, PageResult, Trace
from ocrkit.result.fields import FIELD_NAMES
from ocrkit.sources.pdf_page_file import LoadedPageFile
from ocrkit.testing import Answer, Cassette, ScriptedBackend, draw_image, faults
from ocrkit.testing.azure import AzureServer
from ocrkit.testing.samples import blank_page
from ocrkit.testing.vendor import until

READ = AzureServer.path()
INFO = "/documentintelligence/info"
MODELS = {
    "read": "prebuilt-read",
    "inches": "prebuilt-read",
    "layout": "prebuilt-layout",
    "receipt": "prebuilt-receipt",
    "id_document": "prebuilt-idDocument",
}
PAGE = blank_page(120, 60)
TOKEN_CODES = ("invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "invalid_grant",
               "temporarily_unavailable", "server_error")  # fmt: skip


def parsed(name, answer=None, model=None):
    found = parse(recording("azure", name) if answer is None else answer, IMAGE, Call(model or MODELS[name]))
    content = {
        part: getattr(found, part)
        for part in ("blocks", "rotation", "fields", "warnings", "marks", "barcodes")
    }
    return PageResult(width=IMAGE.width, height=IMAGE.height, trace=Trace(backend="parsed"), **content)


def make(server, **options):
    return AzureBackend(AzureOptions(**{**server.options(), **QUICK, "poll_seconds": 0.001, **options}))


def with_application(server, **options):
    return AzureBackend(AzureOptions(**{**server.application(), **QUICK, "poll_seconds": 0.001, **options}))


def polls(server):
    return [request for request in server.requests if "/analyzeResults/" in request.path]


@pytest.fixture
def server():
    with AzureServer(WidthBackend()) as made:
        yield made
    assert made.errors == []


class TestVendor(VendorSuite):
    name = "azure"
    codes = tuple(row for row in CODES if row.code not in TOKEN_CODES)
    path = READ
    signs = False
    unsupported = Request(scene="bank_card")
    live_checks = (INFO,)
    secrets = ("api_key",)

    def make_server(self):
        return AzureServer(WidthBackend())

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="scripted by the test"):
        if code.startswith("token"):
            pytest.skip("only with fetched tokens")
        if code == "403 quota":
            return AzureServer.error("403", "Out of call volume quota for the F0 pricing tier.", status=403)
        code = code.replace(".Other", "03")
        status = int(code) if code.isdigit() else 400
        return AzureServer.error(code, message, status=status)

    def test_every_code_raises_the_error_of_the_table(self, server, page):
        self.codes = tuple(row for row in self.codes if not row.code.startswith("token"))
        super().test_every_code_raises_the_error_of_the_table(server, page)


class TestConformance(VendorConformance):
    @classmethod
    def make_server(cls, engine):
        return AzureServer(engine, polls=0)

    def make(self):
        return make(self.server)


@pytest.mark.live
class TestLive(LiveConformance):
    name = "azure"

    def make(self):
        if not os.environ.get("DOCUMENTINTELLIGENCE_API_KEY"):
            pytest.skip("set DOCUMENTINTELLIGENCE_ENDPOINT and DOCUMENTINTELLIGENCE_API_KEY")
        return create_backend(self.name)


# ── requests ──


@pytest.mark.parametrize(
    ("request_", "options", "call"),
    [
        (Request(), {}, "prebuilt-read features=languages+barcodes"),
        (Request(languages=("de",)), {}, "prebuilt-read features=languages+barcodes"),
        (Request(languages=("de",)), {"force_language": True}, "prebuilt-read features=languages+barcodes locale=de"),
        (Request(languages=("de", "en")), {"force_language": True}, "prebuilt-read features=languages+barcodes"),
        (Request(languages=("native:sr-latn",)), {"features": ()}, "prebuilt-read locale=sr-latn"),
        (Request(scene="line"), {"features": ("formulas", "keyValuePairs")}, "prebuilt-read features=formulas"),
        (Request(), {"document_model": "layout", "features": ("keyValuePairs",)}, "prebuilt-layout features=keyValuePairs"),
        (Request(scene="table", mode="handwritten", languages=("en",)), {"features": ()}, "prebuilt-layout"),
        (Request(scene="receipt"), {}, "prebuilt-receipt"),
        (Request(scene="receipt"), {"receipts": "invoice"}, "prebuilt-invoice"),
        (Request(scene="id_card"), {"receipts": "invoice"}, "prebuilt-idDocument"),
    ],
    ids=str,
)  # fmt: skip
def test_chooses_the_model_by_the_request(request_, options, call):
    options = AzureOptions(endpoint="https://one.example", api_key="0123", **options)
    assert str(choose(request_, options)) == call


def test_refuses_handwriting_in_a_language_without_it():
    options = AzureOptions(endpoint="https://one.example", api_key="0123")
    with pytest.raises(CapabilityError, match="handwriting reads only ar, de"):
        choose(Request(mode="handwritten", languages=("pl",)), options)


@pytest.mark.parametrize(("tag", "code"), [
    ("pt-BR", "pt"), ("sr-Cyrl", "sr-cyrl"), ("kk", "kk-cyrl"), ("nb", "no"), ("zh-TW", "zh-Hant"),
])  # fmt: skip
def test_sends_languages_by_the_codes_of_the_service(tag, code):
    assert LANGUAGES.name(tag) == code


def test_offers_the_languages_of_the_service():
    assert len(LANGUAGES) > 290
    assert set(LANGUAGES) >= HANDWRITING
    assert {detected_language("zh_cht"), detected_language("???")} == {"zh-Hant", None}


def test_sends_the_file_with_the_version_and_the_unit_of_spans(server):
    result = make(server).recognize(PAGE, Request(languages=("native:ja",)))
    sent = server.requests_to(READ)[0]
    assert sent.query == {
        "api-version": "2024-11-30",
        "stringIndexType": "unicodeCodePoint",
        "features": "languages,barcodes",
        "locale": "ja",
    }
    assert sent.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(sent.body)).size == (120, 60)
    assert (result.trace.engine.model, result.trace.engine.version) == ("prebuilt-read", "2024-11-30")


def test_features_that_cost_extra_are_charged(server):
    """There are no list prices: they differ by region."""
    prices = {"prebuilt-read": 0.5, "formulas": 0.25}
    backend = make(server, features=("languages", "formulas"), prices=prices, currency="EUR")
    assert backend.recognize(PAGE, Request()).trace.cost == Cost(amount=0.75, currency="EUR", calls=2)
    assert make(server).recognize(PAGE, Request()).trace.cost is None


def test_pads_a_page_that_is_too_small(server):
    result = make(server).recognize(blank_page(400, 20), Request(scene="line"))
    assert Image.open(io.BytesIO(server.requests_to(READ)[0].body)).size == (400, 50)
    assert (result.width, result.height) == (400, 20)


def test_the_free_tier_has_its_own_limits(server):
    page = Page(np.random.default_rng(1).integers(0, 255, (1250, 1250, 3), dtype=np.uint8))
    backend = make(server, tier="free", requests_per_second=None)
    backend.recognize(page, Request())
    assert len(server.requests_to(READ)[0].body) <= 4 * 10**6
    assert AzureOptions(**server.options(), tier="free").requests_per_second == 1


def test_reads_a_file_by_the_public_interface():
    engine = ScriptedBackend(["Seeds for the", "spring of next year"])
    with AzureServer(engine, {"prebuilt-layout": recording("azure", "layout")}) as server:
        settings = {"backends": {"azure": {**server.options(), **QUICK}}}
        chosen = {"backend": "azure", "settings": settings}
        (page,) = ocrkit.recognize(draw_image(["x" * 40]), languages=["en"], **chosen).pages
        (table,) = ocrkit.recognize(draw_image(["x" * 40]), scene="table", **chosen).pages
    assert page.text.split() == "Seeds for the spring of next year".split()
    assert page.trace.request_id
    assert table.tables[0].rows[0] == ("Plant", "Shelf", "")
    assert len(table.marks) == 2


# ── runs ──


def test_polls_until_the_run_has_ended(server):
    server.polls = 3
    assert make(server).recognize(PAGE, Request()).text == "wide 120"
    assert len(polls(server)) == 4
    assert len(server.requests_to(READ)) == 1


def test_a_failed_poll_does_not_send_the_page_again(server):
    run = f"{READ.removesuffix(':analyze')}/analyzeResults/00000000-0000-0000-0000-000000000001"
    server.fail(run, faults.reset(), faults.bad_gateway(), faults.rate_limited(0.001))
    result = make(server).recognize(PAGE, Request())
    assert (result.text, result.trace.attempts) == ("wide 120", 4)
    assert len(server.requests_to(READ)) == 1


def test_waits_as_long_as_the_service_requests(server):
    """A wait beyond the deadline ends the page, before the first poll and after it."""
    server.retry_after = 3600
    with pytest.raises(BackendTimeoutError, match="not ready within"):
        make(server, timeout_seconds=0.3).recognize(PAGE, Request())
    assert polls(server) == []


@pytest.mark.parametrize("status", ["failed", "canceled", "skipped"])
def test_a_run_without_a_result_is_an_error(server, status):
    error = {
        "code": "InvalidRequest",
        "message": "odd",
        "innererror": {"code": "InvalidContent", "message": "broken"},
    }
    body = {"status": status, "error": error if status == "failed" else None}
    server.route("GET", "/documentintelligence/documentModels/*", body)
    with pytest.raises(BackendError) as caught:
        make(server).recognize(PAGE, Request())
    if status == "failed":
        assert isinstance(caught.value, CapabilityError)
        assert "InvalidContent: broken" in caught.value.message
    else:
        assert f"code {status}" in caught.value.message


@pytest.mark.parametrize("answer", [
    faults.html(), faults.truncated_json(), Answer([]), Answer({}), Answer({"status": "odd"}),
    Answer({"status": "succeeded"}), Answer({"status": "succeeded", "analyzeResult": {"pages": 3}}),
], ids=repr)  # fmt: skip
def test_reports_an_invalid_result(server, answer):
    server.route("GET", "/documentintelligence/documentModels/*", answer)
    with pytest.raises(BadResponseError):
        make(server).recognize(PAGE, Request())


def test_the_key_is_not_sent_to_an_address_that_a_response_names(server):
    """Behind a gateway the address is that of another host."""
    with AzureServer(WidthBackend()) as other:
        location = f"{other.url}/documentintelligence/documentModels/prebuilt-read/analyzeResults/run-7?x=1"
        server.runs["run-7"] = recording("azure", "read"), 0
        server.fail(READ, Answer(b"", 202, headers={"Operation-Location": location, "Retry-After": "0"}))
        assert "daily" in make(server).recognize(PAGE, Request()).text
        assert other.requests == ()


@pytest.mark.parametrize("location", ["", "https://one.example/", "/analyzeResults/../../keys"])
def test_reports_a_missing_run(server, location):
    server.fail(READ, Answer(b"", 202, headers={"Operation-Location": location}))
    with pytest.raises(BadResponseError, match="address of the result"):
        make(server).recognize(PAGE, Request())


def test_deletes_the_result_where_asked(server):
    assert make(server, delete_results=True).recognize(PAGE, Request()).warnings == ()
    assert len(server.deleted) == 1


def test_a_result_that_cannot_be_deleted_is_not_lost(server):
    server.route("DELETE", "/documentintelligence/documentModels/*", AzureServer.error("403", status=403))
    result = make(server, delete_results=True).recognize(PAGE, Request())
    assert result.text == "wide 120"
    assert "could not be deleted" in result.warnings[0]


# ── resumption ──


def test_a_new_process_fetches_the_result_of_a_page_that_was_sent(server, tmp_path):
    """The first process is killed while it waits."""
    server.retry_after = 3600
    code = (
        "import sys; from ocrkit.backends.azure import *; from ocrkit.request import Request\n"
        "from ocrkit.testing.samples import blank_page\n"
        "options = AzureOptions(endpoint=sys.argv[1], api_key=sys.argv[2], resume_folder=sys.argv[3])\n"
        "AzureBackend(options).recognize(blank_page(120, 60), Request())\n"
    )
    options = server.options()
    with subprocess.Popen(
        [sys.executable, "-c", code, options["endpoint"], options["api_key"], tmp_path]
    ) as first:
        assert until(lambda: any(path.suffix != ".tmp" for path in tmp_path.iterdir()))
        first.send_signal(signal.SIGKILL)
    server.retry_after = 0
    again = make(server, resume_folder=tmp_path)
    assert again.recognize(PAGE, Request()).text == "wide 120"
    assert len(server.requests_to(READ)) == 1
    assert list(tmp_path.iterdir()) == []
    again.recognize(PAGE, Request())
    assert len(server.requests_to(READ)) == 2, "a page that was read is sent again only by a new request"


def interrupted(server, folder):
    """A page that was sent, and whose result is not fetched yet."""
    server.retry_after = 3600
    with pytest.raises(BackendTimeoutError):
        make(server, resume_folder=folder, timeout_seconds=0.3).recognize(PAGE, Request())
    server.retry_after = 0


def test_other_pages_and_requests_are_sent(server, tmp_path):
    interrupted(server, tmp_path)
    backend = make(server, resume_folder=tmp_path)
    backend.recognize(blank_page(121, 60), Request())
    backend.recognize(PAGE, Request(languages=("native:ja",)))
    assert len(server.requests_to(READ)) == 3


def test_a_result_that_the_service_lost_is_requested_again(server, tmp_path):
    interrupted(server, tmp_path)
    server.runs.clear()
    assert make(server, resume_folder=tmp_path).recognize(PAGE, Request()).text == "wide 120"
    assert len(server.requests_to(READ)) == 2


def test_a_run_that_is_too_old_is_not_asked_for(server, tmp_path):
    interrupted(server, tmp_path)
    (kept,) = tmp_path.iterdir()
    long_ago = time.time() - 25 * 3600
    os.utime(kept, (long_ago, long_ago))
    make(server, resume_folder=tmp_path).recognize(PAGE, Request())
    assert len(server.requests_to(READ)) == 2


def test_a_failed_run_is_forgotten(server, tmp_path):
    interrupted(server, tmp_path)
    server.route(
        "GET",
        "/documentintelligence/documentModels/*",
        {"status": "failed", "error": {"code": "InvalidContent"}},
    )
    with pytest.raises(CapabilityError):
        make(server, resume_folder=tmp_path).recognize(PAGE, Request())
    assert list(tmp_path.iterdir()) == []


def test_what_is_remembered_holds_no_secret(server, tmp_path):
    interrupted(server, tmp_path)
    (kept,) = tmp_path.iterdir()
    assert kept.read_text() == "00000000-0000-0000-0000-000000000001"
    kept.write_text("../../keys")
    make(server, resume_folder=tmp_path).recognize(PAGE, Request())
    assert len(server.requests_to(READ)) == 2


def test_a_folder_that_cannot_be_written_is_an_error_of_the_settings(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="resume_folder"):
        make(server, resume_folder=tmp_path / "file").recognize(PAGE, Request())


# ── pages of PDFs ──


def test_a_page_of_a_pdf_is_sent_as_its_own_pdf_where_asked(tmp_path):
    path = tmp_path / "two.pdf"
    pages = [Image.new("L", (600, 300), 255), Image.new("L", (600, 300), 200)]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=100)
    found = []
    with AzureServer(ScriptedBackend(["Seeds for", "spring"])) as server:
        for send_pdf in (False, True):
            settings = {"backends": {"azure": {**server.options(), **QUICK, "send_pdf": send_pdf}}}
            found += ocrkit.recognize(path, backend="azure", settings=settings).pages
        kinds = [(request.headers["content-type"], len(request.body)) for request in server.requests_to(READ)]
        pdf = server.requests_to(READ)[3].body
    assert [kind for kind, _ in kinds] == ["image/png"] * 2 + ["application/pdf"] * 2
    with pikepdf.open(io.BytesIO(pdf)) as sent:
        assert len(sent.pages) == 1
    assert server.errors == []
    assert [page.trace.decisions[1].choice for page in found[2:]] == ["application/pdf"] * 2
    for image, own in zip(found[:2], found[2:], strict=True):
        assert image.text == own.text
        for one, other in zip(image.words, own.words, strict=True):
            assert one.box == pytest.approx(other.box, abs=0.5), "inches become pixels of the page"


def test_a_preprocessed_page_and_an_image_are_sent_as_images(server):
    backend = make(server, send_pdf=True)
    backend.recognize(PAGE, Request())
    backend.recognize(
        dataclasses.replace(PAGE, source=LoadedPageFile(b"%PDF-", "application/pdf")).derive(PAGE.pixels),
        Request(),
    )
    too_large = LoadedPageFile(b"%PDF-" + b" " * 10**7, "application/pdf")
    backend.recognize(dataclasses.replace(PAGE, source=too_large), Request())
    assert {request.headers["content-type"] for request in server.requests_to(READ)} == {"image/png"}


# ── credentials ──


@pytest.mark.parametrize(
    "given", [{}, {"client_id": "abcd"}, {"client_id": "abcd", "client_secret": "abcd"}], ids=str
)
def test_credentials_are_required(given):
    with pytest.raises(ValidationError, match="there are no credentials"):
        AzureOptions(endpoint="https://one.example", **given)


def test_key_and_endpoint_come_from_the_variables_of_the_vendor(monkeypatch):
    monkeypatch.setenv("DOCUMENTINTELLIGENCE_ENDPOINT", "https://one.example")
    monkeypatch.setenv("DOCUMENTINTELLIGENCE_API_KEY", "key-of-environment")
    options = create_backend("azure").options
    assert (options.endpoint, options.api_key.get_secret_value()) == (
        "https://one.example",
        "key-of-environment",
    )
    options = create_backend("azure", {"endpoint": "https://two.example"}).options
    assert (options.endpoint, options.api_key.get_secret_value()) == (
        "https://two.example",
        "key-of-environment",
    )
    monkeypatch.setenv("AZURE_CLIENT_ID", "another-account")
    options = create_backend("azure", {"token": "given-token"}).options
    assert (options.api_key, options.client_id) == (None, None), "credentials come from one source"
    with pytest.raises(ConfigError, match="no credentials"):
        create_backend("azure", {"client_secret": "half"})


def test_an_address_without_https_is_refused():
    with pytest.raises(ValidationError, match="https://"):
        AzureOptions(endpoint="one.cognitiveservices.azure.com", api_key="0123")


def test_eight_threads_share_one_token(server):
    backend = with_application(server, max_concurrency=8)
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda _: backend.recognize(PAGE, Request()).text, range(16)))
    assert set(texts) == {"wide 120"}
    assert server.tokens == 1


def test_a_refused_token_is_renewed_once(server):
    backend = with_application(server)
    backend.recognize(PAGE, Request())
    server.expire()
    assert backend.recognize(PAGE, Request()).text
    assert len(server.requests_to("/tenant-4b1d/oauth2/v2.0/token")) == 2
    server.fail(READ, AzureServer.error("401", status=401), times=9)
    with pytest.raises(AuthenticationError, match="Cognitive Services User"):
        backend.recognize(PAGE, Request())


def test_a_given_token_is_sent(server):
    backend = with_application(server)
    backend.recognize(PAGE, Request())
    given = AzureOptions(endpoint=server.url, token="entra-token-number-1", **QUICK)
    assert AzureBackend(given).recognize(PAGE, Request()).text == "wide 120"
    assert "with token" in AzureBackend(given).diagnose()[0].text


def test_a_wrong_client_secret_is_tried_once(server):
    backend = with_application(server, client_secret="some-other-secret", max_concurrency=8)

    def fails(_):
        with pytest.raises(AuthenticationError, match=r"AADSTS7000215.*check tenant_id"):
            backend.recognize(PAGE, Request())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(fails, range(8)))
    assert len(server.requests) == 1


@pytest.mark.parametrize("row", [row for row in CODES if row.code in TOKEN_CODES], ids=lambda row: row.code)
def test_every_refusal_of_a_token_raises_the_error_of_the_table(server, row):
    body = {"error": row.code, "error_description": "because"}
    server.fail("/tenant-4b1d/oauth2/v2.0/token", Answer(body, 400), times=9)
    with pytest.raises(row.error, match="because"):
        with_application(server, retries=0).recognize(PAGE, Request())


def test_a_network_rule_and_a_used_up_quota_differ(server):
    server.fail(
        READ, AzureServer.error("403", "Access denied due to Virtual Network/Firewall rules.", status=403)
    )
    with pytest.raises(AuthenticationError, match="network rules"):
        make(server).recognize(PAGE, Request())
    server.fail(READ, AzureServer.error("403", "Out of call volume quota for the F0 tier.", status=403))
    with pytest.raises(QuotaError, match="pricing tier"):
        make(server).recognize(PAGE, Request())


def test_shows_no_secret_of_an_application(server, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "answers.jsonl"
    options = AzureOptions(**server.application(), **QUICK, retries=0)
    backend = AzureBackend(options, Transport("azure", options, recorder=Cassette(path, "record")))
    backend.recognize(PAGE, Request())
    secrets = ("entra-token-number-1", AzureServer.client_secret)
    server.fail(READ, AzureServer.error("InvalidRequest", " ".join(secrets)))
    with pytest.raises(BackendError) as caught:
        backend.recognize(PAGE, Request())
    seen = [repr(options), repr(backend), str(caught.value), *traceback.format_exception(caught.value)]
    seen += [path.read_text(), *(record.getMessage() + str(vars(record)) for record in caplog.records)]
    for secret in secrets:
        assert not [text for text in seen if secret in text]
    replay = AzureBackend(options, Transport("azure", options, recorder=Cassette(path)))
    sent = len(server.requests)
    assert replay.recognize(PAGE, Request()).text == "wide 120"
    assert len(server.requests) == sent


def test_the_live_check_finds_a_wrong_key(server):
    assert make(server).check_live().ok
    with pytest.raises(AuthenticationError):
        make(server, api_key="a-wrong-key").check_live()


# ── the SDK of the vendor ──


def test_the_server_accepts_the_sdk_of_the_vendor(require_module):
    require_module("azure")
    from azure.ai.documentintelligence import DocumentIntelligenceClient
    from azure.ai.documentintelligence.models import AnalyzeDocumentRequest
    from azure.core.credentials import AzureKeyCredential

    with AzureServer(WidthBackend(), {"prebuilt-layout": recording("azure", "layout")}) as server:
        key = AzureKeyCredential(server.options()["api_key"])
        with DocumentIntelligenceClient(server.url, key, polling_interval=0.01) as client:
            image = PAGE.encoded().data
            read = client.begin_analyze_document("prebuilt-read", AnalyzeDocumentRequest(bytes_source=image))
            found = read.result()
            assert [line.content for line in found.pages[0].lines] == ["wide 120"]
            layout = client.begin_analyze_document("prebuilt-layout", image, features=["languages"]).result()
            assert layout.tables[0].cells[1].column_span == 2
            assert layout.pages[0].selection_marks[0].state == "selected"
    assert server.errors == []


# ── responses ──


def test_words_belong_to_lines_by_their_code_points():
    result = parsed("read")
    assert result.text == "Sow 𝒯omatoes in café\u0301\nWenn der Flieder blüht\n\nwater daily"
    first, _, third = result.lines
    assert [word.text for word in first.words] == ["Sow", "𝒯omatoes", "in", "café\u0301"]
    assert first.box == Box(20, 20, 220, 40)
    assert first.confidence == pytest.approx(0.99)
    assert [line.language for line in result.lines] == ["en", "de", "zh-Hans"]
    assert [line.handwritten for line in result.lines] == [None, None, "detected"]
    assert third.confidence == pytest.approx((5 * 0.61 + 5 * 0.52) / 10)
    assert [len(block.lines) for block in result.blocks] == [2, 1]


def test_barcodes_and_warnings():
    result = parsed("read")
    (code,) = result.barcodes
    assert (code.value, code.symbology, code.confidence) == ("4006381333931", "EAN13", 0.98)
    assert code.box == Box(300, 250, 380, 280)
    assert result.warnings == ("The image has a low resolution.",)


def test_inches_become_pixels_and_the_angle_a_rotation():
    result = parsed("inches")
    assert result.lines[0].box == Box(50, 100, 150, 125)
    assert result.rotation == 90


def test_the_roles_of_paragraphs_are_kinds_of_blocks():
    kinds = [(block.kind, block.level, block.text) for block in parsed("layout").blocks]
    assert kinds == [
        ("header", None, "Garden club"),
        ("heading", 1, "Stock list"),
        ("heading", 2, "In the greenhouse"),
        ("heading", 3, "Shelves"),
        ("text", None, "☑ Checked"),
        ("caption", None, "Table 1"),
        ("table", None, "Plant\tShelf\nFern large\t4\t☐"),
        ("note", None, "counted in May"),
        ("formula", None, "E = m c ^ { 2 }"),
        ("text", None, "so \\alpha follows"),
        ("caption", None, "A fern"),
        ("picture", None, ""),
        ("page_number", None, "7"),
    ]
    formula = next(block for block in parsed("layout").blocks if block.kind == "formula")
    assert formula.latex == "E = m c ^ { 2 }"


def test_a_table_has_spans_headers_and_the_lines_of_its_cells():
    (block,) = (block for block in parsed("layout").blocks if block.kind == "table")
    cells = {cell.text: cell for cell in block.table.cells}
    assert [(cell.text, cell.header) for cell in block.table.cells if cell.header] == [
        ("Plant", True),
        ("Shelf", True),
    ]
    assert (cells["Shelf"].column_span, cells["4"].column) == (2, 1)
    assert [block.lines[index].text for index in cells["Fern\nlarge"].lines] == ["Fern", "large"]
    assert [block.lines[index].text for index in cells["Plant"].lines] == ["Plant"], (
        "the line runs through two cells"
    )
    assert cells["4"].confidence == 0.99
    assert [block.lines[index].text for index in cells["☐"].lines] == ["☐"]
    assert block.box == Box(10, 105, 310, 155)
    assert '<th colspan="2" dir="auto">Shelf</th>' in block.table.to_html()


def test_check_boxes_are_marks():
    marks = parsed("layout").marks
    assert [(mark.state, mark.confidence) for mark in marks] == [("selected", 0.9), ("unselected", 0.8)]
    assert marks[0].box == Box(10, 76, 20, 88)


def test_a_check_box_stands_beside_its_label_in_the_text():
    answer = recording("azure", "layout")
    page = answer["pages"][0]
    line = next(line for line in page["lines"] if "Checked" in line["content"])
    assert parsed("layout", answer).find("☑ Checked")
    line["content"] = "Checked"  # the service gives the box a span beside the line
    line["spans"][0] = {"offset": line["spans"][0]["offset"] + 11, "length": 7}
    (found,) = (each for each in parsed("layout", answer).lines if "Checked" in each.text)
    assert [word.text for word in found.words] == ["☑", "Checked"]
    assert (found.text, found.words[0].confidence, found.box.left) == ("☑ Checked", 0.9, 10)
    page["selectionMarks"][0]["polygon"] = [300, 200, 310, 200, 310, 210, 300, 210]
    texts = [each.text for each in parsed("layout", answer).lines]
    assert "☑" in texts, "a box elsewhere is a line of its own"
    assert "Checked" in texts


def test_labels_of_a_form_are_fields():
    fields = parsed("layout").fields
    assert {name: field.value for name, field in fields.items()} == {"Counted by": "Ada", "Counted by 2": "☑"}
    assert fields["Counted by"].box == Box(10, 76, 120, 88)


def test_a_receipt_has_fields_and_a_table_of_purchases():
    result = parsed("receipt")
    assert {name: field.value for name, field in result.fields.items()} == {
        "merchant": "Bean Shop",
        "address": "4 Hill Road",
        "date": "2031-07-25",
        "time": "08:15",
        "total": "$6.60",
        "currency": "USD",
    }
    assert result.fields["total"].confidence == 0.97
    (block,) = (block for block in result.blocks if block.table)
    assert block.table.rows == (("Espresso", "2", "3.00", "6.00"),)
    assert (
        result.text.split()
        == "Bean Shop 4 Hill Road 07/25/2031 08:15 Espresso 2 3.00 6.00 Total $6.60".split()
    )


def test_an_invoice_has_the_fields_of_a_receipt():
    names = {
        "MerchantName": "VendorName", "MerchantAddress": "VendorAddress", "TransactionDate": "InvoiceDate",
        "Total": "InvoiceTotal", "Price": "UnitPrice", "TotalPrice": "Amount",
    }  # fmt: skip
    text = json.dumps(recording("azure", "receipt"))
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    result = parsed("receipt", json.loads(text), "prebuilt-invoice")
    values = {name: field.value for name, field in result.fields.items()}
    assert values == {
        "merchant": "Bean Shop", "address": "4 Hill Road", "date": "2031-07-25", "total": "$6.60", "currency": "USD",
    }  # fmt: skip
    assert [table.rows for table in result.tables] == [(("Espresso", "2", "3.00", "6.00"),)]


def test_an_identity_document_has_fields():
    result = parsed("id_document")
    assert {name: field.value for name, field in result.fields.items()} == {
        "name": "LUKA SKYWALKER",
        "id_number": "D1234567",
        "birth_date": "1988-03-09",
        "valid_until": "2035-12-06",
        "sex": "M",
    }
    assert result.fields["name"].confidence == 0.9
    assert "SKYWALKER LUKA" in result.text


@pytest.mark.parametrize(("scene", "name"), [("receipt", "receipt"), ("id_card", "id_document")])
def test_fields_have_the_same_names_for_all_services(scene, name):
    assert set(parsed(name).fields) <= set(FIELD_NAMES[scene])


@pytest.mark.parametrize("count", [0, 2])
def test_warns_unless_there_is_one_document(count):
    answer = recording("azure", "receipt")
    answer["documents"] *= count
    assert len(parsed("receipt", answer).warnings) == 1


def test_a_page_without_words_or_lines_is_empty():
    assert parsed("read", {"pages": [{"width": 800, "height": 600}]}).blocks == ()
    assert parsed("read", {"pages": None}).blocks == ()


def test_lines_without_paragraphs_are_one_block():
    answer = recording("azure", "read")
    del answer["paragraphs"]
    (block,) = parsed("read", answer).blocks
    assert len(block.lines) == 3


def test_the_part_of_a_rotated_line_stays_on_the_page():
    answer = recording("azure", "read")
    first, second, third = answer["pages"][0]["words"][:3]
    first["polygon"] = [20, 560, 60, 520, 90, 550, 50, 590]
    second["polygon"] = [700, 560, 780, 480, 799, 520, 740, 599]
    answer["paragraphs"] = [
        {"spans": [first["span"], second["span"]], "content": ""},
        {"spans": [third["span"]]},
    ]
    line = next(line for line in parsed("read", answer).lines if line.words[0].text == "Sow")
    assert [word.text for word in line.words] == ["Sow", "𝒯omatoes"]
    assert all(0 <= x <= IMAGE.width and 0 <= y <= IMAGE.height for x, y in line.polygon)


def test_numbers_as_text_are_numbers():
    answer = recording("azure", "read")
    page = answer["pages"][0]
    page["width"], page["angle"] = "800", "-90"
    page["words"][0]["span"]["offset"] = "0"
    assert parsed("read", answer).rotation == 90
    assert parsed("read", answer).text == parsed("read").text


def test_a_deep_response_is_a_bad_response(server):
    deep = b'{"status": "succeeded", "analyzeResult": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    server.route(
        "GET", "/documentintelligence/documentModels/*", Answer(deep, content_type="application/json")
    )
    with pytest.raises(BadResponseError):
        make(server).recognize(PAGE, Request())


@pytest.mark.parametrize("change", [
    {"row_index": 0, "columnIndex": 0}, {"columnSpan": 10**9}, {"rowIndex": -1}, {"rowIndex": None},
], ids=str)  # fmt: skip
def test_an_invalid_table_is_an_error(change):
    answer = recording("azure", "layout")
    cell = answer["tables"][0]["cells"][3]
    cell |= {"rowIndex": 0} if "row_index" in change else {}
    cell |= change
    with pytest.raises(BadResponseError):
        parsed("layout", answer)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_response_is_a_result_or_a_typed_error(data):
    name = data.draw(st.sampled_from(sorted(MODELS)))
    answer = data.draw(mutated(recording("azure", name)))
    assert_result_or_typed_error(lambda: parsed(name, answer))


def test_a_journal_holds_no_secret(server, tmp_path):
    """A service that quotes the key in its messages."""
    key = server.options()["api_key"]
    server.fail(READ, AzureServer.error("InvalidRequest", f"your key {key} is wrong"), times=9)
    (tmp_path / "scans").mkdir()
    draw_image(["x" * 40]).save(tmp_path / "scans" / "one.png")
    settings = {"backends": {"azure": {**server.options(), **QUICK}}}
    with ocrkit.Ocr("azure", settings=settings) as ocr:
        report = ocrkit.Batch(ocr, tmp_path / "texts").run([tmp_path / "scans"])
    assert len(report.failures) == 1
    files = [path for path in (tmp_path / "texts").rglob("*") if path.is_file()]
    written = [path.read_bytes() for path in files]
    assert any(b"InvalidRequest" in data for data in written)
    assert not [path for path, data in zip(files, written, strict=True) if key.encode() in data]
