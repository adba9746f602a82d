"""Compare systems: correct numbers, no page read twice, failures listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ocrkit import ConfigError, Document, Ocr, recognize
from ocrkit.cli import app
from ocrkit.evaluate import Evaluation, Rules, evaluate, find_samples
from ocrkit.evaluate.box_scoring import score_boxes
from ocrkit.evaluate.correctness import judge_words
from ocrkit.testing import ScriptedBackend, draw_page

EXACT, SLOPPY = "evaluated_engines:ExactBackend", "evaluated_engines:SloppyBackend"


def test_the_better_system_comes_first_with_correct_rates(corpus: Any) -> None:
    for number in range(8):
        corpus.add_page(f"{number}.png")
    result = evaluate(corpus.folder, [SLOPPY, EXACT], preprocess=["none"], settings=corpus.settings)
    best, other = result.summaries
    assert (best.system, best.error, best.wer, best.missing_lines) == ("exact none", 0, 0, 0)
    text = find_samples(corpus.folder).samples[0].text
    assert other.error == pytest.approx(text.count("e") / len(text))
    assert other.wer == pytest.approx(sum("e" in word for word in text.split()) / len(text.split()))
    assert other.seconds_per_page is not None
    (difference,) = result.differences
    assert (difference.first, difference.second) == ("exact none", "sloppy none")
    assert difference.is_significant
    reliability = {each.system: each for each in result.reliability}
    assert reliability["exact none"].expected_error == pytest.approx(0.1)
    assert Evaluation.model_validate_json(result.model_dump_json()) == result


def test_only_what_is_new_is_read(corpus: Any) -> None:
    corpus.add_page("one.png")
    corpus.add_page("two.png")
    first = evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings)
    assert len(corpus.take_log()) == 2
    again = evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings)
    assert corpus.take_log() == []
    assert again.scores == first.scores, "including the seconds"
    evaluate(corpus.folder, [EXACT, SLOPPY], preprocess=["none"], settings=corpus.settings)
    assert len(corpus.take_log()) == 2, "another engine"
    corpus.add_page("three.png")
    evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings)
    assert len(corpus.take_log()) == 1, "another page"
    (corpus.folder / "one.gt.txt").write_text("another truth")
    changed = evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings)
    assert corpus.take_log() == []
    assert changed.of("exact none", "one").error > 0.5
    evaluate(corpus.folder, [EXACT], preprocess=["none"], languages=["en"], settings=corpus.settings)
    assert len(corpus.take_log()) == 3, "another request"


def test_a_failed_page_counts_as_entirely_wrong_and_is_listed(corpus: Any) -> None:
    corpus.add_page("good.png")
    corpus.add_page("torn.png", fails=True)
    (corpus.folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    (corpus.folder / "broken.gt.txt").write_text("text")
    result = evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings)
    assert {score.sample: score.error for score in result.scores} == {"good": 0, "torn": 1, "broken": 1}
    assert result.summaries[0].error == pytest.approx(2 / 3)
    assert {score.sample for score in result.failures} == {"torn", "broken"}
    torn = result.of("exact none", "torn")
    assert "torn" in (torn.failure or "")
    assert (torn.cer, torn.wer, torn.bag_of_words, torn.missing_lines, torn.seconds) == (1, 1, 1, 4, None)
    assert result.worst[-1] == "good"


def test_failed_pages_are_read_again_on_request(corpus: Any) -> None:
    corpus.add_page("good.png")
    corpus.add_page("torn.png", fails=True)
    evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings)
    assert len(corpus.take_log()) == 2
    evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings, retry_failed=True)
    assert len(corpus.take_log()) == 1


def test_each_page_is_read_in_its_own_language_unless_the_user_chooses_one(corpus: Any) -> None:
    entries = []
    for name, language, level in (
        ("a", "de", "page"),
        ("b", "fr", "page"),
        ("c", "en", "line"),
        ("d", "und", "page"),
    ):
        corpus.add_page(f"{name}.png")
        entries.append(
            {"id": name, "file": f"{name}.png", "gt": f"{name}.gt.txt", "language": language, "level": level}
        )
    (corpus.folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, entries)))
    result = evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings)
    requests = sorted(line.partition(" ")[2] for line in corpus.take_log())
    assert requests == [" document", " document", "de document", "en line"], "French is not supported"
    assert {each.group for each in result.by_language} == {"de", "fr", "en", "unknown"}
    evaluate(corpus.folder, [EXACT], preprocess=["none"], languages=["de"], settings=corpus.settings)
    assert {line.split()[1] for line in corpus.take_log()} == {"de"}


def test_pages_with_free_order_are_scored_without_regard_to_order(corpus: Any) -> None:
    lines = [
        "first column of the page",
        "goes on down to its end",
        "second column is beside",
        "and ends there too",
    ]
    corpus.add_page("a.png", [lines[0], lines[2], lines[1], lines[3]], truth="\n".join([*lines, "No 0"]))
    entry = {"id": "a", "file": "a.png", "gt": "a.gt.txt"}
    manifest = corpus.folder / "manifest.jsonl"
    manifest.write_text(json.dumps(entry))
    score = evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings).scores[0]
    assert score.error == score.cer > 0.3
    manifest.write_text(json.dumps({**entry, "score_hints": ["order_free"]}))
    score = evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings).scores[0]
    assert score.error == score.flexible_cer == 0
    assert score.cer > 0.3


def test_word_boxes_are_scored_if_the_truth_has_boxes(corpus: Any) -> None:
    path = corpus.add_page("a.png")
    document = recognize(path, backend=EXACT, settings=corpus.settings, preprocess="none")
    (corpus.folder / "a.xml").write_bytes(document.export("page"))
    score = evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings).scores[0]
    assert score.word_boxes == 1
    assert score.box_overlap == pytest.approx(1, abs=0.1)
    sample = find_samples(corpus.folder).samples[0]
    half = sample.model_copy(update={"words": sample.words[: len(sample.words) // 2]})
    score_of_half = score_boxes(document, half)
    assert score_of_half is not None
    assert score_of_half.f1 == pytest.approx(2 * len(half.words) / (len(half.words) + len(sample.words)))
    misplaced = score_boxes(document, half.model_copy(update={"size": (9000.0, 9000.0)}))
    assert misplaced is not None
    assert misplaced.f1 < 0.2


def test_the_text_of_each_page_is_kept_beside_the_pages(corpus: Any) -> None:
    corpus.add_page("a.png")
    evaluate(corpus.folder, [EXACT], preprocess=["none"], settings=corpus.settings)
    (written,) = corpus.folder.glob(".ocrkit-evaluate/*/a.png.txt")
    assert "harbour" in written.read_text()


@pytest.mark.parametrize(
    ("output", "truth", "right"),
    [
        ("the harbour was quiet", "the harbour was quiet", [True, True, True, True]),
        ("the harbour was quiet", "the harbours was quiet", [True, False, True, True]),
        ("the harbour was quiet", "he harbour wasquiet", [False, True, False, False]),
        ("the harbour was quiet", "quiet was the harbour", [True, True, True, True]),
        ("the harbour was quiet", "was quiet", [False, False, True, True]),
        ("the harbour was quiet", " ", [False, False, False, False]),
        ("出之 前港日", "日出之前港口", [True, False]),  # Chinese words need no boundaries
    ],
)
def test_a_word_is_right_if_its_letters_and_boundaries_are(
    corpus: Any, output: str, truth: str, right: list[bool]
) -> None:
    corpus.add_page("a.png", truth=truth)
    sample = find_samples(corpus.folder).samples[0]
    document: Document = Ocr(ScriptedBackend([output])).recognize(draw_page("x").page.pixels)
    assert [word.right for word in judge_words(document, sample, Rules())] == right


@pytest.mark.parametrize(
    ("backends", "arguments", "message"),
    [
        ([EXACT, "tesserakt"], {}, "Did you mean 'tesseract'"),
        ([EXACT, EXACT], {}, "named twice"),
        ([EXACT], {"prices": {"baidu": 1}}, "a price is set for 'baidu'"),
        ([EXACT], {"preprocess": ["deskw"]}, "deskew"),
    ],
)
def test_wrong_names_are_reported_before_the_first_page(
    corpus: Any, backends: list[str], arguments: dict[str, Any], message: str
) -> None:
    corpus.add_page("a.png")
    with pytest.raises(ConfigError, match=message):
        evaluate(corpus.folder, backends, settings=corpus.settings, **{"preprocess": ["none"], **arguments})
    assert corpus.take_log() == []


def test_prices_add_up_to_a_cost_per_page(corpus: Any) -> None:
    corpus.add_page("a.png")
    result = evaluate(
        corpus.folder, [EXACT], preprocess=["none"], prices={EXACT: 0.0015}, settings=corpus.settings
    )
    assert result.summaries[0].cost_per_page == pytest.approx(0.0015)


# ── the command ──


@pytest.fixture
def ocrkit(corpus: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `ocrkit evaluate pages` beside a configuration file with the settings of the corpus."""

    def run(*arguments: str) -> Any:
        monkeypatch.chdir(corpus.write_config().parent)
        monkeypatch.setenv("COLUMNS", "110")
        return CliRunner().invoke(app, ["evaluate", "pages", *arguments], prog_name="ocrkit")

    return run


