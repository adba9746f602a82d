"""What a terminal gets to see of hostile names and texts, and how the program ends on signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ocrkit.cli._terminal import printable
from ocrkit.testing import until

pty = pytest.importorskip("pty", reason="needs a POSIX terminal")

ESCAPE = "\x1b]0;owned\x07"
OWN = """
import hashlib, os, pathlib, time
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, PageResult, Trace

class Hostile:
    name = "hostile"
    capabilities = Capabilities(sharing="shared")
    def recognize(self, page, request):
        return PageResult(width=page.width, height=page.height, warnings=("warned \x1b[31m",),
                          blocks=(Block(lines=(Line(text="red \x1b[31m \u202etext"), Line(text="2"))),), trace=Trace(backend=self.name))
    def close(self): pass

class Native(Hostile):
    def recognize(self, page, request):
        pathlib.Path("started").write_text("")
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)  # many minutes, which no signal ends
"""


@pytest.fixture
def page(tmp_path: Path, draw: Callable[..., str]) -> str:
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    return draw(f"a{ESCAPE}.png")


def on_terminal(folder: Path, *arguments: str) -> str:
    """What the program writes to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ocrkit", *arguments],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), "."]), "OCRKIT_BACKEND": "own:Hostile"},
    )  # fmt: skip
    os.close(follower)
    received = b""
    while True:
        try:
            received += os.read(leader, 4096)
        except OSError:  # the program has ended
            break
        if not received:
            break
    process.wait()
    os.close(leader)
    return received.decode("utf-8", "replace")


def test_controls_of_names_warnings_and_texts_are_escaped_on_a_terminal(tmp_path: Path, page: str) -> None:
    shown = on_terminal(tmp_path, "read", page, "no-such-file\x1b[2J.png", "--explain")
    assert "owned" in shown
    assert "red \\u001b[31m \\u202etext\r\n2\r\n" in shown
    assert "warned \\u001b[31m" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_a_pipe_gets_the_text_unchanged(tmp_path: Path, page: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ocrkit", "read", page, "-b", "own:Hostile"],
        cwd=tmp_path, capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), "."])},
    )  # fmt: skip
    assert "red \x1b[31m \u202etext\n2\n".encode() == run.stdout
    assert b"\x1b" not in run.stderr, "messages are escaped everywhere"


def test_escaped_text_is_valid_json() -> None:
    assert printable("a\x1b\x9b\u2066\ud800\tb\nä\udcff") == "a\\u001b\\u009b\\u2066\\ud800\tb\nä\udcff"


@pytest.fixture
def running(tmp_path: Path, page: str) -> subprocess.Popen[bytes]:
    """A program whose engine is inside native code."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ocrkit", "read", page, "-b", "own:Native", "-o", "out.txt"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), "."])},
    )  # fmt: skip
    assert until((tmp_path / "started").exists)
    return process


def test_ctrl_c_in_native_code_is_answered_and_the_next_one_ends_the_program(
    running: subprocess.Popen[bytes],
) -> None:
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    assert b"press Ctrl-C again" in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    assert running.wait() == 130
    assert b"Traceback" not in running.stderr.read()
    running.communicate()


def test_ctrl_c_during_the_imports_ends_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n"
    )
    code = "import sys; sys.path.insert(0, '.'); from ocrkit.__main__ import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (-signal.SIGINT, b"")


@pytest.mark.parametrize("ignored", [False, True], ids=["terminal closed", "nohup"])
def test_a_hangup_leaves_no_temporary_file(tmp_path: Path, draw: Callable[..., str], ignored: bool) -> None:
    draw("a.png")
    code = (
        "import os, signal, sys\n"
        f"signal.signal(signal.SIGHUP, signal.SIG_IGN if {ignored} else signal.SIG_DFL)\n"
        "from pathlib import Path\n"
        "from ocrkit.cli import _console\nfrom ocrkit.files import atomic_write\n"
        "_console.end_on_signals()\n"
        "with atomic_write(Path('out')) as file:\n"
        "    file.write(b'half')\n    os.kill(os.getpid(), signal.SIGHUP)\n    file.write(b'whole')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert run.returncode == (0 if ignored else 129)
    assert {path.name for path in tmp_path.iterdir()} == ({"a.png", "out"} if ignored else {"a.png"})
