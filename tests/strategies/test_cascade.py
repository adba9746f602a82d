"""`cascade`: a cheap reader reads every page, and stronger ones the lines that are doubtful."""

from __future__ import annotations

import pytest

import ocrkit
from ocrkit.backends.ppocr import PpocrBackend
from ocrkit.backends.tesseract import TesseractBackend
from ocrkit.errors import BackendUnavailableError, ConfigError
from ocrkit.geometry import Box
from ocrkit.request import Capabilities
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word
from ocrkit.strategies import Cascade
from ocrkit.strategies.contact_sheet import contact_sheet
from ocrkit.testing import FailingBackend, ScriptedBackend, draw_page
from ocrkit.testing.alibaba import AlibabaServer
from ocrkit.testing.aws import AwsServer
from ocrkit.testing.azure import AzureServer
from ocrkit.testing.baidu import BaiduServer
from ocrkit.testing.google import GoogleServer
from ocrkit.testing.tencent import TencentServer

TEXT = (
    "The harbor office opens at seven",
    "and closes when the last boat is in.",
    "Fees for the night are 14.50 a boat,",
    "paid in advance to the warden.",
    "Boats longer than twelve meters",
    "need a berth at the outer pier.",
    "Dogs are welcome on the quay",
    "if their owners hold the leash.",
)
DRAWN = draw_page(TEXT, font_size=36)
PAGE = DRAWN.page.pixels


class FirstReader:
    """Reads the words of the drawn page at their places, and is wrong and unsure about some lines."""

    name = "first"
    capabilities = Capabilities(
        levels=frozenset({"line", "word"}), confidence="word", reading_order=True, sharing="shared"
    )

    def __init__(self, wrong=(), *, confidence=0.3, missed=(), table=False):
        self.wrong, self.confidence, self.missed, self.table = wrong, confidence, missed, table

    def recognize(self, page, request):
        words = iter(DRAWN.words)
        lines = []
        for number, text in enumerate(TEXT):
            bad = number in self.wrong
            own = [next(words) for _ in text.split()]
            if number not in self.missed:
                lines.append(
                    Line.of(
                        Word(
                            text="###" if bad else word, box=box, confidence=self.confidence if bad else 0.99
                        )
                        for word, box in own
                    )
                )
        table = None
        if self.table:
            table = Table(
                cells=tuple(
                    Cell(text=line.text, row=row, column=0, lines=(row,)) for row, line in enumerate(lines)
                )
            )
        block = Block.of(lines, table=table, kind="table" if table else "text")
        return PageResult(
            width=page.width, height=page.height, blocks=(block,), trace=Trace(backend=self.name)
        )

    def close(self): ...


def read(then, first=None, settings=None, **options):
    strategy = Cascade(first=first or FirstReader(wrong={2, 6}), then=then, **options)
    with ocrkit.Ocr(strategy, languages="en", preprocess="none", settings=settings) as ocr:
        return ocr.recognize(PAGE)[0]


def readers(page):
    return "".join(line.read_by[0] for line in page.lines)


def decision(page):
    return next(each for each in page.trace.decisions if each.topic in ("cascade", "passed over"))


def test_doubtful_lines_are_read_as_crops_and_merged_at_their_places():
    page = read("ppocr")
    assert page.text.splitlines() == list(TEXT)
    assert readers(page) == "ffpfffpf"
    assert decision(page).reason == "2 doubtful lines, 2 replaced; read as crops on one sheet"
    for line, number in ((page.lines[2], 2), (page.lines[6], 6)):
        first = TEXT[:number]
        start = sum(len(text.split()) for text in first)
        ink = DRAWN.words[start][1]
        assert line.words[0].text == TEXT[number].split()[0]
        assert abs(line.words[0].box.left - ink.left) < 12
        assert abs(line.words[0].box.center.y - ink.center.y) < 12
        assert line.words[0].probability is not None


def test_a_page_without_doubt_is_read_once():
    second = ScriptedBackend(["never"])
    page = read(second, FirstReader())
    assert second.requests == []
    assert decision(page).reason == "no line is doubtful"
    assert page.text.splitlines() == list(TEXT)


@pytest.mark.parametrize(("below", "asked"), [(0.85, 0), (0.95, 1)])
def test_the_bar(below, asked):
    second = ScriptedBackend(["x"])
    read(second, FirstReader(wrong={2}, confidence=0.9), below=below)
    assert len(second.requests) == asked


def test_a_share_takes_the_most_doubtful_lines():
    second = PpocrBackend()
    page = read(second, FirstReader(wrong={1, 4}), share=0.25)
    assert readers(page).count("p") >= 1
    assert page.lines[1].read_by == "ppocr" or page.lines[4].read_by == "ppocr"
    assert "of the letters" not in decision(page).reason
    assert readers(read(second, FirstReader(wrong={1, 4}), share=0.0)) == "ffffffff"


def test_mostly_doubtful_pages_are_read_whole_and_missed_lines_are_added():
    page = read("ppocr", FirstReader(wrong={0, 1, 2, 3, 5}, missed={4}), below=0.8)
    assert "as a whole page" in decision(page).reason
    assert page.text.split() == " ".join(TEXT).split()
    assert readers(page) == "ppppppff"


def test_a_reader_without_places_gets_the_whole_page_and_replaces_it():
    class Placeless(ScriptedBackend):
        capabilities = ScriptedBackend.capabilities.model_copy(update={"levels": frozenset()})

        def recognize(self, page, request):
            lines = [Line(text=text) for text in TEXT]
            blocks = (Block(lines=tuple(lines)),)
            return PageResult(
                width=page.width, height=page.height, blocks=blocks, trace=Trace(backend="scripted")
            )

    page = read(Placeless())
    assert page.text.splitlines() == list(TEXT)
    assert readers(page) == "ssssssss"
    assert "no places" in decision(page).reason


