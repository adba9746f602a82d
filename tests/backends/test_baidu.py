"""Baidu AI Cloud OCR: against a service on this machine that keeps to its protocol, with the vendor's SDK."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from remote import QUICK, RemoteChecks, WidthBackend, mutated

from ocrkit.backends.baidu import BaiduBackend, BaiduOptions
from ocrkit.backends.baidu.errors import CODES, TOKEN_CODES
from ocrkit.backends.baidu.parse import parse
from ocrkit.backends.baidu.request import LANGUAGES, LIMITS, Call, choose
from ocrkit.backends.baidu.sdk import written
from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ConfigError,
    ExpiredTokenError,
)
from ocrkit.geometry import Box, Transform
from ocrkit.http.fitting import counted_bytes
from ocrkit.page import Encoded, Page
from ocrkit.registry import create_backend
from ocrkit.request import Request
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.result.fields import FIELD_NAMES
from ocrkit.testing import Answer, BackendConformance, ScriptedBackend, faults
from ocrkit.testing.baidu import BaiduServer
from ocrkit.testing.samples import blank_page

pytest.importorskip("aip", reason="ocrkit[baidu] is not installed")

RECORDINGS = Path(__file__).parent / "recordings" / "baidu"
SENT = Encoded(b"", "image/png", 400, 300, Transform())
ACCURATE = BaiduServer.path("accurate")
TOKEN = "/oauth/2.0/token"
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


def recording(name):
    return json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))


def parsed(name, **call):
    return parse(recording(name), SENT, Call(ENDPOINTS[name], **call))


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


class OfPages(BaiduServer):
    """For the shared checks, `/` is where pages go, and what is asked there is all that counts."""

    def fail(self, path, *answers, times=1):
        super().fail(ACCURATE if path == "/" else path, *answers, times=times)

    @property
    def requests(self):
        return tuple(request for request in super().requests if request.path != TOKEN)


class TestRemote(RemoteChecks):
    # The other two get a new token: a test of their own.
    codes = tuple(row for row in CODES if row.error is not ExpiredTokenError)
    secret_options = ("api_key", "secret_key")
    test_a_page_changed_on_the_way_is_found_out = None  # its requests are not signed

    def make_server(self, engine):
        return OfPages(engine)

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="as the test wants it"):
        return BaiduServer.error(code, message)

    def test_what_it_lacks_is_refused_before_it_is_sent(self, server, page):
        with pytest.raises(CapabilityError) as caught:
            self.make(server).recognize(page, Request(languages=("he",)))
        assert (caught.value.backend, caught.value.page, server.requests) == ("baidu", 7, ())


class TestConformance(BackendConformance):
    """A real engine stands behind the service, so that what is read is really found where it stands."""

    @pytest.fixture(autouse=True)
    def engine(self, require_program):
        require_program("tesseract")

    def make(self):
        return make(type(self)._server())

    def other_request(self):
        return Request(mode="handwritten", languages=("zh",))

    @classmethod
    def _server(cls):
        if "server" not in vars(cls):
            cls.server = BaiduServer(TesseractBackend(TesseractOptions()))
            cls.server.__enter__()
        return cls.server

    @classmethod
    def teardown_class(cls):
        super().teardown_class()
        if "server" in vars(cls):
            cls.server.__exit__(None, None, None)
            assert cls.server.errors == []


@pytest.mark.live
class TestLive(BackendConformance):
    """The real service: it costs a few cents, or a little of what is free."""

    def make(self):
        wanted = [names[0] for names in BaiduOptions.vendor_variables.values()]
        missing = [name for name in wanted if not os.environ.get(name)]
        if missing:
            pytest.skip(f"set {' and '.join(missing)} to ask the real service")
        return create_backend("baidu")


# ── which endpoint is asked ──


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
        (Request(languages=("fr",)), "doc_analysis_office", "doc_analysis_office language_type=FRE"),
        (Request(mode="handwritten", languages=("zh",)), "general", "handwriting"),
        (Request(scene="table"), "accurate", "table"),
        (Request(scene="id_card", languages=("zh",)), "general", "idcard"),
        (Request(scene="bank_card"), "accurate", "bankcard"),
        (Request(scene="receipt"), "accurate", "shopping_receipt"),
    ],
    ids=str,
)
def test_the_endpoint_follows_from_the_request(request_, reader, call):
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
def test_what_no_endpoint_offers_together_is_refused(request_, reader):
    with pytest.raises(CapabilityError):
        choose(request_, reader)


def test_only_a_mixed_page_is_looked_through_for_handwriting():
    office = "doc_analysis_office"
    assert choose(Request(), office).parameters["words_type"] == "handprint_mix"
    assert "words_type" not in choose(Request(mode="printed"), office).parameters


def test_scattered_words_may_run_in_all_directions():
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
def test_the_sdk_knows_every_endpoint(languages, mode, scene, reader, receipts):
    try:
        call = choose(Request(languages=tuple(languages), mode=mode, scene=scene), reader, receipts)
    except CapabilityError:
        return
    path, form = written(call, b"picture")
    assert path == f"/rest/2.0/ocr/v1/{call.endpoint}"
    assert base64.b64decode(form.pop("image")) == b"picture"
    assert {name: form[name] for name in call.parameters} == call.parameters
    assert form.keys() - call.parameters.keys() <= {"id_card_side"}


def test_every_endpoint_takes_what_it_is_sent(server):
    """The server knows the documented parameters of each endpoint, and refuses others."""
    server.replies = {name: recording(name) for name in ("table", "bankcard", "shopping_receipt")} | {
        "idcard": recording("idcard_front")
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


def test_a_request_is_sent_as_it_was_chosen(server):
    result = make(server).recognize(blank_page(), Request(languages=("ko",)))
    (received,) = server.requests_to(ACCURATE)
    asked = received.form()
    assert Image.open(io.BytesIO(base64.b64decode(asked.pop("image")))).size == (400, 300)
    assert asked["language_type"] == "KOR"
    assert set(received.query) == {"access_token"}
    assert result.trace.engine.endpoint == server.url
    assert result.trace.decisions[0].choice == "accurate language_type=KOR"
    assert result.trace.request_id.startswith("13905849385938")


def test_pages_are_within_the_limits_of_their_endpoint(server):
    """The shared checks do the same with the largest limits; these are the smallest."""
    noise = Page(np.random.default_rng(5).integers(0, 255, (700, 4400), dtype=np.uint8))
    result = make(server, reader="general").recognize(noise, Request())
    picture = base64.b64decode(server.requests_to(BaiduServer.path("general"))[0].form()["image"])
    assert counted_bytes(picture, "form") <= LIMITS["general"].max_bytes
    assert max(Image.open(io.BytesIO(picture)).size) == 4096
    assert result.lines[0].box.right == pytest.approx(4399, abs=4)


def test_a_narrow_page_gets_paper_until_it_is_taken(server):
    result = make(server).recognize(blank_page(300, 10), Request())
    picture = base64.b64decode(server.requests_to(ACCURATE)[0].form()["image"])
    assert Image.open(io.BytesIO(picture)).size == (300, 15)
    assert (result.width, result.height) == (300, 10)


# ── the SDK ──


def test_the_sdk_as_it_comes_is_understood_by_the_server(server):
    """The server was not made for our way to call it: the SDK with its own HTTP gets through as well."""
    from aip import AipOcr

    given = server.options()
    client = AipOcr("1", given["api_key"], given["secret_key"])
    client._AipBase__accessTokenUrl = server.url + TOKEN
    client._AipOcr__generalUrl = server.url + BaiduServer.path("general")
    page = blank_page(120, 50)
    parameters = dict(choose(Request(), "general").parameters)
    answer = client.general(page.encoded().data, parameters)
    assert [line["words"] for line in answer["words_result"]] == ["wide 120"]
    refused = client.general(page.encoded().data, {"probability": True})
    assert refused["error_code"] == 216100
    client.s.close()
    make(server, reader="general").recognize(page, Request())
    theirs, _, ours = server.requests_to(BaiduServer.path("general"))
    assert ours.form() == theirs.form()


def test_nothing_of_the_sdk_reaches_the_network_or_the_rest_of_the_process(server, caplog):
    caplog.set_level(logging.DEBUG)
    make(server).recognize(blank_page(), Request())
    assert not [record.name for record in caplog.records if record.name.startswith(("urllib3", "requests"))]
    program = (
        "import warnings\n"
        "from ocrkit.backends.baidu.request import Call\n"
        "from ocrkit.backends.baidu.sdk import _sdk, written\n"
        "before = list(warnings.filters)\n"
        "written(Call('general'), b'')\n"
        "assert warnings.filters == before, 'it silences warnings of others'\n"
        "assert vars(_sdk()) == {}, 'it holds keys or connections'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_keys_are_told_to_nobody_whose_certificate_is_not_known(require_module, tmp_path):
    """The SDK by itself would tell them to anybody."""
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


def test_eight_threads_fetch_one_token(server):
    backend = make(server, max_concurrency=8)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: backend.recognize(blank_page(60, 60), Request()), range(16)))
    assert server.tokens == 1


@pytest.mark.parametrize("code", [110, 111])
def test_a_token_that_is_not_taken_any_more_is_renewed_once(server, code):
    backend = make(server, retries=0)
    backend.recognize(blank_page(), Request())
    server.expire()
    assert backend.recognize(blank_page(), Request()).trace.attempts == 2
    server.fail(ACCURATE, BaiduServer.error(code, log_id=None))
    backend.recognize(blank_page(), Request())
    assert server.tokens == 3
    server.fail(ACCURATE, BaiduServer.error(code), times=2)
    with pytest.raises(ExpiredTokenError, match="A new token was refused, too"):
        backend.recognize(blank_page(), Request())


def test_every_code_of_the_token_service_is_what_the_table_says(server):
    for number, row in enumerate(TOKEN_CODES):
        refused = {"error": row.code.replace("*", "unavailable"), "error_description": "as the test wants it"}
        server.fail(TOKEN, Answer(refused, 401 if number % 2 else 200))
        with pytest.raises(BackendError) as caught:
            make(server, retries=0, timeout_seconds=100 + number, api_key=f"key {number}").check_live()
        assert type(caught.value) is row.error
        assert row.advice[1:] in caught.value.message


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
def test_answers_of_the_token_service_that_hold_none(server, answer, kind):
    server.fail(TOKEN, answer)
    with pytest.raises(kind):
        make(server, retries=0).recognize(blank_page(), Request())


def test_neither_token_nor_address_is_seen(server, caplog):
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


def test_an_error_of_the_gate_has_no_request_id_and_is_one_all_the_same(server):
    server.fail(ACCURATE, BaiduServer.error(17, log_id=None))
    with pytest.raises(BackendError, match="code 17") as caught:
        make(server).recognize(blank_page(), Request())
    assert caught.value.request_id is None


# ── what the answers say ──


def test_characters_become_words_where_the_line_has_spaces():
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


def test_the_language_found_on_the_page_is_told():
    assert [line.language for line in parsed("general").lines] == ["ja"]
    assert {line.language for line in parsed("general_basic").lines} == {None}


def test_without_places_there_are_none():
    result = parsed("general_basic")
    assert result.text == "LANTERN\n灯火通明"
    assert all(line.polygon is None and line.confidence is None for line in result.lines)
    assert result.rotation == 0


@pytest.mark.parametrize(("direction", "rotation"), [(-1, 0), (0, 0), (1, 90), (2, 180), (3, 270), (9, 0)])
def test_a_page_turned_counter_clockwise_is_put_upright_by_turning_it_clockwise(direction, rotation):
    reply = recording("turned")
    result = parse(reply, SENT, Call("accurate"))
    start, end = result.lines[0].polygon[:2]
    assert start.x == end.x
    assert end.y < start.y  # the line runs upwards, as it does on a page that was turned counter-clockwise
    assert result.rotation == 90
    reply["direction"] = direction
    assert parse(reply, SENT, Call("accurate")).rotation == rotation


def test_handwriting_was_asked_for():
    result = parsed("handwriting", handwritten="requested")
    assert (result.text, result.words) == ("3.12\n明早见", ())
    assert {line.handwritten for line in result.lines} == {"requested"}


def test_handwriting_in_an_office_document_was_found():
    result = parsed("doc_analysis_office")
    assert [(line.text, line.handwritten) for line in result.lines] == [
        ("访客登记", None),
        ("Name:", None),
        ("顾青", "detected"),
    ]
    assert [block.kind for block in result.blocks] == ["heading", "text"]
    assert [line.box for line in result.lines][1:] == [Box(20, 60, 100, 90), Box(120, 58, 210, 94)]
    assert [line.confidence for line in result.lines] == [0.99, 0.98, 0.83]


def test_a_table_has_its_spans_and_its_cells_their_lines():
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
def test_a_table_that_cannot_be_one_is_refused(end):
    reply = recording("table")
    reply["tables_result"][0]["body"][0]["col_start"] = 0
    reply["tables_result"][0]["body"][0]["col_end"] = end
    with pytest.raises(BadResponseError, match="table") as caught:
        parse(reply, SENT, Call("table"))
    assert caught.value.request_id == "1390584938593845782"


def test_the_front_of_an_identity_card():
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


def test_the_back_of_an_identity_card_is_no_mistake():
    result = parsed("idcard_back")
    values = {name: field.value for name, field in result.fields.items()}
    assert values == {"authority": "大理市公安局", "valid_from": "2015-06-12", "valid_until": "长期"}
    assert (result.rotation, result.warnings) == (180, ())


def test_what_is_no_card_is_said_to_be_none():
    result = parsed("idcard_none")
    assert (result.fields, result.blocks) == ({}, ())
    assert result.warnings == ("the card: it does not seem to be an identity card",)


def test_a_bank_card():
    result = parsed("bankcard")
    assert {name: field.value for name, field in result.fields.items()} == {
        "card_number": "6222 6000 0000 0000 017",
        "bank_name": "交通银行",
        "card_type": "借记卡",
        "valid_until": "2032-09",
    }
    assert result.fields["card_number"].box == Box(40, 150, 360, 186)
    reply = recording("bankcard")
    reply["result"] |= {"valid_date": "NO VALID", "bank_card_type": 0}
    assert set(parse(reply, SENT, Call("bankcard")).fields) == {"card_number", "bank_name"}


def test_a_receipt_has_fields_and_a_table_of_goods():
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


def test_two_receipts_on_a_picture():
    reply = recording("shopping_receipt")
    reply["words_result"].append({"shop_name": [{"word": "水边茶室"}]})
    result = parse(reply, SENT, Call("shopping_receipt"))
    assert result.fields["merchant"].value == "半山书店"
    assert "水边茶室" in result.text
    assert result.warnings == ("2 receipts are on the picture: the fields are those of the first",)
    single = {**recording("shopping_receipt"), "words_result": reply["words_result"][1]}
    assert parse(single, SENT, Call("shopping_receipt")).fields["merchant"].value == "水边茶室"


def test_any_other_paper_is_lines():
    result = parsed("receipt")
    assert (result.text, result.fields) == ("收据\nNo 0042", {})


def test_fields_have_the_names_of_all_services():
    for name, scene in {
        "idcard_front": "id_card",
        "idcard_back": "id_card",
        "bankcard": "bank_card",
        "shopping_receipt": "receipt",
    }.items():
        assert set(parsed(name).fields) <= set(FIELD_NAMES[scene])


def test_lines_that_no_paragraph_claims_are_not_lost():
    reply = recording("accurate")
    reply["paragraphs_result"] = [{"words_result_idx": [2, 2, 77, -1]}]
    assert parse(reply, SENT, Call("accurate")).text == "每周一休息\n\n茶园 图书馆\nOpening hours 2031"


def test_no_text_is_an_empty_page():
    result = parsed("no_text")
    assert (result.blocks, result.warnings, result.trace.request_id) == ((), (), "2648325583")


def test_a_reply_without_its_list_is_no_empty_page():
    with pytest.raises(BadResponseError, match="words_result") as caught:
        parse({"log_id": 7, "words_result_num": 0}, SENT, Call("accurate"))
    assert caught.value.request_id == "7"


@pytest.mark.parametrize(
    "name",
    ["accurate", "doc_analysis_office", "table", "idcard_front", "bankcard", "shopping_receipt", "error_18"],
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_comes_back_is_a_result_or_a_typed_error(name, data):
    reply = data.draw(mutated(recording(name)))
    try:
        result = parse(reply, SENT, Call(ENDPOINTS[name]))
    except BackendError:
        return
    result.model_dump_json()
    assert all(
        0 <= point.x <= 400 and 0 <= point.y <= 300 for line in result.lines for point in line.polygon or ()
    )


def test_an_office_document_that_was_really_read():
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


# ── keys ──


def test_both_keys_come_from_one_place(monkeypatch):
    monkeypatch.setenv("BAIDU_API_KEY", "key-from-outside")
    monkeypatch.setenv("BAIDU_SECRET_KEY", "secret-from-outside")
    options = create_backend("baidu", {"app_id": 12345}).options
    assert options.api_key.get_secret_value() == "key-from-outside"
    assert options.secret_key.get_secret_value() == "secret-from-outside"
    with pytest.raises(ConfigError, match="secret_key is missing") as caught:
        create_backend("baidu", {"api_key": "key-from-the-file"})
    assert "BAIDU_SECRET_KEY" in str(caught.value)


def test_the_doctor_says_where_it_goes_and_asks_only_when_told_to(server):
    backend = make(server)
    assert server.url in backend.diagnose()[0].text
    assert server.requests == ()
    assert backend.check_live().ok
    assert [request.path for request in server.requests] == [TOKEN]
