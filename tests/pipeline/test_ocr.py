"""One document through the whole flow, with the real engine where reading matters and a scripted one elsewhere."""

import gc
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ocrkit
from ocrkit.errors import BackendError, BadResponseError, CapabilityError, ConfigError, SourceError
from ocrkit.geometry import Box, Point, Transform, bounding_box
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.testing.fakes import FailingBackend, ScriptedBackend
from ocrkit.testing.samples import draw_page

LINES = ["Scale, turn and straighten", "and find every word again", "where it was drawn."]
PLAIN = ocrkit.Settings(threads=2)


@pytest.fixture(scope="module")
def ocr():
    with ocrkit.Ocr(settings=PLAIN) as made:
        yield made


@pytest.fixture
def three_pages(tmp_path):
    frames = [Image.fromarray(draw_page([f"Page {number}"]).page.pixels) for number in (1, 2, 3)]
    path = tmp_path / "three.tiff"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


def scripted(*pages, **options):
    return ocrkit.Ocr(ScriptedBackend(*pages, **options), settings=PLAIN)


def test_the_shortest_use(tmp_path):
    path = tmp_path / "page.png"
    Image.fromarray(draw_page(LINES).page.pixels).save(path)
    document = ocrkit.recognize(path, settings=PLAIN)
    assert document.text == "\n".join(LINES)
    assert document.source == str(path)
    assert document.page_count == 1
    assert document.warnings == ()
    assert ocrkit.Document.from_json(document.to_json()) == document


@pytest.mark.parametrize("kind", ["path", "str", "bytes", "file", "image", "array", "gray array"])
def test_every_kind_of_source(ocr, tmp_path, kind):
    picture = Image.fromarray(draw_page(LINES, color=True).page.pixels)
    path = tmp_path / "page.png"
    picture.save(path)
    with path.open("rb") as file:
        source = {
            "path": path, "str": str(path), "bytes": path.read_bytes(), "file": file, "image": picture,
            "array": np.asarray(picture), "gray array": np.asarray(picture.convert("L")),
        }[kind]  # fmt: skip
        assert ocr.recognize(source).text == "\n".join(LINES)
        assert not file.closed


def test_pages_are_numbered_counted_and_chosen(ocr, three_pages):
    document = ocr.recognize(three_pages, pages="3,1")
    assert document.page_count == 3
    assert [page.number for page in document.pages] == [3, 1]
    assert document.text == "Page 3\n\nPage 1"


def test_progress_is_reported_after_each_page(three_pages):
    seen = []
    scripted(["x"]).recognize(three_pages, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("workers", "ahead"), [(1, 2), (2, 4)])
def test_pages_are_streamed_before_the_last_is_decoded(tmp_path, workers, ahead):
    """A few pages are read ahead, never the whole document."""
    picture = Image.new("L", (60, 40), 255)
    picture.save(tmp_path / "ten.tiff", save_all=True, append_images=[picture] * 9)
    backend = ScriptedBackend(["x"])
    stream = ocrkit.Ocr(backend, settings=PLAIN, workers=workers).stream(tmp_path / "ten.tiff")
    next(stream)
    time.sleep(0.3)  # time enough to read them all
    assert 1 <= len(backend.requests) <= ahead + 1
    assert [page.number for page in stream] == [2, 3, 4, 5, 6, 7, 8, 9, 10]


class Brightness(ScriptedBackend):
    """Reads the gray value of the first pixel."""

    def recognize(self, page, request):
        result = super().recognize(page, request)
        line = Line(text=str(int(page.pixels.flat[0])))
        return result.model_copy(update={"blocks": (Block.of([line]),)})


@pytest.mark.parametrize("image_format", ["png", "gif", "webp", "tiff"])
def test_several_workers_read_each_page_of_an_image_file(tmp_path, image_format):
    frames = [Image.new("L", (32, 32), 10 * number) for number in range(20)]
    path = tmp_path / f"frames.{image_format}"
    options = {"lossless": True} if image_format == "webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    with ocrkit.Ocr(Brightness(), settings=PLAIN, workers=8) as ocr:
        document = ocr.recognize(path)
    assert [page.text for page in document.pages] == [str(10 * number) for number in range(20)]


