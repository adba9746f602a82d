"""The bundled PP-OCR models: their files and the languages they read.

The model files are part of the wheel of `rapidocr`, so nothing is downloaded. The package itself is not
imported.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from ocrkit.errors import MissingDependencyError

DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"
FAMILY = "PP-OCRv6 small"

# A language is listed if the model's alphabet contains all of its letters. This excludes Vietnamese (most of
# its tone marks are missing), Greek (its accented letters are missing), and every language written in
# Cyrillic, Arabic, Hebrew, Hangul, Thai or an Indic script.
LANGUAGES = frozenset(
    """
    af br bs-Latn ca co cs cy da de en eo es et eu fi fo fr fy ga gd gl hr ht hu id is it ja ku-Latn
    la lb lt lv mg mi ms mt nb nds nl nn no oc pl pt qu rm ro sc sk sl so sq sr-Latn st su sv sw tl
    tn tr uz-Latn wa xh zh-Hans zh-Hant zu
    """.split()
)


def model_path(name: str) -> Path:
    """Path of a bundled model file."""
    spec = importlib.util.find_spec("rapidocr")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    install = "pip install --force-reinstall 'rapidocr>=3.10,<4'"
    raise MissingDependencyError(
        f"the model '{name}' of the package 'rapidocr' was not found; install it with: {install}",
        install=install,
    )


def bundle_version() -> str:
    """Version of the wheel that contains the models."""
    try:
        return importlib.metadata.version("rapidocr")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
