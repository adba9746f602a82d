"""The language of a block: by its script, by two models that agree, by its neighbors, or none."""

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


def page(*texts: str, requested: tuple[str, ...] = ()) -> PageResult:
    blocks = tuple(Block.of([Line(text=line) for line in text.splitlines()]) for text in texts)
    return PageResult(width=9, height=9, blocks=blocks, trace=Trace(backend="test", languages=requested))


def languages(*texts: str, requested: tuple[str, ...] = ()) -> list[str | None]:
    return [block.language for block in Language()(page(*texts, requested=requested)).blocks]


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


def test_each_block_gets_its_own_language() -> None:
    assert languages(*LONG.values()) == list(LONG)


def test_two_words_are_enough_if_both_models_agree() -> None:
    texts = ["Bonjour le monde", "Hello world", "こんにちは世界"]
    assert languages(*texts) == languages(*texts, requested=("fr", "en", "ja")) == ["fr", "en", "ja"]


@pytest.mark.parametrize(
    "text", ["12.50", "A-1234", "€ 45,00 7%", "~ . -", "x", "IBAN DE89 3704 0044", "", "rn1l|"]
)
def test_text_without_words_has_no_language(text: str) -> None:
    assert languages(text) == [None]


def test_only_requested_languages_are_considered() -> None:
    assert languages(LONG["de"], LONG["en"], requested=("en", "fr")) == [None, "en"]
    assert languages("Moin", LONG["ru"], requested=("de-AT", "ru")) == ["de-AT", "ru"]
    assert (
        languages("港口", requested=("zh-Hant",))
        == languages("港口", requested=("en", "zh-Hant"))
        == ["zh-Hant"]
    )
    assert languages(LONG["pt"], requested=("pt-BR", "es")) == ["pt-BR"]
    assert languages(LONG["en"], requested=("native:eng_fast",)) == ["en"]


def test_chinese_characters_alone_are_japanese_on_a_japanese_page() -> None:
    assert languages("東京", LONG["ja"]) == ["ja", "ja"]
    assert languages("東京") == [None]
    assert languages("你好世界") == ["zh"]


def test_a_short_block_gets_the_language_of_neighbors_that_agree() -> None:
    assert languages(LONG["en"], "Ref.", LONG["en"]) == ["en", "en", "en"]
    assert languages(LONG["en"], "Ref.", LONG["fr"]) == ["en", None, "fr"]
    assert languages(LONG["en"], "Ref.") == ["en", "en"]
    assert languages(LONG["el"], "Ref.") == ["el", None], "Greek does not use Latin letters"
    assert languages(LONG["en"], "12.50") == ["en", None]


def test_a_language_set_by_the_engine_stays() -> None:
    given = page(LONG["en"])
    block = given.blocks[0].model_copy(update={"language": "x-engine"})
    given = given.model_copy(update={"blocks": (block,)})
    assert Language()(given) is given


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=40) | st.sampled_from(list(LONG.values())), max_size=5))
def test_the_step_is_idempotent_and_keeps_the_text(texts: list[str]) -> None:
    before = page(*texts)
    once = Language()(before)
    assert Language()(once) is once
    assert (once.text, once.raw_text) == (before.text, before.raw_text)


def test_threads_can_share_the_step() -> None:
    step = Language()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: step(page(text)).blocks[0].language, [*LONG.values()] * 4))
    assert found == [*LONG] * 4


@pytest.mark.parametrize(("chain", "language"), [(None, "en"), ("none", None)])
def test_the_step_runs_by_default_and_can_be_switched_off(chain: str | None, language: str | None) -> None:
    source = draw_page(["x"]).page.pixels
    backend = ScriptedBackend([LONG["en"]])
    (read,) = ocrkit.recognize(source, backend=backend, postprocess=chain, settings=ocrkit.Settings()).pages
    assert read.blocks[0].language == language


ENGLISH = ["The harbour was quiet", "before sunrise and only", "two boats had returned"]


def test_text_of_the_real_engine_gets_its_language(default_engine: ocrkit.OcrBackend) -> None:
    pixels = draw_page(ENGLISH).page.pixels
    (read,) = ocrkit.recognize(pixels, backend=default_engine, settings=ocrkit.Settings()).pages
    assert {block.language for block in read.blocks} == {"en"}


@pytest.mark.long
def test_the_step_runs_in_a_worker_process() -> None:
    settings = ocrkit.Settings(threads=2, workers=1)
    with ocrkit.Ocr(settings=settings, isolate=True) as ocr:
        (read,) = ocr.recognize(draw_page(ENGLISH).page.pixels).pages
    assert {block.language for block in read.blocks} == {"en"}
