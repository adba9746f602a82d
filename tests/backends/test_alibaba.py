from __future__ import annotations

import io
import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from remote import QUICK, RemoteChecks, WidthBackend, mutated

from ocrkit.backends.alibaba import AlibabaBackend, AlibabaOptions
from ocrkit.backends.alibaba.errors import CODES
from ocrkit.backends.alibaba.parse import parse
from ocrkit.backends.alibaba.request import LANGUAGES, LIMITS, Call, choose
from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.errors import (
    BackendError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ConfigError,
    RateLimitError,
)
from ocrkit.geometry import Box, Point, Transform
from ocrkit.page import Encoded
from ocrkit.registry import create_backend
from ocrkit.request import Request
from ocrkit.result.fields import FIELD_NAMES
from ocrkit.testing import Answer, BackendConformance, draw_page
from ocrkit.testing.alibaba import AlibabaServer
from ocrkit.testing.samples import blank_page

# The SDK asks for the time of day in a way that Python 3.12 does not like any more.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")


@pytest.fixture(autouse=True, scope="module")
def _sdk(require_module):
    require_module("alibabacloud_ocr_api20210707")


RECORDINGS = Path(__file__).parent / "recordings" / "alibaba"
SENT = Encoded(b"", "image/png", 400, 300, Transform())
ACTIONS = {
    "advanced": "RecognizeAdvanced",
    "general": "RecognizeGeneral",
    "turned": "RecognizeMultiLanguage",
    "handwriting": "RecognizeHandwriting",
    "table": "RecognizeTableOcr",
    "idcard": "RecognizeIdcard",
    "bankcard": "RecognizeBankCard",
    "unmatched": "RecognizeIdcard",
}

CARDS = [("id_card", "idcard"), ("bank_card", "bankcard")]


def recording(name):
    return json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))


def parsed(name):
    return parse(recording(name), SENT, Call(ACTIONS[name]))


def with_data(name, **changes):
    reply = recording(name)
    return {**reply, "Data": json.dumps({**json.loads(reply["Data"]), **changes})}


def make(server, **options):
    return AlibabaBackend(AlibabaOptions(**{**server.options(), **QUICK, **options}))


class TestRemote(RemoteChecks):
    codes = CODES
    secret_options = ("access_key_id", "access_key_secret")

    def make_server(self, engine):
        return AlibabaServer(engine)

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="as the test wants it"):
        return AlibabaServer.error(code, message)


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
            cls.server = AlibabaServer(TesseractBackend(TesseractOptions()))
            cls.server.__enter__()
        return cls.server

    @classmethod
    def teardown_class(cls):
        super().teardown_class()
        if "server" in vars(cls):
            cls.server.__exit__(None, None, None)
            assert cls.server.errors == []

    @pytest.mark.parametrize("rotation", [90, 180, 270])
    def test_a_turned_page_is_found_where_it_lies(self, rotation):
        lines = (
            "The quick brown fox jumps over",
            "a lazy dog and runs to the wood",
            "before five dozen jugs break",
        )
        drawn = draw_page(lines, rotation=rotation)
        result = self.backend.recognize(drawn.page, self.usual_request)
        assert result.rotation == 360 - rotation
        where = {word.text: word.box for word in result.words}
        for text, box in drawn.words:
            assert math.dist(where[text].center, box.center) < 5


@pytest.mark.live
class TestLive(BackendConformance):
    """The real service: it costs a few cents."""

    def make(self):
        wanted = [names[0] for names in AlibabaOptions.vendor_variables.values()]
        missing = [name for name in wanted if not os.environ.get(name)]
        if missing:
            pytest.skip(f"set {' and '.join(missing)} to ask the real service")
        return create_backend("alibaba")

    def other_request(self):
        return Request(mode="handwritten", languages=("zh",))


# ── which endpoint is asked ──

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
def test_the_endpoint_follows_from_the_request(request_, accuracy, call):
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
def test_the_sdk_knows_every_endpoint_and_parameter(languages, mode, scene, accuracy):
    from alibabacloud_ocr_api20210707 import models
    from alibabacloud_ocr_api20210707.client import Client

    try:
        call = choose(Request(languages=tuple(languages), mode=mode, scene=scene), accuracy)
    except CapabilityError:
        return
    assert callable(getattr(Client, call.method))
    assert getattr(models, call.request)(body=b"", **call.parameters).to_map()


