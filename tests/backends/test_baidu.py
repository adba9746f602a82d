"""Baidu AI Cloud OCR: the vendor's SDK against a server on this machine that speaks its protocol."""

from __future__ import annotations

import base64
import io
import logging
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
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

from ocrkit.backends.baidu import BaiduBackend, BaiduOptions, sdk
from ocrkit.backends.baidu.errors import CODES, TOKEN_CODES
from ocrkit.backends.baidu.parse import parse
from ocrkit.backends.baidu.request import LANGUAGES, LIMITS, choose, parameters
from ocrkit.backends.remote import Call
from ocrkit.backends.remote.image_limits import counted_bytes
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ExpiredTokenError,
)
from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.registry import create_backend
from ocrkit.request import Request
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.result.fields import FIELD_NAMES
from ocrkit.testing import Answer, ScriptedBackend, faults
from ocrkit.testing.baidu import BaiduServer
from ocrkit.testing.samples import blank_page

pytest.importorskip("aip", reason="ocrkit[baidu] is not installed")

ACCURATE = BaiduServer.path("accurate")
TOKEN = "/oauth/2.0/token"
CARDS = (
    ("id_card", "idcard_front"),
    ("id_card", "idcard_back"),
    ("bank_card", "bankcard"),
    ("receipt", "shopping_receipt"),
)
ENDPOINTS = {
    "accurate": "accurate",
    "general": "general",
    "general_basic": "general_basic",
    "turned": "accurate",
    "handwriting": "handwriting",
    "doc_analysis_office": "doc_analysis_office",
    "table": "table",
    "idcard_front": "idcard",
    "idcard_back": "idcard",
    "idcard_none": "idcard",
    "bankcard": "bankcard",
    "shopping_receipt": "shopping_receipt",
    "receipt": "receipt",
    "no_text": "accurate",
    "error_18": "accurate",
}


def parsed(name, answer=None, **call):
    return page_result(
        parse(recording("baidu", name) if answer is None else answer, IMAGE, Call(ENDPOINTS[name], **call))
    )


MADE = []


def make(server, **options):
    MADE.append(BaiduBackend(BaiduOptions(**{**server.options(), **QUICK, **options})))
    return MADE[-1]


@pytest.fixture(autouse=True)
def closed():
    yield
    while MADE:
        MADE.pop().close()


@pytest.fixture
def server():
    with BaiduServer(WidthBackend()) as made:
        yield made
    assert made.errors == []


class TestVendor(VendorSuite):
    name = "baidu"
    path = ACCURATE
    signs = False
    unsupported = Request(languages=("he",))
    live_checks = (TOKEN,)
    # A test below has the codes for an expired token, after which the backend fetches a new one.
    codes = tuple(row for row in CODES if row.error is not ExpiredTokenError)

    def make_server(self):
        return BaiduServer(WidthBackend())

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="scripted by the test"):
        return BaiduServer.error(code, message)


class TestConformance(VendorConformance):
    @classmethod
    def make_server(cls, engine):
        return BaiduServer(engine)

    def make(self):
        return make(self.server)


@pytest.mark.live
class TestLive(LiveConformance):
    name = "baidu"


# ── requests ──


@pytest.mark.parametrize(
    ("request_", "reader", "call"),
    [
        (Request(), "accurate", "accurate"),
        (Request(languages=("zh", "en")), "accurate", "accurate language_type=CHN_ENG"),
        (Request(languages=("zh-TW",)), "accurate", "accurate language_type=CHN_ENG"),
        (Request(languages=("en",)), "accurate", "accurate language_type=ENG"),
        (Request(languages=("pt-BR",)), "accurate", "accurate language_type=POR"),
        (Request(languages=("da", "sv")), "accurate_basic", "accurate_basic language_type=auto_detect"),
        (Request(languages=("native:LAT",)), "accurate", "accurate language_type=LAT"),
        (Request(languages=("de",)), "general", "general language_type=GER"),
        (Request(mode="printed"), "general_basic", "general_basic"),
        (
            Request(languages=("fr",)),
            "doc_analysis_office",
            "doc_analysis_office language_type=FRE words_type=handprint_mix",
        ),
        (Request(mode="handwritten", languages=("zh",)), "general", "handwriting"),
        (Request(scene="table"), "accurate", "table"),
        (Request(scene="id_card", languages=("zh",)), "general", "idcard"),
        (Request(scene="bank_card"), "accurate", "bankcard"),
        (Request(scene="receipt"), "accurate", "shopping_receipt"),
    ],
    ids=str,
)
def test_chooses_the_endpoint_by_the_request(request_, reader, call):
    assert str(choose(request_, reader)) == call


