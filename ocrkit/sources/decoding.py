"""Rules every reader keeps: budgets, plausible resolutions, and one kind of error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import OcrkitError, SourceError

_LOWEST_DPI, _HIGHEST_DPI = 36, 2400
_SCREEN_DPI = 97
_LARGEST_SCREEN_INCHES = 24
_SQUARE = 1.03


@contextlib.contextmanager
def decoding(what: str, name: str | None, page: int | None = None) -> Iterator[None]:
    """Whatever a decoder throws at a broken file leaves this block as a `SourceError`.

    Decoders fail on malformed files in every way a program can: `struct.error`, `SyntaxError`,
    `RecursionError`, `cv2.error` … Naming them all would miss the next one, so this is the one place
    where everything is caught. A broken image is an error even where some of its rows could still be
    decoded: nobody can vouch for the rest, and half a page of text looks like a whole one.
    """
    try:
        yield
    except OcrkitError:
        raise
    except MemoryError as error:
        raise SourceError(
            f"there is not enough memory to decode this {what}; lower `max_pixels` to refuse such pages",
            path=name,
            page=page,
        ) from error
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise SourceError(
            f"this {what} is damaged, cut off or of an unknown flavour ({reason}); "
            "get the file again, or open it with another program and save it anew",
            path=name,
            page=page,
        ) from error


def check_pixels(
    width: int, height: int, options: SourceOptions, *, name: str | None, page: int | None = None
) -> None:
    """Refuse an image whose header promises more pixels than are allowed."""
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


def check_pages(count: int, options: SourceOptions, *, name: str | None) -> None:
    """Refuse a document with no pages, or more than are allowed."""
    if count < 1:
        raise SourceError("this document has no pages", path=name)
    if options.max_pages is not None and count > options.max_pages:
        raise SourceError(
            f"this document has more than the {options.max_pages} pages allowed; raise `max_pages` in the "
            "[source] settings, or split it",
            path=name,
        )


def check_index(index: int, count: int, *, name: str | None) -> None:
    """Refuse a page that does not exist."""
    if not 0 <= index < count:
        raise SourceError(f"there is no such page: the document has {count}", path=name, page=index + 1)


def closed(name: str | None) -> SourceError:
    """The error for reading from a source that was closed."""
    return SourceError("this source is closed; open it again", path=name)


def plausible_dpi(x: float, y: float, width: int, height: int) -> tuple[float | None, tuple[str, ...]]:
    """The resolution a file states, if it can be believed, and what is to be said about it.

    Cameras and screen shots state 72 or 96 whatever they show, so these are believed only while the page
    stays within the size of a sheet of paper. Pixels that are not square (standard faxes) have no single
    resolution.
    """
    if not (_LOWEST_DPI <= x <= _HIGHEST_DPI and _LOWEST_DPI <= y <= _HIGHEST_DPI):
        return None, ()
    if max(x, y) / min(x, y) > _SQUARE:
        return None, (
            f"its pixels are not square ({x:g} × {y:g} dpi), so letters appear squashed or stretched",
        )
    if max(x, y) < _SCREEN_DPI and max(width / x, height / y) > _LARGEST_SCREEN_INCHES:
        return None, ()
    return round((x + y) / 2, 1), ()  # a PNG states pixels a metre: 150 dpi comes back as 150.0124