def test_a_request_is_sent_as_it_was_chosen():
    with AlibabaServer(WidthBackend()) as server:
        result = make(server).recognize(blank_page(), Request(languages=("ja", "en")))
    (received,) = server.requests
    assert received.headers["x-acs-action"] == "RecognizeMultiLanguage"
    assert received.query == {"Languages": "ja,eng", "NeedRotate": "True", "OutputCharInfo": "True"}
    assert Image.open(io.BytesIO(received.body)).size == (400, 300)
    assert result.trace.engine.endpoint == server.url


@pytest.mark.parametrize(("width", "height"), [(9, 700), (9000, 40)])
def test_the_limits_of_a_picture_are_kept(width, height):
    with AlibabaServer(WidthBackend()) as server:
        result = make(server).recognize(blank_page(width, height), Request())
    sides = sorted(Image.open(io.BytesIO(server.requests[0].body)).size)
    assert sides[0] > 15
    assert sides[1] < 8192
    assert sides[1] / sides[0] < 50
    assert (result.width, result.height) == (width, height)


def test_the_endpoint_is_the_one_that_there_is():
    """The SDK's own default is another host, whatever the region."""
    options = AlibabaOptions(access_key_id="LTAI-some-id", access_key_secret="some-secret")
    assert options.endpoint == "https://ocr-api.cn-hangzhou.aliyuncs.com"


def test_the_sdk_as_it_comes_is_understood_by_the_server():
    """The server was not made for our way to call it: the SDK with its own HTTP gets through as well."""
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
        asked = models.RecognizeMultiLanguageRequest(
            languages=["eng", "chn"], body=blank_page(120, 50).encoded().data
        )
        data = json.loads(client.recognize_multi_language(asked).body.data)
    assert [item["word"] for item in data["prism_wordsInfo"]] == ["wide 120"]


def test_each_try_is_signed_anew():
    """The service takes no nonce twice."""
    with AlibabaServer(WidthBackend()) as server:
        server.fail("/", AlibabaServer.error("algorithmError"))
        assert make(server).recognize(blank_page(), Request()).trace.attempts == 2
    first, second = server.requests
    assert first.headers["x-acs-signature-nonce"] != second.headers["x-acs-signature-nonce"]


def test_the_wait_that_is_asked_for_is_in_milliseconds():
    answer = AlibabaServer.error("Throttling.User")
    with AlibabaServer(WidthBackend()) as server:
        server.fail("/", Answer(answer.body, 429, headers={"x-acs-retry-after": "2500"}))
        with pytest.raises(RateLimitError) as caught:
            make(server, retries=0).recognize(blank_page(), Request())
    assert caught.value.retry_after == 2.5


def test_a_code_that_nobody_knows_is_what_its_status_says():
    with AlibabaServer(WidthBackend()) as server:
        server.fail("/", AlibabaServer.error("newTrouble", status=502))
        with pytest.raises(BackendUnavailableError, match="502"):
            make(server, retries=0).recognize(blank_page(), Request())


# ── what the answers say ──


def test_paragraphs_lines_and_words():
    result = parsed("advanced")
    assert result.text == "蜂蜜 账单\n\nTotal 41.20 EUR\nDanke"
    assert [word.text for word in result.words] == ["蜂蜜", "账单", "Total", "41.20", "EUR", "Danke"]
    assert result.words[1].box == Box(112, 20, 160, 50)
    assert result.lines[0].confidence == 0.99
    assert {line.language for line in result.lines} == {None}


def test_where_there_are_no_characters_there_are_no_words():
    result = parsed("general")
    assert (result.text, result.words) == ("Orchard keys", ())
    assert result.lines[0].box == Box(30, 12, 198, 40)


def test_characters_that_stand_somewhere_else_place_no_words():
    item = json.loads(recording("advanced")["Data"])["prism_wordsInfo"][0]
    for character in item["charInfo"]:
        character["x"], character["y"] = character["y"], character["x"] + 100
    (line,) = parse(with_data("advanced", prism_wordsInfo=[item]), SENT, Call("RecognizeAdvanced")).lines
    assert [(word.text, word.polygon) for word in line.words] == [("蜂蜜", None), ("账单", None)]
    assert line.polygon


def test_a_page_that_the_service_has_turned_is_led_back():
    result = parsed("turned")
    assert result.rotation == 270
    # upright 20…160 × 50…80 on a page 300 wide; as it lies, its top is to the right
    assert result.lines[0].box == Box(320, 20, 350, 160)
    start, end = result.lines[0].polygon[:2]
    assert (start, end) == (Point(350, 20), Point(350, 160))


