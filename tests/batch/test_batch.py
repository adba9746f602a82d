"""Many documents into a folder: what is read, what is written, what is read again."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from engines import AloneBackend, HashBackend, NativeBackend
from folders import page_image, tree

import ocrkit
from ocrkit.batch import Batch, Progress, documents, forget, has_journal
from ocrkit.errors import ConfigError, ExportError, QuotaError


def options(backend=HashBackend, **values):
    return ocrkit.Settings(workers=2, backends={backend.name: values})


@pytest.fixture
def run(tmp_path):
    """Reads into `out`, and says which pages were really read."""

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


def test_a_folder_becomes_a_folder(run, scans, tmp_path):
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


@pytest.mark.parametrize("backend", [HashBackend, NativeBackend, AloneBackend])
@pytest.mark.parametrize("isolate", [None, True, False])
def test_what_is_written_depends_on_the_pages_alone(run, scans, tmp_path, backend, isolate):
    """Threads or processes, first run or second: the same bytes, and the same as reading one by one."""
    folder = scans(images=2)
    run([folder], backend=backend, settings={"isolate": isolate}, formats=["text"])
    outputs = tree(tmp_path / "out")
    with ocrkit.Ocr(backend, settings=ocrkit.Settings()) as ocr:
        for name, data in outputs.items():
            assert f"{ocr.recognize(folder / name.removesuffix('.txt')).text}\n".encode() == data
    assert len(outputs) == 3


def test_nothing_is_read_twice(run, scans, tmp_path):
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


def test_changed_settings_are_noticed(run, scans):
    folder = scans()
    run([folder])
    assert len(run([folder], given={"word": "sheet"})[1]) == 7
    assert run([folder], given={"word": "sheet"})[1] == []
    assert len(run([folder], given={"word": "sheet"}, settings={"preprocess": ("grayscale",)})[1]) == 7
    assert len(run([folder], given={"word": "sheet"}, settings={"source": {"dpi": 200}})[1]) == 7


def test_settings_without_effect_on_the_text_are_not_taken_for_a_change(run, scans):
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


def test_an_output_that_was_removed_comes_back_and_one_that_was_edited_stays(run, scans, tmp_path):
    folder = scans()
    run([folder])
    before = tree(tmp_path / "out")
    (tmp_path / "out/scan-0.tif.txt").unlink()
    (tmp_path / "out/image-0.png.txt").write_text("corrected by hand")
    assert run([folder])[1] == []
    after = tree(tmp_path / "out")
    assert after.pop("image-0.png.txt") == b"corrected by hand"
    assert after == {name: data for name, data in before.items() if name != "image-0.png.txt"}


def test_what_is_wrong_with_one_content_is_told_of_each_of_its_files(run, scans):
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


def test_pages_are_chosen_and_widened_without_reading_them_again(run, scans, tmp_path):
    folder = scans(images=0)
    assert len(run([folder], pages="2-3")[1]) == 2
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.number for page in document.pages] == [2, 3]
    assert len(run([folder])[1]) == 2
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.number for page in document.pages] == [1, 2, 3, 4]


def test_the_journal_does_not_keep_what_no_document_has_any_more(run, scans, tmp_path):
    folder = scans(images=0)
    run([folder])
    for word in ("a", "b", "c"):
        run([folder], given={"word": word})
    import sqlite3

    with sqlite3.connect(tmp_path / "out/.ocrkit/journal.sqlite") as database:
        assert database.execute("SELECT COUNT(*) FROM pages").fetchone() == (4,)
    database.close()


# ── what fails ──


def test_one_failure_stops_nothing_and_is_written_down(run, scans, tmp_path):
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


def test_a_document_of_which_a_page_failed_is_written_without_it_and_says_so(run, scans, tmp_path):
    run([scans(images=0, tiffs=1, pages=3, corners={2: 50})])
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.number for page in document.pages] == [1, 3]
    assert [(each.number, each.kind) for each in document.failures] == [(2, "BackendError")]


def test_failures_are_reported_again_and_retried_only_when_asked(run, scans, tmp_path):
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


def test_what_would_fail_every_page_ends_the_run_and_counts_for_none(run, scans, tmp_path):
    once = tmp_path / "once"
    once.mkdir()
    folder = scans(images=6, tiffs=0, corners={3: 60})
    with pytest.raises(QuotaError, match="nothing is left"):
        run([folder], settings={"workers": 1}, given={"once": str(once)})
    before = (tmp_path / "log").read_text().split()
    report, read = run([folder], settings={"workers": 1}, given={"once": str(once)})
    assert report.failures == ()
    assert report.progress.documents_done == 6
    assert len(before) + len(read) == 7, "only the page that was refused is read a second time"


@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_a_run_stops_when_too_much_fails(run, scans, rate):
    folder = scans(images=60, tiffs=0, corners=dict.fromkeys(range(1, 61, 2), 50))
    report, read = run([folder], settings={"max_failure_rate": rate})
    assert "pages failed" in report.stopped
    assert 20 <= len(read) < 40
    unlimited, read = run([folder], settings={"max_failure_rate": 0.6})
    assert unlimited.stopped is None
    assert unlimited.progress.documents_settled == 60


def test_files_that_cannot_be_opened_count_as_well(run, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([number]))
    report, _ = run([folder], settings={"max_failure_rate": 0.1})
    assert "pages failed" in report.stopped
    assert 20 <= report.progress.documents_failed < 40


# ── engines that take their process with them ──


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
def test_a_page_that_takes_its_process_with_it_costs_that_page(run, scans, tmp_path, corner, kind, words):
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


def test_a_page_that_crashes_once_is_read_in_a_fresh_process(run, scans, tmp_path):
    once = tmp_path / "once"
    once.mkdir()
    report, read = run([scans(corners={2: 10, 5: 10})], backend=NativeBackend, given={"once": str(once)})
    assert report.failures == ()
    assert len(read) == 9
    document = ocrkit.Document.from_json((tmp_path / "out/scan-0.tif.json").read_bytes())
    assert [page.trace.attempts for page in document.pages] == [1, 2, 1, 1]


# ── settings, misuse ──


def test_progress_grows_to_its_end(run, scans):
    seen = []
    run([scans()], progress=seen.append)
    assert all(isinstance(each, Progress) for each in seen)
    assert [each.pages_read for each in seen] == sorted(each.pages_read for each in seen)
    assert [each.fraction for each in seen] == sorted(each.fraction for each in seen)
    assert seen[-1].documents_settled == 4
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


def test_forgetting_reads_everything_anew(run, scans, tmp_path):
    folder = scans()
    assert not has_journal(tmp_path / "out")
    run([folder])
    assert has_journal(tmp_path / "out")
    forget(tmp_path / "out")
    assert not has_journal(tmp_path / "out")
    assert len(run([folder])[1]) == 7


def test_the_output_folder_may_lie_inside_the_input_folder(run, scans, tmp_path):
    folder = scans()
    run([folder], where=folder / "out")
    _, read = run([folder], where=folder / "out")
    assert read == []
    assert len(tree(folder / "out")) == 8


def test_wrong_arguments_are_said_at_once(tmp_path):
    with ocrkit.Ocr("null", settings=ocrkit.Settings()) as ocr:
        with pytest.raises(ConfigError, match="formats are names"):
            Batch(ocr, tmp_path, formats="text")
        with pytest.raises(ConfigError, match="formats are names"):
            Batch(ocr, tmp_path, formats=[])
        with pytest.raises(ConfigError, match="format 'hocrr'"):
            Batch(ocr, tmp_path, formats=["hocrr"])
        with pytest.raises(ConfigError, match="nothing to read"):
            Batch(ocr, tmp_path / "out").run([])
        (tmp_path / "file").write_text("x")
        with pytest.raises(ExportError, match="cannot be used"):
            Batch(ocr, tmp_path / "file" / "out").run([__file__])


def test_wrong_pages_are_said_before_anything_is_read(run, scans, tmp_path):
    with pytest.raises(ConfigError, match="pages"):
        run([scans()], pages="abc")
    assert not (tmp_path / "out").exists()


def test_forgetting_what_is_not_there_makes_nothing(tmp_path):
    forget(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["a folder", "a file"])
def test_what_is_in_the_way_of_an_output_costs_that_output_alone(run, scans, tmp_path, kind):
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
        pytest.skip("there is one disk")
    with tempfile.TemporaryDirectory(dir=shared_memory) as elsewhere:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/more").symlink_to(elsewhere)
        report, _ = run([scans()], formats=["text"])
        assert (report.failures, report.progress.documents_done) == ((), 4)
        assert [path.name for path in Path(elsewhere).iterdir()] == ["image-1.png.txt"]
        assert list((tmp_path / "out/.ocrkit/drafts").iterdir()) == []


def test_a_damaged_journal_is_said_so(run, scans, tmp_path):
    folder = scans()
    run([folder])
    (tmp_path / "out/.ocrkit/journal.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(ExportError, match="--restart"):
        run([folder])
    forget(tmp_path / "out")
    assert len(run([folder])[1]) == 7


def test_what_was_read_is_had_as_it_was_read(run, scans, tmp_path):
    """With the seconds that outputs leave out, and with what failed."""
    run([scans(corners={4: 50})])
    found = dict(documents(tmp_path / "out", ["scan-0.tif", "image-0.png", "nothing.png"]))
    assert [page.number for page in found["scan-0.tif"].pages] == [2, 3, 4]
    assert [failure.number for failure in found["scan-0.tif"].failures] == [1]
    assert found["scan-0.tif"].page_count == 4
    assert all(page.timings for page in found["image-0.png"].pages)
    assert found["nothing.png"] is None
