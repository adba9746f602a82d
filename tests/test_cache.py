"""Pages that are kept: what is found again, what goes first, and what a broken file costs: nothing but itself."""

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

import ocrkit
from ocrkit.backends.base import BackendOptions
from ocrkit.cache import CacheInfo, PageCache
from ocrkit.errors import BackendError, OcrkitError
from ocrkit.geometry import Box
from ocrkit.preprocess.base import StepOptions
from ocrkit.request import Capabilities
from ocrkit.result import AppliedStep, Block, Decision, Line, PageResult, Quality, Trace, Word
from ocrkit.testing.fakes import ScriptedBackend

ENGINES = Path(__file__).parent / "batch"  # a backend in a module that other processes can import
PLENTY = 10_000_000
PRELUDE = """
import os, sys, time
from ocrkit.cache import PageCache
from ocrkit.result import Block, Line, PageResult, Trace
def page(text):
    block = Block.of([Line(text=text)])
    return PageResult(width=9, height=9, blocks=(block,), trace=Trace(backend="test"))
cache = PageCache(sys.argv[1], 10_000_000)
"""


def page(text):
    return PageResult(width=9, height=9, blocks=(Block.of([Line(text=text)]),), trace=Trace(backend="test"))


def noise(seed, letters=2000):
    """A page that does not get smaller when it is compressed."""
    return page(random.Random(seed).randbytes(letters // 2).hex())


def size_of(result, folder):
    """The room that a page takes."""
    with closing(PageCache(folder, PLENTY)) as cache:
        cache.put("it", result)
        return cache.info().bytes


def age(cache, seconds, *keys):
    """As if the pages had not been used for so long."""
    with closing(sqlite3.connect(cache.path)) as database, database:
        for key in keys:
            database.execute("UPDATE pages SET used = used - ? WHERE key = ?", (seconds, key))


def known(cache, keys):
    return [key for key in keys if cache.get(key) is not None]


def start(code, *arguments):
    return subprocess.Popen([sys.executable, "-c", PRELUDE + textwrap.dedent(code), *map(str, arguments)])


def run(code, *arguments):
    assert start(code, *arguments).wait() == 0


@pytest.fixture
def cache(tmp_path):
    with closing(PageCache(tmp_path / "kept", PLENTY)) as made:
        yield made


# ── put and get ──


def test_a_stored_result_is_returned_unchanged(cache):
    line = Line.of(
        [
            Word(text="naïve", confidence=1 / 3, polygon=Box(0.1, 2, 30.7, 40).polygon, language="fr"),
            Word(text="日本\u2028\x85語", handwritten="detected"),
        ]
    )
    whole = PageResult(
        index=7, width=2480, height=3508, dpi=299.9994, rotation=270, blocks=(Block.of([line]), Block.of([])),
        quality=Quality(mean=0.1 + 0.2, coverage=None), warnings=("the page is dark",),
        trace=Trace(
            backend="test", preprocess=(AppliedStep(name="own", changed=True, parameters={"sizes": (3, 3)}),),
            timings={"recognize": 1e-9}, attempts=2, source={"format": "png", "frame": 3, "rendered": True},
            decisions=(Decision(topic="orientation", choice="upright", reason="it reads well"),),
        ),
    )  # fmt: skip
    cache.put("key", whole)
    assert cache.get("key") == whole


def test_an_unknown_key_has_no_result(cache):
    assert cache.get("key") is None
    cache.put("key", page("text"))
    assert cache.get("KEY") is None
    assert cache.get("") is None


def test_results_survive_reopening(cache):
    cache.put("key", page("text"))
    cache.close()
    assert cache.get("key") == page("text")
    with closing(PageCache(str(cache.folder), PLENTY)) as again:
        assert again.get("key") == page("text")


def test_closing_twice_or_before_opening_is_allowed(cache):
    cache.close()
    cache.put("key", page("text"))
    cache.close()
    cache.close()
    assert not Path(f"{cache.path}-wal").exists()


def test_other_processes_see_a_result_at_once(cache):
    cache.put("here", page("text"))
    run("assert cache.get('here') == page('text'); cache.put('there', page('answer'))", cache.folder)
    assert cache.get("there") == page("answer")


def test_a_process_and_its_forked_child_can_both_use_the_cache(cache):
    code = """
    cache.put("before", page("before"))
    child = os.fork()
    if not child:
        cache.put("child", page("child"))
        found = cache.get("before") == page("before")
        cache.close()
        os._exit(0 if found else 9)
    assert os.waitpid(child, 0)[1] == 0
    assert cache.get("child") == page("child")
    cache.put("after", page("after"))
    """
    run(code, cache.folder)
    assert known(cache, ["before", "child", "after"]) == ["before", "child", "after"]


def test_the_folder_is_created_when_needed_and_only_its_owner_has_access(tmp_path):
    with closing(PageCache(tmp_path / "some/where/kept", PLENTY)) as cache:
        assert not (tmp_path / "some").exists()
        cache.put("key", page("text"))
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with closing(PageCache("~/kept", PLENTY)) as cache:
        cache.put("key", page("text"))
    assert cache.path == tmp_path / "kept/pages.sqlite"
    assert cache.path.exists()


def test_a_result_that_cannot_be_serialized_is_not_cached(cache, caplog):
    cache.put("key", page("text").model_copy(update={"warnings": ("half \ud83d",)}))
    assert cache.get("key") is None
    assert len(caplog.messages) == 1


# ── how large it grows ──


def test_the_cache_keeps_its_size_and_the_newest_results(tmp_path):
    one = size_of(noise(0), tmp_path / "scale")
    with closing(PageCache(tmp_path / "kept", 10 * one)) as cache:
        for number in range(40):
            cache.put(str(number), noise(number))
            age(cache, 1000 - number, str(number))
            assert cache.info().bytes <= 10 * one
        left = known(cache, [str(number) for number in range(40)])
    assert left == [str(number) for number in range(40 - len(left), 40)]
    assert 7 <= len(left) <= 10


def test_a_recently_used_result_is_kept(tmp_path):
    one = size_of(noise(0), tmp_path / "scale")
    keys = [f"old-{number}" for number in range(8)]
    with closing(PageCache(tmp_path / "kept", 10 * one)) as cache:
        for number, key in enumerate(keys):
            cache.put(key, noise(number))
        age(cache, 1000, *keys)
        assert cache.get("old-0") is not None
        for number in range(6):
            cache.put(f"new-{number}", noise(100 + number))
        assert known(cache, keys[:2]) == ["old-0"]


def test_a_result_larger_than_the_cache_is_not_stored_and_evicts_nothing(tmp_path, caplog):
    with closing(PageCache(tmp_path / "kept", 10_000)) as cache:
        cache.put("small", page("text"))
        cache.put("huge", noise(1, letters=50_000))
        assert known(cache, ["small", "huge"]) == ["small"]
    assert caplog.messages == []


def test_a_result_nearly_as_large_as_the_cache_evicts_all_others(tmp_path):
    most = size_of(noise(1, letters=20_000), tmp_path / "scale")
    with closing(PageCache(tmp_path / "kept", most)) as cache:
        cache.put("small", page("text"))
        cache.put("large", noise(1, letters=20_000))
        assert known(cache, ["small", "large"]) == ["large"]
        assert cache.info().bytes == most


def test_storing_a_key_again_replaces_its_result(tmp_path):
    one = size_of(noise(0), tmp_path / "scale")
    with closing(PageCache(tmp_path / "kept", 5 * one)) as cache:
        cache.put("other", noise(0))
        for number in range(30):
            cache.put("key", noise(number, letters=1000))
        cache.put("key", noise(99))
        assert known(cache, ["other", "key"]) == ["other", "key"]
        assert cache.get("key") == noise(99)
        info = cache.info()
        assert info.entries == 2
        assert info.bytes == pytest.approx(2 * one, rel=0.02)


def test_a_smaller_limit_shrinks_an_existing_cache(tmp_path):
    with closing(PageCache(tmp_path / "kept", PLENTY)) as cache:
        for number in range(100):
            cache.put(str(number), noise(number))
    before = cache.path.stat().st_size
    with closing(PageCache(tmp_path / "kept", 20_000)) as smaller:
        smaller.put("key", noise(1))
        assert smaller.get("key") == noise(1)
        assert smaller.info().bytes <= 20_000
    assert cache.path.stat().st_size < before / 2, "the disk has its space back"


# ── looking at it, emptying it ──


def test_info_and_clear_do_not_create_a_cache(cache):
    assert cache.info() == CacheInfo(cache.folder, 0, 0, PLENTY)
    assert cache.clear() == 0
    assert not cache.folder.exists()


def test_info_has_sizes_and_times(cache):
    before = time.time()
    cache.put("a", page("text"))
    cache.put("b", noise(1))
    age(cache, 3600, "a")
    info = cache.info()
    assert (info.folder, info.entries, info.max_bytes) == (cache.folder, 2, PLENTY)
    assert 1000 < info.bytes < 3000
    assert before <= info.newest_use.timestamp() <= time.time()
    assert before - 3600 <= info.oldest_use.timestamp() <= time.time() - 3600
    assert info.oldest_use.tzinfo is not None


def test_clearing_returns_the_count_and_frees_disk_space(cache):
    for number in range(200):
        cache.put(str(number), noise(number))
    assert cache.clear() == 200
    on_disk = sum(file.stat().st_size for file in cache.folder.iterdir() if not file.name.endswith("-shm"))
    assert on_disk < 50_000
    assert cache.info().entries == 0
    assert cache.get("7") is None
    cache.put("key", page("text"))
    assert cache.get("key") == page("text")
    assert cache.clear() == 1


def test_clearing_does_not_disturb_other_connections(cache):
    cache.put("key", page("text"))
    with closing(PageCache(cache.folder, PLENTY)) as other:
        assert other.clear() == 1
        assert cache.get("key") is None
        cache.put("key", page("again"))
        assert other.get("key") == page("again")


# ── what is broken ──


def works(cache):
    cache.put("new", page("new"))
    with closing(PageCache(cache.folder, PLENTY)) as other:
        return cache.get("new") == other.get("new") == page("new")


def filled(cache, count=100):
    for number in range(count):
        cache.put(str(number), noise(number))
    cache.close()
    return cache.path


@pytest.mark.parametrize("first", ["get", "put", "info", "clear"])
def test_a_file_that_is_not_a_database_is_replaced(cache, caplog, first):
    cache.folder.mkdir()
    cache.path.write_bytes(b"no database at all" * 1000)
    if first == "get":
        assert cache.get("key") is None
    elif first == "put":
        cache.put("key", page("text"))
        assert cache.get("key") == page("text")
    elif first == "info":
        assert cache.info().entries == 0
    else:
        assert cache.clear() == 0
    assert works(cache)
    assert len(caplog.messages) == 1
    assert "is damaged and is replaced by an empty cache" in caplog.messages[0]


@pytest.mark.parametrize(
    ("length", "warnings"), [(0, 0), (50, 1), (100, 1), (4000, 1), (4096, 1), (50_000, 1)]
)
def test_a_truncated_file_is_replaced(cache, caplog, length, warnings):
    os.truncate(filled(cache), length)
    assert cache.get("50") is None
    assert works(cache)
    assert len(caplog.messages) == warnings


def test_a_file_damaged_during_use_is_replaced_with_one_warning(cache, caplog):
    path = filled(cache)
    assert cache.get("7") is not None
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 100_000)
    for number in range(100):
        cache.get(str(number))
        cache.put(str(number), noise(number))
    assert works(cache)
    assert len(caplog.messages) == 1


def test_clearing_repairs_any_damage(cache):
    path = filled(cache)
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * (path.stat().st_size - 3 * 4096))
    cache.clear()
    assert works(cache)
    assert cache.info().entries == 1


