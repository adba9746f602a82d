"""The plug-in in the real OCRmyPDF, which finds it by its entry point."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from ocrkit.config.approvals import approve
from ocrkit.testing.samples import DrawnPage, draw_page

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="OCRmyPDF needs Python 3.11")

DPI = 150
QUICK = ("--no-progress-bar", "--optimize", "0", "--output-type", "pdf")
LINES = [
    ["Alder and Finch nurserymen", "The orders of last week were sent"],
    ["Another page with other words", "and the sum of 1,250 euros"],
]
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>')

Run = Callable[..., "subprocess.CompletedProcess[str]"]

# A quick backend with known output, used by its dotted path.
OWN = """
import os
import ocrkit
class Own:
    name = "own"
    capabilities = ocrkit.Capabilities(languages=frozenset({"en", "de", "zh-Hans"}), sharing="shared")
    def __init__(self):
        print(f"LOADED {os.getpid()}", flush=True)
    def recognize(self, page, request):
        line = ocrkit.Line(text="own words " + "+".join(request.languages))
        block = ocrkit.Block(lines=(line,))
        return ocrkit.PageResult(
            width=page.width, height=page.height, blocks=(block,), trace=ocrkit.Trace(backend="own")
        )
    def close(self):
        pass
class Broken(Own):
    def recognize(self, page, request):
        raise ocrkit.QuotaError("the allowance is used up")
