"""Pages in fifteen scripts that the embedded engine does not read, drawn with Debian's fonts."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(os.environ.get("TESTS_FONTS", "/usr/share/fonts/truetype"))
DEJAVU, FREE_SERIF = FONTS / "dejavu/DejaVuSans.ttf", FONTS / "freefont/FreeSerif.ttf"
FREE_SANS = FONTS / "freefont/FreeSans.ttf"
CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
TELUGU, KHMER = FONTS / "lohit-telugu/Lohit-Telugu.ttf", FONTS / "khmeros/KhmerOS.ttf"

TEXTS: dict[str, tuple[Path, tuple[str, ...]]] = {
    "Grek": (DEJAVU, ("Γερμανία Γαλλία Ιταλία", "Ιαπωνία Κίνα Ινδία", "Βέλγιο Ολλανδία Αυστρία", "Ελλάδα Ισπανία Αίγυπτος")),
    "Cyrl": (DEJAVU, ("Германия Франция Италия", "Япония Китай Индия", "января марта августа сентября", "Греция Испания Египет")),
    "Arab": (DEJAVU, ("ألمانيا فرنسا إيطاليا", "اليابان الصين الهند", "يناير مارس أغسطس سبتمبر", "اليونان إسبانيا مصر")),
    "Hebr": (DEJAVU, ("גרמניה צרפת איטליה", "יפן סין הודו", "ינואר מרץ אוגוסט ספטמבר", "יוון ספרד מצרים")),
    "Deva": (FREE_SERIF, ("जर्मनी फ़्रांस इटली", "जापान चीन भारत", "जनवरी मार्च अगस्त सितंबर", "यूनान स्पेन मिस्र")),
    "Beng": (FREE_SANS, ("জার্মানি ফ্রান্স ইতালি", "জাপান চীন ভারত", "জানুয়ারি মার্চ আগস্ট সেপ্টেম্বর", "গ্রিস স্পেন মিশর")),
    "Taml": (FREE_SERIF, ("ஜெர்மனி பிரான்ஸ் இத்தாலி", "ஜப்பான் சீனா இந்தியா", "ஜனவரி மார்ச் ஆகஸ்ட்", "கிரீஸ் ஸ்பெயின் எகிப்து")),
    "Telu": (TELUGU, ("జర్మనీ ఫ్రాన్స్ ఇటలీ", "జపాన్ చైనా భారతదేశం", "జనవరి మార్చి ఆగస్టు", "గ్రీస్ స్పెయిన్ ఈజిప్ట్")),
    "Thai": (FREE_SERIF, ("เยอรมนี ฝรั่งเศส อิตาลี", "ญี่ปุ่น จีน อินเดีย", "มกราคม มีนาคม สิงหาคม กันยายน", "กรีซ สเปน อียิปต์")),
    "Geor": (DEJAVU, ("გერმანია საფრანგეთი იტალია", "იაპონია ჩინეთი ინდოეთი", "იანვარი მარტი აგვისტო", "საბერძნეთი ესპანეთი ეგვიპტე")),
    "Armn": (DEJAVU, ("Գերմանիա Ֆրանսիա Իտալիա", "Ճապոնիա Չինաստան Հնդկաստան", "հունվարի մարտի օգոստոսի", "Հունաստան Իսպանիա Եգիպտոս")),
    "Ethi": (FREE_SERIF, ("ጀርመን ፈረንሳይ ጣሊያን", "ጃፓን ቻይና ህንድ", "ጃንዋሪ ማርች ኦገስት ሴፕቴምበር", "ግሪክ ስፔን ግብጽ")),
    "Khmr": (KHMER, ("អាល្លឺម៉ង់ បារាំង អ៊ីតាលី", "ជប៉ុន ចិន ឥណ្ឌា", "មករា មីនា សីហា កញ្ញា", "ក្រិក អេស្ប៉ាញ អេហ្ស៊ីប")),
    "Hang": (CJK, ("독일 프랑스 이탈리아", "일본 중국 인도", "그리스 스페인 이집트", "아르헨티나 브라질 칠레")),
    "Laoo": (DEJAVU, ("ເຢຍລະມັນ ຝຣັ່ງ ອິຕາລີ", "ຍີ່ປຸ່ນ ຈີນ ອິນເດຍ", "ມັງກອນ ມີນາ ສິງຫາ ກັນຍາ", "ກຣີຊ ສະເປນ ອີຢິບ")),
}  # fmt: skip
"""A font file and lines of each script: names of countries and months."""

ENGLISH = ("Minutes of the meeting", "The garden is open on Sunday", "Price list for the year 2024")


def draw(lines: dict[str, Path] | list[tuple[str, Path]], size: int = 40) -> Image.Image:
    """A page with these lines, each in its font."""
    pairs = list(lines.items()) if isinstance(lines, dict) else lines
    picture = Image.new("RGB", (1100, 120 + 2 * size * len(pairs)), "white")
    pen = ImageDraw.Draw(picture)
    for number, (text, font) in enumerate(pairs):
        pen.text((80, 60 + 2 * size * number), text, font=ImageFont.truetype(str(font), size), fill="black")
    return picture


def page_in(script: str) -> Image.Image:
    """A page in one script."""
    font, lines = TEXTS[script]
    return draw([(line, font) for line in lines])
