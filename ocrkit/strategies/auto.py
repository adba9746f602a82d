"""The backend `auto`: for each page, or each line of a mixed page, a local reader that reads its script."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from ocrkit.backends.base import (
    BackendFactory,
    BackendOptions,
    Finding,
    OcrBackend,
    SupportsDiagnosis,
)
from ocrkit.errors import CapabilityError, ConfigError, MissingDependencyError
from ocrkit.models import models_for
from ocrkit.page import Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Decision, PageResult
from ocrkit.scripts import script_of_language
from ocrkit.scripts.advice import doubted_lines, without_marks
from ocrkit.strategies.base import (
    Reader,
    ReaderLike,
    Strategy,
    StrategyBackend,
    StrategyOptions,
)
from ocrkit.strategies.budget import Budget, BudgetOptions
from ocrkit.strategies.other_readers import OtherReaders, backend_of, explained

_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})
"""Tags for text whose language is not known, or not one: they say nothing about the reader."""


class AutoOptions(StrategyOptions):
    """The options of `auto`."""

    readers: Annotated[tuple[ReaderLike, ...], Field(min_length=1)] = ("ppocr", "tesseract")
    """The readers in the order of preference. The first reads every page whose languages are not given."""


class AutoBackend(StrategyBackend):
    """Reads with the first reader, and with the others what that does not read. Never remote."""

    name = "auto"
    capabilities = Capabilities(
        modes=frozenset({"auto", "printed", "handwritten"}),
        remote=False,
        sharing="shared",
        reading_order=True,
    )
    Options: ClassVar[type[BackendOptions]] = AutoOptions

    def __init__(self, options: AutoOptions, create: BackendFactory) -> None:
        super().__init__(options.readers[:1], create)
        self.budget = Budget(BudgetOptions())  # no limit: its readers are free
        self.options = options
        self._create = create
        self._others: tuple[Reader, ...] | None = None
        self._lock = threading.Lock()
        self._reject_remote(self.readers)
        first = self.readers[0].backend.capabilities
        self.capabilities = first.model_copy(update={"languages": "any", "native": True, "killable": False})

    def recognize(self, page: Page, request: Request) -> PageResult:
        """See `ocrkit.backends.base.OcrBackend`. The trace names the reader, and why it was chosen."""
        first = self.readers[0]
        request = request.model_copy(update={"languages": _named(request.languages)})
        readable = tuple(
            tag for tag in request.languages if first.backend.capabilities.language(tag) is not None
        )
        if request.languages and not readable:
            return self._read_with_other(page, request)
        result = self._read_with_first(page, request.model_copy(update={"languages": readable}))
        if result.unread or doubted_lines(result):
            return OtherReaders(self.name, self.all_readers(), page, request).read_rest(result)
        if without_marks(result):
            return OtherReaders(self.name, self.all_readers(), page, request).read_vietnamese(result)
        return explained(result, Decision(topic=self.name, choice=first.name, reason=_reads(readable)))

    def all_readers(self) -> tuple[Reader, ...]:
        """All readers that can be created. The others than the first are created when they are needed."""
        with self._lock:
            if self._others is None:
                self._others = tuple(self._created(self.options.readers[1:]))
                self._reject_remote(self._others)
            return (*self.readers, *self._others)

    def close(self) -> None:
        """Close the readers that were created."""
        super().close()
        with self._lock:
            others, self._others = self._others or (), None
        for spec, backend in others:
            if isinstance(spec, str | type | Strategy):
                backend.close()

    def fingerprint(self) -> str:
        """See `ocrkit.backends.base.SupportsFingerprint`. The readers have their own."""
        return "by script"

    def missing_models(self, request: Request) -> tuple[str, ...]:
        """See `ocrkit.backends.base.SupportsModels`.

        Those that the options of the first reader need, and for requested languages that it does not read
        those of the first reader that can get them; none if a reader has them.
        """
        first, named = self.readers[0], _named(request.languages)
        rest = tuple(tag for tag in named if first.backend.capabilities.language(tag) is None)
        is_first_needed = len(rest) < len(named) or not named
        of_first = _models_for_options(first) if is_first_needed else ()
        found: list[tuple[str, ...]] = []
        for reader in self.all_readers() if rest else ():
            of_rest = request.model_copy(update={"languages": rest})
            missing, of_options = reader.missing_models(of_rest), _models_for_options(reader)
            if set(missing) > set(of_options):
                found.append(missing)
            elif not reader.gaps(of_rest):
                return (*of_first, *of_options)
        return tuple(dict.fromkeys((*of_first, *next(iter(found), ()))))

    def diagnose(self) -> list[Finding]:
        """Check the first reader, and say what the others add."""
        first, *others = self.all_readers()
        findings = _findings(first)
        for reader in others:
            broken = [finding for finding in _findings(reader) if not finding.ok]
            text = f"{reader.name} reads what {first.name} does not"
            if broken:
                text = f"without {reader.name}, only the languages of {first.name} are read: {broken[0].text}"
            findings.append(Finding(ok=True, text=text, advice=broken[0].advice if broken else None))
        return findings

    def _created(self, specs: Sequence[ReaderLike]) -> list[Reader]:
        readers = []
        for spec in specs:
            try:
                readers.append(Reader(spec, self._create(spec, find_tables=False)))
            except MissingDependencyError:
                continue  # what it would read is reported page by page
        return readers

    def _reject_remote(self, readers: Sequence[Reader]) -> None:
        for reader in readers:
            if reader.backend.capabilities.remote:
                raise ConfigError(
                    f"[strategies.auto]: '{reader.name}' sends pages to a remote service, and `auto` reads "
                    "on this machine only; use `fallback` or `cascade`, or name the backend"
                )

    def _read_with_first(self, page: Page, request: Request) -> PageResult:
        """The page read by the first reader; in one script, if it has no model for several of the request."""
        backend, languages = self.readers[0].backend, request.languages
        try:
            return backend.recognize(page, request)
        except CapabilityError:
            script = script_of_language(languages[0]) if languages else None
            of_script = tuple(tag for tag in languages if script_of_language(tag) == script)
            if len(of_script) == len(languages):
                raise
        return backend.recognize(page, request.model_copy(update={"languages": of_script}))

    def _read_with_other(self, page: Page, request: Request) -> PageResult:
        """The page read by the first of the other readers that has the requested languages."""
        named = ", ".join(request.languages)
        missing: list[MissingDependencyError] = []
        for reader in self.all_readers()[1:]:
            if reader.gaps(request):
                continue
            try:
                result = reader.backend.recognize(page, request)
            except MissingDependencyError as error:
                missing.append(error)
                continue
            reason = f"the requested language {named} is not one of {self.readers[0].name}"
            return explained(result, Decision(topic=self.name, choice=reader.name, reason=reason))
        first = self.readers[0].name
        fetch = f"`ocrkit models fetch {request.languages[0]}`"
        if missing:
            text = (
                f"{first} does not read {named}, and {missing[0].message}; or get a recognizer with {fetch}"
            )
            raise MissingDependencyError(text, install=missing[0].install) from missing[0]
        advice = f"get a model with {fetch}" if models_for(request.languages[0]) else "name another backend"
        raise CapabilityError(f"no local reader reads {named}; {advice}", backend=self.name)


class Auto(Strategy):
    """`auto` for Python code: `Ocr(Auto("ppocr", "tesseract"))`."""

    kind = AutoBackend
    name = AutoBackend.name

    def __init__(self, *readers: str | type[OcrBackend] | OcrBackend) -> None:
        """Set up with these readers, in the order of preference; by default with those of `AutoOptions`."""
        super().__init__({"readers": readers} if readers else {})


def _models_for_options(reader: Reader) -> tuple[str, ...]:
    """The models that a reader misses whatever the languages are."""
    return reader.missing_models(Request())


def _named(languages: Sequence[str]) -> tuple[str, ...]:
    return tuple(tag for tag in languages if tag not in _NO_LANGUAGE)


def _reads(languages: Sequence[str]) -> str:
    return f"it reads {', '.join(languages)}" if languages else "it reads the scripts of this page"


def _findings(reader: Reader) -> list[Finding]:
    inner = backend_of(reader)
    return inner.diagnose() if isinstance(inner, SupportsDiagnosis) else []
