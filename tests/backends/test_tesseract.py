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
from ocrkit.backends.tesseract.installation import find_tessdata, install_command, packs_in
from ocrkit.backends.tesseract.languages import PACKS, choose_packs
from ocrkit.backends.tesseract.page_image import measure_letters, page_image
from ocrkit.backends.tesseract.parse import parse
from ocrkit.backends.tesseract.runners import ERRORS, translate
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

DOORS = ("tesserocr", "pytesseract")
PROSE = (
    "When Zarah sold 37 jumping quartz foxes, the village",
    "complained bitterly, and nobody had been asked before.",
    "Invoice number 20448, payable within thirty days, was",
    "never sent to anyone who lived in the old mill house.",
    "The council met twice that week without any result.",
)


@pytest.fixture(params=DOORS)
def runner(request, require_program, require_module):
    require_program("tesseract")
    require_module(request.param)
    return request.param


@pytest.fixture
def make(runner):
    made = []

    def make(**options):
        made.append(TesseractBackend(TesseractOptions(runner=runner, **options)))
        return made[-1]

    yield make
    for backend in made:
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


# the two runners


def test_both_doors_read_the_same(require_program, require_module):
    require_program("tesseract")
    require_module("tesserocr")
    page = draw_page([*PROSE, "", "", *PROSE[:3]], font_size=28).page
    one, other = (
        TesseractBackend(TesseractOptions(runner=runner)).recognize(page, Request()) for runner in DOORS
    )
    assert one.text == other.text
    assert [len(block.lines) for block in one.blocks] == [len(block.lines) for block in other.blocks]
    for left, right in zip(one.words, other.words, strict=True):
        assert np.abs(np.array(left.polygon) - np.array(right.polygon)).max() <= 2
        assert left.confidence == pytest.approx(right.confidence, abs=0.1)


def test_result_says_who_read_it(make, runner):
    result = make().recognize(draw_page("some words", dpi=200).page, Request(languages=("en", "de")))
    engine = result.trace.engine
    assert (engine.name, engine.model, engine.device, engine.threads) == ("Tesseract", "eng+deu", "cpu", 1)
    assert engine.runtime == {"tesserocr": "tesserocr", "pytesseract": "tesseract program"}[runner]
    assert engine.version[0].isdigit()
    assert result.trace.decisions[0].choice == "eng+deu"
    assert result.dpi == 200


def test_instance_says_whether_it_runs_inside_this_process(make, runner):
    capabilities = make().capabilities
    assert capabilities.native is (runner == "tesserocr")
    assert capabilities.killable is (runner == "pytesseract")


def test_paragraphs_are_blocks_and_their_lines_are_kept(make):
    result = make().recognize(draw_page([*PROSE[:2], "", "", *PROSE[2:]]).page, Request(languages=("en",)))
    assert result.text == "\n".join(PROSE[:2]) + "\n\n" + "\n".join(PROSE[2:])


def test_columns_are_read_one_after_the_other(make):
    left = draw_page(PROSE, font_size=26).page.pixels
    right = draw_page(PROSE[::-1], font_size=26, size=left.shape[::-1]).page.pixels
    text = make().recognize(Page(np.hstack([left, right])), Request()).text
    assert text.replace("\n\n", "\n").splitlines() == [*PROSE, *PROSE[::-1]]


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("de", ["Größe und Gewicht der süßen Äpfel", "müssen überall gleich groß sein"]),
        ("fr", ["Vous êtes allés à la plage cet été", "et la forêt brûlée a déjà reverdi"]),
    ],
)
def test_accents_of_the_language(make, latin_font, tag, text):
    page = draw_page(text, font_size=40, font=latin_font).page
    result = make().recognize(page, Request(languages=(tag,)))
    assert result.text.splitlines() == text


@pytest.mark.parametrize(
    ("tag", "text"), [("zh-Hans", "今天天气很好我们去公园散步"), ("ja", "東京は日本の首都であり人口が多い")]
)
def test_chinese_and_japanese_have_no_spaces(make, cjk_font, tag, text):
    page = draw_page([text] * 2, font_size=48, font=cjk_font).page
    read = make().recognize(page, Request(languages=(tag,))).text
    assert " " not in read
    assert sum(one == other for one, other in zip(read, f"{text}\n{text}", strict=False)) >= len(text) * 1.8


# scenes, orientation, size


