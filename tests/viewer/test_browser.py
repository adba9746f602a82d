"""The web page in a real browser: words over their ink, keys, search, phones, and nothing that runs by itself."""

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
from ocrkit.testing import draw_page

_SPEC = importlib.util.spec_from_file_location("viewer_browser", Path(__file__).with_name("browser.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
browsers = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(browsers)

LINES = ["The harbour was quiet", "before sunrise and only", "two boats had returned"]
SCRIPT = "<script>window.ran=1</script>"
WORD = "document.querySelectorAll('.layer .word')"


@pytest.fixture(scope="module")
def browser(require_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    program = shutil.which("google-chrome") if not shutil.which("chromium") else None
    program = program or require_program("chromium")
    with browsers.started(program, tmp_path_factory.mktemp("profile")) as started:
        yield started


def page_of(
    index: int = 0, rotation: int = 0, doubtful: tuple[str, ...] = ("sunrise",)
) -> tuple[PageResult, Any]:
    """A drawn page and a result that says exactly where its words stand."""
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


def written(path: Path, *args: Any, **more: Any) -> Path:
    path.write_text(ocrkit.view(*args, **more), encoding="utf-8")
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    result, drawn = page_of()
    return written(tmp_path / "plain.html", Document(page_count=1, pages=(result,)), drawn.page.pixels)


def rectangles(browser: Any, what: str) -> list[tuple[float, ...]]:
    script = f"[...document.querySelectorAll({what!r})].map((e) => {{ const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; }})"
    return [tuple(each) for each in browser.run(script)]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("turned", ["page", "text", "no"])
def test_words_lie_over_their_ink(browser: Any, tmp_path: Path, width: int, turned: str) -> None:
    """Within two pixels of the page: the text itself, not only its box."""
    result, drawn = page_of(rotation=90 if turned != "no" else 0)
    if turned == "text":  # the page lies as it does, and its text runs down
        result = result.model_copy(update={"rotation": 0})
    document = Document(page_count=1, pages=(result,))
    browser.open(written(tmp_path / "page.html", document, drawn.page.pixels), width)
    boxes = [box for _, box in (page_of()[1] if turned == "page" else drawn).words]
    (sheet,) = rectangles(browser, ".sheet")
    page_width = browser.run("data.pages[0].width")
    scale = (sheet[2] - sheet[0]) / page_width
    for what in (".layer .word", ".layer .word b"):
        shown = rectangles(browser, what)
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
    browser.open(written(tmp_path / "page.html", Document(page_count=1, pages=(tilted,))))
    (sheet,), (got,) = rectangles(browser, ".sheet"), rectangles(browser, ".layer .word b")
    scale = (sheet[2] - sheet[0]) / 600
    assert [(value - sheet[axis % 2]) / scale for axis, value in enumerate(got)] == pytest.approx(
        list(bounding_box(polygon)), abs=2
    )


def test_nothing_is_asked_of_the_network_and_nothing_fails(browser: Any, plain: Path) -> None:
    browser.open(plain)
    assert browser.run("document.querySelector('.sheet img').naturalWidth") > 0
    assert browser.run("fetch('https://example.org/').then(() => 'sent', () => 'refused')") == "refused"
    assert browser.requests() == []
    assert [each for each in browser.complaints() if "example.org" not in each] == []


def test_a_script_that_was_read_does_not_run(browser: Any, tmp_path: Path) -> None:
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
    browser.open(written(tmp_path / "page.html", [document, document]))
    for key in "nndb?":
        browser.press(key)
    assert browser.run("window.ran") is None
    assert browser.run(f"[...{WORD}].map((each) => each.textContent)") == parts
    assert browser.run("document.querySelectorAll('#sheets script, img[src=x]').length") == 0
    assert browser.run("document.querySelector('.warning').textContent").endswith(SCRIPT)
    assert browser.complaints() == []


def test_n_goes_to_the_doubtful_word(browser: Any, plain: Path) -> None:
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


def test_the_slider_says_what_is_doubtful(browser: Any, plain: Path) -> None:
    browser.open(plain)
    move = "(() => { const l = document.getElementById('limit'); l.value = %d; l.dispatchEvent(new Event('input')); return document.querySelectorAll('.layer .doubtful').length; })()"
    assert browser.run(move % 99) == 12
    assert browser.run(move % 0) == 0
    assert browser.run("document.getElementById('doubt-on').disabled")


def test_search_finds_across_words_pages_case_and_accents(browser: Any, tmp_path: Path) -> None:
    pages = tuple(page_of(index)[0] for index in range(2))
    browser.open(written(tmp_path / "page.html", Document(page_count=2, pages=pages)))
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


def test_a_selection_is_copied_as_it_reads(browser: Any, plain: Path) -> None:
    browser.open(plain)
    script = f"(() => {{ const words = {WORD}; getSelection().setBaseAndExtent(words[0].firstChild.firstChild, 0, words[5].firstChild.firstChild, 3); return copied(getSelection()); }})()"
    assert browser.run(script) == "The harbour was quiet\nbefore sun"


def test_the_cells_of_a_row_stand_and_are_copied_side_by_side(browser: Any, tmp_path: Path) -> None:
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
    browser.open(written(tmp_path / "table.html", Document(page_count=1, pages=(page,))))
    shown = "[...document.querySelectorAll('.line')].map((each) => each.textContent)"
    assert browser.run(shown) == ["Fruit\tPrice", "red apples\t12.50"]
    script = f"(() => {{ const words = {WORD}; getSelection().setBaseAndExtent(words[0].firstChild.firstChild, 0, words[4].firstChild.firstChild, 5); return copied(getSelection()); }})()"
    assert browser.run(script) == "Fruit\tPrice\nred apples\t12.50"


@pytest.mark.parametrize("several", [False, True])
def test_a_phone_shows_it_without_scrolling_sideways(browser: Any, tmp_path: Path, *, several: bool) -> None:
    result, drawn = page_of()
    long = result.model_copy(update={"warnings": ("x" * 300,)})
    document = Document(source="n" * 200 + ".png", page_count=1, pages=(long,))
    documents = [document, document] if several else document
    browser.open(written(tmp_path / "page.html", documents, drawn.page.pixels), 360, 740)
    browser.run("document.getElementById('more').click()")
    assert browser.run("document.documentElement.scrollWidth") <= 360
    assert browser.run(
        "[...document.querySelectorAll('.bar button, .bar input, .bar select')].filter((e) => e.offsetWidth).every((e) => e.getBoundingClientRect().right <= 360)"
    )


def test_engines_are_compared(browser: Any, tmp_path: Path) -> None:
    first, drawn = page_of()
    text = first.model_dump_json().replace('"harbour"', '"harbor"').replace('"drawn"', '"other"')
    other = PageResult.model_validate_json(text)
    documents = [Document(page_count=1, pages=(page,)) for page in (first, other)]
    browser.open(written(tmp_path / "page.html", documents, drawn.page.pixels))
    browser.press("d")
    assert browser.run("document.activeElement.textContent") == "harbour"
    assert browser.run(
        "[...document.querySelectorAll('.texts .differs')].map((each) => each.textContent)"
    ) == ["harbour", "harbor"]
    assert "harbor" in browser.run("document.getElementById('card').innerText")
    browser.press("e")
    browser.press("d")
    assert browser.run("document.activeElement.textContent") == "harbor"
    assert browser.run("document.getElementById('corrected').hidden"), "there is nothing to toggle"


def test_corrections_can_be_switched_off(browser: Any, tmp_path: Path) -> None:
    page, drawn = page_of()
    block = page.blocks[0]
    spot = block.lines[0].text.index("harbour")
    edit = Edit(0, spot, spot + len("harbour"), "harbor", "as Webster has it")
    page = page.model_copy(update={"blocks": (apply_edits(block, [edit], "a step"), *page.blocks[1:])})
    document = Document(page_count=1, pages=(page,))
    browser.open(written(tmp_path / "page.html", [document], drawn.page.pixels))
    shown = f"{WORD}[1].textContent"
    assert browser.run(shown) == "harbor"
    browser.press("c")
    assert browser.run(shown) == "harbour"
    assert not browser.run("document.getElementById('corrected').hidden")


def test_everything_is_reached_with_tab_and_focus_is_seen(browser: Any, plain: Path) -> None:
    browser.open(plain)
    reached = []
    for _ in range(30):
        browser.press("Tab")
        reached.append(browser.run("document.activeElement.id || document.activeElement.className"))
        if reached[-1].startswith("word"):
            break
        assert browser.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
    wanted = ["query", "doubt-back", "doubt-on", "help", "limit", "boxes", "text", "paper", "fit"]
    assert set(wanted) <= set(reached)
    assert reached[-1].startswith("word")
    browser.press("?")
    assert browser.run("document.getElementById('keys').open")


def test_dark_and_light_differ(browser: Any, plain: Path) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    browser.open(plain)
    light = browser.run(colour)
    browser.open(plain, dark=True)
    assert sum(map(int, light[4:-1].split(","))) > 600
    assert sum(map(int, browser.run(colour)[4:-1].split(","))) < 150


def test_printing_holds_all_pages(browser: Any, tmp_path: Path) -> None:
    pages = tuple(page_of(index)[0] for index in range(12))
    path = written(
        tmp_path / "page.html",
        Document(page_count=12, pages=pages),
        np.stack([page_of()[1].page.pixels]).squeeze(),
    )
    browser.open(path, 1000, 300)
    assert browser.run("document.querySelectorAll('.layer').length") < 12, "what is far away waits"
    browser.call("Page.printToPDF")
    assert browser.run("document.querySelectorAll('.layer').length") == 12
