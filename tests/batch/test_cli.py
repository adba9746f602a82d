"""`ocrkit batch` as a program: files, streams, exit codes, a terminal."""

import contextlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from engines import HashBackend
from folders import environment, page_image, tree
from typer.testing import CliRunner

import ocrkit
from ocrkit.batch import has_journal
from ocrkit.cli import app
from ocrkit.config.approvals import approve

FAIL, QUOTA, CRASH = 50, 60, 10  # gray values of a corner, which tell the backend what to do


@pytest.fixture
def configure(tmp_path):
    """Writes a configuration file. The backend writes each page to `log` and needs `seconds` for it."""

    def write(seconds=0.0, once=None, word="page", **more):
        lines = [f"{name} = {value}" for name, value in {"workers": 2, **more}.items()]
        lines += [
            "[backends.hash]",
            f"seconds = {seconds}",
            f'log = "{tmp_path / "log"}"',
            f'word = "{word}"',
        ]
        lines += [f'once = "{once}"'] if once else []
        (tmp_path / "ocrkit.toml").write_text("\n".join(lines) + "\n")
        approve(tmp_path / "ocrkit.toml")

    write()
    return write


@pytest.fixture
def read(tmp_path, configure):
    """Counts the pages that were read since the last call."""
    known = 0

    def count():
        nonlocal known
        log = tmp_path / "log"
        before, known = known, len(log.read_text().split()) if log.exists() else 0
        return known - before

    return count


def text_of(path):
    return ocrkit.recognize(path, backend=HashBackend, settings=ocrkit.Settings()).text


def names_in(folder):
    return [os.fsencode(path.name) for path in folder.iterdir()]


def summary_of(run):
    """The last line of standard error, without the seconds."""
    return re.sub(r" in [\d.]+ s$", "", run.stderr.decode().splitlines()[-1])


# ── inputs and outputs ──


@pytest.mark.parametrize("formats", [["-f", "text", "-f", "json"], ["--format", "text, json"]], ids=" ".join)
def test_a_folder_becomes_a_folder_in_several_formats(batch, scans, tmp_path, formats):
    folder = scans()
    run = batch(folder, "--out", "out", *formats)
    assert (run.returncode, run.stdout) == (0, b"")
    outputs = tree(tmp_path / "out")
    names = ["image-0.png", "image-2.png", "more/image-1.png", "scan-0.tif"]
    assert sorted(outputs) == [f"{name}.{suffix}" for name in names for suffix in ("json", "txt")]
    for name in names:
        text = text_of(folder / name)
        assert outputs[f"{name}.txt"].decode() == f"{text}\n"
        assert ocrkit.Document.from_json(outputs[f"{name}.json"]).text == text
    assert summary_of(run) == "ocrkit: 4 documents complete; 7 pages read"
    assert run.stderr.count(b"\n") == 1, "a short run shows no progress"


