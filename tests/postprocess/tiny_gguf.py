"""Writes a GGUF language model of any size with random weights and one token per byte.

Its text is random, but it loads, follows a grammar and stops like a real model.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def byte_characters() -> list[str]:
    """The characters that represent the 256 bytes in a GPT-2 vocabulary."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    characters = {byte: chr(byte) for byte in printable}
    rest = (byte for byte in range(256) if byte not in characters)
    characters |= {byte: chr(256 + number) for number, byte in enumerate(rest)}
    return [characters[byte] for byte in range(256)]


def write(path: Path, *, width: int = 32, layers: int = 1, feed: int = 64, context: int = 4096) -> Path:
    """Write the model; with the defaults it has some hundred kilobytes."""
    tokens = [*byte_characters(), *_SPECIAL]
    kinds = [gguf.TokenType.NORMAL] * 256 + [gguf.TokenType.CONTROL] * len(_SPECIAL)
    heads = 4
    writer = gguf.GGUFWriter(str(path), "qwen2")
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["a b"])  # at least one is required
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(258)
    writer.add_pad_token_id(256)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    random = np.random.default_rng(7)

    def weights(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) * 0.05).astype(np.float32)

    writer.add_tensor("token_embd.weight", weights(len(tokens), width))
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    writer.add_tensor("output.weight", weights(len(tokens), width))
    for layer in range(layers):
        name = f"blk.{layer}"
        writer.add_tensor(f"{name}.attn_norm.weight", np.ones(width, np.float32))
        writer.add_tensor(f"{name}.ffn_norm.weight", np.ones(width, np.float32))
        for part in ("q", "k", "v"):
            writer.add_tensor(f"{name}.attn_{part}.weight", weights(width, width))
            writer.add_tensor(f"{name}.attn_{part}.bias", np.zeros(width, np.float32))
        writer.add_tensor(f"{name}.attn_output.weight", weights(width, width))
        writer.add_tensor(f"{name}.ffn_gate.weight", weights(feed, width))
        writer.add_tensor(f"{name}.ffn_up.weight", weights(feed, width))
        writer.add_tensor(f"{name}.ffn_down.weight", weights(width, feed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
