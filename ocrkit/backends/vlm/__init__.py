"""Vision-language models behind an OpenAI-compatible server: vLLM, Ollama, llama-server or a service."""

from ocrkit.backends.vlm.backend import VlmBackend
from ocrkit.backends.vlm.options import VlmOptions
from ocrkit.backends.vlm.preset import Preset, preset_names

__all__ = ["Preset", "VlmBackend", "VlmOptions", "preset_names"]
