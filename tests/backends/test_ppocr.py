"""The backend `ppocr`, with the real engine and the bundled models."""

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions, runtime
from ocrkit.backends.ppocr.bundled_models import DETECTION, LANGUAGES, RECOGNITION, model_path
from ocrkit.backends.ppocr.recognition import crop_line
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
    backend = PpocrBackend(PpocrOptions(threads=2))
    yield backend
    backend.close()


def read(backend, page, **request):
    return backend.recognize(page, Request(**request))


def line_texts(result, key=lambda line: line.box.top):
    return [line.text for line in sorted(result.lines, key=key)]


def run_python(code):
    """Run code in a new process in which every warning is an error."""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=100)


def load_network(model):
    return runtime.load(
        model_path(model), runtime="openvino", device="cpu", threads=1, streams=1, precision="auto"
    )


class TestConformance(BackendConformance):
    def make(self):
        return PpocrBackend(PpocrOptions(threads=1))


@pytest.mark.long
class TestConformanceOnOnnxRuntime(BackendConformance):
    def make(self):
        return PpocrBackend(PpocrOptions(threads=1, runtime="onnxruntime"))


def test_english_print_is_read_without_errors(backend):
    assert line_texts(read(backend, draw_page(PROSE).page)) == PROSE


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("de", ["Größe über alles: Fußgänger müssen", "während der Übung draußen bleiben."]),
        ("fr", ["L'été où nous étions près du château,", "garçon, ça coûtait déjà très cher."]),
        ("sv", ["Åsa åt sju överkörda köttbullar", "på en öde ö i skärgården."]),
        ("es", ["¿Dónde está el niño pequeño?", "Mañana será otro día, señor."]),
    ],
)
def test_accented_latin_letters_are_read(backend, latin_font, language, lines):
    assert (
        line_texts(read(backend, draw_page(lines, font_size=40, font=latin_font).page, languages=(language,)))
        == lines
    )


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("zh-Hans", ["日出之前港口十分安静，", "三月十四日有两条船回来。"]),
        ("ja", ["夜明け前の港は静かで、", "戻った船は二隻だけだった。"]),
    ],
)
def test_chinese_and_japanese_are_read(backend, cjk_font, language, lines):
    assert line_texts(read(backend, draw_page(lines, font=cjk_font).page, languages=(language,))) == lines


def test_words_are_split_where_the_script_changes(backend, cjk_font):
    result = read(backend, draw_page(["使用 Python 编程"], font=cjk_font, font_size=48).page)
    assert [word.text for word in result.words] == ["使用", "Python", "编程"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_pages_are_read_with_polygons_in_page_pixels(backend, rotation):
    drawn = draw_page(PROSE, rotation=rotation)
    result = read(backend, drawn.page)
    assert result.rotation == -rotation % 360
    assert sorted(line.text for line in result.lines) == sorted(PROSE)
    assert_word_boxes_match(result, drawn)


@pytest.fixture
def vertical_page(cjk_font):
    """Vertical Japanese: columns from right to left."""
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


def test_vertical_text_is_not_taken_for_a_rotated_page(backend, vertical_page):
    page, columns = vertical_page
    result = read(backend, page, languages=("ja",))
    assert result.rotation == 0
    assert line_texts(result, key=lambda line: -line.box.left) == columns
    assert "vertical" in result.trace.decisions[0].reason
    assert order(result).text == "\n".join(columns)


@pytest.mark.parametrize("rotation", [90, 270])
def test_rotated_japanese_page_is_not_taken_for_vertical_text(backend, cjk_font, rotation):
    lines = ["夜明け前の港は静かで売れる", "三月十四日の火曜日書記は", "三十七行を書き入れた"]
    result = read(backend, draw_page(lines, font=cjk_font, font_size=40, rotation=rotation).page)
    assert result.rotation == -rotation % 360
    assert order(result).text == "\n".join(lines)


@pytest.mark.parametrize(("font_size", "color"), [(20, False), (32, True), (90, False)])
def test_word_boxes_match_the_drawn_words(backend, font_size, color):
    drawn = draw_page(PROSE, font_size=font_size, color=color)
    assert_word_boxes_match(read(backend, drawn.page), drawn)


def assert_word_boxes_match(result, drawn):
    found = sorted((word.text, word.box) for word in result.words)
    expected = sorted(drawn.words)
    assert [text for text, _ in found] == [text for text, _ in expected]
    for (text, box), (_, ink) in zip(found, expected, strict=True):
        overlap = box.intersection(ink)
        assert overlap, text
        assert overlap.area > 0.75 * ink.area, text
        assert box.area < 2.2 * ink.area or len(text) < 4, f"the box of {text!r} is much larger than its ink"


def test_skewed_lines_have_skewed_polygons(backend):
    drawn = draw_page(PROSE)
    height, width = drawn.page.pixels.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -4, 1.0)
    skewed = cv2.warpAffine(drawn.page.pixels, turn, (width, height), borderValue=255)
    result = read(backend, Page(skewed))
    assert line_texts(result) == PROSE
    for line in result.lines:
        start, end = line.polygon[0], line.polygon[1]
        slope = np.degrees(np.arctan2(end.y - start.y, end.x - start.x))
        assert slope == pytest.approx(4, abs=1)


