"""The one value left of a backend: a page as pixels, with its way back to the page that was handed in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrkit.errors import SourceError
from ocrkit.geometry import IDENTITY, Transform

Pixels: TypeAlias = NDArray[np.uint8]
"""Height × width for gray, height × width × 3 in the order red, green, blue for colour; 8 bits each."""

ImageFormat: TypeAlias = Literal["png", "jpeg"]

_JPEG_QUALITIES = (95, 85, 75, 60)
_SMALLEST_SIDE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A page as the bytes of an image file, for engines that are sent files.

    `to_page` leads from the pixels of that file to the pixels of the page: the file is smaller than the
    page where a limit asked for it, and what an engine finds in it has to be led back.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    to_page: Transform


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page: read-only pixels and where they came from.

    A preprocessing step never changes a page; it makes the next one with `derive`, and gives the very page
    it was handed when there was nothing to do. `to_original` is composed on the way, so whatever is found
    on the last page of a chain can be led back to the first one in a single step.

    Attributes:
        pixels: height × width (gray) or height × width × 3 (red, green, blue), 8 bits, read-only.
        index: position in the document, counted from 0.
        dpi: resolution of *these* pixels, or None where nothing trustworthy is known.
        to_original: from coordinates on this page to coordinates on the page as it was handed in.
        original_size: width and height of the page as it was handed in, in pixels.
        info: facts worth reporting from where the page was read (`format`, `rendered`, `frame` …).
        warnings: what the reader of the file has to say about this page.
    """

    pixels: Pixels
    index: int = 0
    dpi: float | None = None
    to_original: Transform = IDENTITY
    original_size: tuple[int, int] = (0, 0)
    info: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        pixels = self.pixels
        if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.size == 0:
            raise ValueError(
                f"a page wants 8-bit pixels, height × width or height × width × 3, "
                f"not {pixels.dtype} of shape {pixels.shape}"
            )
        if pixels.ndim == 3 and pixels.shape[2] != 3:
            raise ValueError(f"a colour page has three channels, not {pixels.shape[2]}")
        if pixels.flags.writeable:
            pixels = pixels.view()
            pixels.flags.writeable = False
            object.__setattr__(self, "pixels", pixels)
        if self.original_size == (0, 0):
            object.__setattr__(self, "original_size", (self.width, self.height))
        object.__setattr__(self, "info", MappingProxyType(dict(self.info)))

    def __repr__(self) -> str:
        kind = "gray" if self.is_gray else "RGB"
        dpi = f", {self.dpi:g} dpi" if self.dpi else ""
        return f"<Page {self.number}: {self.width}×{self.height} {kind}{dpi}>"

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy does not pickle; pages travel to worker processes.
        return Page, (
            self.pixels, self.index, self.dpi, self.to_original, self.original_size, dict(self.info),
            self.warnings,
        )  # fmt: skip

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def number(self) -> int:
        """The page number people use, counted from 1."""
        return self.index + 1

    @property
    def is_gray(self) -> bool:
        return self.pixels.ndim == 2

    def derive(self, pixels: Pixels, to_this: Transform = IDENTITY, *, dpi: float | None = None) -> Page:
        """The next page of a chain.

        Args:
            pixels: the new pixels.
            to_this: leads from coordinates on the new page to coordinates on this one.
            dpi: the resolution of the new pixels; unchanged if not given.
        """
        return replace(
            self,
            pixels=pixels,
            to_original=to_this.then(self.to_original),
            dpi=self.dpi if dpi is None else dpi,
        )

    def encoded(
        self,
        image_format: ImageFormat = "png",
        *,
        max_bytes: int | None = None,
        max_side: int | None = None,
    ) -> Encoded:
        """The page as an image file, made when it is asked for.

        Within `max_bytes` a JPEG first loses quality, then size; a PNG only size. The result says how to
        lead coordinates back.
        """
        picture = Image.fromarray(self.pixels)
        scale = min(1.0, max_side / max(picture.size)) if max_side else 1.0
        while True:
            size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
            small = picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)
            qualities = _JPEG_QUALITIES if image_format == "jpeg" else (None,)
            for quality in qualities:
                data = _write(small, image_format, quality, self.dpi and self.dpi * scale)
                if max_bytes is None or len(data) <= max_bytes:
                    back = Transform.scaling(self.width / size[0], self.height / size[1])
                    return Encoded(data, f"image/{image_format}", *size, back)
            if min(size) <= _SMALLEST_SIDE:
                raise SourceError(
                    f"the page cannot be sent as {image_format.upper()} within {max_bytes} bytes; "
                    "allow more bytes or send a smaller page",
                    page=self.number,
                )
            scale *= 0.8


def _write(picture: Image.Image, image_format: ImageFormat, quality: int | None, dpi: float | None) -> bytes:
    buffer = io.BytesIO()
    options: dict[str, object] = {"dpi": (dpi, dpi)} if dpi else {}
    if image_format == "jpeg":
        options |= {"quality": quality, "subsampling": 0 if quality and quality >= 90 else 2}
    else:
        options |= {"compress_level": 3}  # a third of the default's time for a few per cent more bytes
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()
