"""Processes that crash, hang, leak and end, for real."""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from ocrkit.errors import SourceError
from ocrkit.testing import until
from ocrkit.workers.messages import ForeignError
from ocrkit.workers.pool import WorkerPool
from ocrkit.workers.process import Limits, WorkerLostError

sys.path.insert(0, str(Path(__file__).parent))  # the processes look for modules where their parent does

import jobs


@pytest.fixture
def crew():
    crews = []

    def make(setup=jobs.obedient, size=1, **limits):
        crews.append(WorkerPool(setup, size, Limits(**limits)))
        return crews[-1]

    yield make
    for each in crews:
        each.stop()
        each.close()


def gone(pid):
    def is_gone():
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return until(is_gone)


def test_calls_are_answered_by_one_process_that_is_reused(crew):
    made = crew()
    first, calls = made.call(("count",)).value
    assert first != os.getpid()
    assert made.call(("count",)).value == (first, calls + 1)
    assert made.call(("say", "there")) == ("hello there", 1)


def test_a_setup_may_be_a_partial_function(crew):
    assert crew(functools.partial(jobs.Obedient, "good day")).call(("say", "x")).value == "good day x"


def test_large_arrays_arrive_unchanged(crew):
    pixels = np.arange(1 << 20, dtype=np.uint8).reshape(1024, 1024)
    assert crew().call(("brightness", pixels)).value == int(pixels.sum())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.parametrize("end", ["return", "raise"])
def test_a_forked_child_of_an_engine_sends_no_replies(crew, end):
    made = crew()
    assert [made.call(("fork", number, end)).value for number in range(4)] == [0, 1, 2, 3]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_crash_is_noticed_even_if_a_child_holds_the_pipes(crew):
    made = crew()
    with pytest.raises(WorkerLostError, match="exit code 11") as caught:
        made.call(("fork_and_exit",))
    assert caught.value.kind == "crashed"


@pytest.mark.parametrize("own_session", [False, True])
def test_closing_does_not_wait_for_processes_left_by_an_engine(crew, own_session):
    made = crew()
    pid = made.call(("leave_behind", own_session)).value
    made.close()
    if own_session:
        os.kill(pid, signal.SIGKILL)
    else:
        assert gone(pid)


def test_output_without_line_breaks_is_not_kept_in_memory(crew):
    made = crew()
    before = psutil.Process().memory_full_info().uss
    with pytest.raises(WorkerLostError, match="assertion failed"):
        made.call(("chatter", 100))
    assert psutil.Process().memory_full_info().uss - before < 50 << 20


