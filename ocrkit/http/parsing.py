"""From what services say about a page to what a result says: angles, per cents, points, characters.

The shape of a reply is a pydantic model of the backend, a `ReplyPart`: what is not of that shape is one error, told
here, whichever value it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box, Point, Polygon, Transform, bounding_box, polygon_area
from ocrkit.page import Encoded, Page
from ocrkit.result import Word

Turn: TypeAlias = Literal[0, 90, 180, 270]
_TURNS: tuple[Turn, ...] = (0, 90, 180, 270)
_M = TypeVar("_M", bound=BaseModel)
_T = TypeVar("_T")


class ReplyPart(BaseModel):
    """The base of a reply's model. Keys that nobody asked for are let be: services add some all the time."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)


def _present(value: Any) -> Any:
    return () if value is None else value


Several: TypeAlias = Annotated[tuple[_T, ...], BeforeValidator(_present)]
"""A list that may be null, which says the same as an empty one."""


def understood(model: type[_M], data: Any) -> _M:
    """The reply as its model; raises `BadResponseError`, which says where it is wrong and not what stands there."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "as a whole"
        text = f"the answer has another shape than expected: {where}: {first['msg']}"
    raise BadResponseError(text)


def upright_turn(degrees: float | None) -> Turn:
    """The clockwise turn that puts a page upright whose text is turned clockwise by so many degrees."""
    return _TURNS[round(-(degrees or 0.0) / 90) % 4]


def share(per_cent: float | None) -> float | None:
    """A confidence in per cent as one from 0 to 1."""
    return None if per_cent is None else min(1.0, max(0.0, per_cent / 100))


@dataclass(frozen=True)
class Placing:
    """Where things of the sent picture stand on the page."""

    to_page: Transform
    limit: Box

    @classmethod
    def of(cls, page: Page, sent: Encoded | None = None) -> Placing:
        return cls(sent.to_page if sent else Transform(), Box(0, 0, page.width, page.height))

    def polygon(self, points: Iterable[tuple[float, float]]) -> Polygon | None:
        """The outline on the page, clockwise, its first corner kept; None for what has no extent there."""
        outline = tuple(self.limit.nearest(self.to_page.point(Point(*point))) for point in points)
        area = polygon_area(outline) if len(outline) > 2 else 0.0
        if not area:
            return None
        return outline if area > 0 else (outline[0], *reversed(outline[1:]))


@dataclass(frozen=True)
class Character:
    """One character as a service found it."""

    text: str
    polygon: Polygon | None = None
    confidence: float | None = None


def words(text: str, characters: Sequence[Character]) -> tuple[Word, ...]:
    """The words of a line, parted by its spaces, each around its characters.

    Empty where the characters are not those of the line: then nobody can say which of them make up a word.
    """
    rest = [character for character in characters if character.text.strip()]
    found = []
    for part in text.split():
        own: list[Character] = []
        while rest and sum(len(character.text) for character in own) < len(part):
            own.append(rest.pop(0))
        if "".join(character.text for character in own) != part:
            return ()
        known = [character.confidence for character in own if character.confidence is not None]
        confidence = sum(known) / len(known) if known else None
        outline = _around([character.polygon for character in own])
        found.append(Word(text=part, polygon=outline, confidence=confidence))
    return () if rest else tuple(found)


def _around(polygons: Sequence[Polygon | None]) -> Polygon | None:
    """From the first character to the last, along the line: a turned word stays turned."""
    known = [polygon for polygon in polygons if polygon]
    if not known:
        return None
    first, last = known[0], known[-1]
    if len(first) == len(last) == 4:
        outline = (first[0], last[1], last[2], first[3])
        if polygon_area(outline) > 0:
            return outline
    return bounding_box(point for polygon in known for point in polygon).polygon
