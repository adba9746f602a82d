"""`auto`: the local reader that reads the script of a page, or of a line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from script_pages import DEJAVU, ENGLISH, TEXTS, draw, page_in

import ocrkit
from ocrkit.backends.tesseract.installation import find_tessdata, packs_in
from ocrkit.errors import CapabilityError, ConfigError, MissingDependencyError
from ocrkit.geometry import Box
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Block, Engine, PageResult, Trace, Unread
from ocrkit.strategies import Auto
from ocrkit.testing import ScriptedBackend

GREEK_FONT, GREEK = TEXTS["Grek"]


@pytest.fixture(scope="module")
def with_greek():
    """Settings with Tesseract's Greek pack."""
    folder = find_tessdata(
        Path(os.environ["TESTS_TESSDATA"]) if "TESTS_TESSDATA" in os.environ else None, None
    )
    if folder is None or "ell" not in packs_in(folder):
        if os.environ.get("TESTS_REQUIRE") == "all":
            pytest.fail("the language pack 'ell' is not installed, and TESTS_REQUIRE=all requires it")
        pytest.skip("the language pack 'ell' is not installed")
    return {"backends": {"tesseract": {"tessdata": str(folder)}}}


def without_packs(tmp_path):
    return {"backends": {"tesseract": {"tessdata": str(tmp_path)}}}


def read(picture, default_engine, settings=None, **arguments):
    with ocrkit.Ocr(Auto(default_engine, "tesseract"), settings=settings, **arguments) as ocr:
        return ocr.recognize(picture)[0]


def words_of(text: str) -> list[str]:
    return sorted(text.split())


def decision(page):
    return next(each for each in page.trace.decisions if each.topic == "auto")


def test_it_is_the_default():
    assert ocrkit.Settings().backend == "auto"


def test_it_reads_in_a_worker_process():
    settings = {"strategies": {"auto": {"readers": ["null"]}}}
    with ocrkit.Ocr("auto", settings=settings, isolate=True) as ocr:
        page = ocr.recognize(draw([]))[0]
    assert decision(page).choice == "null"


def test_a_page_that_the_first_reader_reads_is_as_it_reads_it(default_engine, require_font):
    picture = draw([(line, require_font(DEJAVU)) for line in ENGLISH])
    page = read(picture, default_engine)
    with ocrkit.Ocr(default_engine) as ocr:
        alone = ocr.recognize(picture)[0]
    assert page.blocks == alone.blocks
    assert page.backend == "ppocr"
    assert page.warnings == ()
    assert decision(page).choice == "ppocr"


def test_a_page_in_another_script_is_read_by_the_reader_that_has_it(default_engine, require_font, with_greek):
    require_font(GREEK_FONT)
    page = read(page_in("Grek"), default_engine, with_greek)
    assert words_of(page.text) == words_of(" ".join(GREEK))
    assert {line.read_by for line in page.lines} == {"tesseract"}
    assert page.unread == ()
    assert page.warnings == ()
    assert decision(page).choice == "tesseract (el)"
    assert "Greek" in decision(page).reason


def test_each_line_of_a_mixed_page_has_its_reader(default_engine, require_font, with_greek):
    require_font(GREEK_FONT)
    lines = [ENGLISH[0], GREEK[0], ENGLISH[1], ENGLISH[2], GREEK[2]]
    page = read(draw([(line, DEJAVU) for line in lines]), default_engine, with_greek)
    assert page.text.split() == " ".join(lines).split()
    assert [line.read_by for line in page.lines] == ["ppocr", "tesseract", "ppocr", "ppocr", "tesseract"]
    assert page.backend == "auto"
    assert page.unread == ()


def test_a_requested_language_is_enough(default_engine, require_font, with_greek):
    require_font(GREEK_FONT)
    page = read(page_in("Grek"), default_engine, with_greek, languages=["el"])
    assert words_of(page.text) == words_of(" ".join(GREEK))
    assert page.backend == "tesseract"
    assert decision(page).reason == "the requested language el is not one of ppocr"


def test_without_another_reader_the_page_warns(default_engine, require_font, tmp_path):
    require_font(GREEK_FONT)
    page = read(page_in("Grek"), default_engine, without_packs(tmp_path))
    assert page.text == ""
    assert page.warnings[0] == (
        "most of this page looks like Greek, for which no reader is installed: 4 lines are left out. "
        "To read it (or another language in this script): `ocrkit models fetch el`"
    )
    assert decision(page).choice == "not read"


def test_a_requested_language_without_a_reader_is_an_error_with_the_next_step(default_engine, tmp_path):
    with pytest.raises(MissingDependencyError, match="`ocrkit models fetch el`") as raised:
        read(draw([("text", DEJAVU)]), default_engine, without_packs(tmp_path), languages=["el"])
    assert "ppocr does not read el" in str(raised.value)
    with pytest.raises(MissingDependencyError, match=r"ocrkit models fetch tesseract/yor$"):
        read(draw([("text", DEJAVU)]), default_engine, without_packs(tmp_path), languages=["yo"])
    with pytest.raises(CapabilityError, match="no local reader reads xx"):
        read(draw([("text", DEJAVU)]), default_engine, languages=["xx"])


def test_the_diagnosis_names_what_a_reader_lacks(with_greek, tmp_path):
    packs = Path(with_greek["backends"]["tesseract"]["tessdata"])
    (tmp_path / "ell.traineddata").symlink_to(packs / "ell.traineddata")
    with ocrkit.Ocr(settings=without_packs(tmp_path)) as ocr:
        texts = [finding.text for finding in ocr.backend.diagnose()]
    assert texts[-1].startswith("tesseract, which reads what ppocr does not: the pack 'osd' is missing")