def test_a_broken_document_does_not_stop_the_others(three_pages, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    outcomes = list(scripted(["x"]).recognize_many([three_pages, tmp_path / "broken.png", three_pages]))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Done", "Failure", "Done"]
    assert isinstance(outcomes[1].error, SourceError)
    assert outcomes[1].source == tmp_path / "broken.png"


# ── polygons come back to the page that was handed in ──


def smaller(page):
    factor = 0.6
    size = round(page.width * factor), round(page.height * factor)
    pixels = np.asarray(Image.fromarray(page.pixels).resize(size, Image.Resampling.LANCZOS))
    return page.derive(pixels, Transform.scaling(page.width / size[0], page.height / size[1]))


def turned(page):
    pixels = np.ascontiguousarray(np.rot90(page.pixels, -1))
    return page.derive(pixels, Transform.quarter_turns(1, page.width, page.height).inverse())


def skewed(page):
    turn = Transform.rotation(3.5, Point(page.width / 2, page.height / 2))
    back = turn.inverse()
    matrix = back.on_pixel_centers
    image = Image.fromarray(page.pixels).transform(
        (page.width, page.height), Image.Transform.AFFINE, back[:6], Image.Resampling.BICUBIC, fillcolor=255
    )
    assert matrix != back
    return page.derive(np.asarray(image), back)


@pytest.mark.parametrize(
    "chain",
    [[smaller], [turned], [skewed], [smaller, turned, skewed], [turned, turned, skewed, smaller]],
    ids=lambda chain: "+".join(step.__name__ for step in chain),
)
def test_polygons_land_on_the_right_pixels(chain):
    drawn = draw_page(LINES, font_size=44, size=(800, 420))
    with ocrkit.Ocr(settings=PLAIN, preprocess=chain) as ocr:
        page = ocr.recognize(drawn.page.pixels).pages[0]
    assert page.text == "\n".join(LINES)
    assert (page.width, page.height, page.rotation) == (800, 420, 0)
    assert [step.name for step in page.preprocess] == [step.__name__ for step in chain]
    assert all(step.changed for step in page.preprocess)
    found = sorted((word.text, word.box) for word in page.words)
    for (text, box), (wanted, ink) in zip(found, sorted(drawn.words), strict=True):
        assert text == wanted
        common = box.intersection(ink)
        assert common and common.area > 0.7 * ink.area, text  # noqa: PT018


@pytest.mark.long
def test_the_rotation_is_that_of_the_original_page(tmp_path):
    """The page lies on its side, a step turns it further, and the engine finds out the rest."""
    drawn = draw_page(LINES, rotation=90)
    for chain in ([], [turned], [turned, turned]):
        page = ocrkit.recognize(drawn.page.pixels, preprocess=chain, settings=PLAIN).pages[0]
        assert page.rotation == 270
        assert page.text == "\n".join(LINES)


class Unsorted:
    """Finds level lines in no order: a long one, below it a short one on the left, then one on the right."""

    name = "unsorted"
    capabilities = Capabilities()

    def recognize(self, page, request):
        places = {"last": (600, 300, 900, 330), "first": (100, 100, 900, 130), "second": (100, 200, 300, 230)}
        lines = [Line(text=text, polygon=Box(*place).polygon) for text, place in places.items()]
        trace = Trace(backend=self.name)
        return PageResult(width=page.width, height=page.height, blocks=(Block.of(lines),), trace=trace)

    def close(self):
        pass


@pytest.mark.parametrize("degrees", [0, 35, -35])
def test_lines_are_ordered_while_they_are_horizontal(degrees):
    paper = np.full((900, 1000), 255, np.uint8)
    chain = [{"deskew": {"degrees": degrees, "min_angle": 0}}]
    page = ocrkit.recognize(paper, backend=Unsorted(), preprocess=chain, settings=PLAIN).pages[0]
    assert page.text.split() == ["first", "second", "last"]


def test_prepare_shows_pages_as_the_engine_gets_them(three_pages):
    chain = ["grayscale", {"rotate": {"degrees": 180}}]
    with ocrkit.Ocr(FailingBackend(BackendError("not asked")), preprocess=chain, settings=PLAIN) as ocr:
        second, third = ocr.prepare(three_pages, pages="2-3")
    assert (second.page.number, third.page.number) == (2, 3)
    gray, rotated = second.stages
    assert (gray.step.name, gray.step.changed, gray.page) == ("grayscale", False, second.page)
    assert (rotated.step.name, rotated.step.parameters) == ("rotate", {"degrees": 180})
    assert np.array_equal(rotated.page.pixels, second.page.pixels[::-1, ::-1])
    with pytest.raises(SourceError, match="no such file"):
        next(ocr.prepare("missing.png"))


def test_built_in_steps_and_profiles(three_pages):
    for spec, names in {
        "none": [], "auto": ["auto"], "basic": ["grayscale", "denoise", "binarize"], "grayscale,binarize": ["grayscale", "binarize"],
    }.items():  # fmt: skip
        page = ocrkit.recognize(
            three_pages, backend=ScriptedBackend(["x"]), preprocess=spec, settings=PLAIN
        ).pages[0]
        assert [step.name for step in page.preprocess] == names
    page = ocrkit.recognize(
        three_pages,
        backend=ScriptedBackend(),
        preprocess=["grayscale", {"denoise": {"size": 3}}],
        settings=PLAIN,
    ).pages[0]
    assert page.preprocess[0].changed is False
    assert page.preprocess[1].parameters["size"] == 3


# ── what the result says about itself ──


def test_a_page_says_how_it_was_read(ocr, three_pages):
    page = ocr.recognize(three_pages).pages[1]
    assert page.backend == "ppocr"
    assert page.trace.engine.name == "PP-OCR"
    assert page.trace.engine.device == "cpu"
    assert page.trace.engine.threads == 2
    assert list(page.timings) == [
        "source",
        "preprocess",
        "recognize",
        "tables",
        "order",
        "quality",
        "postprocess",
    ]
    assert page.quality.mean > 0.9
    assert page.quality.coverage > 0.9
    assert "orientation" in ocr.recognize(three_pages).explain()


def test_a_page_with_ink_but_without_words_has_a_warning():
    drawn = draw_page(LINES * 4)
    document = scripted([]).recognize(drawn.page.pixels)
    assert document.text == ""
    assert "page 1: no text was found although the page is not blank" in document.warnings[0]


def test_a_blank_page_is_an_empty_result_without_a_warning(ocr):
    document = ocr.recognize(np.full((500, 400), 255, np.uint8))
    assert (document.text, document.warnings, document.pages[0].blocks) == ("", (), ())


def test_two_columns_are_read_one_after_the_other(ocr):
    left = draw_page(
        ["The left column has lines", "of its own that end here", "and says so plainly."], size=(620, 300)
    )
    right = draw_page(
        ["The right one is read", "only after the left one", "has come to its end."], size=(620, 300)
    )
    page = np.hstack([left.page.pixels, right.page.pixels])
    assert ocr.recognize(page).text == f"{left.text}\n\n{right.text}"


# ── who reads ──


class ByItself:
    """A stranger's backend: no base class, no options."""

    name = "by-itself"
    capabilities = Capabilities()

    def recognize(self, page, request):
        return PageResult(
            index=page.index, width=page.width, height=page.height, trace=Trace(backend=self.name)
        )

    def close(self):
        pass


def test_a_backend_by_instance_class_path_and_name(three_pages):
    for backend in (ByItself(), ByItself):
        assert ocrkit.recognize(three_pages, backend=backend, settings=PLAIN).pages[0].backend == "by-itself"
    for spec in ("null", "ocrkit.backends.null:NullBackend"):
        assert ocrkit.recognize(three_pages, backend=spec, settings=PLAIN).pages[0].backend == "null"


def test_a_backend_of_the_caller_is_not_closed():
    backend = ScriptedBackend()
    with ocrkit.Ocr(backend, settings=PLAIN):
        pass
    assert backend.closed == 0


def test_an_unknown_backend_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"ppocr.*tesseract|tesseract.*ppocr"):
        ocrkit.Ocr("ppcr", settings=PLAIN)


