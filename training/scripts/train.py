"""Train the classifier on the CPU with PyTorch, and write it as ONNX: `python train.py --inks inks.npz --out model.onnx`.

The network: three convolutions with strides of two, depthwise separable convolutions, mean and maximum over the
window, one linear layer. The normalization is folded into the convolutions when the model is written.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from draw_inks import Inks
from lines import damaged, drawing, piece
from onnx import TensorProto, helper, numpy_helper
from strokes import handwritten, printed_in_dots
from texts import CLASSES, NONE
from torch import nn

from ocrkit.opencv import cv2
from ocrkit.scripts.strips import HEIGHT, WIDTH, strip

# Size, channels in, channels out, stride, depthwise separable
_LAYERS = (
    (5, 1, 16, 2, False),
    (3, 16, 32, 2, False),
    (3, 32, 96, 2, False),
    (3, 96, 144, 1, True),
    (3, 144, 320, 2, True),
)
_BATCH = 96
_WEIGHTS = {"Latn": 5.0, "Cyrl": 1.6, "Grek": 1.6, "Thai": 1.6, "Laoo": 1.3, NONE: 1.5}
"""How often lines of a class are seen, in comparison with the others."""
_HANDWRITTEN = {"Latn": 0.22, "Cyrl": 0.1, "Grek": 0.05}
_DOTTED = {"Latn": 0.15, NONE: 0.15}
_OTHERS = 0.06
"""How often lines look like handwriting, and like the print of receipts."""
_DRAWINGS = 0.35
_STRETCHED, _STRETCH = 0.5, (0.75, 1.35)
_ASPECT = (4.0, 9.0)
_SMOOTHING = 0.02
_AVERAGE = 0.998
"""The weights that are written are the means of the last ones, with this share of the mean before."""


class Classifier(nn.Module):
    """The network for windows of lines."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size, before, after, stride, separable in _LAYERS:
            if separable:
                layers += _convolution(before, before, size, stride, before) + _convolution(
                    before, after, 1, 1, 1
                )
            else:
                layers += _convolution(before, after, size, stride, 1)
        self.layers = nn.Sequential(*layers)
        self.linear = nn.Linear(2 * _LAYERS[-1][2], len(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layers(x)
        return self.linear(torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1))


def _convolution(before: int, after: int, size: int, stride: int, groups: int) -> list[nn.Module]:
    layer = nn.Conv2d(before, after, size, stride, size // 2 if size % 2 else 0, groups=groups, bias=False)
    return [layer, nn.BatchNorm2d(after), nn.ReLU()]


class Windows:
    """Windows of lines, each with a new damage."""

    def __init__(self, inks: Inks, seed: int) -> None:
        self._inks = inks
        self._random = np.random.default_rng([seed, 1])
        weights = np.array([_WEIGHTS.get(script, 1.0) for script in CLASSES])
        self._shares = weights / weights.sum()
        self._places = [np.flatnonzero(inks.labels == number) for number in range(len(CLASSES))]

    def batch(self) -> tuple[np.ndarray, np.ndarray]:
        """The ink of windows, from 0 to 1, and their classes."""
        labels = self._random.choice(len(CLASSES), size=_BATCH, p=self._shares)
        return np.stack([self._window(int(label)) for label in labels]), labels

    def _window(self, label: int) -> np.ndarray:
        random, script = self._random, CLASSES[label]
        if script == NONE and random.random() < _DRAWINGS:
            picture, _ = drawing(random)
        else:
            places = self._places[label]
            ink = piece(
                self._inks(int(places[random.integers(len(places))])), random.uniform(*_ASPECT), random
            )
            if random.random() < _STRETCHED:
                width = max(4, round(ink.shape[1] * random.uniform(*_STRETCH)))
                ink = np.asarray(cv2.resize(ink, (width, ink.shape[0]), interpolation=cv2.INTER_LINEAR))
            way = random.random() - _HANDWRITTEN.get(script, _OTHERS)
            if way < 0:
                ink = handwritten(ink.astype(np.float32), random)
            elif way < _DOTTED.get(script, _OTHERS):
                ink = 255 * printed_in_dots(ink.astype(np.float32) / 255, random)
            picture, _ = damaged(ink, random)
        ink = strip(picture)
        start = int(random.integers(max(0, ink.shape[1] - WIDTH) + 1))
        ink = ink[:, start : start + WIDTH]
        return np.pad(ink, ((0, 0), (0, WIDTH - ink.shape[1])))


def train(options: argparse.Namespace) -> None:
    """Train until a point in time, with a rate that falls to zero by then, and write the model now and then."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    windows = Windows(Inks.load(options.inks), options.seed)
    model = Classifier().to(memory_format=torch.channels_last)
    mean = Classifier()
    if options.state.exists():
        state = torch.load(options.state)
        model.load_state_dict(state["last"])
        mean.load_state_dict(state["mean"])
    optimizer = torch.optim.AdamW(model.parameters(), options.rate, weight_decay=1e-3)
    measure = nn.CrossEntropyLoss(label_smoothing=_SMOOTHING)
    started = saved = time.time()
    seen, losses, right = 0, [], []
    while (now := time.time()) < started + 60 * options.minutes:
        done = (now - started) / (60 * options.minutes)
        for group in optimizer.param_groups:
            group["lr"] = (
                options.rate * min(1.0, 30 * done + 0.02) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
            )
        inks, labels = windows.batch()
        x = torch.from_numpy(inks)[:, None].contiguous(memory_format=torch.channels_last)
        y = torch.from_numpy(labels)
        with torch.autocast("cpu", torch.bfloat16):
            scores = model(x)
        loss = measure(scores.float(), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        _average(mean, model, min(_AVERAGE, seen / _BATCH / (20 + seen / _BATCH)))
        losses.append(loss.item())
        right.append(float((scores.argmax(1) == y).float().mean()))
        seen += len(labels)
        if time.time() - saved > 60:
            print(
                f"{done:.2f}: {seen} lines, loss {np.mean(losses):.4f}, right {np.mean(right):.4f}",
                flush=True,
            )
            losses, right, saved = [], [], time.time()
            _save(options, model, mean)
    _save(options, model, mean)


@torch.no_grad()
def _average(mean: nn.Module, model: nn.Module, share: float) -> None:
    ours, theirs = mean.state_dict(), model.state_dict()
    for name, value in ours.items():
        if value.is_floating_point():
            value.lerp_(theirs[name], 1 - share)


def _save(options: argparse.Namespace, model: nn.Module, mean: Classifier) -> None:
    torch.save({"last": model.state_dict(), "mean": mean.state_dict()}, options.state)
    options.out.write_bytes(to_onnx(mean).SerializeToString())


def to_onnx(model: Classifier) -> onnx.ModelProto:
    """The network for single windows; normalization is folded into the convolutions."""
    nodes, constants, last = [], [], "ink"
    layers = [layer for layer in model.layers if not isinstance(layer, nn.ReLU)]
    for number, (layer, norm) in enumerate(zip(layers[::2], layers[1::2], strict=True)):
        assert isinstance(layer, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
        bias = norm.bias.detach() - norm.running_mean * scale
        kernel = layer.weight.detach() * scale[:, None, None, None]
        name, size = f"c{number}", layer.kernel_size[0]
        constants += [numpy_helper.from_array(kernel.contiguous().numpy(), name)]
        constants += [numpy_helper.from_array(bias.numpy(), f"{name}_bias")]
        nodes.append(helper.make_node(
            "Conv", [last, name, f"{name}_bias"], [f"{name}_sum"], kernel_shape=[size, size], strides=list(layer.stride),
            pads=[*layer.padding] * 2, group=layer.groups,
        ))  # fmt: skip
        nodes.append(helper.make_node("Relu", [f"{name}_sum"], [f"{name}_out"]))
        last = f"{name}_out"
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["mean"]),
        helper.make_node("GlobalMaxPool", [last], ["max"]),
        helper.make_node("Concat", ["mean", "max"], ["pooled"], axis=1),
        helper.make_node("Flatten", ["pooled"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "linear", "bias"], ["scores"]),
    ]
    constants += [numpy_helper.from_array(model.linear.weight.detach().T.contiguous().numpy(), "linear")]
    constants += [numpy_helper.from_array(model.linear.bias.detach().numpy(), "bias")]
    graph = helper.make_graph(
        nodes, "scripts",
        [helper.make_tensor_value_info("ink", TensorProto.FLOAT, [1, 1, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, len(CLASSES)])],
        constants,
    )  # fmt: skip
    found = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="ocrkit"
    )
    helper.set_model_props(found, {"classes": " ".join(CLASSES)})
    onnx.checker.check_model(found)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inks", type=Path, required=True, help="the lines of `draw_inks.py`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--state",
        type=Path,
        required=True,
        help="the weights, which training goes on with if the file exists",
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=3e-3, help="the highest learning rate")
    options = parser.parse_args()
    train(options)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
