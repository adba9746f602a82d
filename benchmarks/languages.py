"""Drawn pages in each language that the embedded engine is said to read: its error, and letters that it lacks.

    pip install babel wordfreq
    python benchmarks/languages.py              # draws and reads one page a language, prints a Markdown table
    python benchmarks/languages.py --letters    # only the letters that the alphabet of the model lacks

The words are names of the Unicode CLDR (countries, languages, months, days) and, where wordfreq has the language, its
most common words. Such text has no grammar, so the figures are worse than for prose. Pages are clean print of 14 points
at 200 dpi in DejaVu Sans or Noto Sans CJK, and are read without `languages`. The error is that of characters, white space
collapsed.
"""

from __future__ import annotations

import argparse
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import wordfreq
from babel import Locale, UnknownLocaleError
from PIL import Image, ImageDraw, ImageFont
from scoring import character_error_rate

import ocrkit
from ocrkit.backends.ppocr import bundled_models, runtime
from ocrkit.errors import OcrkitError

DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
CJK_FACES = {"ja": 0, "zh-Hans": 2, "zh-Hant": 3}
WITHOUT_SPACES = frozenset(CJK_FACES)
OTHERS = ("az", "vi", "ha", "ig", "yo", "kl", "gn", "kab", "ast", "fur", "bm", "ee", "wo", "ln", "lg", "rw", "so", "smn", "se", "hsb", "dsb", "to", "tk", "ia", "ff", "mg", "sn")  # fmt: skip
"""Languages in Latin letters to compare with those of the list."""
_LINES, _WIDTH, _MARGIN, _SIZE = 8, 1500, 120, round(14 * 200 / 72)


def words(tag: str) -> list[str]:
    """Words of a language, the common ones first; empty where neither source has it."""
    language, _, script = tag.partition("-")
    found: dict[str, None] = {}
    if language in wordfreq.available_languages("small") and tag not in {"sr-Latn", "zh-Hant"}:
        found |= dict.fromkeys(wordfreq.top_n_list(language, 1500, "small"))
    try:
        locale = Locale.parse("_".join(filter(None, (language, script))))
        names = _names(locale)
    except (UnknownLocaleError, ValueError):
        names = ()
    found |= dict.fromkeys(word for name in names for word in name.split())
    return [word for word in found if any(map(str.isalpha, word)) and _is_written_in(word, tag)]


def _names(locale: Locale) -> Iterable[str]:
    for table in (locale.territories, locale.languages, locale.currencies):
        yield from table.values()
    yield from locale.months["format"]["wide"].values()
    yield from locale.days["format"]["wide"].values()


def _is_written_in(word: str, tag: str) -> bool:
    if tag in WITHOUT_SPACES:
        return any(unicodedata.name(letter, "").startswith(("CJK", "HIRA", "KATA")) for letter in word)
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in word if letter.isalpha())


def draw(tag: str, chosen: list[str]) -> tuple[Image.Image, str]:
    """A page and its text."""
    path = CJK if tag in WITHOUT_SPACES else DEJAVU
    face = ImageFont.truetype(str(path), _SIZE, index=CJK_FACES.get(tag, 0))
    random, between = np.random.default_rng(5), "" if tag in WITHOUT_SPACES else " "
    lines: list[str] = []
    line = ""
    while len(lines) < _LINES:
        word = chosen[int(len(chosen) * random.random() ** 1.5)]
        wider = f"{line}{between}{word}" if line else word
        if face.getlength(wider) > _WIDTH - 2 * _MARGIN:
            lines.append(line)
            wider = word
        line = wider
    picture = Image.new("L", (_WIDTH, 2 * _MARGIN + 2 * _SIZE * _LINES), 255)
    pen = ImageDraw.Draw(picture)
    for number, text in enumerate(lines):
        pen.text((_MARGIN, _MARGIN + 2 * _SIZE * number), text, font=face, fill=0)
    return picture, "\n".join(lines)


def lacking(chosen: list[str], alphabet: frozenset[str]) -> tuple[float, str]:
    """The share of the letters that the alphabet lacks, and these letters, the most frequent first."""
    counts = Counter(letter for word in chosen for letter in unicodedata.normalize("NFC", word))
    missing = Counter({letter: count for letter, count in counts.items() if letter not in alphabet})
    letters = "".join(letter for letter, _ in missing.most_common(12))
    return missing.total() / max(1, counts.total()), letters


def alphabet() -> frozenset[str]:
    network = runtime.load(
        bundled_models.model_path("recognizer"),
        runtime="onnxruntime" if runtime.is_installed("onnxruntime") else "openvino",
        device="cpu",
        threads=1,
        streams=1,
        precision="auto",
    )
    return frozenset("".join(network.metadata["character"].splitlines()))


def read(ocr: ocrkit.Ocr, picture: Image.Image) -> ocrkit.PageResult:
    page = io.BytesIO()
    picture.save(page, "PNG", dpi=(200, 200))
    return ocr.recognize(page.getvalue())[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--letters", action="store_true", help="read no pages")
    parser.add_argument("--languages", nargs="*", default=[*sorted(bundled_models.LANGUAGES), *OTHERS])
    arguments = parser.parse_args()
    known = alphabet()
    print("| language | words | letters lacking | error | warned |\n|---|---|---|---|---|", flush=True)
    with ocrkit.Ocr("ppocr", threads=1, postprocess="none") as ocr:
        for tag in arguments.languages:
            chosen = words(tag)
            share, letters = lacking(chosen, known)
            gap = f"{letters} ({share:.1%})" if letters else ""
            error = warned = ""
            if len(chosen) >= 60 and not arguments.letters:
                picture, truth = draw(tag, chosen)
                try:
                    page = read(ocr, picture)
                except OcrkitError as failure:
                    error = str(failure)
                else:
                    error = f"{character_error_rate(page.text, truth):.1%}"
                    warned = "yes" if page.warnings else ""
            print(f"| `{tag}` | {len(chosen)} | {gap} | {error} | {warned} |", flush=True)


if __name__ == "__main__":
    main()