def test_an_unsupported_language_is_refused_at_once():
    with pytest.raises(CapabilityError, match="'ru'") as caught:
        ocrkit.Ocr("ppocr", languages=["ru"], settings=PLAIN)
    assert "tesseract" in str(caught.value)


def test_languages_reach_the_backend_in_canonical_form(three_pages):
    backend = ScriptedBackend(["x"])
    ocrkit.Ocr(backend, languages="EN, zh_CN", mode="handwritten", scene="receipt", settings=PLAIN).recognize(
        three_pages
    )
    request = backend.requests[0]
    assert (request.languages, request.mode, request.scene) == (("en", "zh-Hans"), "handwritten", "receipt")


def test_missing_arguments_come_from_the_settings(three_pages):
    backend = ScriptedBackend(["x"])
    settings = ocrkit.Settings(languages=("de",), mode="printed", scene="line", preprocess="basic")
    page = ocrkit.Ocr(backend, settings=settings).recognize(three_pages).pages[0]
    request = backend.requests[0]
    assert (request.languages, request.mode, request.scene) == (("de",), "printed", "line")
    assert len(page.preprocess) == 3


def test_settings_come_from_the_folder_unless_given(tmp_path, monkeypatch, three_pages):
    (tmp_path / "ocrkit.toml").write_text('backend = "null"\n[profiles.accurate]\nbackend = "ppocr"\n')
    monkeypatch.chdir(tmp_path)
    assert ocrkit.Ocr().backend.name == "null"
    assert ocrkit.Ocr("ppocr").backend.name == "ppocr"
    monkeypatch.setenv("OCRKIT_PROFILE", "accurate")
    assert ocrkit.Ocr().backend.name == "ppocr"
    assert ocrkit.Ocr(settings={"backend": "null"}).backend.name == "null"
    assert ocrkit.Ocr(settings=ocrkit.Settings()).backend.name == "auto"


