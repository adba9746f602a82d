"""Conformance tests for backends: inherit them, define `make`, run pytest.

    class TestMyBackend(BackendConformance):
        def make(self):
            return MyBackend(MyOptions())

pytest is imported only to skip a test, so the package can be imported without it.
"""

# ruff: noqa: S101, PT017 - tests that do not depend on pytest

from __future__ import annotations

import contextlib
import difflib
import logging
import os
from collections.abc import Iterator, Mapping
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
from ocrkit.registry import IsolatedBackend
from ocrkit.request import Capabilities, Mode, Request, Scene
from ocrkit.result import Block, Line, PageResult, Word
from ocrkit.testing.samples import DrawnPage, blank_page, draw_page

_UNSUPPORTED_LANGUAGE = "qaa"  # a tag for private use
_SECRET_NAMES = ("key", "secret", "token", "password", "credential")
_TOLERANCE = 1.0  # pixels
_THREADS = 4


class BackendConformance:
    """Tests that every backend must pass. Most of them share one instance of the backend."""

    reads: ClassVar[bool] = True
    """False for a backend that does not recognize text: tests that need the drawn text are skipped."""
    lines: ClassVar[tuple[str, ...]] = ("The quick brown fox", "jumps over the lazy dog")
    """The drawn text. Change it and `languages` for a backend that does not read English."""
    languages: ClassVar[tuple[str, ...]] = ("en",)
    min_found: ClassVar[float] = 0.9
    """The fraction of the drawn characters that must be found, in order."""

    _instances: ClassVar[dict[type, OcrBackend]] = {}
    _changed_globals: ClassVar[dict[type, set[str]]] = {}

    def make(self) -> OcrBackend:
        """Create the backend."""
        raise NotImplementedError(f"{type(self).__name__} must define make()")

    def other_request(self) -> Request:
        """A request that differs from `usual_request` as much as the backend allows."""
        scenes = sorted(self.capabilities.scenes - {"document"})
        modes = sorted(self.capabilities.modes - {"auto"})
        return Request(
            languages=self.languages,
            scene=scenes[0] if scenes else "document",
            mode=modes[0] if modes else "auto",
        )

    @property
    def usual_request(self) -> Request:
        """The request of most tests: `languages`, and the defaults."""
        return Request(languages=self.languages)

    @property
    def backend(self) -> OcrBackend:
        if type(self) not in self._instances:
            with self._record_global_changes():
                self._instances[type(self)] = self._make()
        return self._instances[type(self)]

    @property
    def capabilities(self) -> Capabilities:
        return self.backend.capabilities

    @classmethod
    def teardown_class(cls) -> None:
        cls._changed_globals.pop(cls, None)
        backend = cls._instances.pop(cls, None)
        if backend is not None:
            backend.close()

    def draw(self, *, index: int = 0, color: bool = False) -> DrawnPage:
        return draw_page(self.lines, index=index, color=color)

    # name, capabilities and options

    def test_is_a_backend(self) -> None:
        assert isinstance(self.backend, OcrBackend), "a backend needs name, capabilities, recognize and close"
        assert isinstance(self.capabilities, Capabilities)
        assert isinstance(self._kind.capabilities, Capabilities), "capabilities must be a class attribute"

    def test_name_is_a_lowercase_identifier(self) -> None:
        name = self.backend.name
        assert name.isidentifier(), f"the name {name!r} is not an identifier"
        assert name == name.lower(), f"the name {name!r} is not lowercase"

    def test_options_reject_unknown_keys(self) -> None:
        options = self._options()
        try:
            options.model_validate({"no_such_option_anywhere": 1})
        except ValidationError as error:
            assert "no_such_option_anywhere" in str(error)
        else:
            raise AssertionError("an unknown option was accepted: derive the options from BackendOptions")

    def test_options_hide_secrets(self) -> None:
        for name, field in self._options().model_fields.items():
            if any(part in name.lower() for part in _SECRET_NAMES) and "str" in str(field.annotation):
                assert "SecretStr" in str(field.annotation), f"the option '{name}' must be a SecretStr"
        for _, value in getattr(self.backend, "options", ()):
            if isinstance(value, SecretStr) and value.get_secret_value():
                assert value.get_secret_value() not in repr(self.backend), "repr() shows a secret"

    # results

    def test_result_has_the_index_and_size_of_the_page(self) -> None:
        page = self.draw(index=3).page
        result = self._read(page)
        assert (result.index, result.width, result.height) == (3, page.width, page.height)
        assert result.trace.backend == self.backend.name

    def test_blank_page_has_no_blocks(self) -> None:
        assert self._read(blank_page()).blocks == ()

    def test_finds_drawn_text_in_its_place(self) -> None:
        self._skip_unless_it_reads()
        drawn = self.draw()
        result = self._read(drawn.page)
        self._assert_found(result)
        if self.capabilities.polygons:
            boxes = [line.box for line in result.lines if line.box]
            for word, box in drawn.words:
                x, y = box.center
                inside = [b for b in boxes if b.left <= x <= b.right and b.top <= y <= b.bottom]
                assert inside, f"no line contains the center of '{word}' at {x:.0f}, {y:.0f}"

    def test_reads_gray_and_color_pages(self) -> None:
        self._skip_unless_it_reads()
        for color in (False, True):
            self._assert_found(self._read(self.draw(color=color).page))

    def test_polygons_are_clockwise_and_on_the_page(self) -> None:
        page = self.draw().page
        for element in self._elements(self._read(page)):
            if not self.capabilities.polygons:
                continue
            text, polygon = element.text, element.polygon
            assert polygon, f"{text!r} has no polygon"
            assert polygon_area(polygon) > 0, f"the polygon of {text!r} is not clockwise"
            assert all(_is_on(page, point) for point in polygon), f"the polygon of {text!r} leaves the page"

    def test_confidences_match_the_capabilities(self) -> None:
        result = self._read(self.draw().page)
        known = [each.confidence for each in self._elements(result) if each.confidence is not None]
        declared = self.capabilities.confidence
        assert all(0 <= value <= 1 for value in known)
        assert not (declared == "none" and known), "there are confidences, and the capabilities declare none"
        if self.reads and declared == "word":
            assert any(word.confidence is not None for word in result.words), "no word has a confidence"

    def test_levels_match_the_capabilities(self) -> None:
        result = self._read(self.draw().page)
        if "word" not in self.capabilities.levels:
            placed = [word for word in result.words if word.polygon]
            assert not placed, "words have places, and the capabilities declare none"
        elif self.reads:
            assert result.words, "there are no words, and the capabilities declare some"

    def test_result_survives_json(self) -> None:
        result = self._read(self.draw().page)
        assert PageResult.model_validate_json(result.model_dump_json()) == result

    def test_reads_tiny_pages(self) -> None:
        for width, height in ((1, 1), (1, 500), (500, 1)):
            result = self._read(blank_page(width, height))
            assert (result.width, result.height, result.blocks) == (width, height, ())

    # unsupported requests

    def test_rejects_an_unsupported_language(self) -> None:
        if self.capabilities.languages == "any":
            _skip("the backend supports every language")
        self._assert_rejected(Request(languages=(_UNSUPPORTED_LANGUAGE,)))

    def test_rejects_unsupported_modes(self) -> None:
        for mode in set(get_args(Mode)) - self.capabilities.modes:
            self._assert_rejected(Request(languages=self.languages, mode=mode))

    def test_rejects_unsupported_scenes(self) -> None:
        for scene in set(get_args(Scene)) - self.capabilities.scenes:
            self._assert_rejected(Request(languages=self.languages, scene=scene))

    # side effects

    def test_a_request_does_not_affect_the_next_one(self) -> None:
        page = self.draw().page
        before = self._read(page)
        self.backend.recognize(page, self.other_request())
        after = self._read(page)
        assert after.text == before.text, "a request changed the text of the next result"
        assert after.blocks == before.blocks, "a request changed the blocks of the next result"

    def test_does_not_change_the_page(self) -> None:
        page = self.draw(color=True).page
        before = page.pixels.copy()
        self._read(page)
        assert np.array_equal(page.pixels, before), "the pixels were changed"

    def test_closes_twice_and_reads_again(self) -> None:
        backend = self._make()
        page = self.draw().page
        first = backend.recognize(page, self.usual_request)
        backend.close()
        backend.close()
        assert backend.recognize(page, self.usual_request).text == first.text
        backend.close()

    def test_threads_share_it_as_declared(self) -> None:
        sharing = self.capabilities.sharing
        if sharing == "serial":
            _skip("the backend allows one call at a time")
        pages = [
            draw_page([f"{line} {number}" for line in self.lines]).page for number in range(2 * _THREADS)
        ]
        expected = [self._read(page).text for page in pages]
        backends = [self.backend] if sharing == "shared" else [self._make() for _ in range(_THREADS)]

        def read_some(thread: int) -> list[str]:
            backend = backends[thread % len(backends)]
            return [backend.recognize(page, self.usual_request).text for page in pages[thread::_THREADS]]

        with ThreadPoolExecutor(_THREADS) as threads:
            for thread, texts in enumerate(threads.map(read_some, range(_THREADS))):
                assert texts == expected[thread::_THREADS], "results in threads differ from sequential ones"
        for backend in backends[: 0 if sharing == "shared" else None]:
            backend.close()

    def test_changes_no_global_state_and_does_not_print(self, capfd: Any) -> None:
        with self._record_global_changes():
            backend = self._make()
            backend.recognize(self.draw().page, self.usual_request)
            backend.close()
        changed = self._changed_globals[type(self)]
        assert not changed, f"the backend changes global state: {', '.join(sorted(changed))}"
        assert capfd.readouterr().out == "", "the backend prints to standard output"

    # helpers

    def _make(self) -> OcrBackend:
        """The backend, in a worker process if it declares that."""
        backend = self.make()
        capabilities = getattr(backend, "capabilities", None)  # a test says so if there are none
        return IsolatedBackend(backend) if getattr(capabilities, "isolated", False) else backend

    @property
    def _kind(self) -> type[OcrBackend]:
        """The class of the backend."""
        backend = self.backend
        return type(backend.backend if isinstance(backend, IsolatedBackend) else backend)

    def _read(self, page: Page) -> PageResult:
        backend = self.backend
        with self._record_global_changes():
            return backend.recognize(page, self.usual_request)

    @contextlib.contextmanager
    def _record_global_changes(self) -> Iterator[None]:
        """Record changes in all tests: some occur only once in a process, in the test that runs first."""
        before = _global_state()
        yield
        changed = {name for name, value in _global_state().items() if value != before[name]}
        self._changed_globals.setdefault(type(self), set()).update(changed)

    def _options(self) -> type[BackendOptions]:
        options: type[BackendOptions] | None = getattr(self._kind, "Options", None)
        if options is None:
            _skip("the backend has no options")
        return options

    def _skip_unless_it_reads(self) -> None:
        if not self.reads:
            _skip("the backend does not recognize text")

    def _assert_found(self, result: PageResult) -> None:
        expected, actual = (_letters(text) for text in (" ".join(self.lines), result.text))
        blocks = difflib.SequenceMatcher(None, expected, actual, autojunk=False).get_matching_blocks()
        found = sum(block.size for block in blocks) / len(expected)
        assert found >= self.min_found, f"only {found:.0%} of the text was found: {result.text!r}"

    def _assert_rejected(self, request: Request) -> None:
        try:
            self.backend.recognize(self.draw().page, request)
        except CapabilityError as error:
            assert error.backend == self.backend.name, "the CapabilityError does not name the backend"
        else:
            raise AssertionError(f"{request!r} is not supported, but does not raise a CapabilityError")

    @staticmethod
    def _elements(result: PageResult) -> Iterator[Block | Line | Word]:
        yield from result.blocks
        yield from result.lines
        yield from result.words


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _is_on(page: Page, point: Point) -> bool:
    left, top = -_TOLERANCE, -_TOLERANCE
    return left <= point.x <= page.width + _TOLERANCE and top <= point.y <= page.height + _TOLERANCE


def _global_state() -> Mapping[str, object]:
    root = logging.getLogger()
    return {
        "os.environ": dict(os.environ),
        "the working directory": Path.cwd(),
        "the root logger": (root.level, list(root.handlers), list(root.filters), root.disabled),
        "PIL.Image.MAX_IMAGE_PIXELS": Image.MAX_IMAGE_PIXELS,
    }


def _skip(reason: str) -> NoReturn:
    import pytest

    pytest.skip(reason)
