"""PDF, by poppler's programs through pdf2image: for those who need poppler's rendering.

Every page is a process of its own, so only one page is ever in memory and a crash or a hang stays outside.
pdf2image hands a password to poppler on its command line, where other users of the machine can see it while
the page is rendered; pdfium (`rasterizer = "pypdfium2"`) keeps it inside the process.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

import pdf2image
from pdf2image import exceptions
from PIL import Image

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import MissingDependencyError, SourceError
from ocrkit.page import Page
from ocrkit.sources import decoding, pixels
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content
from ocrkit.sources.pdf import POINTS_PER_INCH, WHAT, lower_dpi_warning, render_scale, wrong_password

_TIMEOUT_SECONDS = 120
_INSTALL = "apt-get install poppler-utils"


class PopplerSource(Source):
    """A PDF file, read by `pdfinfo` and `pdftoppm`."""

    def __init__(self, content: Content, options: SourceOptions) -> None:
        self._name = content.name
        self._options = options
        self._password = options.password.get_secret_value() if options.password else None
        self._path = str(content.path or "")
        self._release: weakref.finalize[..., PopplerSource] | None = None
        if content.path is None:
            # The programs want a file; it is gone when the source is closed, dropped, or the process ends.
            handle, self._path = tempfile.mkstemp(suffix=".pdf")
            self._release = weakref.finalize(self, _remove, self._path)
            with os.fdopen(handle, "wb") as file:
                file.write(content.data)
        self._closed = False
        try:
            with decoding.decoding(WHAT, self._name), self._translated():
                self._count = int(self._info()["Pages"])
            decoding.check_pages(self._count, options, name=self._name)
        except BaseException:
            self.close()
            raise

    @property
    def page_count(self) -> int:
        return self._count

    def pages(self, indices: Iterable[int]) -> Iterator[Page]:
        for index in indices:
            decoding.check_index(index, self._count, name=self._name)
            if self._closed:
                raise decoding.closed(self._name)
            with decoding.decoding(WHAT, self._name, index + 1), self._translated(index + 1):
                page = self._page(index)
            yield page

    def close(self) -> None:
        self._closed = True
        if self._release is not None:
            self._release()

    def _page(self, index: int) -> Page:
        width, height = self._size(index + 1)
        scale = render_scale(width, height, self._limited())
        if scale is None:
            raise SourceError("this page has no size", path=self._name, page=index + 1)
        dpi = scale * POINTS_PER_INCH
        warnings: tuple[str, ...] = ()
        if dpi < self._options.dpi * 0.999:
            warnings = (lower_dpi_warning(width, height, dpi, self._limited()),)
        images = pdf2image.convert_from_path(
            self._path,
            dpi=dpi,  # type: ignore[arg-type]  # poppler takes fractions
            first_page=index + 1,
            last_page=index + 1,
            userpw=self._password,  # type: ignore[arg-type]  # None is its default
            use_cropbox=True,
            timeout=_TIMEOUT_SECONDS,
        )
        if len(images) != 1:
            raise SourceError(
                "poppler cannot render this page; it is damaged", path=self._name, page=index + 1
            )
        return Page(
            pixels.gray_if_gray(pixels.from_image(images[0])),
            index,
            round(dpi, 2),
            info={
                "format": "pdf",
                "rasterizer": "pdf2image",
                "rendered": True,
                "width_points": round(width, 2),
                "height_points": round(height, 2),
            },
            warnings=warnings,
        )

    def _info(self, page: int | None = None) -> dict[str, str]:
        found: dict[str, str] = pdf2image.pdfinfo_from_path(
            self._path,
            userpw=self._password,  # type: ignore[arg-type]  # None is the default of these three
            timeout=_TIMEOUT_SECONDS,
            first_page=page,  # type: ignore[arg-type]
            last_page=page,  # type: ignore[arg-type]
        )
        return found

    def _size(self, page: int) -> tuple[float, float]:
        """Width and height of a page in points, as it is seen."""
        facts = {" ".join(key.split()): value for key, value in self._info(page).items()}
        width, _, height, *_ = facts[f"Page {page} size"].split()
        turned = int(facts.get(f"Page {page} rot", "0")) % 180 == 90
        return (float(height), float(width)) if turned else (float(width), float(height))

    def _limited(self) -> SourceOptions:
        """The options, with pixels within what Pillow opens for pdf2image without a word."""
        limit = Image.MAX_IMAGE_PIXELS
        if limit is None or limit >= self._options.max_pixels:
            return self._options
        return self._options.model_copy(update={"max_pixels": limit})

    @contextlib.contextmanager
    def _translated(self, page: int | None = None) -> Iterator[None]:
        """The errors of pdf2image as ours."""
        try:
            yield
        except exceptions.PDFInfoNotInstalledError as error:
            raise MissingDependencyError(
                "rendering PDFs with pdf2image needs poppler's programs, which are not installed. Install "
                f"them with: {_INSTALL} (Debian, Ubuntu) or brew install poppler (macOS), or use "
                'rasterizer = "pypdfium2", which needs nothing',
                install=_INSTALL,
            ) from error
        except exceptions.PDFPopplerTimeoutError as error:
            raise SourceError(
                f"poppler did not finish within {_TIMEOUT_SECONDS} seconds; "
                'try rasterizer = "pypdfium2" or a lower dpi',
                path=self._name,
                page=page,
            ) from error
        except exceptions.PDFPageCountError as error:
            # poppler tells a missing password from a damaged file by its message alone.
            if "Incorrect password" in str(error):
                raise wrong_password(self._options, self._name) from error
            raise SourceError(
                "poppler cannot read this PDF; it is damaged. Get the file again, or try "
                'rasterizer = "pypdfium2"',
                path=self._name,
                page=page,
            ) from error


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)