@pytest.mark.parametrize("seed", range(12))
def test_random_damage_raises_nothing_and_returns_no_wrong_result(cache, seed):
    path = filled(cache, count=30)
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(40):
        place = chance.randrange(len(data))
        data[place : place + 8] = chance.randbytes(8)
    path.write_bytes(data)
    for number in range(30):
        assert cache.get(str(number)) in (None, noise(number))
        cache.put(str(number), noise(number))
    cache.clear()
    assert works(cache)


@pytest.mark.parametrize(
    "value", [b"", b"garbage", "text", 5, b"x\x9c\x03\x00\x00\x00\x00\x01", b"x\x9c\xab\xae\x05\x00\x01u\x00\xf9"],
    ids=["empty", "garbage", "text", "number", "compressed nothing", "compressed {}"],
)  # fmt: skip
def test_a_damaged_row_does_not_affect_others(cache, caplog, value):
    cache.put("bad", page("text"))
    cache.put("good", page("text"))
    with closing(sqlite3.connect(cache.path)) as database, database:
        database.execute("UPDATE pages SET result = ? WHERE key = 'bad'", (value,))
    assert cache.get("bad") is None
    assert cache.info().entries == 1
    cache.put("bad", page("again"))
    assert cache.get("bad") == page("again")
    assert cache.get("good") == page("text")
    assert len(caplog.messages) == 1
    assert "text" not in caplog.messages[0]


