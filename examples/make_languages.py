"""Draw languages.pdf, a page in three languages. Needs a font with Japanese letters, such as Noto Sans CJK.

python examples/make_languages.py [FONT]
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TEXTS = {"Bonjour le monde": 100, "Hello world": 500, "こんにちは世界": 900}

font = ImageFont.truetype(sys.argv[1] if len(sys.argv) > 1 else "NotoSansCJK-Regular.ttc", 64)
page = Image.new("1", (1240, 1754), "white")
for text, top in TEXTS.items():
    ImageDraw.Draw(page).text((120, top), text, "black", font)
page.save(Path(__file__).with_name("languages.pdf"), resolution=150)
