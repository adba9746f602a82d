"""Pages in many scripts: what the embedded engine alone, and `auto`, make of them.

    apt install tesseract-ocr-all fonts-noto-core fonts-noto-cjk
    pip install babel fonttools wordfreq
    python benchmarks/scripts.py --fonts /usr/share/fonts --out pages   # draws, reads, prints a Markdown table

One page a language: lines of common words and of names from the Unicode CLDR, in a font of the Noto family, 36 pixels
high. Such text has no grammar, so the figures are worse than for prose. The error is the edit distance of the text to the
ground truth, divided by its length, with white space collapsed.
"""

from __future__ import annotations

import argparse
import sys
import unicodedata
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

sys.path.insert(0, str(Path(__file__).parents[1] / "training" / "scripts"))

from fonts import Font, families
from texts import LOCALES, Texts

import ocrkit
from ocrkit.scripts import name_of

_PREFERRED = ("Noto Sans CJK", "Noto Sans", "Noto Serif", "Noto", "DejaVu Sans")
_WIDTH, _MARGIN, _SIZE, _LINES = 1654, 140, 36, 14


def draw(script: str, font: Font, texts: Texts, random: np.random.Generator) -> tuple[Image.Image, str]:
    """A page and its text."""
    face = ImageFont.truetype(font.path, _SIZE, index=font.index)
    lines: list[str] = []
    while len(lines) < _LINES:
        line = texts.line(script, random)
        if font.has(line) and face.getlength(line) < _WIDTH - 2 * _MARGIN:
            lines.append(line)
    picture = Image.new("L", (_WIDTH, 2 * _MARGIN + _LINES * 2 * _SIZE), 255)
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        pen.text((_MARGIN, _MARGIN + number * 2 * _SIZE), line, font=face, fill=15)
    return picture, "\n".join(lines)


def error_rate(text: str, truth: str) -> float:
    ours, theirs = (" ".join(unicodedata.normalize("NFC", each).split()) for each in (text, truth))
    return min(1.0, Levenshtein.distance(ours, theirs) / len(theirs))


def preferred(by_family: dict[str, list[Font]]) -> Font:
    names = sorted(by_family)
    chosen = next((name for start in _PREFERRED for name in names if name.startswith(start)), names[0])
    regular = [font for font in by_family[chosen] if "Regular" in font.path]
    return (regular or by_family[chosen])[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="a folder for the pages")
    parser.add_argument(
        "--tessdata", help="a folder with language packs; default: where Tesseract finds them"
    )
    parser.add_argument("--scripts", default=" ".join(LOCALES))
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    texts = Texts()
    chosen = options.scripts.split()
    found = families([options.fonts], {script: texts.sample(script) for script in chosen})
    tables = {"tesseract": {"tessdata": options.tessdata}} if options.tessdata else {}
    print("| script | ppocr: text left out | error of its text | auto: reader | error | warning |")
    print("|---|---|---|---|---|---|", flush=True)
    with ocrkit.Ocr("ppocr") as alone, ocrkit.Ocr("auto", settings={"backends": tables}) as auto:
        for script in chosen:
            random = np.random.default_rng(7)
            picture, truth = draw(script, preferred(found[script]), texts, random)
            picture.save(options.out / f"{script}.png")
            (options.out / f"{script}.gt.txt").write_text(truth, encoding="utf-8")
            one, other = alone.recognize(picture)[0], auto.recognize(picture)[0]
            decision = next(each for each in other.trace.decisions if each.topic == "auto")
            error = f"{error_rate(one.text, truth):.1%}" if one.text else "–"
            name = "Vietnamese" if script == "Viet" else name_of(script)
            print(
                f"| {name} | {one.quality.unread or 0:.0%} | {error} | {decision.choice} "
                f"| {error_rate(other.text, truth):.1%} | {'yes' if one.warnings else 'no'} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
