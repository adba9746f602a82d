"""The scripts that a recognizer reads, by its alphabet."""

from __future__ import annotations

from collections.abc import Collection

from ocrkit.letters import HAN, JAPANESE, LATIN
from ocrkit.scripts.names import VIETNAMESE

_MIN_SHARE = 0.95  # a model may lack a rare letter, but none lacks the accents of Greek

_NEEDED = {
    LATIN: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    VIETNAMESE: (
        "abcdefghijklmnopqrstuvwxyzăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
    ),
    "Cyrl": "абвгдежзийклмнопрстуфхцчшщьюя",
    "Grek": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώ",
    "Arab": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "Hebr": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    "Deva": "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौ्ंँ",
    "Beng": "অআইঈউঊএঐওঔকখগঘঙচছজঝঞটঠডঢণতথদধনপফবভমযরলশষসহািীুূেৈোৌ্ং",
    "Taml": "அஆஇஈஉஊஎஏஐஒஓகஙசஞடணதநபமயரலவழளறனாிீுூெேைொோௌ்",
    "Telu": "అఆఇఈఉఊఎఏఐఒఓకఖగఘచఛజటఠడఢణతథదధనపఫబభమయరలవశషసహాిీుూెేైొో్ం",
    "Thai": "กขคงจฉชซญฎฐณดตถทธนบปผฝพฟภมยรลวศษสหอฮะัาำิีึืุูเแโใไ่้๊๋์",
    "Geor": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "Armn": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "Ethi": "ሀለመረሰሸቀበተቸነአከኸወዘየደጀገጠጨጸፈፐ",
    "Khmr": "កខគឃងចឆជឈញដឋឌណតថទធនបផពភមយរលវសហឡអាិីឹឺុូួើេែៃោៅំះ្",
    "Hang": "가나다라마바사아자차카타파하한국어을를이은는의에서고",
    JAPANESE: (
        "あいうえおかきくけこさしすせそたちつてとなにのはまやらわを"
        "んアイウエオカキクケコサシスセソタチテトナニノハマヤラワン"
    ),
    HAN: ("的一是不了人我在有他这中大来上国和地到以说时要就出会可也你对生"),
    "Gujr": "અઆઇઈઉઊએઐઓઔકખગઘચછજઝટઠડઢણતથદધનપફબભમયરલવશષસહાિીુૂેૈોૌ્ં",
    "Guru": "ਅਆਇਈਉਊਏਐਓਔਕਖਗਘਚਛਜਝਟਠਡਢਣਤਥਦਧਨਪਫਬਭਮਯਰਲਵਸਹਾਿੀੁੂੇੈੋੌ੍ਂ",
    "Knda": "ಅಆಇಈಉಊಎಏಐಒಓಕಖಗಘಚಛಜಟಠಡಢಣತಥದಧನಪಫಬಭಮಯರಲವಶಷಸಹಾಿೀುೂೆೇೈೊೋ್ಂ",
    "Mlym": "അആഇഈഉഊഎഏഐഒഓകഖഗഘചഛജടഠഡഢണതഥദധനപഫബഭമയരലവശഷസഹാിീുൂെേൈൊോ്ം",
    "Orya": "ଅଆଇଈଉଊଏଐଓଔକଖଗଘଚଛଜଝଟଠଡଢଣତଥଦଧନପଫବଭମଯରଲଶଷସହାିୀୁୂେୈୋୌ୍ଂ",
    "Sinh": "අආඇඉඊඋඌඑඒඔඕකගචජටඩණතදනපබමයරලවශෂසහළාැිීුූෙේොෝ්ං",
    "Laoo": ("ກຂຄງຈສຊຍດຕຖທນບປຜຝພຟມຢຣລວຫອຮະັາິີຶືຸູເແໂໃໄ່້"),
    "Mymr": "ကခဂဃငစဆဇညတထဒဓနပဖဗဘမယရလဝသဟအာိီုူေဲံ့း္်ျြွှ",
    "Tibt": "ཀཁགངཅཆཇཉཏཐདནཔཕབམཙཚཛཝཞཟའཡརལཤསཧཨིེོུ",
}
"""The letters without which no text of a script can be read."""


def readable_scripts(alphabet: Collection[str]) -> tuple[str, ...]:
    """The scripts of which an alphabet has the letters; `Latn-VN`: with those of Vietnamese."""
    letters = set(alphabet)
    return tuple(
        script
        for script, needed in _NEEDED.items()
        if sum(letter in letters for letter in needed) >= _MIN_SHARE * len(needed)
    )
