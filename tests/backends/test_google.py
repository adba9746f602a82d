"""Google Cloud Vision: against a server on this machine that speaks its protocol."""

from __future__ import annotations

import base64
import io
import json
import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError
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
)

import ocrkit
from ocrkit.backends.google import GoogleBackend, GoogleOptions, credentials
from ocrkit.backends.google.errors import CODES, TOKEN_CODES
from ocrkit.backends.google.parse import parse
from ocrkit.backends.google.request import LANGUAGES, choose
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ConfigError,
    RateLimitError,
)
from ocrkit.geometry import Box, Point
from ocrkit.http import Transport
from ocrkit.registry import create_backend
from ocrkit.request import Request
from ocrkit.testing import Answer, ScriptedBackend, VendorServer, draw_image, faults
from ocrkit.testing.google import GoogleServer
from ocrkit.testing.samples import blank_page

STATUSES = {
    "INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND", "RESOURCE_EXHAUSTED", "CANCELLED",
    "ABORTED", "INTERNAL", "UNKNOWN", "DATA_LOSS", "UNIMPLEMENTED", "UNAVAILABLE", "DEADLINE_EXCEEDED",
}  # fmt: skip


def make(server, **options):
    return GoogleBackend(GoogleOptions(**{**server.options(), **QUICK, **options}))


class TestVendor(VendorSuite):
    name = "google"
    codes = CODES
    path = GoogleServer.path
    signs = False
    other_endpoint = Request(scene="sparse")
    live_checks = (GoogleServer.path,)
    secrets = ("api_key",)

    def make_server(self):
        return GoogleServer(WidthBackend())

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="scripted by the test"):
        if code in STATUSES:
            return GoogleServer.error(code, message)
        return GoogleServer.error("PERMISSION_DENIED", message, reason=code)

    def test_both_keys_come_from_one_source(self, monkeypatch):
        """There is one key, or one file."""
        monkeypatch.setenv("GOOGLE_API_KEY", "key-from-environment")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/from/environment.json")
        assert create_backend("google").options.api_key.get_secret_value() == "key-from-environment"
        options = create_backend("google", {"credentials_file": "/from/settings.json"}).options
        assert (str(options.credentials_file), options.api_key) == ("/from/settings.json", None)


class TestConformance(ReadsRotatedPages, VendorConformance):
    @classmethod
    def make_server(cls, engine):
        return GoogleServer(engine)

    def make(self):
        return make(self.server)


@pytest.mark.live
class TestLive(LiveConformance):
    name = "google"

    def other_request(self):
        return Request(scene="sparse", languages=("de",))


# ── requests ──


@pytest.mark.parametrize(
    ("request_", "options", "call"),
    [
        (Request(), {}, "DOCUMENT_TEXT_DETECTION"),
        (Request(scene="line"), {}, "DOCUMENT_TEXT_DETECTION"),
        (Request(mode="handwritten"), {}, "DOCUMENT_TEXT_DETECTION"),
        (Request(scene="sparse"), {}, "TEXT_DETECTION"),
        (Request(languages=("de", "en-GB")), {}, "DOCUMENT_TEXT_DETECTION languageHints=de+en"),
        (
            Request(languages=("he", "zh", "nb", "nn")),
            {},
            "DOCUMENT_TEXT_DETECTION languageHints=iw+zh+no",
        ),
        (Request(languages=("native:ru-PETR1708",)), {}, "DOCUMENT_TEXT_DETECTION languageHints=ru-PETR1708"),
        (
            Request(),
            {"model": "builtin/latest", "legacy_layout": True},
            "DOCUMENT_TEXT_DETECTION model=builtin/latest advancedOcrOptions=legacy_layout",
        ),
    ],
    ids=str,
)
def test_chooses_the_feature_by_the_request(request_, options, call):
    assert str(choose(request_, GoogleOptions(**options))) == call


