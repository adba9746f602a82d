"""Text that was read stays: which lines are foreign, by pictures, readings and the rest of the page."""

from __future__ import annotations

import numpy as np
import pytest

from ocrkit.geometry import Point
from ocrkit.scripts.classifier import CLASSES, Guess
from ocrkit.scripts.common_words import reads_like_a_language
from ocrkit.scripts.evidence import Verdict, is_foreign, seen, unread_script, verdict_on
from ocrkit.scripts.names import SCRIPTS

READ = frozenset({"Latn", "Hani", "Jpan"})
PLACE = (Point(0, 0), Point(300, 0), Point(300, 30), Point(0, 30))
GARBAGE = ("mlmun mnnmu mnmnun", "nmunnmhun mumm", "nuunnubo qunum", "nuun mnmn nmunnmu")
LETTER = (
    "we can only say that",
    "we grieve with you; and",
    "feel closer than ever",
    "the bond that has always",
)


def line(text: str, confidence: float | None, script: str, probability: float = 0.8):
    probabilities = np.full(len(CLASSES), (1 - probability) / (len(CLASSES) - 1), np.float32)
    probabilities[CLASSES.index(script)] = probability
    return seen(PLACE, text, confidence, Guess(probabilities), READ)


def page(texts, confidence: float | None, script: str, probability: float = 0.8):
    return [line(text, confidence, script, probability) for text in texts]


def test_garbage_that_looks_like_one_script_is_clear():
    assert verdict_on(page(GARBAGE, 0.75, "Armn"), READ) == Verdict("Armn", is_clear=True)


@pytest.mark.parametrize("confidence", [0.6, 0.75, 0.87])
def test_handwriting_with_common_words_stays_whatever_it_looks_like(confidence):
    lines = page(LETTER, confidence, "Mymr", 0.97)
    assert verdict_on(lines, READ) == Verdict(None, is_clear=False)


def test_a_page_without_common_words_that_is_read_with_confidence_is_doubted():
    names = ("Bristow Adams", "Palo Alto", "Schmidt Ashley", "Leland Stanford")
    assert verdict_on(page(names, 0.89, "Mymr", 0.95), READ) == Verdict("Mymr", is_clear=False)


def test_a_page_whose_lines_look_like_several_scripts_is_doubted():
    scripts = ("Thai", "Khmr", "Thai", "Armn")
    texts = ("YLUC LUINSM MMLOBI", "BUInG NE ni", "NBLBNY MULUNY", "ypoo ntie egu")
    lines = [line(text, 0.65, script, 0.5) for text, script in zip(texts, scripts, strict=True)]
    assert verdict_on(lines, READ) == Verdict("Thai", is_clear=False)
    assert not any(is_foreign(each, READ, None) for each in lines)


def test_nothing_is_foreign_to_a_reader_of_all_scripts():
    scripts = ("Thai", "Khmr", "Thai", "Armn")
    lines = [line(text, 0.65, script, 0.5) for text, script in zip(GARBAGE, scripts, strict=True)]
    assert verdict_on(lines, frozenset(SCRIPTS)) == Verdict(None, is_clear=False)
    assert unread_script(lines[0].picture, frozenset(SCRIPTS)) is None


def test_one_line_does_not_decide_for_a_page():
    tall = line("Stanford", 0.6, "Mymr", 0.99)._replace(
        polygon=(Point(0, 0), Point(900, 0), Point(900, 400), Point(0, 400))
    )
    lines = [tall, *page(("Palo Alto", "Bristow"), 0.99, "Latn", 0.9)]
    assert verdict_on(lines, READ) == Verdict(None, is_clear=False)


@pytest.mark.parametrize(
    ("text", "confidence", "probability", "foreign"),
    [
        ("YLUC LUINSM", 0.55, 0.99, True),
        ("YLUC LUINSM", 0.55, 0.9, False),  # the picture is not sure
        ("YLUC LUINSM", 0.8, 0.99, False),  # it was read with moderate confidence
        ("this is one of the few", 0.5, 0.99, False),
        ("", None, 0.95, True),  # the engine gave it up
        ("", None, 0.8, False),
    ],
)
def test_a_single_line_is_foreign_only_if_all_evidence_agrees(text, confidence, probability, foreign):
    assert is_foreign(line(text, confidence, "Thai", probability), READ, None) is foreign


def test_a_line_in_letters_of_a_script_without_its_marks_is_foreign():
    assert is_foreign(line("Γερμανα Γαλλα", 0.93, "Grek", 0.9), READ, None)


def test_a_heading_that_is_read_stays_on_a_foreign_page():
    assert not is_foreign(line("PRICE LIST", 0.98, "Grek", 0.7), READ, "Grek")
    assert is_foreign(line("ΔEΛTIO", 0.8, "Grek", 0.7), READ, "Grek")


def test_a_picture_of_a_line_needs_less_evidence_if_its_reading_has_no_letters():
    assert verdict_on([line("—", 0.8, "Cyrl", 0.7)], READ).is_clear
    assert verdict_on([line("12.50", 0.8, "Cyrl", 0.7)], READ).script is None


@pytest.mark.parametrize(
    ("texts", "reads"),
    [
        (LETTER, True),
        (("le roi de la France est", "dans sa maison"), True),
        (("Die Würde des Menschen ist unantastbar",), True),
        (("CLUCU XLGU XIA4IU", "IGI al UILI", "II AGLL ULIO"), False),
        (("HE HRTOT CEET", "HE HRTOT ERTT"), False),  # one word again and again is chance
        ((), False),
    ],
)
def test_common_words_tell_a_language_from_garbage(texts, reads):
    assert reads_like_a_language(texts) is reads


CHINESE_ONLY = frozenset({"Latn", "Hani"})


def test_chinese_characters_may_be_right_though_they_look_japanese():
    lines = page(["中国作家协会", "第七届儿童文学", "新兴科技"], 0.6, "Jpan", 0.9)
    assert verdict_on(lines, CHINESE_ONLY) == Verdict("Jpan", is_clear=False)
    assert not any(is_foreign(each, CHINESE_ONLY, None) for each in lines)


def test_a_line_that_looks_japanese_and_has_no_reading_is_foreign():
    assert is_foreign(line("", None, "Jpan", 0.95), CHINESE_ONLY, None)
