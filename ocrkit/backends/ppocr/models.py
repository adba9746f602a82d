"""Where the PP-OCR models are, and which of them reads a language.

The models travel inside the wheel of `rapidocr`, so nothing is ever downloaded. Only the files are used: the
package itself is not imported.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from ocrkit.errors import MissingDependencyError

DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"
FAMILY = "PP-OCRv6 small"

# Chosen by alphabet: every letter of the language is among the characters the recogniser knows. Not here for
# that reason: Vietnamese (most of its tones are missing), Greek (its accents are missing), and every language
# in Cyrillic, Arabic, Hebrew, Hangul, Thai and the scripts of India.
LANGUAGES = frozenset(
    """
    af br bs-Latn ca co cs cy da de en eo es et eu fi fo fr fy ga gd gl hr ht hu id is it ja ku-Latn
    la lb lt lv mg mi ms mt nb nds nl nn no oc pl pt qu rm ro sc sk sl so sq sr-Latn st su sv sw tl
    tn tr uz-Latn wa xh zh-Hans zh-Hant zu
    """.split()
)


def model_path(name: str) -> Path:
    """The file of a bundled model."""
    spec = importlib.util.find_spec("rapidocr")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    install = "pip install --force-reinstall 'rapidocr>=3.10,<4'"
    raise MissingDependencyError(
        f"the embedded engine needs the model '{name}', which comes inside the package 'rapidocr' and is not "
        f"there. Install it with: {install}",
        install=install,
    )


def bundle_version() -> str:
    """The version of the wheel the models came in."""
    try:
        return importlib.metadata.version("rapidocr")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