def test_sends_the_chosen_request():
    with GoogleServer(WidthBackend()) as server:
        backend = make(server, model="builtin/stable", quota_project="reading-room")
        backend.recognize(blank_page(), Request(languages=("ja",)))
    (received,) = server.requests
    (sent,) = received.json()["requests"]
    content = base64.b64decode(sent["image"].pop("content"))
    assert Image.open(io.BytesIO(content)).size == (400, 300)
    assert sent == {
        "image": {},
        "features": [{"type": "DOCUMENT_TEXT_DETECTION", "model": "builtin/stable"}],
        "imageContext": {
            "languageHints": ["ja"],
            "textDetectionParams": {"enableTextDetectionConfidenceScore": True},
        },
    }
    assert received.headers["x-goog-user-project"] == "reading-room"
    assert received.query == {}, "a key in an address would be logged by proxies"


def test_a_region_selects_its_endpoint():
    assert GoogleOptions().endpoint == "https://vision.googleapis.com"
    assert GoogleOptions(region="eu").endpoint == "https://eu-vision.googleapis.com"
    assert GoogleOptions(region="us", endpoint="https://proxy.example").endpoint == "https://proxy.example"
    with pytest.raises(ValidationError):
        GoogleOptions(region="asia")


def test_reads_a_file_by_the_public_interface():
    with GoogleServer(ScriptedBackend(["Seeds for the", "spring of next year."])) as server:
        chosen = {"backend": "google", "settings": {"backends": {"google": {**server.options(), **QUICK}}}}
        (page,) = ocrkit.recognize(draw_image(["x" * 40]), languages=["en"], **chosen).pages
    assert page.text.split() == "Seeds for the spring of next year.".split()


def test_the_server_accepts_the_unmodified_sdk():
    """The vendor's own client gets the same answers, so the server is not tailored to ocrkit."""
    vision = pytest.importorskip("google.cloud.vision", reason="google-cloud-vision is not installed")
    from google.api_core.exceptions import BadRequest
    from google.auth import api_key
    from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorRestTransport

    def client(key):
        sent = ImageAnnotatorRestTransport(
            host=server.host, credentials=api_key.Credentials(key), url_scheme="http"
        )
        return vision.ImageAnnotatorClient(transport=sent)

    page = blank_page(120, 50)
    image = vision.Image(content=page.encoded().data)
    with GoogleServer(WidthBackend()) as server:
        found = client(server.options()["api_key"]).document_text_detection(image=image)
        assert found.full_text_annotation.text == "wide 120\n"
        first, last = found.full_text_annotation.pages[0].blocks[0].paragraphs[0].words
        assert (first.bounding_box.vertices[0].x, first.bounding_box.vertices[0].y) == (1, 1)
        breaks = [each.symbols[-1].property.detected_break.type_.name for each in (first, last)]
        assert breaks == ["SPACE", "EOL_SURE_SPACE"]
        assert (
            client(server.options()["api_key"]).text_detection(image=vision.Image(content=b"none")).error.code
            == 3
        )
        with pytest.raises(BadRequest, match="API key not valid"):
            client("wrong-key").document_text_detection(image=image)
    assert server.errors == []


# ── credentials ──


@pytest.fixture
def account(require_module):
    require_module("google.auth")


@pytest.fixture
def token_server(account):
    with GoogleServer(WidthBackend()) as server:
        yield server
    assert server.errors == []


def with_file(server, path, **options):
    given = {"endpoint": server.url, "credentials_file": server.service_account(path / "account.json")}
    return GoogleBackend(GoogleOptions(**{**given, **QUICK, **options}))


def test_eight_threads_share_one_token_of_a_service_account(token_server, tmp_path):
    backend = with_file(token_server, tmp_path, max_concurrency=8)
    pages = [blank_page(100 + number, 60) for number in range(16)]
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda page: backend.recognize(page, Request()).text, pages))
    assert texts == [f"wide {page.width}" for page in pages]
    assert token_server.tokens == 1
    assert "account.json" in backend.diagnose()[0].text


