"""The embedded engine, for real: nothing here is simulated."""

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocrkit.backends.ppocr import PpocrBackend, runtime
from ocrkit.backends.ppocr.loading import PpocrOptions
from ocrkit.backends.ppocr.models import DETECTION, LANGUAGES, RECOGNITION, model_path
from ocrkit.errors import BackendUnavailableError, CapabilityError, ConfigError
from ocrkit.geometry import Box, bounding_box
from ocrkit.page import Page
from ocrkit.postprocess.reading_order import order
from ocrkit.request import Request
from ocrkit.testing import BackendConformance
from ocrkit.testing.samples import blank_page, draw_page

PROSE = [
    "The harbour was quiet before sunrise, and two boats",
    "had returned with 37 baskets worth 1,284.50 in all.",
    "Nobody asked why the northern lamp was still burning,",
    "although everyone had seen it from the hill.",
]


@pytest.fixture(scope="module")
def backend():
    made = PpocrBackend(PpocrOptions(threads=2))
    yield made
    made.close()


def read(backend, page, **request):
    return backend.recognize(page, Request(**request))


def texts(result, key=lambda line: line.box.top):
    return [line.text for line in sorted(result.lines, key=key)]


class TestConformance(BackendConformance):
    def make(self):
        return PpocrBackend(PpocrOptions(threads=1))


class TestConformanceOnOnnxRuntime(BackendConformance):
    def make(self):
        return PpocrBackend(PpocrOptions(threads=1, runtime="onnxruntime"))


def test_prose_is_read_without_a_mistake(backend):
    assert texts(read(backend, draw_page(PROSE).page)) == PROSE


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("de", ["Größe über alles: Fußgänger müssen", "während der Übung draußen bleiben."]),
        ("fr", ["L'été où nous étions près du château,", "garçon, ça coûtait déjà très cher."]),
        ("sv", ["Åsa åt sju överkörda köttbullar", "på en öde ö i skärgården."]),
        ("es", ["¿Dónde está el niño pequeño?", "Mañana será otro día, señor."]),
    ],
)
def test_latin_letters_with_marks(backend, latin_font, language, lines):
    assert (
        texts(read(backend, draw_page(lines, font_size=40, font=latin_font).page, languages=(language,)))
        == lines
    )


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("zh-Hans", ["日出之前港口十分安静，", "三月十四日有两条船回来。"]),
        ("ja", ["夜明け前の港は静かで、", "戻った船は二隻だけだった。"]),
    ],
)
def test_chinese_and_japanese(backend, cjk_font, language, lines):
    assert texts(read(backend, draw_page(lines, font=cjk_font).page, languages=(language,))) == lines


