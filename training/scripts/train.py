"""Train the classifier on the CPU with PyTorch, and write it as ONNX: `python train.py --lines lines.npz --out model.onnx`.

The network: a convolution of patches of four by four pixels, five depthwise separable convolutions with batch
normalization, mean and maximum over the window, one linear layer. The normalization is folded into the convolutions when the model is written.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from texts import CLASSES
from torch import nn

from ocrkit.scripts.strips import HEIGHT, WIDTH

_BATCH = 64
_SMOOTHING = 0.05

# Size, channels in, channels out, stride, depthwise separable
_LAYERS = (
    (4, 1, 32, 4, False),
    (3, 32, 64, 1, True),
    (3, 64, 64, 1, True),
    (3, 64, 112, 2, True),
    (3, 112, 144, 1, True),
    (3, 144, 224, 2, True),
)


class Plan(NamedTuple):
    epochs: int
    seed: int
    processes: int
    out: Path
    state: Path
    rate: float


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


def train(lines: dict[str, np.ndarray], plan: Plan) -> None:
    """Train in several processes that change the same weights, and write the model after each epoch."""
    torch.manual_seed(plan.seed)
    model = Classifier()
    if plan.state.exists():
        model.load_state_dict(torch.load(plan.state))
    model.share_memory()
    workers = [
        torch.multiprocessing.Process(target=_work, args=(n, model, lines, plan))
        for n in range(plan.processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _work(number: int, model: Classifier, lines: dict[str, np.ndarray], plan: Plan) -> None:
    epochs, seed, processes, out, state, rate = plan
    torch.set_num_threads(1)
    random = np.random.default_rng([seed, number])
    images, labels = lines["train"], lines["train_labels"].astype(np.int64)
    steps = epochs * (len(images) // processes // _BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=0.1)
    measure = nn.CrossEntropyLoss(label_smoothing=_SMOOTHING)
    started = time.perf_counter()
    for epoch in range(epochs):
        model.train()
        order, losses = np.random.default_rng([seed, epoch]).permutation(len(images))[number::processes], []
        for start in range(0, len(images) // processes - _BATCH + 1, _BATCH):
            chosen = order[start : start + _BATCH]
            x = torch.from_numpy(augmented(images[chosen].astype(np.float32) / 255, random))[:, None]
            loss = measure(model(x), torch.from_numpy(labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        if number == 0:
            frozen = copy.deepcopy(model).eval()
            accuracy = float((predict(frozen, lines["test"]).argmax(1) == lines["test_labels"]).mean())
            minutes = (time.perf_counter() - started) / 60
            print(
                f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, test {accuracy:.4f}, {minutes:.1f} min",
                flush=True,
            )
            torch.save(frozen.state_dict(), state)
            out.write_bytes(to_onnx(frozen).SerializeToString())


def augmented(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The windows moved by a few pixels, with other contrasts, so that no epoch sees the same."""
    x = np.roll(x, int(random.integers(-2, 3)), axis=1)
    x = np.roll(x, int(random.integers(-8, 9)), axis=2)
    gamma = random.uniform(0.7, 1.4, (len(x), 1, 1)).astype(np.float32)
    return np.asarray(x**gamma)


@torch.inference_mode()
def predict(model: Classifier, images: np.ndarray) -> np.ndarray:
    parts = np.array_split(images, max(1, len(images) // 256))
    return np.concatenate(
        [model(torch.from_numpy(part[:, None].astype(np.float32) / 255)).numpy() for part in parts]
    )


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
    parser.add_argument("--lines", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rate", type=float, default=3e-3, help="the highest learning rate")
    parser.add_argument(
        "--state", type=Path, help="the weights, which training goes on with if the file exists"
    )
    options = parser.parse_args()
    torch.multiprocessing.set_start_method("fork")
    state = options.state or options.out.with_suffix(".pt")
    plan = Plan(options.epochs, options.seed, options.processes, options.out, state, options.rate)
    train(dict(np.load(options.lines)), plan)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
