"""OpenCV: import it from here. Its own import would change `LD_LIBRARY_PATH` for every child process."""

from ocrkit.imports import quietly

quietly("cv2")

import cv2  # noqa: E402 – after the quiet import, which is the whole point

__all__ = ["cv2"]