class Reads(ScriptedBackend):
    """Reads languages of one script."""

    name = "reads"

    def __init__(
        self, texts: Sequence[str], languages: Sequence[str], script: str, confidence: float = 1.0
    ) -> None:
        super().__init__(texts, confidence=confidence)
        self.capabilities = Capabilities(languages=frozenset(languages))
        self._script = script

    def languages_for(self, script: str) -> tuple[str, ...]:
        return tuple(sorted(self.capabilities.languages)) if script == self._script else ()


def test_of_several_languages_the_requested_one_is_asked_for(default_engine, require_font):
    other = Reads(["перевод"], ["ru", "uk"], "Cyrl")
    require_font(TEXTS["Cyrl"][0])
    with ocrkit.Ocr(Auto(default_engine, other), languages=["en", "uk"]) as ocr:
        ocr.recognize(page_in("Cyrl"))
    assert [request.languages for request in other.requests] == [("uk",)]


class Doubts(ScriptedBackend):
    """Reads a line whose picture looks Cyrillic."""

    def recognize(self, page: Page, request: Request) -> PageResult:
        result = super().recognize(page, request)
        lines = [line.model_copy(update={"script": "Cyrl"}) for line in result.lines]
        trace = Trace(backend=self.name, engine=Engine(name="fake", scripts=("Latn",)))
        return result.model_copy(update={"blocks": (Block.of(lines),), "trace": trace})


@pytest.mark.parametrize(
    ("text", "confidence", "is_replaced"),
    [("Германия", 0.95, True), ("Германия", 0.8, False), ("Germany", 0.95, False)],
)
def test_a_doubted_line_is_read_again_and_replaced_by_a_better_reading(text, confidence, is_replaced):
    other = Reads([text], ["ru"], "Cyrl", confidence=confidence)
    with ocrkit.Ocr(Auto(Doubts(["TepMaHnA"], confidence=0.5), other)) as ocr:
        page = ocr.recognize(draw([("any", DEJAVU)]))[0]
    assert page.text == (text if is_replaced else "TepMaHnA")
    assert page.lines[0].read_by == ("reads" if is_replaced else "scripted")
    assert other.requests[0].languages == ("ru",)
    warning = (
        "1 line looks like Cyrillic, and reads (ru) read nothing likely there: the text stays, with a low "
        "confidence, because it may be right. If it is wrong: name the language, as in `--lang ru`, or get a "
        "clearer picture"
    )
    assert (warning in page.warnings) is not is_replaced


def test_a_doubted_line_without_another_reader_has_a_warning_with_the_command():
    with ocrkit.Ocr(Auto(Doubts(["TepMaHnA"], confidence=0.5))) as ocr:
        page = ocr.recognize(draw([("any", DEJAVU)]))[0]
    assert page.text == "TepMaHnA"
    assert "If it is wrong: `ocrkit models fetch ru`" in page.warnings[0]
    assert decision(page).reason == "1 line that may be Cyrillic: no reader is installed"


class LeavesOut(ScriptedBackend):
    """Leaves the whole page out as Greek, and a part of it as Cyrillic."""

    def recognize(self, page: Page, request: Request) -> PageResult:
        result = super().recognize(page, request)
        whole, part = Box(0, 0, page.width, page.height), Box(0, 0, page.width, page.height / 2)
        unread = (Unread(polygon=whole.polygon, script="Grek"), Unread(polygon=part.polygon, script="Cyrl"))
        return result.model_copy(update={"blocks": (), "unread": unread})


def test_a_script_of_which_nothing_is_left_has_no_decision():
    other = Reads(["Ελλάδα και Κρήτη"], ["el"], "Grek")
    with ocrkit.Ocr(Auto(LeavesOut([]), other)) as ocr:
        page = ocr.recognize(draw([("any", DEJAVU)]))[0]
    assert page.text == "Ελλάδα και Κρήτη"
    assert page.unread == ()
    assert [each.choice for each in page.trace.decisions if each.topic == "auto"] == ["reads (el)"]


def test_languages_that_the_first_reader_has_different_models_for_are_read_by_script():
    class OneModelEach(Doubts):
        capabilities = Capabilities(languages=frozenset({"en", "ru"}))

        def recognize(self, page: Page, request: Request) -> PageResult:
            if len(request.languages) > 1:
                raise CapabilityError("no single model reads en, ru")
            return super().recognize(page, request)

    first = OneModelEach(["TepMaHnA"], confidence=0.5)
    with ocrkit.Ocr(Auto(first), languages=["en", "ru"]) as ocr:
        ocr.recognize(draw([("any", DEJAVU)]))
    assert [request.languages for request in first.requests] == [("en",), ("ru",)]


def test_it_has_no_remote_readers():
    with pytest.raises(ConfigError, match="reads on this machine only"):
        ocrkit.Ocr("auto", settings={"strategies": {"auto": {"readers": ["google"]}}})


def test_its_fingerprint_changes_with_the_packs(tmp_path):
    def fingerprint() -> str | None:
        with ocrkit.Ocr("auto", settings=without_packs(tmp_path)) as ocr:
            return ocr.fingerprint

    before = fingerprint()
    assert before is not None
    assert fingerprint() == before
    (tmp_path / "ell.traineddata").write_bytes(b"")
    assert fingerprint() != before