# ── what goes wrong ──


def test_a_failing_page_is_named(three_pages):
    ocr = ocrkit.Ocr(FailingBackend(ValueError("out of cheese")), settings=PLAIN)
    with pytest.raises(BackendError, match=r"failing, page 2: .*ValueError: out of cheese"):
        ocr.recognize(three_pages, pages="2")


def test_typed_errors_pass_with_their_page(three_pages):
    ocr = ocrkit.Ocr(FailingBackend(ocrkit.RateLimitError("slow down", retry_after=3)), settings=PLAIN)
    with pytest.raises(ocrkit.RateLimitError) as caught:
        ocr.recognize(three_pages)
    assert (caught.value.backend, caught.value.page, caught.value.retry_after) == ("failing", 1, 3)


def test_a_backend_that_returns_no_result_is_an_error(three_pages):
    class Careless(ByItself):
        def recognize(self, page, request):
            return "text"

    with pytest.raises(BadResponseError, match="str, not a PageResult"):
        ocrkit.recognize(three_pages, backend=Careless(), settings=PLAIN)


def test_a_step_that_returns_no_page_is_an_error(three_pages):
    def broken(page):
        return None

    with pytest.raises(ocrkit.PreprocessError, match=r"page 1: .*'broken' returned NoneType"):
        ocrkit.recognize(three_pages, backend=ByItself(), preprocess=[broken], settings=PLAIN)


def test_a_step_that_raises_fails_only_its_document(three_pages):
    def broken(page):
        raise ZeroDivisionError("by nothing")

    ocr = ocrkit.Ocr(ByItself(), preprocess=[broken], settings=PLAIN)
    outcomes = list(ocr.recognize_many([three_pages, three_pages]))
    assert [type(outcome) for outcome in outcomes] == [ocrkit.Failure, ocrkit.Failure]
    assert (
        str(outcomes[0].error)
        == "page 1: the preprocessing step 'broken' failed with ZeroDivisionError: by nothing"
    )


def test_a_stored_failure_does_not_hold_the_page_in_memory(three_pages):
    seen = []

    class Watched(ByItself):
        def recognize(self, page, request):
            seen.append(weakref.ref(page.pixels))
            raise RuntimeError

    outcomes = list(ocrkit.Ocr(Watched(), settings=PLAIN).recognize_many([three_pages] * 3))
    gc.collect()
    assert len(outcomes) == len(seen) == 3
    assert [pixels() for pixels in seen] == [None] * 3