def test_two_accounts_at_one_endpoint_have_their_own_tokens(token_server, tmp_path):
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        backend = with_file(token_server, folder)
        backend.recognize(blank_page(), Request())
    assert token_server.tokens == 2


def test_a_refused_token_is_renewed_once(token_server, tmp_path):
    backend = with_file(token_server, tmp_path)
    backend.recognize(blank_page(), Request())
    token_server.expire()
    result = backend.recognize(blank_page(), Request())
    assert (result.text, result.trace.attempts) == ("wide 400", 2)
    assert len(token_server.requests_to("/token")) == 2


def test_an_unknown_account_is_refused_with_the_reason_of_the_token_service(token_server, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    backend = with_file(token_server, tmp_path)
    path = backend.options.credentials_file
    key = json.loads(path.read_text())["private_key"]
    with GoogleServer(WidthBackend()) as other:
        content = json.loads(other.service_account(tmp_path / "other.json").read_text())
        forged = json.loads(path.read_text()) | {"private_key": content["private_key"]}
    path.write_text(json.dumps(forged))
    with pytest.raises(AuthenticationError, match="Invalid JWT Signature") as caught:
        backend.recognize(blank_page(), Request())
    assert "invalid_grant" in caught.value.message
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(backend.options)
    assert key[60:100] not in shown
    with pytest.raises(AuthenticationError):
        backend.recognize(blank_page(), Request())
    assert len(token_server.requests_to("/token")) == 1, "a refusal is remembered"


@pytest.mark.parametrize("row", list(TOKEN_CODES), ids=str)
def test_every_code_of_the_token_service(row, token_server, tmp_path):
    token_server.fail("/token", Answer({"error": row.code, "error_description": "not today"}, 400))
    with pytest.raises(row.error, match="not today") as caught:
        with_file(token_server, tmp_path, retries=0).recognize(blank_page(), Request())
    assert row.advice in caught.value.message


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (faults.bad_gateway(), BackendUnavailableError),
        (faults.rate_limited(), RateLimitError),
        (faults.reset(), BackendUnavailableError),
        (faults.html(), BadResponseError),
        (faults.slow(3600), BackendTimeoutError),
    ],
    ids=["502", "429", "reset", "html", "slow"],
)
def test_failures_of_the_token_service_are_those_of_the_transport(fault, kind, token_server, tmp_path):
    token_server.fail("/token", fault)
    limit = {"timeout_seconds": 0.5} if kind is BackendTimeoutError else {}
    with pytest.raises(kind):
        with_file(token_server, tmp_path, retries=0, **limit).recognize(blank_page(), Request())
    assert len(token_server.requests_to("/token")) <= 1, "the library does not retry"
    if kind is BackendUnavailableError:
        assert with_file(token_server, tmp_path).recognize(blank_page(), Request()).text == "wide 400"


def test_a_user_of_gcloud_refreshes_a_token(token_server, tmp_path):
    def refresh(request):
        assert request.form()["refresh_token"] == "1//refresh-example"
        token_server.tokens += 1
        return {"access_token": f"ya29.token-number-{token_server.tokens}", "expires_in": 3599}

    token_server.route("POST", "/token", refresh)
    content = {
        "type": "authorized_user",
        "client_id": "id-example",
        "client_secret": "secret-example",
        "refresh_token": "1//refresh-example",
        "token_uri": f"{token_server.url}/token",
    }
    path = tmp_path / "user.json"
    path.write_text(json.dumps(content))
    given = {"endpoint": token_server.url, "credentials_file": path}
    backend = GoogleBackend(GoogleOptions(**given, **QUICK))
    assert backend.recognize(blank_page(), Request()).text == "wide 400"
    assert "x-goog-user-project" not in token_server.requests[-1].headers
    path.write_text(json.dumps({**content, "quota_project_id": "reading-room"}))
    token_server.expire()
    for project, options in (("reading-room", {}), ("another", {"quota_project": "another"})):
        GoogleBackend(GoogleOptions(**given, **QUICK, **options)).recognize(blank_page(), Request())
        assert token_server.requests[-1].headers["x-goog-user-project"] == project


