"""Functions of pdfium, called by their addresses.

pypdfium2's own prototypes make a Python object of every pointer, which takes longer than the call.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from pypdfium2 import raw


class Functions(NamedTuple):
    """Functions that take addresses and numbers only."""

    unicode: Callable[[int, int], int]
    loose_box: Callable[[int, int, int], int]
    text_object: Callable[[int, int], int]
    font: Callable[[int], int | None]
    font_name: Callable[[int, int, int], int]
    font_flags: Callable[[int], int]
    font_weight: Callable[[int], int]
    render_mode: Callable[[int], int]
    fill_color: Callable[[int, int, int, int, int], int]
    set_active: Callable[[int, int], int]


@functools.cache
def functions() -> Functions:
    """The functions."""
    pointer, number = ctypes.c_void_p, ctypes.c_int

    def byaddress_of(function: Any, result: Any, *arguments: Any) -> Any:
        # Without releasing the GIL: the functions take less time than that.
        return ctypes.PYFUNCTYPE(result, *arguments)(address_of(function))

    return Functions(
        unicode=byaddress_of(raw.FPDFText_GetUnicode, ctypes.c_uint, pointer, number),
        loose_box=byaddress_of(raw.FPDFText_GetLooseCharBox, number, pointer, number, pointer),
        text_object=byaddress_of(raw.FPDFText_GetTextObject, ctypes.c_size_t, pointer, number),
        font=byaddress_of(raw.FPDFTextObj_GetFont, pointer, pointer),
        font_name=byaddress_of(
            raw.FPDFFont_GetBaseFontName, ctypes.c_size_t, pointer, pointer, ctypes.c_size_t
        ),
        font_flags=byaddress_of(raw.FPDFFont_GetFlags, number, pointer),
        font_weight=byaddress_of(raw.FPDFFont_GetWeight, number, pointer),
        render_mode=byaddress_of(raw.FPDFTextObj_GetTextRenderMode, number, pointer),
        fill_color=byaddress_of(raw.FPDFPageObj_GetFillColor, number, *[pointer] * 5),
        set_active=byaddress_of(raw.FPDFPageObj_SetIsActive, number, pointer, number),
    )


def address_of(pointer: Any) -> int:
    """The address that a pointer or a function has."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0
