"""The hash of a file, and changes of the file."""

import hashlib
import os

import pytest

from ocrkit.batch.hashing import hash_file, version_of
from ocrkit.errors import SourceError


def test_the_hash_is_that_of_the_content(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"content")
    hashed = hash_file(path, 100)
    assert hashed.digest == hashlib.sha256(b"content").hexdigest()
    assert hashed.version == version_of(path)


def test_restoring_the_content_and_the_times_is_another_version(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"content")
    before, times = version_of(path), path.stat()
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert version_of(path) != before


def test_hashing_ends_when_it_is_cancelled(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"content")
    with pytest.raises(SourceError, match="stopped"):
        hash_file(path, 100, lambda: True)


@pytest.mark.parametrize(
    ("name", "words"), [("missing", "no such file"), ("a\0b", "valid path"), (".", "folder")]
)
def test_what_cannot_be_read_is_one_error(tmp_path, name, words):
    with pytest.raises(SourceError, match=words):
        hash_file(tmp_path / name, 100)


def test_a_vanished_file_has_no_version(tmp_path):
    assert version_of(tmp_path / "missing") is None
