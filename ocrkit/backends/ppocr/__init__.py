"""PP-OCR, the embedded engine: PP-OCRv6 small, run on OpenVINO or ONNX Runtime.

Reference: https://github.com/PaddlePaddle/PaddleOCR (the models), https://github.com/RapidAI/RapidOCR (the
models in ONNX format, packaged as a wheel).

Only the model files come from there. Detection, recognition and page orientation are implemented here; see
`docs/explanation/decisions/0002-embedded-engine.md` for the reasons.

Modules: `backend` (the backend), `options`, `detection` (find lines), `recognition` (read the crop of one
line), `line_reader` (read and cache the lines of a page), `orientation` (page orientation), `words` (split
lines into words), `runtime` (OpenVINO and ONNX Runtime), `bundled_models` (model files and languages),
`loaded_models` (models in memory).
"""

from __future__ import annotations

from ocrkit.backends.ppocr.backend import PpocrBackend
from ocrkit.backends.ppocr.options import PpocrOptions

__all__ = ["PpocrBackend", "PpocrOptions"]
