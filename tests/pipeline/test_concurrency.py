"""Pages read at once: by threads of this process, and by processes of their own that may crash, hang and print."""

import asyncio
import contextlib
import importlib.util
import io
import os
import re
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
from PIL import Image

import ocrkit
from ocrkit import cpu
from ocrkit.errors import (
    BackendCrashError,
    BackendError,
    BackendTimeoutError,
    ConfigError,
    OcrkitError,
    SourceError,
)
from ocrkit.geometry import Box
from ocrkit.request import Capabilities
from ocrkit.result import Block, Line, PageResult, Trace
from ocrkit.testing import until

sys.path.insert(
    0, str(Path(__file__).parents[1] / "batch")
)  # where processes look for the modules of the tests

from engines import HashBackend

ENGINES = Path(__file__).parents[1] / "batch"
CRASH, HANG, GROW, EXIT, FAIL, LEAVE = 10, 20, 30, 40, 50, 80  # grays of a corner: what the page asks for

TELLING = """
import os, subprocess, sys, time
from pathlib import Path
from engines import HashBackend, HashOptions
from ocrkit.result import Block, Line

class TellingOptions(HashOptions):
    meet: str | None = None  # a folder: no page is done until two processes are reading

class TellingBackend(HashBackend):
    '''Reads in which process, with how many threads, and from when to when it reads.'''
    name = "telling"
    Options = TellingOptions

    def recognize(self, page, request):
        began = time.monotonic()
        if self.options.meet:
            (Path(self.options.meet) / str(os.getpid())).touch()
            while len(list(Path(self.options.meet).iterdir())) < 2:
                time.sleep(0.01)
        result = super().recognize(page, request)
        text = f"{os.getpid()} {self.options.threads} {began} {time.monotonic()}"
        return result.model_copy(update={"blocks": (Block(lines=(Line(text=text),)),)})

class NativeTellingBackend(TellingBackend):
    capabilities = HashBackend.capabilities.model_copy(update={"native": True})

class AloneTellingBackend(TellingBackend):
    capabilities = HashBackend.capabilities.model_copy(update={"sharing": "per-instance"})

class RemoteTellingBackend(TellingBackend):
    capabilities = HashBackend.capabilities.model_copy(update={"sharing": "per-instance", "remote": True})

class PrintingBackend(HashBackend):
    name = "printing"

    def recognize(self, page, request):
        print("noise by print")
        sys.stdout.flush()
        os.write(1, b"noise by write\\n" * 1000)
        subprocess.run(["echo", "noise by a program"], check=True)
        return super().recognize(page, request)

class DyingBackend(HashBackend):
    name = "dying"

    def __init__(self, options):
        if "pytest" not in sys.modules:  # in a worker process
            os._exit(9)
        super().__init__(options)

class AskingBackend(HashBackend):
    name = "asking"

    def recognize(self, page, request):
        found = subprocess.run(["cat"], check=True, capture_output=True).stdout + sys.stdin.buffer.read()
        assert found == b"", found
        return super().recognize(page, request)
"""


@pytest.fixture(scope="module")
def telling(tmp_path_factory):
    """A module with more backends, where other processes find it."""
    folder = tmp_path_factory.mktemp("telling")
    (folder / "telling.py").write_text(TELLING)
    sys.path.insert(0, str(folder))
    import telling

    yield telling
    sys.path.remove(str(folder))


def settings(**values):
    """Settings that do not depend on the folder and the environment of the test run."""
    backends = {name: values.pop(name) for name in ("hash", "native", "telling") if name in values}
    return ocrkit.Settings(**values, backends=backends)


def image(number, gray=255):
    """A small page like no other, with a gray corner."""
    pixels = np.random.default_rng(number).integers(0, 256, (24, 40), dtype=np.uint8)
    pixels[0, 0] = gray
    return Image.fromarray(pixels)


@pytest.fixture
def scan(tmp_path):
    """Makes a TIFF of some pages. `corners` says what a page, counted from 1, asks for."""
    made = 0

    def make(pages, corners=None):
        nonlocal made
        made += 1
        frames = [image(1000 * made + page, (corners or {}).get(page, 255)) for page in range(1, pages + 1)]
        path = tmp_path / f"scan-{made}.tif"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        return path

    return make


@pytest.fixture
def log(tmp_path):
    """Where the backends of the tests write down what they read."""

    class Log:
        def __init__(self):
            self.path = tmp_path / "log"
            self.options = {"log": str(self.path)}

        def __len__(self):
            return len(self.path.read_text().split()) if self.path.exists() else 0

    return Log()


