"""The base of strategies: their readers, their capabilities, and the form in which Python code names one.

A strategy is a backend that reads with other backends, which it sees through the backend protocol only. It
gets a `BackendFactory`, so its readers have their options of the settings and follow the rule for remote
backends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, TypeAlias

from pydantic import AfterValidator, ConfigDict, ValidationError

from ocrkit.backends.base import BackendFactory, BackendOptions, OcrBackend, SupportsModels
from ocrkit.errors import CapabilityError, ConfigError
from ocrkit.request import Capabilities, Request
from ocrkit.result import Cost, Line, PageResult, Trace
from ocrkit.validation import problems

if TYPE_CHECKING:
    from ocrkit.strategies.budget import Budget


def _check_reader(value: object) -> Any:
    if (isinstance(value, str) and value) or isinstance(value, type | OcrBackend):
        return value
    raise ValueError("must be the name of a backend, its dotted path, a class or a backend")


ReaderLike: TypeAlias = Annotated[Any, AfterValidator(_check_reader)]
"""A name, a dotted path `package.module:Class`, a class, or a backend: what a strategy reads with."""


PASSED_OVER = "passed over"
"""The topic of the decision about a reader that was not asked, or failed, for a reason that may pass."""


class StrategyOptions(BackendOptions):
    """The base of the options of strategies."""

    model_config = ConfigDict(arbitrary_types_allowed=True)


class Reader(NamedTuple):
    """A backend that a strategy uses, with the name, class or object that it was given as."""

    spec: str | type[OcrBackend] | OcrBackend
    backend: OcrBackend

    @property
    def name(self) -> str:
        return self.backend.name

    def gaps(self, request: Request) -> list[str]:
        """The parts of a request that the backend does not support, in words."""
        capabilities = self.backend.capabilities
        return capabilities.missing(capabilities.as_asked(request))

    def missing_models(self, request: Request) -> tuple[str, ...]:
        """The models that the backend needs for a request, and that can be fetched."""
        return self.backend.missing_models(request) if isinstance(self.backend, SupportsModels) else ()

    def check(self, request: Request) -> None:
        """Raise `CapabilityError` for a request that the backend does not support."""
        if gaps := self.gaps(request):
            raise CapabilityError(f"does not support {', '.join(gaps)}", backend=self.name)


class StrategyBackend:
    """The base of strategies: creates the readers, and closes those that it created."""

    name: str
    capabilities: Capabilities = Capabilities(remote=None, sharing="shared", reading_order=True)
    budget: Budget
    """The limits of calls and costs."""
    depends_on_text: ClassVar[bool] = False
    """Whether the text of one reader decides what another one gets."""

    def __init__(self, specs: Iterable[ReaderLike], create: BackendFactory) -> None:
        self.readers: tuple[Reader, ...] = tuple(
            Reader(spec, create(spec, find_tables=False)) for spec in specs
        )

    def all_readers(self) -> tuple[Reader, ...]:
        """All readers that may read a page, also those that are created only when they are needed."""
        return self.readers

    def missing_models(self, request: Request) -> tuple[str, ...]:
        """See `ocrkit.backends.base.SupportsModels`: those of all readers."""
        found = (reader.missing_models(request) for reader in self.all_readers())
        return tuple(dict.fromkeys(name for names in found for name in names))

    def close(self) -> None:
        """Close the readers. A backend that was passed in as an object belongs to the caller."""
        for spec, backend in self.readers:
            if isinstance(spec, str | type | Strategy):
                backend.close()


class Strategy:
    """A strategy without readers: pass it as `backend`, and its readers are created with the settings.

    It has the attributes of a backend, and cannot read by itself.
    """

    kind: ClassVar[type[Any]]
    name: str
    capabilities: Capabilities = StrategyBackend.capabilities

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Check the options. Raises `ConfigError`."""
        model: type[BackendOptions] = self.kind.Options
        try:
            self.options = model.model_validate(dict(options))
        except ValidationError as error:
            texts = [text for _, text in problems(error, model)]
            raise ConfigError(f"{type(self).__name__}: {'; '.join(texts)}") from None

    def create(self, create: BackendFactory) -> OcrBackend:
        """The backend, with readers from this factory."""
        backend: OcrBackend = self.kind(self.options, create)
        return backend

    def recognize(self, page: object, request: object) -> PageResult:  # noqa: ARG002 – see the protocol
        """Raise `ConfigError`: there are no readers."""
        raise ConfigError(
            f"{type(self).__name__} has no readers yet; pass it as `backend` to `ocrkit.recognize` or `Ocr`"
        )

    def close(self) -> None:
        """Do nothing: there are no readers."""


def combined_capabilities(readers: Sequence[Reader], like: Capabilities) -> Capabilities:
    """The capabilities of one reader, with those that depend on all readers, such as `remote` and `levels`.

    Args:
        readers: all readers.
        like: the capabilities of the reader that decides what can be asked for.
    """
    every = [reader.backend.capabilities for reader in readers]
    return like.model_copy(
        update={
            "remote": any(each.remote for each in every),
            "native": any(each.native for each in every),
            "killable": all(each.killable for each in every),
            "isolated": False,  # each reader has its own process
            "polygons": all(each.polygons for each in every),
            "levels": frozenset.intersection(*(each.levels for each in every)),
            "sharing": "shared",
            "reading_order": True,
        }
    )


def is_settled(result: PageResult) -> bool:
    """Whether another attempt would give the same: no reader was passed over for a reason that may pass."""
    return not any(decision.topic == PASSED_OVER for decision in result.trace.decisions)


def signed(result: PageResult, name: str) -> PageResult:
    """The result with the reader of each line. A line that already names one keeps it."""
    blocks = tuple(block.with_lines(sign(line, name) for line in block.lines) for block in result.blocks)
    return result.model_copy(update={"blocks": blocks})


def sign(line: Line, name: str) -> Line:
    """The line with its reader, unless it already names one."""
    return line if line.read_by else line.model_copy(update={"read_by": name})


def combined_trace(name: str, main: PageResult, *others: PageResult, full_cost: Cost | None = None) -> Trace:
    """The trace of a page that several readers read: engine of the main one, decisions and costs of all.

    Args:
        name: the name of the strategy.
        main: the reading that the engine is named after.
        *others: the other readings.
        full_cost: see `Trace.full_cost`.
    """
    traces = [main.trace, *(other.trace for other in others)]
    return main.trace.model_copy(
        update={
            "backend": name,
            "attempts": sum(trace.attempts for trace in traces),
            "cost": total_cost(trace.cost for trace in traces),
            "full_cost": full_cost,
            "decisions": tuple(decision for trace in traces for decision in trace.decisions),
        }
    )


def total_cost(costs: Iterable[Cost | None]) -> Cost | None:
    """The sum of costs; None where there are none, or where they are in several currencies."""
    known = [cost for cost in costs if cost is not None]
    if len({cost.currency for cost in known}) != 1:
        return None
    return Cost(
        amount=sum(cost.amount for cost in known),
        currency=known[0].currency,
        calls=sum(cost.calls for cost in known),
    )