def test_mixed_scripts_are_separate_words(backend, cjk_font):
    result = read(backend, draw_page(["使用 Python 编程"], font=cjk_font, font_size=48).page)
    assert [word.text for word in result.words] == ["使用", "Python", "编程"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned_pages_are_read_and_polygons_stay_on_them(backend, rotation):
    drawn = draw_page(PROSE, rotation=rotation)
    result = read(backend, drawn.page)
    assert result.rotation == -rotation % 360
    assert sorted(line.text for line in result.lines) == sorted(PROSE)
    assert_words_lie_where_they_were_drawn(result, drawn)


@pytest.fixture
def vertical_page(cjk_font):
    """Japanese as it is written downwards, columns from right to left."""
    columns = [
        "夜明け前の港は静かで売れる",
        "船が二隻だけ戻るのを見ていた",
        "三月十四日の火曜日書記は",
        "三十七行を書き入れた",
    ]
    image = Image.new("L", (700, 900), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(cjk_font, 40)
    for column, text in enumerate(columns):
        for row, character in enumerate(text):
            pen.text((580 - column * 90, 60 + row * 48), character, font=font, fill=0)
    return Page(np.asarray(image)), columns


def test_vertical_writing_is_not_a_page_on_its_side(backend, vertical_page):
    page, columns = vertical_page
    result = read(backend, page, languages=("ja",))
    assert result.rotation == 0
    assert texts(result, key=lambda line: -line.box.left) == columns
    assert "vertical" in result.trace.decisions[0].reason
    assert order(result).text == "\n".join(columns)


@pytest.mark.parametrize("rotation", [90, 270])
def test_a_page_of_japanese_on_its_side_is_not_vertical_writing(backend, cjk_font, rotation):
    lines = ["夜明け前の港は静かで売れる", "三月十四日の火曜日書記は", "三十七行を書き入れた"]
    result = read(backend, draw_page(lines, font=cjk_font, font_size=40, rotation=rotation).page)
    assert result.rotation == -rotation % 360
    assert order(result).text == "\n".join(lines)


@pytest.mark.parametrize(("font_size", "colour"), [(20, False), (32, True), (90, False)])
def test_word_boxes_lie_on_the_words(backend, font_size, colour):
    drawn = draw_page(PROSE, font_size=font_size, color=colour)
    assert_words_lie_where_they_were_drawn(read(backend, drawn.page), drawn)


def assert_words_lie_where_they_were_drawn(result, drawn):
    found = sorted((word.text, word.box) for word in result.words)
    wanted = sorted(drawn.words)
    assert [text for text, _ in found] == [text for text, _ in wanted]
    for (text, box), (_, ink) in zip(found, wanted, strict=True):
        common = box.intersection(ink)
        assert common, text
        assert common.area > 0.75 * ink.area, text  # the word is in its box,
        assert box.area < 2.2 * ink.area or len(text) < 4, text  # and not much else is


def test_skewed_lines_have_skewed_polygons(backend):
    drawn = draw_page(PROSE)
    height, width = drawn.page.pixels.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -4, 1.0)
    skewed = cv2.warpAffine(drawn.page.pixels, turn, (width, height), borderValue=255)
    result = read(backend, Page(skewed))
    assert texts(result) == PROSE
    for line in result.lines:
        begin, end = line.polygon[0], line.polygon[1]
        slope = np.degrees(np.arctan2(end.y - begin.y, end.x - begin.x))
        assert slope == pytest.approx(4, abs=1)


def test_small_print_is_looked_at_again(backend):
    """A large page of small letters: shown to the detector at its usual size only, most lines are lost."""
    drawn = draw_page(PROSE * 15, font_size=15, size=(2600, 3200))
    careless = PpocrBackend(PpocrOptions(threads=2, smallest_text=0, detection_pixels=300_000))
    careful = PpocrBackend(PpocrOptions(threads=2, detection_pixels=300_000))
    wanted = len(drawn.text)
    assert len(read(careful, drawn.page).text) > 0.95 * wanted
    assert len(read(careful, drawn.page).lines) == 60
    assert read(careless, drawn.page).lines != read(careful, drawn.page).lines


@pytest.mark.parametrize("size", [(4000, 40), (40, 4000), (1, 1), (3, 900), (64, 64)])
def test_odd_shapes_are_no_trouble(backend, size):
    assert read(backend, blank_page(*size)).blocks == ()


def test_a_long_strip_is_read(backend):
    line = "one two three four five six seven eight nine ten eleven twelve " * 3
    result = read(backend, draw_page([line.strip()], font_size=30).page)
    assert " ".join(texts(result, key=lambda line: line.box.left)).split() == line.split()


def test_lines_longer_than_the_network_takes_are_read_in_parts(backend):
    words = [f"item{n}" for n in range(11, 99) if n % 10]
    result = read(backend, draw_page([" ".join(words)], font_size=24).page)
    assert [word.text for word in result.words] == words
    lefts = [word.box.left for word in result.words]
    assert lefts == sorted(lefts)


def test_an_answer_does_not_change_when_the_network_runs_again():
    network = runtime.load(
        model_path(DETECTION), runtime="openvino", device="cpu", threads=1, streams=1, precision="auto"
    )
    first = network(np.zeros((1, 3, 64, 64), np.float32))
    kept = first.copy()
    second = network(np.ones((1, 3, 64, 64), np.float32))
    assert not np.shares_memory(first, second)
    assert np.array_equal(first, kept)


def test_first_use_from_many_threads_at_once():
    code = """
import threading, ocrkit
from ocrkit.testing.samples import draw_page
page, found = draw_page(["all at once"]).page.pixels, []
def work():
    found.append(ocrkit.recognize(page, settings=ocrkit.Settings(threads=1)).text)
threads = [threading.Thread(target=work) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert found == ["all at once"] * 6, found
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent to the process itself")
def test_signals_arrive_after_engines_came_and_went():
    """Ctrl-C is an exception of Python's, and not a crash."""
    code = """
import gc, os, signal
from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions
from ocrkit.request import Request
from ocrkit.testing.samples import draw_page
page = draw_page(["engines come and go"]).page
for threads in (1, 2):
    PpocrBackend(PpocrOptions(threads=threads)).recognize(page, Request())
gc.collect()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"interrupted\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_says_why_it_cannot_read_instead_of_waiting_for_ever():
    code = """
import os, sys, ocrkit
from ocrkit.testing.samples import draw_page
page = draw_page(["before the fork"]).page.pixels
ocr = ocrkit.Ocr(settings=ocrkit.Settings(threads=1))
ocr.recognize(page)
child = os.fork()
if child == 0:
    for reader in (ocr, ocrkit.Ocr(settings=ocrkit.Settings(threads=1))):
        try:
            reader.recognize(page)
        except ocrkit.BackendError as error:
            assert "before this process was forked" in str(error), error
        else:
            os._exit(1)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_single_line_needs_no_detection(backend):
    drawn = draw_page(["Only this line"], font_size=36)
    box = bounding_box(corner for _, box in drawn.words for corner in box.polygon)
    tight = drawn.page.pixels[int(box.top) - 4 : int(box.bottom) + 4, int(box.left) - 4 : int(box.right) + 4]
    result = read(backend, Page(np.ascontiguousarray(tight)), scene="line")
    assert texts(result) == ["Only this line"]
    assert result.lines[0].box == Box(0, 0, tight.shape[1], tight.shape[0])


def test_confidence_falls_where_the_page_is_bad(backend):
    clean = draw_page(PROSE[:2], font_size=24)
    noise = np.random.default_rng(1).normal(0, 90, clean.page.pixels.shape)
    dirty = np.clip(clean.page.pixels + noise, 0, 255).astype(np.uint8)
    certain = read(backend, clean.page).lines
    doubtful = read(backend, Page(cv2.blur(dirty, (7, 7)))).lines
    assert min(line.confidence for line in certain) > 0.98
    assert doubtful
    assert min(line.confidence for line in doubtful) < min(line.confidence for line in certain) - 0.02


def test_handwriting_is_marked_as_requested(backend):
    result = read(backend, draw_page(PROSE[:1]).page, mode="handwritten")
    assert {word.handwritten for word in result.words} == {"requested"}
    assert {word.handwritten for word in read(backend, draw_page(PROSE[:1]).page).words} == {None}


def test_a_language_without_its_letters_is_refused(backend):
    for language in ("ru", "ko", "ar", "vi", "el"):
        with pytest.raises(CapabilityError, match=language):
            read(backend, blank_page(), languages=(language,))


def test_every_offered_latin_language_has_its_letters():
    network = runtime.load(
        model_path(RECOGNITION), runtime="openvino", device="cpu", threads=1, streams=1, precision="auto"
    )
    alphabet = set(network.metadata["character"].splitlines())
    letters = {
        "de": "äöüßÄÖÜ", "fr": "àâæçéèêëîïôœùûüÿÉÀ", "pl": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "cs": "áčďéěíňóřšťúůýž",
        "hu": "áéíóöőúüű", "tr": "çğıİöşü", "ro": "ăâîșț", "lv": "āčēģīķļņšūž", "lt": "ąčęėįšųūž",
        "is": "áðéíóúýþæö", "mt": "ċġħż", "pt": "ãõáâêéíóôúç", "nb": "æøåÆØÅ", "eo": "ĉĝĥĵŝŭ", "cy": "ŵŷâêîôû",
        "hr": "čćđšž", "sk": "ľĺŕôäčšž", "et": "õäöüšž", "ca": "çàèéíòóúï", "ga": "áéíóú",
    }  # fmt: skip
    for language, wanted in letters.items():
        assert language in LANGUAGES
        assert set(wanted) <= alphabet, language
    for language, wanted in {"vi": "ạảấầẩẫậ", "el": "άέήίόύώ", "ru": "жщъыэ", "ko": "한국"}.items():
        assert language not in LANGUAGES
        assert not set(wanted) <= alphabet, language


def test_both_runtimes_read_the_same():
    page = draw_page(PROSE).page
    results = [
        PpocrBackend(PpocrOptions(threads=1, runtime=name)).recognize(page, Request())
        for name in ("openvino", "onnxruntime")
    ]
    assert results[0].text == results[1].text
    for mine, other in zip(*(result.words for result in results), strict=True):
        assert mine.box == pytest.approx(other.box, abs=3)
    assert [result.trace.engine.runtime.split()[0] for result in results] == ["openvino", "onnxruntime"]


def test_threads_change_the_time_and_not_the_result():
    page = draw_page(PROSE * 3).page
    one, two = (PpocrBackend(PpocrOptions(threads=count)).recognize(page, Request()) for count in (1, 2))
    assert one.blocks == two.blocks
    assert (one.trace.engine.threads, two.trace.engine.threads) == (1, 2)


def test_cuda_falls_back_and_says_why():
    if runtime.cuda_obstacle() is None:
        pytest.skip("this machine may well have CUDA")
    backend = PpocrBackend(PpocrOptions(device="cuda"))
    result = read(backend, draw_page(PROSE[:1]).page)
    assert texts(result) == PROSE[:1]
    assert result.trace.engine.device == "cpu"
    assert "CUDA cannot be used" in result.warnings[0]
    assert "without CUDA" in result.warnings[0]


def test_cuda_that_is_required_is_an_error():
    if runtime.cuda_obstacle() is None:
        pytest.skip("this machine may well have CUDA")
    with pytest.raises(BackendUnavailableError, match="without CUDA"):
        read(PpocrBackend(PpocrOptions(device="cuda", require_device=True)), blank_page())


def test_another_recogniser_opens_another_language():
    backend = PpocrBackend(PpocrOptions(recognizers={"ru": model_path(RECOGNITION)}))
    assert "ru" in backend.capabilities.languages
    assert texts(read(backend, draw_page(PROSE[:1]).page, languages=("ru",))) == PROSE[:1]
    with pytest.raises(CapabilityError, match="no single model"):
        read(backend, blank_page(), languages=("ru", "en"))
    assert "ru" not in PpocrBackend().capabilities.languages


def test_a_model_that_is_not_there_is_named(tmp_path):
    backend = PpocrBackend(PpocrOptions(detector=tmp_path / "none.onnx"))
    with pytest.raises(ConfigError, match=r"none\.onnx"):
        read(backend, blank_page())


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    for name in ("openvino", "onnxruntime"):
        backend = PpocrBackend(PpocrOptions(detector=tmp_path / "bad.onnx", runtime=name))
        with pytest.raises(ConfigError, match=r"bad\.onnx"):
            read(backend, blank_page())


def test_the_package_rapidocr_is_never_imported():
    """Importing it would reconfigure logging and pull in a downloader."""
    code = (
        "import sys, ocrkit; from ocrkit.testing.samples import draw_page;"
        "from ocrkit.backends.ppocr import PpocrBackend; from ocrkit.request import Request;"
        "PpocrBackend().recognize(draw_page(['x']).page, Request());"
        "assert not {'rapidocr', 'requests'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=dict(os.environ))
