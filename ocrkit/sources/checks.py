"""Checks that all sources share: size limits, plausible resolutions, one kind of error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import OcrkitError, SourceError

BYTES_PER_PIXEL = 7
"""The memory for each of `max_pixels`: an RGB image in the decoder, and once more outside of it."""

_LOWEST_DPI, _HIGHEST_DPI = 36, 2400
_SCREEN_DPI = 97
_LARGEST_SCREEN_INCHES = 24
_SQUARE = 1.03


@contextlib.contextmanager
def translate_errors(label: str, name: str | None, page: int | None = None) -> Iterator[None]:
    """Turn any exception of a decoder into a `SourceError`.

    Decoders fail on malformed files in every way a program can: `struct.error`, `SyntaxError`,
    `RecursionError`, `cv2.error` … A list of types would miss the next one, so this is the one place that
    catches everything. A damaged image is an error even where some of its rows could still be decoded: the
    rest may be wrong, and half a page of text looks like a whole one.
    """
    try:
        yield
    except OcrkitError:
        raise
    except MemoryError as error:
        raise SourceError(
            f"there is not enough memory to decode this {label}; lower `max_pixels` to refuse such pages",
            path=name,
            page=page,
        ) from error
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise SourceError(
            f"this {label} is damaged, truncated or of an unsupported variant ({reason}); get the file "
            "again, or open it in another program and save it again",
            path=name,
            page=page,
        ) from error


def check_pixels(
    width: int, height: int, options: SourceOptions, *, name: str | None, page: int | None = None
) -> None:
    """Refuse an image whose header states more pixels than `max_pixels`."""
    if width < 1 or height < 1:
        raise SourceError(f"this image has no pixels ({width} × {height})", path=name, page=page)
    if width * height > options.max_pixels:
        raise SourceError(
            f"this image has {width} × {height} pixels ({width * height / 1e6:,.0f} million), more than the "
            f"{options.max_pixels / 1e6:,.0f} million allowed; raise `max_pixels` in the [source] settings "
            "if you trust it, or scale it down",
            path=name,
            page=page,
        )


def check_memory(
    width: int,
    height: int,
    bytes_per_pixel: float,
    options: SourceOptions,
    *,
    name: str | None,
    page: int | None = None,
) -> None:
    """Refuse an image whose decoding takes more than seven bytes for each of `max_pixels`."""
    needed, allowed = width * height * bytes_per_pixel, BYTES_PER_PIXEL * options.max_pixels
    if needed > allowed:
        raise SourceError(
            f"decoding this image of {width} × {height} pixels takes about {needed / 1e6:,.0f} MB of memory, "
            f"more than the {allowed / 1e6:,.0f} MB allowed ({BYTES_PER_PIXEL} bytes for each of "
            "`max_pixels`); raise `max_pixels` in the [source] settings if you trust it, or scale it down",
            path=name,
            page=page,
        )


def check_page_count(count: int, options: SourceOptions, *, name: str | None) -> None:
    """Refuse a document with no pages, or with more than `max_pages`."""
    if count < 1:
        raise SourceError("this document has no pages", path=name)
    if options.max_pages is not None and count > options.max_pages:
        raise SourceError(
            f"this document has more than the {options.max_pages} pages allowed; raise `max_pages` in the "
            "[source] settings, or split it",
            path=name,
        )


def plausible_dpi(x: float, y: float, width: int, height: int) -> tuple[float | None, tuple[str, ...]]:
    """The resolution that a file states, or None if it is not plausible, and warnings about it.

    Cameras and screenshots state 72 or 96 dpi whatever they show, so these values count only while the page
    is no larger than a sheet of paper. Pixels that are not square (standard faxes) have no single
    resolution.
    """
    if not (_LOWEST_DPI <= x <= _HIGHEST_DPI and _LOWEST_DPI <= y <= _HIGHEST_DPI):
        return None, ()
    if max(x, y) / min(x, y) > _SQUARE:
        return None, (
            f"the pixels are not square ({x:g} × {y:g} dpi), so letters look squashed or stretched",
        )
    if max(x, y) < _SCREEN_DPI and max(width / x, height / y) > _LARGEST_SCREEN_INCHES:
        return None, ()
    return round((x + y) / 2, 1), ()  # PNG stores pixels per meter: 150 dpi comes back as 150.0124
