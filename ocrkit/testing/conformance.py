"""What every backend has to keep, as tests: inherit them, say how yours is made, run pytest.

    class TestMyBackend(BackendConformance):
        def make(self):
            return MyBackend(MyOptions())

Nothing here imports pytest before it is needed, so that the package can be looked at without it.
"""

# ruff: noqa: S101, PT017 - these are tests, and plain ones because pytest is not imported

from __future__ import annotations

import contextlib
import difflib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, NoReturn, get_args

import numpy as np
from PIL import Image
from pydantic import SecretStr, ValidationError

from ocrkit.backends.base import BackendOptions, OcrBackend
from ocrkit.errors import CapabilityError
from ocrkit.geometry import Point, polygon_area
from ocrkit.page import Page
from ocrkit.request import Capabilities, Mode, Request, Scene
from ocrkit.result import Block, Line, PageResult, Word
from ocrkit.testing.samples import DrawnPage, blank_page, draw_page

_NOBODY_READS = "qaa"  # reserved for private use: no engine offers it
_SECRET_NAMES = ("key", "secret", "token", "password", "credential")
_PIXEL = 1.0
_THREADS = 4


class BackendConformance:
    """The tests. One backend is made for all of them, where they do not need one of their own."""

    reads: ClassVar[bool] = True
    """False for a backend that does not really read; what is on a page is then not looked for."""
    lines: ClassVar[tuple[str, ...]] = ("The quick brown fox", "jumps over the lazy dog")
    """What is drawn: change it, and `languages`, for a backend that does not read English."""
    languages: ClassVar[tuple[str, ...]] = ("en",)
    found: ClassVar[float] = 0.9
    """The share of the drawn characters that has to be found, in order."""

    _made: ClassVar[dict[type, OcrBackend]] = {}
    _touched: ClassVar[dict[type, set[str]]] = {}

    def make(self) -> OcrBackend:
        """A backend as a user would make it."""
        raise NotImplementedError(f"{type(self).__name__} has to define make()")

    def other_request(self) -> Request:
        """A request as unlike the usual one as the backend allows."""
        scenes = sorted(self.capabilities.scenes - {"document"})
        modes = sorted(self.capabilities.modes - {"auto"})
        return Request(
            languages=self.languages,
            scene=scenes[0] if scenes else "document",
            mode=modes[0] if modes else "auto",
        )

    @property
    def usual_request(self) -> Request:
        """The usual request."""
        return Request(languages=self.languages)

    @property
    def backend(self) -> OcrBackend:
        if type(self) not in self._made:
            with self._watching():
                self._made[type(self)] = self.make()
        return self._made[type(self)]

    @property
    def capabilities(self) -> Capabilities:
        return self.backend.capabilities

    @classmethod
    def teardown_class(cls) -> None:
        cls._touched.pop(cls, None)
        made = cls._made.pop(cls, None)
        if made is not None:
            made.close()

    def draw(self, *, index: int = 0, colour: bool = False) -> DrawnPage:
        return draw_page(self.lines, index=index, colour=colour)

    # what it says about itself

    def test_is_a_backend(self) -> None:
        assert isinstance(self.backend, OcrBackend), "a backend has name, capabilities, recognize and close"
        assert isinstance(self.capabilities, Capabilities)
        assert isinstance(type(self.backend).capabilities, Capabilities), "capabilities belong to the class"

    def test_has_a_name_that_configuration_can_use(self) -> None:
        name = self.backend.name
        assert name.isidentifier(), f"{name!r} is no name"
        assert name == name.lower(), f"{name!r} is not in small letters"

    def test_options_refuse_unknown_keys(self) -> None:
        options = self._options()
        try:
            options.model_validate({"no_such_option_anywhere": 1})
        except ValidationError as error:
            assert "no_such_option_anywhere" in str(error)
        else:
            raise AssertionError("an unknown option was accepted; derive the options from BackendOptions")

    def test_options_hide_secrets(self) -> None:
        for name, field in self._options().model_fields.items():
            if any(part in name.lower() for part in _SECRET_NAMES) and "str" in str(field.annotation):
                assert "SecretStr" in str(field.annotation), f"the option '{name}' has to be a SecretStr"
        for _, value in getattr(self.backend, "options", ()):
            if isinstance(value, SecretStr) and value.get_secret_value():
                assert value.get_secret_value() not in repr(self.backend), "repr() shows a secret"

    # what it answers

    def test_result_covers_the_page(self) -> None:
        page = self.draw(index=3).page
        result = self._read(page)
        assert (result.index, result.width, result.height) == (3, page.width, page.height)
        assert result.trace.backend == self.backend.name

    def test_blank_page_has_no_blocks(self) -> None:
        assert self._read(blank_page()).blocks == ()

    def test_finds_drawn_text_where_it_stands(self) -> None:
        self._only_if_it_reads()
        drawn = self.draw()
        result = self._read(drawn.page)
        self._assert_found(result)
        if self.capabilities.polygons:
            boxes = [line.box for line in result.lines if line.box]
            for word, box in drawn.words:
                x, y = box.center
                inside = [b for b in boxes if b.left <= x <= b.right and b.top <= y <= b.bottom]
                assert inside, f"no line was found where '{word}' stands, at {x:.0f}, {y:.0f}"

    def test_reads_gray_and_colour(self) -> None:
        self._only_if_it_reads()
        for colour in (False, True):
            self._assert_found(self._read(self.draw(colour=colour).page))

    def test_polygons_lie_on_the_page_clockwise(self) -> None:
        page = self.draw().page
        for region in self._regions(self._read(page)):
            if not self.capabilities.polygons:
                continue
            assert region.polygon, f"no polygon for {region.text!r}"
            assert polygon_area(region.polygon) > 0, f"{region.text!r} is not outlined clockwise"
            assert all(_on(page, point) for point in region.polygon), f"{region.text!r} lies off the page"

    def test_confidences_are_as_announced(self) -> None:
        result = self._read(self.draw().page)
        known = [region.confidence for region in self._regions(result) if region.confidence is not None]
        announced = self.capabilities.confidence
        assert all(0 <= value <= 1 for value in known)
        assert not (announced == "none" and known), "confidences though none were announced"
        if self.reads and announced == "word":
            assert any(word.confidence is not None for word in result.words), "no word has a confidence"

    def test_levels_are_as_announced(self) -> None:
        result = self._read(self.draw().page)
        if "word" not in self.capabilities.levels:
            assert not result.words, "words though the capabilities know of none"
        elif self.reads:
            assert result.words, "no words though the capabilities announce them"

    def test_result_survives_json(self) -> None:
        result = self._read(self.draw().page)
        assert PageResult.model_validate_json(result.model_dump_json()) == result

    def test_reads_the_smallest_page(self) -> None:
        for width, height in ((1, 1), (1, 500), (500, 1)):
            result = self._read(blank_page(width, height))
            assert (result.width, result.height, result.blocks) == (width, height, ())

    # what it refuses

    def test_refuses_a_language_it_does_not_offer(self) -> None:
        if self.capabilities.languages == "any":
            _skip("it offers every language")
        self._assert_refused(Request(languages=(_NOBODY_READS,)))

    def test_refuses_modes_it_does_not_offer(self) -> None:
        for mode in set(get_args(Mode)) - self.capabilities.modes:
            self._assert_refused(Request(languages=self.languages, mode=mode))

    def test_refuses_scenes_it_does_not_offer(self) -> None:
        for scene in set(get_args(Scene)) - self.capabilities.scenes:
            self._assert_refused(Request(languages=self.languages, scene=scene))

    # what it leaves behind

    def test_one_request_does_not_leak_into_the_next(self) -> None:
        page = self.draw().page
        before = self._read(page)
        self.backend.recognize(page, self.other_request())
        after = self._read(page)
        assert after.text == before.text, "a request changed how the next one is read"
        assert after.blocks == before.blocks, "a request changed what the next one says"

    def test_leaves_the_page_alone(self) -> None:
        page = self.draw(colour=True).page
        before = page.pixels.copy()
        self._read(page)
        assert np.array_equal(page.pixels, before), "the pixels were changed"

    def test_closes_twice_and_opens_again(self) -> None:
        backend = self.make()
        page = self.draw().page
        first = backend.recognize(page, self.usual_request)
        backend.close()
        backend.close()
        assert backend.recognize(page, self.usual_request).text == first.text
        backend.close()

    def test_keeps_what_it_says_about_threads(self) -> None:
        sharing = self.capabilities.sharing
        if sharing == "serial":
            _skip("it asks to be called once at a time")
        pages = [
            draw_page([f"{line} {number}" for line in self.lines]).page for number in range(2 * _THREADS)
        ]
        expected = [self._read(page).text for page in pages]
        backends = [self.backend] if sharing == "shared" else [self.make() for _ in range(_THREADS)]

        def read_some(thread: int) -> list[str]:
            backend = backends[thread % len(backends)]
            return [backend.recognize(page, self.usual_request).text for page in pages[thread::_THREADS]]

        with ThreadPoolExecutor(_THREADS) as threads:
            for thread, texts in enumerate(threads.map(read_some, range(_THREADS))):
                assert texts == expected[thread::_THREADS], (
                    "threads read something else than one after the other"
                )
        for backend in backends[: 0 if sharing == "shared" else None]:
            backend.close()

    def test_touches_nothing_global_and_does_not_print(self, capfd: Any) -> None:
        with self._watching():
            backend = self.make()
            backend.recognize(self.draw().page, self.usual_request)
            backend.close()
        touched = self._touched[type(self)]
        assert not touched, f"this belongs to everyone and was changed: {', '.join(sorted(touched))}"
        assert capfd.readouterr().out == "", "a backend does not print"

    # helpers

    def _read(self, page: Page) -> PageResult:
        backend = self.backend
        with self._watching():
            return backend.recognize(page, self.usual_request)

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        """Notes what is changed: a fault may show only once in a process, in whichever test comes first."""
        before = _surroundings()
        yield
        changed = {name for name, value in _surroundings().items() if value != before[name]}
        self._touched.setdefault(type(self), set()).update(changed)

    def _options(self) -> type[BackendOptions]:
        options: type[BackendOptions] | None = getattr(type(self.backend), "Options", None)
        if options is None:
            _skip("it has no options")
        return options

    def _only_if_it_reads(self) -> None:
        if not self.reads:
            _skip("it does not read")

    def _assert_found(self, result: PageResult) -> None:
        wanted, got = (_letters(text) for text in (" ".join(self.lines), result.text))
        blocks = difflib.SequenceMatcher(None, wanted, got, autojunk=False).get_matching_blocks()
        share = sum(block.size for block in blocks) / len(wanted)
        assert share >= self.found, f"{share:.0%} of the text was found: {result.text!r}"

    def _assert_refused(self, request: Request) -> None:
        try:
            self.backend.recognize(self.draw().page, request)
        except CapabilityError as error:
            assert error.backend == self.backend.name, "the error does not name the backend"
        else:
            raise AssertionError(f"{request!r} is not offered and was answered all the same")

    @staticmethod
    def _regions(result: PageResult) -> Iterator[Block | Line | Word]:
        yield from result.blocks
        yield from result.lines
        yield from result.words


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _on(page: Page, point: Point) -> bool:
    return -_PIXEL <= point.x <= page.width + _PIXEL and -_PIXEL <= point.y <= page.height + _PIXEL


def _surroundings() -> Mapping[str, object]:
    root = logging.getLogger()
    looks: Mapping[str, Callable[[], object]] = {
        "os.environ": lambda: dict(os.environ),
        "the working directory": Path.cwd,
        "the root logger": lambda: (root.level, list(root.handlers), list(root.filters), root.disabled),
        "PIL.Image.MAX_IMAGE_PIXELS": lambda: Image.MAX_IMAGE_PIXELS,
    }
    return {name: look() for name, look in looks.items()}


def _skip(reason: str) -> NoReturn:
    import pytest

    pytest.skip(reason)
