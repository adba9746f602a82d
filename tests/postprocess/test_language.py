"""Which language a block is in: by its script, by two models that agree, by its neighbours, or not said at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ocrkit
from ocrkit.postprocess.language import Language
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.testing.fakes import ScriptedBackend
from ocrkit.testing.samples import draw_page


def page(*texts: str, asked: tuple[str, ...] = ()) -> PageResult:
    blocks = tuple(Block.of([Line(text=line) for line in text.splitlines()]) for text in texts)
    return PageResult(width=9, height=9, blocks=blocks, trace=Trace(backend="test", languages=asked))


def languages(*texts: str, asked: tuple[str, ...] = ()) -> list[str | None]:
    return [block.language for block in Language()(page(*texts, asked=asked)).blocks]


LONG = {
    "en": "The harbour was quiet before sunrise and only two boats had returned",
    "de": "Der Hafen war still vor dem Sonnenaufgang und nur zwei Boote waren zurück",
    "fr": "Le port était calme avant le lever du soleil et deux bateaux étaient rentrés",
    "es": "El puerto estaba tranquilo antes del amanecer y solo dos barcos habían vuelto",
    "it": "Il porto era tranquillo prima dell'alba e solo due barche erano tornate",
    "pt": "O porto estava calmo antes do nascer do sol e só dois barcos tinham voltado",
    "sv": "Hamnen var stilla före soluppgången och bara två båtar hade återvänt",
    "ru": "Гавань была тиха перед рассветом и только две лодки вернулись",
    "uk": "Гавань була тиха перед світанком і лише два човни повернулися",
    "el": "Το λιμάνι ήταν ήσυχο", "ko": "항구는 조용했다", "he": "הנמל היה שקט", "th": "ท่าเรือเงียบสงบ",
    "ja": "港は静かだった", "zh-Hans": "港口在日出前很安静，只有两艘船回来", "zh-Hant": "港口在日出前很安靜，只有兩艘船回來",
    "ar": "كان الميناء هادئا قبل شروق الشمس", "hi": "सूर्योदय से पहले बंदरगाह शांत था और केवल दो नावें लौटी थीं",
}  # fmt: skip


def test_each_block_of_a_page_is_in_its_own_language() -> None:
    assert languages(*LONG.values()) == list(LONG)


def test_two_words_are_enough_where_both_models_know_them() -> None:
    texts = ["Bonjour le monde", "Hello world", "こんにちは世界"]
    assert languages(*texts) == languages(*texts, asked=("fr", "en", "ja")) == ["fr", "en", "ja"]


def test_what_says_nothing_has_no_language() -> None:
    for text in ("12.50", "A-1234", "€ 45,00 7%", "~ . -", "x", "IBAN DE89 3704 0044", "", "rn1l|"):
        assert languages(text) == [None], text


def test_only_languages_that_were_asked_for_are_considered() -> None:
    assert languages(LONG["de"], LONG["en"], asked=("en", "fr")) == [None, "en"]
    assert languages("Moin", LONG["ru"], asked=("de-AT", "ru")) == ["de-AT", "ru"]
    assert languages("港口", asked=("zh-Hant",)) == languages("港口", asked=("en", "zh-Hant")) == ["zh-Hant"]
    assert languages(LONG["pt"], asked=("pt-BR", "es")) == ["pt-BR"]
    assert languages(LONG["en"], asked=("native:eng_fast",)) == ["en"]


def test_characters_alone_are_japanese_on_a_japanese_page() -> None:
    assert languages("東京", LONG["ja"]) == ["ja", "ja"]
    assert languages("東京") == [None]
    assert languages("你好世界") == ["zh"]


def test_what_is_short_is_as_its_neighbours_are_where_these_agree() -> None:
    assert languages(LONG["en"], "Ref.", LONG["en"]) == ["en", "en", "en"]
    assert languages(LONG["en"], "Ref.", LONG["fr"]) == ["en", None, "fr"]
    assert languages(LONG["en"], "Ref.") == ["en", "en"]
    assert languages(LONG["el"], "Ref.") == ["el", None], "no Greek is written in these letters"
    assert languages(LONG["en"], "12.50") == ["en", None]


def test_what_the_engine_has_said_stays() -> None:
    given = page(LONG["en"])
    block = given.blocks[0].model_copy(update={"language": "x-engine"})
    given = given.model_copy(update={"blocks": (block,)})
    assert Language()(given) is given


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=40) | st.sampled_from(list(LONG.values())), max_size=5))
def test_texts_stay_as_they_are_and_twice_is_once(texts: list[str]) -> None:
    before = page(*texts)
    once = Language()(before)
    assert Language()(once) is once
    assert (once.text, once.raw_text) == (before.text, before.raw_text)


def test_threads_share_it() -> None:
    step = Language()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: step(page(text)).blocks[0].language, [*LONG.values()] * 4))
    assert found == [*LONG] * 4


def test_it_is_on_unless_it_is_switched_off() -> None:
    source = draw_page(["x"]).page.pixels
    for chain, language in ((None, "en"), ("none", None)):
        plain = ocrkit.Settings()
        (read,) = ocrkit.recognize(
            source, backend=ScriptedBackend([LONG["en"]]), postprocess=chain, settings=plain
        ).pages
        assert read.blocks[0].language == language


@pytest.mark.parametrize("isolate", [False, True])
def test_a_real_page_says_it_here_and_in_a_process_of_its_own(isolate: bool) -> None:
    drawn = draw_page(["The harbour was quiet", "before sunrise and only", "two boats had returned"])
    with ocrkit.Ocr(settings=ocrkit.Settings(threads=2, workers=1), isolate=isolate) as ocr:
        (read,) = ocr.recognize(drawn.page.pixels).pages
    assert {block.language for block in read.blocks} == {"en"}
