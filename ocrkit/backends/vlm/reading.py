"""Reading a page with a model: whole, or block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ocrkit import quality
from ocrkit.backends.remote import Call, Recognition, Rotation, encode_page
from ocrkit.backends.vlm.answer import Answer
from ocrkit.backends.vlm.assemble import assemble, scale_of
from ocrkit.backends.vlm.chat import complete
from ocrkit.backends.vlm.confidence import with_confidences
from ocrkit.backends.vlm.formats import parse_reply
from ocrkit.backends.vlm.guards import token_limit
from ocrkit.backends.vlm.judging import Outcome, best_of_two, problem_of
from ocrkit.backends.vlm.options import VlmOptions
from ocrkit.backends.vlm.preset import Preset
from ocrkit.backends.vlm.request import image_limits, request_body
from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box, Transform
from ocrkit.http import Session
from ocrkit.page import Encoded, Page, Pixels
from ocrkit.request import Request
from ocrkit.result import Block, Cost, Decision, PageResult, SelectionMark
from ocrkit.result.blocks import transform_region

_MARGIN = 0.15
"""The space around a block, in heights of its lines."""
_SMALLEST = 8
_ROTATIONS: tuple[Rotation, ...] = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True)
class VlmCall(Call[str]):
    """A request to a model."""

    preset: Preset = field(kw_only=True)
    model: str = field(kw_only=True)
    request: Request = field(kw_only=True)


class VlmRecognition(Recognition):
    """The model's reading of a page, and the local engine's reading of the same page."""

    decisions: tuple[Decision, ...] = ()
    cost: Cost | None = None
    """By the prices of tokens."""
    calls: int = 0
    """The number of answers."""
    seen: PageResult | None = None
    """In pixels of the page."""


class PageReading:
    """One page read with a model."""

    def __init__(
        self,
        session: Session,
        options: VlmOptions,
        call: VlmCall,
        page: Page,
        *,
        image: Encoded,
        seen: PageResult | None = None,
    ) -> None:
        """Set up; nothing is sent.

        Args:
            session: the calls for the page.
            options: the options of the backend.
            call: how the model is asked.
            page: the page.
            image: the page as it is sent.
            seen: what the local engine read on the page.
        """
        self.preset = call.preset
        self._session = session
        self._options = options
        self._call = call
        self._page = page
        self._image = image
        self._answers: list[Answer] = []
        self._warnings: list[str] = []
        self._seen = seen
        self._rotation: Rotation = seen.rotation if seen else 0

    def read(self, temperature: float | None) -> Recognition:
        """The text of the page."""
        if self.preset.regions == "blocks" and self._seen is not None and self._seen.blocks:
            return self._read_blocks(self._seen, temperature)
        return self._read_page(temperature)

    def _read_page(self, temperature: float | None) -> Recognition:
        """The whole page in one request, and in a second one if the first fails."""
        outcome, turn = self._ask_twice(self._page, self.preset.prompt, temperature)
        blocks, marks = self._content(outcome)
        transform = _from_image(outcome.image, self._page, turn).then(self._image.to_page.inverse())
        return self._recognition(tuple(self._moved(blocks, transform)), marks, turn)

    def _read_blocks(self, seen: PageResult, temperature: float | None) -> Recognition:
        """The blocks that the local engine found, each in its own request, in their order."""
        blocks: list[Block] = []
        marks: list[SelectionMark] = []
        for found in seen.blocks:
            region = _region(found, self._page)
            if region is None:
                continue
            crop = _crop(self._page, region)
            prompt = self.preset.prompts.get(found.kind, self.preset.prompt)
            outcome, turn = self._ask_twice(crop, prompt, temperature, may_be_empty=True)
            own, own_marks = self._content(outcome)
            marks += own_marks
            to_page = _from_image(outcome.image, crop, turn).then(Transform.shift(region.left, region.top))
            blocks += self._placed(own, found, to_page.then(self._image.to_page.inverse()))
        return self._recognition(tuple(blocks), tuple(marks), self._rotation)

    def _placed(self, blocks: Sequence[Block], found: Block, transform: Transform) -> Iterator[Block]:
        """The blocks that were read in a crop; their kind and box are those of the crop if they have none."""
        (outline,) = self._moved([Block(polygon=found.polygon)], self._image.to_page.inverse())
        for block in self._moved(blocks, transform):
            kind = found.kind if block.kind == "text" and found.kind != "table" else block.kind
            level = block.level or (found.level if kind == "heading" else None)
            update = {"polygon": block.polygon or outline.polygon, "kind": kind, "level": level}
            yield block.model_copy(update=update)

    def _moved(self, blocks: Sequence[Block], transform: Transform) -> Iterator[Block]:
        """The blocks in pixels of the image of the page."""
        limit = Box(0, 0, self._image.width, self._image.height)
        for block in blocks:
            yield transform_region(block, transform, limit)

    def _ask_twice(
        self, page: Page, prompt: str | None, temperature: float | None, *, may_be_empty: bool = False
    ) -> tuple[Outcome, Rotation]:
        """The better of at most two answers, and by how much the page was turned for it.

        The page is first turned as the local engine found it. The second request has another temperature, and
        is turned as the model asks, or else not at all.
        """
        letters = quality.measure_ink(page).letters
        turn = self._rotation
        first = self._ask(page, turn, prompt, temperature, letters)
        other = _ROTATIONS[(turn + first.reply.turn) // 90 % 4] if first.reply.turn else _ROTATIONS[0]

        def ask_again() -> Outcome:
            again = self.preset.retry_temperature
            again += 0.3 if again == temperature else 0.0
            return self._ask(page, other, prompt, again, letters)

        outcome = best_of_two(first, ask_again)
        if outcome.problem:
            if not outcome.reply.pieces and not may_be_empty:
                raise BadResponseError(f"{outcome.problem}, twice; try another model or preset")
            self._warnings.append(f"{outcome.problem}, twice: the text of the page may be incomplete")
        return outcome, (turn if outcome is first else other)

    def _ask(
        self, page: Page, turn: Rotation, prompt: str | None, temperature: float | None, letters: int
    ) -> Outcome:
        preset = self.preset
        is_whole_page = page is self._page and not turn
        image = self._image if is_whole_page else encode_page(_turned(page, turn), image_limits(preset.image))
        limit = token_limit(letters, preset.max_tokens)
        body = request_body(
            self._options,
            preset,
            self._call.model,
            image,
            prompt=prompt,
            temperature=temperature,
            max_tokens=limit,
        )
        answer = self._session.call(lambda attempt: complete(attempt, self._options, body, letters))
        self._answers.append(answer)
        reply = parse_reply(answer.text, preset.format)
        return Outcome(answer, reply, image, problem_of(answer, reply, letters, limit))

    def _content(self, outcome: Outcome) -> tuple[tuple[Block, ...], tuple[SelectionMark, ...]]:
        preset, image = self.preset, outcome.image
        scale = scale_of(preset.boxes, preset.image, image.width, image.height)
        blocks, marks, warnings = assemble(outcome.reply, scale)
        self._warnings += [*outcome.reply.warnings, *warnings]
        return with_confidences(blocks, outcome.answer.tokens), marks

    def _recognition(
        self, blocks: tuple[Block, ...], marks: tuple[SelectionMark, ...], rotation: Rotation
    ) -> VlmRecognition:
        sent = sum(answer.input_tokens for answer in self._answers)
        received = sum(answer.output_tokens for answer in self._answers)
        endings = ", ".join(dict.fromkeys(answer.ending for answer in self._answers))
        reason = f"requests: {len(self._answers)} ({endings}), tokens sent: {sent}, received: {received}"
        return VlmRecognition(
            blocks=blocks,
            marks=marks,
            rotation=rotation,
            warnings=tuple(dict.fromkeys(self._warnings)),
            decisions=(Decision(topic="model", choice=self._call.model, reason=reason),),
            cost=_cost(self._options, sent, received, len(self._answers)),
            calls=len(self._answers),
        )


def _cost(options: VlmOptions, sent: int, received: int, calls: int) -> Cost | None:
    prices = (options.price_per_million_input, options.price_per_million_output)
    if prices == (None, None):
        return None
    amount = (sent * (prices[0] or 0) + received * (prices[1] or 0)) / 1e6
    return Cost(amount=amount, currency=options.currency, calls=calls)


def _region(block: Block, page: Page) -> Box | None:
    """The box of a block with a margin, in whole pixels."""
    box = block.box
    if box is None:
        return None
    heights = [line.box.height for line in block.lines if line.box]
    margin = max(2.0, _MARGIN * (min(heights) if heights else box.height))
    region = Box(
        max(0, math.floor(box.left - margin)),
        max(0, math.floor(box.top - margin)),
        min(page.width, math.ceil(box.right + margin)),
        min(page.height, math.ceil(box.bottom + margin)),
    )
    return region if min(region.width, region.height) >= _SMALLEST else None


def _crop(page: Page, region: Box) -> Page:
    left, top, right, bottom = map(int, region)
    return page.derive(page.pixels[top:bottom, left:right], Transform.shift(left, top))


def _turned(page: Page, degrees: int) -> Page:
    """The page turned clockwise."""
    if not degrees:
        return page
    pixels: Pixels = np.ascontiguousarray(np.rot90(page.pixels, -degrees // 90))
    to_page = Transform.quarter_turns(degrees // 90, page.width, page.height).inverse()
    return page.derive(pixels, to_page)


def _from_image(image: Encoded, page: Page, degrees: int) -> Transform:
    """The transform from the image of a turned page to the page."""
    return image.to_page.then(Transform.quarter_turns(degrees // 90, page.width, page.height).inverse())