def test_small_print_gets_a_second_detection_pass(backend):
    drawn = draw_page(PROSE * 5, font_size=15, size=(2000, 1200))
    one_pass = PpocrBackend(PpocrOptions(threads=2, smallest_text=0, detection_pixels=150_000))
    two_passes = PpocrBackend(PpocrOptions(threads=2, detection_pixels=150_000))
    complete = read(two_passes, drawn.page)
    assert len(complete.text) > 0.95 * len(drawn.text)
    assert len(complete.lines) == 20
    assert len(read(one_pass, drawn.page).text) < len(complete.text)


@pytest.mark.parametrize("size", [(4000, 40), (40, 4000), (1, 1), (3, 900), (64, 64)])
def test_blank_pages_of_extreme_shapes_have_no_blocks(backend, size):
    assert read(backend, blank_page(*size)).blocks == ()


def test_long_line_is_read(backend):
    line = "one two three four five six seven eight nine ten eleven twelve " * 3
    result = read(backend, draw_page([line.strip()], font_size=30).page)
    assert " ".join(line_texts(result, key=lambda line: line.box.left)).split() == line.split()


def test_line_wider_than_the_network_input_is_read_in_parts(backend):
    words = [f"item{n}" for n in range(11, 99) if n % 10]
    result = read(backend, draw_page([" ".join(words)], font_size=24).page)
    assert [word.text for word in result.words] == words
    lefts = [word.box.left for word in result.words]
    assert lefts == sorted(lefts)


def test_network_output_does_not_change_when_the_network_runs_again():
    network = load_network(DETECTION)
    first = network(np.zeros((1, 3, 64, 64), np.float32))
    before = first.copy()
    second = network(np.ones((1, 3, 64, 64), np.float32))
    assert not np.shares_memory(first, second)
    assert np.array_equal(first, before)


