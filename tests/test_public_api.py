"""What `import ocrkit` promises: its names, its lightness, its silence."""

import ast
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ocrkit
from ocrkit.testing.samples import draw_image

HEAVY = (
    "cv2",
    "numpy",
    "PIL",
    "pydantic",
    "openvino",
    "pikepdf",
    "onnxruntime",
    "pypdfium2",
    "pytesseract",
    "tesserocr",
    "rich",
)

PUBLIC = """
    Alternative AsyncOcr AuthenticationError Barcode BackendCrashError BackendError BackendOptions BackendTimeoutError BackendUnavailableError
    BadResponseError Batch Block Box BudgetSpentError Capabilities CapabilityError Cell ConfigError Correction Document Done DownloadError Engine ExportError Failure Field
    Line Match MissingDependencyError Ocr OcrBackend OcrkitError Page PageResult Point Polygon PostprocessError PreprocessError Quality QuotaError RateLimitError
    Request SelectionMark Settings SourceError SourceOptions Table Trace Transform Unread UnreadTextError Word __version__ load_settings recognize searchable_pdf view
""".split()


def run(code, *arguments, **environment):
    # Frameworks that other tests import limit the threads of their child processes by such variables.
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "OPENCV_"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        capture_output=True, text=True, check=False, env={**inherited, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_public_names_are_fixed():
    """A name added here is a lasting promise; removing one breaks programs."""
    assert sorted(ocrkit.__all__) == sorted(PUBLIC)
    for name in PUBLIC:
        assert getattr(ocrkit, name) is not None
        assert name in dir(ocrkit)


def test_type_checkers_see_the_same_names():
    facade = ast.parse(Path(ocrkit.__file__).read_text())
    block = next(node for node in facade.body if isinstance(node, ast.If))
    seen = {alias.name for node in block.body for alias in node.names}
    assert seen == set(PUBLIC) - {"__version__"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'recognise'"):
        _ = ocrkit.recognise


def test_the_version_is_that_of_the_package():
    assert ocrkit.__version__ == importlib.metadata.version("ocrkit")


def test_importing_loads_nothing_heavy():
    code = f"import sys, ocrkit; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    assert run(code).strip() == "[]"


def test_values_need_no_image_library_or_engine():
    code = f"import sys; from ocrkit import Document, Word; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    assert run(code).strip() == "['pydantic']"


def test_reading_sends_nothing_and_changes_no_global_state(tmp_path):
    """A whole run, watched from inside: no socket to anywhere, no file left, nothing global changed."""
    picture = tmp_path / "page.png"
    draw_image(["Nothing leaves this machine"]).save(picture)
    code = """
import json, logging, os, sys, warnings
from pathlib import Path
events = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        events.append((event, str(arguments)))
sys.addaudithook(watch)
import PIL.Image, numpy
def world():
    root = logging.getLogger()
    return (os.getcwd(), dict(os.environ), PIL.Image.MAX_IMAGE_PIXELS, root.level, list(root.handlers),
            logging.raiseExceptions, list(warnings.filters))
before = world()
import ocrkit
text = ocrkit.recognize(sys.argv[1]).text
assert text == "Nothing leaves this machine", text
assert world() == before, (world(), before)
import cv2, openvino
assert cv2.getNumThreads() == cv2.getNumberOfCPUs(), cv2.getNumThreads()
assert "openvino_telemetry" not in sys.modules
assert hasattr(openvino, "convert_model"), "OpenVINO is whole for everybody else"
print(json.dumps(events))
"""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert json.loads(run(code, str(picture), TMPDIR=str(scratch), HOME=str(scratch))) == []
    assert list(scratch.iterdir()) == []


@pytest.mark.long
def test_reading_opens_no_socket_according_to_the_kernel(tmp_path, require_program):
    """The same for native code, which the interpreter cannot watch."""
    require_program("strace")
    if subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let a process be traced")
    picture, log = tmp_path / "page.png", tmp_path / "calls"
    draw_image(["Nothing leaves this machine"]).save(picture)
    program = shutil.which("ocrkit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    command = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=connect,sendto",
        "-o",
        str(log),
        program,
        "read",
        str(picture),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "Nothing leaves this machine\n"
    assert [call for call in log.read_text().splitlines() if "AF_INET" in call] == []
