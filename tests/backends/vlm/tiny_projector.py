"""Writes a GGUF file with a vision projector of random weights, for the model of `tiny_gguf`."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np


def write(path: Path, *, width: int = 32, side: int = 64, patch: int = 16, output: int = 32) -> Path:
    """Write the projector: an image becomes 16 tokens."""
    writer = gguf.GGUFWriter(str(path), "clip")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", True)
    for name, value in (
        ("image_size", side), ("patch_size", patch), ("embedding_length", width), ("feed_forward_length", 64),
        ("projection_dim", output), ("block_count", 1), ("attention.head_count", 4),
    ):  # fmt: skip
        writer.add_uint32(f"clip.vision.{name}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    random = np.random.default_rng(3)

    def weights(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) * 0.05).astype(np.float32)

    writer.add_tensor("v.class_embd", weights(width))
    writer.add_tensor("v.patch_embd.weight", weights(width, 3, patch, patch))
    writer.add_tensor("v.position_embd.weight", weights((side // patch) ** 2 + 1, width))
    for name in ("v.pre_ln", "v.blk.0.ln1", "v.blk.0.ln2"):
        writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))
        writer.add_tensor(f"{name}.bias", np.zeros(width, np.float32))
    for name, rows, columns in (
        ("v.blk.0.attn_q", width, width), ("v.blk.0.attn_k", width, width), ("v.blk.0.attn_v", width, width),
        ("v.blk.0.attn_out", width, width), ("v.blk.0.ffn_up", 64, width), ("v.blk.0.ffn_down", width, 64),
        ("mm.0", output, width), ("mm.2", output, output),
    ):  # fmt: skip
        writer.add_tensor(f"{name}.weight", weights(rows, columns))
        writer.add_tensor(f"{name}.bias", np.zeros(rows, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