@pytest.fixture(scope="module")
def apart():
    """Two processes, for all tests that do not break them."""
    with ocrkit.Ocr(HashBackend, isolate=True, workers=2, settings=settings()) as made:
        yield made


@pytest.fixture
def nothing_is_left():
    """Afterwards there are no more threads and processes than before."""
    threads, children = set(threading.enumerate()), set(psutil.Process().children(recursive=True))
    yield
    assert until(lambda: not set(threading.enumerate()) - threads), threading.enumerate()
    assert until(lambda: not set(psutil.Process().children(recursive=True)) - children)


def gone(pid):
    def is_gone():
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return until(is_gone)


class Watched:
    """Reads the number of a page, and knows how many pages are being read at once."""

    name = "watched"

    def __init__(self, sharing="shared", *, meet=None, remote=False):
        self.capabilities = Capabilities(sharing=sharing, reading_order=True, remote=remote)
        self.inside, self.most, self.done = 0, 0, []
        self._lock = threading.Lock()
        self._meet = meet

    def recognize(self, page, request):
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        if self._meet is not None:
            self._meet(page)
        time.sleep(0.02)  # long enough for one too many to come in
        with self._lock:
            self.inside -= 1
            self.done.append(page.number)
        box = Box(0, 0, page.width, page.height).polygon
        return PageResult(
            index=page.index, width=page.width, height=page.height, trace=Trace(backend=self.name),
            blocks=(Block(lines=(Line(text=str(page.number), polygon=box),)),),
        )  # fmt: skip

    def close(self):
        pass


def meeting_of(number):
    """What only lets pages pass when so many are read at once."""
    barrier = threading.Barrier(number, timeout=60)
    return lambda page: barrier.wait()


# ── threads ──


@pytest.mark.parametrize(
    ("given", "remote", "at_once"),
    [({"workers": 3}, False, 3), ({"threads": 2}, False, 2), ({}, True, 4), ({"workers": 2}, True, 2)],
    ids=["workers", "threads", "remote", "remote with workers"],
)
def test_at_most_the_given_number_of_pages_is_read_at_once(scan, given, remote, at_once):
    backend = Watched(meet=meeting_of(at_once), remote=remote)
    with ocrkit.Ocr(backend, settings=settings(**given)) as ocr:
        document = ocr.recognize(scan(12))
    assert backend.most == at_once
    assert [page.text for page in document.pages] == [str(number) for number in range(1, 13)]


def test_pages_come_in_order_even_if_later_ones_finish_first(scan):
    done = [threading.Event() for _ in range(5)]

    class Backwards(Watched):
        def recognize(self, page, request):
            if page.number < 4:
                assert done[page.number + 1].wait(60)
            result = super().recognize(page, request)
            done[page.number].set()
            return result

    backend = Backwards()
    ocr = ocrkit.Ocr(backend, workers=4, settings=settings())
    assert [page.number for page in ocr.stream(scan(4))] == [1, 2, 3, 4]
    assert backend.done == [4, 3, 2, 1]


@pytest.mark.parametrize("sharing", ["per-instance", "serial"])
def test_an_exclusive_backend_is_never_called_by_two_threads(scan, sharing):
    backend = Watched(sharing)
    ocr = ocrkit.Ocr(backend, workers=4, settings=settings())
    documents = [scan(4), scan(4), scan(4)]
    with ThreadPoolExecutor(3) as threads:
        read = [*threads.map(ocr.recognize, documents[:2])]
        read += threads.submit(lambda: [each.document for each in ocr.recognize_many(documents)]).result()
    assert backend.most == 1
    assert [[page.text for page in each.pages] for each in read] == [["1", "2", "3", "4"]] * 5


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.usefixtures("nothing_is_left")
def test_a_stream_reads_a_few_pages_ahead_and_stops_when_it_is_closed(scan, workers):
    opened = []

    def note(page):
        opened.append(page.number)
        return page

    ocr = ocrkit.Ocr(Watched(), workers=workers, preprocess=[note], settings=settings())
    stream = ocr.stream(scan(40))
    assert opened == []
    for taken in range(1, 6):
        next(stream)
        time.sleep(0.07)  # time enough to read too many
        assert taken <= len(opened) <= taken + 2 * workers
    stream.close()
    before = len(opened)
    assert before <= 5 + 2 * workers
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ocrkit")]
    time.sleep(0.1)
    assert len(opened) == before
    with pytest.raises(StopIteration):
        next(stream)


