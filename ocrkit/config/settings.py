"""The settings as one frozen value, which `ocrkit.config.loading` loads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ByteSize, ConfigDict, Field, SecretStr

from ocrkit.harmless import Harmless, HarmlessIf, at_most, only
from ocrkit.request import HiddenText, Mode, Scene, TextLayerPolicy
from ocrkit.result import BlockKind

PreprocessSpec: TypeAlias = str | tuple[str | dict[str, dict[str, Any]], ...]
"""The name of a profile, or a list of steps: `"deskew"`, or `{"denoise": {"size": 3}}` with parameters."""

PostprocessSpec: TypeAlias = str | tuple[str | dict[str, dict[str, Any]], ...]
"""`"none"`, or a list of steps in the same form."""


_MAX_PIXELS = 200_000_000
_MAX_WORKERS = 256
_PAGE_TIMEOUT = 300
_NO_FILES = HarmlessIf(
    lambda tables: isinstance(tables, dict) and all(table is False for table in tables.values()),
    "names files or folders",
)

_ISOLATED = HarmlessIf(lambda value: value is True or value == "strict", "reads without worker processes")
_CONTAINED = HarmlessIf(lambda value: value in {"auto", "always"}, "decodes without limits")
_PAGE_SECONDS = 10


class SourceOptions(BaseModel):
    """How files become pages."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    dpi: Harmless[int] = Field(300, ge=36, le=1200)
    """The resolution at which PDF pages are rendered."""
    max_pixels: Annotated[int, at_most(_MAX_PIXELS)] = Field(_MAX_PIXELS, ge=10_000)
    """The most pixels that a page may have, checked before it is decoded. A PDF page with more is rendered at
    a lower resolution; an image with more is refused."""
    max_pages: Harmless[int | None] = Field(None, ge=1)
    """Refuse documents with more pages."""
    max_file_size: ByteSize = ByteSize(2 << 30)
    """Refuse larger files (`"2GiB"`) before they are read."""
    separate_process: Annotated[Literal["auto", "always", "never"], _CONTAINED] = "auto"
    """Decode PDF pages in a process with limits of CPU time and memory. `auto`: only those of files whose
    constructs may take more of them than the size of the file suggests."""
    page_seconds: Annotated[float, at_most(_PAGE_SECONDS)] = Field(_PAGE_SECONDS, gt=0)
    """The CPU time that decoding one page in a separate process may take."""
    rasterizer: Literal["pypdfium2", "pdf2image"] = "pypdfium2"
    """The library that renders PDF pages. pdf2image needs the programs of poppler."""
    embedded_images: Harmless[bool] = True
    """Use the image of a PDF page that is one full-page image, at its own resolution."""
    password: SecretStr | None = None
    """Opens encrypted PDFs."""


class Settings(BaseModel):
    """All settings with their defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    backend: str = "auto"
    """A name from `ocrkit backends`, or a dotted path `package.module:Class`. `auto`: for each page the local
    engine that reads its script."""
    languages: Harmless[tuple[str, ...]] = ()
    """BCP-47 tags, the most likely first. Empty: the general model of the backend."""
    mode: Harmless[Mode] = "auto"
    scene: Harmless[Scene] = "document"
    preprocess: PreprocessSpec = "auto"
    postprocess: PostprocessSpec = Field(("language",), repr=False)
    tables: Harmless[bool] = True
    """Look for tables on pages of the scene `document`, too. There, only what certainly is a table counts."""
    marks: Harmless[bool] = False
    """Look for check boxes, radio buttons, bar codes and QR codes on each page."""
    without: Harmless[tuple[BlockKind, ...]] = ()
    """The kinds of blocks to leave out of documents: `["header", "footer", "page_number"]`."""
    strict: Harmless[bool] = False
    """A page with text in a script that is not read is an error, not a warning."""
    text_layer: Harmless[TextLayerPolicy] = "auto"
    """The text that a PDF itself holds. `auto`: it is read where it can be trusted, and the rest of the page
    is recognized. `ignore`: every page is recognized. `only`: nothing is recognized."""
    hidden_text: Annotated[HiddenText, only(allowed="drop", otherwise="reads text that cannot be seen")] = (
        "drop"
    )
    """Hidden text of a PDF: `drop` leaves it out with a warning, `keep` reads it too."""
    allow_remote: Annotated[bool | None, only(allowed=False, otherwise="lets pages leave this machine")] = (
        None
    )
    """Whether pages may leave this machine. False: never. True: for any remote backend. None: only for a
    remote backend that you name."""
    threads: Annotated[int | None, at_most(_MAX_WORKERS)] = Field(None, ge=1)
    """CPU threads of a local engine. None: all CPUs that this process may use (affinity and cgroup quota)."""
    workers: Annotated[int | None, at_most(_MAX_WORKERS)] = Field(None, ge=1)
    """How many pages are read at once. None: as many as there are CPUs, if the backend allows it."""
    isolate: Annotated[bool | Literal["strict"] | None, _ISOLATED] = None
    """Read in worker processes, where a crash, a hang or a memory leak costs one page, not the program. None:
    for many documents, with backends that run native code or that threads cannot share. `strict`: the system
    also limits their address space, their CPU time for a page and the size of files that they write."""
    page_timeout_seconds: Annotated[float, at_most(_PAGE_TIMEOUT)] = Field(_PAGE_TIMEOUT, gt=0)
    """A worker process that needs longer for one page is ended."""
    max_pages_per_worker: Harmless[int | None] = Field(1000, ge=1)
    """A worker process is replaced after this number of pages, because native engines grow."""
    max_worker_memory: ByteSize | None = None
    """The most memory that a worker process may use (`"2GB"`). None: an equal share of the memory."""
    max_failure_rate: Harmless[float | None] = Field(None, ge=0, le=1)
    """A batch stops when more than this share of its pages fails, counted from the twentieth page on."""
    cache: Path | None = None
    """A folder for the results of pages, so that a page is not read, or paid for, twice."""
    cache_size: Harmless[ByteSize] = ByteSize(1_000_000_000)
    """The largest size of the cache (`"1GB"`). The least recently used results are deleted first."""
    models: Path | None = None
    """The folder of fetched models. None: a folder of this user; `ocrkit models path` prints it."""
    models_mirror: str | None = None
    """The address of a mirror of model files, instead of their publishers' addresses."""
    allow_download: Annotated[bool, only(allowed=False, otherwise="downloads files")] = False
    """Whether missing models for the requested languages may be downloaded before a page is read."""
    calibration: Annotated[dict[str, Path | Literal[False]], _NO_FILES] = Field(default_factory=dict)
    """Tables that turn confidences into probabilities, by backend; see `ocrkit evaluate --fit-calibration`.
    `false` for a backend: its words have no probabilities."""
    source: SourceOptions = SourceOptions()
    backends: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    """Options by backend name. Each backend validates its options."""
    strategies: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    """Options of the backends that read with others: `auto`, `fallback`, `cascade`, `consensus`."""

    @property
    def options(self) -> dict[str, dict[str, Any]]:
        """The options of all backends, strategies included, by name."""
        names = dict.fromkeys((*self.backends, *self.strategies))
        return {name: {**self.backends.get(name, {}), **self.strategies.get(name, {})} for name in names}
