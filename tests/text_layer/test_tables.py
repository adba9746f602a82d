"""Tables whose rules are drawn as vectors are found on digital pages, and nothing else is taken for one."""

from itertools import pairwise

import pytest
from digital_pdfs import LETTER, DigitalPdf, letter, show

import ocrkit
from ocrkit import PageResult

COLUMNS = (40, 140, 240, 340)
ROWS = (500, 480, 460, 440)
TEXTS = (("Part", "Number", "Price"), ("Relay", "1947", "9.50"), ("Moth", "0", "12.00"))


def cells(texts: tuple[tuple[str, ...], ...] = TEXTS) -> str:
    return "".join(
        show(text, left + 5, top - 14)
        for top, row in zip(ROWS, texts, strict=False)
        for left, text in zip(COLUMNS, row, strict=False)
        if text
    )


def strokes(*lines: tuple[float, float, float, float]) -> str:
    return "".join(f"{x0} {y0} m {x1} {y1} l S\n" for x0, y0, x1, y1 in lines)


HORIZONTAL = [(COLUMNS[0], y, COLUMNS[-1], y) for y in ROWS]
VERTICAL = [(x, ROWS[0], x, ROWS[-1]) for x in COLUMNS]
GRID = strokes(*HORIZONTAL, *VERTICAL)
FRAMES = "".join(
    f"{left} {bottom} {right - left} {top - bottom} re S\n"
    for top, bottom in pairwise(ROWS)
    for left, right in pairwise(COLUMNS)
)
BARS = "".join(
    f"{x0} {y0} {x1 - x0 or 0.5} {y1 - y0 or 0.5} re f\n" for x0, y0, x1, y1 in (*HORIZONTAL, *VERTICAL)
)


def read(pdf: DigitalPdf, **options: object) -> PageResult:
    return ocrkit.recognize(pdf.done(), backend="null", text_layer="only", **options).pages[0]


def texts(page: PageResult) -> list[tuple[str, ...]]:
    (table,) = page.tables
    rows = [[""] * len(COLUMNS[1:]) for _ in ROWS[1:]]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("rules", [GRID, FRAMES, BARS], ids=["lines", "frames", "bars"])
def test_a_ruled_table_is_found_with_the_text_around_it(rules: str) -> None:
    around = show(LETTER[0], 40, 540), show(LETTER[4], 40, 410)
    page = read(DigitalPdf().page(around[0] + rules + cells() + around[1]))
    assert texts(page) == list(TEXTS)
    assert [block.kind for block in page.blocks] == ["text", "table", "text"]
    assert {line.read_by for line in page.lines} == {"text_layer"}
    (table,) = page.tables
    left, top, right, bottom = table.box
    scale = page.dpi / 72
    expected = COLUMNS[0] * scale, (595 - ROWS[0]) * scale, COLUMNS[-1] * scale, (595 - ROWS[-1]) * scale
    assert (left, top, right, bottom) == pytest.approx(expected, abs=4)


def test_merged_cells_have_spans_and_are_exported() -> None:
    rules = strokes(*HORIZONTAL, *(line for line in VERTICAL if line[0] != COLUMNS[2]))
    rules += strokes((COLUMNS[2], ROWS[1], COLUMNS[2], ROWS[-1]))
    page = read(DigitalPdf().page(rules + cells((("Part", "Number and price", ""), *TEXTS[1:]))))
    (table,) = page.tables
    head = next(cell for cell in table.cells if cell.text == "Number and price")
    assert (head.row, head.column, head.row_span, head.column_span) == (0, 1, 1, 2)
    assert len(table.cells) == 8


def test_a_table_in_a_form_and_one_on_a_turned_page() -> None:
    pdf = DigitalPdf()
    form = pdf.form(GRID + cells())
    page = read(pdf.page("q 0.8 0 0 0.8 30 30 cm /T Do Q", objects={"/T": form}))
    assert texts(page) == list(TEXTS)
    page = read(DigitalPdf().page(GRID + cells(), Rotate=90))
    assert texts(page) == list(TEXTS)


LABELS = "".join(show(str(10 * number), 15, y - 4) for number, y in enumerate(ROWS))
PROSE = "".join(
    show("a dozen words of prose in a frame", left + 4, top - 14 * number, size=5)
    for left in COLUMNS[:2]
    for top in (490, 390)
    for number in range(6)
)
DRAWN = {
    "grid of a chart": GRID + LABELS,
    "frame around a paragraph": "30 430 360 130 re S\n"
    + "".join(show(line, 40, 540 - 18 * n) for n, line in enumerate(LETTER)),
    "four frames of prose": "".join(f"{x} {y} 100 100 re S\n" for x in COLUMNS[:2] for y in (400, 300))
    + PROSE,
    "underlined words": "".join(show(line, 40, 540 - 18 * n) for n, line in enumerate(LETTER))
    + strokes(*HORIZONTAL),
    "a single row": strokes(*HORIZONTAL[:2], *((x, ROWS[0], x, ROWS[1]) for x in COLUMNS)) + cells(TEXTS[:1]),
    "a map": "".join(f"{10 + n % 400} 520 m {10 + n % 400} 590 l S\n" for n in range(21_000)) + cells(),
}


@pytest.mark.parametrize("drawn", DRAWN)
def test_other_lines_are_no_table(drawn: str) -> None:
    page = read(DigitalPdf().page(DRAWN[drawn]))
    assert page.tables == ()
    assert page.text.strip()


def test_lines_without_length_do_no_harm() -> None:
    page = read(DigitalPdf().page(letter() + strokes((40, 300, 40, 300), (40, 300, 40, 300))))
    assert page.tables == ()
    assert page.text.startswith(LETTER[0])


def test_framed_links_in_lines_of_text_are_no_table() -> None:
    """The numbers of an index, each in a frame, one below the other."""
    content = ""
    for row in range(4):
        for column in range(3):
            x, y = 60 + 24 * column, 400 - 14 * row
            content += f"{x} {y} 21 13 re S\n" + show(f"{300 + row + column},", x + 1, y + 3)
    page = read(DigitalPdf().page(letter() + content))
    assert page.tables == ()


def test_a_diagram_with_many_labels_is_no_table() -> None:
    frame = strokes(*((40, y, 380, y) for y in (430, 120, 100)), *((x, 430, x, 100) for x in (40, 300, 380)))
    labels = "".join(
        show(f"R{x}{y}", 50 + 45 * x, 410 - 37 * y - 7 * x, 8) for x in range(5) for y in range(7)
    )
    cells = show("Sheet 4", 310, 300) + show("Amplifier", 50, 106) + show("Rev. B", 310, 106)
    page = read(DigitalPdf().page(show(LETTER[0], 40, 540) + frame + labels + cells))
    assert page.tables == ()


def test_a_table_beside_a_scan_is_found_too() -> None:
    page = ocrkit.recognize(DigitalPdf().page(GRID + cells()).done(), backend="null", scene="table").pages[0]
    assert texts(page) == list(TEXTS)
