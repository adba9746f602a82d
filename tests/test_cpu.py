from __future__ import annotations

from pathlib import Path

import pytest

from ocrkit import cpu


def draw(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_this_machine_has_at_least_one_cpu() -> None:
    assert cpu.available() >= 1


def test_without_control_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert cpu.available(root=tmp_path, visible=7) == 7


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("50000 100000", 1),
        ("max 100000", 8),
        ("6400000 100000", 8),
        ("garbage", 8),
        ("", 8),
        ("100000 0", 8),
    ],
)
def test_a_quota_of_version_2_is_rounded_up(tmp_path: Path, quota: str, expected: int) -> None:
    draw(tmp_path, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": quota + "\n"})
    assert cpu.available(root=tmp_path, visible=8) == expected


def test_the_lowest_quota_of_nested_groups_counts(tmp_path: Path) -> None:
    draw(
        tmp_path,
        {
            "proc/self/cgroup": "0::/system.slice/ocr.service/worker\n",
            "sys/fs/cgroup/system.slice/cpu.max": "300000 100000\n",
            "sys/fs/cgroup/system.slice/ocr.service/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/system.slice/ocr.service/worker/cpu.max": "max 100000\n",
        },
    )
    assert cpu.available(root=tmp_path, visible=8) == 3


def test_a_container_may_see_the_group_path_of_its_host(tmp_path: Path) -> None:
    draw(tmp_path, {"proc/self/cgroup": "0::/docker/0a1b2c\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"})
    assert cpu.available(root=tmp_path, visible=8) == 2


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
def test_a_quota_of_version_1_counts(tmp_path: Path, mount: str) -> None:
    draw(
        tmp_path,
        {
            "proc/self/cgroup": "5:memory:/m\n4:cpu,cpuacct:/kubepods/pod1\n0::/\n",
            f"sys/fs/cgroup/{mount}/kubepods/pod1/cpu.cfs_quota_us": "300000\n",
            f"sys/fs/cgroup/{mount}/kubepods/pod1/cpu.cfs_period_us": "100000\n",
            f"sys/fs/cgroup/{mount}/cpu.cfs_quota_us": "-1\n",
            f"sys/fs/cgroup/{mount}/cpu.cfs_period_us": "100000\n",
        },
    )
    assert cpu.available(root=tmp_path, visible=16) == 3


def test_both_versions_may_be_mounted(tmp_path: Path) -> None:
    draw(
        tmp_path,
        {
            "proc/self/cgroup": "1:cpu:/\n0::/user.slice\n",
            "sys/fs/cgroup/unified/user.slice/cpu.max": "200000 100000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
    )
    assert cpu.available(root=tmp_path, visible=16) == 2


def test_unknown_lines_are_ignored(tmp_path: Path) -> None:
    draw(tmp_path, {"proc/self/cgroup": "\nnonsense\n0::/../../etc\n"})
    assert cpu.available(root=tmp_path, visible=4) == 4
