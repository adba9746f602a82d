"""The backend `fallback`: try the next reader if one cannot read a page."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from ocrkit.backends.base import BackendFactory, BackendOptions, OcrBackend
from ocrkit.errors import (
    AuthenticationError,
    BackendError,
    BackendUnavailableError,
    BudgetSpentError,
    CapabilityError,
    ConfigError,
    MissingDependencyError,
    OcrkitError,
    SourceError,
)
from ocrkit.harmless import Harmless
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Cost, Decision, PageResult
from ocrkit.strategies.base import (
    PASSED_OVER,
    Reader,
    ReaderLike,
    Strategy,
    StrategyBackend,
    combined_capabilities,
    combined_trace,
    signed,
)
from ocrkit.strategies.budget import Budget, BudgetOptions, PageBudget, full_price, price_of_all

_OF_CALLERS = (AuthenticationError, ConfigError, MissingDependencyError)
"""Errors that the caller has to correct. Another reader would hide them."""
_OF_READERS = (BackendError, SourceError)


class FallbackOptions(BudgetOptions):
    """The options of `fallback`."""

    readers: Annotated[tuple[ReaderLike, ...], Field(min_length=1)]
    """The readers, in the order in which they are asked."""
    on_caller_errors: Harmless[bool] = False
    """Ask the next reader also after an error that the caller has to correct: a rejected key, a missing
    package, a wrong option."""


class FallbackBackend(StrategyBackend):
    """Tries one reader after the other, until one of them reads the page."""

    name = "fallback"
    Options: ClassVar[type[BackendOptions]] = FallbackOptions

    def __init__(self, options: FallbackOptions, create: BackendFactory) -> None:
        self._options = options
        self.budget = Budget(options, self.name)
        self._not_created: list[str] = []
        super().__init__(options.readers if not options.on_caller_errors else (), create)
        if options.on_caller_errors:
            self.readers = tuple(self._created(options.readers, create))
        self.capabilities = _union(self.readers)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """See `ocrkit.backends.base.OcrBackend`. The trace names the reader, and why others failed."""
        budget = self.budget.for_page()
        reasons = list(self._not_created)
        errors: list[tuple[Reader, OcrkitError]] = []
        for reader in self.readers:
            try:
                result = self._ask(reader, page, request, budget)
            except OcrkitError as error:
                if not self._continues_after(error):
                    raise
                errors.append((reader, error))
                reasons.append(f"{reader.name}: {_text(error)}")
            else:
                trace = combined_trace(self.name, result, full_cost=full_price(self.readers, request))
                return self._result(result.model_copy(update={"trace": trace}), reader, reasons, errors)
        raise _failure([error for _, error in errors], reasons)

    def fingerprint(self) -> str:
        """See `ocrkit.backends.base.SupportsFingerprint`. The readers have their own."""
        return "first that answers"

    def expected_cost(self, request: Request) -> Cost | None:
        """See `ocrkit.backends.base.SupportsCost`: that of a page which only the last reader can read."""
        return price_of_all(self.readers, request)

    def _ask(self, reader: Reader, page: Page, request: Request, budget: PageBudget) -> PageResult:
        reader.check(request)
        with budget.paying(reader, request) as paid:
            result = reader.backend.recognize(page, request)
            paid.append(result)
        return result

    def _continues_after(self, error: OcrkitError) -> bool:
        if isinstance(error, _OF_CALLERS):
            return self._options.on_caller_errors
        return isinstance(error, _OF_READERS)

    def _created(self, specs: tuple[ReaderLike, ...], create: BackendFactory) -> list[Reader]:
        """The readers that can be created. Raises the error of the last one if there are none."""
        readers = []
        for spec in specs:
            try:
                readers.append(Reader(spec, create(spec, find_tables=False)))
            except (ConfigError, MissingDependencyError) as error:
                if spec is specs[-1] and not readers:
                    raise
                self._not_created.append(f"{spec}: {error.message}")
        return readers

    def _result(
        self, result: PageResult, reader: Reader, reasons: list[str], errors: list[tuple[Reader, OcrkitError]]
    ) -> PageResult:
        trace = result.trace
        passed_over = [
            Decision(topic=PASSED_OVER, choice=other.name, reason=error.message)
            for other, error in errors
            if not isinstance(error, CapabilityError | SourceError)
        ]
        decision = Decision(
            topic=self.name, choice=reader.name, reason="; ".join(reasons) or "the first reader answered"
        )
        trace = trace.model_copy(update={"decisions": (decision, *passed_over, *trace.decisions)})
        warnings = (f"read by '{reader.name}', because of {'; '.join(reasons)}",) if reasons else ()
        return signed(result, reader.name).model_copy(
            update={"trace": trace, "warnings": (*warnings, *result.warnings)}
        )


class Fallback(Strategy):
    """`fallback` for Python code: `Ocr(Fallback("azure", "ppocr"))`."""

    kind = FallbackBackend
    name = FallbackBackend.name

    def __init__(self, *readers: str | type[OcrBackend] | OcrBackend, **options: object) -> None:
        """Set up.

        Args:
            *readers: names, dotted paths, classes or backends, in the order in which they are asked.
            **options: the other `FallbackOptions`.
        """
        super().__init__({"readers": readers, **options})


def _union(readers: tuple[Reader, ...]) -> Capabilities:
    """The capabilities that at least one reader has: readers without them are skipped."""
    every = [reader.backend.capabilities for reader in readers]
    languages: set[str] = set()
    for each in every:
        languages.update(each.languages if each.languages != "any" else ())
    any_language = any(each.languages == "any" for each in every)
    return combined_capabilities(readers, every[0]).model_copy(
        update={
            "languages": "any" if any_language else frozenset(languages),
            "modes": frozenset.union(*(each.modes for each in every)),
            "scenes": frozenset.union(*(each.scenes for each in every)),
            "orientation": all(each.orientation for each in every),
            "max_pixels": _largest([each.max_pixels for each in every]),
            "max_side": _largest([each.max_side for each in every]),
        }
    )


def _largest(limits: list[int | None]) -> int | None:
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None


def _failure(errors: list[OcrkitError], reasons: list[str]) -> OcrkitError:
    """The error of a page that no reader read. It can be retried if one of the errors can."""
    text = f"no reader could read the page: {'; '.join(reasons)}"
    if len(errors) == 1 and len(reasons) == 1:
        return errors[0]
    if any(isinstance(error, BudgetSpentError) for error in errors):
        return BudgetSpentError(text)  # ends a batch, whose next run reads the page
    if any(isinstance(error, BackendError) and error.retryable for error in errors):
        return BackendUnavailableError(text)
    if all(isinstance(error, CapabilityError) for error in errors):
        return CapabilityError(text)
    return BackendError(text)


def _text(error: OcrkitError) -> str:
    """The message of an error, with its kind, which the message may not name."""
    return f"{error.message} ({type(error).__name__})"
