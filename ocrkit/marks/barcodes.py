"""QR codes and bar codes of products, decoded by OpenCV: QR, EAN-13, EAN-8, UPC-A and UPC-E."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocrkit.geometry import Point
from ocrkit.opencv import cv2
from ocrkit.page import Page
from ocrkit.result import Barcode

_LONGEST_SIDE = 2500
"""Pages are searched at this size at most: it keeps the modules of codes of usual sizes, and the time low."""
_NAMES = {"EAN_13": "EAN-13", "EAN_8": "EAN-8", "UPC_A": "UPC-A", "UPC_E": "UPC-E"}


def find_barcodes(page: Page) -> list[Barcode]:
    """The codes of a page that can be decoded, from the top to the bottom."""
    gray = (
        page.pixels if page.is_gray else np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    )
    scale = min(1.0, _LONGEST_SIDE / max(gray.shape))
    if scale < 1:
        size = max(1, round(page.width * scale)), max(1, round(page.height * scale))
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    found = [*_qr_codes(gray), *_product_codes(gray)]
    codes = [
        Barcode(
            value=value,
            symbology=symbology,
            polygon=tuple(Point(float(x) / scale, float(y) / scale) for x, y in corners),
        )
        for value, symbology, corners in found
    ]
    return sorted(codes, key=lambda code: (code.box.top, code.box.left) if code.box else (0.0, 0.0))


def _qr_codes(gray: NDArray[np.uint8]) -> Iterator[tuple[str, str, NDArray[Any]]]:
    with contextlib.suppress(cv2.error, UnicodeDecodeError):  # some damaged codes fail inside of OpenCV
        _, values, corners, _ = cv2.QRCodeDetector().detectAndDecodeMulti(gray)
        yield from _decoded(values, ["QR"] * len(values), corners)


def _product_codes(gray: NDArray[np.uint8]) -> Iterator[tuple[str, str, NDArray[Any]]]:
    with contextlib.suppress(cv2.error, UnicodeDecodeError):
        _, values, kinds, corners = cv2.barcode.BarcodeDetector().detectAndDecodeWithType(gray)
        yield from _decoded(values, kinds, corners)


def _decoded(
    values: Iterable[str], kinds: Iterable[str], corners: NDArray[Any] | None
) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """The codes with a value: the detectors also return the places of those that they cannot decode."""
    if corners is not None:
        for value, kind, polygon in zip(values, kinds, corners, strict=False):
            if value:
                yield value, _NAMES.get(kind, kind), polygon
