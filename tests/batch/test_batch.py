"""Batches: which pages are read, written, and read again."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from engines import AloneBackend, HashBackend, NativeBackend
from folders import page_image, tree

import ocrkit
from ocrkit.batch import Batch, Progress, documents, has_journal, remove_journal
from ocrkit.errors import ConfigError, ExportError, QuotaError
from ocrkit.result import Block, Line


def options(backend=HashBackend, **values):
    return ocrkit.Settings(workers=2, backends={backend.name: values})


@pytest.fixture
def run(tmp_path):
    """Reads into `out`, and returns the report and the pages that were read."""

    def run(
        inputs,
        *,
        backend=HashBackend,
        formats=("text", "json"),
        settings=None,
        given=None,
        where=None,
        **more,
    ):
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        values = {"log": str(log), **(given or {})}
        made = ocrkit.Settings(**{"workers": 2, "backends": {backend.name: values}, **(settings or {})})
        names = {name: more.pop(name) for name in ("include", "exclude", "progress") if name in more}
        with ocrkit.Ocr(backend, settings=made) as ocr:
            report = Batch(ocr, where or tmp_path / "out", formats=formats, **more).run(inputs, **names)
        return report, log.read_text().split() if log.exists() else []

    return run


def test_a_folder_is_read_into_a_folder(run, scans, tmp_path):
    report, read = run([scans()])
    assert len(read) == 7
    assert report.exit_code == 0
    assert (report.progress.documents_done, report.progress.pages_read) == (4, 7)
    assert report.progress.fraction == pytest.approx(1)
    outputs = tree(tmp_path / "out")
    assert sorted(outputs) == [
        "image-0.png.json", "image-0.png.txt", "image-2.png.json", "image-2.png.txt", "more/image-1.png.json",
        "more/image-1.png.txt", "scan-0.tif.json", "scan-0.tif.txt",
    ]  # fmt: skip
    document = ocrkit.Document.from_json(outputs["scan-0.tif.json"])
    assert [page.number for page in document.pages] == [1, 2, 3, 4]
    assert document.page_count == 4
    assert document.failures == ()
    assert f"{document.text}\n".encode() == outputs["scan-0.tif.txt"]


@pytest.mark.long
@pytest.mark.parametrize("backend", [HashBackend, NativeBackend, AloneBackend])
@pytest.mark.parametrize("isolate", [None, True, False])
def test_outputs_depend_on_the_pages_only(run, scans, tmp_path, backend, isolate):
    """Threads and processes give the same bytes, equal to those of reading one by one."""
    folder = scans(images=2)
    run([folder], backend=backend, settings={"isolate": isolate}, formats=["text"])
    outputs = tree(tmp_path / "out")
    with ocrkit.Ocr(backend, settings=ocrkit.Settings()) as ocr:
        for name, data in outputs.items():
            assert f"{ocr.recognize(folder / name.removesuffix('.txt')).text}\n".encode() == data
    assert len(outputs) == 3


def test_no_page_is_read_twice(run, scans, tmp_path):
    folder = scans()
    run([folder])
    before = tree(tmp_path / "out")
    report, read = run([folder])
    assert read == []
    assert tree(tmp_path / "out") == before
    assert (report.progress.documents_done, report.progress.documents_written) == (4, 0)
    assert (report.progress.pages_before, report.progress.pages_read) == (7, 0)


def test_a_changed_file_is_read_again_and_only_that(run, scans, tmp_path):
    folder = scans()
    run([folder])
    page_image(99).save(folder / "image-0.png")
    report, read = run([folder])
    assert len(read) == 1
    assert read[0] in (tmp_path / "out/image-0.png.txt").read_text()
    assert report.progress.documents_written == 1


def test_changed_settings_read_all_pages_again(run, scans):
    folder = scans()
    run([folder])
    assert len(run([folder], given={"word": "sheet"})[1]) == 7
    assert run([folder], given={"word": "sheet"})[1] == []
    assert len(run([folder], given={"word": "sheet"}, settings={"preprocess": ("grayscale",)})[1]) == 7
    assert len(run([folder], given={"word": "sheet"}, settings={"source": {"dpi": 200}})[1]) == 7


class Renamed:
    """A step that says what its results depend on."""

    def __init__(self, name):
        self.name = name

    def __call__(self, page):
        line = Line(text=self.name)
        return page.model_copy(update={"blocks": (Block.of([line]),)})

    def fingerprint(self):
        return self.name


@pytest.fixture
def run_with_step(tmp_path, scans):
    """Reads one page with a post-processing step, and returns its text and how often pages were read."""
    folder = scans(images=1, tiffs=0)
    log = tmp_path / "log"

    def run_with_step(step):
        before = len(log.read_text().split()) if log.exists() else 0
        settings = options(log=str(log))
        with ocrkit.Ocr(HashBackend, postprocess=[step], settings=settings) as ocr:
            Batch(ocr, tmp_path / "out").run([folder])
        return (tmp_path / "out/image-0.png.txt").read_text().strip(), len(log.read_text().split()) - before

    return run_with_step


def test_a_run_with_a_step_of_the_caller_is_resumed_by_its_fingerprint(run_with_step):
    assert run_with_step(Renamed("one")) == ("one", 1)
    assert run_with_step(Renamed("one")) == ("one", 0)
    assert run_with_step(Renamed("two")) == ("two", 1)


def test_a_run_with_a_step_without_a_fingerprint_is_not_resumed_and_says_why(run_with_step, caplog):
    """The results of two such steps are never mixed, not even those of the same function."""

    def step_of(name):
        def step(page):
            return Renamed(name)(page)

        return step

    for name in ("one", "two", "two"):
        caplog.clear()
        assert run_with_step(step_of(name)) == (name, 1)
        (message,) = caplog.messages
        assert message.startswith("this run cannot be resumed: the post-processing step 'step' does not say")
        assert "give it a method `fingerprint`, or name it by its dotted path" in message


def test_settings_without_effect_on_results_read_nothing_again(run, scans):
    folder = scans()
    run([folder])
    for settings in ({"workers": 1}, {"threads": 1}, {"isolate": True}, {"page_timeout_seconds": 50}):
        assert run([folder], settings=settings)[1] == [], settings


def test_another_format_needs_no_reading(run, scans, tmp_path):
    folder = scans()
    run([folder], formats=["text"])
    report, read = run([folder], formats=["text", "json"])
    assert read == []
    assert report.progress.documents_written == 4
    assert len(tree(tmp_path / "out")) == 8


def test_a_removed_output_is_written_again_and_an_edited_one_stays(run, scans, tmp_path):
    folder = scans()
    run([folder])
    before = tree(tmp_path / "out")
    (tmp_path / "out/scan-0.tif.txt").unlink()
    (tmp_path / "out/image-0.png.txt").write_text("corrected by hand")
    assert run([folder])[1] == []
    after = tree(tmp_path / "out")
    assert after.pop("image-0.png.txt") == b"corrected by hand"
    assert after == {name: data for name, data in before.items() if name != "image-0.png.txt"}


def test_a_failure_is_reported_for_each_copy_of_a_file(run, scans):
    folder = scans(images=1, tiffs=0)
    for name in ("one.png", "other.png"):
        (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    report, _ = run([folder])
    assert [str(failure).partition(": ")[0] for failure in report.failures] == [
        str(folder / "one.png"), str(folder / "other.png"),
    ]  # fmt: skip
    assert str(folder) not in report.failures[1].message


def test_the_same_file_twice_is_read_once_and_written_twice(run, scans, tmp_path):
    folder = scans(images=1, tiffs=1)
    shutil.copy(folder / "scan-0.tif", folder / "copy.tif")
    report, read = run([folder])
    assert len(read) == 5
    assert report.progress.documents_done == 3
    out = tmp_path / "out"
    assert (out / "copy.tif.txt").read_bytes() == (out / "scan-0.tif.txt").read_bytes()
    assert ocrkit.Document.from_json((out / "copy.tif.json").read_bytes()).source == str(folder / "copy.tif")


def test_new_files_are_read_and_vanished_ones_leave_their_outputs(run, scans, tmp_path):
    folder = scans()
    run([folder])
    (folder / "image-0.png").unlink()
    page_image(77).save(folder / "new.png")
    report, read = run([folder])
    assert len(read) == 1
    assert (tmp_path / "out/image-0.png.txt").exists()
    assert report.progress.documents == 4


def test_a_larger_selection_of_pages_reads_only_the_new_pages(run, scans, tmp_path):
    folder = scans(images=0)
    assert len(run([folder], pages="2-3")[1]) == 2
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.number for page in document.pages] == [2, 3]
    assert len(run([folder])[1]) == 2
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.number for page in document.pages] == [1, 2, 3, 4]


def test_the_journal_deletes_pages_of_changed_documents(run, scans, tmp_path):
    folder = scans(images=0)
    run([folder])
    for word in ("a", "b", "c"):
        run([folder], given={"word": word})
    import sqlite3

    with sqlite3.connect(tmp_path / "out/.ocrkit/journal.sqlite") as database:
        assert database.execute("SELECT COUNT(*) FROM pages").fetchone() == (4,)
    database.close()


# ── what fails ──


def test_a_failure_does_not_stop_the_run_and_is_recorded(run, scans, tmp_path):
    folder = scans(images=2, tiffs=1, pages=3, corners={2: 50, 4: 70})
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    report, _ = run([folder, tmp_path / "missing.png"])
    assert [(each.name, each.page, each.kind) for each in report.failures] == [
        ("broken.png", None, "SourceError"),
        ("missing.png", None, "SourceError"),
        ("more/image-1.png", 1, "BackendError"),
        ("scan-0.tif", 2, "BackendError"),
    ]
    assert report.exit_code == 4
    done = report.progress
    assert (done.documents_done, done.documents_incomplete, done.documents_failed) == (1, 1, 3)
    listed = [json.loads(line) for line in (tmp_path / "out/failures.jsonl").read_text().splitlines()]
    assert [each["name"] for each in listed] == [each.name for each in report.failures]
    assert "this page cannot be read" in listed[2]["message"]
    assert "ZeroDivisionError" in listed[3]["message"]


def test_a_document_with_a_failed_page_is_written_without_the_page(run, scans, tmp_path):
    run([scans(images=0, tiffs=1, pages=3, corners={2: 50})])
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.number for page in document.pages] == [1, 3]
    assert [(each.number, each.kind) for each in document.failures] == [(2, "BackendError")]


def test_failures_are_reported_again_and_retried_only_on_request(run, scans, tmp_path):
    once = tmp_path / "once"
    once.mkdir()
    folder = scans(images=1, tiffs=1, pages=3, corners={1: 50, 3: 50})
    first, _ = run([folder], given={"once": str(once)})
    assert len(first.failures) == 2
    again, read = run([folder], given={"once": str(once)})
    assert read == []
    assert again.failures == first.failures
    assert not (tmp_path / "out/image-0.png.txt").exists()
    healed, read = run([folder], given={"once": str(once)}, retry_failed=True)
    assert len(read) == 2
    assert healed.failures == ()
    assert not (tmp_path / "out/failures.jsonl").exists()
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.failures == ()


def test_an_error_that_fails_every_page_ends_the_run_and_does_not_count(run, scans, tmp_path):
    once = tmp_path / "once"
    once.mkdir()
    folder = scans(images=6, tiffs=0, corners={3: 60})
    with pytest.raises(QuotaError, match="nothing is left"):
        run([folder], settings={"workers": 1}, given={"once": str(once)})
    before = (tmp_path / "log").read_text().split()
    report, read = run([folder], settings={"workers": 1}, given={"once": str(once)})
    assert report.failures == ()
    assert report.progress.documents_done == 6
    assert len(before) + len(read) == 7, "only the page with the error is read twice"


@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_a_run_stops_when_too_many_pages_fail(run, scans, rate):
    folder = scans(images=60, tiffs=0, corners=dict.fromkeys(range(1, 61, 2), 50))
    report, read = run([folder], settings={"max_failure_rate": rate})
    assert "pages failed" in report.stopped
    assert 20 <= len(read) < 40
    unlimited, read = run([folder], settings={"max_failure_rate": 0.6})
    assert unlimited.stopped is None
    assert unlimited.progress.documents_finished == 60


def test_files_that_cannot_be_opened_count_as_failures(run, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([number]))
    report, _ = run([folder], settings={"max_failure_rate": 0.1})
    assert "pages failed" in report.stopped
    assert 20 <= report.progress.documents_failed < 40


# ── engines that end their process ──


@pytest.mark.long
@pytest.mark.parametrize(
    ("corner", "kind", "words"),
    [
        (10, "BackendCrashError", "SIGSEGV"),
        (20, "BackendTimeoutError", "no answer within"),
        (30, "BackendCrashError", "memory"),
        (40, "BackendCrashError", "exit code 11"),
        (80, "BackendError", "SystemExit: 12"),
    ],
    ids=["crash", "hang", "leak", "exit", "sys.exit"],
)
def test_a_page_that_ends_its_process_fails_alone(run, scans, tmp_path, corner, kind, words):
    folder, out = scans(images=3, tiffs=1, pages=3, corners={2: corner, 5: corner}), tmp_path / "out"
    settings = {"max_worker_memory": 500_000_000}
    for seconds in (1.5, 10.0, 60.0) if kind == "BackendTimeoutError" else (None,):
        shutil.rmtree(out, ignore_errors=True)
        given = {"page_timeout_seconds": seconds} if seconds else {}
        report, _ = run([folder], backend=NativeBackend, settings={**settings, **given})
        if report.progress.pages_read == 4:  # on a slow machine the first limit may be too short for any page
            break
    assert [(each.name, each.page, each.kind) for each in report.failures] == [
        ("more/image-1.png", 1, kind),
        ("scan-0.tif", 2, kind),
    ]
    assert all(words in each.message for each in report.failures)
    assert report.progress.pages_read == 4
    assert len(tree(out)) == 7


@pytest.mark.long
def test_a_page_that_crashes_once_is_read_by_another_process(run, scans, tmp_path):
    once = tmp_path / "once"
    once.mkdir()
    report, read = run([scans(corners={2: 10, 5: 10})], backend=NativeBackend, given={"once": str(once)})
    assert report.failures == ()
    assert len(read) == 9
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.trace.attempts for page in document.pages] == [1, 2, 1, 1]


# ── settings, misuse ──


def test_progress_grows_to_the_end(run, scans):
    seen = []
    run([scans()], progress=seen.append)
    assert all(isinstance(each, Progress) for each in seen)
    assert [each.pages_read for each in seen] == sorted(each.pages_read for each in seen)
    assert [each.fraction for each in seen] == sorted(each.fraction for each in seen)
    assert seen[-1].documents_finished == 4
    assert seen[-1].seconds_left == pytest.approx(0)
    assert seen[-1].pages_per_minute > 0


def test_stopping_early_leaves_the_rest_for_the_next_run(run, scans, tmp_path):
    folder = scans(images=20, tiffs=0)
    with ocrkit.Ocr(HashBackend, settings=options()) as ocr:
        batch = Batch(ocr, tmp_path / "out")

        def stop(progress):
            if progress.pages_read >= 3:
                batch.stop()

        report = batch.run([folder], progress=stop)
        assert report.stopped
        assert 3 <= report.progress.pages_read < 20
        assert report.progress.documents_done == report.progress.pages_read
        rest = batch.run([folder])
    assert rest.stopped is None
    assert rest.progress.pages_read == 20 - report.progress.pages_read


def test_without_the_journal_everything_is_read_again(run, scans, tmp_path):
    folder = scans()
    assert not has_journal(tmp_path / "out")
    run([folder])
    assert has_journal(tmp_path / "out")
    remove_journal(tmp_path / "out")
    assert not has_journal(tmp_path / "out")
    assert len(run([folder])[1]) == 7


def test_the_output_folder_may_lie_inside_the_input_folder(run, scans, tmp_path):
    folder = scans()
    run([folder], where=folder / "out")
    _, read = run([folder], where=folder / "out")
    assert read == []
    assert len(tree(folder / "out")) == 8


def test_wrong_arguments_are_errors_before_reading(tmp_path):
    with ocrkit.Ocr("null", settings=ocrkit.Settings()) as ocr:
        with pytest.raises(ConfigError, match="formats must be names"):
            Batch(ocr, tmp_path, formats="text")
        with pytest.raises(ConfigError, match="formats must be names"):
            Batch(ocr, tmp_path, formats=[])
        with pytest.raises(ConfigError, match="format 'hocrr'"):
            Batch(ocr, tmp_path, formats=["hocrr"])
        with pytest.raises(ConfigError, match="nothing to read"):
            Batch(ocr, tmp_path / "out").run([])
        (tmp_path / "file").write_text("x")
        with pytest.raises(ExportError, match="cannot be used"):
            Batch(ocr, tmp_path / "file" / "out").run([__file__])


def test_a_wrong_page_selection_is_an_error_before_reading(run, scans, tmp_path):
    with pytest.raises(ConfigError, match="not a page selection"):
        run([scans()], pages="abc")
    assert not (tmp_path / "out").exists()


def test_removing_a_missing_journal_creates_nothing(tmp_path):
    remove_journal(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["a folder", "a file"])
def test_an_obstacle_to_one_output_does_not_affect_others(run, scans, tmp_path, kind):
    folder = scans()
    in_the_way = tmp_path / "out" / ("image-0.png.txt" if kind == "a folder" else "more")
    in_the_way.parent.mkdir()
    (in_the_way / "x").mkdir(parents=True) if kind == "a folder" else in_the_way.write_text("x")
    report, _ = run([folder], formats=["text"])
    assert [each.name for each in report.failures] == [
        "image-0.png" if kind == "a folder" else "more/image-1.png"
    ]
    assert report.stopped is None
    assert report.progress.documents_done == 3
    shutil.rmtree(in_the_way) if kind == "a folder" else in_the_way.unlink()
    report, read = run([folder], formats=["text"])
    assert (report.failures, report.progress.documents_done, read) == ((), 4, [])


def test_outputs_may_lie_on_another_disk(run, scans, tmp_path):
    shared_memory = Path("/dev/shm")
    if not shared_memory.is_dir() or shared_memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has one disk")
    with tempfile.TemporaryDirectory(dir=shared_memory) as elsewhere:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/more").symlink_to(elsewhere)
        report, _ = run([scans()], formats=["text"])
        assert (report.failures, report.progress.documents_done) == ((), 4)
        assert [path.name for path in Path(elsewhere).iterdir()] == ["image-1.png.txt"]
        assert list((tmp_path / "out/.ocrkit/drafts").iterdir()) == []


def test_a_damaged_journal_is_an_error_with_advice(run, scans, tmp_path):
    folder = scans()
    run([folder])
    (tmp_path / "out/.ocrkit/journal.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(ExportError, match="--restart"):
        run([folder])
    remove_journal(tmp_path / "out")
    assert len(run([folder])[1]) == 7


def test_results_of_a_run_have_timings_and_failures(run, scans, tmp_path):
    """Outputs leave timings out."""
    run([scans(corners={4: 50})])
    found = dict(documents(tmp_path / "out", ["scan-0.tif", "image-0.png", "nothing.png"]))
    assert [page.number for page in found["scan-0.tif"].pages] == [2, 3, 4]
    assert [failure.number for failure in found["scan-0.tif"].failures] == [1]
    assert found["scan-0.tif"].page_count == 4
    assert all(page.timings for page in found["image-0.png"].pages)
    assert found["nothing.png"] is None
