"""Fetching against a server that fails in every way."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from file_server import CONTENT, Fault, FileServer

from ocrkit.errors import ConfigError, DownloadError
from ocrkit.http.download import Patience
from ocrkit.models import Fetcher, Model, ModelFile, Store

QUICK = Patience(stall_seconds=0.5, attempts=3, wait_seconds=0.001)

MakeModel = Callable[..., Model]


@pytest.fixture
def fetcher(store: Store) -> Fetcher:
    return Fetcher(store, patience=QUICK)


def test_a_file_arrives_whole_and_is_not_fetched_twice(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    model = make_model()
    for _ in range(2):
        (path,) = fetcher.fetch(model)
        assert path.read_bytes() == CONTENT
    assert server.requests == [("/publisher/rec.onnx", None)]
    assert path == fetcher.store.folder / "ppocr/rec.onnx"
    assert fetcher.store.state(model) == "fetched"


def test_a_size_that_the_catalog_does_not_know_is_no_obstacle(
    fetcher: Fetcher, make_model: MakeModel
) -> None:
    (path,) = fetcher.fetch(make_model(size=None))
    assert path.read_bytes() == CONTENT


def test_a_connection_that_is_cut_off_is_continued(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    server.faults = [Fault(cut_after=100_000), Fault(cut_after=50_000)]
    (path,) = fetcher.fetch(make_model())
    assert path.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == [None, "bytes=100000-", "bytes=150000-"]


def test_an_interrupted_fetch_is_continued_by_the_next_one(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    model = make_model()
    server.faults = [Fault(cut_after=100_000), Fault(times=3, status=503)]
    with pytest.raises(
        DownloadError, match="answers 503; try again, which continues after the 100,000 bytes"
    ):
        fetcher.fetch(model)
    assert fetcher.store.state(model) == "absent"
    (path,) = fetcher.fetch(model)
    assert path.read_bytes() == CONTENT
    assert server.requests[-1][1] == "bytes=100000-"


def test_a_server_without_ranges_sends_the_file_again(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    server.has_ranges = False
    server.faults = [Fault(cut_after=100_000)]
    (path,) = fetcher.fetch(make_model())
    assert path.read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_asked_again(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    server.faults = [Fault(stall_after=100_000)]
    (path,) = fetcher.fetch(make_model())
    assert path.read_bytes() == CONTENT


def test_a_slow_server_is_waited_for(fetcher: Fetcher, make_model: MakeModel, server: FileServer) -> None:
    server.piece, server.seconds_between_pieces = 30_000, 0.02
    (path,) = fetcher.fetch(make_model())
    assert path.read_bytes() == CONTENT


def test_a_server_that_is_busy_is_asked_again(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    server.faults = [Fault(status=429, headers={"Retry-After": "0"})]
    (path,) = fetcher.fetch(make_model())
    assert path.read_bytes() == CONTENT


def test_a_redirect_is_followed(fetcher: Fetcher, make_model: MakeModel, server: FileServer) -> None:
    server.faults = [Fault(status=302, headers={"Location": f"{server.url}/publisher/rec.onnx?signed=1"})]
    (path,) = fetcher.fetch(make_model())
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_another_content_is_refused_and_nothing_is_installed(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer, size: int | None
) -> None:
    model = make_model(size=size)
    server.files["/publisher/rec.onnx"] = b"x" * len(CONTENT)
    with pytest.raises(DownloadError, match=r"has another content .* nothing was installed"):
        fetcher.fetch(model)
    assert fetcher.store.state(model) == "absent"
    assert not fetcher.store.partial(model.files[0]).exists()


def test_a_login_page_instead_of_the_file_is_refused(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    model = make_model()
    server.files["/publisher/rec.onnx"] = b"<html>Please log in</html>"
    with pytest.raises(DownloadError, match="a file of 26 bytes, and the catalog says"):
        fetcher.fetch(model)


def test_a_wrong_beginning_is_thrown_away(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    model = make_model()
    partial = fetcher.store.partial(model.files[0])
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"of an older file")
    (path,) = fetcher.fetch(model)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_beginning_that_is_too_long_is_thrown_away(
    fetcher: Fetcher, make_model: MakeModel, size: int | None
) -> None:
    model = make_model(size=size)
    partial = fetcher.store.partial(model.files[0])
    partial.parent.mkdir(parents=True)
    partial.write_bytes(CONTENT + b"more")
    (path,) = fetcher.fetch(model)
    assert path.read_bytes() == CONTENT


def test_a_missing_file_is_an_error_at_once(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    model = make_model()
    server.files.clear()
    with pytest.raises(DownloadError, match=r"the server answers 404; use a mirror"):
        fetcher.fetch(model)
    assert len(server.requests) == 1


def test_a_server_that_is_not_there_is_an_error(store: Store, make_model: MakeModel) -> None:
    with pytest.raises(DownloadError, match=r"http://127\.0\.0\.1:9/ppocr/rec\.onnx cannot be downloaded"):
        Fetcher(store, mirror="http://127.0.0.1:9", patience=QUICK).fetch(make_model())


def test_a_mirror_has_the_layout_of_the_store(
    store: Store, make_model: MakeModel, server: FileServer
) -> None:
    model = make_model()
    server.files = {"/mirror/ppocr/rec.onnx": CONTENT}
    (path,) = Fetcher(store, mirror=f"{server.url}/mirror/").fetch(model)
    assert path.read_bytes() == CONTENT


def test_a_mirror_with_credentials_in_its_address_is_refused(store: Store, make_model: MakeModel) -> None:
    with pytest.raises(ConfigError, match="neither credentials nor a query") as caught:
        Fetcher(store, mirror="https://user:secret@mirror.example").fetch(make_model())
    assert "secret" not in str(caught.value)


def test_a_proxy_of_the_environment_is_used(
    store: Store, make_model: MakeModel, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model()
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    server.files = {"/ppocr/rec.onnx": CONTENT}
    (path,) = Fetcher(store, mirror="http://models.invalid", patience=QUICK).fetch(model)
    assert path.read_bytes() == CONTENT
    assert server.requests == [("http://models.invalid/ppocr/rec.onnx", None)]


def test_a_proxy_that_wants_a_password_is_named(
    store: Store, make_model: MakeModel, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    server.faults = [Fault(status=407)]
    with pytest.raises(DownloadError, match="the proxy wants a user and a password"):
        Fetcher(store, mirror="http://models.invalid", patience=QUICK).fetch(make_model())


@pytest.mark.parametrize("place", ["rec.onnx", "ppocr/rec.onnx"])
def test_a_folder_needs_no_network(
    store: Store, make_model: MakeModel, server: FileServer, tmp_path: Path, place: str
) -> None:
    model = make_model()
    source = tmp_path / "stick" / place
    source.parent.mkdir(parents=True)
    source.write_bytes(CONTENT)
    (path,) = Fetcher(store, folder=tmp_path / "stick").fetch(model)
    assert path.read_bytes() == CONTENT
    assert server.requests == []


def test_a_folder_with_another_file_is_refused(store: Store, make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model()
    with pytest.raises(DownloadError, match=r"there is no ppocr/rec\.onnx or rec\.onnx in"):
        Fetcher(store, folder=tmp_path).fetch(model)
    (tmp_path / "rec.onnx").write_bytes(b"another model")
    with pytest.raises(DownloadError, match="has another content"):
        Fetcher(store, folder=tmp_path).fetch(model)
    assert store.state(model) == "absent"


def test_a_file_that_does_not_fit_is_not_begun(
    fetcher: Fetcher, make_model: MakeModel, server: FileServer
) -> None:
    model = make_model(size=1 << 60)
    with pytest.raises(DownloadError, match=r"does not fit into .* free some space"):
        fetcher.fetch(model)
    assert server.requests == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_up_leaves_nothing_behind(fetcher: Fetcher, make_model: MakeModel) -> None:
    model = make_model(size=None)
    partial = fetcher.store.partial(model.files[0])
    partial.parent.mkdir(parents=True)
    partial.symlink_to("/dev/full")
    with pytest.raises(DownloadError, match=r"rec\.onnx does not fit into"):
        fetcher.fetch(model)
    assert not partial.is_symlink()
    assert fetcher.store.state(model) == "absent"


def test_a_folder_that_cannot_be_written_is_named(make_model: MakeModel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DownloadError, match="set `models` or OCRKIT_MODELS to another folder"):
        Fetcher(Store(tmp_path / "file" / "models")).fetch(make_model())


FETCH = """
import sys
from pathlib import Path
from ocrkit.models import Fetcher, Model, ModelFile, Store
file = ModelFile("recognizer", "ppocr/rec.onnx", sys.argv[2], sys.argv[3], None)
model = Model("ppocr/test", "ppocr", "", (), "", "", (file,))
print(Fetcher(Store(Path(sys.argv[1]))).fetch(model)[0].stat().st_size)
"""


def test_two_processes_download_a_file_once(store: Store, make_model: MakeModel, server: FileServer) -> None:
    file: ModelFile = make_model().files[0]
    server.piece, server.seconds_between_pieces = 30_000, 0.05
    command = [sys.executable, "-c", FETCH, str(store.folder), str(file.address), file.sha256]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in running] == [str(len(CONTENT)).encode()] * 2
    assert len(server.requests) == 1


def test_progress_counts_what_was_there_before(
    store: Store, make_model: MakeModel, server: FileServer
) -> None:
    told: list[tuple[str, int, int | None]] = []
    server.faults = [Fault(cut_after=100_000)]
    fetcher = Fetcher(
        store, patience=QUICK, progress=lambda file, there, total: told.append((file.name, there, total))
    )
    fetcher.fetch(make_model())
    assert told == sorted(told)
    assert told[-1] == ("rec.onnx", len(CONTENT), len(CONTENT))


def test_a_model_that_only_a_package_holds_is_not_offered(store: Store, make_model: MakeModel) -> None:
    model = make_model()
    file = dataclasses.replace(model.files[0], address=None)
    with pytest.raises(DownloadError, match="is not offered for download"):
        Fetcher(store).fetch(dataclasses.replace(model, files=(file,)))
