"""The post-processing step `aspose_ai`: its options, its process, and how it processes a page."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, PrivateAttr, model_validator
from typing_extensions import Self

from ocrkit.aspose_engine import (
    LICENSE_VARIABLES,
    LicenseOptions,
    ModelOptions,
    explain_crash,
    load_model,
    prepare_model_folder,
    process_variables,
    require_installed,
    without_banner,
)
from ocrkit.errors import BackendError, PostprocessError
from ocrkit.harmless import Harmless
from ocrkit.postprocess.aspose_ai.proposals import Rejection, propose
from ocrkit.postprocess.base import StepOptions, doubtful_below
from ocrkit.postprocess.edits import apply_edits
from ocrkit.result import Decision, PageResult
from ocrkit.workers.pool import WorkerPool
from ocrkit.workers.prepared import prepared_process
from ocrkit.workers.process import Limits, WorkerLostError

_MAX_LISTED_REJECTIONS = 20
_SHOWN = 60  # characters of a rejected text
_TRIAL = "Aspose's trial mode, without a license: its language model may leave text out"


class AsposeAi(StepOptions, LicenseOptions):
    """Correct words with the spelling correction of Aspose's language model, block by block.

    The model returns a whole text. Only replacements of single words are taken from it: numbers, codes,
    capitals, punctuation and scripts stay, and so do words that the engine was sure of. Applied changes
    are recorded as `Correction`, rejected ones in the trace.
    """

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = LICENSE_VARIABLES

    model_path: Path | None = None
    """A GGUF file, used in place of the engine's own model."""
    repo_id: str | None = None
    """The repository on the Hugging Face Hub, if `model_path` is not set. None: that of the engine."""
    file_name: str | None = None
    """The file of the repository."""
    resources_path: Path | None = None
    """The folder with downloaded models and the libraries that run them, for downloads and later runs."""
    allow_download: bool = False
    """Let the engine download the model and the libraries into `resources_path`."""
    gpu_layers: Harmless[int] = Field(0, ge=0)
    """Number of layers to run on the GPU."""
    context_size: int | None = Field(None, ge=512)
    """Context window in tokens. None: that of the engine."""
    timeout_seconds: Harmless[float] = Field(600, gt=0)
    """Timeout of one page."""
    confidence_threshold: Harmless[float | None] = Field(None, ge=0, le=1)
    """Words with at least this confidence stay. None: the threshold measured for the engine."""

    _process: WorkerPool | None = PrivateAttr(None)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        if self.allow_download and self.resources_path is None:
            raise ValueError("allow_download needs resources_path, the folder that keeps the downloads")
        if self.model_path is None and not self.allow_download and self.resources_path is None:
            raise ValueError("set model_path to a GGUF file, or resources_path to a folder with downloads")
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle only the options; the process and the lock stay here."""
        return _restore, (type(self), dict(self))

    def check(self) -> None:
        """See `ocrkit.postprocess.base.SupportsCheck`."""
        require_installed("the step 'aspose_ai'")

    def __call__(self, page: PageResult) -> PageResult:
        if any(decision.topic == "aspose_ai" for decision in page.trace.decisions):
            return page  # already corrected
        numbers = [
            number for number, block in enumerate(page.blocks) if block.text.strip() and not block.table
        ]
        if not numbers:
            return page
        texts = self._corrected([page.blocks[number].text for number in numbers], page.number)
        threshold = doubtful_below(page) if self.confidence_threshold is None else self.confidence_threshold
        return self._applied(page, dict(zip(numbers, texts, strict=True)), threshold)

    def fingerprint(self) -> str:
        """Whether there is a license; see `ocrkit.backends.base.SupportsFingerprint`."""
        return "licensed" if self.has_license else "trial"

    def close(self) -> None:
        """Free the model and end its process. The next page starts another one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()

    def _applied(self, page: PageResult, texts: Mapping[int, str], threshold: float) -> PageResult:
        blocks, rejected, applied = list(page.blocks), list[Rejection](), 0
        for number, text in texts.items():
            found = propose(blocks[number], without_banner(text)[0], threshold)
            blocks[number] = apply_edits(blocks[number], found.edits, "aspose_ai")
            applied += len(found.edits)
            rejected += found.rejected
        summary = f"blocks: {len(texts)}, corrected: {applied}, proposals rejected: {len(rejected)}"
        decisions = (
            *page.trace.decisions,
            Decision(topic="aspose_ai", choice=self._model_name, reason=summary),
            *map(_rejection, rejected[:_MAX_LISTED_REJECTIONS]),
        )
        warnings = page.warnings if self.has_license else (*page.warnings, _TRIAL)
        trace = page.trace.model_copy(update={"decisions": decisions})
        return page.model_copy(update={"blocks": tuple(blocks), "warnings": warnings, "trace": trace})

    @property
    def _model_name(self) -> str:
        if self.model_path is not None:
            return self.model_path.stem
        return self.repo_id or "the engine's own model"

    def _corrected(self, texts: Sequence[str], page: int) -> Sequence[str]:
        """The texts as the model returns them, as many as were given."""
        with self._lock:
            if self._process is None:
                self._process = self._start()
            process = self._process
        try:
            corrected: Sequence[str] = process.call(tuple(texts)).value
        except WorkerLostError as loss:
            explained = explain_crash(loss.output, "aspose_ai")
            if explained is not None:
                raise explained from loss
            raise PostprocessError(
                f"the process of Aspose's language model was lost twice: {loss}; use a smaller model, or a "
                "larger `timeout_seconds`",
                step="aspose_ai",
                page=page,
            ) from None
        except BackendError as error:
            raise PostprocessError(error.message, step="aspose_ai", page=page) from error
        if len(corrected) != len(texts):
            raise PostprocessError(
                f"Aspose's language model returned {len(corrected)} texts for {len(texts)} blocks",
                step="aspose_ai",
                page=page,
            )
        return corrected

    def _start(self) -> WorkerPool:
        license_options = LicenseOptions(
            **{name: getattr(self, name) for name in LicenseOptions.model_fields}
        )
        options = ModelOptions(
            model_path=None if self.model_path is None else self.model_path.absolute(),
            repo_id=self.repo_id,
            file_name=self.file_name,
            gpu_layers=self.gpu_layers,
            context_size=self.context_size,
            allow_download=self.allow_download,
        )
        setup = functools.partial(load_model, license_options, options)
        return prepared_process("aspose_ai", setup, Limits(seconds=self.timeout_seconds), self._prepare)

    def _prepare(self, folder: Path) -> Mapping[str, str]:
        prepare_model_folder(folder, model=self.model_path, resources=self.resources_path)
        return process_variables(folder, allow_network=self.allow_download or self.public_key is not None)


def _rejection(rejected: Rejection) -> Decision:
    return Decision(
        topic="aspose_ai",
        choice=f"kept '{rejected.before}'",
        reason=f"'{rejected.after[:_SHOWN]}': {rejected.reason}",
    )


def _restore(kind: type[AsposeAi], values: dict[str, Any]) -> AsposeAi:
    return kind.model_construct(**values)
