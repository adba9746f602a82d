"""The backend `tesseract`, with both runners and the real engine."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

import ocrkit
from ocrkit.backends.base import SupportsDiagnosis
from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.backends.tesseract.errors import ERRORS, translate_error
from ocrkit.backends.tesseract.installation import find_tessdata, install_command, packs_in
from ocrkit.backends.tesseract.languages import PACKS, choose_packs
from ocrkit.backends.tesseract.page_image import median_letter_height, page_image
from ocrkit.backends.tesseract.parse import parse
from ocrkit.errors import (
    BackendTimeoutError,
    BackendUnavailableError,
    BadResponseError,
    CapabilityError,
    ConfigError,
    MissingDependencyError,
)
from ocrkit.geometry import IDENTITY, Transform
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.testing import BackendConformance, draw_page
from ocrkit.testing.samples import blank_page

RUNNERS = ("tesserocr", "pytesseract")
PROSE = (
    "When Zarah sold 37 jumping quartz foxes, the village",
    "complained bitterly, and nobody had been asked before.",
    "Invoice number 20448, payable within thirty days, was",
    "never sent to anyone who lived in the old mill house.",
    "The council met twice that week without any result.",
)


@pytest.fixture(params=RUNNERS)
def runner(request, require_program, require_module):
    require_program("tesseract")
    require_module(request.param)
    return request.param


@pytest.fixture
def make_backend(runner):
    backends = []

    def make_backend(**options):
        backends.append(TesseractBackend(TesseractOptions(runner=runner, **options)))
        return backends[-1]

    yield make_backend
    for backend in backends:
        backend.close()


class _Conformance(BackendConformance):
    runner = "auto"

    @pytest.fixture(autouse=True)
    def _installed(self, require_program, require_module):
        require_program("tesseract")
        require_module(self.runner)

    def make(self):
        return TesseractBackend(TesseractOptions(runner=self.runner))

    def other_request(self):
        return Request(languages=("de", "fr"), scene="line", mode="printed")


class TestTesserocr(_Conformance):
    runner = "tesserocr"


class TestPytesseract(_Conformance):
    runner = "pytesseract"


# runners


def test_both_runners_give_the_same_result(require_program, require_module):
    require_program("tesseract")
    require_module("tesserocr")
    page = draw_page([*PROSE, "", "", *PROSE[:3]], font_size=28).page
    one, other = (
        TesseractBackend(TesseractOptions(runner=runner)).recognize(page, Request()) for runner in RUNNERS
    )
    assert one.text == other.text
    assert [len(block.lines) for block in one.blocks] == [len(block.lines) for block in other.blocks]
    for left, right in zip(one.words, other.words, strict=True):
        assert np.abs(np.array(left.polygon) - np.array(right.polygon)).max() <= 2
        assert left.confidence == pytest.approx(right.confidence, abs=0.1)


def test_result_describes_the_engine(make_backend, runner):
    result = make_backend().recognize(draw_page("some words", dpi=200).page, Request(languages=("en", "de")))
    engine = result.trace.engine
    assert (engine.name, engine.model, engine.device, engine.threads) == ("Tesseract", "eng+deu", "cpu", 1)
    assert engine.runtime == {"tesserocr": "tesserocr", "pytesseract": "tesseract program"}[runner]
    assert engine.version[0].isdigit()
    assert result.trace.decisions[0].choice == "eng+deu"
    assert result.dpi == 200


def test_capabilities_depend_on_the_runner(make_backend, runner):
    capabilities = make_backend().capabilities
    assert capabilities.native is (runner == "tesserocr")
    assert capabilities.killable is (runner == "pytesseract")


def test_paragraphs_become_blocks_with_their_lines(make_backend):
    result = make_backend().recognize(
        draw_page([*PROSE[:2], "", "", *PROSE[2:]]).page, Request(languages=("en",))
    )
    assert result.text == "\n".join(PROSE[:2]) + "\n\n" + "\n".join(PROSE[2:])


def test_two_columns_are_read_one_after_the_other(make_backend):
    left = draw_page(PROSE, font_size=26).page.pixels
    right = draw_page(PROSE[::-1], font_size=26, size=left.shape[::-1]).page.pixels
    text = make_backend().recognize(Page(np.hstack([left, right])), Request()).text
    assert text.replace("\n\n", "\n").splitlines() == [*PROSE, *PROSE[::-1]]


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("de", ["Größe und Gewicht der süßen Äpfel", "müssen überall gleich groß sein"]),
        ("fr", ["Vous êtes allés à la plage cet été", "et la forêt brûlée a déjà reverdi"]),
    ],
)
def test_accented_letters_are_read_with_the_pack_of_the_language(make_backend, latin_font, tag, text):
    page = draw_page(text, font_size=40, font=latin_font).page
    result = make_backend().recognize(page, Request(languages=(tag,)))
    assert result.text.splitlines() == text


@pytest.mark.parametrize(
    ("tag", "text"), [("zh-Hans", "今天天气很好我们去公园散步"), ("ja", "東京は日本の首都であり人口が多い")]
)
def test_chinese_and_japanese_are_read_without_spaces(make_backend, cjk_font, tag, text):
    page = draw_page([text] * 2, font_size=48, font=cjk_font).page
    result = make_backend().recognize(page, Request(languages=(tag,))).text
    assert " " not in result
    correct = sum(one == other for one, other in zip(result, f"{text}\n{text}", strict=False))
    assert correct >= len(text) * 1.8


# scenes, orientation, size


def test_single_line_is_read_in_every_scene(make_backend):
    line = draw_page("42 apples", font_size=30).page
    backend = make_backend()
    for scene in ("document", "line", "sparse"):
        assert backend.recognize(line, Request(scene=scene)).text == "42 apples"


@pytest.mark.parametrize(
    "rotation", [0, 90, pytest.param(180, marks=pytest.mark.long), pytest.param(270, marks=pytest.mark.long)]
)
def test_rotated_pages_are_read_with_polygons_in_page_pixels(make_backend, rotation):
    drawn = draw_page(PROSE, font_size=28, rotation=rotation)
    result = make_backend().recognize(drawn.page, Request(languages=("en",)))
    assert result.text == drawn.text
    assert result.rotation == -rotation % 360
    back = Transform.quarter_turns(result.rotation // 90, drawn.page.width, drawn.page.height)
    for word, (text, box) in zip(result.words, drawn.words, strict=True):
        assert word.text == text
        assert np.abs(np.array(word.box) - np.array(box)).max() <= 5
        start, end = (back.point(point) for point in word.polygon[:2])
        assert end.x > start.x
        assert end.y == pytest.approx(start.y)


@pytest.mark.long
def test_other_orientations_are_tried_only_if_enabled(make_backend):
    page = draw_page(PROSE, font_size=28, rotation=180).page
    assert make_backend(orientation=False).recognize(page, Request()).rotation == 0
    assert make_backend(orientation=False, page_segmentation=1).recognize(page, Request()).rotation == 180


def test_automatic_upscaling_makes_small_print_readable():
    drawn = draw_page(PROSE, font_size=12)
    missed, found = {}, {}
    for preprocess in ("none", "auto"):
        page = ocrkit.recognize(
            drawn.page.pixels, backend="tesseract", preprocess=preprocess, settings=ocrkit.Settings()
        ).pages[0]
        found = {word.text: word.box for word in page.words}
        missed[preprocess] = sum(word not in found for word in drawn.text.split())
    assert [step.name for step in page.preprocess] == ["auto", "upscale"]
    assert missed["auto"] * 2 < missed["none"]
    assert np.abs(np.array(found["Zarah"]) - dict(drawn.words)["Zarah"]).max() <= 2
    assert all(box.right <= drawn.page.width for box in found.values())


def test_engine_gets_the_pixels_and_resolution_of_the_page():
    page = draw_page(PROSE, font_size=9, dpi=300).page
    image = page_image(page)
    assert image.pixels is page.pixels
    assert (image.dpi, image.to_page) == (300, IDENTITY)


def test_unknown_resolution_is_estimated_from_the_letters():
    small, large = (page_image(draw_page(PROSE, font_size=size).page).dpi for size in (20, 40))
    assert 1.6 < large / small < 2.5
    assert median_letter_height(blank_page().pixels) is None
    assert page_image(blank_page()).dpi == 300


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (7, 300), (9, 9), (12, 3000, 3)])
def test_pages_of_extreme_shapes_give_a_result(make_backend, shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    result = make_backend().recognize(Page(pixels), Request())
    assert (result.height, result.width) == shape[:2]


def test_page_too_large_for_the_engine_is_rejected(make_backend):
    with pytest.raises(CapabilityError, match="32767"):
        make_backend().recognize(blank_page(33_000, 10), Request())


def test_nothing_is_written_to_stderr(make_backend, capfd):
    specks = np.full((600, 800), 255, np.uint8)
    specks[np.random.default_rng(2).random(specks.shape) < 0.02] = 0
    make_backend().recognize(Page(specks), Request())
    assert capfd.readouterr() == ("", "")


# languages


def test_language_tags_are_mapped_to_packs():
    installed = {"eng", "deu", "chi_sim", "chi_tra", "srp_latn", "deu_latf", "por", "osd"}

    def packs(*tags):
        return choose_packs(Request(languages=tags).languages, installed)[0]

    assert packs("zh") == packs("zh-CN") == packs("zh-Hans") == ("chi_sim",)
    assert packs("zh-TW") == ("chi_tra",)
    assert packs("sr-Latn") == ("srp_latn",)
    assert packs("de-Latf") == ("deu_latf",)
    assert packs("pt-BR") == ("por",)
    assert packs("en-GB", "de", "en") == ("eng", "deu")
    assert packs("native:deu+eng") == ("deu", "eng")


def test_language_packs_of_debian_have_tags():
    assert len(PACKS) > 120
    assert {"kat_old", "aze_cyrl", "uzb_cyrl", "frk", "nor", "fil"} <= {names[0] for names in PACKS.values()}


def test_missing_pack_is_an_error_with_the_install_command(make_backend):
    with pytest.raises(MissingDependencyError, match="apt install tesseract-ocr-chi-tra-vert") as caught:
        make_backend().recognize(draw_page("text").page, Request(languages=("en", "native:chi_tra_vert")))
    assert caught.value.install == install_command(["chi_tra_vert"])


def test_install_command_fits_the_platform():
    assert install_command(["chi_sim", "deu"], platform="linux") == (
        "sudo apt install tesseract-ocr-chi-sim tesseract-ocr-deu"
    )
    assert install_command(platform="linux") == "sudo apt install tesseract-ocr"
    assert install_command(["chi_sim"], platform="darwin") == "brew install tesseract-lang"
    assert install_command(platform="darwin") == "brew install tesseract"
    assert (
        install_command(["script/Fraktur"], platform="linux") == "sudo apt install tesseract-ocr-script-frak"
    )
    assert "winget" in install_command(platform="win32")


def test_language_without_a_pack_is_rejected(make_backend):
    with pytest.raises(CapabilityError, match="tlh"):
        make_backend().recognize(draw_page("text").page, Request(languages=("en", "tlh")))
    with pytest.raises(CapabilityError, match="not the name"):
        choose_packs(["native:eng; rm"], {"eng"})


def test_default_language_is_english_or_the_first_pack_with_a_warning():
    assert choose_packs([], {"deu", "eng", "osd"})[0] == ("eng",)
    packs, decision, warning = choose_packs([], {"osd", "fra", "deu"})
    assert packs == ("deu",)
    assert "deu" in warning
    assert decision.choice == "deu"
    with pytest.raises(MissingDependencyError):
        choose_packs([], {"osd"})


# the program: environment, deadline, temporary files


def write_program(folder: Path, body: str) -> str:
    """Write a shell script that replaces tesseract; `$2` is the path of its output, without extension."""
    if os.name != "posix":
        pytest.skip("needs shell scripts")
    program = folder / "tesseract"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "  *--list-langs*) printf 'List of available languages in \"/nowhere/\" (1):\\neng\\n'; exit;;\n"
        "  *--version*) echo 'tesseract 9.9.9'; exit;;\n"
        "  *--print-parameters*) exit;;\n"
        f"esac\n{body}\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


def backend_with_program(folder, body, **options):
    return TesseractBackend(TesseractOptions(program=write_program(folder, body), **options))


def test_thread_limit_is_set_for_the_program_only(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    backend = backend_with_program(tmp_path, f'env > {tmp_path}/env; : > "$2.tsv"')
    assert backend.recognize(draw_page("text").page, Request(scene="line")).trace.engine.version == "9.9.9"
    assert "OMP_THREAD_LIMIT=1" in (tmp_path / "env").read_text().splitlines()
    assert "OMP_THREAD_LIMIT" not in os.environ


def test_options_and_request_become_arguments_of_the_program(tmp_path):
    backend = backend_with_program(
        tmp_path,
        f'echo "$@" > {tmp_path}/arguments; : > "$2.tsv"',
        engine_mode=1,
        page_segmentation=6,
        tessdata=tmp_path,
        variables={"preserve_interword_spaces": "1"},
    )
    backend.recognize(draw_page("text", dpi=250).page, Request(languages=("en",), scene="line"))
    arguments = (tmp_path / "arguments").read_text()
    for expected in (
        "-l eng",
        "--oem 1",
        "--psm 6",
        "--dpi 250",
        f"--tessdata-dir {tmp_path}",
        "-c preserve_interword_spaces=1",
    ):
        assert expected in arguments


def test_program_is_killed_at_the_deadline(tmp_path):
    page = draw_page("text", index=4).page
    pid = tmp_path / "pid"
    for seconds in (0.3, 3, 30):  # until the machine is fast enough to start the program in time
        backend = backend_with_program(tmp_path, f"echo $$ > {pid}; exec sleep 300", timeout_seconds=seconds)
        with pytest.raises(BackendTimeoutError, match="timeout_seconds") as caught:
            backend.recognize(page, Request())
        assert caught.value.page == 5
        if pid.exists() and pid.read_text():
            break
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_recognition_stops_at_the_deadline(make_backend):
    page = draw_page(PROSE * 8, font_size=28).page
    with pytest.raises(BackendTimeoutError):
        make_backend(timeout_seconds=0.05).recognize(page, Request())


@pytest.mark.parametrize(
    ("body", "timeout_seconds", "error"),
    [
        ("exec sleep 300", 0.5, BackendTimeoutError),
        ("echo broken >&2; exit 1", 60, BackendUnavailableError),
        ("kill -9 $$", 60, BackendUnavailableError),
        ("printf '5\\t1\\t1\\n' > \"$2.tsv\"", 60, BadResponseError),
        ("printf '5\\t1\\t\\377\\n' > \"$2.tsv\"", 60, BadResponseError),
        (": no output", 60, BackendUnavailableError),
    ],
)
def test_failing_program_raises_one_typed_error_and_leaves_no_file(
    tmp_path, monkeypatch, body, timeout_seconds, error
):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    backend = backend_with_program(tmp_path, body, timeout_seconds=timeout_seconds)
    with pytest.raises(error) as caught:
        backend.recognize(draw_page("text").page, Request(scene="line"))
    assert (caught.value.backend, caught.value.page) == ("tesseract", 1)
    assert list(folder.iterdir()) == []


def test_recognition_leaves_no_temporary_file(make_backend, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make_backend().recognize(draw_page(PROSE, rotation=180).page, Request())
    assert list(tmp_path.iterdir()) == []


def test_missing_program_is_an_error_with_the_install_command(tmp_path):
    backend = TesseractBackend(TesseractOptions(program=str(tmp_path / "nothing")))
    with pytest.raises(MissingDependencyError, match=r"apt install tesseract-ocr|brew install tesseract"):
        backend.recognize(draw_page("text").page, Request())


def test_two_backends_run_their_own_programs(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    bodies = {name: f'echo {name} >> {tmp_path}/log; : > "$2.tsv"' for name in ("one", "two")}
    backends = [backend_with_program(tmp_path / name, body) for name, body in bodies.items()]
    for backend in (*backends, backends[0]):
        backend.recognize(draw_page("text").page, Request(scene="line"))
    assert (tmp_path / "log").read_text().split() == ["one", "two", "one"]


# options, packs, doctor


def test_unknown_variables_are_rejected(make_backend):
    with pytest.raises(ConfigError, match="no_such_variable"):
        make_backend(variables={"no_such_variable": "1"}).recognize(draw_page("text").page, Request())


def test_variables_reach_the_engine(make_backend):
    page = draw_page("1O1 O1O", font_size=48).page
    text = (
        make_backend(variables={"tessedit_char_whitelist": "01"}).recognize(page, Request(scene="line")).text
    )
    assert set(text) <= set("01 ")


@pytest.mark.parametrize("mode", [0, 2, 14])
def test_page_segmentation_without_recognition_is_rejected(mode):
    with pytest.raises(ValidationError):
        TesseractOptions(page_segmentation=mode)


def test_folder_without_packs_is_an_error(tmp_path, make_backend):
    with pytest.raises(MissingDependencyError):
        make_backend(tessdata=tmp_path).recognize(draw_page("text").page, Request())


def test_script_packs_are_found_in_the_subfolder(tmp_path):
    (tmp_path / "script").mkdir()
    for name in ("eng", "script/Latin"):
        (tmp_path / f"{name}.traineddata").touch()
    assert packs_in(tmp_path) == {"eng", "script/Latin"}
    assert find_tessdata(tmp_path, None) == tmp_path
    assert find_tessdata(tmp_path / "script" / "none", None) is None


def test_rotated_page_is_read_upright_without_the_pack_osd(make_backend, tmp_path):
    packs = find_tessdata(None, None)
    (tmp_path / "eng.traineddata").symlink_to(packs / "eng.traineddata")
    (tmp_path / "configs").symlink_to(packs / "configs")
    result = make_backend(tessdata=tmp_path).recognize(draw_page(PROSE, rotation=180).page, Request())
    assert result.rotation == 180
    assert "osd" in result.warnings[0]


def test_diagnosis_reports_each_missing_part_with_advice(make_backend, tmp_path):
    backend = make_backend()
    assert isinstance(backend, SupportsDiagnosis)
    findings = backend.diagnose()
    assert all(finding.ok for finding in findings)
    assert any("eng" in finding.text for finding in findings)
    broken = make_backend(program=str(tmp_path / "nothing"), tessdata=tmp_path).diagnose()
    assert [finding.ok for finding in broken] == [False, True, False]
    assert all(finding.advice for finding in broken if not finding.ok)


def test_diagnosis_reports_a_program_that_fails(tmp_path):
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    (finding, *_) = TesseractBackend(TesseractOptions(program=str(program))).diagnose()
    assert not finding.ok


def test_without_tesserocr_the_program_is_used(require_program):
    require_program("tesseract")
    code = """
