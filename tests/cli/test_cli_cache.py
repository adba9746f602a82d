"""`ocrkit cache`: pages that were read are kept, shown and forgotten."""

import json

import pytest
from PIL import Image


@pytest.fixture
def page(tmp_path):
    Image.new("L", (60, 40), 255).save(tmp_path / "page.png")
    return tmp_path / "page.png"


@pytest.mark.long
def test_cached_pages_are_counted_and_cleared(program, page, tmp_path):
    folder = tmp_path / "kept"
    for _ in range(2):
        assert program("read", str(page), "--backend", "null", OCRKIT_CACHE=str(folder)).returncode == 0
    facts = json.loads(program("cache", "info", "--json", OCRKIT_CACHE=str(folder)).stdout)
    assert facts["folder"] == str(folder)
    assert facts["pages"] == 1
    assert 0 < facts["bytes"] < 5000
    assert facts["max_bytes"] == 1_000_000_000
    shown = program("cache", "info", OCRKIT_CACHE=str(folder)).stdout.decode()
    assert f"folder     {folder}" in shown
    assert "pages      1\n" in shown
    assert "of 1.0 GB (0%)" in shown
    cleared = program("cache", "clear", OCRKIT_CACHE=str(folder))
    assert cleared.stdout.decode() == f"deleted 1 page from {folder}\n"
    assert json.loads(program("cache", "info", "--json", OCRKIT_CACHE=str(folder)).stdout)["pages"] == 0


@pytest.mark.parametrize("command", ["info", "clear"])
def test_without_a_configured_cache_the_command_fails(program, command):
    done = program("cache", command)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"ocrkit: error: no cache is configured; set `cache` to a folder")


def test_a_file_in_place_of_the_cache_folder_is_an_error(program, page):
    """Pages are read without the cache; the command reports the error."""
    read = program("read", str(page), "--backend", "null", OCRKIT_CACHE=str(page))
    assert read.returncode == 0
    done = program("cache", "info", OCRKIT_CACHE=str(page))
    assert done.returncode == 1
    assert b"is not a folder" in done.stderr
    assert b"Traceback" not in done.stderr
