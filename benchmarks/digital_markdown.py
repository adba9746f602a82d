"""Markdown of drawn digital PDFs: which headings, list items, tables and notes are kept, beside other readers.

    python benchmarks/digital_markdown.py --documents 6 [--peers PYTHON]

PYTHON is the interpreter of an environment with markitdown[pdf] and kreuzberg. Each document has two pages with
a running head, page numbers, headings of two sizes and in bold, lists, a table with rules, and footnotes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from digital_pdfs import document, paragraphs, words
from fpdf import FPDF
from rapidfuzz import fuzz

import ocrkit

PEERS = Path(__file__).parent / "peers" / "digital_text.py"
FURNITURE = ["header", "footer", "page_number"]
SAME = 90
"""Similarity, in percent, from which a line of Markdown is the drawn one."""


@dataclass
class Expected:
    """What a document has."""

    headings: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    furniture: list[str] = field(default_factory=list)


def draw(seed: int) -> tuple[bytes, Expected]:
    """A document and what it has."""
    pdf, expected = document(size=10), Expected()
    head = " ".join(words("en", 4, seed + 90)).rstrip(".,;:")
    for page in (1, 2):
        if page > 1:
            pdf.add_page()
        _draw_page(pdf, expected, seed + 10 * page, page)
        pdf.set_font("own", "", 9)
        pdf.text(60, 36, head)
        pdf.text(290, 815, str(page))
        expected.furniture += [head, str(page)]
    return bytes(pdf.output()), expected


def _draw_page(pdf: FPDF, expected: Expected, seed: int, page: int) -> None:
    y = 70.0
    for number, (style, size) in enumerate((("B", 20), ("", 15), ("B", 10))):
        title = f"{' '.join(words('en', 4, seed + number)).rstrip('.,;:')} {page}{number}"
        expected.headings.append(title)
        pdf.set_font("own", style, size)
        pdf.text(60, y + size, title)
        pdf.set_font("own", "", 10)
        y = paragraphs(pdf, [" ".join(words("en", 60, seed + 30 + number))], y=y + 1.6 * size + 6)
    for number in range(4):
        item = " ".join(words("en", 7, seed + 50 + number)).rstrip(".,;:")
        expected.items.append(item)
        pdf.text(70, y + 10, f"{'•' if page == 1 else f'{number + 1}.'} {item}")
        y += 15
    _draw_table(pdf, expected, seed, y + 20)
    pdf.set_font("own", "", 8)
    for number in (1, 2):
        note = " ".join(words("en", 9, seed + 70 + number))
        expected.notes.append(note)
        pdf.text(60, 760 + 12 * number, f"{number} {note}")


def _draw_table(pdf: FPDF, expected: Expected, seed: int, top: float) -> None:
    generator = random.Random(seed)
    rows = [["Article", "Number", "Price"]] + [
        [
            " ".join(words("en", 3, seed + row)),
            str(generator.randrange(10**6)),
            f"{generator.random() * 100:.2f}",
        ]
        for row in range(5)
    ]
    expected.rows += rows
    for number, row in enumerate(rows):
        pdf.set_xy(60, top + 20 * number)
        for width, cell in zip((250, 100, 100), row, strict=True):
            pdf.cell(width, 20, cell, border=1)


def score(markdown: str, expected: Expected) -> dict[str, tuple[int, int]]:
    """For each property how often it was kept, of how many."""
    lines = [line.strip() for line in markdown.splitlines() if line.strip()]
    marked = [re.sub(r"^#+\s*|\*\*", "", line) for line in lines if line.startswith("#")]
    items = [line[2:] for line in lines if re.match(r"[-*+] ", line)]
    items += [re.sub(r"^\d+[.)]\s+", "", line) for line in lines if re.match(r"\d+[.)]\s", line)]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|") and not set(line) <= set("|-: ")
    ]
    plain = [line.strip("#*_ ") for line in lines]
    return {
        "headings kept": (_found(expected.headings, marked), len(expected.headings)),
        "false headings": (len(marked) - _found(marked, expected.headings), len(marked)),
        "list items kept": (_found(expected.items, items), len(expected.items)),
        "rows of tables kept": (sum(row in rows for row in expected.rows), len(expected.rows)),
        "footnotes kept": (
            sum(note in " ".join(markdown.split()) for note in expected.notes),
            len(expected.notes),
        ),
        "furniture left": (sum(each in plain for each in expected.furniture), len(expected.furniture)),
    }


def _found(wanted: list[str], lines: list[str]) -> int:
    return sum(any(fuzz.ratio(each, line) >= SAME for line in lines) for each in wanted)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=6)
    parser.add_argument("--peers", help="interpreter with markitdown and kreuzberg")
    arguments = parser.parse_args()
    drawn = [draw(100 * seed) for seed in range(arguments.documents)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.pdf" for number in range(len(drawn))]
        for path, (data, _) in zip(paths, drawn, strict=True):
            path.write_bytes(data)
        texts = {"ocrkit": [_own(path) for path in paths]}
        for name in ("markitdown", "kreuzberg_markdown") if arguments.peers else ():
            command = [arguments.peers, PEERS, name, *paths]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            texts[name] = json.loads(done.stdout.splitlines()[-1])["texts"]
    scores = {
        name: [score(text, expected) for text, (_, expected) in zip(each, drawn, strict=True)]
        for name, each in texts.items()
    }
    print(" " * 20, *(name.rjust(20) for name in scores))
    for what in next(iter(scores.values()))[0]:
        totals = (
            (sum(each[what][0] for each in one), sum(each[what][1] for each in one))
            for one in scores.values()
        )
        print(what.ljust(20), *(f"{some} of {all_}".rjust(20) for some, all_ in totals))


def _own(path: Path) -> str:
    read = ocrkit.recognize(path, backend="null", text_layer="only")
    return read.to_markdown(without=FURNITURE)


if __name__ == "__main__":
    main()