@pytest.mark.parametrize(
    ("request_", "reader"),
    [
        (Request(scene="table", languages=("fr",)), "accurate"),
        (Request(scene="id_card", languages=("native:zh",)), "accurate"),
        (Request(scene="receipt", mode="handwritten"), "accurate"),
        (Request(mode="handwritten", languages=("de",)), "accurate"),
        (Request(languages=("da",)), "general"),
        (Request(languages=("de", "fr")), "general_basic"),
        (Request(languages=("native:LAT", "en")), "accurate"),
    ],
    ids=str,
)
def test_refuses_a_combination_that_no_endpoint_offers(request_, reader):
    with pytest.raises(CapabilityError):
        choose(request_, reader)


def test_mode_auto_detects_handwriting():
    office = "doc_analysis_office"
    assert choose(Request(), office).parameters["words_type"] == "handprint_mix"
    assert "words_type" not in choose(Request(mode="printed"), office).parameters


def test_scene_sparse_reads_lines_in_all_directions():
    assert "multidirectional_recognize" in choose(Request(scene="sparse")).parameters
    assert "multidirectional_recognize" not in choose(Request()).parameters


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(sorted(LANGUAGES)), max_size=3),
    st.sampled_from(["auto", "printed", "handwritten"]),
    st.sampled_from(["document", "sparse", "line", "table", "receipt", "id_card", "bank_card"]),
    st.sampled_from(["accurate", "accurate_basic", "general", "general_basic", "doc_analysis_office"]),
    st.sampled_from(["shopping_receipt", "receipt"]),
)
def test_the_sdk_knows_every_endpoint_and_sends_every_parameter(languages, mode, scene, reader, receipts):
    try:
        call = choose(Request(languages=tuple(languages), mode=mode, scene=scene), reader, receipts)
    except CapabilityError:
        return
    path, form = sdk.request(call.endpoint, b"image", parameters(call))
    assert path == f"/rest/2.0/ocr/v1/{call.endpoint}"
    assert base64.b64decode(form.pop("image")) == b"image"
    form.pop("id_card_side", None)
    assert form == parameters(call)
    assert form.items() >= call.parameters.items()


def test_every_endpoint_accepts_its_request(server):
    """The server knows the documented parameters of each endpoint, and refuses others."""
    cards = {"idcard": "idcard_front", "bankcard": "bankcard", "shopping_receipt": "shopping_receipt"}
    server.replies = {
        endpoint: recording("baidu", name) for endpoint, name in {"table": "table", **cards}.items()
    }
    page = blank_page(200, 100)
    for reader in ("accurate", "accurate_basic", "general", "general_basic", "doc_analysis_office"):
        backend = make(server, reader=reader)
        for languages in ((), ("zh", "en"), ("ja",)):
            result = backend.recognize(page, Request(languages=languages))
            assert (result.text, result.trace.engine.model) == ("wide 200", reader)
        assert result.lines[0].polygon is None or result.lines[0].box == Box(1, 1, 199, 99)
    backend = make(server, receipts="receipt")
    for request in (
        Request(mode="handwritten"),
        Request(scene="receipt"),
        Request(scene="sparse"),
        Request(scene="table"),
        Request(scene="id_card"),
        Request(scene="bank_card"),
    ):
        assert backend.recognize(page, request).text
    assert make(server).recognize(page, Request(scene="receipt")).fields["merchant"].value == "半山书店"


