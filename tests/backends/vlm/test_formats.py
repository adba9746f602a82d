"""The parsers of replies, one row for each family of models, and damaged replies."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrkit.backends.vlm.assemble import assemble, scale_of
from ocrkit.backends.vlm.formats import FORMATS, parse_reply
from ocrkit.backends.vlm.preset import Boxes, ImageSize
from ocrkit.result import PageResult, Trace

MARKDOWN = """# Annual **report**

A paragraph with *emphasis*, `code`, a [link](https://example.org) and an <mail@example.org> address.
Its second line.

- first
- [x] second

| Item | Price |
|:-----|------:|
| Nut  | 1.50  |
| Bolt \\| long | 2.75 |

$$E = mc^2$$

<table><tr><th rowspan="2">A</th><th colspan="2">B</th></tr><tr><td>1</td><td>2</td></tr></table>

![a cat that sleeps](image_1.png)100,200,300,400

<page_number>14</page_number>
"""
HTML = """<div data-bbox="100 50 900 120" data-label="Section-Header"><h2>Annual report</h2></div>
<div data-bbox="100 150 900 300" data-label="Text"><p>First line<br>second &amp; last</p></div>
<div data-bbox="100 300 900 500" data-label="Table"><table><tr><th>Item</th><th>Price</th></tr>
<tr><td colspan="2">Nut</td></tr></table></div>
<div data-bbox="100 500 900 550" data-label="Equation-Block"><math display="block">x^2</math></div>
<div data-bbox="100 550 900 600" data-label="Form"><p><input type="checkbox" checked> Yes <input type="checkbox"> No</p></div>
<div data-bbox="100 600 900 700" data-label="Picture"><img alt="a cat"></div>"""
DOTS = """[{"bbox": [100, 50, 900, 120], "category": "Title", "text": "# Annual report"},
{"bbox": [100, 150, 900, 300], "category": "Text", "text": "First line\\nsecond"},
{"bbox": [100, 300, 900, 500], "category": "Table", "text": "<table><tr><td>Nut</td><td>1</td></tr></table>"},
{"bbox": [100, 500, 900, 550], "category": "Formula", "text": "$$x^2$$"},
{"bbox": [100, 600, 900, 700], "category": "Picture"}]"""
QWEN_JSON = '```json\n[\n\t{"bbox_2d": [100, 50, 900, 120], "text_content": "Annual report"}\n]\n```'
GEMINI = '{"blocks": [{"box_2d": [50, 100, 120, 900], "kind": "title", "text": "Annual report"}]}'
QWEN_MARKDOWN = (
    "# Annual report\n\n<!-- Image (100, 600, 900, 700) -->\n\n"
    r"\begin{tabular}{l}Nut\\ Bolt\end{tabular}"
)
DOCTAGS = """<doctag><page_header><loc_10><loc_5><loc_490><loc_20>Header</page_header>
<section_header_level_1><loc_50><loc_25><loc_450><loc_60>Annual report</section_header_level_1>
<text><loc_50><loc_75><loc_450><loc_150>A &amp; B</text>
<unordered_list><list_item><loc_50><loc_150><loc_450><loc_170>one</list_item>
<list_item><loc_50><loc_170><loc_450><loc_190>two</list_item></unordered_list>
<otsl><loc_50><loc_200><loc_450><loc_300><caption><loc_50><loc_300><loc_450><loc_310>Table 1</caption>
<ched>Item<lcel><nl><fcel>Nut<fcel>1<nl><ucel><ecel><nl></otsl>
<formula><loc_50><loc_320><loc_450><loc_340>x^2</formula><picture><loc_50><loc_350><loc_450><loc_400></picture>
<checkbox_selected><loc_50><loc_410><loc_450><loc_420>Yes</checkbox_selected></doctag>"""
DEEPSEEK = """<|ref|>title<|/ref|><|det|>[[100, 50, 900, 120]]<|/det|>
# Annual report

<|ref|>text<|/ref|><|det|>[[100, 150, 900, 300]]<|/det|>
First line

<|ref|>image<|/ref|><|det|>[[100, 600, 900, 700]]<|/det|>
<|ref|>table<|/ref|><|det|>[[100, 300, 900, 500]]<|/det|>
<table><tr><td>Nut</td><td>1</td></tr></table>"""
UNLIMITED = "<|det|>title [100, 50, 900, 120]<|/det|>Annual report\n<|det|>text [100, 150, 900, 300]<|/det|>First line"
OLLAMA = "title[[100, 50, 900, 120]]\n# Annual report\n\ntext[[100, 150, 900, 300]]\nFirst line"
MINERU = "<|box_start|>100 50 900 120<|box_end|><|ref_start|>title<|ref_end|><|rotate_up|>Annual report"
SPOTTING = (
    "Annual report<|LOC_100|><|LOC_50|><|LOC_900|><|LOC_50|><|LOC_900|><|LOC_120|><|LOC_100|><|LOC_120|>\n"
    "<|TEXT_START|>First line<|TEXT_END|><|LOC_BEGIN|><|LOC_100|><|LOC_150|><|LOC_900|><|LOC_150|><|LOC_900|>"
    "<|LOC_300|><|LOC_100|><|LOC_300|><|LOC_END|>"
)
HUNYUAN = "(100, 50, 900, 120, Annual report)\n(100, 150, 900, 300, First line)"
PAIRS = "Annual report(100,50),(900,120)\nFirst line(100,150),(900,300)"
OTSL = "<fcel>Item<lcel><nl><fcel>Nut<fcel>1<nl>"
LATEX = r"\begin{tabular}{|l|r|}\hline Item & \multicolumn{2}{c}{Price \& tax} \\ \hline \multirow{2}{*}{Nut} & 1 & 2 \\ & 3 & 4 \\ \end{tabular}"
OLMOCR = "---\nprimary_language: en\nis_rotation_valid: False\nrotation_correction: 90\nis_table: False\n---\nAnnual report"

SAMPLES = {
    "markdown": ("markdown", MARKDOWN), "html": ("html", HTML), "dots": ("json", DOTS), "qwen": ("json", QWEN_JSON),
    "gemini": ("json", GEMINI), "doctags": ("doctags", DOCTAGS), "deepseek": ("grounding", DEEPSEEK),
    "unlimited": ("grounding", UNLIMITED), "ollama": ("grounding", OLLAMA), "mineru": ("grounding", MINERU),
    "spotting": ("grounding", SPOTTING), "hunyuan": ("grounding", HUNYUAN), "pairs": ("grounding", PAIRS),
    "qwen-markdown": ("markdown", QWEN_MARKDOWN), "otsl": ("grounding", OTSL), "latex": ("markdown", LATEX),
    "olmocr": ("front_matter", OLMOCR),
}  # fmt: skip


def page(
    text: str, answer_format: str, boxes: Boxes | None = None, size: ImageSize | None = None
) -> PageResult:
    reply = parse_reply(text, answer_format)
    scale = scale_of(boxes or Boxes(), size or ImageSize(), 1000, 1000)
    blocks, marks, warnings = assemble(reply, scale)
    return PageResult(
        width=1000, height=1000, blocks=blocks, marks=marks, trace=Trace(backend="vlm"),
        warnings=(*reply.warnings, *warnings), rotation=reply.turn,
    )  # fmt: skip


def kinds(result: PageResult) -> list[str]:
    return [block.kind for block in result.blocks]


def cells(result: PageResult, table: int = 0) -> list[tuple[str, int, int, int, int]]:
    return [(c.text, c.row, c.column, c.row_span, c.column_span) for c in result.tables[table].cells]


def test_markdown_has_headings_lists_tables_formulas_and_pictures():
    result = page(MARKDOWN, "markdown")
    assert kinds(result) == ["heading", "text", "list", "table", "formula", "table", "picture", "page_number"]
    assert result.blocks[0].text == "Annual report"
    assert result.blocks[0].level == 1
    assert result.blocks[1].text == (
        "A paragraph with emphasis, code, a link and an <mail@example.org> address.\nIts second line."
    )
    assert result.blocks[2].text == "first\n☑ second"
    assert result.tables[0].rows == (("Item", "Price"), ("Nut", "1.50"), ("Bolt | long", "2.75"))
    assert result.blocks[4].latex == "E = mc^2"
    assert cells(result, 1) == [("A", 0, 0, 2, 1), ("B", 0, 1, 1, 2), ("1", 1, 1, 1, 1), ("2", 1, 2, 1, 1)]
    assert result.blocks[6].box == (100, 200, 300, 400)
    assert [mark.state for mark in result.marks] == ["selected"]
    assert "cat" not in result.text, "the description of a picture is no text of the page"


def test_html_has_boxes_labels_spans_and_check_boxes():
    result = page(HTML, "html")
    assert kinds(result) == ["heading", "text", "table", "formula", "text", "picture"]
    assert [block.box and block.box.top for block in result.blocks] == [50, 150, 300, 500, 550, 600]
    assert (result.blocks[0].level, result.blocks[1].text) == (2, "First line\nsecond & last")
    assert cells(result)[-1] == ("Nut", 1, 0, 1, 2)
    assert result.blocks[3].latex == "x^2"
    assert [mark.state for mark in result.marks] == ["selected", "unselected"]


def test_json_of_dots():
    result = page(DOTS, "json")
    assert kinds(result) == ["heading", "text", "table", "formula", "picture"]
    assert result.blocks[1].text == "First line\nsecond"
    assert result.blocks[1].box == (100, 150, 900, 300)
    assert result.tables[0].rows == (("Nut", "1"),)


def test_doctags_have_quarter_thousandths_captions_and_spans():
    result = page(DOCTAGS, "doctags", Boxes(unit=500.0))
    assert kinds(result) == [
        "header", "heading", "text", "list", "list", "caption", "table", "formula", "picture", "text",
    ]  # fmt: skip
    assert result.blocks[1].box == (100, 50, 900, 120)
    assert result.blocks[2].text == "A & B"
    assert cells(result) == [("Item", 0, 0, 1, 2), ("Nut", 1, 0, 2, 1), ("1", 1, 1, 1, 1), ("", 2, 1, 1, 1)]
    assert result.blocks[9].text == "☑ Yes"


@pytest.mark.parametrize("text", [DEEPSEEK, UNLIMITED, OLLAMA, MINERU, SPOTTING, HUNYUAN, PAIRS])
def test_grounding_gives_the_box_of_each_block(text):
    result = page(text, "grounding")
    assert result.blocks[0].text == "Annual report"
    assert result.blocks[0].box == (100, 50, 900, 120)
    if len(result.blocks) > 1:
        assert (result.blocks[1].text, result.blocks[1].box) == ("First line", (100, 150, 900, 300))
    assert "<|" not in result.text


def test_grounding_of_deepseek_has_tables_and_pictures():
    result = page(DEEPSEEK, "grounding")
    assert kinds(result) == ["heading", "text", "picture", "table"]
    assert result.tables[0].rows == (("Nut", "1"),)


def test_tables_in_otsl_and_latex():
    assert cells(page(OTSL, "grounding"))[0] == ("Item", 0, 0, 1, 2)
    assert cells(page(LATEX, "markdown")) == [
        ("Item", 0, 0, 1, 1), ("Price & tax", 0, 1, 1, 2), ("Nut", 1, 0, 2, 1), ("1", 1, 1, 1, 1),
        ("2", 1, 2, 1, 1), ("3", 2, 1, 1, 1), ("4", 2, 2, 1, 1),
    ]  # fmt: skip


def test_markdown_of_qwen_places_pictures():
    result = page(QWEN_MARKDOWN, "markdown")
    assert kinds(result) == ["heading", "picture", "table"]
    assert result.blocks[1].box == (100, 600, 900, 700)
    assert result.tables[0].rows == (("Nut",), ("Bolt",))


def test_a_reference_that_is_located_is_the_text():
    result = page("<|ref|>Annual report<|/ref|><|det|>[[100, 50, 900, 120]]<|/det|>", "grounding")
    assert (result.text, result.blocks[0].box) == ("Annual report", (100, 50, 900, 120))


def test_front_matter_says_how_the_page_is_turned():
    result = page(OLMOCR, "front_matter")
    assert (result.rotation, result.text) == (90, "Annual report")


def test_axes_can_be_swapped():
    result = page(GEMINI, "json", Boxes(order="yxyx"))
    assert result.blocks[0].box == (100, 50, 900, 120)
    assert result.blocks[0].kind == "heading"


@pytest.mark.parametrize(
    ("boxes", "size", "numbers", "warning"),
    [
        (Boxes(unit=1000.0), ImageSize(), "[1.0, 0.5, 9.0, 1.2]", ""),
        (Boxes(unit=999.0), ImageSize(), "[99.9, 49.95, 899.1, 119.88]", ""),
        (Boxes(unit="pixels"), ImageSize(), "[100, 50, 900, 120]", ""),
        (Boxes(unit="resized"), ImageSize(factor=28, max_pixels=560 * 560), "[56, 28, 504, 67.2]", ""),
        (Boxes(unit=1000.0), ImageSize(), "[0.1, 0.05, 0.9, 0.12]", "fractions"),
        (Boxes(unit=500.0), ImageSize(), "[600, 50, 900, 120]", "pixels"),
        (Boxes(unit=1000.0), ImageSize(), "[9000, 50, 9900, 120]", "not on the page"),
        (Boxes(unit=1000.0), ImageSize(), "[900, 120, 100, 50]", ""),
        (Boxes(unit=1000.0), ImageSize(), "[100, 50, 100, 50]", "not on the page"),
    ],
)
def test_units_of_boxes(boxes, size, numbers, warning):
    result = page(f'[{{"bbox": {numbers}, "text": "x"}}]', "json", boxes, size)
    assert warning in " ".join(result.warnings)
    assert bool(result.warnings) == bool(warning)
    box = result.blocks[0].box
    if "not on" in warning:
        assert box is None
    elif "[1.0," in numbers:
        assert box == pytest.approx((1, 0.5, 9, 1.2))
    else:
        assert box == pytest.approx((600 if "600" in numbers else 100, 50, 900, 120))


@pytest.mark.parametrize(
    ("text", "introduced"),
    [
        ("```markdown\nAnnual report\n```", False),
        ("```\nAnnual report", False),
        ("Here is the text:\n\n```markdown\nAnnual report\n```\n\nLet me know if you need more!", True),
        ("Sure! Here is the transcription of the page:\nAnnual report", True),
        ("<think>The page says… maybe</think>\nAnnual report", False),
        ("The page says\n</think>\n\nAnnual report", False),
    ],
)
def test_what_general_models_put_around_an_answer_is_left_out(text, introduced):
    result = page(text, "markdown")
    assert result.text == "Annual report"
    assert ("left out what the model said" in " ".join(result.warnings)) == introduced


def test_an_unfinished_thought_is_no_answer():
    assert page("<think>I see a page with", "markdown").blocks == ()


def test_code_on_the_page_stays():
    text = page("Run this:\n\n```sh\nls\n```\n\nand then this:\n\n```sh\nrm x\n```", "markdown").text
    assert "ls" in text
    assert "rm x" in text


def test_json_that_is_cut_off_keeps_its_whole_elements():
    cut = DOTS[: DOTS.index("Formula") + 20]
    assert kinds(page(cut, "json")) == ["heading", "text", "table"]


def test_an_answer_in_another_format_is_text_with_a_warning():
    assert page("Annual report", "json").text == "Annual report"
    assert "not JSON" in page("Annual report", "json").warnings[0]
    assert "no DocTags" in page("Annual report", "doctags").warnings[0]


def test_an_answer_as_html_that_is_cut_in_a_table_keeps_the_cells():
    assert page("<table><tr><td>Nut<td>1<tr><td rowspan=900 colspan=900>Bo", "html").tables[0].rows == (
        ("Nut", "1"),
        ("Bo", ""),
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_reply_may_be_cut_anywhere(sample):
    answer_format, text = SAMPLES[sample]
    whole = page(text, answer_format).text
    for end in range(0, len(text), 3):
        found = page(text[:end], answer_format).text
        assert len(found) <= len(whole) + 300


_ALPHABET = [*string.ascii_letters[:6], *"0123456789 \n\t|<>![](){}$\\*_-#`\"',.&;:=/☐☑é漢\ud800"]
_PARTS = [
    "<table>", "</table>", "<tr>", "<td>", '<td rowspan="3" colspan="99999999">', "</td>", "<fcel>", "<lcel>", "<ucel>",
    "<nl>", "<loc_12>", "<text>", "</text>", "<otsl>", "<formula>", "<|ref|>text<|/ref|>", "<|det|>[[1, 2, 3, 4]]<|/det|>",
    "<|LOC_100|>", '<div data-bbox="1 2 3 4" data-label="Table">', "</div>", "<math>", "</math>", "<h1>", "<input type=checkbox>",
    '{"bbox": [1, 2, 3, 4], "text": "', '"}', "```json", "```", "---\n", "| a | b |\n|---|---|\n", "\\begin{tabular}{l}",
    "\\\\", "\\multicolumn{9}{c}{x}", "$$", "<think>", "</think>", "![x](y.png)1,2,3,4", "<form>", "</form>", "<caption>",
    "<![", "<![1", "<![foo[", "<![CDATA[", "<!--", "<!", "<?", "&#",
]  # fmt: skip


@pytest.mark.parametrize("answer_format", FORMATS)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_ALPHABET) | st.sampled_from(_PARTS), max_size=60).map("".join))
def test_any_text_gives_a_result(answer_format, text):
    result = page(text, answer_format)
    result.model_dump_json()
    for block in result.blocks:
        for point in block.polygon or ():
            assert 0 <= point.x <= 1000
            assert 0 <= point.y <= 1000


@pytest.mark.parametrize("answer_format", FORMATS)
@pytest.mark.parametrize(
    "part", ["<form>", "</form>", "[", "{", "$$x$$ ", "<div>", "**a ", "<table><tr><td>", "<loc_1>"]
)
def test_deep_and_long_texts_are_parsed(answer_format, part):
    page(part * 2000, answer_format)


@pytest.mark.parametrize("declaration", ["<![1", "<![foo[", "<![CDATA[", "<!x"])
def test_a_declaration_in_html_is_text_and_loses_nothing(declaration):
    found = page(f"<p>before</p><p>{declaration} inside</p><p>after</p>", "html").text
    assert found.startswith("before")
    assert declaration in found
