"""Backends that must read in a worker process of their own."""

import ast
import os
import sys
import threading
from pathlib import Path

import psutil
import pytest

import ocrkit
from ocrkit.backends.base import OcrBackend
from ocrkit.errors import (
    BackendCrashError,
    BackendError,
    BackendTimeoutError,
    BackendUnavailableError,
    ConfigError,
    MissingDependencyError,
)
from ocrkit.registry import IsolatedBackend, create_backend, recognize
from ocrkit.request import Request
from ocrkit.strategies import Fallback
from ocrkit.testing import until
from ocrkit.testing.samples import blank_page

sys.path.insert(0, str(Path(__file__).parent))  # the processes look for modules where their parent does

import fragile_backends
from fragile_backends import FragileBackend, FragileOptions

PATH = "fragile_backends:FragileBackend"


@pytest.fixture
def fragile():
    created = []

    def make(deed="read", **options):
        created.append(create_backend(PATH, {"deed": deed, **options}))
        return created[-1]

    yield make
    for backend in created:
        backend.close()


def read(backend):
    return recognize(backend, blank_page(), Request())


def texts(result):
    return [line.text for line in result.lines]


def test_the_backend_reads_in_another_process_that_is_reused(fragile):
    backend = fragile()
    first, second = texts(read(backend)), texts(read(backend))
    assert int(first[0]) != os.getpid()
    assert first[0] == second[0]
    assert isinstance(backend, OcrBackend)
    assert (backend.capabilities.native, backend.capabilities.killable) == (False, True)


def test_the_process_has_its_own_folder_and_variables(fragile):
    backend = fragile()
    _, variable, folder, files = texts(read(backend))
    assert variable == "set for the process"
    assert "FRAGILE_VARIABLE" not in os.environ
    assert ast.literal_eval(files) == ["engine.log", "prepared"]
    assert Path(folder) != Path.cwd()
    backend.close()
    backend = None
    assert until(lambda: not Path(folder).exists())


def test_closing_frees_the_backend_and_ends_the_process(fragile, tmp_path):
    backend = fragile(mark=tmp_path / "mark")
    pid = int(texts(read(backend))[0])
    backend.close()
    assert not psutil.pid_exists(pid)
    assert (tmp_path / "mark").read_text() == "closed"
    assert int(texts(read(backend))[0]) != pid, "a closed backend loads again"
    backend.close()
    backend.close()


def test_a_page_whose_process_crashed_once_is_read_by_a_new_one(fragile, tmp_path):
    result = read(fragile("abort_once", mark=tmp_path / "mark"))
    assert texts(result) == ["at the second attempt"]
    assert result.trace.attempts == 2


def test_a_crash_is_an_error_with_the_page_and_the_program_goes_on(fragile):
    with pytest.raises(
        BackendCrashError, match=r"fragile, page 1: .*SIGABRT.*\(2 attempts\).*another backend"
    ):
        read(fragile("abort"))
    assert texts(read(fragile()))


def test_a_crash_that_the_backend_explains_is_its_error(fragile):
    with pytest.raises(MissingDependencyError, match="install a library") as caught:
        read(fragile("abort_without_library"))
    assert caught.value.install == "make it so"


@pytest.mark.long
def test_a_hang_ends_at_the_time_limit(fragile):
    with pytest.raises(BackendTimeoutError, match=r"no answer within 0\.5 seconds.*timeout_seconds"):
        read(fragile("hang", timeout_seconds=0.5))


def test_errors_of_the_backend_arrive_as_they_are(fragile):
    with pytest.raises(ConfigError, match="the option is wrong"):
        read(fragile("refuse"))
    with pytest.raises(BackendError, match="ZeroDivisionError: odd"):
        read(fragile("fail"))


@pytest.mark.long
def test_closing_during_a_call_ends_the_call(fragile):
    backend = fragile("hang")
    errors = []

    def call():
        try:
            read(backend)
        except BackendUnavailableError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert until(lambda: any("python" in child.name() for child in psutil.Process().children()))
    while thread.is_alive():
        backend.close()
        thread.join(0.1)
    assert "stopped" in str(errors[0])


@pytest.mark.long
def test_diagnosis_runs_in_the_process_and_reports_why_it_cannot(fragile):
    [finding] = fragile().diagnose()
    assert finding.ok
    assert finding.text != f"process {os.getpid()}"
    [finding] = fragile("abort_without_library").diagnose()
    assert (finding.ok, finding.text) == (False, "install a library")


@pytest.mark.long
def test_a_ready_made_backend_is_isolated_as_well():
    with ocrkit.Ocr(FragileBackend(FragileOptions()), postprocess=[]) as ocr:
        assert isinstance(ocr.backend, IsolatedBackend)
        pid = int(ocr.recognize(blank_page().pixels).pages[0].lines[0].text)
        assert pid != os.getpid()
    assert not psutil.pid_exists(pid)


@pytest.mark.long
def test_a_strategy_reads_with_an_isolated_backend():
    with ocrkit.Ocr(Fallback(FragileBackend(FragileOptions(deed="abort")), "null"), postprocess=[]) as ocr:
        assert not isinstance(ocr.backend, IsolatedBackend)
        page = ocr.recognize(blank_page().pixels).pages[0]
    assert page.text == ""
    assert "SIGABRT" in " ".join(decision.reason for decision in page.trace.decisions)


@pytest.mark.long
def test_it_also_reads_in_worker_processes():
    with ocrkit.Ocr(PATH, postprocess=[], isolate=True, workers=1) as ocr:
        pid = int(ocr.recognize(blank_page().pixels).pages[0].lines[0].text)
    assert until(lambda: not psutil.pid_exists(pid))


def test_the_fingerprint_is_that_of_the_backend(fragile):
    one = ocrkit.Ocr(PATH, settings={"backends": {"fragile": {"timeout_seconds": 5}}}).fingerprint
    assert one is not None
    assert one == ocrkit.Ocr(PATH).fingerprint
    assert one != ocrkit.Ocr(PATH, settings={"backends": {"fragile": {"deed": "abort"}}}).fingerprint


def test_a_class_of_the_main_program_is_refused(fragile):
    kind = type("Local", (fragile_backends.FragileBackend,), {"__module__": "__main__"})
    with pytest.raises(ConfigError, match="'Local' is defined in the main program"):
        read(create_backend(kind))
