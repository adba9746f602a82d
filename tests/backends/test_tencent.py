"""Tencent Cloud OCR: the vendor's SDK against a server on this machine that speaks its protocol."""

from __future__ import annotations

import base64
import io
import logging

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
from ocrkit.backends.remote import Call
from ocrkit.backends.tencent import TencentBackend, TencentOptions
from ocrkit.backends.tencent.errors import CODES
from ocrkit.backends.tencent.parse import parse
from ocrkit.backends.tencent.request import LANGUAGES, body, choose
from ocrkit.errors import AuthenticationError, BackendError, BadResponseError, CapabilityError
from ocrkit.geometry import Box
from ocrkit.request import Request
from ocrkit.result.fields import FIELD_NAMES
from ocrkit.testing import ScriptedBackend, draw_image
from ocrkit.testing.samples import blank_page
from ocrkit.testing.tencent import TencentServer

# The SDK calls `datetime.utcfromtimestamp`, which Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")


@pytest.fixture(autouse=True, scope="module")
def _sdk(require_module):
    require_module("tencentcloud")


CARDS = (
    ("id_card", "idcard_front"),
    ("id_card", "idcard_back"),
    ("id_card", "passport"),
    ("bank_card", "bankcard"),
    ("receipt", "invoice"),
)
ENDPOINTS = {
    "accurate": "GeneralAccurateOCR",
    "basic": "GeneralBasicOCR",
    "multilingual": "GeneralAccurateOCR",
    "turned": "GeneralAccurateOCR",
    "handwriting": "GeneralHandwritingOCR",
    "table": "RecognizeTableAccurateOCR",
    "idcard_front": "IDCardOCR",
    "idcard_back": "IDCardOCR",
    "bankcard": "BankCardOCR",
    "no_text": "GeneralBasicOCR",
    "passport": "MLIDPassportOCR",
    "invoice": "RecognizeGeneralInvoice",
}


def parsed(name, answer=None):
    return page_result(
        parse(recording("tencent", name) if answer is None else answer, IMAGE, Call(ENDPOINTS[name]))
    )


def make(server, **options):
    return TencentBackend(TencentOptions(**{**server.options(), **QUICK, **options}))


class TestVendor(VendorSuite):
    name = "tencent"
    codes = CODES
    unsupported = Request(languages=("el",))

    def make_server(self):
        return TencentServer(WidthBackend())

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="scripted by the test"):
        return TencentServer.error(code, message)


class TestConformance(VendorConformance):
    @classmethod
    def make_server(cls, engine):
        return TencentServer(engine)

    def make(self):
        return make(self.server)


@pytest.mark.live
class TestLive(LiveConformance):
    name = "tencent"

    def other_request(self):
        return Request(mode="handwritten", languages=("zh",))


# ── requests ──


@pytest.mark.parametrize(
    ("request_", "accuracy", "call"),
    [
        (Request(), "accurate", "GeneralAccurateOCR ConfigID=OCR IsWords=True"),
        (Request(languages=("zh", "en")), "accurate", "GeneralAccurateOCR ConfigID=OCR IsWords=True"),
        (Request(languages=("de", "en")), "accurate", "GeneralAccurateOCR ConfigID=MulOCR"),
        (Request(languages=("da",)), "accurate", "GeneralBasicOCR LanguageType=dan IsWords=True"),
        (Request(languages=("native:tha",)), "accurate", "GeneralBasicOCR LanguageType=tha IsWords=True"),
        (Request(mode="printed"), "accurate", "GeneralAccurateOCR ConfigID=OCR WordsType=2"),
        (Request(mode="handwritten"), "accurate", "GeneralAccurateOCR ConfigID=OCR WordsType=1"),
        (Request(mode="handwritten"), "basic", "GeneralHandwritingOCR Scene=only_hw"),
        (
            Request(scene="line"),
            "accurate",
            "GeneralAccurateOCR ConfigID=OCR IsWords=True EnableDetectText=False",
        ),
        (Request(), "basic", "GeneralBasicOCR LanguageType=auto IsWords=True"),
        (Request(languages=("en", "zh")), "basic", "GeneralBasicOCR LanguageType=zh IsWords=True"),
        (Request(languages=("en", "zh-TW")), "basic", "GeneralBasicOCR LanguageType=zh_rare IsWords=True"),
        (Request(languages=("de", "en")), "basic", "GeneralBasicOCR LanguageType=ger IsWords=True"),
        (Request(languages=("de", "fr")), "basic", "GeneralBasicOCR LanguageType=mix IsWords=True"),
        (
            Request(languages=("native:zh", "native:ger")),
            "basic",
            "GeneralBasicOCR LanguageType=mix IsWords=True",
        ),
        (Request(scene="table"), "accurate", "RecognizeTableAccurateOCR"),
        (Request(scene="id_card", languages=("zh",)), "accurate", "IDCardOCR"),
        (Request(scene="bank_card"), "basic", "BankCardOCR"),
        (Request(scene="receipt"), "accurate", "RecognizeGeneralInvoice"),
    ],
    ids=str,
)
def test_chooses_the_endpoint_by_the_request(request_, accuracy, call):
    assert str(choose(request_, accuracy)) == call