def test_sends_the_chosen_request(server):
    result = make(server).recognize(blank_page(), Request(languages=("ko",)))
    (received,) = server.requests_to(ACCURATE)
    sent = received.form()
    assert Image.open(io.BytesIO(base64.b64decode(sent.pop("image")))).size == (400, 300)
    assert sent["language_type"] == "KOR"
    assert set(received.query) == {"access_token"}
    assert result.trace.engine.endpoint == server.url
    assert result.trace.decisions[0].choice == "accurate language_type=KOR"
    assert result.trace.request_id.startswith("13905849385938")


def test_keeps_the_limits_of_the_endpoint(server):
    """The shared suite uses the endpoint with the largest limits; these are the smallest."""
    noise = Page(np.random.default_rng(5).integers(0, 255, (700, 4400), dtype=np.uint8))
    result = make(server, reader="general").recognize(noise, Request())
    image = base64.b64decode(server.requests_to(BaiduServer.path("general"))[0].form()["image"])
    assert counted_bytes(image, "form") <= LIMITS["general"].max_bytes
    assert max(Image.open(io.BytesIO(image)).size) == 4096
    assert result.lines[0].box.right == pytest.approx(4399, abs=4)


def test_pads_a_narrow_page(server):
    result = make(server).recognize(blank_page(300, 10), Request())
    image = base64.b64decode(server.requests_to(ACCURATE)[0].form()["image"])
    assert Image.open(io.BytesIO(image)).size == (300, 15)
    assert (result.width, result.height) == (300, 10)


# ── the SDK ──


def test_the_server_accepts_the_unmodified_sdk(server):
    """The SDK with its own HTTP gets the same answers, so the server is not tailored to ocrkit."""
    from aip import AipOcr

    given = server.options()
    client = AipOcr("1", given["api_key"], given["secret_key"])
    client._AipBase__accessTokenUrl = server.url + TOKEN
    client._AipOcr__generalUrl = server.url + BaiduServer.path("general")
    page = blank_page(120, 50)
    answer = client.general(page.encoded().data, parameters(choose(Request(), "general")))
    assert [line["words"] for line in answer["words_result"]] == ["wide 120"]
    refused = client.general(page.encoded().data, {"probability": True})
    assert refused["error_code"] == 216100
    client.s.close()
    make(server, reader="general").recognize(page, Request())
    theirs, _, ours = server.requests_to(BaiduServer.path("general"))
    assert ours.form() == theirs.form()


def test_the_sdk_touches_neither_the_network_nor_the_process(server, caplog):
    caplog.set_level(logging.DEBUG)
    make(server).recognize(blank_page(), Request())
    assert not [record.name for record in caplog.records if record.name.startswith(("urllib3", "requests"))]
    program = (
        "import warnings\n"
        "from ocrkit.backends.baidu.sdk import _sdk, request\n"
        "before = list(warnings.filters)\n"
        "request('general', b'', {})\n"
        "assert warnings.filters == before, 'it silences the warnings of others'\n"
        "assert vars(_sdk()) == {}, 'it holds keys or connections'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_keys_are_not_sent_to_a_server_with_an_untrusted_certificate(require_module, tmp_path):
    """The SDK by itself would send them."""
    require_module("trustme")
    import trustme

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with BaiduServer(WidthBackend(), tls=context) as server:
        with pytest.raises(BackendError, match="ca_bundle"):
            make(server).recognize(blank_page(), Request())
        assert server.requests == ()
        assert make(server, ca_bundle=bundle).recognize(blank_page(), Request()).text == "wide 400"


# ── tokens ──


def test_eight_threads_share_one_token(server):
    backend = make(server, max_concurrency=8)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: backend.recognize(blank_page(60, 60), Request()), range(16)))
    assert server.tokens == 1


