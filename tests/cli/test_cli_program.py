"""The installed program as the shell sees it: bytes, exit codes, signals, pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from ocrkit.testing import until

Program = Callable[..., "subprocess.CompletedProcess[bytes]"]
Start = Callable[..., "subprocess.Popen[bytes]"]

OWN = """
import os, signal
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, PageResult, Trace

class Fixed:
    name = "fixed"
    capabilities = Capabilities(sharing="shared")
    def answer(self): return "Grüße 漢字"
    def recognize(self, page, request):
        lines = tuple(Line(text=text) for text in self.answer().splitlines())
        return PageResult(width=page.width, height=page.height, blocks=(Block(lines=lines),),
                          trace=Trace(backend=self.name))
    def close(self): pass

class Small(Fixed):
    capabilities = Capabilities(max_side=5000)
    def answer(self): return "small"

class Long(Fixed):
    def answer(self): return "\\n".join(["line"] * 200_000)

class Interrupted(Fixed):
    def answer(self): os.kill(os.getpid(), signal.SIGINT); return "never"

class Terminated(Fixed):
    def answer(self): os.kill(os.getpid(), signal.SIGTERM); return "never"

class Buggy(Fixed):
    capabilities = Capabilities(sharing="shared", reading_order=True)
    def close(self): raise RuntimeError("a slip of ours")
"""


@pytest.fixture
def page(tmp_path: Path, draw: Callable[..., str]) -> str:
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    return draw("page.png", text="")


def test_help_lists_every_command_and_imports_little() -> None:
    code = (
        "import sys\nfrom ocrkit.cli import main\nsys.argv = ['ocrkit', '--help']\ntry: main()\n"
        "except SystemExit as end: print(end.code)\n"
        "print([name for name in ('numpy', 'cv2', 'PIL', 'rapidocr', 'openvino', 'rich') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for command in ("read", "backends", "doctor", "config"):
        assert f"\n  {command} " in run.stdout
    assert run.stdout.endswith("0\n[]\n")


def test_utf8_under_the_c_locale_and_nothing_else_on_stdout(program: Program, page: str) -> None:
    run = program("read", page, "-b", "own:Fixed", PYTHONPATH=".", LC_ALL="C", PYTHONUTF8="0")
    assert run.stdout.decode("utf-8") == "Grüße 漢字\n"
    assert run.returncode == 0
    assert b"\r" not in run.stderr


def test_standard_input(program: Program, page: str, tmp_path: Path) -> None:
    data = (tmp_path / page).read_bytes()
    assert (
        program("read", "-", "-b", "own:Fixed", PYTHONPATH=".", stdin=data).stdout.decode() == "Grüße 漢字\n"
    )
    assert program("read", "-", "-b", "own:Fixed", PYTHONPATH=".", stdin=b"").returncode == 4


def test_python_dash_m(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ocrkit", "--version"], capture_output=True, cwd=tmp_path, check=True
    )
    assert run.stdout.startswith(b"ocrkit 0.")


@pytest.mark.long
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_not_an_error(start: Start, page: str, unbuffered: str) -> None:
    run = start("read", page, "-b", "own:Long", PYTHONPATH=".", PYTHONUNBUFFERED=unbuffered)
    assert run.stdout is not None
    assert run.stderr is not None
    assert run.stdout.readline() == b"line\n"
    run.stdout.close()
    assert run.stderr.read() == b""
    run.stderr.close()
    assert run.wait() == 141


def test_ctrl_c_prints_no_traceback_and_leaves_no_draft(program: Program, page: str, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("old")
    run = program("read", page, "-b", "own:Interrupted", "-o", "out.txt", PYTHONPATH=".")
    assert (run.returncode, run.stdout, run.stderr) == (130, b"", b"")
    assert (tmp_path / "out.txt").read_text() == "old"
    assert not list(tmp_path.glob(".*tmp"))


def test_sigterm_leaves_no_draft(program: Program, page: str, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("old")
    run = program("read", page, "-b", "own:Terminated", "-o", "out.txt", PYTHONPATH=".")
    assert run.returncode == 143
    assert (tmp_path / "out.txt").read_text() == "old"
    assert not list(tmp_path.glob(".*tmp"))


@pytest.mark.long
def test_an_unexpected_error_is_one_line_and_debug_shows_the_traceback(program: Program, page: str) -> None:
    run = program("read", page, "-b", "own:Buggy", PYTHONPATH=".")
    assert run.returncode == 1
    assert run.stderr.startswith(b"ocrkit: error: unexpected RuntimeError: a slip of ours. This is a bug")
    assert run.stderr.count(b"\n") == 1
    shown = program("--debug", "read", page, "-b", "own:Buggy", PYTHONPATH=".")
    assert b"Traceback" in shown.stderr
    assert shown.returncode == 1


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo terminals")
def test_progress_is_shown_only_on_a_terminal(start: Start, page: str) -> None:
    master, slave = os.openpty()
    run = start("read", page, "-b", "own:Fixed", stderr=slave, PYTHONPATH=".")
    os.close(slave)
    assert run.communicate()[0].decode() == "Grüße 漢字\n"
    shown = os.read(master, 10_000).decode()
    os.close(master)
    assert "page.png: page 1 of 1" in shown
    assert shown.endswith("\r")


def test_ctrl_c_in_the_middle_of_a_page(start: Start, page: str, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\nfrom own import Fixed\nclass Slow(Fixed):\n"
        "    def answer(self): open('started', 'w').close(); time.sleep(600)\n"
    )
    run = start("read", page, "-b", "slow:Slow", PYTHONPATH=".")
    assert until((tmp_path / "started").exists)
    run.send_signal(signal.SIGINT)
    assert run.communicate()[1] == b""
    assert run.returncode == 130


def test_a_full_disk_behind_stdout_is_an_export_error(tmp_path: Path, page: str) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    with full.open("wb") as stdout:
        run = subprocess.run(
            [sys.executable, "-m", "ocrkit", "read", page, "-b", "own:Fixed"],
            stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, env={**os.environ, "PYTHONPATH": "."}, check=False,
        )  # fmt: skip
    assert run.returncode == 6
    assert b"cannot be written: No space left" in run.stderr


def test_a_full_disk_during_a_listing_is_an_export_error(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    with full.open("wb") as stdout:
        run = subprocess.run(
            [sys.executable, "-m", "ocrkit", "config"],
            stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, check=False,
        )  # fmt: skip
    assert run.returncode == 6
    assert run.stderr == b"ocrkit: error: standard output cannot be written: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_standard_stream_is_not_an_error(tmp_path: Path, page: str, closed: str) -> None:
    command = f"exec '{sys.executable}' -m ocrkit read '{page}' -b own:Fixed {closed}"
    run = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "."},
        check=False,
    )
    assert run.returncode == 0
    assert b"defect" not in run.stdout + run.stderr


def test_a_page_that_the_backend_refuses_does_not_stop_the_others(
    program: Program, page: str, tmp_path: Path
) -> None:
    Image.new("L", (33_000, 60), 255).save(tmp_path / "wide.png")
    run = program("read", page, "wide.png", page, "-b", "own:Small", "-o", "out.txt", PYTHONPATH=".")
    assert run.returncode == 5
    assert b"wide.png" in run.stderr
    assert (tmp_path / "out.txt").read_text().count("small") == 2
