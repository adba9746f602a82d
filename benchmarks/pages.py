"""Draw dense A4 pages in several languages, with their exact text."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

CJK = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
DEJAVU = "/usr/share/fonts/truetype/dejavu/"
SERIF, SANS, MONO = (f"{DEJAVU}DejaVu{name}.ttf" for name in ("Serif", "Sans", "SansMono"))

SETTINGS = {"serif 11 pt": (SERIF, 11.0), "sans 9 pt": (SANS, 9.0), "mono 12 pt": (MONO, 12.0)}

TEXTS = {
    "en": "The harbour was quiet before sunrise, and only two boats had returned with anything worth selling. "
    "On Tuesday, 14 March, the clerk wrote 37 entries into the ledger; by noon the total stood at £1,284.50. "
    "Nobody asked why the northern lamp had been left burning, although everyone had seen it from the hill. "
    "When the rain stopped, children ran along the quay (as they always did) and counted the empty baskets.",
    "sv": "Hamnen låg stilla före gryningen, och bara två båtar hade kommit hem med något värt att sälja. "
    "Tisdagen den 14 mars skrev bokhållaren 37 rader i liggaren; vid middagstid var summan 1 284,50 kronor. "
    "Ingen frågade varför den norra lyktan fått brinna, fast alla hade sett den uppifrån åsen på kvällen.",
    "de": "Der Hafen lag vor Sonnenaufgang still, und nur zwei Boote waren mit brauchbarem Fang zurückgekehrt. "
    "Am Dienstag, dem 14. März, trug der Schreiber 37 Posten ein; gegen Mittag betrug die Summe 1.284,50 Euro. "
    "Niemand fragte, weshalb die nördliche Lampe weiterbrannte, obwohl man sie vom Hügel aus sehen mußte.",
    "fr": "Le port était calme avant l'aube, et deux bateaux seulement étaient rentrés avec de quoi vendre. "
    "Mardi 14 mars, le commis inscrivit 37 lignes au registre ; à midi, le total s'élevait à 1 284,50 francs. "
    "Personne ne demanda pourquoi la lampe du nord brûlait encore, bien qu'on l'eût aperçue de la colline.",
    "zh": "日出之前港口十分安静，只有两条船带着值得出售的鱼回来。三月十四日星期二，书记员在账簿上写了三十七行，"
    "到中午时总数为一千二百八十四元五角。没有人问为什么北边的灯一直亮着，虽然大家从山上都看见了。"
    "雨停以后，孩子们像往常一样沿着码头奔跑，数着空篮子，直到傍晚才慢慢回家。",
    "ja": "夜明け前の港は静かで、売れるものを積んで戻った船は二隻だけだった。三月十四日の火曜日、書記は帳簿に三十七行を"
    "書き入れ、正午には合計が千二百八十四円になった。北の灯りがなぜ点いたままなのか、誰も尋ねなかった。"
    "雨が上がると、子どもたちはいつものように岸壁を走り、空の籠を数えていた。",
}


def draw(
    language: str, *, font_file: str = SERIF, point: float = 11, dpi: int = 200
) -> tuple[Image.Image, str]:
    """A dense A4 page and its text, line by line. Chinese and Japanese use one font for all settings."""
    width, height = round(8.27 * dpi), round(11.69 * dpi)
    size, margin = round(point * dpi / 72), round(0.8 * dpi)
    spaced = language not in ("zh", "ja")
    font = ImageFont.truetype(font_file if spaced else CJK, size)
    page = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(page)
    pieces = TEXTS[language].split(" ") if spaced else list(TEXTS[language])
    gap = " " if spaced else ""
    lines: list[str] = []
    line, number, y = "", 0, margin
    while y + 1.6 * size < height - margin:
        piece = pieces[number % len(pieces)]
        wider = line + gap + piece if line else piece
        if pen.textlength(wider, font=font) > width - 2 * margin:
            pen.text((margin, y), line, font=font, fill=0)
            lines.append(line)
            line, y = "", y + 1.6 * size
            continue
        line, number = wider, number + 1
    return page, "\n".join(lines)


def available() -> list[str]:
    """The languages for which a font is installed."""
    return [name for name in TEXTS if Path(SERIF if name not in ("zh", "ja") else CJK).exists()]