@pytest.mark.parametrize(
    "outline", [(), (Point(0, 0),), (Point(0, 0), Point(1, 0))], ids=["nothing", "a point", "a stroke"]
)
def test_an_invalid_polygon_is_an_error(three_pages, outline):
    class Careless(ByItself):
        def recognize(self, page, request):
            line = Line(text="x", polygon=outline)
            return super().recognize(page, request).model_copy(update={"blocks": (Block(lines=(line,)),)})

    with pytest.raises(BadResponseError, match="an invalid polygon"):
        ocrkit.recognize(three_pages, backend=Careless(), settings=PLAIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "nonsense"}, {"scene": "nonsense"}, {"languages": [None]}, {"languages": b"en"}, {"languages": 5},
        {"languages": "english"}, {"preprocess": 5}, {"preprocess": "nonsense"}, {"preprocess": [None]},
        {"backend": 7}, {"settings": "ocrkit.toml"}, {"settings": {"backnd": "null"}},
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_kind_of_error(wrong):
    with pytest.raises(ConfigError):
        ocrkit.Ocr(**{"settings": PLAIN, **wrong})


@pytest.mark.parametrize("wrong", ["", "0", "4", "3-1", "two", 4, [1, 4], range(4), [], 1.5])
def test_wrong_pages_are_one_kind_of_error(three_pages, wrong):
    with pytest.raises(ConfigError, match=r"pages 1 to 3|write|counted from 1|a page selection must be"):
        scripted(["x"]).recognize(three_pages, pages=wrong)


def test_one_backend_in_two_ocr_objects_is_called_once_at_a_time(three_pages):
    busy, most = [], []

    class Alone(ByItself):
        def recognize(self, page, request):
            busy.append(1)
            most.append(len(busy))
            time.sleep(0.02)
            busy.pop()
            return super().recognize(page, request)

    backend = Alone()
    hands = [ocrkit.Ocr(backend, settings=PLAIN), ocrkit.Ocr(backend, settings=PLAIN)]
    threads = [threading.Thread(target=ocr.recognize, args=(three_pages,)) for ocr in hands * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


@pytest.mark.parametrize(("sharing", "at_once"), [("shared", 2), ("per-instance", 1), ("serial", 1)])
def test_backends_are_shared_as_their_capabilities_say(three_pages, sharing, at_once):
    meeting = threading.Barrier(at_once, timeout=60)
    busy, most = [], []

    class Counting(ByItself):
        capabilities = Capabilities(sharing=sharing)

        def recognize(self, page, request):
            busy.append(1)
            meeting.wait()
            most.append(len(busy))
            time.sleep(0.02)  # long enough for one too many to come in
            busy.pop()
            return super().recognize(page, request)

    ocr = ocrkit.Ocr(Counting(), settings=PLAIN)
    threads = [
        threading.Thread(target=ocr.recognize, args=(three_pages,), kwargs={"pages": "1"}) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == at_once


@pytest.mark.parametrize("limit", [{"max_side": 100}, {"max_pixels": 5000}])
def test_a_page_above_the_limit_of_the_backend_is_refused_before_the_call(three_pages, limit):
    class Small(ByItself):
        capabilities = Capabilities(**limit)

        def recognize(self, page, request):
            raise AssertionError("it was asked")

    with pytest.raises(CapabilityError, match=r"by-itself, page 1: does not accept a page of .*limit"):
        ocrkit.recognize(three_pages, backend=Small(), settings=PLAIN)


def test_a_missing_file_is_one_clear_error():
    with pytest.raises(SourceError, match=r"nowhere\.pdf"):
        scripted().recognize(Path("nowhere.pdf"))


def test_bounding_boxes_follow_polygons(ocr):
    page = ocr.recognize(draw_page(LINES).page.pixels).pages[0]
    for word in page.words:
        assert word.box == bounding_box(word.polygon)


# ── settings ──


class Shout(ScriptedBackend):
    name = "shout"


def test_settings_are_those_in_use():
    ocr = ocrkit.Ocr("null", languages=["de"], mode="handwritten", preprocess="none", workers=3)
    assert (ocr.settings.backend, ocr.settings.languages, ocr.settings.mode) == (
        "null",
        ("de",),
        "handwritten",
    )
    assert (ocr.settings.preprocess, ocr.settings.workers) == ("none", 3)


def test_settings_show_objects_by_name():
    assert ocrkit.Ocr(Shout(["x"])).settings.backend == "shout"
    assert ocrkit.Ocr(ocrkit.backends.null.NullBackend).settings.backend == "ocrkit.backends.null:NullBackend"
    steps = ocrkit.Ocr(
        "null", preprocess=["grayscale", {"denoise": {"size": 3}}, smaller]
    ).settings.preprocess
    assert steps == ("grayscale", {"denoise": {"size": 3}}, f"{__name__}:smaller")
