"""Amazon Textract: against a server on this machine that checks its signatures."""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
from pathlib import Path

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
from ocrkit.backends.aws import AwsBackend, AwsOptions
from ocrkit.backends.aws.errors import CODES
from ocrkit.backends.aws.parse import parse
from ocrkit.backends.aws.request import choose
from ocrkit.backends.remote import Call
from ocrkit.errors import AuthenticationError, BackendError, BadResponseError, CapabilityError, ConfigError
from ocrkit.geometry import Box
from ocrkit.registry import create_backend
from ocrkit.request import Request
from ocrkit.result.fields import FIELD_NAMES
from ocrkit.testing import ScriptedBackend, draw_image, faults
from ocrkit.testing.aws import AwsServer
from ocrkit.testing.samples import blank_page


@pytest.fixture(autouse=True, scope="module")
def _library(require_module):
    require_module("botocore")


@pytest.fixture(autouse=True)
def _no_account(monkeypatch, tmp_path):
    """No keys and no profiles of the machine that runs the tests."""
    for name in (
        "ACCESS_KEY_ID",
        "SECRET_ACCESS_KEY",
        "SESSION_TOKEN",
        "PROFILE",
        "REGION",
        "DEFAULT_REGION",
    ):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


def make(server, **options):
    return AwsBackend(AwsOptions(**{**server.options(), **QUICK, **options}))


class TestVendor(VendorSuite):
    name = "aws"
    codes = CODES
    unsupported = Request(scene="bank_card")
    secrets = ("access_key_id", "secret_access_key")
    largest_body = 14 * 2**20  # 10 MB of image as base64

    def make_server(self):
        return AwsServer(WidthBackend())

    def make(self, server, **options):
        return make(server, **options)

    def error(self, code, message="scripted by the test"):
        return AwsServer.error(code, message)

    def test_both_keys_come_from_one_source(self, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "first-from-environment")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "second-from-environment")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        options = create_backend("aws").options
        assert options.secret_access_key.get_secret_value() == "second-from-environment"
        assert options.endpoint == "https://textract.us-west-2.amazonaws.com"
        with pytest.raises(ConfigError, match="secret_access_key is missing"):
            create_backend("aws", {"access_key_id": "first-from-settings"})


class TestConformance(ReadsRotatedPages, VendorConformance):
    other_languages = ("en",)

    @classmethod
    def make_server(cls, engine):
        return AwsServer(engine)

    def make(self):
        return make(self.server)


@pytest.mark.live
class TestLive(LiveConformance):
    name = "aws"

    def other_request(self):
        return Request(scene="table", languages=("en",))


# ── requests ──


@pytest.mark.parametrize(
    ("request_", "features", "call"),
    [
        (Request(), (), "DetectDocumentText"),
        (Request(scene="sparse", languages=("pt-BR",)), (), "DetectDocumentText"),
        (Request(mode="handwritten", languages=("en",)), (), "DetectDocumentText"),
        (Request(), ("layout", "forms"), "AnalyzeDocument FeatureTypes=LAYOUT+FORMS"),
        (Request(scene="table"), (), "AnalyzeDocument FeatureTypes=TABLES"),
        (Request(scene="table"), ("signatures", "tables"), "AnalyzeDocument FeatureTypes=TABLES+SIGNATURES"),
        (Request(scene="id_card"), ("layout",), "AnalyzeID"),
        (Request(scene="receipt"), (), "AnalyzeExpense"),
        (Request(scene="receipt", mode="handwritten"), (), "AnalyzeExpense"),
    ],
    ids=str,
)
def test_chooses_the_operation_by_the_request(request_, features, call):
    assert str(choose(request_, features)) == call


@pytest.mark.parametrize(
    "request_",
    [
        Request(mode="handwritten", languages=("de",)),
        Request(scene="id_card", mode="handwritten"),
        Request(mode="handwritten", languages=("native:en",)),
    ],
    ids=str,
)
def test_refuses_a_combination_that_no_operation_offers(request_):
    with pytest.raises(CapabilityError):
        choose(request_, ())


