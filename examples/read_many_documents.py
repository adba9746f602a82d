"""Read many documents with one engine. A file that fails does not stop the others."""

import sys
from pathlib import Path

import ocrkit

HERE = Path(__file__).parent
# Without arguments: an image, and a file that cannot be read, to show a failure.
paths = [Path(name) for name in sys.argv[1:]] or [HERE / "letter.png", HERE / "read_many_documents.py"]

with ocrkit.Ocr() as ocr:
    for outcome in ocr.recognize_many(paths):
        match outcome:
            case ocrkit.Done(_, document):
                print(f"{document.source}: {len(document.text)} characters on {len(document.pages)} page(s)")
                for warning in document.warnings:
                    print(f"  warning: {warning}")
            case ocrkit.Failed(_, error):
                print(f"failed: {error}")