@pytest.mark.parametrize(
    "request_",
    [
        Request(scene="table", languages=("fr",)),
        Request(scene="id_card", languages=("native:zh",)),
        Request(scene="table", mode="handwritten"),
        Request(mode="handwritten", languages=("de",)),
    ],
    ids=str,
)
def test_refuses_a_combination_that_no_endpoint_offers(request_):
    with pytest.raises(CapabilityError):
        choose(request_, "accurate")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(sorted(LANGUAGES)), max_size=3),
    st.sampled_from(["auto", "printed", "handwritten"]),
    st.sampled_from(["document", "sparse", "line", "table", "id_card", "bank_card", "receipt"]),
    st.sampled_from(["accurate", "basic"]),
)
def test_the_sdk_accepts_every_parameter(languages, mode, scene, accuracy):
    from tencentcloud.ocr.v20181119 import models

    try:
        call = choose(Request(languages=tuple(languages), mode=mode, scene=scene), accuracy)
    except CapabilityError:
        return
    known = vars(getattr(models, f"{call.endpoint}Request"))
    assert set(body(IMAGE, call)) <= set(known)


def test_sends_the_chosen_request():
    with TencentServer(WidthBackend()) as server:
        result = make(server, region="ap-shanghai").recognize(blank_page(), Request(languages=("ja",)))
    (received,) = server.requests
    assert received.headers["x-tc-action"] == "GeneralAccurateOCR"
    assert received.headers["x-tc-region"] == "ap-shanghai"
    sent = received.json()
    assert Image.open(io.BytesIO(base64.b64decode(sent.pop("ImageBase64")))).size == (400, 300)
    assert sent == {"ConfigID": "MulOCR"}
    assert (result.trace.engine.region, result.trace.engine.endpoint) == ("ap-shanghai", server.url)
    assert result.trace.decisions[0].choice == "GeneralAccurateOCR ConfigID=MulOCR"


def test_tables_have_their_own_rate():
    backend = TencentBackend(TencentOptions(secret_id="id", secret_key="key"))
    rates = {scene: backend.rate_for(backend.choose(Request(scene=scene))) for scene in ("document", "table")}
    assert rates == {"document": None, "table": 2}


def test_pads_a_narrow_image_of_a_table():
    with TencentServer(WidthBackend(), {"RecognizeTableAccurateOCR": {"TableDetections": None}}) as server:
        result = make(server).recognize(blank_page(90, 900), Request(scene="table"))
    width, height = Image.open(io.BytesIO(base64.b64decode(server.requests[0].json()["ImageBase64"]))).size
    assert height / width < 3
    assert (result.width, result.height, result.blocks) == (90, 900, ())


def test_the_server_accepts_the_unmodified_sdk():
    """The SDK with its own HTTP gets the same answers, so the server is not tailored to ocrkit."""
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.ocr.v20181119 import models, ocr_client

    with TencentServer(WidthBackend()) as server:
        given = server.options()
        profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=server.host))
        keys = Credential(given["secret_id"], given["secret_key"])
        client = ocr_client.OcrClient(keys, "ap-guangzhou", profile)
        request = models.GeneralBasicOCRRequest()
        request.ImageBase64 = base64.b64encode(blank_page(120, 50).encoded().data).decode()
        assert [item.DetectedText for item in client.GeneralBasicOCR(request).TextDetections] == ["wide 120"]


def test_an_error_with_a_charset_in_its_media_type_is_an_error():
    """The SDK would take it for a page without text."""
    answer = TencentServer.error("AuthFailure.SecretIdNotFound")
    with TencentServer(WidthBackend()) as server:
        server.fail("/", type(answer)(answer.body, 200, "application/json; charset=utf-8"))
        with pytest.raises(BackendError, match="SecretIdNotFound"):
            make(server).recognize(blank_page(), Request())


