"""Systems side by side: numbers that are right, pages read once, failures in sight."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ocrkit import ConfigError, Document
from ocrkit.cli import app
from ocrkit.evaluate import Evaluation, Rules, boxes, evaluate, find_samples
from ocrkit.evaluate.correctness import judged
from ocrkit.testing import draw_page

TOLD, HASTY = "told_engines:ToldBackend", "told_engines:HastyBackend"


def test_the_better_one_is_first_and_its_numbers_are_right(desk: Any) -> None:
    for number in range(8):
        desk.page(f"{number}.png")
    result = evaluate(desk.folder, [HASTY, TOLD], preprocess=["none"], settings=desk.settings)
    best, other = result.summaries
    assert (best.system, best.error, best.wer, best.missing_lines) == ("told none", 0, 0, 0)
    text = find_samples(desk.folder).samples[0].text
    assert other.error == pytest.approx(text.count("e") / len(text))
    assert other.wer == pytest.approx(sum("e" in word for word in text.split()) / len(text.split()))
    assert other.seconds_per_page is not None
    (difference,) = result.differences
    assert (difference.first, difference.second) == ("told none", "hasty none")
    assert difference.is_significant
    trusts = {each.system: each for each in result.reliability}
    assert trusts["told none"].expected_error == pytest.approx(0.1)
    assert Evaluation.model_validate_json(result.model_dump_json()) == result


def test_nothing_is_read_twice(desk: Any) -> None:
    desk.page("one.png")
    desk.page("two.png")
    first = evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings)
    assert len(desk.read) == 2
    again = evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings)
    assert desk.read == []
    assert again.scores == first.scores, "with the same seconds"
    evaluate(desk.folder, [TOLD, HASTY], preprocess=["none"], settings=desk.settings)
    assert len(desk.read) == 2, "one more engine reads for itself"
    desk.page("three.png")
    evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings)
    assert len(desk.read) == 1, "one more page"
    (desk.folder / "one.gt.txt").write_text("another truth")
    changed = evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings)
    assert desk.read == []
    assert changed.of("told none", "one").error > 0.5
    evaluate(desk.folder, [TOLD], preprocess=["none"], languages=["en"], settings=desk.settings)
    assert len(desk.read) == 3, "asked for something else"


def test_what_fails_is_wrong_from_first_to_last_and_listed(desk: Any) -> None:
    desk.page("good.png")
    desk.page("torn.png", torn=True)
    (desk.folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    (desk.folder / "broken.gt.txt").write_text("text")
    result = evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings)
    assert {score.sample: score.error for score in result.scores} == {"good": 0, "torn": 1, "broken": 1}
    assert result.summaries[0].error == pytest.approx(2 / 3)
    assert {score.sample for score in result.failures} == {"torn", "broken"}
    torn = result.of("told none", "torn")
    assert "torn" in (torn.failure or "")
    assert (torn.cer, torn.wer, torn.bag_of_words, torn.missing_lines, torn.seconds) == (1, 1, 1, 4, None)
    assert result.worst[-1] == "good"
    desk.read.clear()
    evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings, retry_failed=True)
    assert len(desk.read) == 1


def test_each_page_is_read_in_its_own_language_unless_one_is_chosen(desk: Any) -> None:
    rows = []
    for name, language, level in (
        ("a", "de", "page"),
        ("b", "fr", "page"),
        ("c", "en", "line"),
        ("d", "und", "page"),
    ):
        desk.page(f"{name}.png")
        rows.append(
            {"id": name, "file": f"{name}.png", "gt": f"{name}.gt.txt", "language": language, "level": level}
        )
    (desk.folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings)
    asked = sorted(line.partition(" ")[2] for line in desk.read)
    assert asked == [" document", " document", "de document", "en line"], "French is not offered"
    assert {each.group for each in result.by_language} == {"de", "fr", "en", "unknown"}
    evaluate(desk.folder, [TOLD], preprocess=["none"], languages=["de"], settings=desk.settings)
    assert {line.split()[1] for line in desk.read} == {"de"}


def test_order_free_pages_are_judged_without_order(desk: Any) -> None:
    lines = [
        "first column of the page",
        "goes on down to its end",
        "second column is beside",
        "and ends there too",
    ]
    desk.page("a.png", [lines[0], lines[2], lines[1], lines[3]], truth="\n".join([*lines, "No 0"]))
    row = {"id": "a", "file": "a.png", "gt": "a.gt.txt"}
    manifest = desk.folder / "manifest.jsonl"
    manifest.write_text(json.dumps(row))
    score = evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings).scores[0]
    assert score.error == score.cer > 0.3
    manifest.write_text(json.dumps({**row, "score_hints": ["order_free"]}))
    score = evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings).scores[0]
    assert score.error == score.flexible_cer == 0
    assert score.cer > 0.3


def test_places_count_where_the_truth_has_them(desk: Any) -> None:
    path = desk.page("a.png")
    evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings)
    (written,) = desk.folder.glob(".ocrkit-evaluate/*/a.png.txt")
    assert "harbour" in written.read_text()
    from ocrkit import recognize

    read = recognize(path, backend=TOLD, settings=desk.settings, preprocess="none")
    (desk.folder / "a.xml").write_bytes(read.export("page"))
    result = evaluate(desk.folder, [TOLD], preprocess=["none"], settings=desk.settings)
    assert result.scores[0].word_boxes == 1
    assert result.scores[0].box_overlap == pytest.approx(1, abs=0.1)
    sample = find_samples(desk.folder).samples[0]
    half = sample.model_copy(update={"words": sample.words[: len(sample.words) // 2]})
    few = boxes.score(read, half)
    assert few is not None
    assert few.f1 == pytest.approx(2 * len(half.words) / (len(half.words) + len(sample.words)))
    elsewhere = half.model_copy(update={"size": (9000.0, 9000.0)})
    far = boxes.score(read, elsewhere)
    assert far is not None
    assert far.f1 < 0.2


@pytest.mark.parametrize(
    ("truth", "hints", "right"),
    [
        ("the harbour was quiet", (), [True, True, True, True]),
        ("the harbours was quiet", (), [True, False, True, True]),
        ("he harbour wasquiet", (), [False, True, False, False]),
        ("quiet was the harbour", (), [True, True, True, True]),
        ("was quiet", (), [False, False, True, True]),
        ("", (), [False, False, False, False]),
    ],
)  # fmt: skip
def test_words_are_right_or_wrong(desk: Any, truth: str, hints: tuple[str, ...], right: list[bool]) -> None:
    from ocrkit import Ocr
    from ocrkit.testing import ScriptedBackend

    desk.page("a.png", truth=truth or " ")
    sample = find_samples(desk.folder).samples[0]
    document = Ocr(ScriptedBackend(["the harbour was quiet"])).recognize(draw_page("x").page.pixels)
    assert [word.right for word in judged(document, sample, Rules())] == right


def test_chinese_words_need_no_ends(desk: Any) -> None:
    from ocrkit import Ocr
    from ocrkit.testing import ScriptedBackend

    desk.page("a.png", truth="日出之前港口")
    sample = find_samples(desk.folder).samples[0]
    document: Document = Ocr(ScriptedBackend(["出之 前港日"])).recognize(draw_page("x").page.pixels)
    assert [word.right for word in judged(document, sample, Rules())] == [True, False]


def test_slips_are_said_before_the_first_page(desk: Any) -> None:
    desk.page("a.png")
    for backends, more, says in (
        ([TOLD, "tesserakt"], {}, "Did you mean 'tesseract'"),
        ([TOLD, TOLD], {}, "named twice"),
        ([TOLD], {"prices": {"baidu": 1}}, "there is a price for 'baidu'"),
        ([TOLD], {"preprocess": ["deskw"]}, "deskew"),
    ):
        with pytest.raises(ConfigError, match=says):
            evaluate(desk.folder, backends, settings=desk.settings, **{"preprocess": ["none"], **more})
    assert desk.read == []


def test_money_is_counted(desk: Any) -> None:
    desk.page("a.png")
    result = evaluate(desk.folder, [TOLD], preprocess=["none"], prices={TOLD: 0.0015}, settings=desk.settings)
    assert result.summaries[0].cost_per_page == pytest.approx(0.0015)


# ── the command ──


@pytest.fixture
def ocrkit(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs the command with the settings of the desk, which lie in its folder."""
    folder = desk.folder.parent

    def run(*arguments: str) -> Any:
        options = f'texts = "{desk.texts}"\nlog = "{desk.log}"\n'
        (folder / "ocrkit.toml").write_text(
            f"workers = 1\nisolate = false\n[backends.told]\n{options}[backends.hasty]\n{options}"
        )
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "110")
        return CliRunner().invoke(app, ["evaluate", "pages", *arguments], prog_name="ocrkit")

    return run