def test_the_metadata_server_is_reached_over_plain_http(account):
    """Inside of Google Cloud, where the transport would refuse an address without TLS."""
    library = SimpleNamespace(**{**vars(credentials._library()), "metadata_hosts": frozenset({"localhost"})})
    options = GoogleOptions(endpoint="https://vision.invalid", **QUICK)
    with VendorServer() as server:
        server.route(
            "GET",
            "/token",
            Answer({"access_token": "ya29.of-the-machine"}, headers={"metadata-flavor": "Google"}),
        )
        address = f"{server.url.replace('127.0.0.1', 'localhost')}/token"

        def ask(attempt):
            return credentials._TransportRequest(attempt, library)(
                address, headers={"metadata-flavor": "Google"}
            )

        response = Transport("google", options).call(ask)
    assert (response.status, json.loads(response.data)["access_token"]) == (200, "ya29.of-the-machine")
    assert server.requests[0].headers["metadata-flavor"] == "Google"


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"type": "service_account"}', '{"type": "nothing_known"}', "\u0000"]
)
def test_an_unusable_file_is_a_configuration_error(content, token_server, tmp_path):
    path = tmp_path / "broken.json"
    path.write_text(content)
    backend = GoogleBackend(GoogleOptions(endpoint=token_server.url, credentials_file=path, **QUICK))
    with pytest.raises(ConfigError, match="gcloud auth application-default login") as caught:
        backend.recognize(blank_page(), Request())
    assert "broken.json" in str(caught.value)
    assert token_server.requests == ()


def test_a_missing_file_is_a_configuration_error(token_server, tmp_path):
    path = tmp_path / "missing.json"
    backend = GoogleBackend(GoogleOptions(endpoint=token_server.url, credentials_file=path, **QUICK))
    with pytest.raises(ConfigError, match=r"missing\.json"):
        backend.recognize(blank_page(), Request())


def test_application_default_credentials_come_from_the_environment(token_server, tmp_path, monkeypatch):
    path = token_server.service_account(tmp_path / "default.json")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    backend = GoogleBackend(GoogleOptions(endpoint=token_server.url, **QUICK))
    assert "application default" in backend.diagnose()[0].text
    assert backend.recognize(blank_page(), Request()).text == "wide 400"


def test_a_token_of_another_program_is_used_as_it_is():
    with GoogleServer(WidthBackend()) as server:
        server.tokens = 7
        token = "ya29.token-number-7"
        assert make(server, access_token=token).recognize(blank_page(), Request()).text == "wide 400"
        server.expire()
        with pytest.raises(AuthenticationError) as caught:
            make(server, access_token=token).recognize(blank_page(), Request())
    assert token not in str(caught.value)
    assert server.requests[0].headers["authorization"] == f"Bearer {token}"


# ── responses ──


def place(box):
    """Corners as the service sends them: without coordinates of zero."""
    left, top, right, bottom = box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return {"vertices": [{k: v for k, v in zip("xy", corner, strict=True) if v} for corner in corners]}


def word(text, box, ends="", *, confidence=0.9, language=None, prefix=""):
    width = (box[2] - box[0]) / len(text)
    symbols = [
        {
            "text": each,
            "boundingBox": place((box[0] + n * width, box[1], box[0] + (n + 1) * width, box[3])),
            "confidence": confidence,
        }
        for n, each in enumerate(text)
    ]
    if ends:
        symbols[-1]["property"] = {"detectedBreak": {"type": ends}}
    if prefix:
        symbols[0]["property"] = {"detectedBreak": {"type": prefix, "isPrefix": True}}
    found = {"symbols": symbols, "boundingBox": place(box), "confidence": confidence}
    if language:
        found["property"] = {"detectedLanguages": [{"languageCode": language, "confidence": 1}]}
    return found