@pytest.mark.usefixtures("nothing_is_left")
def test_a_closed_stream_closes_its_file(scan):
    path = scan(10)
    stream = ocrkit.Ocr(Watched(), workers=2, settings=settings()).stream(path)
    next(stream)
    assert str(path) in [each.path for each in psutil.Process().open_files()]
    stream.close()
    assert str(path) not in [each.path for each in psutil.Process().open_files()]


@pytest.mark.long
@pytest.mark.parametrize(("workers", "isolate"), [(1, False), (2, False), (2, True)])
@pytest.mark.usefixtures("nothing_is_left")
def test_an_error_is_raised_in_page_order_and_cancels_later_pages(scan, log, isolate, workers):
    path = scan(30, corners={3: FAIL})
    options = {**log.options, "seconds": 0.02}
    with ocrkit.Ocr(HashBackend, workers=workers, isolate=isolate, settings=settings(hash=options)) as ocr:
        with pytest.raises(BackendError, match="this page cannot be read") as caught:
            ocr.recognize(path)
        assert (type(caught.value), caught.value.backend, caught.value.page) == (BackendError, "hash", 3)
        time.sleep(0.1)
        assert len(log) <= 3 + 2 * workers
        stream = ocr.stream(path)
        assert [next(stream).number, next(stream).number] == [1, 2]
        with pytest.raises(BackendError, match="page 3"):
            next(stream)


def joins_threads(thread):
    """Whether a thread waits for others to end."""
    frame = sys._current_frames().get(thread.ident)
    while frame is not None and frame.f_code is not threading.Thread.join.__code__:
        frame = frame.f_back
    return frame is not None


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.usefixtures("nothing_is_left")
def test_pages_that_are_not_started_are_cancelled(scan, fails):
    begun = []

    class Slow(Watched):
        def recognize(self, page, request):
            begun.append(page.number)
            if fails and page.number == 1:
                raise BackendError("the first one")
            assert page.number == 1 or until(lambda: joins_threads(caller))
            return super().recognize(page, request)

    caller = threading.current_thread()
    stream = ocrkit.Ocr(Slow(), workers=2, settings=settings()).stream(scan(10))
    with pytest.raises(BackendError, match="the first one") if fails else contextlib.nullcontext():
        next(stream)
    stream.close()
    assert len(begun) <= 3, "the fourth was waiting"


def test_an_exception_in_the_progress_callback_ends_reading(scan, log):
    def stop(done, total):
        raise InterruptedError

    ocr = ocrkit.Ocr(HashBackend, workers=2, settings=settings(hash={**log.options, "seconds": 0.02}))
    with pytest.raises(InterruptedError):
        ocr.recognize(scan(30), progress=stop)
    assert len(log) <= 5


def test_awaited_documents_are_read_concurrently(scan):
    backend = Watched(meet=meeting_of(3))
    ocr = ocrkit.AsyncOcr(backend, settings=settings(workers=3))

    async def all_of(*documents):
        return await asyncio.gather(*(ocr.recognize(each) for each in documents))

    documents = asyncio.run(all_of(scan(1), scan(1), scan(1)))
    assert [each.text for each in documents] == ["1", "1", "1"]
    assert backend.most == 3


# ── many documents ──


@pytest.mark.parametrize("isolate", [False, True])
def test_documents_come_in_the_order_of_the_sources(scan, apart, isolate):
    documents = [scan(pages) for pages in (5, 1, 3, 1)]
    plain = ocrkit.Ocr(HashBackend, workers=3, settings=settings())
    outcomes = list((apart if isolate else plain).recognize_many(documents))
    assert [each.source for each in outcomes] == documents
    for outcome, path in zip(outcomes, documents, strict=True):
        assert outcome.document.source == str(path)
        assert outcome.document.text == plain.recognize(path).text


def test_pages_of_several_documents_are_read_at_once(scan):
    backend = Watched(meet=meeting_of(4))
    ocr = ocrkit.Ocr(backend, workers=4, settings=settings())
    outcomes = list(ocr.recognize_many([scan(1), scan(2), scan(1)]))
    assert [outcome.document.text for outcome in outcomes] == ["1", "1\n\n2", "1"]
    assert backend.most == 4


@pytest.mark.parametrize("isolate", [False, True])
def test_a_broken_document_does_not_stop_the_rest(scan, tmp_path, apart, isolate):
    ocr = apart if isolate else ocrkit.Ocr(HashBackend, workers=2, settings=settings())
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    good, failing = scan(3), scan(4, corners={2: FAIL})
    sources = [tmp_path / "missing.png", good, failing, tmp_path / "broken.png", 5, good]
    outcomes = list(ocr.recognize_many(sources))
    assert [each.source for each in outcomes] == sources
    assert [type(each).__name__ for each in outcomes] == [
        "Failure", "Done", "Failure", "Failure", "Failure", "Done",
    ]  # fmt: skip
    assert [type(outcomes[index].error) for index in (0, 2, 3, 4)] == [
        SourceError, BackendError, SourceError, SourceError,
    ]  # fmt: skip
    assert outcomes[2].error.page == 2
    assert outcomes[1].document.text == outcomes[5].document.text


