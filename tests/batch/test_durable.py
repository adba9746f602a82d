"""Runs that are killed, interrupted or out of disk space, and the next run."""

import contextlib
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import psutil
import pytest
from folders import environment, tree

from ocrkit.config.approvals import approve
from ocrkit.formats import format_names
from ocrkit.testing import until

NATIVE = "engines:NativeBackend"
EVERY_FORMAT = [part for name in format_names() if name != "page" for part in ("-f", name)]
"""Of documents with several pages: a PAGE file holds one."""


def set_up(tmp_path, seconds=0.0, backend="hash"):
    """A configuration file for a backend that needs `seconds` for each page."""
    lines = ["workers = 2", f"[backends.{backend}]", f"seconds = {seconds}"]
    lines += [f'{name} = "{tmp_path / name}"' for name in ("log", "gate")]
    (tmp_path / "ocrkit.toml").write_text("\n".join(lines) + "\n")
    approve(tmp_path / "ocrkit.toml")


def hold(tmp_path, pages):
    """Let a run read this number of pages and wait with the next ones."""
    (tmp_path / "gate").write_text(str(pages))


def let_go(tmp_path):
    (tmp_path / "gate").unlink()


def finished(out):
    """The results in the journal by key and page."""
    path = out / ".ocrkit/journal.sqlite"
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as database:
        try:
            rows = database.execute("SELECT key, page, result FROM pages").fetchall()
        except sqlite3.OperationalError:  # killed before the tables were created
            return {}
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return {(key, page): result for key, page, result in rows}


def read(tmp_path):
    log = tmp_path / "log"
    return log.read_text().split() if log.exists() else []


@pytest.fixture
def start(tmp_path):
    """Starts a command. Commands that still run at the end of the test are killed.

    Standard error is a file: a program that an engine leaves running would keep a pipe open.
    """
    started = []

    def start(command, **options):
        with (tmp_path / "said").open("wb") as said:
            process = subprocess.Popen(
                command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=said,
                start_new_session=True, **options,
            )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def ended(tmp_path):
    """Waits for a run; returns its exit code and its standard error."""

    def ended(process):
        code = process.wait()
        return code, (tmp_path / "said").read_text()

    return ended


def wait_for_pages(tmp_path, count, process):
    while len(read(tmp_path)) < count and process.poll() is None:
        time.sleep(0.01)


def interrupt(tmp_path, process, number=signal.SIGINT):
    """Send a signal, and wait until it has arrived."""
    process.send_signal(number)
    assert until(lambda: "finishing the pages" in (tmp_path / "said").read_text())


@pytest.mark.long
@pytest.mark.parametrize(
    ("backend", "kills"), [("engines:HashBackend", 12), (NATIVE, 18)], ids=["threads", "processes"]
)
def test_killed_runs_lose_no_page_and_duplicate_none(
    tmp_path, scans, command, batch, start, ended, backend, kills
):
    """Killed at random moments and started again, a run gives the bytes of an undisturbed run."""
    name = "native" if backend == NATIVE else "hash"
    images = 3 * kills
    folder = scans(images=images, tiffs=6, pages=5)
    set_up(tmp_path, backend=name)
    undisturbed = batch(folder, "--out", "undisturbed", *EVERY_FORMAT, backend=backend)
    assert undisturbed.returncode == 0, undisturbed.stderr.decode()
    pages = read(tmp_path)
    assert len(pages) == len(set(pages)) == images + 30

    (tmp_path / "log").unlink()
    set_up(tmp_path, seconds=0.15, backend=name)
    run = command(folder, "--out", "out", *EVERY_FORMAT, backend=backend)
    chance = random.Random(4)
    before = {}
    for kill in range(kills):
        known = len(read(tmp_path))
        hold(tmp_path, known + 5)
        process = start(run)
        if kill % 3:  # every third time before the first page, perhaps before anything
            wait_for_pages(tmp_path, known + chance.randint(1, 3), process)
            time.sleep(chance.random() * 0.1)
        else:
            time.sleep(chance.random() * 0.8)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was killed before its end"
        after = finished(tmp_path / "out")
        assert before.items() <= after.items(), "finished pages stay, byte for byte"
        before = after
    let_go(tmp_path)
    assert ended(start(run))[0] == 0
    assert tree(tmp_path / "out") == tree(tmp_path / "undisturbed")
    assert not list((tmp_path / "out/.ocrkit").glob("drafts/*"))
    # Pages in progress at a kill are read again, finished pages never.
    again = len(read(tmp_path)) - len(pages)
    assert 0 <= again <= kills * 2 * 2
    assert set(read(tmp_path)) == set(pages)


