"""Batches whose inputs, journal or results are damaged: what is read again, and what fails alone."""

import json
import os
import sqlite3
from contextlib import closing

import pytest
from engines import HashBackend
from folders import page_image, tree

import ocrkit
from ocrkit.batch import Batch, documents
from ocrkit.errors import ExportError
from ocrkit.result import PageResult


class ActingBackend(HashBackend):
    """Reads like its base class, and calls `act` with the number of the page before it reads it."""

    name = "acting"

    def __init__(self, act=None):
        super().__init__(HashBackend.Options())
        self.read = []
        self.act = act

    def recognize(self, page, request):
        if self.act is not None:
            self.act(len(self.read))
        self.read.append(page.index)
        return self.spoil(super().recognize(page, request), page)

    def spoil(self, result, page):
        return result

    def fingerprint(self):
        return "acting"


class SurrogateBackend(ActingBackend):
    """Warns with half of a surrogate pair on the third page."""

    def spoil(self, result, page):
        return result.model_copy(update={"warnings": ("\ud800",)}) if page.index == 2 else result


class UnvalidatedBackend(ActingBackend):
    """Returns a result that was never validated for the third page."""

    def spoil(self, result, page):
        return result.model_copy(update={"rotation": "upside down"}) if page.index == 2 else result


class ShapelessBackend(ActingBackend):
    """Returns a result without most of its fields for the third page."""

    def spoil(self, result, page):
        return PageResult.model_construct(blocks=(3,)) if page.index == 2 else result


def run(tmp_path, backend=None, inputs=None, formats=("json",), **settings):
    backend = backend or ActingBackend()
    made = ocrkit.Settings(workers=1, isolate=False, **settings)
    with ocrkit.Ocr(backend, settings=made) as ocr:
        report = Batch(ocr, tmp_path / "out", formats=formats).run(inputs or [tmp_path / "scans"])
    return report, backend.read


def change_journal(tmp_path, statement, *values):
    with closing(sqlite3.connect(tmp_path / "out/.ocrkit/journal.sqlite")) as database, database:
        assert database.execute(statement, values).rowcount >= 1


@pytest.fixture
def folder(scans):
    return scans(images=0, tiffs=1, pages=4)


# ── a file that is written while it is read ──


def test_a_file_that_changes_while_it_is_read_is_not_done(tmp_path, folder):
    """Also if its old content and times are restored before the end."""
    path = folder / "scan-0.tif"
    before, times = path.read_bytes(), path.stat()
    other = [page_image(number) for number in (50, 51, 52, 53)]

    def act(number):
        if number == 1:
            other[0].save(path, save_all=True, append_images=other[1:])
        if number == 3:
            path.write_bytes(before)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    report, _ = run(tmp_path, ActingBackend(act))
    assert [(each.kind, each.page) for each in report.failures] == [("SourceError", None)]
    assert "changed while it was read" in report.failures[0].message
    report, read = run(tmp_path)
    assert (report.failures, read) == ((), [0, 1, 2, 3])
    clean, _ = run(tmp_path / "clean", inputs=[folder])
    assert clean.failures == ()
    assert tree(tmp_path / "out") == tree(tmp_path / "clean/out")


def test_pages_of_an_interrupted_run_are_kept_only_from_the_same_version_of_the_file(tmp_path, folder):
    path = folder / "scan-0.tif"

    def interrupt(number):
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, ActingBackend(interrupt))
    assert run_interrupted_then_touched(tmp_path, path) == [0, 1, 2, 3]
    assert run(tmp_path)[1] == []


def run_interrupted_then_touched(tmp_path, path):
    path.write_bytes(path.read_bytes())
    report, read = run(tmp_path)
    assert report.failures == ()
    return read


# ── a damaged journal ──