def answer(*paragraphs, kind="TEXT", box=(0, 0, 200, 100)):
    blocks = [
        {
            "blockType": kind,
            "boundingBox": place(box),
            "confidence": 0.8,
            "paragraphs": [{"words": words, "boundingBox": place(box)} for words in paragraphs],
        }
    ]
    page = {"width": 400, "height": 300, "blocks": blocks}
    return {"responses": [{"fullTextAnnotation": {"text": "", "pages": [page]}}]}


def parsed(given):
    return page_result(parse(given, IMAGE))


LETTER = answer(
    [
        word("Seed", (0, 0, 40, 20), language="en"),
        word(":", (40, 0, 44, 20), "SPACE", language="en"),
        word("list", (50, 0, 80, 20), "EOL_SURE_SPACE", language="en", confidence=0.7),
        word("green", (0, 30, 50, 50), "HYPHEN", language="en"),
        word("house", (0, 60, 50, 80), "SURE_SPACE"),
        word("roof", (60, 60, 90, 80), "LINE_BREAK"),
    ],
    [word("温室", (0, 200, 40, 240), language="zh"), word("图书馆", (40, 200, 100, 240), language="zh"),
     word("3", (100, 200, 120, 240)), word("号", (120, 200, 140, 240), "EOL_SURE_SPACE", language="zh")],
)  # fmt: skip


NOTE = answer([word("to", (0, 0, 40, 20), "SPACE", language="en"), word("9", (50, 0, 80, 20), "HYPHEN"),
               word("温", (0, 40, 40, 60), prefix="LINE_BREAK")])  # fmt: skip
"""Small, so that many mutations of it are tried."""


def test_lines_are_built_from_breaks():
    result = parsed(LETTER)
    assert result.text == "Seed: list\ngreen-\nhouse roof\n\n温室图书馆3号"
    assert [item.text for item in result.words] == [
        "Seed:", "list", "green-", "house", "roof", "温室", "图书馆3号",
    ]  # fmt: skip
    assert [item.language for item in result.lines] == ["en", "en", None, "zh"]


def test_words_without_a_break_between_them_are_one_word():
    first, second, *_ = parsed(LETTER).words
    assert (first.box, first.confidence) == (Box(0, 0, 44, 20), 0.9)
    assert (second.box, second.confidence) == (Box(50, 0, 80, 20), 0.7)
    joined = parsed(LETTER).words[-1]
    assert joined.box == Box(40, 200, 140, 240)


def test_an_absent_coordinate_is_zero_and_a_negative_one_is_clipped():
    given = answer([word("edge", (0, 0, 60, 20), "LINE_BREAK")])
    assert parsed(given).words[0].box == Box(0, 0, 60, 20)
    given = answer([word("edge", (-9, -3, 60, 20), "LINE_BREAK")])
    assert parsed(given).words[0].box == Box(0, 0, 60, 20)


def test_a_break_within_a_word_divides_it():
    item = word("greenhouse", (0, 0, 100, 20), "LINE_BREAK")
    item["symbols"][4]["property"] = {"detectedBreak": {"type": "HYPHEN"}}
    result = parsed(answer([item]))
    assert result.text == "green-\nhouse"
    assert [each.box for each in result.words] == [Box(0, 0, 50, 20), Box(50, 0, 100, 20)]


def test_a_prefix_break_is_before_its_symbol():
    words = [word("two", (0, 0, 30, 20)), word("words", (40, 0, 90, 20), prefix="SPACE")]
    assert parsed(answer(words)).text == "two words"
    item = word("onetwo", (0, 0, 60, 20))
    item["symbols"][3]["property"] = {"detectedBreak": {"type": "SPACE", "isPrefix": True}}
    assert [each.text for each in parsed(answer([item])).words] == ["one", "two"]


def test_a_confidence_of_zero_is_unknown():
    result = parsed(answer([word("some", (0, 0, 30, 20), "LINE_BREAK", confidence=0.0)]))
    assert (result.words[0].confidence, result.lines[0].confidence) == (None, None)


@pytest.mark.parametrize("language", ["und", ""])
def test_an_undetermined_language_is_unknown(language):
    assert parsed(answer([word("x1", (0, 0, 30, 20), language=language)])).lines[0].language is None


