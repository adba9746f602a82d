"""Images that are in memory already: Pillow images and numpy arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page, Pixels
from ocrkit.sources import decoding, pixels
from ocrkit.sources.base import Source

_ARRAYS = (
    "an array wants the shape height × width (gray), height × width × 3 (in the order red, green, blue) or "
    "height × width × 4 (with transparency), and the type uint8, uint16 or bool"
)


class MemorySource(Source):
    """One page from an image in memory. Of a Pillow image with many frames it is the current one.

    The pixels are copied when the page is read, so that what the caller does to the image later does not
    change the page.
    """

    def __init__(self, image: Image.Image | NDArray[Any], options: SourceOptions) -> None:
        self._image: Image.Image | NDArray[Any] | None = image
        self._options = options
        self._name: str | None = None
        if isinstance(image, Image.Image):
            self._name = str(getattr(image, "filename", "")) or None
            width, height = image.size
        else:
            check_array(image)
            height, width = image.shape[:2]
        decoding.check_pixels(width, height, options, name=self._name)
        decoding.check_pages(1, options, name=self._name)

    @property
    def page_count(self) -> int:
        return 1

    def pages(self, indices: Iterable[int]) -> Iterator[Page]:
        for index in indices:
            decoding.check_index(index, 1, name=self._name)
            if self._image is None:
                raise decoding.closed(self._name)
            if isinstance(self._image, Image.Image):
                yield self._from_image(self._image)
            else:
                yield Page(from_array(self._image), info={"format": "array", "rendered": False})

    def close(self) -> None:
        self._image = None

    def _from_image(self, image: Image.Image) -> Page:
        with decoding.decoding("Pillow image", self._name):
            image.load()
            plain = pixels.from_image(image)
        orientation = _orientation(image)
        dpi, warnings = decoding.plausible_dpi(*_resolution(image), *image.size)
        info: dict[str, str | int | float | bool] = {
            "format": (image.format or "image").lower(),
            "rendered": False,
            "mode_in_file": image.mode,
        }
        if orientation != 1:
            info["exif_orientation"] = orientation
        return Page(pixels.upright(plain, orientation), 0, dpi, info=info, warnings=warnings)


def check_array(array: NDArray[Any]) -> None:
    """Refuse what cannot be taken for an image, and say what to do about it."""
    if array.size == 0:
        raise SourceError(f"this array has no pixels (its shape is {array.shape})")
    if array.ndim == 3 and array.shape[0] in {1, 3, 4} and array.shape[2] not in {1, 3, 4}:
        raise SourceError(
            f"this array of shape {array.shape} has its channels first; "
            f"hand in `array.transpose(1, 2, 0)`: {_ARRAYS}"
        )
    if array.ndim not in {2, 3} or (array.ndim == 3 and array.shape[2] not in {1, 3, 4}):
        raise SourceError(f"an array of shape {array.shape} is no image: {_ARRAYS}")
    if array.dtype.kind == "f":
        raise SourceError(
            f"an array of {array.dtype} does not say what white is; hand in `(array * 255).astype('uint8')` "
            f"if it is 1.0: {_ARRAYS}"
        )
    if array.dtype.kind != "b" and array.dtype.newbyteorder("=") not in (np.uint8, np.uint16):
        raise SourceError(f"an array of {array.dtype} is no image; use `array.astype('uint8')`: {_ARRAYS}")


def from_array(array: NDArray[Any]) -> Pixels:
    """The pixels of an array that passed `check_array`, as a copy."""
    values: NDArray[Any] = np.array(array, dtype=array.dtype.newbyteorder("="), order="C", copy=True)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * np.uint8(255)
    return np.ascontiguousarray(pixels.from_deep(values))


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  damaged EXIF data fails in many ways and must not cost the page
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _resolution(image: Image.Image) -> tuple[float, float]:
    stated = image.info.get("dpi")
    try:
        return (float(stated[0]), float(stated[1])) if stated else (0.0, 0.0)
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return 0.0, 0.0
