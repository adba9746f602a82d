"""Train the classifier on the CPU with JAX, and write it as ONNX: `python train.py --lines lines.npz --out model.onnx`.

The network: six convolutions with batch normalization, four of them depthwise separable; mean and maximum over the
window; one linear layer. The normalization is folded into the convolutions when the model is written.
"""

from __future__ import annotations

import argparse
import functools
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import optax
from onnx import TensorProto, helper, numpy_helper
from texts import CLASSES

from ocrkit.scripts.strips import HEIGHT, WIDTH

_BATCH = 192
_RATE = 4e-3
_SMOOTHING = 0.05
_EPSILON = 1e-3

# (name, kind, channels in, channels out, stride)
LAYERS = (
    ("c1", "full", 1, 16, 2),
    ("c2", "full", 16, 32, 2),
    ("d3", "depth", 32, 32, 1), ("p3", "point", 32, 64, 1),
    ("d4", "depth", 64, 64, 2), ("p4", "point", 64, 112, 1),
    ("d5", "depth", 112, 112, 1), ("p5", "point", 112, 144, 1),
    ("d6", "depth", 144, 144, 2), ("p6", "point", 144, 224, 1),
)  # fmt: skip


def initial(random: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
    weights: dict[str, Any] = {}
    state: dict[str, Any] = {}
    for name, kind, before, after, _ in LAYERS:
        shape = {"full": (3, 3, before, after), "depth": (3, 3, after), "point": (1, 1, before, after)}[kind]
        fan = {"full": 9 * before, "depth": 9, "point": before}[kind]
        weights[name] = jnp.asarray(random.standard_normal(shape) * np.sqrt(2 / fan), jnp.float32)
        weights[f"{name}_scale"], weights[f"{name}_shift"] = jnp.ones(after), jnp.zeros(after)
        state[f"{name}_mean"], state[f"{name}_var"] = jnp.zeros(after), jnp.ones(after)
    last = 2 * LAYERS[-1][3]
    weights["linear"] = jnp.asarray(random.standard_normal((last, len(CLASSES))) * 0.03, jnp.float32)
    weights["bias"] = jnp.zeros(len(CLASSES))
    return weights, state


def forward(
    weights: dict[str, Any], state: dict[str, Any], x: jax.Array, *, training: bool
) -> tuple[jax.Array, Any]:
    """Logits of windows (batch, height, width, 1), and the new statistics of the normalization."""
    new = {}
    for name, kind, _, _, stride in LAYERS:
        x = (
            _depthwise(x, weights[name], stride)
            if kind == "depth"
            else _convolution(x, weights[name], stride)
        )
        if training:
            mean, var = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
            new[f"{name}_mean"] = 0.97 * state[f"{name}_mean"] + 0.03 * mean
            new[f"{name}_var"] = 0.97 * state[f"{name}_var"] + 0.03 * var
        else:
            mean, var = state[f"{name}_mean"], state[f"{name}_var"]
        scale = weights[f"{name}_scale"] * jax.lax.rsqrt(var + _EPSILON)
        x = jax.nn.relu(x * scale + (weights[f"{name}_shift"] - mean * scale))
    pooled = jnp.concatenate([x.mean(axis=(1, 2)), x.max(axis=(1, 2))], axis=1)
    return pooled @ weights["linear"] + weights["bias"], new


def _convolution(x: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    padding = ((1, 1), (1, 1)) if kernel.shape[0] == 3 else "VALID"
    return jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _depthwise(x: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    """As nine shifted products: XLA's grouped convolution is many times slower on a CPU."""
    height, width = x.shape[1:3]
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    total = 0.0
    for row in range(3):
        for column in range(3):
            total += (
                padded[:, row : row + height : stride, column : column + width : stride] * kernel[row, column]
            )
    return jnp.asarray(total)


def loss_of(weights: Any, state: Any, x: jax.Array, labels: jax.Array) -> tuple[jax.Array, Any]:
    logits, new = forward(weights, state, x, training=True)
    targets = optax.smooth_labels(jax.nn.one_hot(labels, len(CLASSES)), _SMOOTHING)
    return optax.softmax_cross_entropy(logits, targets).mean(), new


def train(lines: Any, epochs: int, seed: int) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    images, labels = lines["train"], lines["train_labels"]
    weights, state = initial(random)
    steps = epochs * (len(images) // _BATCH)
    schedule = optax.cosine_onecycle_schedule(steps, _RATE, pct_start=0.15)
    optimizer = optax.adamw(schedule, weight_decay=2e-3)
    memory = optimizer.init(weights)

    @functools.partial(jax.jit, donate_argnums=(0, 1, 2))
    def step(weights: Any, state: Any, memory: Any, x: jax.Array, y: jax.Array) -> Any:
        (loss, new), gradient = jax.value_and_grad(loss_of, has_aux=True)(weights, state, x, y)
        updates, memory = optimizer.update(gradient, memory, weights)
        return optax.apply_updates(weights, updates), new, memory, loss

    started = time.perf_counter()
    for epoch in range(epochs):
        order, losses = random.permutation(len(images)), []
        for start in range(0, len(order) - _BATCH + 1, _BATCH):
            chosen = np.sort(order[start : start + _BATCH])
            x = _augmented(images[chosen].astype(np.float32) / 255, random)
            weights, state, memory, loss = step(weights, state, memory, x[..., np.newaxis], labels[chosen])
            losses.append(loss)
        accuracy = float((predict(weights, state, lines["test"]).argmax(1) == lines["test_labels"]).mean())
        minutes = (time.perf_counter() - started) / 60
        print(
            f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, test {accuracy:.4f}, {minutes:.1f} min",
            flush=True,
        )
    return weights, state


def _augmented(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The windows moved by a few pixels, with other contrasts, so that no epoch sees the same."""
    x = np.roll(x, int(random.integers(-2, 3)), axis=1)
    x = np.roll(x, int(random.integers(-8, 9)), axis=2)
    gamma = random.uniform(0.7, 1.4, (len(x), 1, 1)).astype(np.float32)
    return x**gamma


def predict(weights: Any, state: Any, images: np.ndarray) -> np.ndarray:
    run = jax.jit(lambda x: forward(weights, state, x, training=False)[0])
    parts = []
    for start in range(0, len(images), 256):
        part = images[start : start + 256].astype(np.float32) / 255
        padded = np.pad(part, ((0, 256 - len(part)), (0, 0), (0, 0)))
        parts.append(np.asarray(run(padded[..., np.newaxis]))[: len(part)])
    return np.concatenate(parts)


def to_onnx(weights: Any, state: Any) -> onnx.ModelProto:
    """The network for single windows; normalization is folded into the convolutions."""
    nodes, constants, last = [], [], "ink"
    for name, kind, _, _, stride in LAYERS:
        scale = np.asarray(weights[f"{name}_scale"]) / np.sqrt(np.asarray(state[f"{name}_var"]) + _EPSILON)
        bias = np.asarray(weights[f"{name}_shift"]) - np.asarray(state[f"{name}_mean"]) * scale
        kernel = np.asarray(weights[name]) * scale
        kernel = kernel.transpose(2, 0, 1)[:, None] if kind == "depth" else kernel.transpose(3, 2, 0, 1)
        constants += [numpy_helper.from_array(np.ascontiguousarray(kernel, np.float32), name)]
        constants += [numpy_helper.from_array(bias.astype(np.float32), f"{name}_bias")]
        size = kernel.shape[2]
        nodes.append(helper.make_node(
            "Conv", [last, name, f"{name}_bias"], [f"{name}_sum"], kernel_shape=[size, size], strides=[stride, stride],
            pads=[size // 2] * 4, group=kernel.shape[0] if kind == "depth" else 1,
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
    constants += [
        numpy_helper.from_array(np.asarray(weights[name], np.float32), name) for name in ("linear", "bias")
    ]
    graph = helper.make_graph(
        nodes, "scripts",
        [helper.make_tensor_value_info("ink", TensorProto.FLOAT, [1, 1, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, len(CLASSES)])],
        constants,
    )  # fmt: skip
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="ocrkit"
    )
    onnx.helper.set_model_props(model, {"classes": " ".join(CLASSES)})
    onnx.checker.check_model(model)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = dict(np.load(options.lines))
    weights, state = train(lines, options.epochs, options.seed)
    options.out.write_bytes(to_onnx(weights, state).SerializeToString())
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