@pytest.mark.parametrize("code", ["BrandNewCode", "AuthFailure.SecretIdNotFound"])
def test_an_error_with_a_bad_status_keeps_what_the_service_says(code):
    with TencentServer(WidthBackend()) as server:
        server.fail("/", TencentServer.error(code, "a new rule", status=400))
        with pytest.raises(BackendError, match=f"{code}: a new rule") as caught:
            make(server).recognize(blank_page(), Request())
    assert caught.value.request_id


def test_temporary_keys_are_sent_with_their_token(caplog):
    caplog.set_level(logging.DEBUG)
    with TencentServer(WidthBackend(), session_token="temporary-token") as server:
        assert make(server).recognize(blank_page(), Request()).text == "wide 400"
        for wrong in (None, "another-token"):
            with pytest.raises(AuthenticationError, match="session_token has expired"):
                make(server, session_token=wrong).recognize(blank_page(), Request())
    assert "temporary-token" not in caplog.text


def test_reads_a_file_by_the_public_interface():
    card = recording("tencent", "idcard_front")["Response"]
    engine = ScriptedBackend(["Seeds for the", "spring of next year"])
    with TencentServer(engine, {"IDCardOCR": card}) as server:
        settings = {"backends": {"tencent": {**server.options(), **QUICK}}}
        chosen = {"backend": "tencent", "settings": settings}
        (page,) = ocrkit.recognize(draw_image(["x" * 40]), languages=["en"], **chosen).pages
        (card,) = ocrkit.recognize(draw_image(["x" * 40]), scene="id_card", **chosen).pages
    assert page.text.split() == "Seeds for the spring of next year".split()
    assert page.trace.request_id
    assert card.fields["name"].value == "苏晓棠"
    assert "苏晓棠" in card.text


# ── responses ──


def test_words_are_characters_between_spaces():
    result = parsed("accurate")
    assert result.text == "温室 图书馆\nSeed list 2031"
    assert [word.text for word in result.words] == ["温室", "图书馆", "Seed", "list", "2031"]
    assert result.words[1].box == Box(112, 20, 184, 50)
    assert result.lines[0].confidence == 0.99
    assert result.words[0].confidence == pytest.approx((0.99 + 0.98) / 2)
    assert [line.language for line in result.lines] == [None, None]


def test_paragraphs_are_blocks_with_the_detected_language():
    result = parsed("basic")
    assert result.text == "Les abeilles dorment\nsous la neige.\n\nLe miel attend."
    assert {line.language for line in result.lines} == {"fr"}
    assert result.rotation == 0


def test_each_line_has_the_language_that_the_service_reports():
    assert [line.language for line in parsed("multilingual").lines] == ["de", "zh", None]


def test_rotation_undoes_the_angle_of_the_service():
    result = parsed("turned")
    assert result.rotation == 270
    start, end = result.lines[0].polygon[:2]
    assert start.x == end.x
    assert end.y > start.y  # the line runs downwards, as on a page rotated clockwise


@pytest.mark.parametrize(
    ("angle", "rotation"), [(0, 0), (-2, 0), (90, 270), (180, 180), (-90, 90), (270, 90), (359.99, 0)]
)
def test_rounds_the_angle_to_quarter_turns(angle, rotation):
    reply = recording("tencent", "accurate")
    reply["Response"] |= {"Angle": angle, "Angel": angle}
    assert parsed("accurate", reply).rotation == rotation
    del reply["Response"]["Angle"]
    assert parsed("accurate", reply).rotation == rotation


def test_handwriting_is_requested_not_detected():
    call = choose(Request(mode="handwritten"), "basic")
    result = page_result(parse(recording("tencent", "handwriting"), IMAGE, call))
    assert (result.text, result.lines[0].handwritten) == ("明天再来", "requested")
    assert result.words == ()