@pytest.mark.parametrize("angle", [3, -3, 87, 181])
def test_so_is_one_that_it_has_levelled(angle):
    """The service turns a page back around its middle, on paper as large as that needs."""
    back = Transform.rotation(-angle)
    corners = [back.point(Point(x, y)) for x in (-200, 200) for y in (-150, 150)]
    width, height = 2 * max(point.x for point in corners), 2 * max(point.y for point in corners)
    upright = Transform.shift(-200, -150).then(back).then(Transform.shift(width / 2, height / 2))
    lying = tuple(Point(*point) for point in ((150, 100), (230, 104), (228, 124), (148, 120)))
    moved = [{"x": point.x, "y": point.y} for point in upright.polygon(lying)]
    words = [{"word": "level", "prob": 90, "pos": moved}]
    reply = with_data("advanced", angle=angle, width=width, height=height, prism_wordsInfo=words)
    (line,) = parse(reply, SENT, Call("RecognizeAdvanced")).lines
    for found, point in zip(line.polygon, lying, strict=True):
        assert math.dist(found, point) < 1e-6


def test_handwriting_was_asked_for_not_found():
    result = parse(recording("handwriting"), SENT, choose(Request(mode="handwritten"), "accurate"))
    assert (result.text, result.lines[0].handwritten) == ("明天再来", "requested")
    assert parsed("handwriting").lines[0].handwritten is None


def test_a_table_stands_between_its_neighbours_with_its_spans():
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


def test_both_sides_of_an_identity_card():
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


@pytest.mark.parametrize(("scene", "card"), CARDS)
def test_fields_have_the_names_of_all_services(scene, card):
    assert set(parsed(card).fields) <= set(FIELD_NAMES[scene])


def test_a_bank_card():
    assert {name: field.value for name, field in parsed("bankcard").fields.items()} == {
        "card_number": "6222600000000000017",
        "bank_name": "交通银行",
        "card_type": "DC",
        "valid_until": "2032-09",
    }


def test_a_picture_of_something_else_is_empty_and_says_so():
    result = parsed("unmatched")
    assert (result.blocks, result.fields) == ((), {})
    assert result.warnings == ("the picture does not show what was asked for",)
    assert result.trace.request_id == "8E1B5C77-2D40-5A93-B1F6-6C0E94D7A218"


def test_a_page_without_text_is_empty():
    result = parse(with_data("general", prism_wordsInfo=[], prism_wnum=0), SENT, Call("RecognizeGeneral"))
    assert (result.blocks, result.warnings) == ((), ())


def test_a_success_that_holds_nothing_is_none():
    with pytest.raises(BadResponseError) as caught:
        parse({"RequestId": "r-7", "Code": "200", "Data": ""}, SENT, Call("RecognizeGeneral"))
    assert caught.value.request_id == "r-7"


@pytest.mark.parametrize("end", [1, 10**9])
def test_a_table_that_cannot_be_one_is_refused(end):
    tables = json.loads(recording("table")["Data"])["prism_tablesInfo"]
    tables[0]["cellInfos"][0]["xec"] = end
    with pytest.raises(BadResponseError, match="table"):
        parse(with_data("table", prism_tablesInfo=tables), SENT, Call("RecognizeTableOcr"))


@pytest.mark.parametrize("name", sorted(ACTIONS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_comes_back_is_a_result_or_a_typed_error(name, data):
    reply = recording(name)
    inner = reply["Data"] and data.draw(mutated(json.loads(reply["Data"])))
    try:
        reply["Data"] = json.dumps(inner)
    except ValueError:
        return
    try:
        result = parse(data.draw(st.just(reply) | mutated(reply)), SENT, Call(ACTIONS[name]))
    except BackendError:
        return
    result.model_dump_json()
    assert all(
        0 <= point.x <= 400 and 0 <= point.y <= 300 for line in result.lines for point in line.polygon or ()
    )


# ── keys ──


def test_both_keys_come_from_one_place(monkeypatch):
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "id-from-outside")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret-from-outside")
    options = create_backend("alibaba").options
    assert options.access_key_id.get_secret_value() == "id-from-outside"
    with pytest.raises(ConfigError, match="access_key_secret is missing") as caught:
        create_backend("alibaba", {"access_key_id": "id-from-the-file"})
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET" in str(caught.value)


def test_the_doctor_says_where_it_goes_and_asks_only_when_told_to():
    with AlibabaServer(WidthBackend()) as server:
        backend = make(server)
        assert server.url in backend.diagnose()[0].text
        assert server.requests == ()
        assert backend.check_live().ok
        assert len(server.requests) == 1
    assert LIMITS.max_bytes == backend.capabilities.max_bytes
