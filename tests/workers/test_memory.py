"""A container with less memory than its machine is believed, or it would be killed as a whole."""

import pytest

from ocrkit.workers import memory

MACHINE = 64 << 30


def test_this_machine_has_memory():
    assert memory.available() > 1 << 28
    assert memory.share_of_memory(4) >= 1 << 30


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, MACHINE),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4294967296\n"}, 4 << 30),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, MACHINE),
        ({"proc/self/cgroup": "0::/docker/1\n", "sys/fs/cgroup/memory.max": "1073741824"}, 1 << 30),
        (
            {
                "proc/self/cgroup": "5:cpu:/\n4:memory:/pod\n",
                "sys/fs/cgroup/memory/pod/memory.limit_in_bytes": "2147483648\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            2 << 30,
        ),
        ({"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "-1"}, MACHINE),
    ],
    ids=["no groups", "version 2", "no limit", "path of the host", "version 1", "version 1 without limit"],
)
def test_the_lowest_limit_counts(tmp_path, files, expected):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert memory.available(root=tmp_path, installed=MACHINE) == expected