import sys
sys.modules["tesserocr"] = None
from ocrkit.backends.tesseract import TesseractBackend, TesseractOptions
from ocrkit.errors import MissingDependencyError
from ocrkit.request import Request
from ocrkit.testing import draw_page
page = draw_page("text").page
backend = TesseractBackend()
assert backend.recognize(page, Request()).trace.engine.runtime == "tesseract program"
assert any("tesserocr" in (finding.advice or "") for finding in backend.diagnose())
try:
    TesseractBackend(TesseractOptions(runner="tesserocr")).recognize(page, Request())
except MissingDependencyError as error:
    assert error.install == "pip install 'ocrkit[tesserocr]'"
else:
    raise AssertionError("the runner 'tesserocr' was used although tesserocr is not installed")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_auto_prefers_the_library_unless_a_program_is_named(require_program, require_module, tmp_path):
    require_program("tesseract")
    require_module("tesserocr")
    assert TesseractBackend().capabilities.native
    assert backend_with_program(tmp_path, "exit 1").capabilities.killable


@pytest.mark.long
def test_library_reads_more_languages_than_it_keeps_engines_for(require_module):
    require_module("tesserocr")
    backend = TesseractBackend(TesseractOptions(runner="tesserocr", timeout_seconds=None))
    page = draw_page("some words", font_size=40).page
    for tags in (("en",), ("de",), ("fr",), ("en", "de"), ("de", "en"), ("en", "fr"), ("fr", "en"), ("de", "fr"),
                 ("fr", "de"), ("en",)):  # fmt: skip
        result = backend.recognize(page, Request(languages=tags, scene="line"))
        assert result.text == "some words"
        assert len(result.trace.engine.model.split("+")) == len(tags)
    backend.close()


