"""Draw the lines for training and test: `python draw_lines.py --fonts DIR --out lines.npz`."""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from fonts import Font, families, is_held_out
from lines import UndrawableError, drawing, drawn
from texts import CLASSES, LOCALES, NONE, Texts

from ocrkit.scripts.strips import WIDTH, strip

_VERTICAL = {"Hani": 0.12, "Jpan": 0.12, "Hang": 0.04}
_DRAWINGS = 0.4
_MORE = 3
_ATTEMPTS = 500

_families: dict[tuple[str, str], dict[str, list[Font]]] = {}
"""The fonts to train and to test with, by part and class, which forked processes share."""


def draw(part: str, script: str, count: int, seed: int) -> np.ndarray:
    """Windows of `count` lines of one class, as bytes."""
    random = np.random.default_rng([seed, zlib.crc32(script.encode())])
    texts, by_family = Texts(), _families[part, script]
    pictures = (picture_of(script, by_family, texts, random) for _ in range(count))
    return np.stack([window(picture, random) for picture in pictures])


def picture_of(
    script: str, by_family: dict[str, list[Font]], texts: Texts, random: np.random.Generator
) -> np.ndarray:
    """The picture of a random line of a class, in a random font that has all of its letters."""
    if script == NONE and random.random() < _DRAWINGS:
        return drawing(random)
    names = sorted(by_family)
    for _ in range(_ATTEMPTS):
        of_family = by_family[names[random.integers(len(names))]]
        font = of_family[random.integers(len(of_family))]
        vertical = random.random() < _VERTICAL.get(script, 0)
        text = texts.line(script, random)
        if font.has(text):
            with contextlib.suppress(UndrawableError, OSError, ValueError, MemoryError):
                return drawn(text, font, random, vertical=vertical)
    raise UndrawableError(script)


def held_out_families(script: str, by_family: dict[str, list[Font]]) -> set[str]:
    """The families that are kept for the test: at least one, and not all."""
    held_out = {name for name in by_family if is_held_out(script, name)}
    return held_out if held_out and len(held_out) < len(by_family) else {max(by_family)}


def window(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A window of a line, at a random place."""
    ink = strip(picture)
    extra = ink.shape[1] - WIDTH
    if extra > 0:
        start = int(random.integers(extra + 1))
        ink = ink[:, start : start + WIDTH]
    ink = np.pad(ink, ((0, 0), (0, WIDTH - ink.shape[1])))
    return np.round(ink * 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--fonts", type=Path, required=True, help="a folder with the fonts, for example /usr/share/fonts"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=4000, help="lines for each class")
    parser.add_argument("--test", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    texts = Texts()
    found = families(options.fonts, {script: texts.sample(script) for script in LOCALES})
    found[NONE] = found["Latn"]
    jobs = []
    summary = {}
    for script in CLASSES:
        held_out = held_out_families(script, found[script])
        _families["train", script] = {
            name: fonts for name, fonts in found[script].items() if name not in held_out
        }
        _families["test", script] = {name: fonts for name, fonts in found[script].items() if name in held_out}
        summary[script] = {part: sorted(_families[part, script]) for part in ("train", "test")}
        print(
            f"{script}: {len(summary[script]['train'])} families to train, {len(held_out)} to test",
            flush=True,
        )
        jobs += [("train", script, options.train * (_MORE if script == "Latn" else 1), options.seed)]
        jobs += [("test", script, options.test, options.seed + 1)]
    arrays: dict[str, list[np.ndarray]] = {"train": [], "test": [], "train_labels": [], "test_labels": []}
    with ProcessPoolExecutor(options.processes, mp_context=multiprocessing.get_context("fork")) as pool:
        for (part, script, *_), lines in zip(jobs, pool.map(draw, *zip(*jobs, strict=True)), strict=True):
            arrays[part].append(lines)
            arrays[f"{part}_labels"].append(np.full(len(lines), CLASSES.index(script), np.int32))
            print(part, script, len(lines), flush=True)
    np.savez(options.out, **{name: np.concatenate(parts) for name, parts in arrays.items()})
    options.out.with_suffix(".json").write_text(json.dumps(summary, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