def test_sends_the_chosen_request():
    with AwsServer(WidthBackend()) as server:
        backend = make(server, features=("tables", "layout"))
        result = backend.recognize(blank_page(), Request(languages=("de",)))
    (received,) = server.requests
    assert received.headers["x-amz-target"] == "Textract.AnalyzeDocument"
    sent = received.json()
    assert Image.open(io.BytesIO(base64.b64decode(sent["Document"]["Bytes"]))).size == (400, 300)
    assert sent["FeatureTypes"] == ["TABLES", "LAYOUT"]
    assert (result.trace.engine.region, result.trace.request_id is not None) == ("eu-central-1", True)


def test_reads_a_file_by_the_public_interface():
    with AwsServer(ScriptedBackend(["Seeds for the", "spring of next year"]), {"AnalyzeID": CARD}) as server:
        chosen = {"backend": "aws", "settings": {"backends": {"aws": {**server.options(), **QUICK}}}}
        (page,) = ocrkit.recognize(draw_image(["x" * 40]), languages=["en"], **chosen).pages
        (card,) = ocrkit.recognize(draw_image(["x" * 40]), scene="id_card", **chosen).pages
    assert page.text.split() == "Seeds for the spring of next year".split()
    assert card.fields["name"].value == "Ada Byron"


def test_the_server_accepts_the_unmodified_sdk(tmp_path):
    """The vendor's own client gets the same answers, so the server is not tailored to ocrkit.

    Of the two protocols of the service it speaks the one that ocrkit speaks, which is JSON.
    """
    pytest.importorskip("boto3", reason="boto3 is not installed")
    import botocore
    from botocore.config import Config
    from botocore.session import Session

    (shipped,) = Path(botocore.__file__).parent.glob("data/textract/*/service-2.json.gz")
    model = json.loads(gzip.decompress(shipped.read_bytes()))
    assert "json" in model["metadata"].get("protocols", ["json"]), "the service still accepts JSON"
    model["metadata"] |= {"protocol": "json", "protocols": ["json"], "targetPrefix": "Textract"}
    folder = tmp_path / "data" / "textract" / shipped.parent.name
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model))
    with AwsServer(WidthBackend(), {"AnalyzeID": CARD}, session_token="temporary-token") as server:
        given = server.options()
        session = Session()
        session.get_component("data_loader").search_paths.insert(0, str(tmp_path / "data"))
        client = session.create_client(
            "textract",
            region_name=given["region"],
            endpoint_url=given["endpoint"],
            aws_access_key_id=given["access_key_id"],
            aws_secret_access_key=given["secret_access_key"],
            aws_session_token=given["session_token"],
            config=Config(retries={"max_attempts": 0}),
        )
        image = {"Bytes": blank_page(120, 50).encoded().data}
        found = client.detect_document_text(Document=image)
        assert [item["Text"] for item in found["Blocks"] if item["BlockType"] == "LINE"] == ["wide 120"]
        assert found["DocumentMetadata"] == {"Pages": 1}
        card = client.analyze_id(DocumentPages=[image])
        assert card["IdentityDocuments"][0]["IdentityDocumentFields"][0]["ValueDetection"]["Text"] == "Ada"
        with pytest.raises(client.exceptions.UnsupportedDocumentException):
            client.detect_document_text(Document={"Bytes": b"none"})
        with pytest.raises(client.exceptions.InvalidParameterException):
            client.analyze_document(Document=image, FeatureTypes=[])
        server.fail("/", AwsServer.error("ThrottlingException", "Rate exceeded"))
        with pytest.raises(client.exceptions.ThrottlingException, match="Rate exceeded"):
            client.detect_document_text(Document=image)
        client.close()
    assert server.errors == []


