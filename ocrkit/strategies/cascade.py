"""The backend `cascade`: a cheap reader reads every page, and stronger ones the lines that are doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BeforeValidator, Field

from ocrkit import quality
from ocrkit.backends.base import BackendFactory, BackendOptions, OcrBackend
from ocrkit.errors import BudgetSpentError, CapabilityError
from ocrkit.geometry import Box
from ocrkit.harmless import Harmless
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import Cost, Decision, Line, PageResult
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
from ocrkit.strategies.contact_sheet import ContactSheet, contact_sheet
from ocrkit.strategies.merging import is_better, joined, line_probabilities, merged, with_replaced

_BELOW = 0.85
_MISSED = 0.5
"""The share of the ink that has to be inside of text; else the first reader missed much of the page."""
_TALL = 1.5


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


class CascadeOptions(BudgetOptions):
    """The options of `cascade`."""

    first: ReaderLike
    """Reads every page."""
    then: Annotated[tuple[ReaderLike, ...], Field(min_length=1), BeforeValidator(_as_tuple)]
    """Reads the doubtful lines. Each of several readers reads the lines that are still doubtful."""
    below: Harmless[float | None] = Field(None, ge=0, le=1)
    """A line is doubtful if a lower share of its words is expected to be right, by their probabilities. None:
    0.85, or no bar if `share` is set."""
    share: Harmless[float | None] = Field(None, ge=0, le=1)
    """The maximum share of doubtful letters on a page; the least probable lines come first."""
    whole_page_above: Harmless[float] = Field(0.5, ge=0, le=1)
    """The next reader gets the whole page, not crops, if more of its letters than this share are doubtful."""


class Doubt(NamedTuple):
    """The doubtful lines of a page."""

    lines: dict[int, Line]
    whole_page: str | None
    """The reason why the next reader gets the whole page, or None."""


class CascadeBackend(StrategyBackend):
    """Reads pages with one reader, and doubtful lines with the next one."""

    name = "cascade"
    depends_on_text = True
    Options: ClassVar[type[BackendOptions]] = CascadeOptions

    def __init__(self, options: CascadeOptions, create: BackendFactory) -> None:
        super().__init__((options.first, *options.then), create)
        self._options = options
        self.budget = Budget(options, self.name)
        self.capabilities = combined_capabilities(self.readers, self.readers[0].backend.capabilities)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """See `ocrkit.backends.base.OcrBackend`. Each line names its reader, and the trace the reason."""
        first, *others = self.readers
        budget = self.budget.for_page()
        with budget.paying(first, request) as paid:
            result = first.backend.recognize(page, request)
            paid.append(result)
        readings = [result]
        result = signed(result, first.name)
        decisions: list[Decision] = []
        for reader in others:
            doubt = self._doubt(page, result)
            if not doubt.lines and not doubt.whole_page:
                break
            try:
                result, reading, decision = self._read_again(page, request, (result, doubt), reader, budget)
                readings.append(reading)
            except (BudgetSpentError, CapabilityError) as error:
                kept = "a budget" if isinstance(error, BudgetSpentError) else "a limit of the reader"
                warning = f"{len(doubt.lines)} doubtful lines were not read by '{reader.name}': {kept}"
                result = result.model_copy(update={"warnings": (*result.warnings, warning)})
                topic = PASSED_OVER if isinstance(error, BudgetSpentError) else self.name
                decision = Decision(topic=topic, choice=reader.name, reason=error.message)
            decisions.append(decision)
        full_cost = full_price(self.readers[::-1], request)
        trace = combined_trace(self.name, *readings, full_cost=full_cost)
        decisions = decisions or [self._nothing_doubtful()]
        trace = trace.model_copy(update={"decisions": (*decisions, *trace.decisions)})
        return result.model_copy(update={"trace": trace})

    def fingerprint(self) -> str:
        """See `ocrkit.backends.base.SupportsFingerprint`. The readers have their own."""
        options = self._options
        return f"{options.below} {options.share} {options.whole_page_above}"

    def expected_cost(self, request: Request) -> Cost | None:
        """See `ocrkit.backends.base.SupportsCost`: that of a page which all readers read."""
        return price_of_all(self.readers, request)

    def _doubt(self, page: Page, result: PageResult) -> Doubt:
        lines = self._doubtful(result)
        letters = sum(len(line.text) for line in result.lines)
        share = sum(len(line.text) for line in lines.values()) / letters if letters else 0.0
        whole = None
        if lines and share > self._options.whole_page_above:
            whole = f"{share:.0%} of the letters are doubtful"
        elif any(line.box is None for line in lines.values()):
            whole = "lines have no places"
        elif lines and (result.rotation or any(_is_tall(line) for line in lines.values())):
            whole = "lines are not horizontal"
        else:
            coverage = quality.assess(page, result)[0].coverage
            if coverage is not None and coverage < _MISSED:
                whole = f"only {coverage:.0%} of the ink is inside of text"
        return Doubt(lines, whole)

    def _doubtful(self, result: PageResult) -> dict[int, Line]:
        """The doubtful lines by position, the most doubtful ones of them if there is a limit."""
        options = self._options
        bar = options.below if options.below is not None else _BELOW if options.share is None else None
        known = line_probabilities(result)
        chosen = [number for number, value in enumerate(known) if bar is None or value < bar]
        if options.share is not None:
            left = options.share * sum(len(line.text) for line in result.lines)
            within = []
            for number in sorted(chosen, key=lambda number: (known[number], number)):
                left -= len(result.lines[number].text)
                if left < 0:
                    break
                within.append(number)
            chosen = sorted(within)
        return {number: result.lines[number] for number in chosen}

    def _read_again(
        self,
        page: Page,
        request: Request,
        doubtful: tuple[PageResult, Doubt],
        reader: Reader,
        budget: PageBudget,
    ) -> tuple[PageResult, PageResult, Decision]:
        """The page with the better readings of the next reader, that reader's result, and the decision."""
        result, doubt = doubtful
        sheet, why = self._sheet(page, doubt, reader)
        if sheet is not None:
            request = request.model_copy(update={"scene": "document"})
        reader.check(request)
        with budget.paying(reader, request) as paid:
            reading = reader.backend.recognize(page if sheet is None else sheet.page, request)
            paid.append(reading)
        named = signed(reading, reader.name)
        if sheet is None:
            merged_page, changed = merge_whole(result, named, doubt)
        else:
            merged_page, changed = _merge_sheet(result, named, sheet)
        count = len(doubt.lines)
        reason = f"{count} doubtful line{'s' if count != 1 else ''}, {changed} replaced; read {why}"
        return merged_page, reading, Decision(topic=self.name, choice=reader.name, reason=reason)

    def _sheet(self, page: Page, doubt: Doubt, reader: Reader) -> tuple[ContactSheet | None, str]:
        """The crops for the reader, or None for the whole page, with a description."""
        capabilities = reader.backend.capabilities
        if doubt.whole_page:
            return None, f"as a whole page, because {doubt.whole_page}"
        if not capabilities.levels & {"line", "word"}:
            return None, "as a whole page, because the reader gives no places"
        boxes = {number: line.box for number, line in doubt.lines.items()}
        sheet = contact_sheet(page, {n: Box(*box) for n, box in boxes.items() if box}, capabilities)
        if sheet is None:
            return None, "as a whole page, because the crops do not fit on one sheet"
        return sheet, "as crops on one sheet"

    def _nothing_doubtful(self) -> Decision:
        return Decision(topic=self.name, choice=self.readers[0].name, reason="no line is doubtful")


