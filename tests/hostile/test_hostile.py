"""Hostile files: each gives pages or one typed error, within limits of time and memory, and leaves nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from drawn import hostile_files, is_slow

FILES = hostile_files()
_MAX_MEGABYTES = 1536
_MAX_SECONDS = 15


def read_each(files: dict[str, bytes], folder: Path) -> list[dict]:
    inputs, temporary = folder / "files", folder / "temporary"
    inputs.mkdir()
    temporary.mkdir()
    for name, data in files.items():
        (inputs / name).write_bytes(data)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("read_each.py")), str(inputs)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(temporary.iterdir()) == []
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(reports: list[dict], count: int) -> None:
    assert len(reports) == count
    for report in reports:
        assert report["outcome"] == "error" or report["outcome"].endswith(" pages"), report
        assert report["peak"] <= _MAX_MEGABYTES, report


def test_there_are_many_files() -> None:
    assert len(FILES) >= 230


@pytest.mark.long
def test_a_sample_of_hostile_files(tmp_path: Path) -> None:
    names = [name for name in FILES if not is_slow(name)][::4]
    check(read_each({name: FILES[name] for name in names}, tmp_path), len(names))


@pytest.mark.long
def test_all_hostile_files(tmp_path: Path) -> None:
    reports = read_each(FILES, tmp_path)
    check(reports, len(FILES))
    for report in reports:
        assert report["seconds"] <= _MAX_SECONDS, report
