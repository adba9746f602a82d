"""Reading a page with a model: whole, or block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, slots=True)
class VlmCall(Call[str]):
    """A request to a model."""

    preset: Preset = field(kw_only=True)
    model: str = field(kw_only=True)
    request: Request = field(kw_only=True)


class VlmRecognition(Recognition):
    """What a model read, and what the local engine sees on the same page."""

    decisions: tuple[Decision, ...] = ()
    cost: Cost | None = None
    seen: PageResult | None = None
    """In pixels of the page."""


class PageReading:
    """One page read with a model."""

    def __init__(
        self, session: Session, options: VlmOptions, call: VlmCall, page: Page, image: Encoded
    ) -> None:
        self.preset = call.preset
        self._session = session
        self._options = options
        self._call = call
        self._page = page
        self._image = image
        self._answers: list[Answer] = []
        self._warnings: list[str] = []

    def read_page(self, temperature: float | None) -> Recognition:
        """The whole page in one request, and in a second one if the first fails."""
        outcome, turn = self._ask_twice(self._page, self._image, self.preset.prompt, temperature)
        blocks, marks = self._content(outcome)
        if turn:
            blocks = _turned_back(blocks, turn, self._page, outcome.image, self._image)
        return self._recognition(blocks, marks, turn)

    def read_blocks(self, seen: PageResult, temperature: float | None) -> Recognition:
        """The blocks that the local engine found, each in its own request, in their order."""
        blocks: list[Block] = []
        marks: list[SelectionMark] = []
        for found in seen.blocks:
            region = _region(found, self._page)
            if region is None:
                continue
            crop = _crop(self._page, region)
            image = encode_page(crop, image_limits(self.preset.image))
            prompt = self.preset.prompts.get(found.kind, self.preset.prompt)
            outcome, _ = self._ask_twice(crop, image, prompt, temperature, may_be_empty=True)
            own, own_marks = self._content(outcome)
            marks += own_marks
            blocks += self._placed(own, found, region, outcome.image)
        return self._recognition(tuple(blocks), tuple(marks), seen.rotation)

    def _placed(
        self, blocks: tuple[Block, ...], found: Block, region: Box, image: Encoded
    ) -> Iterator[Block]:
        """The blocks of a crop, in pixels of the image of the page."""
        to_page = image.to_page.then(Transform.shift(region.left, region.top))
        transform = to_page.then(self._image.to_page.inverse())
        limit = Box(0, 0, self._image.width, self._image.height)
        outline = transform_region(found, self._image.to_page.inverse(), limit).polygon
        for block in blocks:
            placed = transform_region(block, transform, limit)
            kind = found.kind if block.kind == "text" else block.kind
            level = placed.level or (found.level if kind == "heading" else None)
            update = {"polygon": placed.polygon or outline, "kind": kind, "level": level}
            yield placed.model_copy(update=update)

    def _ask_twice(
        self,
        page: Page,
        image: Encoded,
        prompt: str | None,
        temperature: float | None,
        *,
        may_be_empty: bool = False,
    ) -> tuple[Outcome, Rotation]:
        """The better of at most two answers, and by how much the page was turned for it."""
        letters = quality.measure_ink(page).letters
        first = self._ask(image, prompt, temperature, letters)
        turn = first.reply.turn

        def ask_again() -> Outcome:
            turned = encode_page(_turned(page, turn), image_limits(self.preset.image)) if turn else image
            again = self.preset.retry_temperature
            if temperature is not None and again == temperature:
                again += 0.3
            return self._ask(turned, prompt, again, letters)

        outcome = best_of_two(first, ask_again)
        if outcome.problem:
            if not outcome.reply.pieces and not may_be_empty:
                raise BadResponseError(f"{outcome.problem}, twice; try another model or preset")
            self._warnings.append(f"{outcome.problem}, twice: the text of the page may be incomplete")
        return outcome, (turn if outcome is not first else 0)

    def _ask(self, image: Encoded, prompt: str | None, temperature: float | None, letters: int) -> Outcome:
        preset = self.preset
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
        answer = self._session.call(lambda attempt: complete(attempt, self._options, body))
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
    import numpy as np

    pixels: Pixels = np.ascontiguousarray(np.rot90(page.pixels, -degrees // 90))
    to_page = Transform.quarter_turns(degrees // 90, page.width, page.height).inverse()
    return page.derive(pixels, to_page)


def _turned_back(
    blocks: tuple[Block, ...], degrees: int, page: Page, turned: Encoded, image: Encoded
) -> tuple[Block, ...]:
    """From pixels of the turned image to those of the image of the page."""
    back = Transform.quarter_turns(degrees // 90, page.width, page.height).inverse()
    transform = turned.to_page.then(back).then(image.to_page.inverse())
    limit = Box(0, 0, image.width, image.height)
    found: list[Any] = [transform_region(block, transform, limit) for block in blocks]
    return tuple(found)
