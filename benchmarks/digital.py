"""Read drawn digital PDFs: characters wrong, speed, hidden text, and wrong text layers, beside other readers.

    python benchmarks/digital.py accuracy --seeds 3 [--peers PYTHON]
    python benchmarks/digital.py speed --pages 40 [--peers PYTHON]
    python benchmarks/digital.py hidden --seeds 4
    python benchmarks/digital.py trust --seeds 8 [--engine ppocr]

PYTHON is the interpreter of an environment with pdfplumber, pypdf and kreuzberg; without it only pdftotext
and pypdfium2 are compared. Characters wrong are counted with order and by words: spaces count, line breaks
are spaces, and both texts are normalized (NFKC, without soft hyphens).
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean

import pypdfium2
from digital_pdfs import BAD_KINDS, GOOD, HIDDEN_KINDS, Drawn, bad, hidden, prose
from rapidfuzz.distance import Levenshtein

import ocrkit
from ocrkit.sources import open_source
from ocrkit.text_layer import judge

PEERS = Path(__file__).parent / "peers" / "digital_text.py"
UNSPACED = ("Japanese", "Chinese")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["accuracy", "speed", "hidden", "trust"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--peers", help="interpreter with pdfplumber, pypdf and kreuzberg")
    parser.add_argument("--engine", default="null", help="recognizes samples of suspected text")
    arguments = parser.parse_args()
    {"accuracy": accuracy, "speed": speed, "hidden": find_hidden, "trust": trust}[arguments.what](arguments)


# ── accuracy ──


def accuracy(arguments: argparse.Namespace) -> None:
    readers = dict(all_readers(arguments.peers))
    columns: dict[str, list[float]] = {name: [] for name in readers}
    print("characters wrong, %".ljust(24), *(name.rjust(12) for name in readers))
    for kind, draw in GOOD.items():
        drawn = [draw(seed) for seed in range(arguments.seeds)]
        row = []
        for name, read in readers.items():
            rates = [
                wrong(text, each.text, kind)
                for text, each in zip(read([each.data for each in drawn]), drawn, strict=True)
            ]
            columns[name].append(mean(rates))
            row.append(mean(rates))
        print(kind.ljust(24), *(f"{100 * rate:12.2f}" for rate in row), flush=True)
    print("mean".ljust(24), *(f"{100 * mean(rates):12.2f}" for rates in columns.values()))


def wrong(found: str, truth: str, kind: str) -> float:
    unspaced = any(language in kind for language in UNSPACED)
    one, other = plain(found, unspaced=unspaced), plain(truth, unspaced=unspaced)
    return min(1.0, Levenshtein.distance(one, other) / len(other))


def plain(text: str, *, unspaced: bool) -> str:
    text = (
        unicodedata.normalize("NFKC", text)
        .replace("\u00ad\n", "")
        .replace("\u00ad ", "")
        .replace("\u00ad", "")
    )
    return ("" if unspaced else " ").join(text.split())


Reader = Callable[[list[bytes]], list[str]]


def all_readers(peers: str | None) -> Iterator[tuple[str, Reader]]:
    yield "ocrkit", by_ocrkit
    if shutil.which("pdftotext"):
        yield "pdftotext", by_pdftotext
    yield "pypdfium2", by_pypdfium2
    if peers:
        for name in ("pdfplumber", "pdfminer", "pypdf", "kreuzberg"):
            yield name, lambda files, name=name: by_peer(peers, name, files)[0]


def by_ocrkit(files: list[bytes]) -> list[str]:
    with ocrkit.Ocr("null", postprocess=["hyphenation"], text_layer="only") as ocr:
        return [ocr.recognize(data).text for data in files]


def by_pdftotext(files: list[bytes]) -> list[str]:
    return [
        subprocess.run(
            ["pdftotext", "-enc", "UTF-8", "-", "-"], input=data, capture_output=True, check=True
        ).stdout.decode()
        for data in files
    ]


def by_pypdfium2(files: list[bytes]) -> list[str]:
    texts = []
    for data in files:
        with pypdfium2.PdfDocument(data) as document:
            texts.append(
                "\n".join(page.get_textpage().get_text_range() for page in document).replace(
                    "\ufffe", "\u00ad"
                )
            )
    return texts


def by_peer(python: str, name: str, files: list[bytes]) -> tuple[list[str], float]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.pdf" for number in range(len(files))]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        done = subprocess.run(
            [python, str(PEERS), name, *map(str, paths)], capture_output=True, check=True, text=True
        )
        answer = json.loads(done.stdout.splitlines()[-1])
        return answer["texts"], answer["cpu_seconds"]


# ── speed ──


def speed(arguments: argparse.Namespace) -> None:
    """Pages a second of CPU time, for a document of full pages of prose."""
    data = long_document(arguments.pages)
    print(
        f"{arguments.pages} pages of about {len(prose(count=6).text)} characters; pages a second of one core"
    )
    for name, policy in (("ocrkit, auto", "auto"), ("ocrkit, only", "only")):
        with ocrkit.Ocr("null", postprocess="none", text_layer=policy) as ocr:
            ocr.recognize(data, pages="1-2")
            before = time.process_time()
            ocr.recognize(data)
            print(f"{name:16}{arguments.pages / (time.process_time() - before):10.1f}")
    before = time.process_time()
    by_pypdfium2([data])
    print(f"{'pypdfium2':16}{arguments.pages / (time.process_time() - before):10.1f}")
    for name in ("pdfplumber", "pdfminer", "pypdf", "kreuzberg") if arguments.peers else ():
        print(f"{name:16}{arguments.pages / by_peer(arguments.peers, name, [data])[1]:10.1f}", flush=True)


def long_document(pages: int) -> bytes:
    import pikepdf

    with pikepdf.new() as pdf:
        for number in range(pages):
            with pikepdf.open(io.BytesIO(prose(seed=number).data)) as one:
                pdf.pages.extend(one.pages)
        buffer = io.BytesIO()
        pdf.save(buffer)
        return buffer.getvalue()


# ── hidden and wrong text ──


def find_hidden(arguments: argparse.Namespace) -> None:
    """How often hidden text reached the text, and how much visible text was taken for hidden."""
    for kind in HIDDEN_KINDS:
        drawn = [hidden(kind, seed) for seed in range(arguments.seeds)]
        texts = by_ocrkit([each.data for each in drawn])
        leaked = sum("previous" in text for text in texts)
        lost = mean(wrong(text, each.text, kind) for text, each in zip(texts, drawn, strict=True))
        print(
            f"{kind:20} leaked {leaked}/{len(drawn)}   visible characters wrong {100 * lost:.2f} %",
            flush=True,
        )


def trust(arguments: argparse.Namespace) -> None:
    """How many wrong layers are found, and how many good ones are refused, with and without a sample."""
    total = found = 0
    for kind in (*BAD_KINDS, "mirrored"):
        rows = [layer_state(bad(kind, seed), arguments.engine) for seed in range(arguments.seeds)]
        total += len(rows)
        found += sum(trusted < 0.1 for trusted, _ in rows)
        print(
            f"{kind:24} not trusted {sum(trusted < 0.1 for trusted, _ in rows)}/{len(rows)}   suspected or wrong {sum(flagged > 0.9 for _, flagged in rows)}/{len(rows)}",
            flush=True,
        )
    print(f"wrong layers found: {found}/{total}")
    total = refused = flagged_pages = 0
    for kind, draw in GOOD.items():
        rows = [layer_state(draw(seed), arguments.engine) for seed in range(arguments.seeds)]
        total += len(rows)
        bad_rows = sum(trusted < 0.99 for trusted, _ in rows)
        refused += bad_rows
        flagged_pages += sum(flagged > 0 for _, flagged in rows)
        if bad_rows or any(flagged > 0 for _, flagged in rows):
            print(
                f"{kind:24} refused {bad_rows}/{len(rows)}   suspected {sum(flagged > 0 for _, flagged in rows)}/{len(rows)}",
                flush=True,
            )
    print(f"good layers refused: {refused}/{total}; sampled: {flagged_pages}/{total}")


def layer_state(drawn: Drawn, engine: str) -> tuple[float, float]:
    """The shares of the characters of a page that are read from the layer, and that are suspected or wrong."""
    with open_source(drawn.data) as source:
        page = source.page(0)
        layer = page.text_layer
    verdict = judge(layer, page.dpi)
    letters = max(1, int((~verdict.spaces).sum()))
    flagged = (verdict.wrong + int(verdict.suspected.sum())) / letters
    if engine == "null" or not flagged:
        visible = max(1, int(verdict.trusted.sum()) + verdict.wrong)
        return (int(verdict.trusted.sum()) - int(verdict.suspected.sum())) / visible, flagged
    (result,) = reader_with(engine).recognize(drawn.data).pages
    characters = [(len("".join(line.text.split())), line.read_by == "text_layer") for line in result.lines]
    count = max(1, sum(length for length, _ in characters))
    return sum(length for length, of_layer in characters if of_layer) / count, flagged


@functools.cache
def reader_with(engine: str) -> ocrkit.Ocr:
    return ocrkit.Ocr(engine, postprocess="none", languages="en")


if __name__ == "__main__":
    sys.exit(main())