# ── credentials ──


def test_temporary_keys_are_signed_with_their_token(caplog):
    caplog.set_level(logging.DEBUG)
    with AwsServer(WidthBackend(), session_token="temporary-token") as server:
        assert make(server).recognize(blank_page(), Request()).text == "wide 400"
        with pytest.raises(AuthenticationError, match="security token"):
            make(server, session_token="another-token").recognize(blank_page(), Request())
        assert "x-amz-security-token" in server.requests[0].headers["authorization"]
        assert "temporary keys" in make(server).diagnose()[0].text
    assert "temporary-token" not in caplog.text


def test_a_profile_gives_the_keys(tmp_path):
    with AwsServer(WidthBackend(), session_token="token-of-the-profile") as server:
        given = server.options()
        (tmp_path / "credentials").write_text(
            "[default]\naws_access_key_id = other\naws_secret_access_key = other\n"
            f"[reading]\naws_access_key_id = {given['access_key_id']}\n"
            f"aws_secret_access_key = {given['secret_access_key']}\n"
            "aws_session_token = token-of-the-profile\n"
        )
        place = {"endpoint": server.url, "region": given["region"]}
        backend = AwsBackend(AwsOptions(**place, **QUICK, profile="reading"))
        assert backend.recognize(blank_page(), Request()).text == "wide 400"
        assert "the profile 'reading'" in backend.diagnose()[0].text
        with pytest.raises(AuthenticationError, match="security token"):
            AwsBackend(AwsOptions(**place, **QUICK)).recognize(blank_page(), Request())


