"""The report in a real browser: nothing fetched, nothing run, the differences in sight, on paper and on phones."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocrkit.evaluate import Rules, find_samples
from ocrkit.evaluate.differences import rows
from ocrkit.evaluate.evaluation import evaluated, ways_of
from ocrkit.evaluate.report import report

_SPEC = importlib.util.spec_from_file_location(
    "report_browser", Path(__file__).parents[1] / "viewer" / "browser.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
browsers = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(browsers)

TOLD, HASTY = "told_engines:ToldBackend", "told_engines:HastyBackend"
EVIL = ["<script>window.ran=1</script>", "<img/src=x/onerror=window.ran=1>", "</style>", "{{pages}}", "a&b"]


@pytest.fixture(scope="module")
def browser(require_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    program = shutil.which("google-chrome") if not shutil.which("chromium") else None
    program = program or require_program("chromium")
    with browsers.launch(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def written(desk: Any, path: Path, **more: Any) -> Path:
    found = find_samples(desk.folder)
    ways = ways_of([TOLD, HASTY], ["none"], desk.settings)
    result, kept, _ = evaluated(found, ways, languages=(), rules=Rules(), prices={}, readings=None)
    path.write_text(report(result, found, kept, **more), encoding="utf-8")
    return path


def shown(browser: Any, selector: str) -> list[str]:
    script = f"[...document.querySelectorAll({selector!r})].filter((e) => e.checkVisibility()).map((e) => e.textContent)"
    return list(browser.run(script))


def test_the_page_shows_the_text_of_the_chosen_system(browser: Any, desk: Any, tmp_path: Path) -> None:
    for number in range(6):
        desk.page(f"letters/{number}.png")
        desk.page(f"bills/{number}.png")
    desk.page("bills/torn.png", torn=True)
    browser.open(written(desk, tmp_path / "report.html", pages=3))
    assert browser.requests() == []
    assert browser.errors() == []
    assert len(shown(browser, "details")) == 3
    assert "torn" in shown(browser, "summary")[0], "the worst page is first"
    assert any("the page is torn" in text for text in shown(browser, ".reading"))
    assert browser.run("document.querySelectorAll('figure svg').length") >= 3
    browser.run("document.querySelectorAll('details')[1].open = true")
    assert shown(browser, ".page ins") == []
    browser.run("document.querySelector('#p1s1').click()")
    assert set(shown(browser, ".page ins")) == {"c"}
    assert set(shown(browser, ".pair del")) == {"e"}
    boxes = "[...document.querySelectorAll('rect.wrong')].filter((e) => e.checkVisibility())"
    assert browser.run(f"{boxes}.length") > 3
    assert browser.run("document.querySelectorAll('.sheet img')[1].naturalWidth") > 100


def test_boxes_lie_over_their_words(browser: Any, desk: Any, tmp_path: Path) -> None:
    desk.page("a.png")
    browser.open(written(desk, tmp_path / "report.html"))
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
def test_it_fits_the_screen(browser: Any, desk: Any, tmp_path: Path, width: int, dark: bool) -> None:
    desk.page("a.png")
    browser.open(written(desk, tmp_path / "report.html"), width, dark=dark)
    assert browser.run("document.documentElement.scrollWidth") <= width
    ink, ground = browser.run(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    light = [sum(map(int, each.strip("rgb()").split(","))) for each in (ink, ground)]
    assert (light[0] > light[1]) is dark


def test_what_was_read_is_text_and_nothing_else(browser: Any, desk: Any, tmp_path: Path) -> None:
    desk.page("a.png", EVIL, truth="\n".join(EVIL[::-1]), change=lambda text: f"{text}<b>")
    desk.page("<b>&.png")
    desk.folder.joinpath("cat<i>").mkdir()
    desk.page("cat<i>/x.png")
    browser.open(written(desk, tmp_path / "report.html"))
    browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert browser.run("window.ran") is None
    assert browser.run("document.querySelectorAll('.body script, .body b, h3 i, summary span b').length") == 0
    assert any(EVIL[0] in text for text in shown(browser, ".texts"))
    assert any("{{pages}}" in text for text in shown(browser, ".texts"))
    assert browser.requests() == []


def test_no_more_pages_than_wanted_and_no_pictures_without_end(desk: Any, tmp_path: Path) -> None:
    for number in range(4):
        desk.page(f"{number}.png")
    assert written(desk, tmp_path / "report.html", pages=2).read_text().count("<details") == 2
    assert written(desk, tmp_path / "report.html", pages=0).read_text().count("<details") == 0


def test_rows_follow_the_truth() -> None:
    truth = "the harbour was quiet\nbefore sunrise and only\ntwo boats had returned"
    found = rows(
        "the harb0ur was quiet\nbefore sunrise\nand only\nmore text here two boats had returned",
        truth,
        Rules(),
    )
    said = [("".join(run.text for run in row.truth), "".join(run.text for run in row.found)) for row in found]
    assert [one for one, _ in said] == truth.splitlines()
    assert said[0][1] == "the harb0ur was quiet"
    assert [run.text for run in found[0].truth if run.differs] == ["o"]
    assert found[1].found[0].text == "before sunrise and only", "a line break is no difference"
    assert [run.text for run in found[1].found if run.differs] == [" more text here"]


def test_rows_of_another_order_stand_beside_what_fits() -> None:
    truth = "first column of the page\ngoes on down to its end\nsecond column is beside\nand ends there too"
    found = rows(
        "first column of the page second column is beside\ngoes on down to its end and ends there to0",
        truth,
        Rules(),
    )
    assert [row.differs for row in found] == [False, False, False, True]
    lost = rows("first column of the page", truth, Rules())
    assert sum(row.differs for row in lost) == 3
