"""The backend `consensus`: several readers read every page, and vote on every word."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from ocrkit.alignment import LineGroup, group_lines
from ocrkit.backends.base import BackendFactory, BackendOptions, OcrBackend
from ocrkit.harmless import Harmless
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import Cost, Decision, Finding, Line, PageResult, Word, join_words
from ocrkit.strategies.base import (
    ReaderLike,
    Strategy,
    StrategyBackend,
    combined_capabilities,
    combined_trace,
    sign,
)
from ocrkit.strategies.budget import Budget, BudgetOptions, price_of_all
from ocrkit.strategies.merging import gaps_between_words, with_replaced
from ocrkit.strategies.voting import Unit, Vote, expected_right, mean_certainty, units, vote
from ocrkit.strategies.word_lists import WordLists, available_word_lists, require_word_lists

_ALONE = 0.7
"""A line that the main reading lacks is added if its words have this mean probability."""


_FIRST = 1.1
"""Another reading is the main one if it is expected to have 10 % more right letters than the first."""


class ConsensusOptions(BudgetOptions):
    """The options of `consensus`."""

    readers: Annotated[tuple[ReaderLike, ...], Field(min_length=2)]
    """The readers. Where they are equally sure, the first one decides."""
    undecided_below: Harmless[float] = Field(0.7, ge=0, le=1)
    """A word with a lower probability after the vote gets the other candidates as `alternatives`, and the
    page a finding."""
    word_lists: Harmless[bool | None] = None
    """Whether the more common of two words counts as the more probable one, in the requested languages.
    None: where `ocrkit[spelling]` is installed."""


class ConsensusBackend(StrategyBackend):
    """Reads pages with several readers, and takes each word from the one that is most probably right."""

    name = "consensus"
    Options: ClassVar[type[BackendOptions]] = ConsensusOptions

    def __init__(self, options: ConsensusOptions, create: BackendFactory) -> None:
        super().__init__(options.readers, create)
        self._options = options
        if options.word_lists:
            require_word_lists()
        self._lists = "" if options.word_lists is False else available_word_lists()
        self.budget = Budget(options, self.name)
        self.capabilities = combined_capabilities(self.readers, self.readers[0].backend.capabilities)

    def recognize(self, page: Page, request: Request) -> PageResult:
        """See `ocrkit.backends.base.OcrBackend`. A reader that fails is an error of the page."""
        results = []
        budget = self.budget.for_page()
        for reader in self.readers:
            reader.check(request)
            with budget.paying(reader, request) as paid:
                results.append(reader.backend.recognize(page, request))
                paid.append(results[-1])
        names = [reader.name for reader in self.readers]
        lists = WordLists.of(request.languages if self._lists else ())
        return combine(results, names, self._options.undecided_below, lists)

    def fingerprint(self) -> str:
        """See `ocrkit.backends.base.SupportsFingerprint`. The readers have their own."""
        return f"{self._options.undecided_below} {self._lists}".strip()

    def expected_cost(self, request: Request) -> Cost | None:
        """See `ocrkit.backends.base.SupportsCost`."""
        return price_of_all(self.readers, request)


class Consensus(Strategy):
    """`consensus` for Python code: `Ocr(Consensus("ppocr", "tesseract"))`."""

    kind = ConsensusBackend
    name = ConsensusBackend.name

    def __init__(self, *readers: str | type[OcrBackend] | OcrBackend, **options: object) -> None:
        """Set up.

        Args:
            *readers: two or more names, dotted paths, classes or backends.
            **options: the other `ConsensusOptions`.
        """
        super().__init__({"readers": readers, **options})


class _Readings(NamedTuple):
    """All readings of a page, the main one first."""

    lines: tuple[tuple[Line, ...], ...]
    names: tuple[str, ...]
    trust: tuple[float, ...]
    """The mean probability of the letters of each."""
    word_lists: WordLists


class _Piece(NamedTuple):
    """A word of the result."""

    word: Word
    reading: int
    gap: str | None
    """What is between it and the word before, if it is in the place of a word of the main reading."""


class _Combined(NamedTuple):
    """The lines of a group after the vote; none in place of a line whose words are in the line before."""

    lines: tuple[tuple[Line, ...], ...]
    votes: tuple[Vote, ...]


def combine(
    results: Sequence[PageResult],
    names: Sequence[str],
    undecided_below: float = 0.7,
    word_lists: WordLists | None = None,
) -> PageResult:
    """One result of several readings of a page. Layout and reading order are those of the main reading.

    The main reading is the first one, unless another has clearly more letters that are expected to be right.

    Args:
        results: the readings.
        names: the names of their readers.
        undecided_below: see `ConsensusOptions`.
        word_lists: those of the languages of the page.
    """
    letters = [expected_right(result.words) for result in results]
    letters[0] *= _FIRST
    rank = sorted(range(len(results)), key=lambda n: (-letters[n], n))
    ordered = [results[n] for n in rank]
    main = ordered[0]
    readings = _Readings(
        lines=tuple(result.lines for result in ordered),
        names=tuple(names[n] for n in rank),
        trust=tuple(mean_certainty(result.words) for result in ordered),
        word_lists=word_lists or WordLists(),
    )
    replaced: dict[int, tuple[Line, ...]] = {}
    added: dict[int, tuple[Line, ...]] = {}
    votes: list[Vote] = []
    last = -1
    for group in group_lines(readings.lines):
        if not group[0]:
            added[last] = (*added.get(last, ()), *_lines_of_others(group, readings))
            continue
        combined = _vote_on(group, readings, undecided_below)
        replaced |= dict(zip(group[0], combined.lines, strict=True))
        votes += combined.votes
        last = group[0][-1]
    page = with_replaced(main, replaced, {place: lines for place, lines in added.items() if lines})
    trace = combined_trace(ConsensusBackend.name, *ordered)
    agreement = _agreement(votes)
    decision = Decision(
        topic=ConsensusBackend.name,
        choice=readings.names[0],
        reason=f"its layout; the readers agree on {agreement or 0:.0%} of the letters",
    )
    return page.model_copy(
        update={
            "trace": trace.model_copy(update={"decisions": (decision, *trace.decisions)}),
            "findings": (*main.findings, *_findings(votes)),
            "quality": main.quality.model_copy(update={"agreement": agreement}),
            "warnings": tuple(dict.fromkeys(text for result in ordered for text in result.warnings)),
        }
    )


def _vote_on(group: LineGroup, page: _Readings, undecided_below: float) -> _Combined:
    """The lines of the main reading in a group, with the words that won."""
    lines = [page.lines[0][number] for number in group[0]]
    there = [reading for reading, numbers in enumerate(group) if numbers]
    chosen = [[page.lines[reading][number] for number in group[reading]] for reading in there]
    if len(there) == 1 or any(not line.words for each in chosen for line in each):
        return _Combined(tuple((sign(line, page.names[0]),) for line in lines), ())
    ends = list(accumulate(len(line.words) for line in lines))
    gaps = [gap for line in lines for gap in gaps_between_words(line)]
    rows: list[list[_Piece]] = [[] for _ in lines]
    votes = []
    trust = [page.trust[reading] for reading in there]
    for unit in units([tuple(word for line in each for word in line.words) for each in chosen]):
        own = _rows(unit, ends)
        is_movable = own[0] == own[-1]
        result = _marked(
            vote(unit, undecided_below, trust=trust, movable=is_movable, word_lists=page.word_lists)
        )
        votes.append(result)
        for number, word in enumerate(result.words):
            is_own = number == 0 if result.reading else True
            gap = gaps[unit.start + number] if unit.readings[0] and is_own else None
            row = own[number] if len(own) == len(result.words) else own[0]
            rows[row].append(_Piece(word, there[result.reading], gap))
    rebuilt = (_rebuilt(line, row, page.names) for line, row in zip(lines, rows, strict=True))
    return _Combined(tuple(rebuilt), tuple(votes))


def _rows(unit: Unit, ends: Sequence[int]) -> list[int]:
    """The lines of the words of the main reading; for words that it lacks, that of the word before."""
    places = range(unit.start, unit.start + len(unit.readings[0])) or [max(0, unit.start - 1)]
    return [bisect_right(ends, place) for place in places]


def _rebuilt(line: Line, pieces: Sequence[_Piece], names: Sequence[str]) -> tuple[Line, ...]:
    """The line with other words, and with the gaps between its own ones: none, one space, or wide ones."""
    if not pieces:
        return ()
    letters = Counter(dict.fromkeys(sorted({piece.reading for piece in pieces}), 0))
    text = ""
    for piece in pieces:
        letters[piece.reading] += len(piece.word.text)
        text = (
            join_words([text, piece.word.text]) if piece.gap is None else text + piece.gap + piece.word.text
        )
    name = names[letters.most_common(1)[0][0]]
    words = tuple(piece.word for piece in pieces)
    if text == line.text:
        return (sign(line.model_copy(update={"words": words}), name),)
    made = Line.of(
        words, text=text, raw_text=text, language=line.language, handwritten=line.handwritten, read_by=name
    )
    return (made,)


def _lines_of_others(group: LineGroup, page: _Readings) -> tuple[Line, ...]:
    """Lines at a place where the main reading has none, from the reading that is surest, if it is sure."""
    there = [
        ([page.lines[reading][number] for number in numbers], page.names[reading])
        for reading, numbers in enumerate(group)
        if numbers
    ]
    lines, name = max(there, key=lambda each: expected_right([w for line in each[0] for w in line.words]))
    words = [word for line in lines for word in line.words]
    if not words or mean_certainty(words) < _ALONE:
        return ()
    return tuple(sign(line, name) for line in lines)


def _marked(result: Vote) -> Vote:
    """The vote with words that refer to its finding, if there is one."""
    if not result.others:
        return result
    kind = _kind(result)
    words = tuple(word.model_copy(update={"finding": kind}) for word in result.words)
    return result._replace(words=words)


def _kind(result: Vote) -> Literal["digits", "differs"]:
    texts = [*(word.text for word in result.words), *(text for text, _ in result.others)]
    return "digits" if any(character.isdigit() for text in texts for character in text) else "differs"


def _findings(votes: Sequence[Vote]) -> list[Finding]:
    """One finding for each undecided unit, numbers first."""
    found = [
        Finding(
            kind=_kind(each),
            polygon=each.words[0].polygon,
            text=" ".join(word.text for word in each.words),
            seen=each.others[0][0],
            probability=each.others[0][1],
        )
        for each in votes
        if each.others and each.words
    ]
    return sorted(found, key=lambda finding: finding.kind != "digits")


def _agreement(votes: Sequence[Vote]) -> float | None:
    """The share of the letters on which at least two readings agree."""
    letters = [sum(len(word.text) for word in each.words) for each in votes]
    agreed = sum(count for count, each in zip(letters, votes, strict=True) if each.agreed)
    return agreed / sum(letters) if sum(letters) else None