@pytest.mark.usefixtures("nothing_is_left")
def test_sources_are_consumed_lazily_and_freed_at_an_early_end(scan):
    taken = []
    document = scan(3)

    def endless():
        while True:
            taken.append(document)
            yield document

    backend = Watched()
    outcomes = ocrkit.Ocr(backend, workers=2, settings=settings()).recognize_many(endless())
    assert taken == []
    next(outcomes)
    assert len(taken) <= 1 + 4
    next(outcomes)
    time.sleep(0.1)
    assert len(taken) <= 2 + 4
    outcomes.close()
    read = len(backend.done)
    assert not [each for each in psutil.Process().open_files() if each.path == str(document)]
    time.sleep(0.1)
    assert len(backend.done) == read <= 3 * len(taken)


@pytest.mark.usefixtures("nothing_is_left")
def test_an_error_of_the_source_iterator_is_raised(scan):
    document = scan(3)

    def failing():
        yield document
        raise ZeroDivisionError("no more sources")

    ocr = ocrkit.Ocr(Watched(), workers=2, settings=settings())
    with pytest.raises(ZeroDivisionError, match="no more sources"):
        list(ocr.recognize_many(failing()))
    assert not [each for each in psutil.Process().open_files() if each.path == str(document)]


# ── processes of their own ──


def sources_of(path):
    """One page as everything that can be read."""
    picture = Image.open(path)
    picture.load()
    return {
        "path": path, "str": str(path), "bytes": path.read_bytes(), "memory": io.BytesIO(path.read_bytes()),
        "file": path.open("rb"), "image": picture, "array": np.asarray(picture),
        "colors": np.asarray(picture.convert("RGB")),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["path", "str", "bytes", "memory", "file", "image", "array", "colors"])
def test_every_kind_of_source_gives_the_same_result_in_a_worker_process(apart, tmp_path, kind, telling):
    image(1).save(tmp_path / "page.png")
    plain = ocrkit.Ocr(HashBackend, settings=settings())
    with contextlib.ExitStack() as stack:
        sources = sources_of(tmp_path / "page.png")
        stack.callback(sources["file"].close)
        there, here = apart.recognize(sources[kind]), plain.recognize(sources[kind])
        assert there.text == here.text != ""
        assert (there.source, there.page_count) == (here.source, here.page_count)
        assert there.pages[0].without_timings() == here.pages[0].without_timings()


def test_a_large_image_in_memory_reaches_the_worker_unchanged(apart):
    pixels = np.random.default_rng(7).integers(0, 256, (1500, 1000), dtype=np.uint8)
    expected = ocrkit.recognize(pixels, backend=HashBackend, settings=settings()).text
    assert apart.recognize(pixels).text == expected


def facts(document):
    """Process, threads, begin and end of each page, as `TellingBackend` reads them."""
    return [tuple(float(each) for each in page.text.split()) for page in document.pages]


def pids(document):
    return {int(fact[0]) for fact in facts(document)}


@pytest.fixture
def meeting(tmp_path):
    """Options for `TellingBackend`: no page is done until two processes are reading."""
    folder = tmp_path / "meeting"
    folder.mkdir()
    return {"meet": str(folder), "seconds": 0.05}


@pytest.mark.long
def test_worker_processes_read_in_parallel_up_to_the_limit(telling, scan, meeting):
    before = psutil.Process().children()
    with ocrkit.Ocr(
        telling.TellingBackend, isolate=True, workers=2, settings=settings(telling=meeting)
    ) as ocr:
        with ThreadPoolExecutor(2) as threads:
            documents = list(threads.map(ocr.recognize, [scan(4), scan(5)]))
        children = {each.pid for each in psutil.Process().children() if each not in before}
    read = [fact for document in documents for fact in facts(document)]
    assert {int(fact[0]) for fact in read} == children
    assert len(children) == 2
    at_once = [
        sum(begin <= moment < end for _, _, begin, end in read) for moment in (fact[2] for fact in read)
    ]
    assert max(at_once) == 2