"""


@pytest.fixture
def ocrmypdf(tmp_path: Path, require_module, require_program) -> Run:
    """Run the installed program in the temporary folder."""
    require_module("ocrmypdf")
    require_program("tesseract")
    (tmp_path / "own.py").write_text(OWN)

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OCRKIT_")}
        python_path = os.pathsep.join(filter(None, [str(tmp_path), environment.get("PYTHONPATH")]))
        done = subprocess.run(
            [sys.executable, "-m", "ocrmypdf", *QUICK, *arguments],
            capture_output=True, encoding="utf-8", cwd=tmp_path, check=False,
            env={**environment, "PYTHONPATH": python_path, "OMP_THREAD_LIMIT": "1"},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done

    return run


def drawn(number: int) -> DrawnPage:
    return draw_page(LINES[number], font_size=30, size=(900, 500))


def scan(path: Path, *numbers: int) -> list[DrawnPage]:
    """Write a scanned PDF with these pages."""
    pages = [drawn(number) for number in numbers]
    first, *others = (Image.fromarray(page.page.pixels) for page in pages)
    first.save(path, save_all=True, append_images=others, resolution=DPI)
    return pages


def words_on(path: Path, page: int = 1) -> list[tuple[str, tuple[float, ...]]]:
    """The words that Poppler extracts, with their boxes in pixels of the scan."""
    command = ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), str(path), "-"]
    found = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    return [
        (match[5], tuple(float(match[n]) * DPI / 72 for n in range(1, 5))) for match in WORD.finditer(found)
    ]


def text_of(path: Path) -> str:
    command = ["pdftotext", str(path), "-"]
    return " ".join(subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.split())


def images_in(path: Path) -> list[bytes]:
    with pikepdf.open(path) as pdf:
        return [image.read_raw_bytes() for page in pdf.pages for image in page.get_images().values()]


@pytest.mark.long
@pytest.mark.parametrize("backend", ["ppocr", "tesseract"])
def test_words_are_placed_over_their_ink(ocrmypdf, tmp_path, require_program, backend):
    require_program("pdftotext")
    pages = scan(tmp_path / "scan.pdf", 0, 1)
    ocrmypdf(
        "--ocrkit-backend",
        backend,
        "-l",
        "eng+deu",
        "-j",
        "2",
        "--sidecar",
        "text.txt",
        "--output-type",
        "auto",
        "scan.pdf",
        "out.pdf",
    )
    for number, page in enumerate(pages, start=1):
        found = words_on(tmp_path / "out.pdf", number)
        assert [word for word, _ in found] == [word for word, _ in page.words]
        for (_, (left, top, right, bottom)), (_, ink) in zip(found, page.words, strict=True):
            assert left == pytest.approx(ink.left, abs=7)
            assert right == pytest.approx(ink.right, abs=7)
            assert top < ink.center.y < bottom
            assert bottom - top < 60, "lines must not overlap"
    assert images_in(tmp_path / "out.pdf") == images_in(tmp_path / "scan.pdf")
    sidecar = (tmp_path / "text.txt").read_text().split("\f")
    assert [part.split() for part in sidecar] == [" ".join(lines).split() for lines in LINES]
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert re.search(rf"ocrkit \S+ \({backend}\)", str(pdf.docinfo["/Creator"]))
        assert pdf.open_metadata().pdfa_status == "2B"


@pytest.mark.long
def test_without_its_options_the_plug_in_changes_nothing(ocrmypdf, tmp_path):
    scan(tmp_path / "scan.pdf", 0)
    (tmp_path / "ocrkit.toml").write_text("nonsense = 1\n")  # not read
    ocrmypdf("scan.pdf", "out.pdf")
    assert text_of(tmp_path / "out.pdf") == " ".join(LINES[0])
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert "Tesseract" in str(pdf.docinfo["/Creator"])
        assert "ocrkit" not in str(pdf.docinfo["/Creator"])
    ocrmypdf("--ocr", "none", "scan.pdf", "bare.pdf")  # an abbreviation of --ocr-engine
    assert text_of(tmp_path / "bare.pdf") == ""


def test_loading_the_plug_in_imports_no_heavy_package():
    code = "import sys, ocrmypdf; before = set(sys.modules); import ocrkit.integrations.ocrmypdf; print(*set(sys.modules) - before)"
    pytest.importorskip("ocrmypdf")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"cv2", "openvino", "numpy", "ocrkit.pipeline"} & {*done.stdout.split()}


@pytest.mark.long
@pytest.mark.parametrize("backend", ["ppocr", "tesseract"])
def test_pages_are_rotated_and_deskewed(ocrmypdf, tmp_path, backend):
    page = drawn(0)
    slanted = Image.fromarray(page.page.pixels).rotate(-2, fillcolor=255, resample=Image.Resampling.BICUBIC)
    slanted.transpose(Image.Transpose.ROTATE_270).save(tmp_path / "scan.png", dpi=(DPI, DPI))
    ocrmypdf("--ocrkit-backend", backend, "--rotate-pages", "--deskew", "scan.png", "out.pdf")
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        (sheet,) = pdf.pages
        width, height = (float(number) for number in sheet.mediabox[2:])
        assert (width > height) is (int(sheet.get("/Rotate", 0)) % 180 == 0)
    found = words_on(tmp_path / "out.pdf")
    assert [word for word, _ in found] == [word for word, _ in page.words]
    for (_, (left, top, _, bottom)), (_, ink) in zip(found, page.words, strict=True):
        assert left == pytest.approx(ink.left, abs=25)
        assert (top + bottom) / 2 == pytest.approx(ink.center.y, abs=25)


@pytest.mark.long
def test_words_of_a_slanted_page_are_not_split(ocrmypdf, tmp_path):
    image = Image.fromarray(drawn(0).page.pixels)
    image.rotate(3, fillcolor=255, resample=Image.Resampling.BICUBIC).save(
        tmp_path / "scan.png", dpi=(DPI, DPI)
    )
    ocrmypdf("--ocrkit-backend", "tesseract", "scan.png", "out.pdf")
    assert sorted(word for word, _ in words_on(tmp_path / "out.pdf")) == sorted(" ".join(LINES[0]).split())


@pytest.mark.long
def test_pages_with_text_are_skipped_redone_or_forced(ocrmypdf, tmp_path):
    scan(tmp_path / "scan.pdf", 0, 1)
    own = ("--ocrkit-backend", "own:Own")
    ocrmypdf("--ocrkit-backend", "tesseract", "--pages", "1", "scan.pdf", "half.pdf")
    ocrmypdf(*own, "--skip-text", "half.pdf", "skip.pdf")
    ocrmypdf(*own, "--redo-ocr", "half.pdf", "redo.pdf")
    ocrmypdf(*own, "--force-ocr", "-l", "deu+zh-Hans", "half.pdf", "force.pdf")
    assert text_of(tmp_path / "skip.pdf") == " ".join(LINES[0]) + " own words en"
    assert text_of(tmp_path / "redo.pdf") == "own words en own words en"
    assert text_of(tmp_path / "force.pdf") == "own words de+zh-Hans own words de+zh-Hans"


@pytest.mark.long
@pytest.mark.parametrize(("arguments", "processes"), [((), 1), (("--no-use-threads",), 2)])
def test_an_engine_is_loaded_once_in_each_process(ocrmypdf, tmp_path, arguments, processes):
    scan(tmp_path / "scan.pdf", 0, 1, 0, 1)
    done = ocrmypdf("--ocrkit-backend", "own:Own", "-j", "2", *arguments, "scan.pdf", "out.pdf")
    loaded = re.findall(r"LOADED (\d+)", done.stdout + done.stderr)
    assert len(loaded) == len({*loaded}), "loaded twice in one process"
    assert len(loaded) <= 1 + (processes if arguments else 0)
    assert text_of(tmp_path / "out.pdf") == " ".join(["own words en"] * 4)


@pytest.mark.long
def test_settings_come_from_a_file_and_its_profiles(ocrmypdf, tmp_path):
    scan(tmp_path / "scan.pdf", 0)
    (tmp_path / "mine.toml").write_text('backend = "null"\n[profiles.own]\nbackend = "own:Own"\n')
    ocrmypdf("--ocrkit-config", "mine.toml", "--ocrkit-profile", "own", "scan.pdf", "own.pdf")
    assert text_of(tmp_path / "own.pdf") == "own words en"


@pytest.mark.long
def test_a_failed_page_ends_the_run(ocrmypdf, tmp_path):
    scan(tmp_path / "scan.pdf", 0)
    done = ocrmypdf("--ocrkit-backend", "own:Broken", "scan.pdf", "out.pdf", code=7)
    assert "own, page 1: the allowance is used up" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.pdf").exists()


@pytest.fixture
def checked(tmp_path, require_module) -> Callable[..., tuple[Any, Any]]:
    """Check some options and return the engine that the plug-in gives to OCRmyPDF, with the options."""
    require_module("ocrmypdf")
    from ocrmypdf import OcrOptions
    from ocrmypdf.builtin_plugins import tesseract_ocr

    from ocrkit.integrations import ocrmypdf as plug_in

    OcrOptions.register_plugin_models(tesseract_ocr.register_options())

    def check(**values):
        ours = {name: values.pop(name) for name in [*values] if name.startswith("ocrkit_")}
        options = OcrOptions(input_file=tmp_path / "in.png", output_file=tmp_path / "out.pdf", **values)
        options.extra_attrs.update(ours)
        plug_in.check_options(options)
        return plug_in.get_ocr_engine(options), options

    return check


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"ocrkit_backend": "tesserakt"}, 1, "Did you mean 'tesseract'"),
        ({"ocrkit_enabled": True, "languages": ["tlh"]}, 1, "does not support language 'tlh'"),
        ({"ocrkit_enabled": True, "languages": ["a_b"]}, 1, "use a Tesseract code"),
        ({"ocrkit_config": "nowhere.toml"}, 1, "nowhere.toml"),
        ({"ocrkit_profile": "none", "ocrkit_backend": "null"}, 1, "profile 'none'"),
        ({"ocrkit_enabled": True, "ocr_engine": "none"}, 1, "cannot be combined with ocrkit"),
        ({"ocrkit_enabled": True, "pdf_renderer": "sandwich"}, 1, "leave it out"),
    ],
)
def test_invalid_options_are_rejected_before_the_first_page(checked, options, code, message):
    from ocrmypdf.exceptions import ExitCodeException

    with pytest.raises(ExitCodeException) as caught:
        checked(**options)
    assert caught.value.exit_code == code
    assert message in str(caught.value)


def test_a_missing_language_pack_is_reported_with_its_package(checked, tmp_path, require_program):
    from ocrmypdf.exceptions import MissingDependencyError

    require_program("tesseract")
    Image.fromarray(drawn(0).page.pixels).save(tmp_path / "in.png")
    engine, options = checked(ocrkit_backend="tesseract", languages=["fao"])
    with pytest.raises(MissingDependencyError, match="tesseract-ocr-fao"):
        engine.generate_ocr(tmp_path / "in.png", options)


@pytest.mark.parametrize(
    ("codes", "backend", "tags"),
    [
        (["deu", "eng"], "ppocr", ("de", "en")),
        (["de", "zh-Hans", "pt-BR"], "ppocr", ("de", "zh-Hans", "pt-BR")),
        (["chi_tra", "chi_sim_vert", "nor", "srp_latn"], "ppocr", ("zh-Hant", "zh-Hans", "no", "sr-Latn")),
        (["chi_sim_vert", "my_model", "deu"], "tesseract", ("native:chi_sim_vert", "native:my_model", "de")),
        (["frk", "aze_cyrl"], "tesseract", ("de-Latf", "az-Cyrl")),
    ],
)
def test_codes_and_tags_become_tags(require_module, codes, backend, tags):
    require_module("ocrmypdf")
    from ocrkit.integrations.ocrmypdf.languages import language_tags

    assert language_tags(codes, backend) == tags


def test_the_engine_lists_its_languages_as_codes_and_tags(checked):
    engine, options = checked(ocrkit_enabled=True, languages=["de"])
    assert {"de", "deu", "zh-Hans", "chi_sim"} <= engine.languages(options)
    engine, options = checked(ocrkit_backend="ppocr")
    assert "deu" in engine.languages(options)
    assert "ara" not in engine.languages(options)
    engine, options = checked(ocrkit_backend="null")
    assert engine.languages(options) == set(), "OCRmyPDF takes the empty set for any language"


def test_options_without_effect_are_warned_about(checked, caplog):
    checked(ocrkit_backend="null", tesseract_oem=1, user_words="words.txt", rotate_pages=True)
    assert "--tesseract-oem, --user-words: ignored by ocrkit" in caplog.text
    assert "--rotate-pages has no effect: the backend 'null'" in caplog.text


def test_the_next_run_uses_changed_settings(checked, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('backend = "null"\n')
    engine, options = checked(ocrkit_config=str(file))
    assert "(null)" in engine.creator_tag(options)
    file.write_text('backend = "ppocr"\n')
    engine, options = checked(ocrkit_config=str(file))
    assert "(ppocr)" in engine.creator_tag(options)


@pytest.mark.long
def test_the_ocr_function_of_ocrmypdf_takes_the_options(ocrmypdf, tmp_path):
    scan(tmp_path / "scan.pdf", 0)
    (tmp_path / "ocrkit.toml").write_text('backend = "own:Own"\n')
    approve(tmp_path / "ocrkit.toml")
    (tmp_path / "use.py").write_text(
        "import ocrmypdf\n"
        "quick = {'progress_bar': False, 'optimize': 0, 'output_type': 'pdf'}\n"
        "ocrmypdf.ocr('scan.pdf', 'a.pdf', ocrkit_backend='own:Own', **quick)\n"
        "ocrmypdf.ocr('scan.pdf', 'b.pdf', ocr_engine='ocrkit', language=['de'], **quick)\n"
    )
    subprocess.run([sys.executable, "use.py"], cwd=tmp_path, check=True, capture_output=True)
    assert text_of(tmp_path / "a.pdf") == "own words en"
    assert text_of(tmp_path / "b.pdf") == "own words de"


@pytest.mark.long
def test_the_engine_writes_hocr_that_ocrmypdf_parses(checked, tmp_path):
    from ocrmypdf.hocrtransform import HocrParser

    page = drawn(0)
    image, hocr, text = (tmp_path / name for name in ("page.png", "page.hocr", "page.txt"))
    Image.fromarray(page.page.pixels).save(image)
    engine, options = checked(ocr_engine="ocrkit")
    engine.generate_hocr(image, hocr, text, options)
    assert [word.text for word in HocrParser(hocr).parse().words] == [word for word, _ in page.words]
    assert text.read_text().split() == [word for word, _ in page.words]


def test_without_the_options_ocrmypdf_gets_no_engine(checked, require_module):
    from ocrkit.integrations.ocrmypdf import get_ocr_engine

    assert get_ocr_engine(None) is None
    assert get_ocr_engine(argparse.Namespace(ocr_engine="auto")) is None, "options of another program"
    assert checked()[0] is None
    assert checked(ocr_engine="tesseract")[0] is None


def test_the_help_lists_the_options(require_module):
    require_module("ocrmypdf")
    from ocrkit.integrations.ocrmypdf import add_options

    parser = argparse.ArgumentParser()
    add_options(parser)
    assert "--ocrkit-backend NAME" in parser.format_help()


def test_the_plug_in_has_no_hooks_if_ocrmypdf_is_too_old(tmp_path):
    """A stub stands in for a version before 17, which lacks the class `OcrOptions`."""
    (tmp_path / "ocrmypdf").mkdir()
    (tmp_path / "ocrmypdf" / "__init__.py").write_text("hookimpl = lambda function: function\n")
    code = "import ocrkit.integrations.ocrmypdf as plug_in; print([n for n in dir(plug_in) if 'options' in n or 'get' in n])"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])]),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout == "[]\n"