FORKED = """
import os, sys
sys.path.insert(0, sys.argv[1])
import jobs
from ocrkit.workers.pool import WorkerPool
from ocrkit.workers.process import Limits
crew = WorkerPool(jobs.obedient, 1, Limits())
mine = crew.call(("count",)).value[0]
child = os.fork()
if child == 0:
    other = crew.call(("count",)).value[0]
    crew.close()
    sys.exit(0 if other != mine else 1)  # with all that is done at the end of a program
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0
assert crew.call(("count",)).value == (mine, 2), "it is still there, and answers the right call"
crew.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_program_starts_its_own_worker_processes():
    subprocess.run([sys.executable, "-c", FORKED, Path(jobs.__file__).parent], check=True)


def test_nothing_is_imported_from_the_current_folder(crew, tmp_path, monkeypatch):
    for name in ("pickle", "os", "queue"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is not for you')\n")
    monkeypatch.chdir(tmp_path)
    assert crew().call(("say", "x")).value == "hello x"


def test_errors_keep_their_type(crew):
    made = crew()
    with pytest.raises(SourceError) as caught:
        made.call(("fail", SourceError("broken", path="a.pdf", page=3)))
    assert (caught.value.path, caught.value.page) == ("a.pdf", 3)
    with pytest.raises(ForeignError, match="UnpicklableError: odd"):
        made.call(("fail_oddly",))
    with pytest.raises(ForeignError, match="SystemExit: 3"):
        made.call(("leave",))
    assert made.call(("count",)).value[1] == 4, "the process lives on"


def test_output_of_an_engine_does_not_disturb_the_replies(crew):
    made = crew()
    assert made.call(("print", "noise")).value == "printed"
    assert made.call(("say", "x")).value == "hello x"


def test_large_messages_pass_in_both_directions(crew):
    data = os.urandom(3_000_000)
    assert crew().call(("large", data)).value == data + data


def test_a_crash_is_retried_once_and_then_reported(crew, tmp_path):
    made = crew()
    assert made.call(("crash_once", tmp_path / "marker")) == ("recovered", 2)
    with pytest.raises(WorkerLostError, match=r"was ended by SIGSEGV: engine: assertion failed") as caught:
        made.call(("crash",))
    assert caught.value.kind == "crashed"
    assert made.call(("say", "x")).value == "hello x"


def test_an_exit_is_a_crash(crew):
    with pytest.raises(WorkerLostError, match="ended with exit code 9"):
        crew().call(("exit", 9))


@pytest.mark.long
def test_a_hanging_call_is_killed_at_its_deadline(crew):
    made = crew(seconds=0.5)
    with pytest.raises(WorkerLostError, match=r"no answer within 0\.5 seconds") as caught:
        made.call(("hang",))
    assert caught.value.kind == "hung"

    def answer():
        with contextlib.suppress(WorkerLostError):  # half a second is little on a busy machine
            return made.call(("say", "x")).value
        return None

    assert until(lambda: answer() == "hello x")


@pytest.mark.long
def test_programs_that_an_engine_started_end_with_it(crew, tmp_path):
    pid, made = tmp_path / "pid", crew(seconds=0.5)

    def start():
        with pytest.raises(WorkerLostError):
            made.call(("child", str(pid)))
        return pid.exists() and pid.read_text() != ""

    assert until(start)
    assert gone(int(pid.read_text()))


@pytest.mark.long
def test_too_much_memory_ends_a_call(crew):
    made = crew(memory=300 << 20)
    with pytest.raises(WorkerLostError, match="limit 315 MB") as caught:
        made.call(("grow", 600))
    assert caught.value.kind == "too large"
    assert made.call(("say", "x")).value == "hello x"


def test_a_process_that_has_grown_is_replaced_between_two_calls(crew):
    made = crew(memory=400 << 20)
    first = made.call(("keep", 330)).value
    assert made.call(("count",)).value[0] != first
    assert gone(first)


def test_a_process_is_replaced_after_its_number_of_calls(crew):
    made = crew(calls=2)
    pids = [made.call(("count",)).value[0] for _ in range(5)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_calls_never_use_more_processes_than_the_size(crew):
    made = crew(size=2)
    with ThreadPoolExecutor(4) as threads:
        pids = {pid for pid, _ in (answer.value for answer in threads.map(made.call, [("count",)] * 20))}
    assert 1 <= len(pids) <= 2


def test_an_exception_of_the_setup_is_raised(crew):
    with pytest.raises(ValueError, match="nothing to set up"):
        crew(jobs.refusing).call(("say", "x"))


def test_a_setup_that_exits_is_a_crash(crew):
    with pytest.raises(WorkerLostError, match="exit code 7"):
        crew(jobs.dying).call(("say", "x"))


def test_values_that_cannot_be_pickled_are_an_error_at_once():
    with pytest.raises(TypeError):
        WorkerPool(lambda: None, 1, Limits())


def test_stopping_ends_calls_in_progress(crew):
    made = crew()
    raised = []

    def ask():
        try:
            made.call(("hang",))
        except WorkerLostError as error:
            raised.append(error.kind)

    thread = threading.Thread(target=ask)
    thread.start()
    assert until(lambda: made._all)
    time.sleep(0.3)  # most often it is at its call by then
    made.stop()
    thread.join()
    assert raised == ["stopped"]
    with pytest.raises(WorkerLostError, match="stopped"):
        made.call(("say", "x"))


def test_closing_leaves_no_process_behind(crew):
    made = crew()
    pid, _ = made.call(("count",)).value
    made.close()
    assert gone(pid)
    assert made.call(("say", "x")).value == "hello x", "and it starts again when it is needed"


PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
import jobs
from ocrkit.workers.pool import WorkerPool
from ocrkit.workers.process import Limits
crew = WorkerPool(jobs.obedient, 1, Limits())
print(crew.call(("count",)).value[0], flush=True)
{then}
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("then", "kill"),
    [
        ("crew.call(('hang',))", True),
        pytest.param(
            "crew.call(('hold_lock',))",
            True,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it without the lock"),
        ),
        ("sys.stdin.read()", True),
        ("", False),
    ],
    ids=[
        "killed while it reads",
        "killed while it holds the lock",
        "killed while idle",
        "ended without closing",
    ],
)
def test_a_program_that_ends_leaves_no_process_behind(then, kill):
    """There is no `if __name__ == "__main__"` in it either: nothing runs the program a second time."""
    code = PROGRAM.format(folder=str(Path(__file__).parent), then=then)
    with (
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as program,
        contextlib.ExitStack() as afterwards,
    ):
        afterwards.callback(program.kill)
        pid = int(program.stdout.readline())
        if kill:
            time.sleep(0.2)  # most often it is at its next call by then
            program.kill()
        assert program.wait() == (-9 if kill else 0)
    assert gone(pid)


def test_ctrl_c_reaches_the_program_and_not_its_processes(crew):
    made = crew()
    pid, _ = made.call(("count",)).value
    assert os.getpgid(pid) != os.getpgid(0)
