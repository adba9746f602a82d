"""GIF: every frame is a page, composited with the frames before it as a viewer would show it."""

from __future__ import annotations

from typing import BinaryIO

from PIL import GifImagePlugin, ImageFile

from ocrkit.config.settings import SourceOptions
from ocrkit.sources import decoding
from ocrkit.sources.content import Content
from ocrkit.sources.image import ImageSource


class GifSource(ImageSource):
    """A GIF file. Frames build on one another: reading forwards is cheap, jumping back starts over."""

    def __init__(self, content: Content, options: SourceOptions) -> None:
        super().__init__(content, options, "gif")

    def _open(self, file: BinaryIO) -> ImageFile.ImageFile:
        head = self._content.head
        screen = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
        decoding.check_pixels(*screen, self._options, name=self._content.name)
        image = GifImagePlugin.GifImageFile(file)
        decoding.check_pixels(*image.size, self._options, name=self._content.name)
        return image
