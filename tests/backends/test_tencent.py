from __future__ import annotations

import base64
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from remote import QUICK, RemoteChecks, WidthBackend, mutated

import ocrkit
from ocrkit.backends.tencent import TencentBackend, TencentOptions
from ocrkit.backends.tencent.errors import CODES
from ocrkit.backends.tencent.parse import parse
from ocrkit.backends.tencent.request import LANGUAGES, Call, choose
from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.errors import BackendError, BadResponseError, CapabilityError, ConfigError
from ocrkit.geometry import Box, Transform
from ocrkit.page import Encoded
from ocrkit.registry import create_backend
from ocrkit.request import Request
from ocrkit.result.fields import FIELD_NAMES
from ocrkit.testing import BackendConformance, ScriptedBackend, draw_image
from ocrkit.testing.samples import blank_page
from ocrkit.testing.tencent import TencentServer

# The SDK asks for the time of day in a way that Python 3.12 does not like any more.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")


@pytest.fixture(autouse=True, scope="module")
def _sdk(require_module):
    require_module("tencentcloud")


RECORDINGS = Path(__file__).parent / "recordings" / "tencent"
SENT = Encoded(b"", "image/png", 400, 300, Transform())
ACTIONS = {
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
}

CARDS = [("id_card", "idcard_front"), ("id_card", "idcard_back"), ("bank_card", "bankcard")]


def recording(name):
    return json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))


def parsed(name):
    return parse(recording(name), SENT, Call(ACTIONS[name]))


def make(server, **options):
    return TencentBackend(TencentOptions(**{**server.options(), **QUICK, **options}))


class TestRemote(RemoteChecks):
    codes = CODES
    secret_options = ("secret_id", "secret_key")

    def make_server(self, engine):
        return TencentServer(engine)

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="as the test wants it"):
        return TencentServer.error(code, message)


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
            cls.server = TencentServer(TesseractBackend(TesseractOptions()))
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
    """The real service: it costs a few cents."""

    def make(self):
        wanted = [names[0] for names in TencentOptions.vendor_variables.values()]
        missing = [name for name in wanted if not os.environ.get(name)]
        if missing:
            pytest.skip(f"set {' and '.join(missing)} to ask the real service")
        return create_backend("tencent")

    def other_request(self):
        return Request(mode="handwritten", languages=("zh",))


# ── which endpoint is asked ──


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
        (Request(scene="table"), "accurate", "RecognizeTableAccurateOCR"),
        (Request(scene="id_card", languages=("zh",)), "accurate", "IDCardOCR"),
        (Request(scene="bank_card"), "basic", "BankCardOCR"),
    ],
    ids=str,
)
def test_the_endpoint_follows_from_the_request(request_, accuracy, call):
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
def test_what_no_endpoint_offers_together_is_refused(request_):
    with pytest.raises(CapabilityError):
        choose(request_, "accurate")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(sorted(LANGUAGES)), max_size=3),
    st.sampled_from(["auto", "printed", "handwritten"]),
    st.sampled_from(["document", "sparse", "line", "table", "id_card", "bank_card"]),
    st.sampled_from(["accurate", "basic"]),
)
def test_the_sdk_knows_every_parameter(languages, mode, scene, accuracy):
    from tencentcloud.ocr.v20181119 import models

    try:
        call = choose(Request(languages=tuple(languages), mode=mode, scene=scene), accuracy)
    except CapabilityError:
        return
    known = vars(getattr(models, f"{call.action}Request"))
    assert set(call.body(b"")) <= set(known)


def test_a_request_is_sent_as_it_was_chosen():
    with TencentServer(WidthBackend()) as server:
        result = make(server, region="ap-shanghai").recognize(blank_page(), Request(languages=("ja",)))
    (received,) = server.requests
    assert received.headers["x-tc-action"] == "GeneralAccurateOCR"
    assert received.headers["x-tc-region"] == "ap-shanghai"
    asked = received.json()
    assert Image.open(io.BytesIO(base64.b64decode(asked.pop("ImageBase64")))).size == (400, 300)
    assert asked == {"ConfigID": "MulOCR"}
    assert (result.trace.engine.region, result.trace.engine.endpoint) == ("ap-shanghai", server.url)
    assert result.trace.decisions[0].choice == "GeneralAccurateOCR ConfigID=MulOCR"