@pytest.mark.parametrize(
    ("kind", "is_apart"),
    [
        ("TellingBackend", False),
        ("NativeTellingBackend", True),
        ("AloneTellingBackend", True),
        ("RemoteTellingBackend", False),
    ],
)
def test_by_default_many_documents_are_isolated_if_the_backend_prefers_it(telling, scan, kind, is_apart):
    path = scan(1)
    with ocrkit.Ocr(getattr(telling, kind), workers=1, settings=settings()) as ocr:
        assert pids(ocr.recognize(path)) == {os.getpid()}
        (outcome,) = ocr.recognize_many([path])
        assert (pids(outcome.document) != {os.getpid()}) is is_apart
        assert pids(ocr.recognize(path)) == {os.getpid()}, "also after many"


@pytest.mark.parametrize("isolate", [False, True])
def test_the_setting_isolate_is_respected(telling, scan, isolate):
    path = scan(1)
    for kind in (telling.NativeTellingBackend, telling.TellingBackend):
        with ocrkit.Ocr(kind, workers=1, isolate=isolate, settings=settings()) as ocr:
            (outcome,) = ocr.recognize_many([path])
            for document in (ocr.recognize(path), outcome.document):
                assert (pids(document) != {os.getpid()}) is isolate


def test_a_backend_object_reads_in_this_process(telling, scan):
    backend = telling.NativeTellingBackend(telling.NativeTellingBackend.Options())
    (outcome,) = ocrkit.Ocr(backend, settings=settings()).recognize_many([scan(1)])
    assert pids(outcome.document) == {os.getpid()}


@pytest.mark.long
def test_cpus_are_divided_among_the_processes(telling, scan):
    path = scan(1)
    for given, threads in [
        ({"workers": 1}, cpu.available()), ({"workers": 1, "threads": 7}, 7), ({"workers": 99}, 1),
    ]:  # fmt: skip
        with ocrkit.Ocr(telling.TellingBackend, isolate=True, settings=settings(**given)) as ocr:
            assert facts(ocr.recognize(path))[0][1] == threads


@pytest.mark.long
def test_a_process_is_replaced_after_its_number_of_pages(telling, scan):
    before = set(psutil.Process().children())
    few = settings(workers=1, max_pages_per_worker=2, isolate=True)
    with ocrkit.Ocr(telling.TellingBackend, settings=few) as ocr:
        readers = [int(fact[0]) for fact in facts(ocr.recognize(scan(3)))]
        assert len(set(psutil.Process().children()) - before) <= 1, "what is worn out does not stay"
    assert all(readers.count(pid) <= 2 for pid in readers)
    assert len(set(readers)) == 2


@pytest.mark.parametrize(
    ("corner", "error", "words"),
    [
        pytest.param(CRASH, BackendCrashError, "was ended by SIGSEGV", id="crash"),
        pytest.param(EXIT, BackendCrashError, "ended with exit code 11", id="exit", marks=pytest.mark.long),
        pytest.param(
            GROW, BackendCrashError, "limit 500 MB.*max_worker_memory", id="leak", marks=pytest.mark.long
        ),
        pytest.param(LEAVE, BackendError, "SystemExit: 12", id="sys.exit"),
    ],
)
@pytest.mark.usefixtures("nothing_is_left")
def test_a_page_that_crashes_its_process_fails_alone(scan, log, corner, error, words):
    limits = {"max_worker_memory": 500_000_000}
    bad, good = scan(2, corners={2: corner}), scan(1)
    with ocrkit.Ocr(
        HashBackend, isolate=True, workers=1, settings=settings(**limits, hash=log.options)
    ) as ocr:
        with pytest.raises(error, match=words) as caught:
            ocr.recognize(bad)
        assert (type(caught.value), caught.value.backend, caught.value.page) == (error, "hash", 2)
        # What was raised is an answer; what was lost is asked a second time, and not a third.
        assert len(log) == (2 if corner == LEAVE else 3)
        assert (
            ocr.recognize(good).text == ocrkit.recognize(good, backend=HashBackend, settings=settings()).text
        )


@pytest.mark.long
@pytest.mark.usefixtures("nothing_is_left")
def test_a_page_that_hangs_fails_alone(scan, log):
    bad, good = scan(2, corners={2: HANG}).read_bytes(), scan(1).read_bytes()
    expected = ocrkit.recognize(good, backend=HashBackend, settings=settings()).text
    for seconds in (1.5, 10.0, 60.0):  # on a slow machine the first one may be too short for any page
        limited = settings(page_timeout_seconds=seconds, hash=log.options)
        before = len(log)
        with ocrkit.Ocr(HashBackend, isolate=True, workers=1, settings=limited) as ocr:
            words = f"no answer within {seconds:g} seconds .2 attempts.*page_timeout_seconds"
            with pytest.raises(BackendTimeoutError, match=words) as caught:
                ocr.recognize(bad, pages="2")
            assert type(caught.value) is BackendTimeoutError
            assert (caught.value.backend, caught.value.page) == ("hash", 2)
            assert len(log) - before <= 2, "it is asked a second time, and not a third"
            with contextlib.suppress(BackendTimeoutError):
                assert ocr.recognize(good).text == expected
                return
    pytest.fail("no page is read after one that hangs")