def test_the_command_prints_tables_and_conclusions(
    corpus: Any, ocrkit: Callable[..., Any], tmp_path: Path
) -> None:
    for number in range(6):
        corpus.add_page(f"letters/{number}.png")
        corpus.add_page(f"bills/{number}.png")
    corpus.add_page("bills/torn.png", fails=True)
    result = ocrkit(
        "-b", EXACT, "-b", SLOPPY, "--preprocess", "none", "--report", "report.html", "--price", f"{EXACT}=2"
    )
    assert result.exit_code == 0, result.output
    for part in ("exact none", "by category", "letters", "bills", "is better than", "p = 0.0", "not read by exact none",
                 "the page is torn", "report.html", "cost/page"):  # fmt: skip
        assert part in result.output
    assert (tmp_path / "report.html").stat().st_size > 10_000
    as_json = ocrkit("-b", EXACT, "--preprocess", "none", "--json")
    assert Evaluation.model_validate_json(as_json.output).summaries[0].failures == 1


def test_a_draft_is_no_ground_truth_until_it_is_renamed(corpus: Any, ocrkit: Callable[..., Any]) -> None:
    corpus.add_page("a.png")
    path = corpus.add_page("b.png")
    path.with_suffix(".gt.txt").unlink()
    result = ocrkit("--ground-truth-from", SLOPPY)
    assert result.exit_code == 0, result.output
    draft = corpus.folder / "b.png.draft.txt"
    assert "harbour" in draft.read_text()
    assert "b.png.gt.txt" in result.output
    result = ocrkit("-b", SLOPPY, "--json", "--preprocess", "none")
    evaluation = Evaluation.model_validate_json(result.output)
    assert [score.sample for score in evaluation.scores] == ["a"]
    assert evaluation.drafts == 1
    assert ocrkit("--ground-truth-from", SLOPPY).exit_code == 2, "every page has ground truth or a draft"
    draft.rename(corpus.folder / "b.png.gt.txt")
    result = ocrkit("-b", SLOPPY, "--json", "--preprocess", "none")
    assert {score.sample for score in Evaluation.model_validate_json(result.output).scores} == {"a", "b"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--price", "baidu"], "such as baidu=0.0015"),
        (["-b", EXACT, "-b", SLOPPY, "--fit-calibration", "x.json"], "one backend"),
        (["-b", EXACT, "--preprocess", "none", "--fit-calibration", "x.json"], "at least 200 words"),
    ],
)
def test_the_command_explains_wrong_options(
    corpus: Any, ocrkit: Callable[..., Any], arguments: list[str], message: str
) -> None:
    corpus.add_page("a.png")
    result = ocrkit(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_the_command_needs_pages(ocrkit: Callable[..., Any]) -> None:
    assert ocrkit().exit_code == 2