@pytest.mark.parametrize("code", [110, 111])
def test_a_refused_token_is_renewed_once(server, code):
    backend = make(server, retries=0)
    backend.recognize(blank_page(), Request())
    server.expire()
    assert backend.recognize(blank_page(), Request()).trace.attempts == 2
    server.fail(ACCURATE, BaiduServer.error(code, log_id=None))
    backend.recognize(blank_page(), Request())
    assert server.tokens == 3
    server.fail(ACCURATE, BaiduServer.error(code), times=2)
    with pytest.raises(ExpiredTokenError, match="a new token was refused, too"):
        backend.recognize(blank_page(), Request())


def test_every_code_of_the_token_service_raises_the_error_of_the_table(server):
    for number, row in enumerate(TOKEN_CODES):
        refused = {"error": row.code.replace("*", "unavailable"), "error_description": "scripted by the test"}
        server.fail(TOKEN, Answer(refused, 401 if number % 2 else 200))
        with pytest.raises(BackendError) as caught:
            make(server, retries=0, timeout_seconds=100 + number, api_key=f"key {number}").check_live()
        assert type(caught.value) is row.error
        assert row.advice in caught.value.message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (faults.html(), BadResponseError),
        (Answer({"expires_in": 9}), BadResponseError),
        (Answer({"access_token": ""}), BadResponseError),
        (faults.unavailable(), BackendUnavailableError),
        (faults.unauthorized(), AuthenticationError),
        (BaiduServer.error(2, log_id=None), BackendUnavailableError),
    ],
    ids=["html", "without", "empty", "503", "401", "code"],
)
def test_reports_a_response_of_the_token_service_without_a_token(server, answer, kind):
    server.fail(TOKEN, answer)
    with pytest.raises(kind):
        make(server, retries=0).recognize(blank_page(), Request())


def test_shows_neither_token_nor_address(server, caplog):
    caplog.set_level(logging.DEBUG)
    backend = make(server)
    backend.recognize(blank_page(), Request())
    token = server.requests_to(ACCURATE)[0].query["access_token"]
    server.fail(ACCURATE, BaiduServer.error(216100, f"invalid param access_token={token}"), faults.reset())
    for _ in range(2):
        with pytest.raises(BackendError) as caught:
            make(server, retries=0).recognize(blank_page(), Request())
        assert token not in f"{caught.value!s} {vars(caught.value)!r}"
    texts = [record.getMessage() + str(vars(record)) for record in caplog.records]
    assert texts
    assert not [text for text in texts if token in text or "client_secret" in text]


def test_an_error_of_the_gateway_has_no_request_id(server):
    server.fail(ACCURATE, BaiduServer.error(17, log_id=None))
    with pytest.raises(BackendError, match="code 17") as caught:
        make(server).recognize(blank_page(), Request())
    assert caught.value.request_id is None


# ── responses ──


def test_words_are_characters_between_spaces():
    result = parsed("accurate")
    assert result.text == "茶园 图书馆\nOpening hours 2031\n\n每周一休息"
    assert [word.text for word in result.words] == [
        "茶园",
        "图书馆",
        "Opening",
        "hours",
        "2031",
        "每周一休息",
    ]
    assert result.words[0].box == Box(20, 20, 80, 50)
    assert [line.confidence for line in result.lines] == [0.98, 0.94, 0.91]
    assert result.lines[1].box == Box(20, 60, 380, 90)
    assert result.trace.request_id == "1390584938593845777"


def test_lines_have_the_detected_language():
    assert [line.language for line in parsed("general").lines] == ["ja"]
    assert {line.language for line in parsed("general_basic").lines} == {None}


def test_basic_endpoints_give_no_polygons():
    result = parsed("general_basic")
    assert result.text == "LANTERN\n灯火通明"
    assert all(line.polygon is None and line.confidence is None for line in result.lines)
    assert result.rotation == 0


@pytest.mark.parametrize(("direction", "rotation"), [(-1, 0), (0, 0), (1, 90), (2, 180), (3, 270), (9, 0)])
def test_rotation_undoes_the_direction_of_the_service(direction, rotation):
    answer = recording("baidu", "turned")
    result = parsed("turned")
    start, end = result.lines[0].polygon[:2]
    assert start.x == end.x
    assert end.y < start.y  # the line runs upwards, as on a page rotated counterclockwise
    assert result.rotation == 90
    answer["direction"] = direction
    assert parsed("turned", answer).rotation == rotation


