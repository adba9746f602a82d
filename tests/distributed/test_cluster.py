"""On a real cluster of three nodes: what is lost and killed there costs no page, and no page is there twice."""

import pytest

import ocrkit

pytestmark = pytest.mark.ray


def steps(process, count):
    """Wait until so many parts are done."""
    for _ in range(count):
        assert process.stdout.readline(), "it has ended"


def read_here(folder):
    """The same documents, read on one machine without a cluster."""
    with ocrkit.Ocr("engines:NativeBackend", isolate=True, workers=2) as ocr:
        for path in sorted(folder.iterdir()):
            try:
                yield path.name, [page.without_timings() for page in ocr.stream(path)]
            except ocrkit.OcrkitError as error:
                yield path.name, type(error).__name__


@pytest.mark.timeout(240)
def test_a_node_dies_and_then_the_driver_and_every_page_is_there_once(
    tmp_path, scans, cluster, program, answer
):
    from ocrkit.distributed import missing, read_documents, verify

    folder = scans(tiffs=12, pages=8, crash=10, fail=50)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4, and nothing behind it")
    log, out = tmp_path / "log", tmp_path / "out"
    given = {"backend": "engines:NativeBackend", "backends": {"native": {"seconds": 0.1, "log": str(log)}}}

    first = program("into", cluster.address, str(out), str(folder), given)
    steps(first, 4)
    cluster.lose_a_node()
    steps(first, 6)
    first.kill()
    first.wait()
    left = verify(out)
    assert 0 < left.missing < 99, "it was killed in the middle"
    assert missing(out).num_rows == left.missing
    assert left.unknown == left.doubled == 0

    state = answer(program("into", cluster.address, str(out), str(folder), given))
    assert state["pages_before"] == 99 - left.missing, "what was written is not read again"
    assert state["pages_before"] + state["pages_read"] + state["pages_failed"] == 99
    after = verify(out)
    assert (after.pages, after.read, after.failed, after.is_complete) == (99, 96, 3, True)

    alone = dict(read_here(folder))
    found = {each.source: each for each in read_documents(out)}
    assert sorted(found) == sorted(alone)
    for name, expected in alone.items():
        if not isinstance(expected, str):
            assert list(found[name].document.pages) == expected
    assert type(found["broken.pdf"].error).__name__ == alone["broken.pdf"] == "SourceError"
    assert [each.kind for each in found["crash.png"].document.failures] == [alone["crash.png"]]
    assert [each.kind for each in found["fail.png"].document.failures] == [alone["fail.png"]]


def test_a_dataset_on_a_cluster_of_the_user(tmp_path, scans, cluster, program, answer):
    """Rows with errors among rows with text, the limits of the account kept, its key nowhere to be found."""
    folder = scans(tiffs=2, pages=6)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4, and nothing behind it")
    key, log = "9f1c-the-key-of-the-account", tmp_path / "log"
    options = {"key": key, "log": str(log), "requests_per_second": 50, "max_concurrency": 2}
    given = {"backend": "paid:PaidBackend", "backends": {"paid": options}}

    said = answer(program("dataset", cluster.address, str(folder), given, str(tmp_path / "written")))
    assert said["is_connected"], "it was not ours to shut down"
    rows = sorted((row["document_id"], row["page"] or 0) for row in said["rows"])
    scanned = [(f"scan-{number}.tif", page) for number in range(2) for page in range(1, 7)]
    assert rows == [("broken.pdf", 0), *scanned]
    assert [row["error_kind"] for row in said["rows"] if row["page"] is None] == ["SourceError"]
    assert all(row["error_kind"] is None and row["result"] for row in said["rows"] if row["page"])

    calls = [line.split() for line in log.read_text().splitlines()]
    assert len(calls) == 12
    assert len({process for process, *_ in calls}) <= 2, "no more at once than the account allows"
    assert {tuple(limits) for _, *limits in calls} == {("25.0", "1")}, "each has its share of the rate"
    seen = [*cluster.folder.rglob("*"), *(tmp_path / "written").rglob("*"), tmp_path / "said"]
    leaks = [path for path in seen if path.is_file() and key.encode() in path.read_bytes()]
    assert leaks == []
    assert len(seen) > 20, "there was something to look through"
