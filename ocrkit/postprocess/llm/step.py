"""The post-processing step `llm`: its options, and how it processes a page."""

from __future__ import annotations

import importlib.util
import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, model_validator
from typing_extensions import Self

from ocrkit.errors import missing_extra
from ocrkit.harmless import Harmless
from ocrkit.http import check_address, is_loopback
from ocrkit.postprocess.base import StepOptions, doubtful_below
from ocrkit.postprocess.edits import Edit, apply_edits
from ocrkit.postprocess.llm import runtimes
from ocrkit.postprocess.llm.guards import changes_too_much, rejection_reason
from ocrkit.postprocess.llm.prompt import (
    LanguageModel,
    Passage,
    Proposal,
    build_request,
    parse_proposals,
    passages,
)
from ocrkit.result import Block, Decision, PageResult

_log = logging.getLogger("ocrkit.llm")
_REASON = "suggested by the language model from the context"
_MAX_LISTED_REJECTIONS = 20

DEFAULT_REPO = "Qwen/Qwen2.5-1.5B-Instruct-GGUF"
"""Licensed under Apache 2.0, unlike the variant with three billion parameters."""


class Llm(StepOptions):
    """Correct low-confidence words from their context with a language model.

    The model sees the lines around these words and can only propose replacements for them. Only small
    changes are applied: numbers, codes, addresses, abbreviations, capitals, punctuation and scripts stay,
    and so does a block that the model would rewrite. Applied changes are recorded as `Correction`, rejected
    ones in the trace.

    The model is a GGUF file on this machine (`ocrkit[llm]`) or an OpenAI-compatible server such as
    llama-server, vLLM or Ollama (`ocrkit[remote]`).
    """

    model_path: Path | None = None
    """A GGUF file."""
    repo_id: str = DEFAULT_REPO
    """The repository on the Hugging Face Hub from which the model is taken if `model_path` is not set."""
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
    """Words with at least this confidence stay. None: the threshold measured for the engine."""

    _loaded: LanguageModel | None = PrivateAttr(None)
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

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle only the options; the loaded model and the lock stay in this process."""
        return _restore, (type(self), dict(self))

    @property
    def remote(self) -> bool:
        """Whether the step sends text to another machine."""
        return self.endpoint is not None and not is_loopback(urlsplit(self.endpoint).hostname or "")

    def check(self) -> None:
        """See `ocrkit.postprocess.base.SupportsCheck`."""
        if self.endpoint is None:
            runtimes.require_installed()
        elif importlib.util.find_spec("httpcore") is None:
            raise missing_extra("httpcore", "llm", "a language model on a server")

    def __call__(self, page: PageResult) -> PageResult:
        if any(decision.topic == "llm" for decision in page.trace.decisions):
            return page  # already corrected; a second reply would be no better
        threshold = doubtful_below(page) if self.confidence_threshold is None else self.confidence_threshold
        relevant = [each for each in passages(page, threshold, self.context_size // 6) if each.words]
        if not relevant:
            return page
        model = self._model()
        proposals, unusable = _request_proposals(model, page, relevant)
        blocks, rejected = _apply_proposals(page.blocks, proposals)
        words = sum(len(passage.words) for passage in relevant)
        summary = (
            f"low-confidence words: {words}, corrected: {len(proposals) - len(rejected)}, "
            f"proposals rejected: {len(rejected)}"
        )
        decisions = (
            *page.trace.decisions,
            Decision(topic="llm", choice=model.name, reason=summary),
            *map(_rejection, rejected[:_MAX_LISTED_REJECTIONS]),
        )
        warnings = [text for text in model.warnings if text not in page.warnings]
        if unusable:
            warnings.append(
                f"the language model gave no usable reply for {unusable} of {len(relevant)} passages"
            )
        trace = page.trace.model_copy(update={"decisions": decisions})
        return page.model_copy(
            update={"blocks": blocks, "warnings": (*page.warnings, *warnings), "trace": trace}
        )

    def close(self) -> None:
        """Free the model. The next page loads it again."""
        with self._lock:
            loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.close()

    def _model(self) -> LanguageModel:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> LanguageModel:
        if self.endpoint is not None:
            from ocrkit.postprocess.llm.endpoint import EndpointModel

            return EndpointModel(
                self.endpoint, self.model, self.api_key, self.timeout_seconds, allow_http=self.allow_http
            )
        from ocrkit.postprocess.llm.hub import model_file
        from ocrkit.postprocess.llm.local import LocalModel

        path = self.model_path or model_file(
            self.repo_id, self.quantization, allow_download=self.allow_download
        )
        return LocalModel(
            path,
            gpu_layers=self.gpu_layers,
            context_size=self.context_size,
            threads=self.threads,
            timeout_seconds=self.timeout_seconds,
        )


def _request_proposals(
    model: LanguageModel, page: PageResult, relevant: Sequence[Passage]
) -> tuple[list[Proposal], int]:
    """All proposals for a page, and the number of passages without a usable reply."""
    proposals: list[Proposal] = []
    unusable = 0
    for number, passage in enumerate(relevant, start=1):
        found = parse_proposals(passage, model.complete(build_request(passage)))
        facts = {"page": page.number, "passage": number, "passages": len(relevant)}
        _log.info("page %d: corrected passage %d of %d", page.number, number, len(relevant), extra=facts)
        if found is None:
            unusable += 1
        else:
            proposals += found
    return proposals, unusable


def _apply_proposals(
    blocks: Sequence[Block], proposals: Sequence[Proposal]
) -> tuple[tuple[Block, ...], list[tuple[Proposal, str]]]:
    """The blocks with all acceptable proposals applied, and the rejected ones with the reason."""
    rejected: list[tuple[Proposal, str]] = []
    corrected = list(blocks)
    for index, block in enumerate(blocks):
        reasons = {
            proposal: rejection_reason(proposal.word.span.text, proposal.after)
            for proposal in proposals
            if proposal.word.block == index
        }
        accepted = [proposal for proposal, reason in reasons.items() if reason is None]
        if changes_too_much(((each.word.span.text, each.after) for each in accepted), block.text):
            reasons |= dict.fromkeys(accepted, "the changes together would rewrite the block")
            accepted = []
        rejected += [(proposal, reason) for proposal, reason in reasons.items() if reason is not None]
        corrected[index] = apply_edits(block, _edits(accepted), "llm")
    return tuple(corrected), rejected


def _edits(accepted: Sequence[Proposal]) -> Iterator[Edit]:
    for word, after in accepted:
        yield Edit(word.line, word.span.start, word.span.end, after, _REASON)


def _rejection(rejected: tuple[Proposal, str]) -> Decision:
    (word, after), reason = rejected
    return Decision(topic="llm", choice=f"kept '{word.span.text}'", reason=f"'{after}': {reason}")


def _restore(kind: type[Llm], values: dict[str, Any]) -> Llm:
    return kind.model_construct(**values)