@pytest.mark.parametrize("filling", ["ours", "a stranger's"])
def test_a_file_of_another_version_is_replaced(cache, filling):
    if filling == "ours":
        cache.put("key", page("text"))
        cache.close()
    cache.folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(cache.path)) as database, database:
        database.execute("CREATE TABLE other (x)")
        database.execute("PRAGMA user_version = 99")
    assert cache.get("key") is None
    assert works(cache)
    assert cache.info().entries == 1
    with closing(sqlite3.connect(cache.path)) as database:
        assert database.execute("SELECT name FROM sqlite_master WHERE name = 'other'").fetchall() == []


def test_an_unusable_folder_is_a_warning_and_pages_are_read_without_a_cache(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", tmp_path / "file/below"):
        caplog.clear()
        with closing(PageCache(folder, PLENTY)) as cache:
            for _ in range(3):
                assert cache.get("key") is None
                cache.put("key", page("text"))
            assert len(caplog.messages) == 1
            assert "pages are read without a cache" in caplog.messages[0]
            assert str(folder) in caplog.messages[0]
    assert (tmp_path / "file").read_text() == "no folder"


@pytest.mark.parametrize("ask", [PageCache.info, PageCache.clear])
def test_info_and_clear_of_an_unusable_folder_are_errors(tmp_path, ask):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OcrkitError, match="cannot be used"):
        ask(PageCache(tmp_path / "file", PLENTY))


