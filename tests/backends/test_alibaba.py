"""Alibaba Cloud OCR: the vendor's SDK against a server on this machine that speaks its protocol."""

from __future__ import annotations

import io
import json
import logging
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from remote_suite import (
    IMAGE,
    QUICK,
    LiveConformance,
    ReadsRotatedPages,
    VendorConformance,
    VendorSuite,
    WidthBackend,
    assert_result_or_typed_error,
    mutated,
    page_result,
    recording,
)

from ocrkit.backends.alibaba import AlibabaBackend, AlibabaOptions
from ocrkit.backends.alibaba.errors import CODES
from ocrkit.backends.alibaba.parse import parse
from ocrkit.backends.alibaba.request import LANGUAGES, LIMITS, choose
from ocrkit.backends.alibaba.sdk import functions
from ocrkit.backends.remote import Call
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    RateLimitError,
)
from ocrkit.geometry import Box, Point, Transform
from ocrkit.request import Request
from ocrkit.result.fields import FIELD_NAMES
from ocrkit.testing import Answer
from ocrkit.testing.alibaba import AlibabaServer
from ocrkit.testing.samples import blank_page

# The SDK calls `datetime.utcfromtimestamp` or `utcnow`, which Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")


@pytest.fixture(autouse=True, scope="module")
def _sdk(require_module):
    require_module("alibabacloud_ocr_api20210707")


CARDS = (
    ("id_card", "idcard"),
    ("id_card", "passport"),
    ("bank_card", "bankcard"),
    ("receipt", "shopping_receipt"),
    ("receipt", "invoice"),
)
ENDPOINTS = {
    "advanced": "RecognizeAdvanced",
    "general": "RecognizeGeneral",
    "invoice": "RecognizeInvoice",
    "passport": "RecognizePassport",
    "shopping_receipt": "RecognizeShoppingReceipt",
    "turned": "RecognizeMultiLanguage",
    "handwriting": "RecognizeHandwriting",
    "table": "RecognizeTableOcr",
    "idcard": "RecognizeIdcard",
    "bankcard": "RecognizeBankCard",
    "unmatched": "RecognizeIdcard",
}


def parsed(name, answer=None):
    return page_result(
        parse(recording("alibaba", name) if answer is None else answer, IMAGE, Call(ENDPOINTS[name]))
    )


def with_data(name, **changes):
    answer = recording("alibaba", name)
    return {**answer, "Data": json.dumps({**json.loads(answer["Data"]), **changes})}


def make(server, **options):
    return AlibabaBackend(AlibabaOptions(**{**server.options(), **QUICK, **options}))


class TestVendor(VendorSuite):
    name = "alibaba"
    codes = CODES
    unsupported = Request(languages=("el",))

    def make_server(self):
        return AlibabaServer(WidthBackend())

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="scripted by the test"):
        return AlibabaServer.error(code, message)


@st.composite
def mutated_data(draw, answer):
    """A mutated response whose data, which is JSON in a string, is mutated too."""
    data = answer["Data"] and draw(mutated(json.loads(answer["Data"])))
    answer["Data"] = json.dumps(data)
    return draw(st.just(answer) | mutated(answer))


class TestConformance(ReadsRotatedPages, VendorConformance):
    @classmethod
    def make_server(cls, engine):
        return AlibabaServer(engine)

    def make(self):
        return make(self.server)


@pytest.mark.live
class TestLive(LiveConformance):
    name = "alibaba"

    def other_request(self):
        return Request(mode="handwritten", languages=("zh",))


# ── requests ──

_USUAL = "need_rotate=True output_char_info=True"


@pytest.mark.parametrize(
    ("request_", "accuracy", "call"),
    [
        (Request(), "accurate", f"RecognizeAdvanced {_USUAL} paragraph=True"),
        (
            Request(mode="printed", languages=("zh",)),
            "accurate",
            f"RecognizeAdvanced {_USUAL} paragraph=True",
        ),
        (Request(), "basic", "RecognizeGeneral"),
        (Request(languages=("en", "zh-TW")), "basic", "RecognizeGeneral"),
        (Request(languages=("de", "en")), "basic", f"RecognizeMultiLanguage languages=lading+eng {_USUAL}"),
        (Request(languages=("native:sx",)), "accurate", f"RecognizeMultiLanguage languages=sx {_USUAL}"),
        (Request(mode="handwritten"), "basic", f"RecognizeHandwriting {_USUAL} paragraph=True"),
        (Request(scene="table"), "accurate", "RecognizeTableOcr need_rotate=True"),
        (
            Request(scene="table", mode="handwritten"),
            "accurate",
            "RecognizeTableOcr need_rotate=True is_hand_writing=true",
        ),
        (Request(scene="id_card", languages=("zh",)), "accurate", "RecognizeIdcard"),
        (Request(scene="bank_card"), "basic", "RecognizeBankCard"),
    ],
    ids=str,
)
def test_chooses_the_endpoint_by_the_request(request_, accuracy, call):
    assert str(choose(request_, accuracy)) == call


