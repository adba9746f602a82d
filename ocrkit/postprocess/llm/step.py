"""What is set, and the way of a page."""

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
from ocrkit.http import check_address, is_loopback
from ocrkit.postprocess.base import StepOptions, doubtful_below
from ocrkit.postprocess.edits import Edit, edited
from ocrkit.postprocess.llm.guards import objection, too_much
from ocrkit.postprocess.llm.prompt import Model, Passage, Proposal, asked, passages, proposals
from ocrkit.result import Block, Decision, PageResult

_log = logging.getLogger("ocrkit.llm")
_REASON = "a language model takes it for this word in its context"
_TOLD = 20
"""So many refused proposals a page are written down one by one."""

DEFAULT_REPO = "Qwen/Qwen2.5-1.5B-Instruct-GGUF"
"""Under the Apache licence, as the sibling of three billion parameters is not."""


class Llm(StepOptions):
    """Let a language model say what doubtful words were, judging by their context.

    Only words of which the engine was not sure are shown to it as such, with the lines around them, and it
    may answer with other letters for these words and nothing else. Of what it proposes only small changes
    are made: numbers, codes, addresses, abbreviations, capitals, signs and scripts stay, and so does a block
    that it would write anew. What was changed is a `Correction`, what was refused is in the trace.

    The model is a GGUF file on this machine (`ocrkit[llm]`), or one behind an address that speaks the
    protocol of OpenAI, such as llama-server, vLLM or Ollama (`ocrkit[remote]`).
    """

    model_path: Path | None = None
    """A GGUF file."""
    repo_id: str = DEFAULT_REPO
    """Where a model is taken from on the Hugging Face Hub, where no file is named."""
    quantization: str = "q8_0"
    """Which of its files: `q8_0` is int8."""
    allow_download: bool = False
    """Fetch the file if it is not there yet. Its size and licence are logged."""
    gpu_layers: int = Field(0, ge=0)
    """How many of its layers are computed by the GPU."""
    context_size: int = Field(4096, ge=512)
    """How many tokens it may see at once."""
    threads: int | None = Field(None, ge=1)
    """None: all cores but one; with all of them the threads wait for one another."""
    endpoint: str | None = None
    """The address of a server in place of a file, for instance `http://127.0.0.1:8080/v1`."""
    model: str | None = None
    """The model's name there. None: the first that the server lists."""
    api_key: SecretStr | None = None
    allow_http: bool = False
    """Send to an `http://` address that is not on this machine, where everybody on the way can read it."""
    timeout_seconds: float = Field(300, gt=0)
    """The most one answer may take."""
    doubt: float | None = Field(None, ge=0, le=1)
    """Words the engine is surer of stay. None: as was measured for the engine."""

    _loaded: Model | None = PrivateAttr(None)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if self.endpoint and self.model_path:
            raise ValueError("name an endpoint or a model_path, not both")
        if self.endpoint is not None:
            check_address(self.endpoint, allow_http=self.allow_http, name="endpoint")
        if self.api_key is not None and not self.api_key.get_secret_value().strip():
            raise ValueError("api_key is empty")
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Travels to other processes as what was set; what is loaded stays here."""
        return _remade, (type(self), dict(self))

    @property
    def remote(self) -> bool:
        """Whether text leaves this machine."""
        return self.endpoint is not None and not is_loopback(urlsplit(self.endpoint).hostname or "")

    def check(self) -> None:
        """See `ocrkit.postprocess.base.SupportsCheck`."""
        if self.endpoint is None:
            if not any(importlib.util.find_spec(name) for name in ("xllamacpp", "llama_cpp")):
                raise missing_extra("xllamacpp", "llm", "a language model on this machine")
        elif importlib.util.find_spec("httpcore") is None:
            raise missing_extra("httpcore", "llm", "a language model behind an address")

    def __call__(self, page: PageResult) -> PageResult:
        if any(decision.topic == "llm" for decision in page.trace.decisions):
            return page  # it has been asked; another answer would not be a better one
        doubt = doubtful_below(page) if self.doubt is None else self.doubt
        parts = [part for part in passages(page, doubt, self.context_size // 6) if part.doubts]
        if not parts:
            return page
        model = self._model()
        wanted, warnings = self._ask(model, page, parts)
        blocks, refused = _contained(page.blocks, wanted)
        doubted = sum(len(part.doubts) for part in parts)
        changed = len(wanted) - len(refused)
        decisions = [
            Decision(
                topic="llm",
                choice=model.name,
                reason=f"doubtful words {doubted}, changed {changed}, proposals refused {len(refused)}",
            ),
            *(
                Decision(topic="llm", choice=f"'{each.doubt.token.text}' stays", reason=f"'{each.to}': {why}")
                for each, why in refused[:_TOLD]
            ),
        ]
        trace = page.trace.model_copy(update={"decisions": (*page.trace.decisions, *decisions)})
        said = (*model.warnings, *warnings)
        warnings = tuple(text for text in said if text not in page.warnings)
        return page.model_copy(
            update={"blocks": blocks, "warnings": (*page.warnings, *warnings), "trace": trace}
        )

    def close(self) -> None:
        """Free the model. It is loaded again when it is wanted."""
        with self._lock:
            loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.close()

    def _ask(
        self, model: Model, page: PageResult, parts: Sequence[Passage]
    ) -> tuple[list[Proposal], tuple[str, ...]]:
        wanted: list[Proposal] = []
        senseless = 0
        for number, part in enumerate(parts, start=1):
            found = proposals(part, model.ask(*asked(part)))
            facts = {"page": page.number, "part": number, "parts": len(parts)}
            _log.info("page %d: part %d of %d asked about", page.number, number, len(parts), extra=facts)
            if found is None:
                senseless += 1
            else:
                wanted += found
        text = f"the language model gave no usable answer for {senseless} of {len(parts)} parts of the page"
        return wanted, (text,) if senseless else ()

    def _model(self) -> Model:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> Model:
        if self.endpoint is not None:
            from ocrkit.postprocess.llm.endpoint import Server

            return Server(
                self.endpoint, self.model, self.api_key, self.timeout_seconds, allow_http=self.allow_http
            )
        from ocrkit.postprocess.llm.files import model_file
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


def _contained(
    blocks: Sequence[Block], wanted: Sequence[Proposal]
) -> tuple[tuple[Block, ...], list[tuple[Proposal, str]]]:
    """The blocks with what may be changed, and what may not, each with the reason."""
    refused: list[tuple[Proposal, str]] = []
    made = list(blocks)
    for number, block in enumerate(blocks):
        here = [proposal for proposal in wanted if proposal.doubt.block == number]
        reasons = {proposal: objection(proposal.doubt.token.text, proposal.to) for proposal in here}
        fit = [proposal for proposal, reason in reasons.items() if reason is None]
        if too_much(((each.doubt.token.text, each.to) for each in fit), block.text):
            reasons |= dict.fromkeys(fit, "together the changes would make it another text")
            fit = []
        refused += [(proposal, reason) for proposal, reason in reasons.items() if reason is not None]
        made[number] = edited(block, _edits(fit), "llm")
    return tuple(made), refused


def _edits(fit: Sequence[Proposal]) -> Iterator[Edit]:
    for doubt, to in fit:
        yield Edit(doubt.line, doubt.token.start, doubt.token.end, to, _REASON)


def _remade(kind: type[Llm], values: dict[str, Any]) -> Llm:
    return kind.model_construct(**values)
