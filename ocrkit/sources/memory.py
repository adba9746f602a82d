"""Images in memory: Pillow images and numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import SourceError
from ocrkit.page import Page, Pixels
from ocrkit.sources import checks, pixels
from ocrkit.sources.base import Source

_ARRAYS = (
    "an array needs the shape height × width (gray), height × width × 3 (in the order red, green, blue) or "
    "height × width × 4 (with transparency), and the type uint8, uint16 or bool"
)


class MemorySource(Source):
    """One page from an image in memory: for a Pillow image with several frames, the current frame.

    The page is a copy: later changes to the image do not change it.
    """

    def __init__(self, image: Image.Image | NDArray[Any], options: SourceOptions) -> None:
        self._image: Image.Image | NDArray[Any] | None = image
        if isinstance(image, Image.Image):
            super().__init__("Pillow image", str(getattr(image, "filename", "")) or None)
            width, height = image.size
        else:
            super().__init__("array", None)
            check_array(image)
            height, width = image.shape[:2]
        self.page_count = 1
        checks.check_pixels(width, height, options, name=self._name)

    def close(self) -> None:
        super().close()
        self._image = None

    def _decode(self, index: int) -> Page:
        if isinstance(self._image, Image.Image):
            return _page_of_image(self._image)
        assert self._image is not None  # noqa: S101 – released only by `close`
        return Page(from_array(self._image), index, info={"format": "array", "rendered": False})


def _page_of_image(image: Image.Image) -> Page:
    image.load()
    decoded = pixels.from_image(image)
    orientation = _orientation(image)
    dpi, warnings = checks.plausible_dpi(*_resolution(image), *image.size)
    info: dict[str, str | int | float | bool] = {
        "format": (image.format or "image").lower(),
        "rendered": False,
        "mode_in_file": image.mode,
    }
    if orientation != 1:
        info["exif_orientation"] = orientation
    return Page(pixels.upright(decoded, orientation), 0, dpi, info=info, warnings=warnings)


def check_array(array: NDArray[Any]) -> None:
    """Refuse an array that is not an image; the message says how to convert it."""
    if array.size == 0:
        raise SourceError(f"this array has no pixels (its shape is {array.shape})")
    if array.ndim == 3 and array.shape[0] in {1, 3, 4} and array.shape[2] not in {1, 3, 4}:
        raise SourceError(
            f"this array of shape {array.shape} has its channels first; "
            f"pass `array.transpose(1, 2, 0)`: {_ARRAYS}"
        )
    if array.ndim not in {2, 3} or (array.ndim == 3 and array.shape[2] not in {1, 3, 4}):
        raise SourceError(f"an array of shape {array.shape} is not an image: {_ARRAYS}")
    if array.dtype.kind == "f":
        raise SourceError(
            f"white has no fixed value in an array of {array.dtype}; pass `(array * 255).astype('uint8')` if "
            f"white is 1.0: {_ARRAYS}"
        )
    if array.dtype.kind != "b" and array.dtype.newbyteorder("=") not in (np.uint8, np.uint16):
        raise SourceError(
            f"an array of {array.dtype} is not an image; pass `array.astype('uint8')`: {_ARRAYS}"
        )


def from_array(array: NDArray[Any]) -> Pixels:
    """A copy of an array that passed `check_array`, as pixels."""
    values: NDArray[Any] = np.array(array, dtype=array.dtype.newbyteorder("="), order="C", copy=True)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * np.uint8(255)
    return np.ascontiguousarray(pixels.to_8_bits(values))


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 – damaged EXIF data fails in many ways and must not fail the page
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _resolution(image: Image.Image) -> tuple[float, float]:
    stated = image.info.get("dpi")
    try:
        return (float(stated[0]), float(stated[1])) if stated else (0.0, 0.0)
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return 0.0, 0.0
