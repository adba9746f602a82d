"""Markdown, checked with a parser, which must find the text of the page and no other markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ocrkit.document import Document
from ocrkit.exporters.markdown import export
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.result import Block, Line, PageResult, Trace

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def markdown(document):
    """The Markdown of a document with the kinds of its blocks, as the pipeline returns it."""
    pages = tuple(classify_blocks(page) for page in document.pages)
    return export(document.model_copy(update={"pages": pages})).decode()


def of_lines(*blocks):
    made = tuple(Block(lines=tuple(Line(text=text) for text in block)) for block in blocks)
    page = PageResult(width=100, height=100, blocks=made, trace=Trace(backend="test"))
    return Document(page_count=1, pages=(page,))


def kinds(text):
    return [token.type for token in PARSER.parse(text)]


def shown(text):
    """The visible text, and the kinds of inline markup."""
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
def test_text_that_looks_like_markup_is_escaped(text):
    for before in ((), ("a",), ("a | b",)):
        written = markdown(of_lines([*before, text]))
        assert kinds(written) == ["paragraph_open", "inline", "paragraph_close"], written
        assert shown(written) == ("\n".join([*before, text.strip()]), set()), written


@given(st.lists(texts, min_size=1, max_size=3))
@example(["a", ":--"])
@example(["&", "amp;"])
@example(["1.", "2. x"])
def test_any_mixture_of_markup_characters_is_escaped(lines):
    lines = ["a", *lines]
    wanted = [" ".join(line.split()) for line in lines]
    written = markdown(of_lines(*[[line] for line in lines]))
    # Consecutive markers make a list, which is intended, so only the text inside the lines is checked.
    text, markup = shown(written)
    assert markup == set(), written
    assert {token.type for token in PARSER.parse(written)} <= {
        "paragraph_open", "inline", "paragraph_close", "bullet_list_open", "bullet_list_close", "ordered_list_open",
        "ordered_list_close", "list_item_open", "list_item_close",
    }  # fmt: skip
    if "list" not in " ".join(kinds(written)):
        assert text == "".join(wanted), written


def test_blocks_are_paragraphs_and_keep_their_lines():
    assert (
        markdown(of_lines(["Jane Doe", "12 Mill Lane"], ["Dear Jane"]))
        == "Jane Doe\n12 Mill Lane\n\nDear Jane\n"
    )


def test_line_breaks_inside_a_text_become_spaces():
    assert markdown(of_lines(["a\n\n# b\u2028c\x00\td"])) == "a # b c d\n"


@pytest.mark.parametrize(
    ("language", "first", "second", "text"),
    [
        ("en", "the govern-", "ment of the valley", "the government of the valley"),
        ("en", "a well-", "known thing", "a well-\nknown thing"),
        ("en", "the state-of-the-", "art boat", "the state-of-the-\nart boat"),
        ("de", "der Bürger-", "meister", "der Bürgermeister"),
        ("de-AT", "Vor-", "und Nachteile", "Vor-\nund Nachteile"),
        ("fr", "il dit peut-", "être cela", "il dit peut-\nêtre cela"),
        (None, "the govern-", "ment", "the govern-\nment"),
    ],
)
def test_the_language_tells_divided_words(language, first, second, text):
    blocks = (Block(lines=(Line(text=first), Line(text=second)), language=language),)
    page = PageResult(width=100, height=100, blocks=blocks, trace=Trace(backend="test"))
    assert markdown(Document(page_count=1, pages=(page,))) == f"{text}\n"


def test_words_of_earlier_pages_tell_divided_words():
    pages = tuple(
        PageResult(index=index, width=9, height=9, blocks=(Block(lines=lines),), trace=Trace(backend="test"))
        for index, lines in enumerate(
            [(Line(text="an example"),), (Line(text="the exam-"), Line(text="ple"))]
        )
    )
    assert "the example" in markdown(Document(page_count=2, pages=pages))


def test_hyphens_are_removed_only_if_the_page_has_the_word():
    sure = of_lines(["the exam-", "ple, again an example"])
    assert markdown(sure) == "the example, again an example\n"
    assert markdown(of_lines(["a well-", "known thing"])) == "a well-\nknown thing\n"
    both = of_lines(["it is re-", "covered, recovered, re-covered"])
    assert markdown(both) == "it is re-\ncovered, recovered, re-covered\n"
    assert markdown(of_lines(["Anna-", "Lena", "Annalena"])).startswith("Anna-\nLena\n")
    assert markdown(of_lines(["soft\u00ad", "Hyphen"])) == "softHyphen\n"


def test_lines_in_scripts_without_spaces_are_joined():
    assert markdown(of_lines(["漢字の", "文章"], ["漢字", "abc"])) == "漢字の文章\n\n漢字\nabc\n"


# ── headings ──


@pytest.fixture
def body(line):
    return [line(f"Line {number} of the body of this page", top=200 + 30 * number) for number in range(5)]


@pytest.mark.parametrize(("height", "lead"), [(44, "# "), (30, "## "), (26, ""), (20, "")])
def test_a_short_block_that_is_clearly_taller_is_a_heading(line, document, body, height, lead):
    written = markdown(document([line("1. Seeds # and bulbs #", height=height)], body))
    escaped = "1. Seeds # and bulbs \\#" if lead else "1\\. Seeds # and bulbs #"
    assert written.startswith(f"{lead}{escaped}\n\nLine 0")
    if lead:
        assert kinds(written)[0] == "heading_open"
        assert shown(written)[0].startswith("1. Seeds # and bulbs #")


@pytest.mark.parametrize("text", ["12 345,00", "A sentence that ends.", "word " * 30, "-"])
def test_tall_text_that_is_not_like_a_title_is_no_heading(line, document, body, text):
    assert "heading_open" not in kinds(markdown(document([line(text, height=44)], body)))


def test_a_tall_block_among_few_lines_is_no_heading(line, document):
    assert markdown(document([line("Big", height=44)], [line("small", top=100)])) == "Big\n\nsmall\n"


def test_lines_of_a_rotated_page_are_no_headings(line, document, body):
    """Every line is a tall box there, but its height is measured across the reading direction."""
    from ocrkit.geometry import Transform

    made = document(body, [line("and one more", top=900)])
    turned = made.pages[0].transformed(Transform.quarter_turns(1, 1000, 1400), 1400, 1000)
    assert "#" not in markdown(made.model_copy(update={"pages": (turned,)}))


# ── lists ──


def test_bullets_and_consecutive_numbers_are_lists():
    written = markdown(of_lines(["• one", "goes on", "• # two"], ["1. first", "2. second"], ["3. third"]))
    assert written == "- one\n  goes on\n- \\# two\n\n1. first\n2. second\n3. third\n"
    assert kinds(written).count("list_item_open") == 5


def test_a_list_starts_with_its_first_number():
    assert markdown(of_lines(["7) a", "8) b"])) == "7. a\n8. b\n"


@pytest.mark.parametrize(
    "lines", [["1986. A year"], ["- 5 -"], ["1. a", "3. c"], ["– Hej"], ["-5", "-6"], ["1. a", "2) b"]]
)
def test_a_single_or_inconsistent_marker_is_no_list(lines):
    written = markdown(of_lines(lines))
    assert kinds(written) == ["paragraph_open", "inline", "paragraph_close"]
    assert shown(written)[0] == "\n".join(lines)


@pytest.mark.parametrize("text", ["158.", "158. The end of the chapter", "158)"])
def test_the_number_of_a_lone_paragraph_is_escaped(line, document, text):
    """Unescaped, it would be a list that begins with 158."""
    exported = document([line(text)]).to_markdown()
    assert exported == text.replace("158", "158\\", 1) + "\n"


def test_consecutive_dashes_are_a_list():
    assert markdown(of_lines(["- a", "- b"], ["text"], ["– c"], ["– d"])) == "- a\n- b\n\ntext\n\n- c\n- d\n"


# ── pages ──


def test_each_of_several_pages_begins_with_a_comment():
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