def test_a_page_that_crashes_once_is_read_at_the_second_attempt(scan, log, tmp_path):
    path = scan(3, corners={2: CRASH})
    options = {**log.options, "once": str(tmp_path)}
    once = settings(isolate=True, workers=1, hash=options)
    with ocrkit.Ocr(HashBackend, settings=once) as ocr:
        document = ocr.recognize(path)
    assert [page.trace.attempts for page in document.pages] == [1, 2, 1]
    assert len(log) == 4
    plain = ocrkit.recognize(path, backend=HashBackend, settings=settings(hash={"once": str(tmp_path)}))
    assert document.text == plain.text


@pytest.mark.long
def test_a_crash_in_one_of_many_documents_fails_only_that_document(scan):
    documents = [scan(2), scan(2, corners={1: CRASH}), scan(2)]
    with ocrkit.Ocr("engines:NativeBackend", workers=2, settings=settings()) as ocr:
        outcomes = list(ocr.recognize_many(documents))
    assert [type(each).__name__ for each in outcomes] == ["Done", "Failure", "Done"]
    assert isinstance(outcomes[1].error, BackendCrashError)
    assert outcomes[1].error.backend == "native", "its name, however it was found"
    assert [len(outcomes[index].document.pages) for index in (0, 2)] == [2, 2]


@pytest.mark.long
@pytest.mark.usefixtures("nothing_is_left")
def test_ctrl_c_does_not_wait_for_a_hanging_page(scan, log):
    """Not for the five minutes that a page may take; and it is not the end of the object."""
    path = scan(4, corners={1: HANG, 2: HANG})

    def press():
        until(lambda: len(log) == 2)
        os.kill(os.getpid(), signal.SIGINT)

    with ocrkit.Ocr(HashBackend, isolate=True, workers=2, settings=settings(hash=log.options)) as ocr:
        finger = threading.Thread(target=press)
        finger.start()
        with pytest.raises(KeyboardInterrupt):
            ocr.recognize(path)
        finger.join()
        assert len(ocr.recognize(scan(3)).pages) == 3


@pytest.mark.long
@pytest.mark.parametrize("early", [False, True])
@pytest.mark.usefixtures("nothing_is_left")
def test_closing_ends_the_processes(telling, scan, meeting, early):
    before = set(psutil.Process().children())
    ocr = ocrkit.Ocr(telling.TellingBackend, isolate=True, workers=2, settings=settings(telling=meeting))
    path = scan(8)
    stream = ocr.stream(path)
    next(stream)
    children = set(psutil.Process().children()) - before
    assert len(children) == 2
    if early:
        stream.close()
    else:
        assert len(list(stream)) == 7
    ocr.close()
    assert all(gone(each.pid) for each in children)
    if early:
        assert len(ocr.recognize(path, pages="1").pages) == 1, "it starts again when it is used"
    ocr.close()


def test_awaited_documents_are_read_in_worker_processes(scan):
    documents = [scan(pages) for pages in (1, 3, 2, 4)]

    async def all_of_them():
        async with ocrkit.AsyncOcr(HashBackend, settings=settings(workers=2, isolate=True)) as ocr:
            return await asyncio.gather(*(ocr.recognize(each) for each in documents))

    for document, path in zip(asyncio.run(all_of_them()), documents, strict=True):
        assert document.text == ocrkit.recognize(path, backend=HashBackend, settings=settings()).text


