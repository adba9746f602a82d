"""Go on with training for a limited time: `python more_lines.py --fonts DIR --lines lines.npz --state state.pt --out model.onnx`.

First it draws new lines of the classes that are confused most, and Latin lines like handwriting and receipts, which look
like other scripts to a network that saw print only. Then it trains on these and the old lines, in one process.
"""

from __future__ import annotations

import argparse
import functools
import time
from pathlib import Path

import draw_lines
import lines as drawing
import numpy as np
import torch
from fonts import families
from texts import CLASSES, LOCALES, NONE, Texts
from torch import nn
from train import Classifier, augmented, predict, to_onnx

from ocrkit.opencv import cv2

_SHARES = {script: 2 for script in CLASSES} | {
    "handwriting": 8, "receipt": 5, "Latn": 4, "Beng": 4, "Guru": 4, "Thai": 4, "Hebr": 3, "Grek": 3, "Cyrl": 3,
}  # fmt: skip
"""How often lines of a class are drawn."""
_WEIGHTS = {
    "Latn": 7.0,
    "Grek": 1.3,
    "Cyrl": 1.3,
    "Beng": 1.4,
    "Guru": 1.4,
    "Thai": 1.4,
    "Hebr": 1.2,
    "Telu": 1.2,
}
"""How often lines of a class are trained, in comparison with the others."""
_HANDWRITING = (
    "Dancing Script", "Kristi", "Kaushan Script", "DkgHandwriting", "Nanum Pen Script", "Nanum Brush Script", "Breip",
    "Ecolier_court", "Humor Sans", "It wasn't me", "Purisa", "Rufscript", "femkeklaver", "Domestic Manners", "Z003",
    "TeX Gyre Chorus", "Isabella", "Comic Neue", "Eunjin Nakseo", "El Abogado Loco", "Tomson Talks", "Klee One",
)  # fmt: skip
_RECEIPT = (
    "Courier Prime", "FreeMono", "Liberation Mono", "DejaVu Sans Mono", "Inconsolata", "PT Mono", "Nimbus Mono PS",
    "TeX Gyre Cursor", "GNUTypewriter", "Tlwg Mono", "B612 Mono", "Electron", "Noto Sans", "Roboto Condensed",
)  # fmt: skip


