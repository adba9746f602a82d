"""Read with kreuzberg and Tesseract, with its batch function for folders, without its cache."""

import sys
from pathlib import Path

from kreuzberg import ExtractionConfig, OcrConfig, batch_extract_files_sync, extract_file_sync

source, out = Path(sys.argv[1]), Path(sys.argv[2])
config = ExtractionConfig(ocr=OcrConfig(backend="tesseract", language="eng"), force_ocr=True, use_cache=False)
if source.is_dir():
    results = batch_extract_files_sync([str(file) for file in sorted(source.iterdir())], config=config)
else:
    results = [extract_file_sync(str(source), config=config)]
out.write_text("\n".join(result.content for result in results), encoding="utf-8")
