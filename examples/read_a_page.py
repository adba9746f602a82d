"""Read one page: its text, its least confident words with their positions, and its quality."""

import sys
from pathlib import Path

import ocrkit

path = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("letter.png")
document = ocrkit.recognize(path)
print(document.text)

page = document.pages[0]
print(f"\n{len(page.words)} words; the least confident:")
for word in sorted(page.words, key=lambda word: word.confidence or 0.0)[:3]:
    if word.box:
        print(f"  {word.text!r} at {word.box.left:.0f}, {word.box.top:.0f}: {word.confidence:.3f}")
print(f"quality: {page.quality}")
