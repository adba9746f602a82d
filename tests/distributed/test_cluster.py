"""On a real cluster of three nodes: no lost node costs a page or duplicates one."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ocrkit
from ocrkit.config.approvals import approve

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

EXAMPLES = Path(__file__).parents[2] / "examples"
SCALE_OUT = EXAMPLES / "cluster" / "scale_out.py"


def configure(folder, log):
    """Settings in this folder for a slow engine that runs native code."""
    lines = ['backend = "engines:NativeBackend"', "[backends.native]", f'log = "{log}"', "seconds = 0.1"]
    lines += [f'gate = "{folder / "gate"}"']
    (folder / "ocrkit.toml").write_text("\n".join(lines) + "\n")
    approve(folder / "ocrkit.toml")


def wait_for_parts(out, count, process):
    """Wait until this number of parts is written; returns the number of parts."""
    while (written := len(list(out.glob("pages/*.parquet")))) < count:
        assert process.poll() is None, "it has ended"
        time.sleep(0.02)
    return written


def read_here(folder):
    """The same documents, read without a cluster."""
    with ocrkit.Ocr("engines:NativeBackend", isolate=True, workers=2) as ocr:
        for path in sorted(folder.iterdir()):
            try:
                yield path.name, [page.without_timings() for page in ocr.stream(path)]
            except ocrkit.OcrkitError as error:
                yield path.name, type(error).__name__


def test_every_page_is_read_once_after_a_node_and_the_driver_died(
    tmp_path, scans, cluster, program, ray_environment
):
    from ocrkit.distributed import missing, read_documents, verify

    folder = scans(tiffs=10, pages=8, crash=10, fail=50)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4, and nothing behind it")
    log, out = tmp_path / "log", tmp_path / "out"
    configure(tmp_path, log)
    (tmp_path / "gate").write_text("60")  # of 83: it is in the middle, however fast it is
    first = program("into", cluster.address, str(out), str(folder))
    wait_for_parts(out, 3, first)
    cluster.lose_a_node()  # and the worker on it, in the middle of a part
    written = wait_for_parts(out, 0, first)
    wait_for_parts(out, written + 6, first)
    first.kill()
    first.wait()
    (tmp_path / "gate").unlink()
    left = verify(out)
    assert 0 < left.missing < 83, "it was killed before the end"
    assert missing(out).num_rows == left.missing
    assert left.unknown == left.duplicated == 0

    again = subprocess.run(
        [sys.executable, SCALE_OUT, folder, out], capture_output=True, text=True, cwd=tmp_path,
        env={**ray_environment, "RAY_ADDRESS": cluster.address}, check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    said = again.stdout.splitlines()
    begun, _, rest = said[0].partition(" ")
    assert rest == "of 83 pages, 0 failed"
    assert int(begun) >= 83 - left.missing, "written pages are not read again"
    assert said[-1] == "80 pages read, 3 failed, 0 missing"
    after = verify(out)
    assert (after.pages, after.read, after.failed, after.is_complete) == (83, 80, 3, True)

    alone = dict(read_here(folder))
    found = {each.source: each for each in read_documents(out)}
    assert sorted(found) == sorted(alone)
    for name, expected in alone.items():
        if not isinstance(expected, str):
            assert list(found[name].document.pages) == expected
    assert type(found["broken.pdf"].error).__name__ == alone["broken.pdf"] == "SourceError"
    assert [each.kind for each in found["crash.png"].document.failures] == [alone["crash.png"]]
    assert [each.kind for each in found["fail.png"].document.failures] == [alone["fail.png"]]


@pytest.fixture
def batch(tmp_path, ray_environment):
    """`ocrkit batch`, started or run to its end."""
    program = str(Path(sys.executable).with_name("ocrkit"))

    def start(*arguments):
        return subprocess.Popen(
            [program, "batch", *map(str, arguments)], stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            env=ray_environment,
        )  # fmt: skip

    def run(*arguments):
        process = start(*arguments)
        said = process.communicate()[1]
        return process.returncode, [re.sub(r"in [0-9.]+ s", "", line) for line in said.splitlines()]

    run.start = start
    return run


def outputs(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and ".ocrkit" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_batch_continues_when_a_node_dies(tmp_path, scans, cluster, batch):
    """From the command line, with the outputs, the summary and the exit code of a batch on one machine."""
    folder, log = scans(tiffs=6, pages=6, fail=50), tmp_path / "log"
    configure(tmp_path, log)
    asked = [folder.name, "-f", "text,json", "--out"]
    process = batch.start(*asked, "there", "--ray", cluster.address, "-j", 3)
    while not log.exists() or len(log.read_text().split()) < 8:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    cluster.lose_a_node()
    process.communicate()
    assert len(log.read_text().split()) < 37 + 8, "finished pages are not read again"
    assert process.returncode == 5
    known = batch(*asked, "there")
    assert known[1][-1] == "ocrkit: 6 documents complete, 1 failed; 0 pages read, 37 from earlier runs "
    here = batch(*asked, "here")
    assert here[0] == known[0] == 5
    assert here[1][:-1] == known[1][:-1]
    assert outputs(tmp_path / "there") == outputs(tmp_path / "here")


def test_a_real_page_on_a_cluster(tmp_path, cluster, batch):
    shutil.copy(EXAMPLES / "letter.png", tmp_path)
    code, said = batch("letter.png", "--out", "there", "--ray", cluster.address, "-j", 1)
    assert (code, said) == (0, ["ocrkit: 1 document complete; 1 page read "]), "Ray prints nothing"
    with ocrkit.Ocr(threads=1) as ocr:
        here = ocr.recognize(EXAMPLES / "letter.png")
    assert (tmp_path / "there" / "letter.png.txt").read_text() == f"{here.text}\n"


def test_a_dataset_on_a_cluster_of_the_user(tmp_path, scans, cluster, program, answer):
    """Errors are rows, the limits of the account are kept, and its key is in no file."""
    folder = scans(tiffs=2, pages=6)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4, and nothing behind it")
    key, log = "9f1c-the-key-of-the-account", tmp_path / "log"
    options = {"key": key, "log": str(log), "requests_per_second": 50, "max_concurrency": 2}
    given = {"backend": "paid:PaidBackend", "backends": {"paid": options}}

    said = answer(program("dataset", cluster.address, str(folder), given, str(tmp_path / "written")))
    assert said["is_connected"], "the cluster of the user is not shut down"
    rows = sorted((row["document_id"], row["page"] or 0) for row in said["rows"])
    scanned = [(f"scan-{number}.tif", page) for number in range(2) for page in range(1, 7)]
    assert rows == [("broken.pdf", 0), *scanned]
    assert [row["error_kind"] for row in said["rows"] if row["page"] is None] == ["SourceError"]
    assert all(row["error_kind"] is None and row["result"] for row in said["rows"] if row["page"])

    calls = [line.split() for line in log.read_text().splitlines()]
    assert len(calls) == 12
    assert len({process for process, *_ in calls}) <= 2, "within the concurrency limit of the account"
    assert {tuple(limits) for _, *limits in calls} == {("25.0", "1")}, "each actor has its share of the rate"
    seen = [*cluster.folder.rglob("*"), *(tmp_path / "written").rglob("*"), tmp_path / "said"]
    leaks = [path for path in seen if path.is_file() and key.encode() in path.read_bytes()]
    assert leaks == []
    assert len(seen) > 20, "there are files to search"
