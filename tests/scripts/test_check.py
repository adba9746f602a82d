"""What was not read is never passed off as text: pages in scripts that the engine does not read."""

from __future__ import annotations

import pytest
from script_pages import DEJAVU, ENGLISH, TEXTS, draw, page_in

import ocrkit
from ocrkit.errors import UnreadTextError
from ocrkit.scripts import SCRIPTS

SHORT = {"Grek", "Cyrl", "Arab", "Deva"}  # the other scripts are run by `pytest -m long`
VIETNAMESE = (
    "Tất cả mọi người sinh ra đều được tự do",
    "và bình đẳng về nhân phẩm và quyền lợi",
    "Mọi con người đều được tạo hóa ban cho",
    "lý trí và lương tâm và cần phải đối xử",
)


@pytest.fixture(scope="module")
def ocr(default_engine):
    with ocrkit.Ocr(default_engine) as opened:
        yield opened


@pytest.mark.parametrize(
    "script", [pytest.param(each, marks=[] if each in SHORT else pytest.mark.long) for each in TEXTS]
)
def test_a_page_in_another_script_is_left_out_with_a_warning(script, ocr, require_font):
    require_font(TEXTS[script][0])
    page = ocr.recognize(page_in(script))[0]
    assert len(page.unread) >= 3  # of four lines
    assert {each.script for each in page.unread} == {script}
    warning = page.warnings[0]
    assert f"most of this page looks like {SCRIPTS[script].name}, which ppocr does not read" in warning
    assert f"`ocrkit models fetch {SCRIPTS[script].languages[0]}`, then `--backend auto`" in warning
    assert page.quality.unread > 0.6
    assert not any("shadow" in each for each in page.warnings)


def test_lines_in_another_script_are_left_out_and_the_rest_is_read(ocr, require_font):
    font, greek = TEXTS["Grek"]
    require_font(font)
    page = ocr.recognize(draw([(line, DEJAVU) for line in (*ENGLISH, greek[0], greek[2])]))[0]
    assert page.text.split() == " ".join(ENGLISH).split()
    assert {line.script for line in page.lines} == {"Latn"}
    assert [each.script for each in page.unread] == ["Grek", "Grek"]
    assert "2 lines of this page look like Greek" in page.warnings[0]
    assert 0.2 < page.quality.unread < 0.6
    assert page.quality.coverage < 1
    top = draw([(ENGLISH[0], DEJAVU)]).height  # the places are those below the English lines
    assert all(each.box.top > top for each in page.unread)


def test_a_single_line_with_far_fewer_letters_than_its_picture_is_doubted(ocr, require_font):
    font, georgian = TEXTS["Geor"]
    lines = (ENGLISH[0], georgian[2], ENGLISH[1], ENGLISH[2])
    page = ocr.recognize(draw([(line, require_font(font)) for line in lines]))[0]
    assert "looks like Georgian" in page.warnings[0] or "look like Georgian" in page.warnings[0]
    foreign = [line for line in page.lines if line.text not in ENGLISH]
    assert all(line.script == "Geor" and line.confidence <= 0.5 for line in foreign)


def test_lines_of_a_long_foreign_page_are_left_out_before_they_are_read(ocr, require_font):
    font, lines = TEXTS["Grek"]
    require_font(font)
    page = ocr.recognize(draw([(line, font) for line in lines * 3]))[0]
    assert page.text == ""
    assert [each.script for each in page.unread] == ["Grek"] * 12
    assert sum(not each.guess for each in page.unread) >= 4
    assert "12 lines are left out" in page.warnings[0]


def test_a_page_that_is_read_has_no_warning(ocr, require_font):
    page = ocr.recognize(draw([(line, require_font(DEJAVU)) for line in ENGLISH]))[0]
    assert page.warnings == ()
    assert page.unread == ()
    assert page.quality.unread == 0.0
    assert {line.script for line in page.lines} == {"Latn"}


def test_vietnamese_without_its_marks_is_read_with_a_warning_and_doubt(ocr, require_font):
    page = ocr.recognize(draw([(line, require_font(DEJAVU)) for line in VIETNAMESE]))[0]
    assert "lý trí và lương tâm" in page.text
    assert "looks Vietnamese" in page.warnings[0]
    assert all(word.confidence <= 0.5 for word in page.words)
    assert page.lines[0].script == "Latn-VN"


def test_strict_makes_it_an_error(default_engine, require_font):
    font, lines = TEXTS["Grek"]
    picture = draw([(line, require_font(font)) for line in lines[:2]])
    with ocrkit.Ocr(default_engine, settings={"strict": True}) as strict:
        with pytest.raises(UnreadTextError, match="looks like Greek") as raised:
            strict.recognize(picture)
        assert raised.value.page == 1
        assert strict.recognize(draw([(ENGLISH[0], require_font(DEJAVU))])).text.strip() == ENGLISH[0]


def test_the_result_with_unread_lines_survives_json(ocr, require_font):
    require_font(TEXTS["Grek"][0])
    document = ocr.recognize(page_in("Grek"))
    assert ocrkit.Document.from_json(document.to_json()) == document
