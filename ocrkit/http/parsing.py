"""From what services say about a page to what a result says: angles, per cents, points, characters.

The shape of a reply is a pydantic model of the backend, a `ReplyPart`: what is not of that shape is one
error, told here, whichever value it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ocrkit.errors import BadResponseError
from ocrkit.geometry import Box, Point, Polygon, bounding_box, polygon_area
from ocrkit.result import Cell, Table, Word

Turn: TypeAlias = Literal[0, 90, 180, 270]
_LARGEST_TABLE = 100_000
_NO_AREA = 1e-6
_TURNS: tuple[Turn, ...] = (0, 90, 180, 270)
_M = TypeVar("_M", bound=BaseModel)
_T = TypeVar("_T")


class ResponseModel(BaseModel):
    """The base of a reply's model. Keys that nobody asked for are let be: services add some all the time."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)


def _present(value: Any) -> Any:
    return () if value is None else value


Several: TypeAlias = Annotated[tuple[_T, ...], BeforeValidator(_present)]
"""A list that may be null, which says the same as an empty one."""


def validated(model: type[_M], data: Any) -> _M:
    """The reply as its model; raises `BadResponseError`, which says where it is wrong, not what is there."""
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


def outline(points: Iterable[tuple[float, float]], width: int, height: int) -> Polygon | None:
    """Corners as an outline on the picture, clockwise, the first one kept; None for what has no extent."""
    limit = Box(0, 0, width, height)
    corners = tuple(limit.nearest(Point(*point)) for point in points)
    area = polygon_area(corners) if len(corners) > 2 else 0.0
    if abs(area) < _NO_AREA:
        return None
    return corners if area > 0 else (corners[0], *reversed(corners[1:]))


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
        around = _around([character.polygon for character in own])
        found.append(Word(text=part, polygon=around, confidence=confidence))
    return () if rest else tuple(found)


def _around(polygons: Sequence[Polygon | None]) -> Polygon | None:
    """From the first character to the last, along the line: a turned word stays turned."""
    known = [polygon for polygon in polygons if polygon]
    if not known:
        return None
    first, last = known[0], known[-1]
    if len(first) == len(last) == 4:
        corners = (first[0], last[1], last[2], first[3])
        if polygon_area(corners) > 0:
            return corners
    return bounding_box(point for polygon in known for point in polygon).polygon


def table_of(cells: Sequence[Mapping[str, Any]], edge: Polygon | None) -> Table:
    """A table of the cells that a service gave; raises `BadResponseError` for what cannot be one."""
    try:
        made = tuple(Cell(**cell) for cell in cells)
        rows = max((cell.row + cell.row_span for cell in made), default=0)
        columns = max((cell.column + cell.column_span for cell in made), default=0)
        if rows * columns <= _LARGEST_TABLE:
            return Table(cells=made, polygon=edge)
        text = f"{rows} × {columns} places"
    except ValidationError as error:
        text = error.errors(include_url=False, include_context=False, include_input=False)[0]["msg"]
    raise BadResponseError(f"the answer has a table that cannot be one: {text}")