def test_a_narrow_picture_of_a_table_gets_paper_until_it_is_taken():
    with TencentServer(WidthBackend(), {"RecognizeTableAccurateOCR": {"TableDetections": None}}) as server:
        result = make(server).recognize(blank_page(90, 900), Request(scene="table"))
    width, height = Image.open(io.BytesIO(base64.b64decode(server.requests[0].json()["ImageBase64"]))).size
    assert height / width < 3
    assert (result.width, result.height, result.blocks) == (90, 900, ())


def test_the_sdk_as_it_comes_is_understood_by_the_server():
    """The server was not made for our way to call it: the SDK with its own HTTP gets through as well."""
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.ocr.v20181119 import models, ocr_client

    with TencentServer(WidthBackend()) as server:
        given = server.options()
        profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=server.host))
        keys = Credential(given["secret_id"], given["secret_key"])
        client = ocr_client.OcrClient(keys, "ap-guangzhou", profile)
        asked = models.GeneralBasicOCRRequest()
        asked.ImageBase64 = base64.b64encode(blank_page(120, 50).encoded().data).decode()
        assert [item.DetectedText for item in client.GeneralBasicOCR(asked).TextDetections] == ["wide 120"]


def test_an_error_is_one_whatever_its_media_type_says():
    """The SDK would take this for a page without text."""
    answer = TencentServer.error("AuthFailure.SecretIdNotFound")
    with TencentServer(WidthBackend()) as server:
        server.fail("/", type(answer)(answer.body, 200, "application/json; charset=utf-8"))
        with pytest.raises(BackendError, match="SecretIdNotFound"):
            make(server).recognize(blank_page(), Request())


def test_a_file_goes_all_the_way():
    card = json.loads((RECORDINGS / "idcard_front.json").read_text(encoding="utf-8"))["Response"]
    engine = ScriptedBackend(["Seeds for the", "spring of next year"])
    with TencentServer(engine, {"IDCardOCR": card}) as server:
        settings = {"backends": {"tencent": {**server.options(), **QUICK}}}
        asked = {"backend": "tencent", "settings": settings}
        (page,) = ocrkit.recognize(draw_image(["x" * 40]), languages=["en"], **asked).pages
        (card,) = ocrkit.recognize(draw_image(["x" * 40]), scene="id_card", **asked).pages
    assert page.text.split() == "Seeds for the spring of next year".split()
    assert page.trace.request_id
    assert card.fields["name"].value == "苏晓棠"
    assert "苏晓棠" in card.text


# ── what the answers say ──


def test_characters_become_words_where_the_line_has_spaces():
    result = parsed("accurate")
    assert result.text == "温室 图书馆\nSeed list 2031"
    assert [word.text for word in result.words] == ["温室", "图书馆", "Seed", "list", "2031"]
    assert result.words[1].box == Box(112, 20, 184, 50)
    assert result.lines[0].confidence == 0.99
    assert result.words[0].confidence == pytest.approx((0.99 + 0.98) / 2)
    assert [line.language for line in result.lines] == [None, None]


def test_paragraphs_are_blocks_and_the_language_found_is_told():
    result = parsed("basic")
    assert result.text == "Les abeilles dorment\nsous la neige.\n\nLe miel attend."
    assert {line.language for line in result.lines} == {"fr"}
    assert result.rotation == 0


def test_each_line_has_its_language_where_the_service_says_it():
    assert [line.language for line in parsed("multilingual").lines] == ["de", "zh", None]


def test_a_page_turned_clockwise_is_put_upright_by_turning_it_back():
    result = parsed("turned")
    assert result.rotation == 270
    start, end = result.lines[0].polygon[:2]
    assert start.x == end.x
    assert end.y > start.y  # the line runs downwards, as it does on a page that was turned clockwise