def test_a_folder_in_place_of_the_file_is_a_warning(cache, caplog):
    cache.path.mkdir(parents=True)
    assert cache.get("key") is None
    cache.put("key", page("text"))
    assert len(caplog.messages) == 1
    with pytest.raises(OcrkitError, match="cannot be used"):
        cache.info()


def test_a_deleted_folder_is_created_again(cache):
    cache.put("key", page("text"))
    cache.close()
    shutil.rmtree(cache.folder)
    assert cache.get("key") is None
    assert works(cache)


# ── many at once ──


@pytest.mark.parametrize("shared", [True, False], ids=["one cache", "a cache each"])
def test_threads_lose_nothing(cache, shared):
    """They also begin at the same moment, with a file that is not there yet."""
    together = threading.Barrier(4)

    def work(name):
        mine = cache if shared else PageCache(cache.folder, PLENTY)
        together.wait(timeout=60)
        for number in range(20):
            mine.put(f"{name}-{number}", page(f"{name} {number}"))
            mine.put("same", page("same"))
            assert mine.get(f"{name}-{number}") == page(f"{name} {number}")
        mine.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, "abcd"))
    keys = [f"{name}-{number}" for name in "abcd" for number in range(20)]
    assert known(cache, keys) == keys
    assert cache.info().entries == 81