def test_a_less_probable_reading_changes_nothing():
    page = read(ScriptedBackend(["worse", "worse"], confidence=0.1))
    assert readers(page) == "ffffffff"
    assert "2 doubtful lines, 0 replaced" in decision(page).reason
    assert readers(read("null")) == "ffffffff"


def test_more_than_two_stages():
    page = read([ScriptedBackend(["worse", "worse"], confidence=0.2), "ppocr"])
    assert page.text.splitlines() == list(TEXT)
    assert [each.choice for each in page.trace.decisions[:2]] == ["scripted", "ppocr"]


def test_cells_of_tables_take_over_the_text():
    page = read("ppocr", FirstReader(wrong={2}, table=True))
    assert page.tables[0].rows[2] == (TEXT[2],)


def test_an_error_of_the_second_reader_is_an_error_of_the_page():
    with pytest.raises(BackendUnavailableError):
        read(FailingBackend(BackendUnavailableError("is down")))


@pytest.mark.long
def test_with_a_budget_the_first_reading_stays_and_is_not_cached(tmp_path):
    with GoogleServer(PpocrBackend()) as server:
        backends = {"google": {**server.options(), "proxy": "none"}}
        cached = {"backends": backends, "cache": str(tmp_path / "cache")}
        poor = read("google", FirstReader({2}), {"backends": backends}, max_calls=0)
        assert readers(poor) == "ffffffff"
        assert decision(poor).topic == "passed over"
        assert "1 doubtful lines were not read by 'google'" in poor.warnings[-1]
        assert server.requests == ()

        def spend(limit):
            strategies = {
                "cascade": {"first": "tesseract", "then": "google", "share": 0.2, "max_calls": limit}
            }
            with ocrkit.Ocr("cascade", languages="en", settings={**cached, "strategies": strategies}) as ocr:
                return ocr.recognize(PAGE)[0].trace.cost

        assert spend(0) is None
        assert spend(1).calls == 1
        assert spend(0).calls == 1  # from the cache
        assert len(server.requests) == 1
        assert server.errors == []


def test_the_table_in_the_settings(tmp_path):
    (tmp_path / "ocrkit.toml").write_text(
        'backend = "null"\n[strategies.cascade]\nfirst = "ppocr"\nthen = "null"\n'
        '[profiles.strong]\nbackend = "cascade"\n[profiles.strong.strategies.cascade]\nbelow = 0.9\n'
    )
    loaded = ocrkit.load_settings(config_file=tmp_path / "ocrkit.toml", profile="strong")
    with ocrkit.Ocr(settings=loaded.settings) as ocr:
        assert ocr.backend.name == "cascade"
        assert [reader.name for reader in ocr.backend.readers] == ["ppocr", "null"]
        assert ocr.backend.capabilities.native
    with pytest.raises(ConfigError, match="then is missing"):
        ocrkit.Ocr("cascade", settings={"strategies": {"cascade": {"first": "ppocr"}}})


def test_a_sheet_keeps_within_the_limits_of_the_reader():
    boxes = {number: Box(40, 40 + 60 * number, 400, 80 + 60 * number) for number in range(6)}
    page = draw_page("x", size=(1000, 420)).page
    sheet = contact_sheet(page, boxes, Capabilities())
    assert max(sheet.page.width, sheet.page.height) <= 1000
    assert len({tile.left for tile in sheet.tiles}) == 2  # in columns, where they fit beside each other
    places = [tile.place for tile in sheet.tiles]
    assert all(one.intersection(other) is None for one in places for other in places if one is not other)
    assert contact_sheet(page, boxes, Capabilities(max_side=300)) is None
    assert contact_sheet(page, boxes, Capabilities(max_pixels=10_000)) is None
    for tile in sheet.tiles:
        top, left = tile.top, tile.left
        shown = sheet.page.pixels[top : top + int(tile.crop.height), left : left + int(tile.crop.width)]
        there = page.pixels[
            int(tile.crop.top) : int(tile.crop.bottom), int(tile.crop.left) : int(tile.crop.right)
        ]
        assert (shown == there).all()


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("google", GoogleServer), ("aws", AwsServer), ("azure", AzureServer),
        ("baidu", BaiduServer), ("tencent", TencentServer), ("alibaba", AlibabaServer),
    ],
)  # fmt: skip
def test_every_service_gets_one_sheet_and_its_lines_return_to_their_places(name, server):
    with server(TesseractBackend()) as service:
        backends = {name: {**service.options(), "proxy": "none", "retries": 0}}
        page = read(name, settings={"backends": backends})
        assert service.errors == []
    assert decision(page).reason == "2 doubtful lines, 2 replaced; read as crops on one sheet"
    assert [line.read_by == name for line in page.lines] == [number in (2, 6) for number in range(len(TEXT))]
    for number in (2, 6):
        assert page.lines[number].text.replace(" ", "") == TEXT[number].replace(" ", "")
        ink = DRAWN.words[sum(len(text.split()) for text in TEXT[:number])][1]
        assert abs(page.lines[number].box.left - ink.left) < 12
        assert abs(page.lines[number].box.center.y - ink.center.y) < 12


def test_doubt_is_that_of_the_line_and_of_the_page():
    sure = FirstReader(wrong={2}, confidence=0.8)
    unsure = FirstReader(wrong=set(range(8)) - {2}, confidence=0.5)
    assert decision(read(ScriptedBackend(["x"]), sure, below=0.8)).reason == "no line is doubtful"
    page = read(ScriptedBackend(["x"]), unsure, below=0.9)
    assert "100% of the letters" in decision(page).reason  # also the line that its reader is sure of
