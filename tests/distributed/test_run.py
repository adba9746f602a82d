"""Actors without a cluster: parts, rows, storage, limits and verification."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import ocrkit
from ocrkit.errors import ConfigError, ExportError, QuotaError, SourceError


@pytest.fixture(autouse=True)
def _with_ray(require_module):
    require_module("ray")


@pytest.fixture
def actor_config():
    """The config of an actor for the settings of a test."""
    from ocrkit.distributed.page_worker import ActorPlan

    def create(backend="engines:HashBackend", **options):
        name = "paid" if backend.startswith("paid") else "hash"
        settings = ocrkit.Settings(backend=backend, backends={name: options}, page_timeout_seconds=30)
        return ActorPlan.create(settings, 2, 0).config

    return create


@pytest.fixture
def begun(tmp_path, actor_config):
    """A run with a manifest and without results."""
    from ocrkit.distributed import CountPages, manifest
    from ocrkit.distributed.dataset import find_documents
    from ocrkit.distributed.schema import page_rows
    from ocrkit.distributed.storage import Location

    def begin(folder, size=2):
        import pyarrow as pa

        found = find_documents([folder])
        table = pa.table({name: [getattr(each, name) for each in found] for name in ("document_id", "uri")})
        counted = CountPages(actor_config(), row_per_document=True)(table).to_pylist()
        pages = sum(row["page_count"] or 1 for row in counted)
        head = manifest.Manifest((str(folder),), "print", len(counted), pages)
        rows = (page for row in counted for page in page_rows(row))
        out = tmp_path / "out"
        return out, manifest.write(Location(str(out)), rows, head, size)

    return begin


@pytest.fixture
def read(actor_config):
    """Reads parts of a run as an actor does, and returns its report."""
    import pyarrow as pa

    from ocrkit.distributed.run import ReadParts

    def read(out, parts, *, retry_failed=False, **options):
        actor = ReadParts(actor_config(**options), str(out), retry_failed=retry_failed)
        tables = [actor(pa.table({"file": [part.file], "row_group": [part.row_group]})) for part in parts]
        return [tuple(row.values()) for table in tables for row in table.to_pylist()]

    return read


def texts(out):
    from ocrkit.distributed import read_documents

    return {
        each.source: each.document.text if isinstance(each, ocrkit.Done) else str(each.error)
        for each in read_documents(out)
    }


def test_a_part_is_read_once(tmp_path, scans, begun, read):
    out, manifest = begun(scans(tiffs=2, pages=3))
    parts = list(manifest)
    assert (manifest.documents, manifest.pages, len(parts)) == (2, 6, 3)
    log = tmp_path / "log"
    assert read(out, parts[:2], log=str(log)) == [(0, 2, 0, None, None)] * 2
    assert read(out, parts, log=str(log)) == [(2, 0, 0, None, None)] * 2 + [(0, 2, 0, None, None)]
    assert len(log.read_text().split()) == 6


def test_documents_equal_those_read_on_one_machine(scans, begun, read):
    from ocrkit.distributed import read_documents

    folder = scans(tiffs=2, pages=3, fail=50)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4, and nothing behind it")
    out, manifest = begun(folder)
    read(out, manifest)
    found = {each.source: each for each in read_documents(out)}
    assert list(found) == ["broken.pdf", "fail.png", "scan-0.tif", "scan-1.tif"]
    with ocrkit.Ocr("engines:HashBackend") as ocr:
        here = ocr.recognize(folder / "scan-1.tif")
    there = found["scan-1.tif"].document
    assert there.pages == tuple(page.without_timings() for page in here.pages)
    assert (there.source, there.page_count) == (str(folder / "scan-1.tif"), 3)
    assert isinstance(found["broken.pdf"].error, SourceError)
    assert [each.message for each in found["fail.png"].document.failures] == [
        "hash: this page cannot be read"
    ]


@pytest.mark.long
def test_a_page_that_crashes_its_process_is_a_row_with_an_error(scans, begun, read):
    from ocrkit.distributed import verify

    out, manifest = begun(scans(tiffs=1, pages=3, crash=10))
    assert read(out, manifest) == [(0, 1, 1, None, None), (0, 2, 0, None, None)]
    assert verify(out).is_complete


@pytest.mark.long
def test_failed_pages_are_read_again_on_request(tmp_path, scans, begun, read):
    out, manifest = begun(scans(tiffs=1, pages=3, fail=50))
    once = {"once": str(tmp_path)}  # it fails the first time only
    first = read(out, manifest, **once)
    assert first == [(0, 1, 1, None, None), (0, 2, 0, None, None)]
    assert read(out, manifest, **once) == [(2, 0, 0, None, None)] * 2
    again = read(out, manifest, retry_failed=True, **once)
    assert again == [(1, 1, 0, None, None), (2, 0, 0, None, None)], "and nothing else is"
    assert all(text.startswith("page ") for text in texts(out).values())


def test_an_error_that_fails_every_page_is_not_written(scans, begun, read):
    from ocrkit.distributed import missing

    out, manifest = begun(scans(tiffs=1, pages=3, quota=60))
    (*_, kind, message), *_ = read(out, manifest)
    assert (kind, message) == ("QuotaError", "hash: nothing is left this month")
    assert missing(out)["document_id"].to_pylist() == ["quota.png", "scan-0.tif"], (
        "the part with the error is not written"
    )


def test_verification_finds_missing_duplicated_and_unknown_pages(scans, begun, read):
    from ocrkit.distributed import missing, read_documents, verify

    out, manifest = begun(scans(tiffs=2, pages=3))
    read(out, manifest)
    assert verify(out).is_complete
    pages = out / "pages"
    (pages / "00000-00001.parquet").unlink()
    left = verify(out)
    assert (left.pages, left.read, left.missing, left.is_complete) == (6, 4, 2, False)
    assert missing(out).select(["document_id", "page"]).to_pylist() == [
        {"document_id": "scan-0.tif", "page": 3}, {"document_id": "scan-1.tif", "page": 1},
    ]  # fmt: skip
    assert list(read_documents(out)) == [], "both documents lack a page"
    shutil.copy(pages / "00000-00000.parquet", pages / "copied.parquet")
    assert (verify(out).unknown, verify(out).is_complete) == (2, False)


def test_a_folder_without_a_run_is_an_error(tmp_path):
    from ocrkit.distributed import verify

    with pytest.raises(ConfigError, match="contains no run"):
        verify(tmp_path)


def test_an_incomplete_manifest_does_not_count(scans, begun):
    from ocrkit.distributed import manifest
    from ocrkit.distributed.storage import Location

    out, _ = begun(scans())
    assert manifest.load(Location(str(out))) is not None
    (out / "manifest.json").unlink()
    assert manifest.load(Location(str(out))) is None


@pytest.mark.parametrize(("pages", "size"), [(1, 4), (10_000, 20), (100_000, 64)])
def test_the_size_of_parts_depends_on_the_number_of_pages(tmp_path, pages, size):
    from ocrkit.distributed import manifest
    from ocrkit.distributed.schema import document_row, page_rows
    from ocrkit.distributed.storage import Location

    head = manifest.Manifest(("scans",), "print", 1, pages)
    written = manifest.write(
        Location(str(tmp_path)), page_rows(document_row("a.pdf", "/a.pdf", pages)), head, None
    )
    parts = list(written)
    assert len(parts) == -(-pages // size)
    reader = manifest.ManifestReader(Location(str(tmp_path)))
    assert sum(reader.count(part) for part in parts) == pages
    last = reader.pages(parts[-1])["page"].to_pylist()
    assert last[-1] == pages
    assert len(last) <= size


def test_rows_hold_results_and_errors():
    from ocrkit.distributed import RESULT_SCHEMA
    from ocrkit.distributed.schema import outcome_of, result_row, table_of
    from ocrkit.result import PageResult, Trace

    page = {"document_id": "a.pdf", "uri": "s3://b/a.pdf", "page": 2, "page_count": 3}
    result = PageResult(index=1, width=10, height=10, trace=Trace(backend="null", timings={"recognize": 1.5}))
    error = QuotaError("nothing is left", backend="paid", page=2)
    rows = [result_row(page, result), result_row(page, error)]
    table = table_of(rows, RESULT_SCHEMA)
    assert table.schema == RESULT_SCHEMA
    back, problem = (outcome_of(row) for row in table.to_pylist())
    assert back == result.without_timings()
    assert table["seconds"].to_pylist() == [1.5, None]
    assert (type(problem), str(problem)) == (QuotaError, "paid: nothing is left")
    only_pages = table_of(rows[:1], RESULT_SCHEMA)
    assert only_pages.schema == RESULT_SCHEMA, "also with an empty column"


@pytest.fixture
def store():
    """An empty store in memory, by fsspec."""
    import fsspec

    files = fsspec.filesystem("memory")
    yield files
    files.rm("/", recursive=True)


class TestStorage:
    def test_documents_are_named_by_their_path_below_the_folder(self, tmp_path, store):
        from ocrkit.distributed.storage import find_documents

        (tmp_path / "2024" / ".hidden").mkdir(parents=True)
        for name in ("a.pdf", "2024/b.tif", "2024/.hidden/c.pdf"):
            (tmp_path / name).write_bytes(b"%PDF-1.4")
        (tmp_path / "notes.txt").write_text("of an unsupported type")
        store.put(str(tmp_path), "/bucket/scans", recursive=True)
        by_path = find_documents([tmp_path])
        by_url = find_documents(["memory://bucket/scans"])
        assert [each.document_id for each in by_path] == ["2024/b.tif", "a.pdf"]
        assert [each.document_id for each in by_url] == ["2024/b.tif", "a.pdf"]
        assert by_url[1].uri == "memory://bucket/scans/a.pdf"
        pattern, name = "memory://bucket/scans/*/*.tif", "memory://bucket/scans/a.pdf"
        assert [each.document_id for each in find_documents([pattern])] == ["2024/b.tif"]
        assert [each.document_id for each in find_documents([name])] == ["a.pdf"]

    def test_nothing_to_read_is_an_error(self, store):
        from ocrkit.distributed.storage import find_documents

        with pytest.raises(ConfigError, match="there is nothing to read in memory://bucket"):
            find_documents(["memory://bucket/nowhere"])

    def test_two_documents_with_the_same_name_are_refused(self, store):
        from ocrkit.distributed.storage import find_documents

        folders = ["memory://one/scans", "memory://two/scans"]
        for folder in folders:
            store.pipe(f"{folder}/a.pdf", b"%PDF-1.4")
        with pytest.raises(ConfigError, match=r"would both be named 'scans/a\.pdf'"):
            find_documents(folders)

    @pytest.mark.parametrize(
        "url",
        [
            "s3://name:secret@bucket/scans",
            "abfs://files:secret@account.dfs.core.windows.net/scans",
            "abfs://files@account.dfs.core.windows.net/scans?client_secret=secret",
        ],
    )
    def test_credentials_in_a_url_are_refused(self, url):
        from ocrkit.distributed.storage import Location

        with pytest.raises(ConfigError, match="must not contain credentials") as caught:
            Location(url)
        assert "secret" not in str(caught.value)

    def test_the_options_of_a_url_stay_after_its_path(self):
        from ocrkit.distributed.storage import Location

        below = Location("s3://bucket/scans?region=eu-central-1&scheme=http") / "a.pdf"
        assert below.uri == "s3://bucket/scans/a.pdf?region=eu-central-1&scheme=http"
        assert Location(below.uri).path == below.path == "bucket/scans/a.pdf"

    def test_an_unknown_scheme_is_an_error(self):
        from ocrkit.distributed.storage import Location

        with pytest.raises(ConfigError, match="nowhere:// URLs cannot be read here"):
            Location("nowhere://at/all")

    def test_a_file_that_cannot_be_written_is_an_error(self, tmp_path):
        from ocrkit.distributed.storage import Location

        (tmp_path / "file").touch()
        with pytest.raises(ExportError, match="cannot be written"):
            (Location(str(tmp_path / "file")) / "below").write(b"")

    def test_documents_are_downloaded_once_and_again_after_a_change(self, tmp_path, store):
        from ocrkit.distributed.download_cache import DownloadCache

        url = "memory://bucket/a.pdf"
        store.pipe(url, b"first")
        path = Path(DownloadCache(tmp_path).path(url))
        assert path.read_bytes() == b"first"
        path.write_bytes(b"the copy")
        other = DownloadCache(tmp_path)
        assert [other.path(url), other.path(url)] == [str(path)] * 2
        assert path.read_bytes() == b"the copy", "it was not downloaded again"
        store.pipe(url, b"the second")
        assert Path(DownloadCache(tmp_path).path(url)).read_bytes() == b"the second"

    def test_the_oldest_copies_are_deleted(self, tmp_path, store):
        from ocrkit.distributed.download_cache import DownloadCache

        cache = DownloadCache(tmp_path, max_bytes=25)
        paths = []
        for number in range(4):
            store.pipe(f"memory://bucket/{number}.pdf", b"0123456789")
            paths.append(Path(cache.path(f"memory://bucket/{number}.pdf")))
            os.utime(paths[-1], (number, number))
        assert [path.exists() for path in paths] == [False, False, True, True]

    def test_a_missing_document_is_an_error(self, tmp_path, store):
        from ocrkit.distributed.download_cache import DownloadCache

        with pytest.raises(SourceError, match="there is no such file"):
            DownloadCache(tmp_path).path("memory://bucket/nothing.pdf")

    @pytest.mark.long
    def test_a_run_in_a_store(self, tmp_path, store, scans, begun, read):
        from ocrkit.distributed import verify

        out, manifest = begun(scans())
        store.put(str(out), "/bucket/run", recursive=True)
        assert read("memory://bucket/run", manifest) == [(0, 2, 0, None, None)] * 3
        assert verify("memory://bucket/run").is_complete
        read(out, manifest)
        assert texts("memory://bucket/run") == texts(out)


class TestActorConfig:
    @pytest.mark.parametrize(("actors", "rate", "concurrency"), [(2, 5.0, 2), (3, 10 / 3, 1)])
    def test_the_limits_of_an_account_are_divided_among_actors(self, tmp_path, actors, rate, concurrency):
        from ocrkit.distributed.page_worker import ActorPlan

        options = {"key": "k", "log": str(tmp_path), "requests_per_second": 10, "max_concurrency": 5}
        settings = ocrkit.Settings(backend="paid:PaidBackend", backends={"paid": options})
        share = ActorPlan.create(settings, actors, 0).config.load().settings.backends["paid"]
        assert (share["requests_per_second"], share["max_concurrency"]) == (rate, concurrency)

    def test_there_are_no_more_actors_than_concurrent_requests(self, tmp_path):
        from ocrkit.distributed.page_worker import ActorPlan

        settings = ocrkit.Settings(
            backend="paid:PaidBackend", backends={"paid": {"key": "k", "log": str(tmp_path)}}
        )
        assert ActorPlan.create(settings, 100, 0).count == 4, "the default of the backend"

    def test_credentials_from_the_environment_are_sent_along(self, tmp_path, monkeypatch, actor_config):
        monkeypatch.setenv("PAID_KEY", "of the driver")
        config = actor_config("paid:PaidBackend", log=str(tmp_path))
        assert config.load().settings.backends["paid"]["key"] == "of the driver"

    def test_local_backends_are_not_limited(self, actor_config):
        assert "requests_per_second" not in actor_config(word="w").load().settings.backends["hash"]

    def test_a_config_does_not_show_its_content(self, tmp_path, actor_config):
        config = actor_config("paid:PaidBackend", key="the-key", log=str(tmp_path))
        assert repr(config) == str(config) == "PickledConfig(…)"
        assert config.load().settings.backends["paid"]["key"] == "the-key"

    def test_a_wrong_setting_is_an_error_before_anything_starts(self, actor_config):
        with pytest.raises(ConfigError, match="unknown key 'wort'"):
            actor_config(wort="w")

    def test_zero_workers_are_refused(self):
        from ocrkit.distributed.page_worker import ActorPlan

        with pytest.raises(ConfigError, match="workers must be at least 1, not 0"):
            ActorPlan.create(ocrkit.Settings(backend="null"), 0, 0)


def test_a_dataset_without_a_cluster_is_an_error_with_advice():
    from ocrkit.distributed import recognize_dataset

    with pytest.raises(ConfigError, match=r"there is no Ray cluster: call ray\.init\(\) first"):
        recognize_dataset(["scans"])
