"""Compare engines on pages with ground truth, such as `letter.png` with `letter.gt.txt`."""

import shutil
import tempfile
from pathlib import Path

from ocrkit.evaluate import evaluate

HERE = Path(__file__).parent

with tempfile.TemporaryDirectory() as folder:
    shutil.copy(HERE / "letter.png", folder)
    shutil.copy(HERE / "letter.txt", Path(folder) / "letter.gt.txt")
    result = evaluate(folder, ["null", "ppocr"], preprocess=["none"])

for each in result.summaries:
    print(f"{each.system}: {each.error:.1%} of the characters wrong")
for trust in result.reliability:
    print(f"{trust.system}: {trust.words} words, of which {trust.right:.0%} are right")