def test_a_table_has_spans_and_unknown_confidences_stay_unknown():
    result = parsed("table")
    title, block = result.blocks
    assert (title.kind, title.text, title.confidence) == ("text", "Stock of the nursery", 0.975)
    assert block.table.rows == (("Plant", "Shelf", ""), ("", "upper", "lower"), ("Fern\nlarge", "4", ""))
    spans = {cell.text: (cell.row_span, cell.column_span) for cell in block.table.cells}
    assert (spans["Shelf"], spans["Plant"], spans["4"]) == ((1, 2), (2, 1), (1, 1))
    assert [cell.confidence for cell in block.table.cells if cell.text in ("4", "Fern\nlarge")] == [
        0.99,
        None,
    ]
    fern = next(cell for cell in block.table.cells if cell.text.startswith("Fern"))
    assert [block.lines[index].text for index in fern.lines] == ["Fern", "large"]
    assert [block.lines[index].box for index in fern.lines] == [
        Box(20, 180, 120, 200),
        Box(20, 200, 120, 220),
    ]


def test_reads_the_front_of_an_identity_card():
    result = parsed("idcard_front")
    assert {name: field.value for name, field in result.fields.items()} == {
        "name": "苏晓棠",
        "sex": "女",
        "ethnicity": "苗",
        "birth_date": "1988-03-09",
        "address": "云南省大理市苍山路18号",
        "id_number": "532901198803090027",
    }
    assert "1988/3/9" in result.text


def test_reads_the_back_of_an_identity_card():
    result = parsed("idcard_back")
    values = {name: field.value for name, field in result.fields.items()}
    assert values == {"authority": "大理市公安局", "valid_from": "2015-06-12", "valid_until": "长期"}


def test_reads_a_bank_card():
    result = parsed("bankcard")
    assert {name: field.value for name, field in result.fields.items()} == {
        "card_number": "6222600000000000017",
        "bank_name": "交通银行(03010000)",
        "card_type": "借记卡",
        "card_name": "太平洋借记卡",
        "valid_until": "2032-09",
    }
    assert result.warnings == ("the card: it is a copy",)


def test_reads_a_passport():
    assert {name: field.value for name, field in parsed("passport").fields.items()} == {
        "name": "BYRON ADA",
        "sex": "F",
        "birth_date": "1974-08-12",
        "id_number": "L898902C3",
        "authority": "UTO",
        "valid_until": "2032-04-15",
    }
    assert choose(Request(scene="id_card"), "accurate", "MLIDPassportOCR").endpoint == "MLIDPassportOCR"


def test_reads_invoices_and_receipts():
    result = parsed("invoice")
    assert {name: field.value for name, field in result.fields.items()} == {
        "merchant": "大理花木有限公司",
        "address": "大理市苍山路18号",
        "date": "2031-02-12",
        "number": "01234567",
        "subtotal": "75.21",
        "tax": "12.79",
        "total": "88.00",
    }
    invoice, purchases, receipt = result.blocks
    assert "苏晓棠" in invoice.text
    assert purchases.table.rows == (("蕨", "2", "37.605", "75.21", "", "盆", "17%", "12.79"),)
    assert receipt.text == "苍山花店\n合计: 17.30\n谢谢"
    assert result.warnings == (
        "a receipt was not read: FailedOperation.UnsupportedInvoice",
        "the image shows 2 receipts; the fields are those of the first",
    )


def test_a_page_without_text_is_empty():
    result = parsed("no_text")
    assert (result.blocks, result.warnings) == ((), ())
    assert result.trace.request_id == "5d2c0a4e-9f31-4b6f-8c57-1f0b7a6e2d93"


def test_a_response_without_its_list_is_an_error():
    with pytest.raises(BadResponseError, match="TextDetections") as caught:
        parsed("basic", {"Response": {"TextDetections": None, "RequestId": "r-7"}})
    assert caught.value.request_id == "r-7"


@pytest.mark.parametrize("end", [2, 10**9])
def test_an_invalid_table_is_an_error(end):
    reply = recording("tencent", "table")
    reply["Response"]["TableDetections"][1]["Cells"][1]["ColBr"] = end
    with pytest.raises(BadResponseError, match="table"):
        parsed("table", reply)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_response_is_a_result_or_a_typed_error(data):
    name = data.draw(st.sampled_from(sorted(ENDPOINTS)))
    answer = data.draw(mutated(recording("tencent", name)))
    assert_result_or_typed_error(lambda: parsed(name, answer))


@pytest.mark.parametrize(("scene", "name"), CARDS)
def test_fields_have_the_same_names_for_all_services(scene, name):
    assert set(parsed(name).fields) <= set(FIELD_NAMES[scene])


def test_diagnosis_names_the_region():
    with TencentServer(WidthBackend()) as server:
        assert "ap-guangzhou" in make(server).diagnose()[0].text
