"""Jobs that are remembered across processes."""

from __future__ import annotations

import os
import time

import pytest

from ocrkit.backends.remote import PendingJobs
from ocrkit.errors import ConfigError


def test_a_job_is_found_until_it_is_removed(tmp_path):
    key = PendingJobs.key("https://one.example", "read", b"image")
    PendingJobs(tmp_path / "made", 60).add(key, "job-7_a")
    later = PendingJobs(tmp_path / "made", 60)
    assert later.find(key) == "job-7_a"
    later.remove(key)
    later.remove(key)
    assert later.find(key) is None


def test_parts_of_a_key_are_told_apart():
    assert PendingJobs.key("ab", "c") != PendingJobs.key("a", "bc")
    assert PendingJobs.key("a", b"c") == PendingJobs.key("a", "c")


def test_without_a_folder_nothing_is_remembered():
    jobs = PendingJobs(None, 60)
    jobs.add("key", "job")
    jobs.remove("key")
    assert jobs.find("key") is None


@pytest.mark.parametrize("content", [b"", b"../../keys", b"a" * 201, b"\xff\xfe", b"one two"])
def test_a_damaged_file_is_no_job(tmp_path, content):
    (tmp_path / "key").write_bytes(content)
    assert PendingJobs(tmp_path, 60).find("key") is None


def test_a_job_is_forgotten_when_the_service_has_forgotten_it(tmp_path):
    jobs = PendingJobs(tmp_path, 60)
    jobs.add("key", "job")
    before = time.time() - 61
    os.utime(tmp_path / "key", (before, before))
    assert jobs.find("key") is None


def test_a_folder_that_cannot_be_used_is_an_error_of_the_settings(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="resume_folder cannot be used"):
        PendingJobs(tmp_path / "file", 60).add("key", "job")