class Cascade(Strategy):
    """`cascade` for Python code: `Ocr(Cascade(first="ppocr", then="baidu", below=0.9))`."""

    kind = CascadeBackend
    name = CascadeBackend.name

    def __init__(
        self,
        first: str | type[OcrBackend] | OcrBackend,
        then: str | type[OcrBackend] | OcrBackend | list[Any] | tuple[Any, ...],
        **options: object,
    ) -> None:
        """Set up.

        Args:
            first: reads every page: a name, a dotted path, a class or a backend.
            then: reads the doubtful lines; a list for more than one stage.
            **options: the other `CascadeOptions`.
        """
        super().__init__({"first": first, "then": then, **options})


def _merge_sheet(result: PageResult, reading: PageResult, sheet: ContactSheet) -> tuple[PageResult, int]:
    old = result.lines
    replaced = {
        number: (joined(lines),)
        for number, lines in sheet.lines_of(reading).items()
        if is_better(lines, [old[number]])
    }
    return with_replaced(result, replaced), len(replaced)


def merge_whole(result: PageResult, reading: PageResult, doubt: Doubt) -> tuple[PageResult, int]:
    """The second reading of the page, with lines of the first that it lacks, or reads with more doubt."""
    if not is_better(reading.lines, list(doubt.lines.values())):
        return result, 0
    page = reading
    if all(line.box is not None for line in (*result.lines, *reading.lines)):

        def keeps_first(of_reading: Sequence[int], of_first: Sequence[int]) -> bool:
            first = [result.lines[number] for number in of_first]
            return not doubt.lines.keys() & set(of_first) and not is_better(
                [reading.lines[number] for number in of_reading], first
            )

        page = merged(reading, result, keeps_first)
    kept = {"trace": result.trace, "warnings": result.warnings, "fields": result.fields or reading.fields}
    return page.model_copy(update=kept), sum(line not in result.lines for line in page.lines)


def _is_tall(line: Line) -> bool:
    return line.box is not None and line.box.height > _TALL * line.box.width and len(line.text) > 2
