"""The web page in a real browser: layout, keyboard, search, small screens, and no network or foreign script."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ocrkit
from ocrkit import Block, Cell, Document, Line, PageResult, Table, Trace, Word
from ocrkit.geometry import Box, Transform, bounding_box
from ocrkit.postprocess.edits import Edit, apply_edits
from ocrkit.result import CorrectionCandidate
from ocrkit.strategies.consensus import combine
from ocrkit.testing import draw_page
from ocrkit.witness import held_to

_SPEC = importlib.util.spec_from_file_location("viewer_browser", Path(__file__).with_name("browser.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
browsers = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(browsers)

pytestmark = pytest.mark.long

LINES = ["The harbour was quiet", "before sunrise and only", "two boats had returned"]
SCRIPT = "<script>window.ran=1</script>"
WORD = "document.querySelectorAll('.layer .word')"


@pytest.fixture(scope="module")
def browser(require_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    program = shutil.which("google-chrome") if not shutil.which("chromium") else None
    program = program or require_program("chromium")
    with browsers.launch(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def drawn_page(
    index: int = 0, rotation: int = 0, doubtful: tuple[str, ...] = ("sunrise",)
) -> tuple[PageResult, Any]:
    """A drawn page, and its result with the exact box of each word."""
    drawn = draw_page(LINES, font_size=40, rotation=rotation, index=index)
    upright = draw_page(LINES, font_size=40)
    lines, rest = [], iter(upright.words)
    for text in LINES:
        words = []
        for _ in text.split():
            word, box = next(rest)
            words.append(
                Word(
                    text=word,
                    polygon=box.polygon,
                    confidence=0.3 if word in doubtful else 0.97,
                    language="en",
                )
            )
        lines.append(Line.of(words))
    height, width = upright.page.pixels.shape
    result = PageResult(
        index=index, width=width, height=height, blocks=(Block.of(lines),), trace=Trace(backend="drawn")
    )
    turn = Transform.quarter_turns(rotation // 90, width, height)
    return result.transformed(turn, drawn.page.width, drawn.page.height), drawn


def saved(path: Path, *args: Any, **more: Any) -> Path:
    path.write_text(ocrkit.view(*args, **more), encoding="utf-8")
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    result, drawn = drawn_page()
    return saved(tmp_path / "plain.html", Document(page_count=1, pages=(result,)), drawn.page.pixels)


def rectangles(browser: Any, selector: str) -> list[tuple[float, ...]]:
    script = f"[...document.querySelectorAll({selector!r})].map((e) => {{ const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; }})"
    return [tuple(each) for each in browser.run(script)]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("turned", ["page", "text", "no"])
def test_boxes_and_text_of_words_are_within_two_pixels_of_their_ink(
    browser: Any, tmp_path: Path, width: int, turned: str
) -> None:
    result, drawn = drawn_page(rotation=90 if turned != "no" else 0)
    if turned == "text":  # the page stays as it is, and its text runs down
        result = result.model_copy(update={"rotation": 0})
    document = Document(page_count=1, pages=(result,))
    browser.open(saved(tmp_path / "page.html", document, drawn.page.pixels), width)
    boxes = [box for _, box in (drawn_page()[1] if turned == "page" else drawn).words]
    (sheet,) = rectangles(browser, ".sheet")
    page_width = browser.run("data.pages[0].width")
    scale = (sheet[2] - sheet[0]) / page_width
    for selector in (".layer .word", ".layer .word b"):
        shown = rectangles(browser, selector)
        assert len(shown) == len(boxes)
        for got, box in zip(shown, boxes, strict=True):
            on_page = [(value - sheet[axis % 2]) / scale for axis, value in enumerate(got)]
            assert on_page == pytest.approx(list(box), abs=2)


def test_slanted_words_keep_their_slope(browser: Any, tmp_path: Path) -> None:
    slope = Transform.rotation(20)
    polygon = slope.polygon(Box(200, 20, 400, 60).polygon)
    tilted = PageResult(
        width=600, height=400, trace=Trace(backend="null"),
        blocks=(Block.of([Line.of([Word(text="aslant", polygon=polygon)])]),),
    )  # fmt: skip
    browser.open(saved(tmp_path / "page.html", Document(page_count=1, pages=(tilted,))))
    (sheet,), (got,) = rectangles(browser, ".sheet"), rectangles(browser, ".layer .word b")
    scale = (sheet[2] - sheet[0]) / 600
    assert [(value - sheet[axis % 2]) / scale for axis, value in enumerate(got)] == pytest.approx(
        list(bounding_box(polygon)), abs=2
    )


def test_the_page_sends_no_request_and_logs_no_error(browser: Any, plain: Path) -> None:
    browser.open(plain)
    assert browser.run("document.querySelector('.sheet img').naturalWidth") > 0
    assert browser.run("fetch('https://example.org/').then(() => 'sent', () => 'refused')") == "refused"
    assert browser.requests() == []
    assert [each for each in browser.errors() if "example.org" not in each] == []


def test_recognized_scripts_do_not_run(browser: Any, tmp_path: Path) -> None:
    parts = [SCRIPT, "</script>", "<!--", "<img src=x onerror=window.ran=1>"]
    words = [
        Word(text=text, polygon=Box(10, 30 * at, 300, 30 * at + 20).polygon, confidence=0.1)
        for at, text in enumerate(parts)
    ]
    page = PageResult(
        width=400,
        height=200,
        trace=Trace(backend=SCRIPT),
        warnings=(SCRIPT,),
        blocks=(Block.of([Line.of(words)]),),
    )
    document = Document(source=f"{SCRIPT}.png", page_count=1, pages=(page,))
    browser.open(saved(tmp_path / "page.html", [document, document]))
    for key in "nndb?":
        browser.press(key)
    assert browser.run("window.ran") is None
    assert browser.run(f"[...{WORD}].map((each) => each.textContent)") == parts
    assert browser.run("document.querySelectorAll('#sheets script, img[src=x]').length") == 0
    assert browser.run("document.querySelector('.warning').textContent").endswith(SCRIPT)
    assert browser.errors() == []


def test_keys_move_between_doubtful_words_and_their_neighbors(browser: Any, plain: Path) -> None:
    browser.open(plain)
    assert browser.run("document.getElementById('doubts').textContent") == "1 doubtful"
    browser.press("n")
    assert browser.run("document.activeElement.textContent") == "sunrise"
    card = browser.run("document.getElementById('card').innerText")
    assert all(part in card for part in ("sunrise", "30 %", "doubtful", "en", "drawn"))
    browser.press("ArrowRight")
    assert browser.run("document.activeElement.textContent") == "and"
    browser.press("ArrowDown")
    assert browser.run("state.word > 7 && readingOf(0).words[state.word].line") == 2
    browser.press("p")
    assert browser.run("document.activeElement.textContent") == "sunrise"
    browser.press("Escape")
    assert browser.run("document.getElementById('card').hidden")


def test_the_slider_sets_the_threshold_of_doubtful_words(browser: Any, plain: Path) -> None:
    browser.open(plain)
    move = "(() => { const slider = document.getElementById('threshold'); slider.value = %d; slider.dispatchEvent(new Event('input')); return document.querySelectorAll('.layer .doubtful').length; })()"
    assert browser.run(move % 99) == 12
    assert browser.run(move % 0) == 0
    assert browser.run("document.getElementById('doubt-next').disabled")


def test_search_spans_words_and_pages_and_ignores_case_and_accents(browser: Any, tmp_path: Path) -> None:
    pages = tuple(drawn_page(index)[0] for index in range(2))
    browser.open(saved(tmp_path / "page.html", Document(page_count=2, pages=pages)))
    browser.press("/")
    browser.type("HÁRBOUR was")
    assert browser.run("document.getElementById('hits').textContent") == "2"
    browser.press("Enter")
    assert browser.run(
        "[...document.querySelectorAll('.layer .hit-now')].map((each) => each.textContent)"
    ) == ["harbour", "was"]
    browser.press("Enter")
    assert browser.run("[document.getElementById('hits').textContent, state.page]") == ["2 of 2", 1]
    browser.press("Enter", shift=True)
    assert browser.run("[document.getElementById('hits').textContent, state.page]") == ["1 of 2", 0]


def test_a_selection_is_copied_in_reading_order(browser: Any, plain: Path) -> None:
    browser.open(plain)
    script = f"(() => {{ const words = {WORD}; getSelection().setBaseAndExtent(words[0].firstChild.firstChild, 0, words[5].firstChild.firstChild, 3); return selectedText(getSelection()); }})()"
    assert browser.run(script) == "The harbour was quiet\nbefore sun"


def test_table_cells_of_a_row_are_shown_and_copied_on_one_line(browser: Any, tmp_path: Path) -> None:
    places = [("Fruit", 0, 0), ("Price", 0, 1), ("red", 1, 0), ("apples", 1, 0), ("12.50", 1, 1)]
    lines = [
        Line.of([Word(text=text, polygon=Box(20 + 150 * column, 20 + 30 * down, 120 + 150 * column, 40 + 30 * down).polygon)])
        for down, (text, _, column) in enumerate(places)
    ]  # fmt: skip
    cells = [
        Cell(text="Fruit", row=0, column=0, lines=(0,)), Cell(text="Price", row=0, column=1, lines=(1,)),
        Cell(text="red\napples", row=1, column=0, lines=(2, 3)), Cell(text="12.50", row=1, column=1, lines=(4,)),
    ]  # fmt: skip
    block = Block.of(lines, kind="table", table=Table(cells=tuple(cells)))
    page = PageResult(width=400, height=300, blocks=(block,), trace=Trace(backend="drawn"))
    browser.open(saved(tmp_path / "table.html", Document(page_count=1, pages=(page,))))
    shown = "[...document.querySelectorAll('.line')].map((each) => each.textContent)"
    assert browser.run(shown) == ["Fruit\tPrice", "red apples\t12.50"]
    script = f"(() => {{ const words = {WORD}; getSelection().setBaseAndExtent(words[0].firstChild.firstChild, 0, words[4].firstChild.firstChild, 5); return selectedText(getSelection()); }})()"
    assert browser.run(script) == "Fruit\tPrice\nred apples\t12.50"


@pytest.mark.parametrize("several", [False, True])
def test_a_narrow_screen_needs_no_horizontal_scrolling(
    browser: Any, tmp_path: Path, *, several: bool
) -> None:
    result, drawn = drawn_page()
    long = result.model_copy(update={"warnings": ("x" * 300,)})
    document = Document(source="n" * 200 + ".png", page_count=1, pages=(long,))
    documents = [document, document] if several else document
    browser.open(saved(tmp_path / "page.html", documents, drawn.page.pixels), 360, 740)
    browser.run("document.getElementById('more').click()")
    assert browser.run("document.documentElement.scrollWidth") <= 360
    assert browser.run(
        "[...document.querySelectorAll('.bar button, .bar input, .bar select')].filter((e) => e.offsetWidth).every((e) => e.getBoundingClientRect().right <= 360)"
    )


def test_differences_between_engines_are_marked_and_visited(browser: Any, tmp_path: Path) -> None:
    first, drawn = drawn_page()
    text = first.model_dump_json().replace('"harbour"', '"harbor"').replace('"drawn"', '"other"')
    other = PageResult.model_validate_json(text)
    documents = [Document(page_count=1, pages=(page,)) for page in (first, other)]
    browser.open(saved(tmp_path / "page.html", documents, drawn.page.pixels))
    browser.press("d")
    assert browser.run("document.activeElement.textContent") == "harbour"
    assert browser.run(
        "[...document.querySelectorAll('.texts .differs')].map((each) => each.textContent)"
    ) == ["harbour", "harbor"]
    assert "harbor" in browser.run("document.getElementById('card').innerText")
    browser.press("e")
    browser.press("d")
    assert browser.run("document.activeElement.textContent") == "harbor"
    assert browser.run("document.getElementById('corrected').hidden"), (
        "there are no corrections to switch off"
    )


def test_disagreements_with_a_second_reading_are_listed_first_and_visited(
    browser: Any, tmp_path: Path
) -> None:
    local, drawn = drawn_page()
    text = ["The harbour was very quiet", "before sunset and only", "boats had returned"]
    said = local.model_copy(update={"blocks": (Block(lines=tuple(Line(text=each) for each in text)),)})
    document = Document(page_count=1, pages=(held_to(said, local),))
    browser.open(saved(tmp_path / "page.html", document, drawn.page.pixels))
    listed = "[...document.querySelectorAll('.findings button')].map((each) => each.innerText.split(/\\s*\\n\\s*/).join(' '))"
    assert browser.run(listed) == ["no evidence on the page very", "missing in the text two"]
    assert browser.run("document.getElementById('finding').textContent") == "2 disagreements"
    browser.press("f")
    assert browser.run("document.querySelector('.texts .current').textContent") == "very"
    assert browser.run("document.querySelector('.texts .unsupported').textContent") == "very"
    browser.press("f")
    assert browser.run("document.getElementById('finding').textContent") == "2 of 2 disagreements"
    mark = rectangles(browser, ".mark.kind-missing.now")[0]
    left, top, right, bottom = rectangles(browser, ".sheet")[0]
    assert left <= mark[0] < mark[2] <= right
    assert top <= mark[1] < mark[3] <= bottom
    browser.press("f")
    assert browser.run("document.getElementById('finding').textContent") == "1 of 2 disagreements"


def test_a_consensus_shows_its_disagreements_first_and_who_read_a_word(browser: Any, tmp_path: Path) -> None:
    page, drawn = drawn_page()

    def read(probability: float, **changed: str) -> PageResult:
        lines = [
            Line.of(
                word.model_copy(
                    update={
                        "text": changed.get(word.text, word.text),
                        "raw_text": changed.get(word.text, word.text),
                        "probability": probability if word.text in changed else 0.9,
                    }
                )
                for word in line.words
            )
            for line in page.lines
        ]
        return page.model_copy(update={"blocks": (Block.of(lines),)})

    first = read(0.5, quiet="quiet", two="2", returned="retumed")
    both = combine([first, read(0.6, quiet="quist", two="7", returned="returned")], ["one", "other"])
    browser.open(saved(tmp_path / "page.html", Document(page_count=1, pages=(both,)), drawn.page.pixels))
    listed = browser.run("[...document.querySelectorAll('.findings button')].map((each) => each.innerText)")
    assert ["7" in listed[0], "quist" in listed[1], "returned" in listed[2]] == [True, True, True]
    browser.press("f")
    assert browser.run("document.querySelector('.texts .current').textContent") == "7"
    card = browser.run("document.getElementById('card').innerText")
    assert "Read by" in card
    assert "other" in card
    assert browser.errors() == []


def test_corrections_can_be_switched_off(browser: Any, tmp_path: Path) -> None:
    page, drawn = drawn_page()
    block = page.blocks[0]
    spot = block.lines[0].text.index("harbour")
    candidates = (CorrectionCandidate(text="harbor", source="dictionary", score=4.25),)
    edit = Edit(0, spot, spot + len("harbour"), "harbor", "American spelling", candidates=candidates)
    page = page.model_copy(update={"blocks": (apply_edits(block, [edit], "a step"), *page.blocks[1:])})
    document = Document(page_count=1, pages=(page,))
    browser.open(saved(tmp_path / "page.html", [document], drawn.page.pixels))
    shown = f"{WORD}[1].textContent"
    assert browser.run(shown) == "harbor"
    browser.press("c")
    assert browser.run(shown) == "harbour"
    assert not browser.run("document.getElementById('corrected').hidden")
    browser.run(f"{WORD}[1].click()")
    card = browser.run("document.getElementById('card').innerText")
    assert "a step" in card
    assert "harbor (4.3)" in card


def test_tab_reaches_every_control_and_shows_the_focus(browser: Any, plain: Path) -> None:
    browser.open(plain)
    reached = []
    for _ in range(30):
        browser.press("Tab")
        reached.append(browser.run("document.activeElement.id || document.activeElement.className"))
        if reached[-1].startswith("word"):
            break
        assert browser.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
    expected = ["query", "doubt-previous", "doubt-next", "help", "threshold", "boxes", "text", "paper", "fit"]
    assert set(expected) <= set(reached)
    assert reached[-1].startswith("word")
    browser.press("?")
    assert browser.run("document.getElementById('keys').open")


def test_the_page_follows_the_color_scheme(browser: Any, plain: Path) -> None:
    color = "getComputedStyle(document.body).backgroundColor"
    browser.open(plain)
    light = browser.run(color)
    browser.open(plain, dark=True)
    assert sum(map(int, light[4:-1].split(","))) > 600
    assert sum(map(int, browser.run(color)[4:-1].split(","))) < 150


def test_all_pages_are_printed(browser: Any, tmp_path: Path) -> None:
    pages = tuple(drawn_page(index)[0] for index in range(12))
    path = saved(
        tmp_path / "page.html",
        Document(page_count=12, pages=pages),
        np.stack([drawn_page()[1].page.pixels]).squeeze(),
    )
    browser.open(path, 1000, 300)
    assert browser.run("document.querySelectorAll('.layer').length") < 12, (
        "distant pages are not rendered yet"
    )
    browser.call("Page.printToPDF")
    assert browser.run("document.querySelectorAll('.layer').length") == 12
