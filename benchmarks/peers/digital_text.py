"""Read the text of PDFs with one library, for benchmarks/digital.py and digital_markdown.py: prints JSON with texts and CPU seconds.

python digital_text.py pdfplumber one.pdf two.pdf
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable


def pdfplumber(path: str) -> str:
    import pdfplumber

    with pdfplumber.open(path) as pdf:
        return "\n".join(page.extract_text() for page in pdf.pages)


def pdfminer(path: str) -> str:
    from pdfminer.high_level import extract_text

    return extract_text(path)


def pypdf(path: str) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def kreuzberg(path: str) -> str:
    from kreuzberg import extract_file_sync

    return extract_file_sync(path).content


def kreuzberg_markdown(path: str) -> str:
    from kreuzberg import ExtractionConfig, extract_file_sync

    return extract_file_sync(path, config=ExtractionConfig(output_format="markdown")).content


def markitdown(path: str) -> str:
    from markitdown import MarkItDown

    return MarkItDown().convert(path).markdown


READERS: dict[str, Callable[[str], str]] = {
    "pdfplumber": pdfplumber, "pdfminer": pdfminer, "pypdf": pypdf, "kreuzberg": kreuzberg,
    "kreuzberg_markdown": kreuzberg_markdown, "markitdown": markitdown,
}  # fmt: skip


def main() -> None:
    name, *paths = sys.argv[1:]
    read = READERS[name]
    read(paths[0])  # loads the library
    before = time.process_time()
    texts = [read(path) for path in paths]
    print(json.dumps({"texts": texts, "cpu_seconds": time.process_time() - before}))


if __name__ == "__main__":
    main()
