"""Read a folder into another one. Stop it whenever you like: the same again goes on where it stopped.

python examples/a_folder.py [FOLDER [RESULTS]]
"""

import sys
import tempfile
from pathlib import Path

import ocrkit
from ocrkit.batch import Progress

HERE = Path(__file__).parent
folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
results = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp())


def show(now: Progress) -> None:
    print(f"{now.documents_settled} of {now.documents} documents, {now.pages_read} pages read")


with ocrkit.Ocr() as ocr:
    report = ocrkit.Batch(ocr, results, formats=["text", "json"]).run([folder], progress=show)
print(report.summary)
for failure in report.failures:
    print(failure)
print(sorted(path.name for path in results.glob("letter*")))
