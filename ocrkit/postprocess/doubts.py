"""From which confidence on a word is doubted."""

from __future__ import annotations

_MEASURED = {"ppocr": 0.93, "tesseract": 0.8}
"""Below these confidences more words are wrong than right that no dictionary has, as was measured."""
_USUAL = 0.8


def usual_doubt(backend: str) -> float:
    """The confidence below which a word of this backend may well be wrong."""
    return _MEASURED.get(backend, _USUAL)
