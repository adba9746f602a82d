"""Markdown, held against a parser: what is written is read as what stood on the page, and as nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ocrkit.document import Document
from ocrkit.formats import exporter
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.result import Block, Line, PageResult, Trace

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def markdown(document):
    """A document as the pipeline leaves it, its blocks told apart."""
    pages = tuple(classify_blocks(page) for page in document.pages)
    return exporter("markdown")(document.model_copy(update={"pages": pages})).decode()


def of_lines(*blocks):
    made = tuple(Block(lines=tuple(Line(text=text) for text in block)) for block in blocks)
    page = PageResult(width=100, height=100, blocks=made, trace=Trace(backend="test"))
    return Document(page_count=1, pages=(page,))


def kinds(text):
    return [token.type for token in PARSER.parse(text)]


def shown(text):
    """What a reader sees, and the kinds of inline markup there are."""
    inline = [child for token in PARSER.parse(text) for child in token.children or ()]
    return (
        "".join("\n" if child.type == "softbreak" else child.content for child in inline),
        {child.type for child in inline} - {"text", "softbreak", "text_special"},
    )


MARKUP = [
    "# not a heading", "####### seven", "#", "#hashtag", "> quoted", "- item", "-", "+ item", "* item", "***", "---",
    "- - -", "___", "_ _ _", "===", "=", "1. item", "12) item", "1986. A year", "```", "~~~ x", "`code`", "*a*", "**a**",
    "_a_", "__a__", "a_b_c", "~~gone~~", "[a](b)", "![a](b)", "[a]: b", "[^1]", "<b>", "<!-- a -->", "<http://a.b>",
    "&amp;", "&#65;", "AT&T & co", "| a | b |", "|---|---|", ":--", "-:", ":-:", "a | b", "\\", "a\\", "\\*", "    code",
    "- [ ] task", "a  ", "1\\. a", "#\\", "&copy", "<?php", "]]>", "_", "a_", "_a", "1)", "+", "= =", "\u00a0- x",
]  # fmt: skip
texts = st.sampled_from(MARKUP) | st.text(alphabet="#>-+*_=~`[]()<>!&;|:\\ 1.a\t", min_size=1, max_size=8)


@pytest.mark.parametrize("text", MARKUP)
def test_what_looks_like_markup_is_text(text):
    for before in ((), ("a",), ("a | b",)):
        written = markdown(of_lines([*before, text]))
        assert kinds(written) == ["paragraph_open", "inline", "paragraph_close"], written
        assert shown(written) == ("\n".join([*before, text.strip()]), set()), written


@given(st.lists(texts, min_size=1, max_size=3))
@example(["a", ":--"])
@example(["&", "amp;"])
@example(["1.", "2. x"])
def test_no_mixture_is_markup(lines):
    lines = ["a", *lines]
    wanted = [" ".join(line.split()) for line in lines]
    written = markdown(of_lines(*[[line] for line in lines]))
    # Marks that follow one another are a list, which is meant: only what is inside the lines is looked at.
    text, markup = shown(written)
    assert markup == set(), written
    assert {token.type for token in PARSER.parse(written)} <= {
        "paragraph_open", "inline", "paragraph_close", "bullet_list_open", "bullet_list_close", "ordered_list_open",
        "ordered_list_close", "list_item_open", "list_item_close",
    }  # fmt: skip
    if "list" not in " ".join(kinds(written)):
        assert text == "".join(wanted), written


def test_lines_stay_lines_and_blocks_are_paragraphs():
    assert (
        markdown(of_lines(["Jane Doe", "12 Mill Lane"], ["Dear Jane"]))
        == "Jane Doe\n12 Mill Lane\n\nDear Jane\n"
    )


def test_what_breaks_lines_inside_a_text_does_not_break_the_paragraph():
    assert markdown(of_lines(["a\n\n# b\u2028c\x00\td"])) == "a # b c d\n"


def test_hyphens_are_taken_away_only_where_the_page_shows_the_word():
    sure = of_lines(["the exam-", "ple, again an example"])
    assert markdown(sure) == "the example, again an example\n"
    assert markdown(of_lines(["a well-", "known thing"])) == "a well-\nknown thing\n"
    both = of_lines(["it is re-", "covered, recovered, re-covered"])
    assert markdown(both) == "it is re-\ncovered, recovered, re-covered\n"
    assert markdown(of_lines(["Anna-", "Lena", "Annalena"])).startswith("Anna-\nLena\n")
    assert markdown(of_lines(["soft\u00ad", "Hyphen"])) == "softHyphen\n"


def test_scripts_without_spaces_go_on_without_a_line_break():
    assert markdown(of_lines(["漢字の", "文章"], ["漢字", "abc"])) == "漢字の文章\n\n漢字\nabc\n"


# ── headings ──


@pytest.fixture
def body(line):
    return [line(f"Line {number} of the body of this page", top=200 + 30 * number) for number in range(5)]


@pytest.mark.parametrize(("height", "lead"), [(44, "# "), (30, "## "), (26, ""), (20, "")])
def test_a_short_block_clearly_taller_is_a_heading(line, document, body, height, lead):
    written = markdown(document([line("1. Seeds # and bulbs #", height=height)], body))
    escaped = "1. Seeds # and bulbs \\#" if lead else "1\\. Seeds # and bulbs #"
    assert written.startswith(f"{lead}{escaped}\n\nLine 0")
    if lead:
        assert kinds(written)[0] == "heading_open"
        assert shown(written)[0].startswith("1. Seeds # and bulbs #")


@pytest.mark.parametrize("text", ["12 345,00", "A sentence that ends.", "word " * 30, "-"])
def test_what_is_tall_but_no_heading(line, document, body, text):
    assert "heading_open" not in kinds(markdown(document([line(text, height=44)], body)))


def test_one_tall_block_among_few_lines_says_nothing(line, document):
    assert markdown(document([line("Big", height=44)], [line("small", top=100)])) == "Big\n\nsmall\n"


def test_the_height_of_turned_lines_is_across_their_direction(line, document, body):
    """On a page on its side every line is a tall box; none is a heading for that."""
    from ocrkit.geometry import Transform

    made = document(body, [line("and one more", top=900)])
    turned = made.pages[0].transformed(Transform.quarter_turns(1, 1000, 1400), 1400, 1000)
    assert "#" not in markdown(made.model_copy(update={"pages": (turned,)}))


# ── lists ──


def test_bullets_and_running_numbers_are_lists():
    written = markdown(of_lines(["• one", "goes on", "• # two"], ["1. first", "2. second"], ["3. third"]))
    assert written == "- one\n  goes on\n- \\# two\n\n1. first\n2. second\n3. third\n"
    assert kinds(written).count("list_item_open") == 5


def test_numbers_begin_where_they_begin():
    assert markdown(of_lines(["7) a", "8) b"])) == "7. a\n8. b\n"


@pytest.mark.parametrize(
    "lines", [["1986. A year"], ["- 5 -"], ["1. a", "3. c"], ["– Hej"], ["-5", "-6"], ["1. a", "2) b"]]
)
def test_a_doubt_makes_a_paragraph(lines):
    written = markdown(of_lines(lines))
    assert kinds(written) == ["paragraph_open", "inline", "paragraph_close"]
    assert shown(written)[0] == "\n".join(lines)


def test_dashes_that_follow_one_another_are_a_list():
    assert markdown(of_lines(["- a", "- b"], ["text"], ["– c"], ["– d"])) == "- a\n- b\n\ntext\n\n- c\n- d\n"


# ── pages ──


def test_pages_are_announced_where_there_are_several():
    one = of_lines(["text"])
    assert "<!--" not in markdown(one)
    pages = tuple(one.pages[0].model_copy(update={"index": index}) for index in (0, 2))
    blank = PageResult(index=1, width=9, height=9, trace=Trace(backend="test"))
    several = Document(page_count=9, pages=(pages[0], blank, pages[1]))
    assert markdown(several) == "<!-- page 1 -->\n\ntext\n\n<!-- page 3 -->\n\ntext\n"
    assert (
        re.findall(r"html_block|paragraph_open", " ".join(kinds(markdown(several))))
        == ["html_block", "paragraph_open"] * 2
    )
    assert markdown(Document(page_count=1)) == "\n"