@pytest.mark.parametrize(
    ("angle", "rotation"), [(0, 0), (-2, 0), (90, 270), (180, 180), (-90, 90), (270, 90), (359.99, 0)]
)
def test_angles(angle, rotation):
    reply = recording("accurate")
    reply["Response"] |= {"Angle": angle, "Angel": angle}
    assert parse(reply, SENT, Call("GeneralAccurateOCR")).rotation == rotation
    del reply["Response"]["Angle"]
    assert parse(reply, SENT, Call("GeneralAccurateOCR")).rotation == rotation


def test_handwriting_was_asked_for_not_found():
    result = parse(recording("handwriting"), SENT, choose(Request(mode="handwritten"), "basic"))
    assert (result.text, result.lines[0].handwritten) == ("明天再来", "requested")
    assert result.words == ()


def test_a_table_has_its_spans_and_unknown_confidences_stay_unknown():
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


def test_the_front_of_an_identity_card():
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


def test_the_back_of_an_identity_card():
    result = parsed("idcard_back")
    values = {name: field.value for name, field in result.fields.items()}
    assert values == {"authority": "大理市公安局", "valid_from": "2015-06-12", "valid_until": "长期"}


@pytest.mark.parametrize(("scene", "card"), CARDS)
def test_fields_have_the_names_of_all_services(scene, card):
    assert set(parsed(card).fields) <= set(FIELD_NAMES[scene])


def test_a_bank_card():
    result = parsed("bankcard")
    assert {name: field.value for name, field in result.fields.items()} == {
        "card_number": "6222600000000000017",
        "bank_name": "交通银行(03010000)",
        "card_type": "借记卡",
        "card_name": "太平洋借记卡",
        "valid_until": "2032-09",
    }
    assert result.warnings == ("the card: it is a copy",)


def test_no_text_is_an_empty_page():
    result = parsed("no_text")
    assert (result.blocks, result.warnings) == ((), ())
    assert result.trace.request_id == "5d2c0a4e-9f31-4b6f-8c57-1f0b7a6e2d93"


def test_a_reply_without_its_list_is_no_empty_page():
    with pytest.raises(BadResponseError, match="TextDetections") as caught:
        parse({"Response": {"TextDetections": None, "RequestId": "r-7"}}, SENT, Call("GeneralBasicOCR"))
    assert caught.value.request_id == "r-7"


@pytest.mark.parametrize("end", [2, 10**9])
def test_a_table_that_cannot_be_one_is_refused(end):
    reply = recording("table")
    reply["Response"]["TableDetections"][1]["Cells"][1]["ColBr"] = end
    with pytest.raises(BadResponseError, match="table"):
        parse(reply, SENT, Call("RecognizeTableAccurateOCR"))


@pytest.mark.parametrize("name", sorted(ACTIONS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_comes_back_is_a_result_or_a_typed_error(name, data):
    reply = data.draw(mutated(recording(name)))
    try:
        result = parse(reply, SENT, Call(ACTIONS[name]))
    except BackendError:
        return
    result.model_dump_json()
    assert all(
        0 <= point.x <= 400 and 0 <= point.y <= 300 for line in result.lines for point in line.polygon or ()
    )


# ── keys ──


def test_both_keys_come_from_one_place(monkeypatch):
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "id-from-outside")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "key-from-outside")
    options = create_backend("tencent").options
    assert options.secret_id.get_secret_value() == "id-from-outside"
    with pytest.raises(ConfigError, match="secret_key is missing") as caught:
        create_backend("tencent", {"secret_id": "id-from-the-file"})
    assert "TENCENTCLOUD_SECRET_KEY" in str(caught.value)


def test_the_doctor_says_where_it_goes_and_asks_only_when_told_to():
    with TencentServer(WidthBackend()) as server:
        backend = make(server)
        assert "ap-guangzhou" in backend.diagnose()[0].text
        assert server.requests == ()
        assert backend.check_live().ok
        assert len(server.requests) == 1
