"""Lines of text boxes that were added to a page as annotations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ocrkit.geometry import Box
from ocrkit.glyphs import Note, TextLayer
from ocrkit.opencv import cv2
from ocrkit.result import Line
from ocrkit.text_layer.lines import READ_BY

_LEAST_CONTRAST = 40
"""Gray levels between a letter and the paper."""
_LETTERS = (0.3, 2.5)
"""Separate parts of ink for each letter or digit. Letters touch in a small picture; some have two parts."""
_WIDEST = 0.8
"""Share of the box from which a part is a frame."""


def visible_notes(layer: TextLayer) -> tuple[Note, ...]:
    """The text boxes that show about as many letters as their text has.

    The appearance of a text box is a drawing of its own, which may be missing, or show something else.
    """
    return tuple(note for note in layer.notes if _shows_its_text(layer, note))


def _shows_its_text(layer: TextLayer, note: Note) -> bool:
    scale_x, scale_y = layer.picture_scale
    box = note.box
    inside = layer.background[
        max(0, int(box.top * scale_y)) : max(0, int(box.bottom * scale_y) + 1),
        max(0, int(box.left * scale_x)) : max(0, int(box.right * scale_x) + 1),
    ]
    if not inside.size:
        return False
    paper = int(np.bincount(inside.ravel(), minlength=256).argmax())
    ink = np.asarray(np.abs(inside.astype(np.int16) - paper) >= _LEAST_CONTRAST, np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    parts = np.count_nonzero(stats[1:, cv2.CC_STAT_WIDTH] < _WIDEST * inside.shape[1])
    letters = sum(character.isalnum() for character in note.text)
    least, most = _LETTERS
    return bool(least * letters <= parts <= most * max(letters, 1))


def lines_of_notes(notes: Sequence[Note]) -> list[Line]:
    """The lines of text boxes. Each takes an equal part of the height, because their places are unknown."""
    lines: list[Line] = []
    for note in notes:
        texts = [" ".join(each.split()) for each in note.text.splitlines()]
        bounds = np.linspace(note.box.top, note.box.bottom, len(texts) + 1).tolist()
        lines += [
            Line(text=text, polygon=Box(note.box.left, top, note.box.right, bottom).polygon, read_by=READ_BY)
            for text, top, bottom in zip(texts, bounds, bounds[1:], strict=False)
            if text
        ]
    return lines