def test_handwriting_is_requested():
    result = parsed("handwriting", handwritten="requested")
    assert (result.text, result.words) == ("3.12\n明早见", ())
    assert {line.handwritten for line in result.lines} == {"requested"}


def test_handwriting_in_an_office_document_is_detected():
    result = parsed("doc_analysis_office")
    assert [(line.text, line.handwritten) for line in result.lines] == [
        ("访客登记", None),
        ("Name:", None),
        ("顾青", "detected"),
    ]
    assert [block.kind for block in result.blocks] == ["heading", "text"]
    assert [line.box for line in result.lines][1:] == [Box(20, 60, 100, 90), Box(120, 58, 210, 94)]
    assert [line.confidence for line in result.lines] == [0.99, 0.98, 0.83]


def test_a_table_has_spans_and_the_lines_of_its_cells():
    result = parsed("table")
    above, block, below = result.blocks
    assert (above.text, below.text) == ("Seeds in stock", "Counted in May")
    assert block.table.rows == (("Plant", "Boxes", ""), ("", "12", ""), ("Sweet\npea", "none\nleft", ""))
    spans = {cell.text: (cell.row_span, cell.column_span) for cell in block.table.cells}
    assert (spans["Plant"], spans["Boxes"], spans["12"]) == ((2, 1), (1, 2), (1, 1))
    pea, none_left = block.table.cells[-2:]
    assert [block.lines[index].box for index in pea.lines] == [Box(30, 142, 80, 158), Box(30, 160, 60, 176)]
    assert [block.lines[index].text for index in none_left.lines] == ["none", "left"]
    assert block.box == Box(20, 60, 380, 180)
    assert all(cell.confidence is None for cell in block.table.cells)


@pytest.mark.parametrize("end", [2, 10**9])
def test_an_invalid_table_is_an_error(end):
    reply = recording("baidu", "table")
    reply["tables_result"][0]["body"][0]["col_start"] = 0
    reply["tables_result"][0]["body"][0]["col_end"] = end
    with pytest.raises(BadResponseError, match="table") as caught:
        parsed("table", reply)
    assert caught.value.request_id == "1390584938593845782"


def test_reads_the_front_of_an_identity_card():
    result = parsed("idcard_front")
    assert {name: field.value for name, field in result.fields.items()} == {
        "name": "苏晓棠",
        "sex": "女",
        "ethnicity": "白",
        "birth_date": "1988-03-09",
        "address": "云南省大理市苍山路18号",
        "id_number": "532901198803090027",
    }
    assert result.fields["name"].box == Box(60, 30, 140, 54)
    assert "19880309" in result.text
    assert result.warnings == ()


def test_reads_the_back_of_an_identity_card():
    result = parsed("idcard_back")
    values = {name: field.value for name, field in result.fields.items()}
    assert values == {"authority": "大理市公安局", "valid_from": "2015-06-12", "valid_until": "长期"}
    assert (result.rotation, result.warnings) == (180, ())


def test_warns_of_an_image_without_a_card():
    result = parsed("idcard_none")
    assert (result.fields, result.blocks) == ({}, ())
    assert result.warnings == ("the card: it does not seem to be an identity card",)


def test_reads_a_bank_card():
    result = parsed("bankcard")
    assert {name: field.value for name, field in result.fields.items()} == {
        "card_number": "6222 6000 0000 0000 017",
        "bank_name": "交通银行",
        "card_type": "借记卡",
        "valid_until": "2032-09",
    }
    assert result.fields["card_number"].box == Box(40, 150, 360, 186)
    reply = recording("baidu", "bankcard")
    reply["result"] |= {"valid_date": "NO VALID", "bank_card_type": 0}
    assert set(parsed("bankcard", reply).fields) == {"card_number", "bank_name"}