def test_scenes_choose_the_segmentation(make):
    line = draw_page("42 apples", font_size=30).page
    backend = make()
    for scene in ("document", "line", "sparse"):
        assert backend.recognize(line, Request(scene=scene)).text == "42 apples"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned_pages_are_read_and_polygons_lie_on_them(make, rotation):
    drawn = draw_page(PROSE, font_size=28, rotation=rotation)
    result = make().recognize(drawn.page, Request(languages=("en",)))
    assert result.text == drawn.text
    assert result.rotation == -rotation % 360
    back = Transform.quarter_turns(result.rotation // 90, drawn.page.width, drawn.page.height)
    for word, (text, box) in zip(result.words, drawn.words, strict=True):
        assert word.text == text
        assert np.abs(np.array(word.box) - np.array(box)).max() <= 5
        start, end = (back.point(point) for point in word.polygon[:2])
        assert end.x > start.x
        assert end.y == pytest.approx(start.y)


def test_orientation_can_be_left_alone(make):
    page = draw_page(PROSE, font_size=28, rotation=180).page
    assert make(orientation=False).recognize(page, Request()).rotation == 0
    assert make(orientation=False, page_segmentation=1).recognize(page, Request()).rotation == 180


def test_tiny_letters_are_read_after_they_were_enlarged():
    drawn = draw_page(PROSE, font_size=12)
    lost, found = {}, {}
    for preprocess in ("none", "auto"):
        page = ocrkit.recognize(
            drawn.page.pixels, backend="tesseract", preprocess=preprocess, settings=ocrkit.Settings()
        ).pages[0]
        found = {word.text: word.box for word in page.words}
        lost[preprocess] = sum(word not in found for word in drawn.text.split())
    assert [step.name for step in page.preprocess] == ["auto", "upscale"]
    assert lost["auto"] * 2 < lost["none"]
    placed = dict(drawn.words)
    assert np.abs(np.array(found["Zarah"]) - placed["Zarah"]).max() <= 2
    assert all(box.right <= drawn.page.width for box in found.values())


def test_a_page_is_read_as_it_is():
    page = draw_page(PROSE, font_size=9, dpi=300).page
    view = page_image(page)
    assert view.pixels is page.pixels
    assert (view.dpi, view.to_page) == (300, IDENTITY)


def test_unknown_resolution_follows_from_the_letters():
    small, large = (page_image(draw_page(PROSE, font_size=size).page).dpi for size in (20, 40))
    assert 1.6 < large / small < 2.5
    assert measure_letters(blank_page().pixels) is None
    assert page_image(blank_page()).dpi == 300


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (7, 300), (9, 9), (12, 3000, 3)])
def test_odd_shapes_are_answered(make, shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    result = make().recognize(Page(pixels), Request())
    assert (result.height, result.width) == shape[:2]


def test_a_page_too_large_for_the_engine_is_refused(make):
    with pytest.raises(CapabilityError, match="32767"):
        make().recognize(blank_page(33_000, 10), Request())


def test_nothing_is_written_to_stderr(make, capfd):
    specks = np.full((600, 800), 255, np.uint8)
    specks[np.random.default_rng(2).random(specks.shape) < 0.02] = 0
    make().recognize(Page(specks), Request())
    assert capfd.readouterr() == ("", "")


# languages


def test_tags_are_led_to_packs():
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


def test_every_pack_debian_ships_for_a_language_has_a_tag():
    assert len(PACKS) > 120
    assert {"kat_old", "aze_cyrl", "uzb_cyrl", "frk", "nor", "fil"} <= {names[0] for names in PACKS.values()}


def test_a_missing_pack_says_what_to_install(make):
    with pytest.raises(MissingDependencyError, match="apt install tesseract-ocr-chi-tra-vert") as caught:
        make().recognize(draw_page("text").page, Request(languages=("en", "native:chi_tra_vert")))
    assert caught.value.install == install_command(["chi_tra_vert"])


def test_install_commands():
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


def test_a_language_without_a_pack_is_refused(make):
    with pytest.raises(CapabilityError, match="tlh"):
        make().recognize(draw_page("text").page, Request(languages=("en", "tlh")))
    with pytest.raises(CapabilityError, match="not the name"):
        choose_packs(["native:eng; rm"], {"eng"})


def test_without_a_language_english_or_a_warning():
    assert choose_packs([], {"deu", "eng", "osd"})[0] == ("eng",)
    packs, decision, warning = choose_packs([], {"osd", "fra", "deu"})
    assert packs == ("deu",)
    assert "deu" in warning
    assert decision.choice == "deu"
    with pytest.raises(MissingDependencyError):
        choose_packs([], {"osd"})


# the program: environment, deadline, temporary files


def script(folder: Path, body: str) -> str:
    """A program that stands in for tesseract; `$2` is where it is to write its answer."""
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


def scripted(tmp_path, body, **options):
    return TesseractBackend(TesseractOptions(program=script(tmp_path, body), **options))


def test_one_thread_for_the_program_and_for_nobody_else(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    backend = scripted(tmp_path, f'env > {tmp_path}/env; : > "$2.tsv"')
    assert backend.recognize(draw_page("text").page, Request(scene="line")).trace.engine.version == "9.9.9"
    assert "OMP_THREAD_LIMIT=1" in (tmp_path / "env").read_text().splitlines()
    assert "OMP_THREAD_LIMIT" not in os.environ


def test_the_program_gets_language_segmentation_resolution_and_variables(tmp_path):
    backend = scripted(
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


def test_a_deadline_ends_the_program(tmp_path):
    pid = tmp_path / "pid"
    for seconds in (0.3, 3, 30):  # on a slow machine the first one may end before the program has begun
        backend = scripted(tmp_path, f"echo $$ > {pid}; exec sleep 600", timeout_seconds=seconds)
        with pytest.raises(BackendTimeoutError, match="timeout_seconds") as caught:
            backend.recognize(draw_page("text", index=4).page, Request())
        assert caught.value.page == 5
        if pid.exists() and pid.read_text():
            break
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_deadline_stops_recognition(make):
    page = draw_page(PROSE * 8, font_size=28).page
    with pytest.raises(BackendTimeoutError, match=r"stopped at its deadline|process timeout"):
        make(timeout_seconds=0.05).recognize(page, Request())


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("exec sleep 600", BackendTimeoutError),
        ("echo broken >&2; exit 1", BackendUnavailableError),
        ("kill -9 $$", BackendUnavailableError),
        ("printf '5\\t1\\t1\\n' > \"$2.tsv\"", BadResponseError),
        ("printf '5\\t1\\t\\377\\n' > \"$2.tsv\"", BadResponseError),
        (": nothing written", BackendUnavailableError),
    ],
)
def test_whatever_the_program_does_is_one_error_and_leaves_no_file(tmp_path, monkeypatch, body, error):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    backend = scripted(tmp_path, body, timeout_seconds=0.3 if error is BackendTimeoutError else 60)
    with pytest.raises(error) as caught:
        backend.recognize(draw_page("text").page, Request(scene="line"))
    assert (caught.value.backend, caught.value.page) == ("tesseract", 1)
    assert list(folder.iterdir()) == []


def test_reading_leaves_no_file(make, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make().recognize(draw_page(PROSE, rotation=180).page, Request())
    assert list(tmp_path.iterdir()) == []


def test_a_missing_program_says_what_to_install(tmp_path):
    backend = TesseractBackend(TesseractOptions(program=str(tmp_path / "nothing")))
    with pytest.raises(MissingDependencyError, match=r"apt install tesseract-ocr|brew install tesseract"):
        backend.recognize(draw_page("text").page, Request())


def test_two_backends_keep_their_own_programs(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    bodies = {name: f'echo {name} >> {tmp_path}/log; : > "$2.tsv"' for name in ("one", "two")}
    backends = [scripted(tmp_path / name, body) for name, body in bodies.items()]
    for backend in (*backends, backends[0]):
        backend.recognize(draw_page("text").page, Request(scene="line"))
    assert (tmp_path / "log").read_text().split() == ["one", "two", "one"]


# options, packs, doctor


def test_unknown_variables_are_refused(make):
    with pytest.raises(ConfigError, match="no_such_variable"):
        make(variables={"no_such_variable": "1"}).recognize(draw_page("text").page, Request())


def test_variables_reach_the_engine(make):
    page = draw_page("1O1 O1O", font_size=48).page
    text = make(variables={"tessedit_char_whitelist": "01"}).recognize(page, Request(scene="line")).text
    assert set(text) <= set("01 ")


def test_segmentations_that_read_nothing_are_refused():
    for mode in (0, 2, 14):
        with pytest.raises(ValidationError):
            TesseractOptions(page_segmentation=mode)


def test_a_folder_without_packs_is_an_error(tmp_path, make):
    with pytest.raises(MissingDependencyError):
        make(tessdata=tmp_path).recognize(draw_page("text").page, Request())


def test_packs_of_scripts_are_found_one_level_down(tmp_path):
    (tmp_path / "script").mkdir()
    for name in ("eng", "script/Latin"):
        (tmp_path / f"{name}.traineddata").touch()
    assert packs_in(tmp_path) == {"eng", "script/Latin"}
    assert find_tessdata(tmp_path, None) == tmp_path
    assert find_tessdata(tmp_path / "script" / "none", None) is None


def test_without_the_orientation_pack_turned_pages_are_tried_out(make, tmp_path):
    packs = find_tessdata(None, None)
    (tmp_path / "eng.traineddata").symlink_to(packs / "eng.traineddata")
    (tmp_path / "configs").symlink_to(packs / "configs")
    result = make(tessdata=tmp_path).recognize(draw_page(PROSE, rotation=180).page, Request())
    assert result.rotation == 180
    assert "osd" in result.warnings[0]


def test_diagnosis(make, tmp_path):
    backend = make()
    assert isinstance(backend, SupportsDiagnosis)
    findings = backend.diagnose()
    assert all(finding.ok for finding in findings)
    assert any("eng" in finding.text for finding in findings)
    broken = make(program=str(tmp_path / "nothing"), tessdata=tmp_path).diagnose()
    assert [finding.ok for finding in broken] == [False, True, False]
    assert all(finding.advice for finding in broken if not finding.ok)


def test_diagnosis_of_a_program_that_does_not_answer(tmp_path):
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
    raise AssertionError("tesserocr was asked for and something else was used")
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_auto_prefers_the_library_unless_a_program_is_named(require_program, require_module, tmp_path):
    require_program("tesseract")
    require_module("tesserocr")
    assert TesseractBackend().capabilities.native
    assert scripted(tmp_path, "exit 1").capabilities.killable


def test_many_languages_in_turn_are_each_read(make):
    backend = make(timeout_seconds=None)
    page = draw_page("some words", font_size=40).page
    for tags in (("en",), ("de",), ("fr",), ("en", "de"), ("de", "en"), ("en", "fr"), ("fr", "en"), ("de", "fr"),
                 ("fr", "de"), ("en",)):  # fmt: skip
        result = backend.recognize(page, Request(languages=tags, scene="line"))
        assert result.text == "some words"
        assert len(result.trace.engine.model.split("+")) == len(tags)


def test_importing_the_backend_loads_no_engine():
    code = (
        "import sys, ocrkit.backends.tesseract\n"
        "assert not {'tesserocr', 'pytesseract', 'cv2'} & set(sys.modules), sorted(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# the answer


TABLE = """\
1\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t
5\t1\t1\t1\t1\t1\t10\t20\t30\t10\t96.5\tone
5\t1\t1\t1\t1\t2\t45\t20\t30\t10\t-1\t"two
5\t1\t1\t1\t1\t3\t80\t20\t5\t10\t30\t\x20
5\t1\t1\t1\t2\t1\t10\t35\t30\t10\t0\tthree
5\t1\t1\t2\t1\t1\t10\t45\t95\t10\t100.0\tfour
"""


def test_parse_keeps_paragraphs_lines_and_words():
    blocks = parse(TABLE, IDENTITY, 100, 50)
    assert [[line.text for line in block.lines] for block in blocks] == [['one "two', "three"], ["four"]]
    words = [word for block in blocks for line in block.lines for word in line.words]
    assert [word.confidence for word in words] == [pytest.approx(0.965), None, 0.0, 1.0]
    assert words[0].box == (10, 20, 40, 30)
    assert words[3].box == (10, 45, 100, 50)


def test_parse_leads_back_to_the_page():
    (block, _) = parse(TABLE, Transform.scaling(0.5), 100, 50)
    assert block.lines[0].words[0].box == (5, 10, 20, 15)


def test_parse_of_nothing_is_nothing():
    assert parse("", IDENTITY, 10, 10) == ()


@pytest.mark.parametrize("row", ["5\t1\t1", "5\t1\t1\t1\t1\t1\tx\t20\t30\t10\t96.5\tone"])
def test_parse_refuses_what_is_no_table(row):
    with pytest.raises(ValueError):  # noqa: PT011 - any text will do: the runner translates it
        parse(row, IDENTITY, 10, 10)


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_is_translated(name):
    foreign = type(name, (Exception,), {})("what it said")
    ours = translate(foreign, page=3)
    assert type(ours) is ERRORS[name][0]
    assert str(ours).startswith(f"tesseract, page 3: {ERRORS[name][1]}")
    assert "what it said" in str(ours)


def test_derived_errors_are_translated_like_their_base_and_ours_stay():
    assert isinstance(translate(UnicodeDecodeError("utf-8", b"", 0, 1, "no")), BadResponseError)
    assert isinstance(translate(PermissionError("no")), BackendUnavailableError)
    own = ConfigError("own")
    assert translate(own) is own
    assert type(translate(KeyError("x"))).__name__ == "BackendError"