@pytest.mark.long
@pytest.mark.parametrize(
    ("inputs", "stdin", "outputs"),
    [
        (["scans/image-0.png", "scans/scan-0.tif"], b"", ["image-0.png", "scan-0.tif"]),
        (["scans/**/*.png"], b"", ["image-0.png", "image-2.png", "more/image-1.png"]),
        (["scans/*.tif", "scans/more"], b"", ["image-1.png", "scan-0.tif"]),
        (["-"], b"scans/image-0.png\r\n\n./scan-9.tif\n", ["scan-9.tif", "scans/image-0.png"]),
        (["-", "--null"], b"scans/image-0.png\0new\nline.png\0", ["new\nline.png", "scans/image-0.png"]),
        (["scans", "--include", "*.png", "--exclude", "*-2*"], b"", ["image-0.png", "more/image-1.png"]),
        (["scans", "--include", "*.tif", "--include", "more/*"], b"", ["more/image-1.png", "scan-0.tif"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_files_folders_patterns_and_lists_can_be_inputs(batch, scans, tmp_path, inputs, stdin, outputs):
    """No shell expands the patterns."""
    scans()
    page_image(50).save(tmp_path / "new\nline.png")
    page_image(60).save(tmp_path / "scan-9.tif")
    run = batch(*inputs, "--out", "out", stdin=stdin)
    assert (run.returncode, run.stdout) == (0, b""), run.stderr
    assert sorted(tree(tmp_path / "out")) == [f"{name}.txt" for name in outputs]


def test_pages_are_chosen(batch, scans, tmp_path):
    scans(images=0)
    assert batch("scans", "--out", "out", "--pages", "2-3", "-f", "json").returncode == 0
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.number for page in document.pages] == [2, 3]


@pytest.mark.long
def test_passwords_come_from_a_file(batch, tmp_path):
    pikepdf = pytest.importorskip("pikepdf")
    (tmp_path / "scans").mkdir()
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(100, 100))
    pdf.save(tmp_path / "scans/locked.pdf", encryption=pikepdf.Encryption(owner="s3cr3t", user="s3cr3t"))
    (tmp_path / "password").write_text("s3cr3t\n")
    locked = batch("scans", "--out", "out")
    assert locked.returncode == 4
    assert b"password" in locked.stderr
    run = batch("scans", "--out", "out", "--retry-failed", "--password-file", "password")
    assert run.returncode == 0
    assert list(tree(tmp_path / "out")) == ["locked.pdf.txt"]
    assert b"s3cr3t" not in run.stderr + b"".join(
        path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()
    )


@pytest.mark.long
def test_a_file_name_may_be_any_bytes(batch, tmp_path):
    (tmp_path / "scans").mkdir()
    with contextlib.suppress(OSError):
        page_image(1).save(tmp_path / "scans" / os.fsdecode(b"\xff.png"))
    if b"\xff.png" not in names_in(tmp_path / "scans"):
        pytest.skip("this file system does not allow such a name")
    for _ in range(2):
        run = batch("scans", "--out", "out", "-f", "text", "-f", "json")
        assert run.returncode == 0, run.stderr
    assert sorted(names_in(tmp_path / "out")) == [b".ocrkit", b"\xff.png.json", b"\xff.png.txt"]
    assert json.loads((tmp_path / "out" / os.fsdecode(b"\xff.png.json")).read_bytes())["page_count"] == 1


# ── again ──


def test_a_second_run_reads_nothing(batch, scans, tmp_path, read):
    scans()
    batch("scans", "--out", "out")
    assert read() == 7
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.txt")}
    run = batch("scans", "--out", "out")
    assert (run.returncode, run.stdout, read()) == (0, b"", 0)
    assert summary_of(run) == "ocrkit: 4 documents complete; 0 pages read, 7 from earlier runs"
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.txt")} == before


@pytest.mark.long
def test_changed_settings_read_everything_again(batch, scans, tmp_path, configure, read):
    scans()
    batch("scans", "--out", "out")
    read()
    configure(word="sheet")
    run = batch("scans", "--out", "out")
    assert (run.returncode, read()) == (0, 7)
    assert summary_of(run) == "ocrkit: 4 documents complete; 7 pages read"
    assert all(data.startswith(b"sheet ") for data in tree(tmp_path / "out").values())


@pytest.mark.long
def test_resume_needs_an_earlier_run(batch, scans, tmp_path, read):
    scans()
    run = batch("scans", "--out", "out", "--resume")
    assert run.returncode == 2
    assert run.stderr == (
        b"ocrkit: error: --resume: out holds no earlier run; check the name, or leave --resume out\n"
    )
    assert not (tmp_path / "out").exists()
    batch("scans", "--out", "out", "--include", "*.png")
    assert read() == 3
    assert batch("scans", "--out", "out", "--resume").returncode == 0
    assert read() == 4


@pytest.mark.long
def test_restart_reads_everything_again(batch, scans, tmp_path, read):
    scans()
    assert batch("scans", "--out", "out", "--restart").returncode == 0, "even without an earlier run"
    assert read() == 7
    (tmp_path / "out/image-0.png.txt").write_text("corrected by hand")
    assert batch("scnas/*", "--out", "out", "--restart").returncode == 2
    assert has_journal(tmp_path / "out"), "a wrong argument deletes nothing"
    assert batch("scans", "--out", "out", "--restart").returncode == 0
    assert read() == 7
    assert (tmp_path / "out/image-0.png.txt").read_text() == f"{text_of(tmp_path / 'scans/image-0.png')}\n"


@pytest.mark.long
def test_failures_are_listed_and_retried(batch, scans, tmp_path, configure, read):
    (tmp_path / "once").mkdir()
    configure(once=tmp_path / "once")
    folder = scans(images=2, tiffs=1, pages=3, corners={4: FAIL})
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    run = batch("scans", "--out", "out")
    assert (run.returncode, run.stdout) == (4, b""), "the exit code of the first failure"
    lines = run.stderr.decode().splitlines()
    assert [line.split(": ")[:3] for line in lines[:2]] == [
        ["ocrkit", "error", "scans/broken.png"],
        ["ocrkit", "error", "scans/scan-0.tif, page 2"],
    ]
    assert lines[1].endswith(", page 2: hash: this page cannot be read")
    assert summary_of(run) == (
        "ocrkit: 2 documents complete, 1 incomplete, 1 failed; 4 pages read and 1 failed"
    )
    failures = [json.loads(line) for line in (tmp_path / "out/failures.jsonl").read_text().splitlines()]
    assert [set(each) for each in failures] == [{"name", "path", "page", "kind", "message", "exit_code"}] * 2
    assert [(each["name"], each["path"], each["page"], each["kind"], each["exit_code"]) for each in failures] == [
        ("broken.png", "scans/broken.png", None, "SourceError", 4),
        ("scan-0.tif", "scans/scan-0.tif", 2, "BackendError", 5),
    ]  # fmt: skip
    assert read() == 5
    again = batch("scans", "--out", "out")
    assert (again.returncode, read()) == (4, 0), "failed pages are reported again, and not read again"
    assert again.stderr.decode().splitlines()[:2] == lines[:2]
    page_image(99).save(folder / "broken.png")
    healed = batch("scans", "--out", "out", "--retry-failed")
    assert (healed.returncode, read()) == (0, 2)
    assert summary_of(healed) == "ocrkit: 4 documents complete; 2 pages read, 4 from earlier runs"
    assert not (tmp_path / "out/failures.jsonl").exists()


def test_of_many_failures_the_first_are_shown_and_all_are_listed(batch, scans, tmp_path):
    scans(images=23, tiffs=0, corners=dict.fromkeys(range(1, 24), FAIL))
    run = batch("scans", "--out", "out")
    assert run.returncode == 5
    lines = run.stderr.decode().splitlines()
    assert [line.startswith("ocrkit: error: scans/") for line in lines] == [True] * 20 + [False] * 2
    assert lines[20] == "ocrkit: warning: 3 more failures are listed in out/failures.jsonl"
    assert len((tmp_path / "out/failures.jsonl").read_text().splitlines()) == 23


@pytest.mark.long
def test_too_many_failures_stop_the_run(batch, scans, read):
    scans(images=60, tiffs=0, corners=dict.fromkeys(range(1, 61, 2), FAIL))
    run = batch("scans", "--out", "out", "--max-failure-rate", "0.1", "--workers", "1")
    assert run.returncode == 5
    (stopped,) = (line for line in run.stderr.decode().splitlines() if "not everything was read" in line)
    assert re.search(
        r": \d+ of \d+ pages failed \(limit 10%\); run the same command again to resume", stopped
    )
    first = read()
    assert 20 <= first <= 22, "pages in progress are finished"
    assert f", {60 - first} left; " in summary_of(run)
    assert batch("scans", "--out", "out").returncode == 5
    assert read() == 60 - first


# ── what is said, and where ──


def test_with_json_nothing_else_is_printed(batch, scans, tmp_path):
    scans(corners={2: FAIL})
    run = batch("scans", os.fsdecode(b"\xff.png"), "--out", "out", "--json")
    assert (run.returncode, run.stderr) == (5, b"")
    report = json.loads(run.stdout)
    assert run.stdout.count(b"\n") == 1
    assert {name: report[name] for name in ("documents", "documents_done", "pages_read", "pages_failed")} == {
        "documents": 5, "documents_done": 3, "pages_read": 6, "pages_failed": 1,
    }  # fmt: skip
    assert report["stopped"] is None
    assert report["seconds"] > 0
    assert [(each["name"], each["page"], each["kind"]) for each in report["failures"]] == [
        ("more/image-1.png", 1, "BackendError"),
        ("\udcff.png", None, "SourceError"),
    ]
    assert len((tmp_path / "out/failures.jsonl").read_text().splitlines()) == 2


def test_json_says_why_a_run_was_stopped(batch, scans):
    scans(images=25, tiffs=0, corners=dict.fromkeys(range(1, 26), FAIL))
    run = batch("scans", "--out", "out", "--json", "--max-failure-rate", "0", "-j", "1")
    report = json.loads(run.stdout)
    assert report["stopped"] == "20 of 20 pages failed (limit 0%)"
    assert len(report["failures"]) == report["pages_failed"] < 25


@pytest.fixture
def terminal(tmp_path, command):
    """Runs `ocrkit batch` with standard error on a terminal; exit code, standard output, what was shown."""

    def run(*arguments, columns=80):
        fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
        arguments = command(*arguments) if arguments[0] != sys.executable else arguments
        with (tmp_path / "stdout").open("wb") as stdout:
            process = subprocess.Popen(
                arguments, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=stdout, stderr=slave,
                env=environment(TERM="xterm", COLUMNS="", LINES=""),
            )  # fmt: skip
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # the end of the output of a terminal
            while data := os.read(master, 10_000):
                shown += data
        os.close(master)
        return process.wait(), (tmp_path / "stdout").read_bytes(), shown.decode()

    return run


CONTROL = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")


def frames(shown):
    """The frames that a terminal showed, without colors."""
    return [CONTROL.sub("", frame) for frame in re.split(r"\x1b\[2K", shown)]


@pytest.mark.long
def test_a_terminal_shows_a_bar_that_is_removed_at_the_end(scans, configure, terminal):
    configure(seconds=0.15)
    scans(images=3, tiffs=1, pages=4, corners={2: FAIL})
    code, out, shown = terminal("scans", "--out", "out")
    assert (code, out) == (5, b"")
    pictures = [frame for frame in frames(shown) if "━" in frame]
    assert len(pictures) > 2
    assert re.search(
        r" of 4 documents, \d+ pages, \d+ pages/min, 1 failed, \d+ s left",
        " ".join(" ".join(pictures).split()),
    )
    last = " ".join(pictures[-1].split())
    assert re.search(r"━ 100% 4 of 4 documents, 6 pages, \d+ pages/min, 1 failed, 0 s left$", last)
    rest = frames(shown)[-1].splitlines()
    assert rest[0].startswith("ocrkit: error: scans/more/image-1.png, page 1: hash: ")
    assert rest[1].startswith("ocrkit: 3 documents complete, 1 failed; 6 pages read and 1 failed in ")
    assert len(rest) == 2


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_quiet_and_json_show_no_bar(scans, terminal, option):
    scans()
    code, out, shown = terminal("scans", "--out", "out", option)
    assert code == 0
    assert "\x1b" not in shown
    if option == "--quiet":
        assert out == b""
        assert shown.startswith("ocrkit: 4 documents complete; 7 pages read in ")
    else:
        assert json.loads(out)["documents_done"] == 4
        assert shown == ""


BARS = """
from ocrkit.batch import Progress
from ocrkit.cli._progress import display
progress = Progress(
    documents=52_000, documents_done=12_345, documents_failed=12, failures=12, pages=300_000, pages_read=123_456, bytes=1e9,
    bytes_done=2.5e8, seconds=6000,
)
with display(quiet=False) as shown:
    shown(progress)
"""


def test_a_narrow_window_cuts_off_no_number(terminal):
    code, _, shown = terminal(sys.executable, "-c", BARS, columns=70)
    assert code == 0
    words = " ".join(CONTROL.sub("", shown).split())
    assert "━ 25% 12,357 of 52,000 documents, 123,456 pages, 1,235 pages/min, 12 failed, 5.0 h left" in words
    assert all(len(line) <= 70 for line in "".join(frames(shown)).replace("\r", "\n").split("\n"))


@pytest.fixture(scope="module", autouse=True)
def long_run(tmp_path_factory):
    """A run of more than ten seconds beside the other tests. It sleeps nearly all of the time."""
    folder = tmp_path_factory.mktemp("long")
    (folder / "scans").mkdir()
    for number in range(1, 22):
        page_image(number, FAIL if number == 1 else 255).save(folder / f"scans/{number:02}.png")
    (folder / "ocrkit.toml").write_text("workers = 1\n[backends.hash]\nseconds = 0.55\n")
    approve(folder / "ocrkit.toml")
    program = str(Path(sys.executable).with_name("ocrkit"))
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [program, "batch", "scans", "--out", "out", "--backend", "engines:HashBackend"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environment(),
        )  # fmt: skip
    yield process, folder
    process.kill()
    process.wait()


# ── what goes wrong ──


WRONG = [
    ("scans --out out --format nope", 2, "unknown format 'nope'. The choices are: "),
    ("scans", 2, "Missing option '--out'"),
    ("--out out", 2, "Missing argument 'IN'"),
    ("scans --out=", 2, "--out is empty"),
    ("scans --out out --pages=", 2, "--pages is empty"),
    ("- --out out", 2, "there is nothing to read in an empty list"),
    ("scans/*.pdf --out out", 2, "there is nothing to read in scans/*.pdf"),
    ("scans --out out --include *.pdf", 2, "there is nothing to read in scans"),
    ("scans --out out --resume --restart", 2, "--resume and --restart exclude each other"),
    ("scans --out out --workers 0", 2, "--workers: workers must be greater than or equal to 1"),
    ("scans --out out --max-failure-rate 2", 2, "--max-failure-rate: max_failure_rate must be less than"),
    ("scans --out out --mode handwritten", 5, "does not support mode 'handwritten'"),
    ("scans --out out --nonsense", 2, "No such option: --nonsense"),
    ("scans --out scans", 2, "scans is both an input and the folder for the results"),
    (". --out scans/..", 2, ". is both an input and the folder for the results"),
    ("scans --out file", 6, "file: the folder cannot be used"),
    ("scans --out file/out", 6, "file/out: the folder cannot be used"),
]


def test_a_wrong_argument_is_one_message(configure, scans, tmp_path, monkeypatch):
    scans(images=1, tiffs=0)
    (tmp_path / "file").write_text("something else")
    before = tree(tmp_path)
    monkeypatch.chdir(tmp_path)
    for arguments, code, words in WRONG:
        run = CliRunner().invoke(
            app, ["batch", *arguments.split(), "--backend", "engines:HashBackend"], prog_name="ocrkit"
        )
        said = run.stderr
        assert (run.exit_code, run.stdout) == (code, ""), (arguments, said)
        assert words in said, arguments
        assert "Traceback" not in said, arguments
        assert "defect" not in said, arguments
        assert said.startswith("Usage: ") or said.count("\n") == 1, arguments
    assert tree(tmp_path) == before, "no file was created or changed"
    assert not (tmp_path / "out").exists()


@pytest.mark.long
def test_an_unknown_backend_is_named(batch, scans):
    scans(images=1, tiffs=0)
    for name, words in [("nope", b"unknown backend 'nope'"), ("nope:Nope", b"nope")]:
        run = batch("scans", "--out", "out", backend=name)
        assert (run.returncode, run.stdout, run.stderr.count(b"\n")) == (2, b"", 1), run.stderr
        assert words in run.stderr


def test_a_missing_file_is_a_failure(batch, scans, tmp_path):
    scans(images=1, tiffs=0)
    run = batch("scans/image-0.png", "scans/nowhere.png", "--out", "out")
    assert run.returncode == 4
    assert (
        b"ocrkit: error: scans/nowhere.png: this file cannot be read: there is no such file\n" in run.stderr
    )
    assert list(tree(tmp_path / "out")) == ["failures.jsonl", "image-0.png.txt"]


@pytest.mark.long
def test_a_folder_in_place_of_an_output_fails_only_that_output(batch, scans, tmp_path, read):
    scans()
    (tmp_path / "out/scan-0.tif.txt/in the way").mkdir(parents=True)
    run = batch("scans", "--out", "out")
    assert (run.returncode, run.stdout) == (6, b"")
    assert b"scans/scan-0.tif: out/scan-0.tif.txt cannot be written: " in run.stderr
    assert summary_of(run) == "ocrkit: 3 documents complete, 1 failed; 7 pages read"
    assert read() == 7
    shutil.rmtree(tmp_path / "out/scan-0.tif.txt")
    assert batch("scans", "--out", "out").returncode == 0
    assert read() == 0
    assert len(tree(tmp_path / "out")) == 4


@pytest.mark.long
def test_an_error_that_fails_every_page_ends_the_run(batch, scans, tmp_path, configure, read):
    (tmp_path / "once").mkdir()
    configure(once=tmp_path / "once", workers=1)
    scans(images=6, tiffs=0, corners={3: QUOTA})
    run = batch("scans", "--out", "out")
    assert (run.returncode, run.stdout) == (5, b"")
    assert run.stderr.count(b"\n") == 1
    assert b"nothing is left this month" in run.stderr
    assert not (tmp_path / "out/failures.jsonl").exists()
    first = read()
    assert batch("scans", "--out", "out").returncode == 0
    assert first + read() == 7, "only the page with the error is read twice"


@pytest.mark.long
@pytest.mark.parametrize("isolate", ["--isolate", "--no-isolate"])
def test_only_isolation_protects_the_run_from_a_crash(batch, scans, tmp_path, isolate):
    scans(images=3, tiffs=0, corners={2: CRASH})
    run = batch("scans", "--out", "out", isolate, "-j", "1")
    if isolate == "--isolate":
        assert run.returncode == 5
        assert b"was ended by SIGSEGV (2 attempts)" in run.stderr
        assert sorted(tree(tmp_path / "out")) == ["failures.jsonl", "image-0.png.txt", "image-2.png.txt"]
    else:
        assert run.returncode == -signal.SIGSEGV


def test_the_help_names_every_option(batch):
    run = batch("--help")
    assert (run.returncode, run.stderr) == (0, b"")
    named = set(re.findall(r"(?<![\w-])--?[a-z0-9][a-z-]*", run.stdout.decode().split("Options:")[1]))
    assert named >= set(
        "--out -o --format -f --include --exclude --null -0 --backend -b --lang -l --mode --scene --preprocess "
        "--postprocess --marks --no-marks --without --text-layer --hidden-text --remote --no-remote --allow-download --no-download --ray --gpus --pages --dpi --password-file --workers -j --threads --isolate --no-isolate --max-failure-rate --resume "
        "--restart --retry-failed --quiet -q --json --profile --config --help -h".split()
    )
    described = re.findall(r"^  -(?:.*  \S|\S.*\n {20,}\S)", run.stdout.decode(), re.MULTILINE)
    assert len(described) == 37, "with a description of each"


# ── at the end of the file, when the long run has finished ──


@pytest.mark.long
def test_without_a_terminal_progress_is_logged_in_lines(long_run):
    process, folder = long_run
    assert process.wait() == 5
    assert (folder / "stdout").read_bytes() == b""
    said = (folder / "stderr").read_text()
    assert "\x1b" not in said
    assert "\r" not in said
    first, *more, error, summary = said.splitlines()
    assert re.fullmatch(r"ocrkit: \d+ of 21 documents, \d+ pages, \d+ pages/min, 1 failed, \d+ s left", first)
    assert len([first, *more]) <= float(summary.split()[-2]) / 10, "one in ten seconds"
    assert error.startswith("ocrkit: error: scans/01.png, page 1: hash: ")
    assert summary.startswith("ocrkit: 20 documents complete, 1 failed; 20 pages read and 1 failed in ")
