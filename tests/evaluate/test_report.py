"""The report in a real browser: it loads nothing, runs no scripts, and shows the differences."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocrkit.evaluate import Rules, find_samples
from ocrkit.evaluate.differences import diff_lines
from ocrkit.evaluate.evaluation import run_evaluation, system_configs
from ocrkit.evaluate.report import render_report

_SPEC = importlib.util.spec_from_file_location(
    "report_browser", Path(__file__).parents[1] / "viewer" / "browser.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
browsers = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(browsers)

EXACT, SLOPPY = "evaluated_engines:ExactBackend", "evaluated_engines:SloppyBackend"
MARKUP = ["<script>window.ran=1</script>", "<img/src=x/onerror=window.ran=1>", "</style>", "{{pages}}", "a&b"]


@pytest.fixture(scope="module")
def browser(require_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    program = shutil.which("google-chrome") if not shutil.which("chromium") else None
    program = program or require_program("chromium")
    with browsers.launch(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def write_report(corpus: Any, path: Path, **options: Any) -> Path:
    found = find_samples(corpus.folder)
    configs = system_configs([EXACT, SLOPPY], ["none"], corpus.settings)
    result, readings, _ = run_evaluation(found, configs, languages=(), rules=Rules())
    path.write_text(render_report(result, found, readings, **options), encoding="utf-8")
    return path


def visible_texts(browser: Any, selector: str) -> list[str]:
    script = f"[...document.querySelectorAll({selector!r})].filter((e) => e.checkVisibility()).map((e) => e.textContent)"
    return list(browser.run(script))


def test_the_report_shows_the_text_of_the_chosen_system(browser: Any, corpus: Any, tmp_path: Path) -> None:
    for number in range(6):
        corpus.add_page(f"letters/{number}.png")
        corpus.add_page(f"bills/{number}.png")
    corpus.add_page("bills/torn.png", fails=True)
    browser.open(write_report(corpus, tmp_path / "report.html", pages=3))
    assert browser.requests() == []
    assert browser.errors() == []
    assert len(visible_texts(browser, "details")) == 3
    assert "torn" in visible_texts(browser, "summary")[0], "the worst page is first"
    assert any("the page is torn" in text for text in visible_texts(browser, ".reading"))
    assert browser.run("document.querySelectorAll('figure svg').length") >= 3
    browser.run("document.querySelectorAll('details')[1].open = true")
    assert visible_texts(browser, ".page ins") == []
    browser.run("document.querySelector('#p1s1').click()")
    assert set(visible_texts(browser, ".page ins")) == {"c"}
    assert set(visible_texts(browser, ".pair del")) == {"e"}
    boxes = "[...document.querySelectorAll('rect.wrong')].filter((e) => e.checkVisibility())"
    assert browser.run(f"{boxes}.length") > 3
    assert browser.run("document.querySelectorAll('.sheet img')[1].naturalWidth") > 100


def test_boxes_are_drawn_over_their_words(browser: Any, corpus: Any, tmp_path: Path) -> None:
    corpus.add_page("a.png")
    browser.open(write_report(corpus, tmp_path / "report.html"))
    script = "[...document.querySelectorAll('g.of-0 rect')].map((e) => { const r = e.getBoundingClientRect(); return [r.left, r.right]; })"
    (image,) = browser.run(
        "[...document.querySelectorAll('.sheet img')].map((e) => { const r = e.getBoundingClientRect(); return [r.left, r.width]; })"
    )
    width = browser.run("document.querySelector('.sheet svg').viewBox.baseVal.width")
    first = browser.run(script)[0]
    drawn = browser.run(
        "(() => { const r = document.querySelector('g.of-0 rect'); return [r.x.baseVal.value, r.x.baseVal.value + r.width.baseVal.value]; })()"
    )
    assert first == pytest.approx([image[0] + x * image[1] / width for x in drawn], abs=2)


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, True)])
def test_the_report_fits_the_screen(
    browser: Any, corpus: Any, tmp_path: Path, width: int, dark: bool
) -> None:
    corpus.add_page("a.png")
    browser.open(write_report(corpus, tmp_path / "report.html"), width, dark=dark)
    assert browser.run("document.documentElement.scrollWidth") <= width
    ink, ground = browser.run(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    ink_level, ground_level = (sum(map(int, each.strip("rgb()").split(","))) for each in (ink, ground))
    assert (ink_level > ground_level) is dark


def test_markup_in_names_and_texts_is_escaped(browser: Any, corpus: Any, tmp_path: Path) -> None:
    corpus.add_page("a.png", MARKUP, truth="\n".join(MARKUP[::-1]), change=lambda text: f"{text}<b>")
    corpus.add_page("<b>&.png")
    corpus.folder.joinpath("cat<i>").mkdir()
    corpus.add_page("cat<i>/x.png")
    browser.open(write_report(corpus, tmp_path / "report.html"))
    browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert browser.run("window.ran") is None
    assert browser.run("document.querySelectorAll('.body script, .body b, h3 i, summary span b').length") == 0
    assert any(MARKUP[0] in text for text in visible_texts(browser, ".texts"))
    assert any("{{pages}}" in text for text in visible_texts(browser, ".texts"))
    assert browser.requests() == []


def test_the_number_of_pages_can_be_limited(corpus: Any, tmp_path: Path) -> None:
    for number in range(4):
        corpus.add_page(f"{number}.png")
    assert write_report(corpus, tmp_path / "report.html", pages=2).read_text().count("<details") == 2
    assert write_report(corpus, tmp_path / "report.html", pages=0).read_text().count("<details") == 0


def test_the_output_is_cut_where_the_lines_of_the_truth_end() -> None:
    truth = "the harbour was quiet\nbefore sunrise and only\ntwo boats had returned"
    lines = diff_lines(
        "the harb0ur was quiet\nbefore sunrise\nand only\nmore text here two boats had returned",
        truth,
        Rules(),
    )
    assert ["".join(span.text for span in line.truth) for line in lines] == truth.splitlines()
    assert "".join(span.text for span in lines[0].found) == "the harb0ur was quiet"
    assert [span.text for span in lines[0].truth if span.differs] == ["o"]
    assert lines[1].found[0].text == "before sunrise and only", "a line break is no difference"
    assert [span.text for span in lines[1].found if span.differs] == [" more text here"]


def test_lines_in_another_order_are_compared_with_what_fits_them() -> None:
    truth = "first column of the page\ngoes on down to its end\nsecond column is beside\nand ends there too"
    lines = diff_lines(
        "first column of the page second column is beside\ngoes on down to its end and ends there to0",
        truth,
        Rules(),
    )
    assert [line.differs for line in lines] == [False, False, False, True]


def test_lines_that_were_not_read_differ() -> None:
    truth = "first column of the page\ngoes on down to its end\nsecond column is beside\nand ends there too"
    lines = diff_lines("first column of the page", truth, Rules())
    assert sum(line.differs for line in lines) == 3
