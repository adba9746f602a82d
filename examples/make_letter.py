"""Draw letter.png, the page that the examples read. Needs the DejaVu fonts.

python examples/make_letter.py [FILE]
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, DPI = 1240, 1754, 150
LEFT, RIGHT, MIDDLE = 140, 1100, 640

LETTER = """\
Dear Mrs Böhm,

Thank you for your order of 2 March. Your seeds left our house this
morning and should be with you before the weekend. The runner beans
were sold out, so we packed a variety that our gardeners like better:
it climbs higher and flowers two weeks longer.

Please check the delivery against this list:"""

TABLE = [
    ("Item", "Packets", "Price"),
    ("Sweet pea, mixed colours", "4", "11.60"),
    ("Runner bean, scarlet", "2", "5.90"),
    ("Marigold, dwarf orange", "3", "7.35"),
    ("Total in euros", "9", "24.85"),
]

COLUMNS = (
    """\
Sowing
Soak the sweet peas in water
for one night. Sow them two
centimetres deep and keep the
pots cool until the first green
shoots appear.""",
    """\
Returns
Unopened packets can be sent
back within thirty days. Put
this letter into the parcel and
we return the full price in the
same week.""",
)


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(f"DejaVu{name}.ttf", size)


def main(path: Path) -> None:
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(page)
    body, bold = font("Serif", 26), font("Serif-Bold", 26)

    def text(x: int, y: int, lines: str, face: ImageFont.FreeTypeFont = body, anchor: str = "la") -> None:
        for number, line in enumerate(lines.splitlines()):
            draw.text((x, y + 40 * number), line, 20, face, anchor)

    text(WIDTH // 2, 100, "Alder & Finch", font("Serif-Bold", 54), "ma")
    text(WIDTH // 2, 176, "Seeds and bulbs since 1931, Mill Lane 14, Harrowdale", font("Serif", 22), "ma")
    draw.line((LEFT, 228, RIGHT, 228), 90, 3)
    text(LEFT, 275, "Mrs Käthe Böhm\nGärtnerstraße 8\n70173 Neudorf")
    text(LEFT, 445, "14 March 2025")
    text(LEFT, 535, LETTER)

    for row, (item, packets, price) in enumerate(TABLE):
        y = 880 + 52 * row
        face = bold if row in (0, len(TABLE) - 1) else body
        text(LEFT + 20, y, item, face)
        text(MIDDLE + 180, y, packets, face, "ra")
        text(RIGHT - 20, y, price, face, "ra")
        draw.line((LEFT, y + 40, RIGHT, y + 40), 170, 1)

    text(LEFT, 1175, "The total includes the postage; there is nothing more to pay.")
    for x, column in zip((LEFT, MIDDLE + 10), COLUMNS, strict=True):
        heading, _, rest = column.partition("\n")
        text(x, 1245, heading, bold)
        text(x, 1290, rest)

    text(LEFT, 1530, "With kind regards, and a good spring to you and your garden,")
    text(LEFT, 1590, "Oliver Finch", font("Serif-BoldItalic", 30))
    draw.line((LEFT, 1660, RIGHT, 1660), 90, 1)
    footer = "Alder & Finch and all people in this letter are invented."
    text(WIDTH // 2, 1676, footer, font("Sans", 20), "ma")
    # Sixteen gray levels are enough for smooth letters, at a third of the file size.
    page.quantize(16).save(path, dpi=(DPI, DPI), optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("letter.png"))