def draw(deadline: float, found: dict[str, dict[str, list]], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of new lines and their classes, until a point in time."""
    random, texts = np.random.default_rng(seed), Texts()
    fonts = {script: _to_train(script, found[script]) for script in LOCALES}
    fonts[NONE] = fonts["Latn"]
    special = {"handwriting": _HANDWRITING, "receipt": _RECEIPT}
    for name, chosen in special.items():
        fonts[name] = {family: fonts["Latn"][family] for family in chosen if family in fonts["Latn"]}
    plain = drawing.framed
    styles = {"handwriting": _handwritten, "receipt": _printed_in_dots}
    kinds = [kind for kind, share in _SHARES.items() for _ in range(share)]
    images, labels = [], []
    while time.time() < deadline:
        kind = kinds[int(random.integers(len(kinds)))]
        style = styles.get(kind)
        drawing.framed = functools.partial(_styled, style, plain) if style else plain
        script = "Latn" if kind in special else kind
        picture = draw_lines.picture_of(script, fonts[kind], texts, random)
        images.append(draw_lines.window(picture, random))
        labels.append(CLASSES.index(script))
    drawing.framed = plain
    return np.stack(images), np.array(labels, np.int32)


def _to_train(script: str, by_family: dict[str, list]) -> dict[str, list]:
    held_out = draw_lines.held_out_families(script, by_family)
    return {name: fonts for name, fonts in by_family.items() if name not in held_out}


def _styled(style, framed, ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return framed(style(ink, random), random)


def _handwritten(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Letters of uneven height, place and slant."""
    height = ink.shape[0]
    pad = height // 3
    ink = np.pad(ink, ((pad, pad), (pad, pad)))
    rows, columns = np.mgrid[: ink.shape[0], : ink.shape[1]].astype(np.float32)
    wave = np.zeros(ink.shape[1], np.float32)
    for _ in range(3):
        period = random.uniform(0.8, 8) * height
        size = random.uniform(0, 0.07) * height
        wave += size * np.sin(2 * np.pi * np.arange(ink.shape[1]) / period + random.uniform(0, 6.3))
    field = random.standard_normal(ink.shape).astype(np.float32)
    field = cv2.GaussianBlur(field, (0, 0), 0.25 * height)
    field *= random.uniform(0, 0.12) * height / max(float(np.abs(field).max()), 1e-6)
    lean = random.uniform(-0.1, 0.5)
    source = columns + lean * (rows - ink.shape[0] / 2) + field
    ink = cv2.remap(ink, source, rows + wave[np.newaxis] + field, cv2.INTER_LINEAR)
    if random.random() < 0.4 and height > 24:
        ink = cv2.erode(ink, np.ones((2, 2), np.uint8))
    return np.asarray(ink)


def _printed_in_dots(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Letters of dots or pale stripes, as receipt printers make them."""
    height, width = ink.shape
    way = random.random()
    if way < 0.5:
        rows = int(random.integers(9, 20))
        small = cv2.resize(ink, (max(8, round(width * rows / height)), rows), interpolation=cv2.INTER_AREA)
        ink = cv2.resize((small > 0.35).astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
    if way < 0.3:
        step = max(2.0, height / int(random.integers(9, 20)))
        y, x = np.mgrid[:height, :width] / step
        ink = ink * (np.hypot(y % 1 - 0.5, x % 1 - 0.5) < random.uniform(0.4, 0.6))
    if random.random() < 0.4:
        pale = 1 - random.uniform(0.2, 0.8) * (random.random((height, 1)) < 0.15)
        ink = ink * pale
    grain = cv2.GaussianBlur(random.standard_normal(ink.shape).astype(np.float32), (0, 0), 1.5)
    return np.asarray(ink * np.clip(1 - random.uniform(0, 2) * np.maximum(grain, 0), 0, 1), np.float32)


def train(options: argparse.Namespace, images: np.ndarray, labels: np.ndarray, test: tuple) -> None:
    """Train until a point in time, with a rate that falls to zero by then, and write the model now and then."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    random = np.random.default_rng([options.seed, 1])
    model = Classifier()
    model.load_state_dict(torch.load(options.state))
    optimizer = torch.optim.AdamW(model.parameters(), options.rate, weight_decay=2e-3)
    measure = nn.CrossEntropyLoss(label_smoothing=0.03)
    weights = np.array([_WEIGHTS.get(script, 1.0) for script in CLASSES])
    places = [np.flatnonzero(labels == number) for number in range(len(CLASSES))]
    started, end, saved, seen = time.time(), options.until, time.time(), 0
    losses = []
    while (now := time.time()) < end:
        done = (now - started) / (end - started)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min(1.0, 20 * done) * 0.5 * (1 + np.cos(np.pi * done)) + 1e-6
        classes = random.choice(len(CLASSES), size=64, p=weights / weights.sum())
        chosen = np.array([places[each][random.integers(len(places[each]))] for each in classes])
        x = torch.from_numpy(augmented(images[chosen].astype(np.float32) / 255, random))[:, None]
        loss = measure(model(x), torch.from_numpy(labels[chosen].astype(np.int64)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        seen += len(chosen)
        if time.time() - saved > 90 or time.time() >= end:
            model.eval()
            accuracy = float((predict(model, test[0]).argmax(1) == test[1]).mean())
            print(
                f"{seen} lines: loss {np.mean(losses[-200:]):.4f}, test {accuracy:.4f}, {done:.2f}",
                flush=True,
            )
            options.out.write_bytes(to_onnx(model).SerializeToString())
            torch.save(model.state_dict(), options.out.with_suffix(".pt"))
            model.train()
            saved = time.time()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--lines", type=Path, required=True, help="the lines of `draw_lines.py`")
    parser.add_argument("--state", type=Path, required=True, help="the weights of `train.py`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--draw", type=float, default=10, help="minutes of drawing")
    parser.add_argument("--train", type=float, default=20, help="minutes of training")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    options = parser.parse_args()
    options.until = time.time() + 60 * (options.draw + options.train)
    found = families(options.fonts, {script: Texts().sample(script) for script in LOCALES})
    new, new_labels = draw(options.until - 60 * options.train, found, options.seed)
    print(f"{len(new)} new lines", flush=True)
    old = np.load(options.lines)
    images = np.concatenate([old["train"], new])
    labels = np.concatenate([old["train_labels"], new_labels])
    train(options, images, labels, (old["test"], old["test_labels"]))


if __name__ == "__main__":
    main()
