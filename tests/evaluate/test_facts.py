"""Facts about pages: reading them, checking them, and comparing engines by them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ocrkit.cli import app
from ocrkit.errors import SourceError
from ocrkit.evaluate.evaluation import system_configs
from ocrkit.evaluate.facts import evaluate_facts, read_facts
from ocrkit.evaluate.facts.checks import PageText, check
from ocrkit.evaluate.facts.report import render
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace

EXACT, SLOPPY = "evaluated_engines:ExactBackend", "evaluated_engines:SloppyBackend"
LINES = ["The harbour was quiet, and “only” two boats", "had returned with any-", "thing worth selling."]
CELLS = [
    Cell(text="Year ended", row=0, column=1, column_span=2),
    Cell(text="2003", row=1, column=1), Cell(text="2004", row=1, column=2),
    Cell(text="Herring", row=2, column=0), Cell(text="1,136", row=2, column=1), Cell(text="876", row=2, column=2),
    Cell(text="Cod", row=3, column=0), Cell(text="12", row=3, column=1), Cell(text="15", row=3, column=2),
]  # fmt: skip


def read(tmp_path, *rows):
    path = tmp_path / "facts.jsonl"
    path.write_text("\n".join(json.dumps({"file": "page.png"} | row) for row in rows))
    return read_facts([path])


@pytest.fixture
def page():
    table = Block(kind="table", table=Table(cells=tuple(CELLS)), lines=(Line(text="Herring 1,136 876"),))
    text = Block(lines=tuple(Line(text=each) for each in LINES))
    return PageText(PageResult(width=100, height=100, blocks=(text, table), trace=Trace(backend="test")))


@pytest.mark.parametrize(
    ("fact", "holds"),
    [
        ({"type": "present", "text": 'quiet, and "only" two'}, True),
        ({"type": "present", "text": "anything worth selling"}, True),
        ({"type": "present", "text": "The harbor was quiet"}, False),
        ({"type": "present", "text": "The harbor was quiet", "max_diffs": 1}, True),
        ({"type": "present", "text": "the HARBOUR"}, False),
        ({"type": "present", "text": "the HARBOUR", "case_sensitive": False}, True),
        ({"type": "present", "text": "selling", "first_n": 30}, False),
        ({"type": "present", "text": "The harbour", "first_n": 30}, True),
        ({"type": "absent", "text": "Page 17"}, True),
        ({"type": "absent", "text": "two boats"}, False),
        ({"type": "absent", "text": "two boots", "max_diffs": 1}, False),
        ({"type": "order", "before": "harbour", "after": "two boats"}, True),
        ({"type": "order", "before": "two boats", "after": "harbour"}, False),
        ({"type": "order", "before": "two boats", "after": "lamp"}, False),
        ({"type": "baseline"}, True),
        ({"type": "baseline", "max_length": 10}, False),
    ],
)
def test_facts_about_text(tmp_path, page, fact, holds):
    (each,) = read(tmp_path, fact).facts
    assert (check(each, page) is None) == holds


@pytest.mark.parametrize(
    ("relations", "holds"),
    [
        ({"left": "1,136", "up": "2004", "down": "15"}, True),
        ({"above": "2004", "below": "15"}, True),
        ({"left": "Herring"}, False),
        ({"left_heading": "Herring", "top_heading": "Year ended"}, True),
        ({"top_heading": "2004"}, True),
        ({"top_heading": "2003"}, False),
        ({"right": "1,136"}, False),
    ],
)
def test_facts_about_cells(tmp_path, page, relations, holds):
    (each,) = read(tmp_path, {"type": "table", "cell": "876", **relations}).facts
    assert (check(each, page) is None) == holds


def test_a_page_without_tables_has_no_cells(tmp_path):
    empty = PageText(PageResult(width=9, height=9, blocks=(), trace=Trace(backend="test")))
    table, baseline = read(tmp_path, {"type": "table", "cell": "876"}, {"type": "baseline"}).facts
    assert check(table, empty) == "no table was found"
    assert check(baseline, empty) == "the text is empty"


def test_the_rows_of_the_public_benchmark_are_read(tmp_path):
    path = tmp_path / "headers_footers.jsonl"
    rows = [
        {"pdf": "a/b.pdf", "page": 1, "id": "b_1", "type": "absent", "text": "158", "max_diffs": 0, "url": "x",
         "checked": "verified", "case_sensitive": False, "first_n": None, "last_n": None},
        {"pdf": "a/b.pdf", "page": 1, "id": "b_2", "type": "math", "math": "x^2", "max_diffs": 0},
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)))
    facts = read_facts([path])
    (fact,) = facts.facts
    assert (fact.file, fact.category, fact.id) == ("a/b.pdf", "headers_footers", "b_1")
    assert facts.not_checked == {"math": 1}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 1 is not JSON"),
        ("[1]", "line 1 is not a JSON object"),
        ('{"type": "smell", "file": "a.png"}', "line 1: type"),
        ('{"type": "present", "file": "a.png"}', "line 1: present.text: Field required"),
        ("", "no fact that can be checked"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, line, problem):
    (tmp_path / "facts.jsonl").write_text(line)
    with pytest.raises(SourceError, match=problem):
        read_facts([tmp_path / "facts.jsonl"])


def test_engines_are_compared_by_facts(corpus, tmp_path):
    facts = []
    for number in range(6):
        name = f"p{number}.png"
        corpus.add_page(name)
        facts += [
            {"file": name, "type": "present", "text": "The harbour was quiet"},
            {"file": name, "type": "order", "before": "harbour", "after": "returned"},
        ]
    configs = system_configs([EXACT, SLOPPY], ["none"], corpus.settings)
    result = evaluate_facts(read(tmp_path, *facts), corpus.folder, configs)
    best, worst = result.summaries
    assert best.system.startswith("exact")
    assert (best.hold, best.facts, best.share) == (12, 12, 1.0)
    assert worst.share < 1
    assert all(each.reason for each in result.checked if not each.holds)
    assert "missing" in render(result)


def test_a_file_that_does_not_exist_is_an_error(corpus, tmp_path):
    facts = read(tmp_path, {"id": "f1", "type": "present", "text": "x"})
    with pytest.raises(SourceError, match="does not exist, but the fact f1 names it"):
        evaluate_facts(facts, corpus.folder, system_configs([EXACT], ["none"], corpus.settings))


def test_the_command_line_checks_facts(corpus, tmp_path, monkeypatch):
    corpus.add_page("one.png")
    corpus.write_config()
    monkeypatch.chdir(tmp_path)
    rows = [
        {"file": "one.png", "type": "present", "text": "two boats"},
        {"file": "one.png", "type": "present", "text": "a lamp", "id": "lamp"},
    ]
    (tmp_path / "facts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = ["evaluate", "pages", "--facts", "facts.jsonl", "-b", EXACT, "--preprocess", "none", "-q"]
    result = CliRunner().invoke(app, [*command, "--report", "facts.html"])
    assert result.exit_code == 0, result.output
    assert "50.0%" in result.output
    assert "lamp (one.png, page 1): 'a lamp' is missing" in result.output
    assert "a lamp" in (tmp_path / "facts.html").read_text()
    as_json = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert [each["reason"] is None for each in as_json["checked"]] == [True, False]


def test_leaving_blocks_out_needs_facts(corpus, tmp_path, monkeypatch):
    corpus.add_page("one.png")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["evaluate", "pages", "--without", "header"])
    assert result.exit_code != 0
