"""The entry-point door, with a package that is really installed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Program = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.mark.long
def test_a_plug_in_is_listed_and_reads(
    program: Program, draw: Callable[..., str], plug_in: Path, tmp_path: Path
) -> None:
    listed = program("backends", "--json", PYTHONPATH=str(plug_in))
    (parrot,) = [item for item in json.loads(listed.stdout) if item["name"] == "parrot"]
    assert parrot["origin"] == "ocrkit-parrot 1.2"
    assert parrot["installed"]
    assert parrot["capabilities"]["languages"] == ["en", "x-parrot"]
    assert parrot["missing"][0]["install"] == "apt install cracker"

    draw("page.png", text="")
    (tmp_path / "ocrkit.toml").write_text('[backends.parrot]\nphrase = "polly"\n')
    read = program(
        "read", "page.png", "--backend", "parrot", "--preprocess", "negate", "--format", "shout",
        PYTHONPATH=str(plug_in), OCRKIT_BACKENDS__PARROT__TIMES="2",
    )  # fmt: skip
    assert read.stderr == b""
    assert read.stdout == b"POLLY POLLY\nBRIGHTNESS 0"

    chirped = program(
        "read", "page.png", "-b", "parrot", "--postprocess", "chirp", "--show-corrections",
        PYTHONPATH=str(plug_in),
    )  # fmt: skip
    assert chirped.stdout.startswith(b"polly chirp\n")
    assert chirped.stderr.decode().splitlines() == [
        "page.png, page 1", "- polly", "+ polly chirp", "    nothing → chirp  (chirp: parrots do)",
    ]  # fmt: skip

    shown = program("config", PYTHONPATH=str(plug_in), OCRKIT_BACKENDS__PARROT__TOKEN="s3cr3t")
    assert shown.returncode == 0
    assert b"s3cr3t" not in shown.stdout
    assert b"# environment OCRKIT_BACKENDS__PARROT__TOKEN" in shown.stdout


def test_without_the_plug_in_its_name_is_unknown(program: Program, draw: Callable[..., str]) -> None:
    draw("page.png")
    run = program("read", "page.png", "-b", "parrot")
    assert run.returncode == 2
    assert run.stderr.startswith(b"ocrkit: error: unknown backend 'parrot'. The choices are: ")
    assert run.stderr.count(b"\n") == 1
