"""Read a PDF in three languages and print the language of each block."""

from pathlib import Path

import ocrkit

document = ocrkit.recognize(Path(__file__).with_name("languages.pdf"))
for page in document.pages:
    for block in page.blocks:
        print(f"[{block.language}] {block.text}")
