"""A PDF in three languages: each block says which one it is in."""

from pathlib import Path

import ocrkit

document = ocrkit.recognize(Path(__file__).with_name("languages.pdf"))
for page in document.pages:
    for block in page.blocks:
        print(f"[{block.language}] {block.text}")