@pytest.mark.parametrize(
    "value",
    [b"", b"no zlib", "text", 7, None, b"x\x9c\x03\x00\x00\x00\x00\x01", b"\x78\x9c\xab\xae\x05\x00\x01\x75\x00\xf9"],
    ids=["empty", "zlib", "text", "number", "null", "empty JSON", "another JSON"],
)  # fmt: skip
def test_a_damaged_page_of_the_journal_is_read_again(tmp_path, folder, value):
    run(tmp_path)
    before = tree(tmp_path / "out")
    (tmp_path / "out/scan-0.tif.json").unlink()
    change_journal(tmp_path, "UPDATE pages SET result = ? WHERE page = 1", value)
    report, read = run(tmp_path)
    assert (report.failures, read) == ((), [1])
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("statement", "again"),
    [
        ("UPDATE pages SET error = 'no JSON' WHERE page = 2", [2]),
        ("UPDATE pages SET error = CAST(X'ff' AS TEXT) WHERE page = 2", [2]),
        ("UPDATE pages SET page = 'x' WHERE page = 2", [2]),
        ("UPDATE pages SET checksum = 'x' WHERE page = 2", [2]),
        ("UPDATE contents SET pages = 3", []),
        ("UPDATE contents SET pages = 'x'", []),
        ("UPDATE contents SET error = '{}'", []),
        ("UPDATE documents SET formats = 'no JSON'", []),
        ("UPDATE documents SET formats = 7", []),
        ("UPDATE documents SET key = X'00'", []),
    ],
)
def test_a_damaged_row_of_the_journal_counts_as_missing(tmp_path, folder, statement, again):
    run(tmp_path)
    before = tree(tmp_path / "out")
    change_journal(tmp_path, statement)
    (tmp_path / "out/scan-0.tif.json").unlink()
    list(documents(tmp_path / "out", ["scan-0.tif"]))
    report, read = run(tmp_path)
    assert (report.failures, read) == ((), again)
    assert tree(tmp_path / "out") == before


# ── results that cannot be stored ──


@pytest.mark.parametrize(
    ("backend", "kind"),
    [
        (SurrogateBackend, "BadResponseError"),
        (UnvalidatedBackend, "BadResponseError"),
        (ShapelessBackend, "BackendError"),
    ],
)
def test_an_invalid_result_fails_its_page_alone(tmp_path, folder, backend, kind):
    report, read = run(tmp_path, backend())
    assert read == [0, 1, 2, 3]
    (failure,) = report.failures
    assert (failure.kind, failure.page) == (kind, 3)
    written = json.loads((tmp_path / "out/scan-0.tif.json").read_text())
    assert [page["index"] for page in written["pages"]] == [0, 1, 3]


# ── inputs that are not files ──


def test_pipes_devices_and_large_files_fail_before_they_are_opened(tmp_path, folder):
    os.mkfifo(tmp_path / "pipe.png")
    with (tmp_path / "sparse.webp").open("wb") as file:
        file.write(b"RIFF\0\0\0\0WEBP")
        file.truncate(8 << 30)
    inputs = [folder, tmp_path / "pipe.png", "/dev/zero", tmp_path / "sparse.webp"]
    report, read = run(tmp_path, inputs=inputs)
    assert read == [0, 1, 2, 3]
    messages = {each.name: each.message for each in report.failures}
    assert set(messages) == {"pipe.png", "zero", "sparse.webp"}
    assert "a pipe, a socket or a device" in messages["pipe.png"]
    assert "a pipe, a socket or a device" in messages["zero"]
    assert "raise `max_file_size`" in messages["sparse.webp"]


def test_the_largest_size_of_a_file_is_a_setting_that_reads_nothing_again(tmp_path, folder):
    report, _ = run(tmp_path, source={"max_file_size": 100})
    assert [each.kind for each in report.failures] == ["SourceError"]
    assert len(run(tmp_path)[1]) == 4
    assert run(tmp_path, source={"max_file_size": "1GB"})[1] == []


def test_a_folder_in_place_of_the_list_of_failures_is_one_error(tmp_path, folder):
    (tmp_path / "out/failures.jsonl").mkdir(parents=True)
    with pytest.raises(ExportError, match=r"failures\.jsonl.*cannot be written"):
        run(tmp_path)