def test_hebrew_has_its_present_code():
    assert parsed(answer([word("שלום", (0, 0, 30, 20), language="iw")])).lines[0].language == "he"


def test_a_language_of_the_paragraph_is_that_of_its_words():
    given = answer([word("sehr", (0, 0, 30, 20))])
    paragraph = given["responses"][0]["fullTextAnnotation"]["pages"][0]["blocks"][0]["paragraphs"][0]
    languages = [{"languageCode": "en", "confidence": 0.2}, {"languageCode": "de", "confidence": 0.8}]
    paragraph["property"] = {"detectedLanguages": languages}
    assert parsed(given).lines[0].language == "de"


@pytest.mark.parametrize(
    ("order", "rotation"), [((0, 1, 2, 3), 0), ((1, 2, 3, 0), 270), ((2, 3, 0, 1), 180), ((3, 0, 1, 2), 90)]
)
def test_the_order_of_vertices_gives_the_rotation(order, rotation):
    item = word("turned", (100, 100, 160, 220), "LINE_BREAK")
    item["boundingBox"]["vertices"] = [item["boundingBox"]["vertices"][index] for index in order]
    result = parsed(answer([item]))
    assert result.rotation == rotation
    start = {0: Point(100, 100), 270: Point(160, 100), 180: Point(160, 220), 90: Point(100, 220)}[rotation]
    assert result.words[0].polygon[0] == start


def test_a_picture_is_a_block_without_lines():
    (block,) = parsed(answer(kind="PICTURE", box=(10, 10, 90, 90))).blocks
    assert (block.kind, block.box, block.confidence, block.lines) == ("picture", Box(10, 10, 90, 90), 0.8, ())
    assert parsed(answer(kind="RULER")).blocks == ()


def test_numbers_of_enumerations_are_understood():
    item = word("two", (0, 0, 30, 20))
    item["symbols"][-1]["property"] = {"detectedBreak": {"type": 1}}
    words = [item, word("words", (40, 0, 90, 20))]
    assert parsed(answer(words)).text == "two words"
    assert parsed(answer(kind=3, box=(10, 10, 90, 90))).blocks[0].kind == "picture"


@pytest.mark.parametrize("given", [{}, {"fullTextAnnotation": None}, {"fullTextAnnotation": {"pages": None}}])
def test_an_image_without_text_is_an_empty_page(given):
    assert parsed({"responses": [given]}).blocks == ()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (3, CapabilityError),
        (4, BackendTimeoutError),
        (7, AuthenticationError),
        (8, RateLimitError),
        (13, BackendUnavailableError),
        (14, BackendUnavailableError),
        (16, AuthenticationError),
        (99, BackendError),
    ],
)
def test_an_error_inside_a_successful_response_is_an_error(code, kind):
    error = {"code": code, "message": "Bad image data."}
    with (
        GoogleServer(WidthBackend(), {"error": error}) as server,
        pytest.raises(kind, match="Bad image data") as caught,
    ):
        make(server, retries=0).recognize(blank_page(), Request())
    assert type(caught.value) is kind or code == 16


def test_an_unknown_error_keeps_its_status_and_message():
    with GoogleServer(WidthBackend()) as server:
        server.fail(server.path, GoogleServer.error("FAILED_PRECONDITION", "a new rule", code=400))
        with pytest.raises(BackendError, match=r"FAILED_PRECONDITION: a new rule") as caught:
            make(server).recognize(blank_page(), Request())
    assert caught.value.request_id


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_response_is_a_result_or_a_typed_error(data):
    given = data.draw(mutated(NOTE))
    assert_result_or_typed_error(lambda: parsed(given))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(sorted(LANGUAGES)), max_size=3))
def test_every_language_has_a_hint(languages):
    call = choose(Request(languages=tuple(languages)), GoogleOptions())
    assert all(hint.isascii() for hint in call.parameters.get("languageHints", ()))