def test_a_file_that_cannot_be_opened_is_named_as_the_user_wrote_it(apart, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("broken.tif").write_bytes(b"II*\x00 and then nothing")
    for name in ("broken.tif", "missing.tif"):
        with pytest.raises(SourceError) as caught:
            apart.recognize(name)
        assert caught.value.path == name
        assert str(tmp_path) not in str(caught.value)


def test_a_file_deleted_during_reading_is_an_error_of_that_file(scan, log):
    path = scan(30)
    with ocrkit.Ocr(
        HashBackend, isolate=True, workers=1, settings=settings(hash={**log.options, "seconds": 0.01})
    ) as ocr:
        stream = ocr.stream(path)
        next(stream)
        path.unlink()
        with pytest.raises(SourceError, match="No such file") as caught:
            list(stream)
    assert caught.value.path == str(path)


def test_a_file_replaced_between_two_pages_is_read_again(scan):
    """Also by one of the same size and the same time, as a copy that keeps times leaves it."""
    path, other = scan(3), scan(3)
    data = other.read_bytes()
    assert len(data) == path.stat().st_size
    state = path.stat()
    expected = ocrkit.recognize(other, pages="1", backend=HashBackend, settings=settings()).text
    with ocrkit.Ocr(HashBackend, isolate=True, workers=1, settings=settings()) as ocr:
        assert ocr.recognize(path, pages="1").text != expected
        path.write_bytes(data)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        assert ocr.recognize(path, pages="1").text == expected


# ── what cannot be done ──


@pytest.mark.long
@pytest.mark.parametrize("many", [False, True])
def test_a_process_that_does_not_start_is_an_error(telling, scan, many):
    with ocrkit.Ocr(telling.DyingBackend, isolate=True, workers=1, settings=settings()) as ocr:
        words = "no worker process can be started: .*exit code 9; set isolate=False"
        if many:
            errors = [each.error for each in ocr.recognize_many([scan(2), scan(1)])]
            assert [type(each) for each in errors] == [ConfigError, ConfigError]
            assert re.search(words, str(errors[0]))
        else:
            with pytest.raises(ConfigError, match=words):
                ocr.recognize(scan(2))


@pytest.mark.parametrize("one", ["letter.png", Path("letter.png"), b"picture"])
def test_a_single_source_in_place_of_a_list_is_an_error(one):
    with pytest.raises(ConfigError, match="sources"):
        ocrkit.Ocr("null", settings=settings()).recognize_many(one)


def test_a_backend_object_cannot_be_isolated():
    with pytest.raises(ConfigError, match="pass its class or its dotted path"):
        ocrkit.Ocr(Watched(), isolate=True, settings=settings())


def test_a_step_that_cannot_be_pickled_is_an_error_at_once():
    with pytest.raises(ConfigError, match=r"in worker processes: .*lambda.*isolate=False"):
        ocrkit.Ocr(HashBackend, isolate=True, preprocess=[lambda page: page], settings=settings())


@pytest.mark.long
def test_a_class_that_the_worker_cannot_import_is_a_config_error(tmp_path, scan):
    """Its module was loaded by hand, from where no other process would look for it."""
    file = tmp_path / "hidden.py"
    file.write_text("from engines import NativeBackend\nclass Hidden(NativeBackend): ...\n")
    spec = importlib.util.spec_from_file_location("hidden_engine", file)
    module = sys.modules["hidden_engine"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path = scan(2)
    try:
        with ocrkit.Ocr(module.Hidden, isolate=True, settings=settings(workers=1)) as ocr:
            with pytest.raises(ConfigError, match="No module named 'hidden_engine'; or set isolate=False"):
                ocr.recognize(path)
            with pytest.raises(ConfigError, match="hidden_engine"):
                ocr.recognize(path.read_bytes())
        with ocrkit.Ocr(module.Hidden, settings=settings(workers=1)) as ocr:
            outcomes = list(ocr.recognize_many([path, path]))
        assert [type(each.error) for each in outcomes] == [ConfigError, ConfigError]
    finally:
        del sys.modules["hidden_engine"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"workers": 0}, {"workers": -1}, {"workers": "many"}, {"workers": 1.5}, {"threads": 0}, {"threads": -1},
        {"threads": "all"}, {"isolate": "perhaps"}, {"isolate": 7},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_values_name_the_setting(wrong):
    (name,) = wrong
    with pytest.raises(ConfigError, match=f"^{name}: "):
        ocrkit.Ocr("null", settings=settings(), **wrong)
    with pytest.raises(OcrkitError, match=name):
        ocrkit.Ocr("null", settings=wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"page_timeout_seconds": 0}, {"max_pages_per_worker": 0}, {"max_worker_memory": "much"}],
    ids=str,
)
def test_wrong_limits_name_the_setting(wrong):
    (name,) = wrong
    with pytest.raises(ConfigError, match=name):
        ocrkit.Ocr("null", settings=wrong)


# ── programs ──


def ran(arguments, folder, *, stdin=b"", path=()):
    """Exit code, standard output and standard error; through files, which nothing left behind can hold open."""
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("OCRKIT_")}
        environ["PYTHONPATH"] = os.pathsep.join(map(str, (ENGINES, *path)))
        process = subprocess.run(
            [sys.executable, *arguments], input=stdin, stdout=out, stderr=err, cwd=folder, env=environ, timeout=240,
            check=False,
        )  # fmt: skip
    return process.returncode, (folder / "out").read_text(), (folder / "err").read_text()