def test_a_receipt_has_fields_and_a_table_of_purchases():
    result = parsed("shopping_receipt")
    assert {name: field.value for name, field in result.fields.items()} == {
        "merchant": "半山书店",
        "number": "A-0042",
        "date": "2031-04-05",
        "time": "13:26:03",
        "total": "86.00",
        "currency": "人民币",
    }
    assert (result.fields["total"].confidence, result.fields["total"].box) == (0.99, Box(280, 200, 340, 220))
    assert "14.00" in result.text
    goods = result.blocks[-1]
    assert goods.table.rows == (("山茶谱", "1", "50.00", "50.00"), ("植物图鉴", "2", "18.00", ""))


def test_the_fields_are_those_of_the_first_of_two_receipts():
    reply = recording("baidu", "shopping_receipt")
    reply["words_result"].append({"shop_name": [{"word": "水边茶室"}]})
    result = parsed("shopping_receipt", reply)
    assert result.fields["merchant"].value == "半山书店"
    assert "水边茶室" in result.text
    assert result.warnings == ("the image shows 2 receipts; the fields are those of the first",)
    single = {**recording("baidu", "shopping_receipt"), "words_result": reply["words_result"][1]}
    assert parsed("shopping_receipt", single).fields["merchant"].value == "水边茶室"


def test_the_endpoint_receipt_gives_lines_without_fields():
    result = parsed("receipt")
    assert (result.text, result.fields) == ("收据\nNo 0042", {})


def test_lines_without_a_paragraph_come_last():
    reply = recording("baidu", "accurate")
    reply["paragraphs_result"] = [{"words_result_idx": [2, 2, 77, -1]}]
    assert parsed("accurate", reply).text == "每周一休息\n\n茶园 图书馆\nOpening hours 2031"


def test_a_page_without_text_is_empty():
    result = parsed("no_text")
    assert (result.blocks, result.warnings, result.trace.request_id) == ((), (), "2648325583")


def test_a_response_without_its_list_is_an_error():
    with pytest.raises(BadResponseError, match="words_result") as caught:
        parsed("accurate", {"log_id": 7, "words_result_num": 0})
    assert caught.value.request_id == "7"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_response_is_a_result_or_a_typed_error(data):
    name = data.draw(st.sampled_from(sorted(ENDPOINTS)))
    answer = data.draw(mutated(recording("baidu", name)))
    assert_result_or_typed_error(lambda: parsed(name, answer))


@pytest.mark.parametrize(("scene", "name"), CARDS)
def test_fields_have_the_same_names_for_all_services(scene, name):
    assert set(parsed(name).fields) <= set(FIELD_NAMES[scene])


def test_an_office_document_is_read_through_the_service():
    """From an engine's result to the vendor's shape, over HTTP, and back."""

    class Notes(ScriptedBackend):
        def recognize(self, page, request):
            box = Box(10, 10, 90, 30)
            lines = [
                Line(text="Title", polygon=box.polygon, confidence=0.9),
                Line(text="by hand", polygon=box.polygon, confidence=0.8, handwritten="detected"),
            ]
            blocks = (Block.of(lines[:1], kind="heading"), Block.of(lines[1:]))
            trace = Trace(backend="notes")
            return PageResult(width=page.width, height=page.height, rotation=270, blocks=blocks, trace=trace)

    with BaiduServer(Notes(["unused"])) as server:
        result = make(server, reader="doc_analysis_office").recognize(blank_page(), Request())
    assert [(line.text, line.handwritten) for line in result.lines] == [
        ("Title", None),
        ("by hand", "detected"),
    ]
    assert ([block.kind for block in result.blocks], result.rotation) == (["heading", "text"], 270)
    assert result.lines[1].box == Box(10, 10, 90, 30)


def test_accepts_the_app_id_as_a_number():
    keys = {"api_key": "some-key", "secret_key": "some-secret"}
    assert create_backend("baidu", {**keys, "app_id": 12345}).options.app_id == 12345
