"""Read files with one library, as most users do: `read_files.py NAME`, with JSON lines in and out.

Input: {"id", "file", "pack"}, where the pack is a language pack of Tesseract. Output: {"id", "text", "seconds"}, or an
"error" in place of the text.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageSequence


def pages(file: str) -> Iterator[Image.Image]:
    """The pages of a PDF, a TIFF or an image."""
    if file.lower().endswith(".pdf"):
        from pdf2image import convert_from_path

        yield from convert_from_path(file, dpi=200)
        return
    with Image.open(file) as image:
        for frame in ImageSequence.Iterator(image):
            yield frame.convert("RGB")


def with_rapidocr() -> Callable[[str, str], str]:
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})

    def read(file: str, _: str) -> str:
        texts = [engine(np.asarray(page)[:, :, ::-1]).txts or () for page in pages(file)]
        return "\n".join(line for lines in texts for line in lines)

    return read


def with_tesseract() -> Callable[[str, str], str]:
    import pytesseract

    return lambda file, pack: "\n".join(pytesseract.image_to_string(page, lang=pack) for page in pages(file))


def with_kreuzberg() -> Callable[[str, str], str]:
    from kreuzberg import ExtractionConfig, OcrConfig, extract_file_sync

    def read(file: str, pack: str) -> str:
        config = ExtractionConfig(
            ocr=OcrConfig(backend="tesseract", language=pack), force_ocr=True, use_cache=False
        )
        return extract_file_sync(file, config=config).content

    return read


def main() -> None:
    read = {"rapidocr": with_rapidocr, "tesseract": with_tesseract, "kreuzberg": with_kreuzberg}[
        sys.argv[1]
    ]()
    for line in sys.stdin:
        row = json.loads(line)
        started = time.perf_counter()
        try:
            answer = {"text": read(row["file"], row["pack"])}
        except Exception as error:  # noqa: BLE001 – any exception counts as a failed page
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": row["id"], **answer, "seconds": time.perf_counter() - started}), flush=True)


if __name__ == "__main__":
    main()
