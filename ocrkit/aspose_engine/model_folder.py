"""The folder where the engine looks for its language model and the libraries that run it.

Release 26.10 ignores the path in its own settings and looks for one file name. So the model of a user gets a
link with that name, in the temporary folder of the process.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from ocrkit.errors import ConfigError

FOLDER = "Aspose.AI.LLM"
"""The folder with models and libraries, in the folder for data of the process."""
MODEL = Path("models", "lmstudio-community_Llama-3.2-3B-Instruct-GGUF", "Llama-3.2-3B-Instruct-Q4_K_M.gguf")
"""The only model that release 26.10 looks for in that folder."""
LIBRARIES = "runtimes"
"""The subfolder with the libraries of llama.cpp."""


def prepare_model_folder(folder: Path, *, model: Path | None, resources: Path | None) -> None:
    """Make the folder with models and libraries, in the folder of a process.

    Args:
        folder: the folder of the process.
        model: a GGUF file. None: the models in `resources`.
        resources: the folder with libraries and downloaded models. It is made if it is missing.

    Raises:
        ConfigError: the model cannot be read, or is not a GGUF file.
    """
    if model is not None:
        _check(model)
        _link(model.absolute(), folder / FOLDER / MODEL)
    if resources is not None:
        # With a model of the user, only the libraries are shared: its name hides that of a downloaded model.
        source, link = (resources, folder / FOLDER) if model is None else (
            resources / LIBRARIES, folder / FOLDER / LIBRARIES
        )  # fmt: skip
        source.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source.absolute(), target_is_directory=True)


def _check(model: Path) -> None:
    """The engine would only say that it has no model."""
    try:
        with model.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ConfigError(f"aspose_ai: model_path {model}: {error.strerror}; set it to a GGUF file") from None
    if magic != b"GGUF":
        raise ConfigError(f"aspose_ai: model_path {model} is not a GGUF file; set it to one")


def _link(source: Path, target: Path) -> None:
    """Link a file. It is copied where links are not allowed, as on Windows, or across file systems."""
    target.parent.mkdir(parents=True)
    for link in (os.symlink, os.link):
        with suppress(OSError):
            link(source, target)
            return
    shutil.copyfile(source, target)
