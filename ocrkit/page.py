"""A page as pixels, with the transform back to the original page."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrkit.errors import SourceError
from ocrkit.form import FormField
from ocrkit.geometry import IDENTITY, Transform
from ocrkit.glyphs import TextLayer
from ocrkit.lazy import Lazy, LazyField

Pixels: TypeAlias = NDArray[np.uint8]
"""Height × width for gray, height × width × 3 in the order red, green, blue for color; 8 bits each."""

ImageFormat: TypeAlias = Literal["png", "jpeg"]

_JPEG_QUALITIES = (95, 85, 75, 60)
_SMALLEST_SIDE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A page as an image file, for engines that need files.

    The file may be smaller than the page, to keep a limit. `to_page` transforms coordinates in the file into
    coordinates on the page.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    to_page: Transform


class PageFile(Protocol):
    """A page as a file of its own, as it is in the document: for services that take such files."""

    @property
    def media_type(self) -> str:
        """The media type, for instance `application/pdf`."""
        ...

    def read(self) -> bytes:
        """The file, extracted at each call. Raises `SourceError`."""
        ...


class LazyPixels(Lazy[Pixels]):
    """Pixels that are rendered when they are first used; their size is known before."""

    def __init__(self, load: Callable[[], Pixels], width: int, height: int) -> None:
        super().__init__(lambda: _read_only(load()))
        self.width = width
        self.height = height


class _PixelsField(LazyField[Pixels]):
    """Pixels that are checked when a page is created; lazy ones when they are rendered."""

    def __set__(self, instance: object, value: Pixels | Lazy[Pixels]) -> None:
        super().__set__(instance, value if isinstance(value, Lazy) else _read_only(value))


class _TextLayerField(LazyField[TextLayer | None]):
    """A text layer, None, or one that is extracted when it is first used."""


@dataclass(frozen=True, eq=False)
class Page:
    """One page: read-only pixels and where they come from.

    A preprocessing step never changes a page. It creates the next one with `derive`, or returns the same page
    if there is nothing to do. `derive` composes `to_original`, so coordinates on the last page of a chain are
    transformed to the first one in a single step.

    Attributes:
        pixels: height × width (gray) or height × width × 3 (red, green, blue), 8 bits, read-only. A page of a
            digital PDF is rendered when its pixels are first used.
        index: position in the document, counted from 0.
        dpi: resolution of *these* pixels, or None if it is not known.
        to_original: from coordinates on this page to coordinates on the original page.
        original_size: width and height of the original page, in pixels.
        info: facts about the source of the page (`format`, `rendered`, `frame` …).
        warnings: warnings of the source about this page.
        form: the fields of a fillable form in reading order, with their places on the original page.
        text_layer: the text that the file itself holds, extracted when it is first used; None where the kind
            of file has none, and on derived pages. Raises `SourceError` if it cannot be read.
        source: the page as a file of its own, extracted when it is read; None where the document has none, or
            the page was preprocessed. It shows the same as the pixels, from edge to edge.
    """

    pixels: _PixelsField = _PixelsField()
    index: int = 0
    dpi: float | None = None
    to_original: Transform = IDENTITY
    original_size: tuple[int, int] = (0, 0)
    info: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    form: tuple[FormField, ...] = ()
    text_layer: _TextLayerField = _TextLayerField(None)  # noqa: RUF009 – a descriptor
    source: PageFile | None = None

    def __post_init__(self) -> None:
        if self.original_size == (0, 0):
            object.__setattr__(self, "original_size", (self.width, self.height))
        object.__setattr__(self, "info", MappingProxyType(dict(self.info)))

    def __repr__(self) -> str:
        kind = "not rendered yet" if not self.is_rendered else "gray" if self.is_gray else "RGB"
        dpi = f", {self.dpi:g} dpi" if self.dpi else ""
        return f"<Page {self.number}: {self.width}×{self.height} {kind}{dpi}>"

    def __reduce__(self) -> tuple[object, ...]:
        # Pages are sent to worker processes, and a mapping proxy cannot be pickled.
        return Page, (
            self.pixels, self.index, self.dpi, self.to_original, self.original_size, dict(self.info),
            self.warnings, self.form, self.__dict__["text_layer"], self.source,
        )  # fmt: skip

    @property
    def width(self) -> int:
        stored = self.__dict__["pixels"]
        return stored.width if isinstance(stored, LazyPixels) else int(stored.shape[1])

    @property
    def height(self) -> int:
        stored = self.__dict__["pixels"]
        return stored.height if isinstance(stored, LazyPixels) else int(stored.shape[0])

    @property
    def is_rendered(self) -> bool:
        """Whether the pixels are there, so that using them costs nothing."""
        stored = self.__dict__["pixels"]
        return not isinstance(stored, Lazy) or stored.is_known

    @property
    def number(self) -> int:
        """The page number, counted from 1."""
        return self.index + 1

    @property
    def is_gray(self) -> bool:
        return self.pixels.ndim == 2

    def derive(self, pixels: Pixels, to_this: Transform = IDENTITY, *, dpi: float | None = None) -> Page:
        """The next page of a chain.

        Args:
            pixels: the new pixels.
            to_this: from coordinates on the new page to coordinates on this one.
            dpi: the resolution of the new pixels. None: unchanged.
        """
        return replace(
            self,
            pixels=pixels,
            to_original=to_this.then(self.to_original),
            dpi=self.dpi if dpi is None else dpi,
            text_layer=None,
            source=None,
        )

    def with_form(self, form: tuple[FormField, ...], warnings: tuple[str, ...]) -> Page:
        """The same page with the fields of its form, and more warnings."""
        if not form and not warnings:
            return self
        return replace(
            self,
            pixels=self.__dict__["pixels"],  # which may not be rendered yet
            text_layer=self.__dict__["text_layer"],
            form=form,
            warnings=(*self.warnings, *warnings),
        )

    def encoded(
        self,
        image_format: ImageFormat = "png",
        *,
        max_bytes: int | None = None,
        max_side: int | None = None,
    ) -> Encoded:
        """Encode the page as an image file.

        To keep `max_bytes`, a JPEG is reduced in quality first and then in size, a PNG only in size.
        """
        image = Image.fromarray(self.pixels)
        scale = min(1.0, max_side / max(image.size)) if max_side else 1.0
        while True:
            size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
            small = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
            qualities = _JPEG_QUALITIES if image_format == "jpeg" else (None,)
            for quality in qualities:
                data = _write(small, image_format, quality, self.dpi and self.dpi * scale)
                if max_bytes is None or len(data) <= max_bytes:
                    to_page = Transform.scaling(self.width / size[0], self.height / size[1])
                    return Encoded(data, f"image/{image_format}", *size, to_page)
            if min(size) <= _SMALLEST_SIDE:
                raise SourceError(
                    f"the page cannot be encoded as {image_format.upper()} within {max_bytes} bytes; "
                    "allow more bytes or use a smaller page",
                    page=self.number,
                )
            scale *= 0.8


def is_uniform(pixels: Pixels) -> bool:
    """Whether all pixels are equal, so that there is nothing to read. Fast where they differ."""
    first = pixels[0, 0]
    if (pixels[::61, ::59] != first).any():
        return False
    return all((pixels[top : top + 256] == first).all() for top in range(0, pixels.shape[0], 256))


def _read_only(pixels: Pixels) -> Pixels:
    """A read-only view of valid pixels."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.size == 0:
        raise ValueError(
            f"a page needs 8-bit pixels, height × width or height × width × 3, "
            f"not {pixels.dtype} of shape {pixels.shape}"
        )
    if pixels.ndim == 3 and pixels.shape[2] != 3:
        raise ValueError(f"a color page has three channels, not {pixels.shape[2]}")
    if pixels.flags.writeable:
        pixels = pixels.view()
        pixels.flags.writeable = False
    return pixels


def _write(image: Image.Image, image_format: ImageFormat, quality: int | None, dpi: float | None) -> bytes:
    buffer = io.BytesIO()
    options: dict[str, object] = {"dpi": (dpi, dpi)} if dpi else {}
    if image_format == "jpeg":
        options |= {"quality": quality, "subsampling": 0 if quality and quality >= 90 else 2}
    else:
        options |= {"compress_level": 3}  # a third of the default time for a few percent more bytes
    image.save(buffer, image_format, **options)
    return buffer.getvalue()
