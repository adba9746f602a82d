"""The settings, as one frozen value. Where the values come from is `ocrkit.config.loading`'s business."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ByteSize, ConfigDict, Field, SecretStr

from ocrkit.request import Mode, Scene

PreprocessSpec: TypeAlias = str | tuple[str | dict[str, dict[str, Any]], ...]
"""The name of a profile, or a list of steps: `"deskew"`, or `{"denoise": {"size": 3}}` with parameters."""


PostprocessSpec: TypeAlias = str | tuple[str | dict[str, dict[str, Any]], ...]
"""`"none"`, or a list of steps, likewise."""


class SourceOptions(BaseModel):
    """How files become pages."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    dpi: int = Field(300, ge=36, le=1200)
    """The resolution at which PDF pages are rendered."""
    max_pixels: int = Field(200_000_000, ge=10_000)
    """The most pixels a page may have. Checked in the header, before anything is decoded. A PDF page that
    would have more is rendered at a lower resolution; an image that has more is refused."""
    max_pages: int | None = Field(None, ge=1)
    """Refuse documents with more pages."""
    rasterizer: Literal["pypdfium2", "pdf2image"] = "pypdfium2"
    """What renders PDF pages. pdf2image wants poppler's programs."""
    embedded_images: bool = True
    """Take a PDF page that is one full-page image as that image, at its own resolution."""
    password: SecretStr | None = None
    """Opens encrypted PDFs."""


class Settings(BaseModel):
    """Everything that can be set, with its default."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    backend: str = "ppocr"
    """A name from `ocrkit backends`, or a dotted path `package.module:Class`."""
    languages: tuple[str, ...] = ()
    """BCP-47 tags, the most likely first. Empty: the backend's general model."""
    mode: Mode = "auto"
    scene: Scene = "document"
    preprocess: PreprocessSpec = "auto"
    postprocess: PostprocessSpec = Field(("language",), repr=False)
    allow_remote: bool | None = None
    """Whether pages may leave this machine. False: never, whichever backend is chosen. True: wherever the
    settings lead. None: to a remote backend that was named, and to none that was not."""
    threads: int | None = Field(None, ge=1)
    """CPU threads for a local engine. None: as many as this process may use (affinity and cgroup quota)."""
    workers: int | None = Field(None, ge=1)
    """How many pages are read at once. None: as many as there are CPUs, where the backend allows it."""
    isolate: bool | None = None
    """Read in processes of their own, where a crash, a hang or a leak costs one page and not the program.
    None: in batches, for backends that run foreign machine code or cannot be shared by threads."""
    page_timeout_seconds: float = Field(300, gt=0)
    """How long a process of its own may take for one page before it is ended."""
    max_pages_per_worker: int | None = Field(1000, ge=1)
    """After so many pages such a process is replaced by a fresh one: native engines grow."""
    max_worker_memory: ByteSize | None = None
    """The most memory such a process may hold (`"2GB"`). None: its share of the machine's."""
    max_failure_rate: float | None = Field(None, ge=0, le=1)
    """A batch stops when more than this share of its pages fails, counted from the twentieth."""
    cache: Path | None = None
    """A folder where pages that were read are kept, so that none is read, or paid for, twice."""
    cache_size: ByteSize = ByteSize(1_000_000_000)
    """How large it may grow (`"1GB"`). The pages that were not asked for the longest go first."""
    calibration: dict[str, Path | Literal[False]] = Field(default_factory=dict)
    """Tables that make probabilities of confidences, by backend; see `ocrkit evaluate --fit-calibration`.
    `false` for a backend: its words have none."""
    source: SourceOptions = SourceOptions()
    backends: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    """Options by backend name; each backend checks its own."""
