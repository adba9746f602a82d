"""OpenCV. Import `cv2` from here: a direct import changes `LD_LIBRARY_PATH` for all child processes."""

from ocrkit.imports import quietly

quietly("cv2")

import cv2  # noqa: E402 – must follow the quiet import

__all__ = ["cv2"]