# There is no `if __name__ == "__main__"`, and every line would be run again by every import.
SCRIPT = """
import ocrkit
print("begin")
ocr = ocrkit.Ocr({backend}, isolate=True, workers=2, settings=ocrkit.Settings())
print(ocr.recognize({path!r}).text)
ocr.close()
"""


@pytest.mark.long
def test_a_program_needs_no_main_guard(scan, tmp_path):
    """Neither as a file, wherever it is started, nor as `-c`, nor on standard input."""
    folders = {how: tmp_path / how for how in ("file", "-c", "stdin")}
    for folder in folders.values():
        folder.mkdir()
        (folder / "beside.py").write_text("from engines import HashBackend\nclass Mine(HashBackend): ...\n")
    path = scan(3)
    code = "from beside import Mine\n" + SCRIPT.format(backend="Mine", path=str(path))
    (folders["file"] / "script.py").write_text(code)
    with ThreadPoolExecutor(2) as threads:
        runs = {
            "file": threads.submit(ran, [str(folders["file"] / "script.py")], tmp_path),
            "-c": threads.submit(ran, ["-c", code], folders["-c"]),
            "stdin": threads.submit(ran, ["-"], folders["stdin"], stdin=code.encode()),
        }
    text = ocrkit.recognize(path, backend=HashBackend, settings=settings()).text
    assert {how: run.result() for how, run in runs.items()} == dict.fromkeys(
        runs, (0, f"begin\n{text}\n", "")
    )


def test_a_backend_defined_in_the_main_program_is_an_error_with_advice(scan, tmp_path):
    code = "from engines import HashBackend\nclass Mine(HashBackend): ...\n" + SCRIPT.format(
        backend="Mine", path=str(scan(1))
    )
    (tmp_path / "script.py").write_text(code)
    code, out, err = ran(["script.py"], tmp_path)
    assert (code, out) == (1, "begin\n")
    assert "ConfigError: this cannot run in worker processes: 'Mine' is defined in the main program" in err


ENDS = {
    "falls off its end": "",
    "in the middle of a stream": "pages = ocr.stream(path); next(pages)",
    "at once": "os._exit(3)",
}


@pytest.mark.long
def test_a_program_that_ends_without_closing_leaves_no_process(scan, tmp_path):
    path = scan(20)

    def run(end):
        folder = tmp_path / end
        folder.mkdir()
        (folder / "script.py").write_text(
            "import os, psutil, ocrkit\n"
            f"path = {str(path)!r}\n"
            "ocr = ocrkit.Ocr('engines:HashBackend', isolate=True, workers=2, settings=ocrkit.Settings())\n"
            "ocr.recognize(path)\n"
            "print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)\n"
            f"{ENDS[end]}\n"
        )
        return ran(["script.py"], folder)

    with ThreadPoolExecutor(2) as threads:
        runs = dict(zip(ENDS, threads.map(run, ENDS), strict=True))
    for end, (code, out, err) in runs.items():
        assert (code, err) == (3 if end == "at once" else 0, ""), end
        children = [int(pid) for pid in out.split()]
        assert len(children) == 2, end
        assert all(gone(pid) for pid in children), end


@pytest.mark.long
def test_output_of_an_engine_reaches_neither_the_protocol_nor_standard_output(telling, scan, tmp_path):
    path = scan(3)
    (tmp_path / "script.py").write_text(SCRIPT.format(backend="'telling:PrintingBackend'", path=str(path)))
    text = ocrkit.recognize(path, backend=HashBackend, settings=settings()).text
    code, out, err = ran(["script.py"], tmp_path, path=[Path(telling.__file__).parent])
    assert (code, out) == (0, f"begin\n{text}\n"), err


@pytest.mark.long
def test_the_standard_input_of_an_engine_is_empty(telling, scan, tmp_path):
    """Neither what the program is sent, nor the questions of the parent."""
    path = scan(3)
    limited = SCRIPT.format(backend="'telling:AskingBackend'", path=str(path)).replace(
        "Settings()", "Settings(page_timeout_seconds=60)"
    )
    (tmp_path / "script.py").write_text(limited)
    text = ocrkit.recognize(path, backend=HashBackend, settings=settings()).text
    code, out, err = ran(["script.py"], tmp_path, stdin=b"a secret", path=[Path(telling.__file__).parent])
    assert (code, out) == (0, f"begin\n{text}\n"), err