@pytest.mark.long
def test_finished_pages_are_never_read_again(tmp_path, scans, command, start, ended):
    set_up(tmp_path)
    hold(tmp_path, 10)
    run = command(scans(images=20, tiffs=0), "--out", "out")
    process = start(run)
    assert until(lambda: len(finished(tmp_path / "out")) >= 4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    let_go(tmp_path)
    kept = len(finished(tmp_path / "out"))
    first = len(read(tmp_path))
    assert 4 <= kept <= first < 20
    assert ended(start(run))[0] == 0
    assert len(read(tmp_path)) - first == 20 - kept


def test_ctrl_c_finishes_the_pages_in_progress(tmp_path, scans, command, start, ended):
    set_up(tmp_path)
    hold(tmp_path, 2)
    run = command(scans(images=20, tiffs=0), "--out", "out")
    process = start(run)
    wait_for_pages(tmp_path, 3, process)
    interrupt(tmp_path, process)
    let_go(tmp_path)
    code, errors = ended(process)
    assert code == 130
    assert "finishing the pages in progress" in errors
    assert "run the same command again" in errors
    assert len(finished(tmp_path / "out")) == len(read(tmp_path)) < 20
    assert len(tree(tmp_path / "out")) == len(read(tmp_path)), "their documents are written"


@pytest.mark.long
@pytest.mark.parametrize("backend", ["engines:HashBackend", NATIVE], ids=["threads", "processes"])
def test_ctrl_c_twice_stops_now(tmp_path, scans, command, start, backend):
    set_up(tmp_path, backend="native" if backend == NATIVE else "hash")
    run = command(
        scans(images=6, tiffs=0, corners=dict.fromkeys(range(1, 7), 20)), "--out", "out", backend=backend
    )
    process = start(run)
    wait_for_pages(tmp_path, 2, process)
    children = psutil.Process(process.pid).children(recursive=True)
    interrupt(tmp_path, process)
    assert process.poll() is None, "it waits for the pages in progress, which hang"
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert finished(tmp_path / "out") == {}
    if backend == NATIVE:
        psutil.wait_procs(children, timeout=60)
        assert not [each for each in children if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_sigterm_finishes_the_pages_in_progress(tmp_path, scans, command, start, ended):
    set_up(tmp_path)
    hold(tmp_path, 2)
    process = start(command(scans(images=20, tiffs=0), "--out", "out"))
    wait_for_pages(tmp_path, 3, process)
    interrupt(tmp_path, process, signal.SIGTERM)
    let_go(tmp_path)
    assert ended(process)[0] == 143
    assert len(finished(tmp_path / "out")) == len(read(tmp_path)) < 20


@pytest.mark.long
def test_a_second_run_into_the_same_folder_is_refused(tmp_path, scans, command, batch, start, ended):
    set_up(tmp_path)
    hold(tmp_path, 2)
    folder = scans(images=10, tiffs=0)
    first = start(command(folder, "--out", "out"))
    wait_for_pages(tmp_path, 2, first)
    second = batch(folder, "--out", "out")
    assert second.returncode == 2
    assert b"another run is using out" in second.stderr
    let_go(tmp_path)
    assert ended(first)[0] == 0
    assert len(read(tmp_path)) == 10
    assert batch(folder, "--out", "out").returncode == 0
    assert len(read(tmp_path)) == 10


@pytest.mark.long
@pytest.mark.parametrize("room", [9_000, 40_000])
def test_a_full_disk_loses_nothing(tmp_path, scans, command, batch, start, ended, room):
    """With a limit on file sizes, writing fails in the middle, as on a full disk."""
    set_up(tmp_path)
    folder = scans(images=10, tiffs=4, pages=40)
    run = command(folder, "--out", "out", "-f", "json")
    starved = start(run, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
    code, errors = ended(starved)
    assert code == 6, errors
    assert "cannot be written" in errors
    first = len(read(tmp_path))
    kept = len(finished(tmp_path / "out"))
    for name, data in tree(tmp_path / "out").items():
        assert json.loads(data), f"{name} is complete"
    assert ended(start(run))[0] == 0
    assert len(read(tmp_path)) - first == 170 - kept
    assert batch(folder, "--out", "whole", "-f", "json").returncode == 0
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
