"""Read with plain rapidocr in a loop; onnxruntime uses all cores."""

import sys
from pathlib import Path

import numpy as np
import pypdfium2
from rapidocr import RapidOCR

source, out = Path(sys.argv[1]), Path(sys.argv[2])
engine = RapidOCR(params={"Global.log_level": "error"})
texts = []
if source.is_dir():
    texts = [engine(str(file)).txts or () for file in sorted(source.iterdir())]
else:
    for page in pypdfium2.PdfDocument(source):
        picture = page.render(scale=200 / 72).to_numpy()
        texts.append(engine(np.ascontiguousarray(picture)).txts or ())
out.write_text("\n".join(line for lines in texts for line in lines), encoding="utf-8")
