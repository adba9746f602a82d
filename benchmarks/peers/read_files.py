"""Each file as most people read it with one library: `read_files.py NAME`, a JSON object a line in and out.

In: {"id", "file", "pack"}, the pack being Tesseract's name of the language. Out: {"id", "text", "seconds"} or "error".
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
        except Exception as error:  # noqa: BLE001 – whatever a library raises, its page is lost
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": row["id"], **answer, "seconds": time.perf_counter() - started}), flush=True)


if __name__ == "__main__":
    main()