def test_the_command_shows_tables_and_says_what_matters(
    desk: Any, ocrkit: Callable[..., Any], tmp_path: Path
) -> None:
    for number in range(6):
        desk.page(f"letters/{number}.png")
        desk.page(f"bills/{number}.png")
    desk.page("bills/torn.png", torn=True)
    done = ocrkit(
        "-b", TOLD, "-b", HASTY, "--preprocess", "none", "--report", "report.html", "--price", f"{TOLD}=2"
    )
    assert done.exit_code == 0, done.output
    for part in ("told none", "by category", "letters", "bills", "is better than", "p = 0.0", "not read by told none",
                 "the page is torn", "report.html", "cost/page"):  # fmt: skip
        assert part in done.output
    assert (tmp_path / "report.html").stat().st_size > 10_000
    as_json = ocrkit("-b", TOLD, "--preprocess", "none", "--json")
    assert Evaluation.model_validate_json(as_json.output).summaries[0].failures == 1


def test_a_draft_is_no_truth_before_it_is_accepted(desk: Any, ocrkit: Callable[..., Any]) -> None:
    desk.page("a.png")
    path = desk.page("b.png")
    path.with_suffix(".gt.txt").unlink()
    done = ocrkit("--ground-truth-from", HASTY)
    assert done.exit_code == 0, done.output
    draft = desk.folder / "b.png.draft.txt"
    assert "harbour" in draft.read_text()
    assert "b.png.gt.txt" in done.output
    checked = ocrkit("-b", HASTY, "--json", "--preprocess", "none")
    result = Evaluation.model_validate_json(checked.output)
    assert [score.sample for score in result.scores] == ["a"]
    assert result.drafts == 1
    assert ocrkit("--ground-truth-from", HASTY).exit_code == 2, "there is nothing more to draft"
    draft.rename(desk.folder / "b.png.gt.txt")
    accepted = ocrkit("-b", HASTY, "--json", "--preprocess", "none")
    assert {score.sample for score in Evaluation.model_validate_json(accepted.output).scores} == {"a", "b"}


def test_the_command_names_slips(desk: Any, ocrkit: Callable[..., Any]) -> None:
    assert ocrkit().exit_code == 2, "there is nothing yet"
    desk.page("a.png")
    for arguments, says in (
        (["--price", "baidu"], "what a page costs"),
        (["-b", TOLD, "-b", HASTY, "--fit-calibration", "x.json"], "one backend"),
        (["-b", TOLD, "--preprocess", "none", "--fit-calibration", "x.json"], "at least 200 words"),
    ):
        done = ocrkit(*arguments)
        assert done.exit_code == 2
        assert says in done.output