def test_secrets_of_a_profile_are_redacted(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with AwsServer(WidthBackend()) as server:
        given = server.options()
        key = given["secret_access_key"]
        (tmp_path / "credentials").write_text(
            f"[default]\naws_access_key_id = {given['access_key_id']}\naws_secret_access_key = {key}\n"
        )
        server.fail("/", AwsServer.error("AccessDeniedException", f"no right for {key}"))
        backend = AwsBackend(AwsOptions(endpoint=server.url, region=given["region"], **QUICK))
        with pytest.raises(AuthenticationError, match=r"no right for \*\*\*") as caught:
            backend.recognize(blank_page(), Request())
    assert key not in caplog.text + repr(vars(caught.value)) + repr(backend)


def test_without_credentials_the_error_says_what_to_set():
    with AwsServer(WidthBackend()) as server:
        place = {"endpoint": server.url, "region": "eu-central-1"}
        with pytest.raises(ConfigError, match="access_key_id and secret_access_key, or a profile"):
            AwsBackend(AwsOptions(**place, **QUICK)).recognize(blank_page(), Request())
        with pytest.raises(AuthenticationError, match=r"the profile 'missing' cannot be used"):
            AwsBackend(AwsOptions(**place, **QUICK, profile="missing")).recognize(blank_page(), Request())
    assert server.requests == ()


def test_a_region_is_required_and_selects_its_endpoint():
    with pytest.raises(ConfigError, match=r"region is missing .*AWS_REGION or AWS_DEFAULT_REGION"):
        create_backend("aws")
    assert AwsOptions(region="eu-west-1").endpoint == "https://textract.eu-west-1.amazonaws.com"
    with pytest.raises(ValidationError):
        AwsOptions(region="evil.example/#")


def test_a_key_of_another_region_is_refused():
    with AwsServer(WidthBackend()) as server, pytest.raises(AuthenticationError, match="region"):
        make(server, region="us-east-1").recognize(blank_page(), Request())


def test_throttling_is_retried():
    with AwsServer(WidthBackend()) as server:
        server.fail("/", AwsServer.error("ProvisionedThroughputExceededException"))
        server.fail("/", AwsServer.error("com.amazonaws#ThrottlingException"), faults.rate_limited(0.001))
        result = make(server).recognize(blank_page(), Request())
    assert (result.text, result.trace.attempts) == ("wide 400", 4)


def test_an_unknown_error_keeps_code_message_and_request_id():
    with AwsServer(WidthBackend()) as server:
        server.fail("/", AwsServer.error("SomethingNewException", "a new rule"))
        with pytest.raises(BackendError, match="SomethingNewException: a new rule") as caught:
            make(server).recognize(blank_page(), Request())
    assert caught.value.request_id


# ── responses ──


def geometry(box):
    left, top, right, bottom = box[0] / 400, box[1] / 300, box[2] / 400, box[3] / 300
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return {
        "BoundingBox": {"Left": left, "Top": top, "Width": right - left, "Height": bottom - top},
        "Polygon": [{"X": x, "Y": y} for x, y in corners],
    }


def item(name, kind, box, *, text=None, sure=90.0, children=(), **more):
    relations = [{"Type": "CHILD", "Ids": list(children)}] if children else []
    relations += [{"Type": relation, "Ids": ids} for relation, ids in more.pop("relations", {}).items()]
    found = {"Id": name, "BlockType": kind, "Confidence": sure, "Geometry": geometry(box), **more}
    if relations:
        found["Relationships"] = relations
    if text is not None:
        found["Text"] = text
    return found


def word(name, text, box, kind="PRINTED", **more):
    return item(name, "WORD", box, text=text, TextType=kind, **more)


def line(name, text, box, *children, **more):
    return item(name, "LINE", box, text=text, children=children, **more)


TEXT = {
    "DocumentMetadata": {"Pages": 1},
    "Blocks": [
        item("p", "PAGE", (0, 0, 400, 300), children=["l1", "l2"]),
        line("l1", "Seed list", (10, 10, 110, 30), "w1", "w2", sure=97.5),
        line("l2", "see you", (10, 50, 110, 70), "w3", "w4"),
        word("w1", "Seed", (10, 10, 50, 30), sure=99.0),
        word("w2", "list", (60, 10, 110, 30)),
        word("w3", "see", (10, 50, 50, 70), "HANDWRITING"),
        word("w4", "you", (60, 50, 110, 70), "HANDWRITING"),
    ],
}
TABLE = {
    "Blocks": [
        line("l0", "Above", (0, 0, 60, 10), "w0"),
        line("l1", "Stock of plants", (0, 20, 150, 30), "t1", "t2", "t3"),
        line("l2", "Plant Shelf", (0, 40, 190, 60), "w1", "w2"),
        line("l3", "Fern 4", (0, 70, 190, 90), "w3", "w4"),
        line("l4", "large beside", (0, 90, 350, 110), "w5", "w6"),
        line("l5", "counted in May", (0, 120, 100, 130), "f1", "f2", "f3"),
        word("w0", "Above", (0, 0, 60, 10)),
        *(word(f"t{n}", text, (50 * n, 20, 50 * n + 40, 30)) for n, text in ((1, "Stock"), (2, "of"), (3, "plants"))),
        word("w1", "Plant", (0, 40, 60, 60)),
        word("w2", "Shelf", (100, 40, 190, 60)),
        word("w3", "Fern", (0, 70, 60, 90)),
        word("w4", "4", (100, 70, 190, 90)),
        word("w5", "large", (0, 90, 60, 110)),
        word("w6", "beside", (300, 90, 350, 110)),
        *(word(f"f{n}", text, (30 * n, 120, 30 * n + 20, 130)) for n, text in ((1, "counted"), (2, "in"), (3, "May"))),
        item("t", "TABLE", (0, 40, 200, 115), children=["c1", "c2", "c3", "c4", "c5", "c6"],
             relations={"MERGED_CELL": ["m"], "TABLE_TITLE": ["tt"], "TABLE_FOOTER": ["tf"]}),
        item("c1", "CELL", (0, 40, 90, 65), children=["w1"], RowIndex=1, ColumnIndex=1, RowSpan=1, ColumnSpan=1, EntityTypes=["COLUMN_HEADER"]),
        item("c2", "CELL", (90, 40, 145, 65), children=["w2"], RowIndex=1, ColumnIndex=2, RowSpan=1, ColumnSpan=1, EntityTypes=["COLUMN_HEADER"]),
        item("c3", "CELL", (145, 40, 200, 65), RowIndex=1, ColumnIndex=3, RowSpan=1, ColumnSpan=1),
        item("c4", "CELL", (0, 65, 90, 115), children=["w3", "w5"], RowIndex=2, ColumnIndex=1, RowSpan=1, ColumnSpan=1),
        item("c5", "CELL", (90, 65, 145, 115), children=["w4"], RowIndex=2, ColumnIndex=2),
        item("c6", "CELL", (145, 65, 200, 115), children=["s"], RowIndex=2, ColumnIndex=3),
        item("m", "MERGED_CELL", (90, 40, 200, 65), children=["c2", "c3"], RowIndex=1, ColumnIndex=2, RowSpan=1, ColumnSpan=2),
        item("s", "SELECTION_ELEMENT", (150, 70, 160, 80), SelectionStatus="SELECTED", sure=88.0),
        item("tt", "TABLE_TITLE", (0, 20, 150, 30), children=["t1", "t2", "t3"]),
        item("tf", "TABLE_FOOTER", (0, 120, 100, 130), children=["f1", "f2", "f3"]),
    ]
}  # fmt: skip
FORM = {
    "Blocks": [
        line("l1", "Name: Ada Byron", (0, 0, 200, 20), "w1", "w2", "w3"),
        line("l2", "Member", (0, 30, 100, 50), "w4"),
        line("l3", "Name: Charles", (0, 60, 200, 80), "w5", "w6"),
        word("w1", "Name:", (0, 0, 40, 20)),
        word("w2", "Ada", (50, 0, 90, 20)),
        word("w3", "Byron", (100, 0, 150, 20)),
        word("w4", "Member", (0, 30, 60, 50)),
        word("w5", "Name:", (0, 60, 40, 80)),
        word("w6", "Charles", (50, 60, 90, 80)),
        item("k1", "KEY_VALUE_SET", (0, 0, 40, 20), children=["w1"], EntityTypes=["KEY"], relations={"VALUE": ["v1"]}),
        item("v1", "KEY_VALUE_SET", (50, 0, 150, 20), children=["w2", "w3"], EntityTypes=["VALUE"], sure=80.0),
        item("k2", "KEY_VALUE_SET", (0, 30, 60, 50), children=["w4"], EntityTypes=["KEY"], relations={"VALUE": ["v2"]}),
        item("v2", "KEY_VALUE_SET", (70, 30, 80, 40), children=["s"], EntityTypes=["VALUE"]),
        item("s", "SELECTION_ELEMENT", (70, 30, 80, 40), SelectionStatus="NOT_SELECTED"),
        item("k3", "KEY_VALUE_SET", (0, 60, 40, 80), children=["w5"], EntityTypes=["KEY"], relations={"VALUE": ["v3"]}),
        item("v3", "KEY_VALUE_SET", (50, 60, 90, 80), children=["w6"], EntityTypes=["VALUE"]),
        item("g", "SIGNATURE", (200, 200, 300, 240), sure=70.0),
    ]
}  # fmt: skip
LAYOUT = {
    "Blocks": [
        line("l1", "right column", (210, 50, 390, 70)),
        line("l2", "left column", (10, 50, 190, 70)),
        line("l3", "A title", (10, 10, 190, 30)),
        line("l4", "first", (10, 100, 190, 110)),
        line("l5", "second", (10, 120, 190, 130)),
        line("l6", "7", (10, 280, 20, 290)),
        line("l7", "forgotten", (300, 280, 390, 290)),
        item("y1", "LAYOUT_TITLE", (10, 10, 190, 30), children=["l3"]),
        item("y2", "LAYOUT_TEXT", (10, 50, 190, 70), children=["l2"]),
        item("y3", "LAYOUT_LIST", (10, 100, 190, 130), children=["y4", "y5"]),
        item("y4", "LAYOUT_TEXT", (10, 100, 190, 110), children=["l4"]),
        item("y5", "LAYOUT_TEXT", (10, 120, 190, 130), children=["l5"]),
        item("y6", "LAYOUT_SECTION_HEADER", (210, 50, 390, 70), children=["l1"]),
        item("y7", "LAYOUT_FIGURE", (210, 100, 390, 200)),
        item("y8", "LAYOUT_PAGE_NUMBER", (10, 280, 20, 290), children=["l6"]),
    ]
}


def field(kind, text, *, sure=95.0, normalized=None, box=None, **more):
    value = {"Text": text, "Confidence": sure}
    if normalized:
        value["NormalizedValue"] = {"Value": normalized, "ValueType": "Date"}
    if box:
        value["Geometry"] = geometry(box)
    return {"Type": {"Text": kind, "Confidence": 99.0}, "ValueDetection": value, **more}


CARD = {
    "DocumentMetadata": {"Pages": 1},
    "IdentityDocuments": [
        {
            "DocumentIndex": 1,
            "IdentityDocumentFields": [
                field("FIRST_NAME", "Ada", sure=98.0),
                field("MIDDLE_NAME", ""),
                field("LAST_NAME", "Byron", sure=91.0),
                field("ADDRESS", "12 Lantern Rd"),
                field("CITY_IN_ADDRESS", "Salem"),
                field("ZIP_CODE_IN_ADDRESS", "97301"),
                field("DOCUMENT_NUMBER", "D-4471"),
                field("DATE_OF_BIRTH", "03/25/1990", normalized="1990-03-25T00:00:00"),
                field("EXPIRATION_DATE", "2031-07-25"),
                field("STATE_NAME", "OREGON"),
                field("ENDORSEMENTS", "NONE"),
            ],
        }
    ],
}
RECEIPT = {
    "ExpenseDocuments": [
        {
            "SummaryFields": [
                field("VENDOR_NAME", "Green\nShop", box=(0, 0, 100, 20)),
                field("INVOICE_RECEIPT_DATE", "2031/07/25", box=(0, 30, 60, 40)),
                field("TOTAL", "$12.30", box=(0, 200, 60, 210), Currency={"Code": "USD"}),
                field("TAX", "$1.00"),
                field("OTHER", "thanks"),
            ],
            "LineItemGroups": [
                {
                    "LineItems": [
                        {
                            "LineItemExpenseFields": [
                                field("PRICE", "4.00", box=(100, 100, 140, 110)),
                                field("ITEM", "Fern", box=(0, 100, 40, 110)),
                                field("EXPENSE_ROW", "Fern 4.00"),
                            ]
                        },
                        {
                            "LineItemExpenseFields": [
                                field("ITEM", "Soil", box=(0, 120, 40, 130)),
                                field("QUANTITY", "2", box=(50, 120, 60, 130)),
                            ]
                        },
                    ]
                }
            ],
            "Blocks": [
                line("l1", "Green Shop", (0, 0, 100, 20)),
                line("l2", "Fern", (0, 100, 40, 110)),
                line("l3", "4.00", (100, 100, 140, 110)),
                line("l4", "Soil", (0, 120, 40, 130)),
                line("l5", "2", (50, 120, 60, 130)),
                line("l6", "Total $12.30", (0, 200, 60, 210)),
            ],
        }
    ]
}
REPLIES = {
    "text": ("DetectDocumentText", TEXT),
    "table": ("AnalyzeDocument", TABLE),
    "form": ("AnalyzeDocument", FORM),
    "layout": ("AnalyzeDocument", LAYOUT),
    "card": ("AnalyzeID", CARD),
    "receipt": ("AnalyzeExpense", RECEIPT),
}


def parsed(name, answer=None):
    operation, reply = REPLIES[name]
    return page_result(parse(reply if answer is None else answer, IMAGE, Call(operation)))


def test_words_are_printed_or_handwritten():
    result = parsed("text")
    assert result.text == "Seed list\nsee you"
    assert [each.handwritten for each in result.words] == [None, None, "detected", "detected"]
    assert [each.handwritten for each in result.lines] == [None, "detected"]
    assert (result.lines[0].confidence, result.words[0].confidence) == (0.975, 0.99)
    assert [round(side) for side in result.words[0].box] == [10, 10, 50, 30]


def test_a_table_has_merged_cells_a_title_and_marks():
    result = parsed("table")
    assert [block.kind for block in result.blocks] == ["text", "caption", "table", "note", "text"]
    _, title, table, note, rest = result.blocks
    assert (title.text, note.text, rest.text) == ("Stock of plants", "counted in May", "beside")
    assert table.table.rows == (("Plant", "Shelf", ""), ("Fern\nlarge", "4", "☑"))
    spans = {cell.text: (cell.row_span, cell.column_span, cell.header) for cell in table.table.cells}
    assert spans["Shelf"] == (1, 2, True)
    assert spans["4"] == (1, 1, False)
    fern = next(cell for cell in table.table.cells if cell.text.startswith("Fern"))
    assert [table.lines[index].text for index in fern.lines] == ["Fern", "large"]
    (mark,) = result.marks
    assert (mark.state, mark.confidence) == ("selected", 0.88)


def test_each_word_is_in_the_result_once():
    result = parsed("table")
    texts = sorted(word.text for word in result.words)
    expected = sorted(each["Text"] for each in TABLE["Blocks"] if each["BlockType"] == "WORD")
    assert texts == expected


def test_a_form_has_fields_marks_and_signatures():
    result = parsed("form")
    assert {name: each.value for name, each in result.fields.items()} == {
        "Name": "Ada Byron",
        "Name (2)": "Charles",
    }
    assert result.fields["Name"].confidence == 0.8
    assert [(mark.name, mark.state, mark.symbol) for mark in result.marks] == [("Member", "unselected", "☐")]
    signature = result.blocks[-1]
    assert (signature.kind, signature.confidence, signature.lines) == ("signature", 0.7, ())
    assert result.blocks[0].text == "Name: Ada Byron\nMember\nName: Charles"


def test_the_layout_gives_kinds_and_the_order_of_columns():
    result = parsed("layout")
    assert [(block.kind, block.level, block.text) for block in result.blocks] == [
        ("heading", 1, "A title"),
        ("text", None, "left column"),
        ("list", None, "first\nsecond"),
        ("heading", 2, "right column"),
        ("picture", None, ""),
        ("page_number", None, "7"),
        ("text", None, "forgotten"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "rotation"),
    [
        ((10, 10, 50, 30), (60, 10, 110, 30), 0),
        ((10, 10, 30, 50), (10, 60, 30, 110), 270),
        ((60, 10, 110, 30), (10, 10, 50, 30), 180),
        ((10, 60, 30, 110), (10, 10, 30, 50), 90),
    ],
)
def test_the_direction_of_lines_gives_the_rotation(first, second, rotation):
    blocks = [
        line("l", "one two", (0, 0, 200, 200), "a", "b"),
        word("a", "one", first),
        word("b", "two", second),
    ]
    assert parsed("text", {"Blocks": blocks}).rotation == rotation


def test_columns_are_ordered_by_ocrkit():
    """The service returns the lines of a page from top to bottom, across columns."""
    lines = [
        line(f"{row}{side}", f"{side}{row}", (left, 40 * row, left + 150, 40 * row + 20))
        for row in range(6)
        for side, left in (("left", 10), ("right", 240))
    ]
    with AwsServer(WidthBackend(), {"DetectDocumentText": {"Blocks": lines}}) as server:
        settings_ = {"backends": {"aws": {**server.options(), **QUICK}}}
        document = ocrkit.recognize(Image.new("L", (400, 300), "white"), backend="aws", settings=settings_)
    assert document.text.split() == [f"{side}{row}" for side in ("left", "right") for row in range(6)]


def test_reads_an_identity_card():
    result = parsed("card")
    assert {name: each.value for name, each in result.fields.items()} == {
        "name": "Ada Byron",
        "birth_date": "1990-03-25",
        "address": "12 Lantern Rd Salem 97301",
        "id_number": "D-4471",
        "authority": "OREGON",
        "valid_until": "2031-07-25",
    }
    assert result.fields["name"].confidence == 0.91
    assert "03/25/1990" in result.text
    assert set(result.fields) <= set(FIELD_NAMES["id_card"])


def test_reads_a_receipt():
    result = parsed("receipt")
    assert {name: each.value for name, each in result.fields.items()} == {
        "merchant": "Green Shop",
        "date": "2031-07-25",
        "total": "$12.30",
        "tax": "$1.00",
        "currency": "USD",
    }
    assert set(result.fields) <= set(FIELD_NAMES["receipt"])
    assert result.blocks[0].text == "Green Shop\nTotal $12.30", "purchases are only in the table"
    assert result.blocks[1].table.rows == (("Fern", "", "4.00"), ("Soil", "2", ""))
    assert [round(side) for side in result.fields["total"].box] == [0, 200, 60, 210]


@pytest.mark.parametrize(("name", "key"), [("card", "IdentityDocuments"), ("receipt", "ExpenseDocuments")])
def test_counts_the_documents_on_the_page(name, key):
    assert parsed(name, {key: []}).warnings[0].startswith("no ")
    two = {key: REPLIES[name][1][key] * 2}
    assert "fields are those of the first" in parsed(name, two).warnings[0]


def test_a_polygon_that_is_missing_is_that_of_the_bounding_box():
    reply = json.loads(json.dumps(TEXT))
    del reply["Blocks"][3]["Geometry"]["Polygon"]
    assert [round(side) for side in parsed("text", reply).words[0].box] == [10, 10, 50, 30]
    del reply["Blocks"][3]["Geometry"]
    assert parsed("text", reply).words[0].polygon is None


def test_unknown_ids_and_circles_are_harmless():
    reply = {
        "Blocks": [
            line("l", "text", (0, 0, 10, 10), "nowhere", "l"),
            item("y", "LAYOUT_LIST", (0, 0, 10, 10), children=["y", "z", "l"]),
            item("z", "LAYOUT_TEXT", (0, 0, 10, 10), children=["y", "z"]),
            item("new", "LAYOUT_OF_TOMORROW", (0, 0, 10, 10)),
        ]
    }
    assert parsed("text", reply).text == "text"


@pytest.mark.parametrize(
    "spoiled", [{"RowIndex": None}, {"RowIndex": 10**9}, {"ColumnIndex": 2, "RowIndex": 1}]
)
def test_an_invalid_table_is_an_error(spoiled):
    reply = json.loads(json.dumps(TABLE))
    cell = next(each for each in reply["Blocks"] if each["Id"] == "c4")
    cell |= spoiled
    with pytest.raises(BadResponseError, match="table"):
        parsed("table", reply)


def test_a_box_of_the_whole_page():
    (only,) = parsed("text", {"Blocks": [line("l", "all", (0, 0, 400, 300))]}).lines
    assert only.box == Box(0, 0, 400, 300)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_response_is_a_result_or_a_typed_error(data):
    name = data.draw(st.sampled_from(sorted(REPLIES)))
    answer = data.draw(mutated(REPLIES[name][1]))
    assert_result_or_typed_error(lambda: parsed(name, answer))
