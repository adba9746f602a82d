"""Where the file of a model is: in the cache of the Hugging Face Hub, or on the way there."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ocrkit.errors import ConfigError, PostprocessError, missing_extra

_log = logging.getLogger("ocrkit.llm")
_ALSO_CALLED = {"int8": "q8_0", "int4": "q4_k_m"}


def model_file(repo_id: str, quantization: str, *, allow_download: bool) -> Path:
    """The file of a model. The cache is looked at first, without a word to the network.

    Raises:
        ConfigError: it is not there and may not be fetched, or there is no such file.
        PostprocessError: it cannot be fetched.
        MissingDependencyError: huggingface_hub is not installed.
    """
    try:
        import huggingface_hub
    except ImportError:
        raise missing_extra("huggingface_hub", "llm", "a language model from the Hugging Face Hub") from None
    wanted = _ALSO_CALLED.get(quantization.lower(), quantization)
    found = _cached(huggingface_hub, repo_id, wanted)
    if found is None and not allow_download:
        raise ConfigError(
            f"llm: the model {repo_id} ({wanted}) is not on this machine. Set allow_download = true to fetch "
            "it, model_path to a GGUF file that you have, or endpoint to a server"
        )
    return found or _fetched(huggingface_hub, repo_id, wanted)


def _cached(hub: Any, repo_id: str, quantization: str) -> Path | None:
    try:
        folder = Path(hub.snapshot_download(repo_id, local_files_only=True))
    except hub.errors.LocalEntryNotFoundError:
        return None
    except hub.errors.HFValidationError as error:
        raise ConfigError(f"llm: repo_id: {error}") from None
    names = _fitting([path.name for path in folder.iterdir()], quantization)
    return folder / names[0] if names else None


def _fetched(hub: Any, repo_id: str, quantization: str) -> Path:
    try:
        told = hub.model_info(repo_id, files_metadata=True)
        files = {file.rfilename: file.size for file in told.siblings or () if _is_model(file.rfilename)}
        name = _chosen(list(files), repo_id, quantization)
        licence = getattr(told.card_data, "license", None) or "not stated"
        size = f"{files[name] / 1e9:.1f} GB" if files[name] else "size not stated"
        _log.warning("fetching %s from %s: %s, licence: %s", name, repo_id, size, licence)
        return Path(hub.hf_hub_download(repo_id, name))
    except ConfigError:
        raise
    except hub.errors.RepositoryNotFoundError:
        text = f"llm: there is no model {repo_id}, or it may not be seen without a token"
        raise ConfigError(text) from None
    except Exception as error:  # whatever the network and its libraries come up with
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise PostprocessError(
            f"the language model {repo_id} cannot be fetched ({reason}). Try again, or set model_path to a "
            "GGUF file",
            step="llm",
        ) from error


def _chosen(names: list[str], repo_id: str, quantization: str) -> str:
    found = _fitting(names, quantization)
    if not found:
        raise ConfigError(
            f"llm: {repo_id} has no single file of the quantization '{quantization}'; it has "
            f"{', '.join(sorted(names)) or 'no GGUF files'}"
        )
    return found[0]


def _fitting(names: list[str], quantization: str) -> list[str]:
    """The files of a quantization; models in several files are not among them."""
    wanted = quantization.lower()
    return sorted(name for name in names if _is_model(name) and wanted in name.lower() and "-of-" not in name)


def _is_model(name: str) -> bool:
    return name.lower().endswith(".gguf")