def test_importing_the_backend_loads_no_engine():
    code = (
        "import sys, ocrkit.backends.tesseract\n"
        "assert not {'tesserocr', 'pytesseract', 'cv2'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# output and errors


TABLE = """\
1\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t
5\t1\t1\t1\t1\t1\t10\t20\t30\t10\t96.5\tone
5\t1\t1\t1\t1\t2\t45\t20\t30\t10\t-1\t"two
5\t1\t1\t1\t1\t3\t80\t20\t5\t10\t30\t\x20
5\t1\t1\t1\t2\t1\t10\t35\t30\t10\t0\tthree
5\t1\t1\t2\t1\t1\t10\t45\t95\t10\t100.0\tfour
"""


def test_parse_groups_words_into_lines_and_paragraphs():
    blocks = parse(TABLE, IDENTITY, 100, 50)
    assert [[line.text for line in block.lines] for block in blocks] == [['one "two', "three"], ["four"]]
    words = [word for block in blocks for line in block.lines for word in line.words]
    assert [word.confidence for word in words] == [pytest.approx(0.965), None, 0.0, 1.0]
    assert words[0].box == (10, 20, 40, 30)
    assert words[3].box == (10, 45, 100, 50)


def test_parse_transforms_boxes_to_the_page():
    (block, _) = parse(TABLE, Transform.scaling(0.5), 100, 50)
    assert block.lines[0].words[0].box == (5, 10, 20, 15)


def test_parse_of_empty_output_gives_no_blocks():
    assert parse("", IDENTITY, 10, 10) == ()


@pytest.mark.parametrize("row", ["5\t1\t1", "5\t1\t1\t1\t1\t1\tx\t20\t30\t10\t96.5\tone"])
def test_parse_rejects_malformed_rows(row):
    with pytest.raises(ValueError):  # noqa: PT011 - the backend translates the error
        parse(row, IDENTITY, 10, 10)


@pytest.mark.parametrize("name", ERRORS)
def test_every_listed_error_is_translated(name):
    error_class, meaning = ERRORS[name]
    original = type(name, (Exception,), {})("original message")
    translated = translate_error(original, page=3)
    assert type(translated) is error_class
    assert str(translated) == f"tesseract, page 3: {meaning}: original message"


def test_subclasses_are_translated_and_errors_of_ocrkit_returned_unchanged():
    assert isinstance(translate_error(UnicodeDecodeError("utf-8", b"", 0, 1, "no")), BadResponseError)
    assert isinstance(translate_error(PermissionError("no")), BackendUnavailableError)
    error = ConfigError("own")
    assert translate_error(error) is error
    assert type(translate_error(KeyError("x"))).__name__ == "BackendError"
