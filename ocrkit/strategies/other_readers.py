"""What the first reader of `auto` does not read, read by the others: by script, whole pages or lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ocrkit.backends.base import Requirement, SupportsScripts
from ocrkit.errors import BackendError, MissingDependencyError
from ocrkit.letters import LATIN
from ocrkit.models import models_for
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import Decision, PageResult
from ocrkit.scripts import VIETNAMESE, name_of, script_of_language
from ocrkit.scripts.advice import area, doubted_lines, language_of, next_step, unread_share
from ocrkit.strategies.base import Reader, combined_trace, signed
from ocrkit.strategies.reread import read_doubted, read_lines, read_page

_WHOLE_PAGE = 0.5
"""The share of unread text above which the next reader gets the whole page, not crops."""
_NO_READER = "for which no reader is installed"


@dataclass(frozen=True)
class OtherReaders:
    """The readers for one page whose first reading lacks text, or doubts it."""

    topic: str
    """The topic of the decisions."""
    readers: tuple[Reader, ...]
    """All readers, the first one too: it may have models for other languages."""
    page: Page
    request: Request

    def read_rest(self, result: PageResult) -> PageResult:
        """The page with lines that the first reader does not read, or may not have read, read by others."""
        decisions: list[Decision] = []
        readings: list[PageResult] = []
        for script in _by_area(result):
            if not _is_left(result, script):
                continue  # it was at the places of another script, which are read now
            reader, languages = self._reader_for(script)
            if reader is None:
                decisions += self._without_reader(result, script)
                continue
            choice = f"{reader.name} ({', '.join(languages)})"
            try:
                result, read, how = self._read(result, script, reader, languages)
            except (BackendError, MissingDependencyError) as error:
                decisions.append(Decision(topic=self.topic, choice="not read", reason=error.message))
                continue
            readings += read
            decisions.append(Decision(topic=self.topic, choice=choice, reason=how))
            if _is_left(result, script):
                decisions.append(self._left_by(choice, script, languages))
        if readings:
            trace = combined_trace(self.topic, result, *readings)
            result = signed(result, self.readers[0].name).model_copy(update={"trace": trace})
        return explained(result, *decisions)

    def read_vietnamese(self, result: PageResult) -> PageResult:
        """The page read by a reader that has the marks of Vietnamese, if there is one."""
        reader, languages = self._reader_for(VIETNAMESE)
        first = self.readers[0].name
        reason = f"the page looks Vietnamese, whose marks {first} lacks"
        if reader is None:
            chosen = Decision(topic=self.topic, choice=first, reason=f"{reason}: no reader is installed")
            return explained(result, chosen, next_step(VIETNAMESE, self._command("vi"), _NO_READER))
        asked = self.request.model_copy(update={"languages": languages})
        try:
            reading = reader.backend.recognize(self.page, asked)
        except (BackendError, MissingDependencyError) as error:
            return explained(result, Decision(topic=self.topic, choice=first, reason=error.message))
        choice = f"{reader.name} ({', '.join(languages)})"
        return explained(reading, Decision(topic=self.topic, choice=choice, reason=reason))

    def _read(
        self, result: PageResult, script: str, reader: Reader, languages: tuple[str, ...]
    ) -> tuple[PageResult, list[PageResult], str]:
        """The page with the lines in a script, the readings, and how they were read."""
        asked = self.request.model_copy(update={"languages": languages, "scene": "document"})
        readings: list[PageResult] = []
        steps: list[str] = []
        if count := sum(each.script == script for each in result.unread):
            what = "these lines"
            if (unread_share(result) or 0) > _WHOLE_PAGE:
                result, reading = read_page(self.page, asked, result, script, reader)
                readings.append(reading)
                what = "the whole page"
            if left := sum(each.script == script for each in result.unread):
                result, reading = read_lines(self.page, asked, result, script, reader)
                readings.append(reading)
                what = f"the whole page, and {_lines(left)} again as crops" if readings[1:] else what
            steps.append(f"{_lines(count)} in {name_of(script)}; it reads {what}")
        if count := len(doubted_lines(result).get(script, ())):
            asked = asked.model_copy(update={"languages": self._with_latin(reader, asked)})
            result, reading, better = read_doubted(self.page, asked, result, script, reader)
            readings.append(reading)
            steps.append(f"{_lines(count)} that may be {name_of(script)}; its reading is better in {better}")
        return result, readings, "; ".join(steps)

    def _with_latin(self, reader: Reader, asked: Request) -> tuple[str, ...]:
        """The languages with one in Latin letters: the reader then decides between the scripts."""
        latin = reader.backend.languages_for(LATIN) if isinstance(reader.backend, SupportsScripts) else ()
        both = tuple(dict.fromkeys((*asked.languages, *latin[:1])))
        wider = asked.model_copy(update={"languages": both})
        return asked.languages if reader.gaps(wider) or reader.missing_models(wider) else both

    def _reader_for(self, script: str) -> tuple[Reader | None, tuple[str, ...]]:
        """The first reader with an installed language of a script, and the languages to request."""
        wanted = self._requested(script)
        for reader in self.readers:
            backend = reader.backend
            languages: tuple[str, ...] = ()
            if wanted:
                languages = wanted if all(backend.capabilities.language(tag) for tag in wanted) else ()
            elif isinstance(backend, SupportsScripts):
                languages = backend.languages_for(script)
            if languages:
                return reader, languages
        return None, ()

    def _requested(self, script: str) -> tuple[str, ...]:
        """The requested languages of a script."""
        languages = self.request.languages
        if script == VIETNAMESE:
            return ("vi",) if "vi" in languages else ()
        return tuple(tag for tag in languages if script_of_language(tag) == script)

    def _without_reader(self, result: PageResult, script: str) -> list[Decision]:
        language = next(iter(self._requested(script)), language_of(script))
        command = self._command(language)
        count = sum(each.script == script for each in result.unread)
        if count:
            choice, reason = "not read", f"{_lines(count)} in {name_of(script)}: no reader is installed"
        else:
            count = len(doubted_lines(result).get(script, ()))
            choice = self.readers[0].name
            reason = f"{_lines(count)} that may be {name_of(script)}: no reader is installed"
        return [
            Decision(topic=self.topic, choice=choice, reason=reason),
            next_step(script, command, _NO_READER),
        ]

    def _left_by(self, choice: str, script: str, languages: tuple[str, ...]) -> Decision:
        """What to do about lines that a reader of their script did not read."""
        command = "a clearer picture"
        if not set(languages) <= set(self.request.languages):
            command = f"name the language, as in `--lang {languages[0]}`, or get a clearer picture"
        return next_step(script, command, f"and {choice} read nothing likely there")

    def _command(self, language: str) -> str:
        """The commands that install a reader of a language."""
        commands = [f"`ocrkit models fetch {language}`"]
        found = models_for(language)
        engine = next((reader for reader in self.readers if found and reader.name == found[0].engine), None)
        if engine is not None:
            commands += [f"`{each.install}`" for each in _missing(engine)]
        return " and ".join(commands)


def explained(result: PageResult, *decisions: Decision) -> PageResult:
    """The result with more decisions, which come before those of the reader."""
    trace = result.trace.model_copy(update={"decisions": (*decisions, *result.trace.decisions)})
    return result.model_copy(update={"trace": trace})


def backend_of(reader: Reader) -> object:
    """The backend itself, without what makes it a reader."""
    return getattr(reader.backend, "backend", reader.backend)


def _missing(reader: Reader) -> list[Requirement]:
    """What a reader lacks."""
    needed: Sequence[Requirement] = getattr(backend_of(reader), "requires", ())
    return [each for each in needed if not each.optional and not each.is_installed]


def _is_left(result: PageResult, script: str) -> bool:
    """Whether lines in a script were not read, or may not have been read."""
    return any(each.script == script for each in result.unread) or script in doubted_lines(result)


def _by_area(result: PageResult) -> list[str]:
    """The scripts of lines that were not read, or may not have been read, the largest first."""
    areas: Counter[str] = Counter()
    for each in result.unread:
        if each.script:
            areas[each.script] += round(area(each.polygon))
    for script, lines in doubted_lines(result).items():
        areas[script] += sum(round(area(line.polygon)) for line in lines)
    return [script for script, _ in areas.most_common()]


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
