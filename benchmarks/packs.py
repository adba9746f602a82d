"""Read drawn pages of many scripts with fetched packs of Tesseract, through tesserocr alone.

    python benchmarks/packs.py FOLDER              # a folder with packs, such as those of Debian's packages

The packs are fetched from FOLDER into an empty folder of models, with their hashes checked, and read from there. The text
is the first article of the Universal Declaration of Human Rights. Error rates are characters, white space collapsed.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont
from scoring import character_error_rate

import ocrkit
from ocrkit.models import Fetcher, Store, find_model

FONTS = Path("/usr/share/fonts")
DEJAVU = "truetype/dejavu/DejaVuSans.ttf"
SERIF = "truetype/freefont/FreeSerif.ttf"
SANS = "truetype/freefont/FreeSans.ttf"
CJK = "opentype/noto/NotoSansCJK-Regular.ttc"


class Script(NamedTuple):
    """A language, its pack, and a text in it."""

    language: str
    pack: str
    font: str
    text: str


SCRIPTS = [
    Script("ru", "rus", DEJAVU, "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства."),
    Script("uk", "ukr", DEJAVU, "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю і повинні діяти у відношенні один до одного в дусі братерства."),
    Script("el", "ell", DEJAVU, "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης."),
    Script("ar", "ara", DEJAVU, "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء."),
    Script("he", "heb", DEJAVU, "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג איש ברעהו ברוח של אחווה."),
    Script("hi", "hin", SANS, "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए।"),
    Script("bn", "ben", SERIF, "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে। তাঁদের বিবেক এবং বুদ্ধি আছে; সুতরাং সকলেরই একে অপরের প্রতি ভ্রাতৃত্বসুলভ মনোভাব নিয়ে আচরণ করা উচিত।"),
    Script("ta", "tam", SERIF, "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும், உரிமைகளிலும் சமமானவர்கள். அவர்கள் நியாயத்தையும் மனச்சாட்சியையும் இயற்பண்பாகப் பெற்றவர்கள்."),
    Script("te", "tel", "truetype/lohit-telugu/Lohit-Telugu.ttf", "ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రులును సమానులును నగుదురు. వారు వివేదన అంతఃకరణ సంపన్నులగుటచే పరస్పరము భ్రాతృభావముతో వర్తింపవలయును."),
    Script("th", "tha", SERIF, "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ"),
    Script("ko", "kor", CJK, "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다."),
    Script("ka", "kat", DEJAVU, "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით. მათ მინიჭებული აქვთ გონება და სინდისი და ერთმანეთის მიმართ უნდა იქცეოდნენ ძმობის სულისკვეთებით."),
    Script("hy", "hye", DEJAVU, "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։ Նրանք ունեն բանականություն ու խիղճ և միմյանց պետք է եղբայրաբար վերաբերվեն։"),
    Script("am", "amh", SERIF, "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው። የተፈጥሮ ማስተዋልና ሕሊና ስላለው አንዱ ሌላውን በወንድማማችነት መንፈስ መመልከት ይገባዋል።"),
    Script("km", "khm", "truetype/khmeros/KhmerOSsys.ttf", "មនុស្សទាំងអស់ កើតមកមានសេរីភាព និងសមភាព ក្នុងផ្នែកសេចក្ដីថ្លៃថ្នូរ និងសិទ្ធិ។ មនុស្ស មានវិចារណញ្ញាណ និងសតិសម្បជញ្ញៈជាប់ពីកំណើត ហើយគប្បីប្រព្រឹត្តចំពោះគ្នាទៅវិញទៅមក ក្នុងស្មារតីភាតរភាព។"),
    Script("vi", "vie", DEJAVU, "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi con người đều được tạo hóa ban cho lý trí và lương tâm và cần phải đối xử với nhau trong tình bằng hữu."),
]  # fmt: skip


def draw(script: Script, fonts: Path = FONTS, *, point: int = 14, dpi: int = 200) -> Image.Image:
    """A page with the text. Pillow shapes it, so that scripts that need it are drawn as they are written."""
    size, margin, width = round(point * dpi / 72), 120, 1500
    font = ImageFont.truetype(str(fonts / script.font), size, layout_engine=ImageFont.Layout.RAQM)
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    lines, line = [], ""
    for word in script.text.split():
        wider = f"{line} {word}" if line else word
        if line and pen.textlength(wider, font=font) > width - 2 * margin:
            lines.append(line)
            wider = word
        line = wider
    lines.append(line)
    page = Image.new("L", (width, 2 * margin + 2 * size * len(lines)), 255)
    pen = ImageDraw.Draw(page)
    is_right_to_left = script.language in ("ar", "he")
    for number, text in enumerate(lines):
        x, anchor = (width - margin, "ra") if is_right_to_left else (margin, "la")
        direction = "rtl" if is_right_to_left else "ltr"
        pen.text((x, margin + 2 * size * number), text, font=font, fill=0, anchor=anchor, direction=direction)
    return page


def available(fonts: Path = FONTS) -> list[Script]:
    """The scripts for which a font is installed."""
    return [script for script in SCRIPTS if (fonts / script.font).exists()]


def read(script: Script, packs: Path, store: Path, fonts: Path = FONTS) -> tuple[float, str]:
    """The error rate and the text of a page that is read with a pack fetched from a folder."""
    Fetcher(Store(store), folder=packs).fetch(find_model(f"tesseract/{script.pack}"))
    options = {"runner": "tesserocr", "tessdata": store / "tesseract", "orientation": False}
    settings = ocrkit.Settings(threads=1, backends={"tesseract": options}, postprocess="none")
    page = io.BytesIO()
    draw(script, fonts).save(page, "PNG", dpi=(200, 200))
    document = ocrkit.recognize(
        page.getvalue(), backend="tesseract", languages=[script.language], settings=settings
    )
    text = " ".join(document.text.split())
    return character_error_rate(text, script.text), text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packs", type=Path)
    parser.add_argument("--fonts", type=Path, default=FONTS)
    parser.add_argument("--text", action="store_true", help="print the text that was read")
    arguments = parser.parse_args()
    print("| language | pack | font | error |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for script in available(arguments.fonts):
            error, text = read(script, arguments.packs, Path(folder), arguments.fonts)
            font = Path(script.font).stem
            print(f"| `{script.language}` | `{script.pack}` | {font} | {error:.1%} |", flush=True)
            if arguments.text:
                print(text)


if __name__ == "__main__":
    main()