@pytest.mark.long
def test_several_threads_can_load_the_engine_at_once():
    code = """
import threading, ocrkit
from ocrkit.testing.samples import draw_page
page, texts = draw_page(["all at once"]).page.pixels, []
def read():
    texts.append(ocrkit.recognize(page, settings=ocrkit.Settings(threads=1)).text)
threads = [threading.Thread(target=read) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert texts == ["all at once"] * 6, texts
"""
    run_python(code)


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_ctrl_c_is_an_exception_after_engines_were_freed():
    code = """
import gc, os, signal
from ocrkit.backends.ppocr import PpocrBackend, PpocrOptions
from ocrkit.request import Request
from ocrkit.testing.samples import draw_page
page = draw_page(["engines are freed"]).page
for threads in (1, 2):
    PpocrBackend(PpocrOptions(threads=threads)).recognize(page, Request())
gc.collect()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=100)
    assert (done.returncode, done.stdout) == (0, b"interrupted\n")


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_forked_process_raises_an_error_instead_of_blocking():
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
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)


def test_scene_line_reads_the_page_as_one_line_without_detection(backend):
    drawn = draw_page(["Only this line"], font_size=36)
    box = bounding_box(corner for _, box in drawn.words for corner in box.polygon)
    crop = drawn.page.pixels[int(box.top) - 4 : int(box.bottom) + 4, int(box.left) - 4 : int(box.right) + 4]
    result = read(backend, Page(np.ascontiguousarray(crop)), scene="line")
    assert line_texts(result) == ["Only this line"]
    assert result.lines[0].box == Box(0, 0, crop.shape[1], crop.shape[0])


def test_confidence_is_lower_on_a_noisy_page(backend):
    clean = draw_page(PROSE[:2], font_size=24)
    noise = np.random.default_rng(1).normal(0, 90, clean.page.pixels.shape)
    noisy = np.clip(clean.page.pixels + noise, 0, 255).astype(np.uint8)
    clean_lines = read(backend, clean.page).lines
    noisy_lines = read(backend, Page(cv2.blur(noisy, (7, 7)))).lines
    lowest = min(line.confidence for line in clean_lines)
    assert lowest > 0.98
    assert noisy_lines
    assert min(line.confidence for line in noisy_lines) < lowest - 0.02


def test_words_are_marked_handwritten_only_in_that_mode(backend):
    result = read(backend, draw_page(PROSE[:1]).page, mode="handwritten")
    assert {word.handwritten for word in result.words} == {"requested"}
    assert {word.handwritten for word in read(backend, draw_page(PROSE[:1]).page).words} == {None}


@pytest.mark.parametrize("language", ["ru", "ko", "ar", "vi", "el"])
def test_language_outside_the_alphabet_is_rejected(backend, language):
    with pytest.raises(CapabilityError, match=language):
        read(backend, blank_page(), languages=(language,))


def test_languages_are_listed_only_if_the_alphabet_has_their_letters():
    network = load_network(RECOGNITION)
    alphabet = set(network.metadata["character"].splitlines())
    letters = {
        "de": "äöüßÄÖÜ", "fr": "àâæçéèêëîïôœùûüÿÉÀ", "pl": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "cs": "áčďéěíňóřšťúůýž",
        "hu": "áéíóöőúüű", "tr": "çğıİöşü", "ro": "ăâîșț", "lv": "āčēģīķļņšūž", "lt": "ąčęėįšųūž",
        "is": "áðéíóúýþæö", "mt": "ċġħż", "pt": "ãõáâêéíóôúç", "nb": "æøåÆØÅ", "eo": "ĉĝĥĵŝŭ", "cy": "ŵŷâêîôû",
        "hr": "čćđšž", "sk": "ľĺŕôäčšž", "et": "õäöüšž", "ca": "çàèéíòóúï", "ga": "áéíóú",
    }  # fmt: skip
    for language, needed in letters.items():
        assert language in LANGUAGES
        assert set(needed) <= alphabet, language
    for language, needed in {"vi": "ạảấầẩẫậ", "el": "άέήίόύώ", "ru": "жщъыэ", "ko": "한국"}.items():
        assert language not in LANGUAGES
        assert not set(needed) <= alphabet, language


@pytest.mark.long
def test_both_runtimes_give_the_same_result():
    page = draw_page(PROSE).page
    openvino, onnxruntime = (
        PpocrBackend(PpocrOptions(threads=1, runtime=name)).recognize(page, Request())
        for name in ("openvino", "onnxruntime")
    )
    assert openvino.text == onnxruntime.text
    for one, other in zip(openvino.words, onnxruntime.words, strict=True):
        assert one.box == pytest.approx(other.box, abs=3)
    assert openvino.trace.engine.runtime.startswith("openvino ")
    assert onnxruntime.trace.engine.runtime.startswith("onnxruntime ")


@pytest.mark.long
def test_number_of_threads_does_not_change_the_result():
    page = draw_page(PROSE * 3).page
    one, two = (PpocrBackend(PpocrOptions(threads=count)).recognize(page, Request()) for count in (1, 2))
    assert one.blocks == two.blocks
    assert (one.trace.engine.threads, two.trace.engine.threads) == (1, 2)


def test_cuda_falls_back_to_the_cpu_with_the_reason_as_a_warning():
    if runtime.cuda_obstacle() is None:
        pytest.skip("CUDA may be available")
    backend = PpocrBackend(PpocrOptions(device="cuda"))
    result = read(backend, draw_page(PROSE[:1]).page)
    assert line_texts(result) == PROSE[:1]
    assert result.trace.engine.device == "cpu"
    assert "CUDA cannot be used" in result.warnings[0]
    assert "without CUDA" in result.warnings[0]


def test_required_cuda_that_is_unavailable_is_an_error():
    if runtime.cuda_obstacle() is None:
        pytest.skip("CUDA may be available")
    with pytest.raises(BackendUnavailableError, match="without CUDA"):
        read(PpocrBackend(PpocrOptions(device="cuda", require_device=True)), blank_page())


def test_configured_recognizer_adds_its_language():
    backend = PpocrBackend(PpocrOptions(recognizers={"ru": model_path(RECOGNITION)}))
    assert "ru" in backend.capabilities.languages
    assert line_texts(read(backend, draw_page(PROSE[:1]).page, languages=("ru",))) == PROSE[:1]
    with pytest.raises(CapabilityError, match="no single model"):
        read(backend, blank_page(), languages=("ru", "en"))
    assert "ru" not in PpocrBackend().capabilities.languages


def test_missing_model_file_is_an_error_with_its_path(tmp_path):
    backend = PpocrBackend(PpocrOptions(detector=tmp_path / "none.onnx"))
    with pytest.raises(ConfigError, match=r"none\.onnx"):
        read(backend, blank_page())


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_invalid_model_file_is_an_error_with_its_path(tmp_path, name):
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    backend = PpocrBackend(PpocrOptions(detector=tmp_path / "bad.onnx", runtime=name))
    with pytest.raises(ConfigError, match=r"bad\.onnx"):
        read(backend, blank_page())


def test_the_package_rapidocr_is_never_imported():
    """Its import configures logging and loads a downloader."""
    run_python(
        "import sys; from ocrkit.testing.samples import draw_page;"
        "from ocrkit.backends.ppocr import PpocrBackend; from ocrkit.request import Request;"
        "PpocrBackend().recognize(draw_page(['x']).page, Request());"
        "assert not {'rapidocr', 'requests'} & set(sys.modules)"
    )


def test_a_line_at_the_very_edge_of_the_image_is_cropped() -> None:
    image = np.full((40, 200), 255, np.uint8)
    for left, top, right, bottom in ((20, 40, 180, 41), (200, 5, 203, 30), (-3, -4, 0, 0)):
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
        assert crop_line(image, corners).shape[0] > 0