@pytest.mark.parametrize(
    "request_",
    [
        Request(scene="table", languages=("fr",)),
        Request(scene="id_card", languages=("native:chn",)),
        Request(scene="bank_card", mode="handwritten"),
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
    st.sampled_from(["document", "sparse", "line", "table", "id_card", "bank_card"]),
    st.sampled_from(["accurate", "basic"]),
)
def test_the_sdk_accepts_every_endpoint_and_parameter(languages, mode, scene, accuracy):
    from alibabacloud_ocr_api20210707 import models
    from alibabacloud_ocr_api20210707.client import Client

    try:
        call = choose(Request(languages=tuple(languages), mode=mode, scene=scene), accuracy)
    except CapabilityError:
        return
    function, argument = functions(call.endpoint)
    assert callable(getattr(Client, function))
    assert getattr(models, argument)(body=b"", **call.parameters).to_map()


def test_sends_the_chosen_request():
    with AlibabaServer(WidthBackend()) as server:
        result = make(server).recognize(blank_page(), Request(languages=("ja", "en")))
    (received,) = server.requests
    assert received.headers["x-acs-action"] == "RecognizeMultiLanguage"
    assert received.query == {"Languages": "ja,eng", "NeedRotate": "True", "OutputCharInfo": "True"}
    assert Image.open(io.BytesIO(received.body)).size == (400, 300)
    assert result.trace.engine.endpoint == server.url


@pytest.mark.parametrize(("width", "height"), [(9, 700), (9000, 40)])
def test_keeps_the_limits_of_an_image(width, height):
    with AlibabaServer(WidthBackend()) as server:
        result = make(server).recognize(blank_page(width, height), Request())
    sides = sorted(Image.open(io.BytesIO(server.requests[0].body)).size)
    assert sides[0] > 15
    assert sides[1] < 8192
    assert sides[1] / sides[0] < 50
    assert (result.width, result.height) == (width, height)


def test_the_default_endpoint_is_not_that_of_the_sdk():
    """Which is another host, whatever the region."""
    options = AlibabaOptions(access_key_id="LTAI-some-id", access_key_secret="some-secret")
    assert options.endpoint == "https://ocr-api.cn-hangzhou.aliyuncs.com"


def test_the_server_accepts_the_unmodified_sdk():
    """The SDK with its own HTTP gets the same answers, so the server is not tailored to ocrkit."""
    from alibabacloud_ocr_api20210707 import models
    from alibabacloud_ocr_api20210707.client import Client
    from alibabacloud_tea_openapi.utils_models import Config

    with AlibabaServer(WidthBackend()) as server:
        given = server.options()
        client = Client(
            Config(
                access_key_id=given["access_key_id"],
                access_key_secret=given["access_key_secret"],
                endpoint=server.host,
                protocol="http",
            )
        )
        request = models.RecognizeMultiLanguageRequest(
            languages=["eng", "chn"], body=blank_page(120, 50).encoded().data
        )
        data = json.loads(client.recognize_multi_language(request).body.data)
    assert [item["word"] for item in data["prism_wordsInfo"]] == ["wide 120"]


def test_each_attempt_has_its_own_signature():
    """The service accepts a nonce once."""
    with AlibabaServer(WidthBackend()) as server:
        server.fail("/", AlibabaServer.error("algorithmError"))
        assert make(server).recognize(blank_page(), Request()).trace.attempts == 2
    first, second = server.requests
    assert first.headers["x-acs-signature-nonce"] != second.headers["x-acs-signature-nonce"]


def test_the_requested_wait_is_in_milliseconds():
    answer = AlibabaServer.error("Throttling.User")
    with AlibabaServer(WidthBackend()) as server:
        server.fail("/", Answer(answer.body, 429, headers={"x-acs-retry-after": "2500"}))
        with pytest.raises(RateLimitError) as caught:
            make(server, retries=0).recognize(blank_page(), Request())
    assert caught.value.retry_after == 2.5


def test_an_unknown_code_raises_the_error_of_the_status():
    with AlibabaServer(WidthBackend()) as server:
        server.fail("/", AlibabaServer.error("newTrouble", status=502))
        with pytest.raises(BackendUnavailableError, match="502"):
            make(server, retries=0).recognize(blank_page(), Request())


def test_temporary_keys_are_sent_with_their_token(caplog):
    caplog.set_level(logging.DEBUG)
    with AlibabaServer(WidthBackend(), session_token="temporary-token") as server:
        assert make(server).recognize(blank_page(), Request()).text == "wide 400"
        for wrong in (None, "another-token"):
            with pytest.raises(AuthenticationError, match="session_token has expired"):
                make(server, session_token=wrong).recognize(blank_page(), Request())
    assert "temporary-token" not in caplog.text


# ── responses ──


def test_reads_paragraphs_lines_and_words():
    result = parsed("advanced")
    assert result.text == "蜂蜜 账单\n\nTotal 41.20 EUR\nDanke"
    assert [word.text for word in result.words] == ["蜂蜜", "账单", "Total", "41.20", "EUR", "Danke"]
    assert result.words[1].box == Box(112, 20, 160, 50)
    assert result.lines[0].confidence == 0.99
    assert {line.language for line in result.lines} == {None}


def test_lines_without_characters_have_no_words():
    result = parsed("general")
    assert (result.text, result.words) == ("Orchard keys", ())
    assert result.lines[0].box == Box(30, 12, 198, 40)


def test_characters_outside_of_their_line_give_words_without_polygons():
    item = json.loads(recording("alibaba", "advanced")["Data"])["prism_wordsInfo"][0]
    for character in item["charInfo"]:
        character["x"], character["y"] = character["y"], character["x"] + 100
    (line,) = parsed("advanced", with_data("advanced", prism_wordsInfo=[item])).lines
    assert [(word.text, word.polygon) for word in line.words] == [("蜂蜜", None), ("账单", None)]
    assert line.polygon


def test_polygons_of_a_page_that_the_service_rotated_are_those_of_the_page():
    result = parsed("turned")
    assert result.rotation == 270
    # upright 20…160 × 50…80 on a page 300 wide; as it lies, its top is on the right
    assert result.lines[0].box == Box(320, 20, 350, 160)
    start, end = result.lines[0].polygon[:2]
    assert (start, end) == (Point(350, 20), Point(350, 160))


@pytest.mark.parametrize("angle", [3, -3, 87, 181])
def test_polygons_of_a_page_that_the_service_deskewed_are_those_of_the_page(angle):
    """The service rotates a page around its center, and enlarges it to hold all corners."""
    back = Transform.rotation(-angle)
    corners = [back.point(Point(x, y)) for x in (-200, 200) for y in (-150, 150)]
    width, height = 2 * max(point.x for point in corners), 2 * max(point.y for point in corners)
    upright = Transform.shift(-200, -150).then(back).then(Transform.shift(width / 2, height / 2))
    lying = tuple(Point(*point) for point in ((150, 100), (230, 104), (228, 124), (148, 120)))
    moved = [{"x": point.x, "y": point.y} for point in upright.polygon(lying)]
    words = [{"word": "level", "prob": 90, "pos": moved}]
    answer = with_data("advanced", angle=angle, width=width, height=height, prism_wordsInfo=words)
    (line,) = parsed("advanced", answer).lines
    for found, point in zip(line.polygon, lying, strict=True):
        assert math.dist(found, point) < 1e-6


def test_handwriting_is_requested_not_detected():
    call = choose(Request(mode="handwritten"), "accurate")
    result = page_result(parse(recording("alibaba", "handwriting"), IMAGE, call))
    assert (result.text, result.lines[0].handwritten) == ("明天再来", "requested")
    assert parsed("handwriting").lines[0].handwritten is None


def test_a_table_has_spans_and_is_between_the_text_around_it():
    result = parsed("table")
    assert [block.kind for block in result.blocks] == ["text", "table", "text"]
    assert (result.blocks[0].text, result.blocks[2].text) == ("Stock of the nursery", "Page 3")
    block = result.blocks[1]
    assert block.table.rows == (("Plant", "Shelf", ""), ("", "upper", "lower"), ("Fern\nlarge", "4", ""))
    spans = {cell.text: (cell.row_span, cell.column_span) for cell in block.table.cells}
    assert (spans["Shelf"], spans["Plant"], spans["4"]) == ((1, 2), (2, 1), (1, 1))
    assert block.box == Box(20, 100, 320, 220)
    fern = next(cell for cell in block.table.cells if cell.text.startswith("Fern"))
    assert [block.lines[index].confidence for index in fern.lines] == [0.9, 0.8]
    four = next(cell for cell in block.table.cells if cell.text == "4")
    assert [(block.lines[index].box, block.lines[index].confidence) for index in four.lines] == [
        (Box(120, 180, 220, 220), None)
    ]


def test_reads_both_sides_of_an_identity_card():
    result = parsed("idcard")
    assert {name: field.value for name, field in result.fields.items()} == {
        "name": "苏晓棠",
        "sex": "女",
        "ethnicity": "苗",
        "birth_date": "1988-03-09",
        "address": "云南省大理市苍山路18号",
        "id_number": "532901198803090027",
        "authority": "大理市公安局",
        "valid_from": "2015-06-12",
        "valid_until": "2035-06-12",
    }
    assert (result.fields["id_number"].confidence, result.fields["sex"].confidence) == (0.97, None)
    assert "1988年3月9日" in result.text


def test_reads_a_bank_card():
    assert {name: field.value for name, field in parsed("bankcard").fields.items()} == {
        "card_number": "6222600000000000017",
        "bank_name": "交通银行",
        "card_type": "DC",
        "valid_until": "2032-09",
    }


def test_an_image_of_something_else_is_empty_with_a_warning():
    result = parsed("unmatched")
    assert (result.blocks, result.fields) == ((), {})
    assert result.warnings == ("the image does not show the requested kind of document",)
    assert result.trace.request_id == "8E1B5C77-2D40-5A93-B1F6-6C0E94D7A218"


def test_the_text_around_a_table_is_kept_once():
    """The title is a line of its own in one response, and only beside the table in another."""
    titles = [block for block in parsed("table").blocks if "Stock of the nursery" in block.text]
    assert [block.kind for block in titles] == ["text"]
    data = json.loads(recording("alibaba", "table")["Data"])
    lines = [item for item in data["prism_wordsInfo"] if item["word"] != "Stock of the nursery"]
    around = [{"tableId": "0", "head": ["Stock of", "the nursery"], "tail": ["counted in May"]}]
    result = parsed("table", with_data("table", prism_wordsInfo=lines, tableHeadTail=around))
    assert [(block.kind, block.text) for block in result.blocks if not block.table][:2] == [
        ("caption", "Stock of\nthe nursery"),
        ("note", "counted in May"),
    ]
    assert [block.kind for block in result.blocks][:3] == ["caption", "table", "note"]


def test_a_response_with_only_its_text_is_a_result():
    answer = {"RequestId": "r-1", "Data": json.dumps({"content": "Seeds for\n\nspring "})}
    assert parsed("general", answer).text == "Seeds for\nspring"
    assert all(line.polygon is None for line in parsed("general", answer).lines)
    with pytest.raises(BadResponseError, match="prism_wordsInfo, prism_tablesInfo, content"):
        parsed("general", {"RequestId": "r-1", "Data": json.dumps({"height": 5})})


def test_the_values_of_a_bank_card_have_confidences_and_places():
    details = [
        {"key": "cardNumber", "value": "6222600000000000017", "valueProb": 88, "valuePos": [
            {"x": 60, "y": 100}, {"x": 300, "y": 100}, {"x": 300, "y": 140}, {"x": 60, "y": 140},
        ]},
        {"key": "cardType", "valueProb": None, "valuePos": None},
        {"key": "unheardOf", "value": "x"},
    ]  # fmt: skip
    fields = parsed("bankcard", with_data("bankcard", prism_keyValueInfo=details)).fields
    assert (fields["card_number"].confidence, fields["card_type"].confidence) == (0.88, None)
    assert fields["card_number"].box == Box(40, 75, 200, 105), "600 × 400 pixels are 400 × 300 of the image"
    assert fields["card_type"].polygon is None


def test_places_on_an_identity_card_are_those_of_the_original_image():
    place = parsed("idcard").fields["name"].box
    assert place.left == pytest.approx(100 * 400 / 629)
    assert place.bottom == pytest.approx(70 * 300 / 416)


def test_places_on_a_rotated_document_are_unknown():
    result = parsed("invoice", with_data("invoice", angle=90))
    assert (result.rotation, result.fields["total"].polygon) == (270, None)
    assert result.fields["total"].confidence == 0.98


def test_reads_a_receipt():
    result = parsed("shopping_receipt")
    assert {name: field.value for name, field in result.fields.items()} == {
        "merchant": "苍山花店",
        "date": "2031-04-23",
        "time": "20:26:00",
        "total": "17.30元",
    }
    assert (result.fields["merchant"].confidence, result.fields["date"].confidence) == (0.99, None)
    assert result.fields["merchant"].box == Box(40, 20, 120, 40)
    assert "0571-5550199" in result.blocks[0].text
    assert result.blocks[1].table.rows == (("皂", "1", "5.30", "5.30"), ("花盆", "", "", "12.00"))


def test_reads_an_invoice():
    result = parsed("invoice")
    assert {name: field.value for name, field in result.fields.items()} == {
        "merchant": "大理花木有限公司",
        "address": "大理市苍山路18号",
        "date": "2031-02-12",
        "number": "67516978",
        "subtotal": "75.21",
        "tax": "12.79",
        "total": "88.00",
    }
    assert "苏晓棠" in result.text
    assert result.tables[0].rows == (("蕨", "2", "37.605", "75.21", "", "盆", "17%", "12.79"),)


def test_reads_a_passport():
    result = parsed("passport")
    assert {name: field.value for name, field in result.fields.items()} == {
        "name": "ADA BYRON",
        "sex": "Female",
        "birth_date": "1974-08-12",
        "id_number": "L898902C3",
        "valid_until": "2032-04-15",
    }
    assert result.fields["id_number"].box == Box(300, 40, 380, 56)


@pytest.mark.parametrize(
    ("request_", "options", "endpoint"),
    [
        (Request(scene="receipt"), {}, "RecognizeShoppingReceipt"),
        (Request(scene="receipt"), {"receipts": "RecognizeInvoice"}, "RecognizeInvoice"),
        (Request(scene="id_card"), {"id_cards": "RecognizePassport"}, "RecognizePassport"),
        (Request(scene="id_card"), {"id_cards": "RecognizeChinesePassport"}, "RecognizeChinesePassport"),
    ],
    ids=str,
)
def test_the_options_choose_the_kind_of_document(request_, options, endpoint):
    replies = {endpoint: json.loads(recording("alibaba", "passport")["Data"])}
    with AlibabaServer(WidthBackend(), replies) as server:
        result = make(server, **options).recognize(blank_page(), request_)
    assert server.requests[0].headers["x-acs-action"] == endpoint
    assert result.trace.decisions[0].choice == endpoint


def test_an_unknown_error_with_a_bad_status_keeps_what_the_service_says():
    with AlibabaServer(WidthBackend()) as server:
        answer = {"Code": "brandNewCode", "Message": "a new rule", "RequestId": "R-7"}
        server.fail("/", Answer(answer, 400))
        with pytest.raises(BackendError) as caught:
            make(server).recognize(blank_page(), Request())
    assert caught.value.request_id == "R-7"
    for text in (str(caught.value), repr(caught.value)):
        assert "brandNewCode: a new rule" in text


def test_a_page_without_text_is_empty():
    result = parsed("general", with_data("general", prism_wordsInfo=[], prism_wnum=0))
    assert (result.blocks, result.warnings) == ((), ())


def test_a_success_without_data_is_an_error():
    with pytest.raises(BadResponseError) as caught:
        parsed("general", {"RequestId": "r-7", "Code": "200", "Data": ""})
    assert caught.value.request_id == "r-7"


@pytest.mark.parametrize("end", [1, 10**9])
def test_an_invalid_table_is_an_error(end):
    tables = json.loads(recording("alibaba", "table")["Data"])["prism_tablesInfo"]
    tables[0]["cellInfos"][0]["xec"] = end
    with pytest.raises(BadResponseError, match="table"):
        parsed("table", with_data("table", prism_tablesInfo=tables))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_response_is_a_result_or_a_typed_error(data):
    name = data.draw(st.sampled_from(sorted(ENDPOINTS)))
    answer = data.draw(mutated_data(recording("alibaba", name)))
    assert_result_or_typed_error(lambda: parsed(name, answer))


@pytest.mark.parametrize(("scene", "name"), CARDS)
def test_fields_have_the_same_names_for_all_services(scene, name):
    assert set(parsed(name).fields) <= set(FIELD_NAMES[scene])


def test_capabilities_have_the_limit_of_the_service():
    assert AlibabaBackend.capabilities.max_bytes == LIMITS.max_bytes
