"""Low-confidence words with one plausible correction are corrected; everything else stays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ocrkit
from ocrkit.errors import ConfigError
from ocrkit.postprocess.spelling import Spelling
from ocrkit.result import Alternative, Block, Line, PageResult, Trace, Word
from ocrkit.testing.fakes import ScriptedBackend
from ocrkit.testing.samples import draw_page

pytestmark = pytest.mark.usefixtures("word_lists")


@pytest.fixture(scope="module")
def word_lists(require_module: Callable[[str], None]) -> None:
    require_module("wordfreq")


def page(
    *lines: str, language: str | None = "en", confidence: float | None = 0.3, with_words: bool = True
) -> PageResult:
    made = [
        Line.of([Word(text=word, confidence=confidence) for word in line.split()], text=line)
        if with_words
        else Line(text=line, confidence=confidence)
        for line in lines
    ]
    block = Block(lines=tuple(made), language=language)
    return PageResult(width=9, height=9, blocks=(block,), trace=Trace(backend="test"))


def corrected(*lines: str, vocabulary: tuple[str, ...] = (), **fields: object) -> str:
    return Spelling(vocabulary=vocabulary)(page(*lines, **fields)).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "read", "meant"),
    [
        ("en", "the govemment of modem times", "the government of modem times"),
        ("en", "a dwel1ing with a c0mputer", "a dwelling with a computer"),
        ("en", "Vvithout further notice,", "Without further notice,"),
        ("de", "die Rechnnng der Nachbam", "die Rechnung der Nachbarn"),
        ("de", "das Fenfter ist geschlosfen.", "das Fenster ist geschlossen."),
        ("fr", "la situalion du gouvernernent", "la situation du gouvernement"),
        ("fr", "l'hiftoire de la préfence", "l'histoire de la présence"),
        ("es", "la inforrnación del gobierno", "la información del gobierno"),
        ("it", "la situazi0ne del governo", "la situazione del governo"),
        ("pt", "a informaçâo do governo", "a informação do governo"),
        ("sv", "utveckIingen av sarnhället", "utvecklingen av samhället"),
        ("sv", "Bostadsutvecklinqen", "Bostadsutvecklingen"),
        ("da", "udvikIingen af sarnfundet", "udviklingen af samfundet"),
        ("hr", "razvoj druŝtva", "razvoj društva"),
        ("el", "η κυβἐρνηση", "η κυβέρνηση"),
        ("no", "regjerinqen", "regjeringen"),
        ("de", "die Sonimerzeitung im Fensterhafen", "die Sommerzeitung im Fensterhafen"),
        ("en", "wiIling lt was. ln the end l'm here, 1'll stay", "willing lt was. In the end I'm here, I'll stay"),
        ("en", "lt was late", "It was late"),
        ("es", "habia exigia despues", "había exigía después"),
        ("fr", "Apres la porte", "Après la porte"),
        ("fr", "1'histoire et I'école", "l'histoire et l'école"),
        ("en", "the govem-\nment of the land", "the govern-\nment of the land"),
        ("en", "the govern-\nrnent of the land", "the govern-\nment of the land"),
        ("de", "die Regie-\nrungfpolitik", "die Regie-\nrungspolitik"),
    ],
)  # fmt: skip
def test_typical_misreadings_are_corrected(language: str, read: str, meant: str) -> None:
    before = page(*read.splitlines(), language=language)
    after = Spelling()(before)
    assert (after.text, after.raw_text) == (meant, read)
    assert {each.by for each in after.corrections} == {"spelling"}
    assert all("low confidence" in each.reason for each in after.corrections)


@pytest.mark.parametrize(
    "text",
    [
        "12.5O 1O0 4711", "INV-2O24-OO1 AB1234CD", "anna@exarnple.org www.govemment.org", "https://govemment.org/modem",
        "McGovem iPhome eBay", "UNESCQ NATQ", "C:\\govemment /usr/govemment", "x = govemment_1", "govemment2 2govemment",
        "Gartenzaunlatte", "Ms Smyth and Mr Przybylski",
    ],
)  # fmt: skip
def test_numbers_codes_addresses_and_names_stay(text: str) -> None:
    assert corrected(text, language="de" if "zaun" in text else "en") == text


def test_a_correction_holds_what_it_was_chosen_among() -> None:
    after = Spelling(vocabulary=("Zwetschgenhain",))(page("(govemment) 1'll Zwetfchgenhain 1'hiftoire"))
    first, second, third, *_ = after.corrections
    assert [each.text for each in first.candidates] == ["(government)", "(govemment)"]
    assert [each.source for each in first.candidates] == ["dictionary", "reading"]
    scores = [each.score for each in first.candidates]
    assert None not in scores
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
    assert [(each.text, each.source) for each in second.candidates] == [
        ("I'll", "shape"),
        ("1'll", "reading"),
    ]
    assert third.candidates[0].source == "vocabulary"


@pytest.mark.parametrize(
    ("language", "read", "alternatives", "meant"),
    [
        ("de", "dte", {"die": 0.3, "dle": 0.05}, "die"),
        ("en", "(wuld", {"(would": 0.2, "(wold": 0.05}, "(would"),
        ("en", "moro,", {"more,": 0.2, "more.": 0.1}, "more,"),
        ("es", "Afrmaba", {"Afirmaba": 0.07, "Armaba": 0.03}, "Afirmaba"),
        ("it", "nellaula", {"nell'aula": 0.1}, "nell'aula"),
        ("it", "nellaula", {}, "nell'aula"),
        ("es", "poces", {"pocas": 0.1, "pocos": 0.1}, "poces"),
        ("en", "bad", {"had": 0.4}, "bad"),
        ("es", "fumara", {"fumar": 0.4}, "fumara"),
        ("en", "Hansen", {"Hanson": 0.01}, "Hansen"),
        ("en", "1O0", {"100": 0.4, "too": 0.3}, "1O0"),
        ("en", "a1l", {"all": 0.4}, "a1l"),
        ("en", "NATQ", {"NATO": 0.4}, "NATQ"),
        ("en", "the-gouse", {"the-house": 0.2, "The-house": 0.1}, "the-house"),
    ],
)
def test_other_readings_of_the_engine_are_evidence(
    language: str, read: str, alternatives: dict[str, float], meant: str
) -> None:
    others = tuple(Alternative(text=text, probability=value) for text, value in alternatives.items())
    before = page("x", language=language)
    word = Word(text=read, confidence=0.3, alternatives=others)
    block = before.blocks[0].with_lines([Line.of([word])])
    after = Spelling()(before.model_copy(update={"blocks": (block,)}))
    assert after.text == meant
    if alternatives and read != meant:
        best, *_, own = after.corrections[0].candidates
        assert (best.text, best.source) == (meant, "alternative")
        assert (own.text, own.source) == (read, "reading")


def test_words_with_high_or_unknown_confidence_stay() -> None:
    assert corrected("the govemment", confidence=0.99) == "the govemment"
    assert corrected("the govemment", confidence=None) == "the govemment"
    assert Spelling(confidence_threshold=0.2)(page("the govemment")).text == "the govemment"


@pytest.mark.parametrize(("threshold", "text"), [(0.9, "the government"), (None, "the govemment")])
def test_the_threshold_is_that_of_the_backend(threshold: float | None, text: str) -> None:
    class Backend(ScriptedBackend):
        capabilities = ScriptedBackend.capabilities.model_copy(update={"doubtful_below": threshold})

    backend = Backend(["the govemment"], confidence=0.85)
    document = ocrkit.recognize(
        draw_page(["the govemment"]).page.pixels,
        backend=backend,
        languages="en",
        postprocess=["language", "spelling"],
        settings=ocrkit.Settings(),
    )
    assert document.text == text
    assert document.pages[0].trace.doubtful_below == threshold


def test_a_word_with_two_plausible_corrections_stays() -> None:
    assert corrected("the hoase") == "the hoase"


@pytest.mark.parametrize(
    "lines", [("the govem-", "rnent"), ("the blue-", "gteen"), ("the govem-",), ("the govem-", "ment2")]
)
def test_a_divided_word_without_one_plausible_correction_stays(lines: tuple[str, ...]) -> None:
    """The first would change both parts, so it is unclear where the word is divided."""
    assert corrected(*lines) == "\n".join(lines)


def test_only_the_doubtful_part_of_a_divided_word_changes() -> None:
    first, second = (
        Line.of([Word(text="govem-", confidence=0.99)]),
        Line.of([Word(text="ment", confidence=0.1)]),
    )
    block = Block(lines=(first, second), language="en")
    made = PageResult(width=9, height=9, blocks=(block,), trace=Trace(backend="test"))
    assert Spelling()(made) is made


def test_vocabulary_words_are_kept_and_preferred(tmp_path: Path) -> None:
    assert corrected("the Govemment", vocabulary=("Govemment",)) == "the Govemment"
    assert corrected("from Kornelburg today", vocabulary=("Komelburg",)) == "from Komelburg today"
    terms = tmp_path / "terms.txt"
    terms.write_text("Komelburg\nZwetschgenhain\n", encoding="utf-8")
    step = Spelling(vocabulary=terms)
    done = step(page("from Kornelburg to Zwetsohgenhain", language="de"))
    assert done.text == "from Komelburg to Zwetschgenhain"
    assert "your vocabulary" in done.corrections[0].reason


def test_an_unreadable_vocabulary_file_is_an_error(tmp_path: Path) -> None:
    chain = [{"spelling": {"vocabulary": str(tmp_path / "no.txt")}}]
    with pytest.raises(ConfigError, match=r"spelling.*vocabulary file not found"):
        ocrkit.Ocr("null", postprocess=chain)
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        Spelling(vocabulary=tmp_path / "bytes.txt")(page("word"))


def test_the_fingerprint_depends_on_the_vocabulary_file(tmp_path: Path) -> None:
    terms = tmp_path / "terms.txt"
    terms.write_text("one")
    chain = [{"spelling": {"vocabulary": str(terms)}}]
    before = ocrkit.Ocr("null", postprocess=chain).fingerprint
    assert ocrkit.Ocr("null", postprocess=chain).fingerprint == before
    terms.write_text("another")
    assert ocrkit.Ocr("null", postprocess=chain).fingerprint != before


def test_a_language_without_a_dictionary_gets_one_warning() -> None:
    before = page("ein govemment", language="tlh")
    once = Spelling()(before)
    assert once.text == before.text
    assert once.warnings == ("no spelling dictionary for language 'tlh'; its text was not corrected",)
    assert Spelling()(once) is once


@pytest.mark.parametrize("text", ["Esta papa termino", "Sur la cote des ecoles"])
def test_a_word_that_may_do_without_its_accent_stays(text: str) -> None:
    language = "es" if "papa" in text else "fr"
    assert corrected(text, language=language).split()[:2] == text.split()[:2]


def test_an_unknown_word_is_doubtful_below_a_higher_probability() -> None:
    words = [
        Word(text=text, confidence=0.96, probability=probability)
        for text, probability in (("govemment", 0.6), ("govemment", 0.9), ("modem", 0.6))
    ]
    block = Block.of([Line.of(words)], language="en")
    made = PageResult(width=9, height=9, blocks=(block,), trace=Trace(backend="test"))
    assert Spelling()(made).text == "government govemment modem"
    assert Spelling(confidence_threshold=0.9)(made) is made


def test_the_only_requested_language_is_that_of_a_block_without_one() -> None:
    unknown = page("the govemment", language=None)
    requested = unknown.model_copy(update={"trace": Trace(backend="test", languages=("en",))})
    assert Spelling()(requested).text == "the government"


def test_text_in_an_unknown_language_stays_with_a_warning() -> None:
    once = Spelling()(page("the govemment", language=None))
    assert once.text == "the govemment"
    [warning] = once.warnings
    assert "the language of the text is unknown" in warning
    assert Spelling()(once) is once
    assert not Spelling()(page("the govemment", language=None, confidence=0.99)).warnings


@pytest.mark.parametrize("chain", [["spelling"], [Spelling()], ["language", "spelling"]])
def test_the_step_language_runs_before_even_where_the_chain_lacks_it(chain: list[str | Spelling]) -> None:
    backend = ScriptedBackend(["the govemment of modern times"], confidence=0.3)
    settings_ = ocrkit.Settings(postprocess=())
    for languages in (None, ["en"], ["de", "en"]):
        document = ocrkit.recognize(
            draw_page(["x"]).page.pixels,
            backend=backend,
            languages=languages,
            postprocess=chain,
            settings=settings_,
        )
        assert document.text == "the government of modern times"
        assert [each.name for each in document.pages[0].postprocess] == ["language", "spelling"]


def test_lines_without_words_are_corrected() -> None:
    done = Spelling()(page("the govemment of  the land", with_words=False))
    assert (done.text, done.raw_text) == ("the government of  the land", "the govemment of  the land")
    assert [(each.before, each.after) for each in done.blocks[0].corrections] == [("govemment", "government")]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text("abcdeimnorstuv01 -.A", max_size=40), max_size=4),
    st.sampled_from(["en", "de", "fr"]), st.booleans(),
)  # fmt: skip
def test_the_step_is_idempotent_and_keeps_all_words(
    lines: list[str], language: str, with_words: bool
) -> None:
    before = page(*lines, language=language, with_words=with_words)
    once = Spelling(confidence_threshold=1)(before)
    assert once.raw_text == before.text
    assert len(once.text.split()) == len(before.text.split())
    assert Spelling(confidence_threshold=1)(once) is once


CLEAN = {
    "en": ["The harbour was quiet before sunrise", "and only two boats had returned to it"],
    "de": ["Der Hafen war still vor Sonnenaufgang", "und nur zwei Fischerboote waren zurück"],
    "fr": ["Le port était calme avant le soleil", "et seuls deux bateaux étaient rentrés"],
    "es": ["El puerto estaba tranquilo al amanecer", "y solo dos barcos habían vuelto allí"],
    "it": ["Il porto era tranquillo prima dell'alba", "e soltanto due barche erano tornate"],
    "pt": ["O porto estava calmo antes da aurora", "e apenas dois barcos tinham voltado"],
    "sv": ["Hamnen var stilla före soluppgången", "och bara två fiskebåtar hade återvänt"],
}


@pytest.mark.parametrize("language", CLEAN)
def test_clean_print_stays_at_any_confidence(language: str, default_engine: ocrkit.OcrBackend) -> None:
    drawn = draw_page(CLEAN[language], font="DejaVuSans.ttf", font_size=40)
    chain = ["language", {"spelling": {"confidence_threshold": 1}}]
    (read,) = ocrkit.recognize(
        drawn.page.pixels, backend=default_engine, postprocess=chain, settings=ocrkit.Settings()
    ).pages
    assert [block.language for block in read.blocks] == [language]
    assert not [each for each in read.corrections if each.before in drawn.text]


def test_a_missing_package_error_says_how_to_install_it() -> None:
    code = (
        "import sys; sys.modules['wordfreq'] = None\n"
        "import ocrkit\n"
        "from ocrkit.postprocess.spelling import Spelling\n"
        "from ocrkit.result import *\n"
        "line = Line(text='the govemment', confidence=0.1)\n"
        "page = PageResult(width=1, height=1, blocks=(Block(lines=(line,), language='en'),), trace=Trace(backend='x'))\n"
        "try: Spelling()(page)\n"
        "except ocrkit.MissingDependencyError as error: print(error)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'ocrkit[spelling]'" in printed
