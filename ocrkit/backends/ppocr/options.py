"""Options of the embedded engine."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field

from ocrkit.backends.base import BackendOptions
from ocrkit.harmless import Harmless

Size: TypeAlias = Literal["tiny", "small", "medium"]


class PpocrOptions(BackendOptions):
    """Options of the backend `ppocr`."""

    model: Harmless[Literal["small", "tiny", "medium", "fast"]] = "small"
    """The size of the models. `fast` reads lines with `tiny`, and again with `small` where `tiny` doubts."""
    runtime: Harmless[Literal["auto", "openvino", "onnxruntime"]] = "auto"
    """Inference runtime. `auto`: OpenVINO on a CPU if it is installed, otherwise ONNX Runtime."""
    device: Harmless[Literal["cpu", "cuda"]] = "cpu"
    """If CUDA is unavailable, `cuda` falls back to the CPU and adds a warning with the reason."""
    require_device: Harmless[bool] = False
    """Raise an error instead of falling back to the CPU."""
    threads: Harmless[int] = Field(1, ge=1)
    """CPU threads. The lines of a page are distributed over them."""
    precision: Harmless[Literal["auto", "f32"]] = "auto"
    """`auto` uses bfloat16 on processors that support it; `f32` gives the same results on all processors."""
    detection_pixels: Harmless[int] = Field(1_200_000, ge=100_000, le=8_000_000)
    """Size, in pixels, to which a page is scaled for the first detection pass."""
    smallest_text: Harmless[float] = Field(10.0, ge=0.0)
    """Run a second detection pass at a larger scale if lines are lower than this, in pixels of the first."""
    min_confidence: Harmless[float] = Field(0.5, ge=0.0, le=1.0)
    """Drop lines below this confidence: they are usually drawings, not text."""
    second_look: Harmless[Literal["auto", "always", "never"]] = "auto"
    """Read doubtful lines again with smoother and with upright strokes, and merge the readings. `auto`: lines
    below a confidence of 0.87 in the mode `handwritten`, else below 0.8. `always`: below 0.87."""
    furigana: Harmless[Literal["leave_out", "keep"]] = "leave_out"
    """Whether the small kana beside columns of vertical text are left out, or kept as lines."""
    models_folder: Path | None = None
    """The folder of fetched models. None: that of the settings, or of the user."""
    detector: Path | None = None
    """A different detection model of the PP-OCR family, as an ONNX file."""
    recognizers: dict[str, Path] = Field(default_factory=dict)
    """Recognition models for more languages, by BCP-47 tag, as ONNX files that contain their alphabet."""