def test_processes_lose_nothing(cache):
    code = """
    time.sleep(max(0, float(sys.argv[3]) - time.time()))
    for number in range(20):
        cache.put(f"{sys.argv[2]}-{number}", page(sys.argv[2]))
        cache.put("same", page("same"))
        assert cache.get(f"{sys.argv[2]}-{number}") == page(sys.argv[2])
    """
    workers = [start(code, cache.folder, name, time.time() + 0.8) for name in "abc"]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    keys = [f"{name}-{number}" for name in "abc" for number in range(20)]
    assert [cache.get(key) for key in keys] == [page(name) for name in "abc" for _ in range(20)]
    assert cache.info().entries == 61


def test_threads_that_find_damage_together_log_it_once(cache, caplog):
    cache.folder.mkdir()
    cache.path.write_bytes(b"no database at all" * 1000)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(cache.get, "abcdefgh")) == [None] * 8
    assert works(cache)
    assert len(caplog.messages) == 1


# ── through the front door ──


def picture(number, gray=255):
    """A small page like no other; its corner tells the backend what to do."""
    pixels = np.random.default_rng(number).integers(0, 256, (24, 40), dtype=np.uint8)
    pixels[0, 0] = gray
    return Image.fromarray(pixels)


def save(path, *pictures, **options):
    more = {"save_all": True, "append_images": pictures[1:]} if pictures[1:] else {}
    pictures[0].save(path, **more, **options)
    return path


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads a source, and says how many of its pages the backend was asked for."""
    monkeypatch.syspath_prepend(ENGINES)

    def read(source, /, *, options=None, kept="kept", **settings):
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        made = ocrkit.Settings(
            **{
                "backend": "engines:HashBackend",
                "workers": 1,
                "cache": kept and tmp_path / kept,
                "backends": {"hash": {"log": str(log), **(options or {})}},
                **settings,
            }
        )
        try:
            with ocrkit.Ocr(settings=made) as ocr:
                return ocr.recognize(source), len(log.read_text().split()) if log.exists() else 0
        except BackendError as error:
            return error, len(log.read_text().split())

    return read


@pytest.fixture
def png(tmp_path):
    return save(tmp_path / "page.png", picture(1))


def test_the_second_reading_comes_from_the_cache(read, png):
    first, asked = read(png)
    again, asked_again = read(png)
    assert (asked, asked_again) == (1, 0)
    assert again.pages[0].without_timings() == first.pages[0].without_timings()
    assert list(again.pages[0].timings) == ["source", "cache"]
    assert "recognize" in first.pages[0].timings


def test_without_the_setting_nothing_is_cached(read, png, tmp_path):
    before = {*tmp_path.rglob("*")}
    assert [read(png, kept=None)[1] for _ in range(2)] == [1, 1]
    assert {*tmp_path.rglob("*")} - before == {tmp_path / "log"}


@pytest.mark.parametrize(
    "change",
    [
        {"languages": ("de",)}, {"mode": "printed"}, {"scene": "table"}, {"preprocess": ("grayscale",)},
        {"preprocess": ({"denoise": {"size": 3}},)}, {"options": {"word": "sheet"}},
        {"backend": "engines:AloneBackend"},
    ],
    ids=str,
)  # fmt: skip
def test_a_change_that_affects_results_reads_again_and_keeps_both_results(read, png, change):
    read(png)
    log = {"log": str(png.with_name("log"))}
    if "backend" in change:
        change = {**change, "backends": {"alone": log}}
    assert read(png, **change)[1] == 1
    assert read(png, **change)[1] == 0
    assert read(png)[1] == 0


def test_the_parameters_of_a_step_affect_the_key(read, png):
    assert read(png, preprocess=({"denoise": {"size": 3}},))[1] == 1
    assert read(png, preprocess=({"denoise": {"size": 5}},))[1] == 1


@pytest.mark.parametrize(
    "change", [{"threads": 1}, {"workers": 3}, {"source": {"dpi": 150}}, {"cache_size": 5_000_000}], ids=str
)
def test_a_change_without_effect_on_results_reads_nothing_again(read, png, change):
    read(png)
    assert read(png, **change)[1] == 0


def test_one_changed_pixel_is_another_page(read, png):
    first, _ = read(png)
    changed = np.array(Image.open(png))
    changed[20, 30] ^= 1
    save(png, Image.fromarray(changed))
    second, asked = read(png)
    assert asked == 1
    assert second.text != first.text


def test_pixels_in_another_shape_are_another_page(read):
    pixels = np.asarray(picture(1))
    assert read(pixels)[1] == 1
    assert read(pixels.reshape(40, 24))[1] == 1
    assert read(np.ascontiguousarray(pixels.T).T)[1] == 0, "the order in memory is no matter"


def test_another_resolution_is_another_page(read, png, tmp_path):
    assert read(png)[0].pages[0].dpi is None
    finer, asked = read(save(tmp_path / "finer.png", picture(1), dpi=(300, 300)))
    assert asked == 1
    assert finer.pages[0].dpi == pytest.approx(300, abs=0.1)


def test_a_pdf_page_that_is_rendered_at_another_resolution_is_another_page(read, tmp_path):
    pdf = save(tmp_path / "page.pdf", picture(1))
    for dpi in (100, 150):
        source = {"dpi": dpi, "embedded_images": False}
        assert [read(pdf, source=source)[1] for _ in range(2)] == [1, 0]


def test_an_equal_page_of_another_document_is_known_and_gets_its_own_index(read, tmp_path):
    a, b, c = (picture(number) for number in (1, 2, 3))
    first, asked = read(save(tmp_path / "first.tif", a, b))
    assert asked == 2
    second, asked = read(save(tmp_path / "second.tif", c, b, a))
    assert asked == 1
    assert second.source == str(tmp_path / "second.tif")
    assert [page.number for page in second.pages] == [1, 2, 3]
    assert [page.text for page in second.pages[1:]] == [page.text for page in reversed(first.pages)]
    assert second.page_count == 3


def test_the_same_page_twice_in_a_document_is_read_once(read, tmp_path):
    document, asked = read(save(tmp_path / "twice.tif", picture(1), picture(2), picture(1)))
    assert asked == 2
    assert [page.index for page in document.pages] == [0, 1, 2]
    assert document.pages[0].text == document.pages[2].text != document.pages[1].text


def test_bytes_arrays_and_files_may_be_mixed(read, png):
    read(png)
    assert read(png.read_bytes())[1] == 0
    array = np.asarray(picture(1))
    assert read(array)[1:] == (1,)
    document, asked = read(array)
    assert (document.source, asked) == (None, 0)


def test_failures_are_not_cached(read, tmp_path):
    once = tmp_path / "once"
    once.mkdir()
    failing = save(tmp_path / "failing.png", picture(1, gray=50))
    error, asked = read(failing, options={"once": str(once)})
    assert "this page cannot be read" in str(error)
    assert asked == 1
    document, asked = read(failing, options={"once": str(once)})
    assert (len(document.pages), asked) == (1, 1)
    assert read(failing, options={"once": str(once)})[1] == 0


def test_pages_read_in_parallel_are_all_cached(read, tmp_path):
    path = save(tmp_path / "many.tif", *(picture(number) for number in range(12)))
    first, asked = read(path, workers=4)
    again, asked_again = read(path, workers=4)
    assert (asked, asked_again) == (12, 0)
    assert again.text == first.text


def test_a_cache_that_is_too_small_stops_nothing(read, png):
    assert [read(png, cache_size=10)[1] for _ in range(2)] == [1, 1]


def test_an_unusable_cache_is_one_warning(read, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    path = save(tmp_path / "many.tif", *(picture(number) for number in range(3)))
    document, asked = read(path, kept="file")
    assert (len(document.pages), asked) == (3, 3)
    assert len(caplog.messages) == 1


@pytest.mark.long
def test_worker_processes_share_the_cache(read, tmp_path):
    path = save(tmp_path / "many.tif", *(picture(number) for number in range(4)))
    first, asked = read(path, isolate=True, workers=2)
    assert asked == 4
    again, asked = read(path, isolate=True)
    assert asked == 0
    assert [page.trace.source for page in again.pages] == [page.trace.source for page in first.pages]
    here, asked = read(path)
    assert asked == 0
    assert here.text == again.text == first.text


# ── what a result depends on ──


class Asked(ScriptedBackend):
    """Of a class and with options: what it depends on can be told."""

    class Options(BackendOptions):
        model: Path | None = None
        key: SecretStr | None = None

    name = "asked"
    engine = "engine 1"

    def __init__(self, options):
        super().__init__(["text"])
        self.options = options

    def fingerprint(self):
        return self.engine


@pytest.fixture
def depends_on(tmp_path):
    """The fingerprint under some circumstances."""

    def fingerprint(backend=Asked, *, preprocess="auto", scene="document", **options):
        settings = ocrkit.Settings(backends={"asked": options})
        with ocrkit.Ocr(backend, preprocess=preprocess, scene=scene, settings=settings) as ocr:
            return ocr.fingerprint

    return fingerprint


def test_a_result_depends_on_the_files_that_options_name(depends_on, tmp_path):
    model = tmp_path / "model"
    model.write_text("weights")
    before = depends_on(model=str(model))
    assert depends_on(model=str(model)) == before
    model.write_text("other weights")
    assert depends_on(model=str(model)) != before


def test_a_result_depends_on_the_scene(depends_on):
    assert depends_on(scene="line") != depends_on()


def test_a_result_does_not_depend_on_credentials(depends_on):
    assert depends_on(key="a") == depends_on(key="b")


def test_a_result_depends_on_the_fingerprint_of_the_backend(depends_on):
    class Newer(Asked):
        engine = "engine 2"

    class Same(Asked):
        pass

    assert depends_on(Newer) != depends_on(Same)


def darker(page, by=10):
    return page.derive(np.maximum(page.pixels, by) - by)


class Darker:
    """A step that says what its results depend on."""

    def __init__(self, by):
        self.by = by

    def __call__(self, page):
        return darker(page, self.by)

    def fingerprint(self):
        return f"darker by {self.by}"


class DarkerOptions(StepOptions):
    """A step whose parameters are fields."""

    by: int = 10

    def __call__(self, page):
        return darker(page, self.by)


@pytest.mark.parametrize("step", [Darker, DarkerOptions])
def test_a_result_depends_on_the_steps_of_the_caller(depends_on, step):
    def fingerprint(by):
        return depends_on(preprocess=[step(by=by)])

    assert fingerprint(10) == fingerprint(10) != fingerprint(20)
    assert fingerprint(10) != depends_on()


def test_a_result_depends_on_the_order_of_steps(depends_on):
    light, dark = Darker(10), Darker(20)
    assert depends_on(preprocess=[light, dark]) != depends_on(preprocess=[dark, light])


@pytest.mark.parametrize(
    "step",
    [darker, lambda page: page, partial(darker, by=10), Darker(10).__call__],
    ids=["function", "lambda", "partial", "method"],
)
def test_a_step_without_a_fingerprint_leaves_none(depends_on, step):
    assert depends_on(preprocess=[step]) is None


def test_a_parameter_that_is_not_plain_data_leaves_no_fingerprint(depends_on):
    name = f"{__name__}:darker"
    assert depends_on(preprocess=[{name: {"by": 10}}]) != depends_on(preprocess=[{name: {"by": 20}}])
    assert depends_on(preprocess=[{name: {"by": np.zeros(3)}}]) is None


@pytest.mark.parametrize("chain", ["preprocess", "postprocess"])
def test_with_a_step_without_a_fingerprint_nothing_is_cached_and_a_warning_says_what_to_do(
    tmp_path, png, caplog, chain
):
    backend = ScriptedBackend(["text"])
    settings = ocrkit.Settings(cache=tmp_path / "kept")
    with ocrkit.Ocr(backend, settings=settings, **{chain: [lambda page: page]}) as ocr:
        for _ in range(2):
            ocr.recognize(png)
    assert len(backend.requests) == 2
    assert not (tmp_path / "kept").exists()
    (message,) = caplog.messages
    assert "no page is cached" in message
    assert f"the {chain.replace('postp', 'post-p')}ing step '<lambda>' does not say" in message
    assert "give it a method `fingerprint`, or name it by its dotted path" in message


def test_a_step_with_a_fingerprint_is_cached(tmp_path, png):
    backend = ScriptedBackend(["text"])
    settings = ocrkit.Settings(cache=tmp_path / "kept")
    for _ in range(2):
        ocrkit.recognize(png, backend=backend, preprocess=[Darker(10)], settings=settings)
    assert len(backend.requests) == 1


@pytest.fixture
def of_module(tmp_path):
    """The fingerprint of a setup that uses a module with this code."""

    def fingerprint(setup, body, package=False):
        path = tmp_path / ("own/__init__.py" if package else "own.py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(body)
        code = f"import ocrkit; print(ocrkit.Ocr({setup}).fingerprint)"
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, check=True
        )  # fmt: skip
        return done.stdout

    return fingerprint


@pytest.mark.long
def test_a_result_depends_on_the_code_of_a_step_with_a_dotted_path(of_module):
    setup = "'null', preprocess=['own:step']"
    first = of_module(setup, "def step(page):\n    return page\n")
    assert of_module(setup, "def step(page):\n    return page\n") == first != b"None\n"
    assert of_module(setup, "def step(page):\n    return page.derive(255 - page.pixels)\n") != first


def test_a_result_depends_on_all_modules_of_a_package(of_module, tmp_path):
    setup = "'null', preprocess=['own:step']"
    body = "from own.inner import step\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own/inner.py").write_text("def step(page):\n    return page\n")
    first = of_module(setup, body, package=True)
    (tmp_path / "own/inner.py").write_text("def step(page):\n    return page.derive(255 - page.pixels)\n")
    assert of_module(setup, body, package=True) != first


@pytest.mark.long
def test_a_result_depends_on_the_code_of_a_backend_with_a_dotted_path(of_module):
    body = "from ocrkit.backends.null import NullBackend\nclass Own(NullBackend):\n    name = 'own'\n"
    first = of_module("'own:Own'", body)
    assert of_module("'own:Own'", body) == first != b"None\n"
    assert of_module("'own:Own'", f"{body}    more = 1\n") != first


def test_two_backend_objects_with_different_fingerprints_are_not_confused(tmp_path, png):
    settings = ocrkit.Settings(cache=tmp_path / "kept")
    texts = [ocrkit.recognize(png, backend=ScriptedBackend([text]), settings=settings).text for text in "ab"]
    assert texts == ["a", "b"]


def test_backend_objects_without_a_fingerprint_are_not_confused(tmp_path, png):
    class Saying:
        name = "saying"
        capabilities = Capabilities()

        def __init__(self, word):
            self.word = word

        def recognize(self, page, request):
            block = Block.of([Line(text=self.word)])
            return PageResult(
                width=page.width, height=page.height, blocks=(block,), trace=Trace(backend=self.name)
            )

        def close(self):
            pass

    settings = ocrkit.Settings(cache=tmp_path / "kept")
    texts = [ocrkit.recognize(png, backend=Saying(word), settings=settings).text for word in ("one", "two")]
    assert texts == ["one", "two"]
