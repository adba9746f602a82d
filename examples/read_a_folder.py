"""Read all documents of a folder. If it is interrupted, run it again to resume.

python examples/read_a_folder.py [FOLDER [RESULTS]]
"""

import sys
from pathlib import Path

import ocrkit
from ocrkit.batch import Progress

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
results = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("texts")


def show(now: Progress) -> None:
    line = f"{now.documents_finished} of {now.documents} documents, {now.pages_read} pages read"
    print(f"\r{line}", end="", flush=True)


with ocrkit.Ocr() as ocr:
    report = ocrkit.Batch(ocr, results, formats=["text", "json"]).run([folder], progress=show)
print(f"\n{report.summary}, in {results}")
for failure in report.failures:
    print(failure)
