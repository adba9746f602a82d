"""PDF, rendered by the programs of poppler through pdf2image.

Each page is rendered by a separate process, so only one page is in memory, and a crash or a hang does not
affect this process. pdf2image passes a password on the command line of poppler, where other users of the
machine can see it while the page is rendered; pdfium (`rasterizer = "pypdfium2"`) keeps it in this process.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import pdf2image
from pdf2image import exceptions
from PIL import Image

from ocrkit.config.settings import SourceOptions
from ocrkit.errors import MissingDependencyError, SourceError
from ocrkit.page import Page
from ocrkit.sources import checks, pixels
from ocrkit.sources.base import Source
from ocrkit.sources.content import Content
from ocrkit.sources.pdf import LABEL, POINTS_PER_INCH, lower_dpi_warning, password_error, render_scale

_TIMEOUT_SECONDS = 120
_INSTALL = "apt-get install poppler-utils"


class PopplerSource(Source):
    """A PDF file, read by `pdfinfo` and `pdftoppm`."""

    def __init__(self, content: Content, options: SourceOptions) -> None:
        super().__init__(LABEL, content.name)
        self._options = options
        self._password = options.password.get_secret_value() if options.password else None
        self._path = str(content.path or "")
        self._remove_copy: weakref.finalize[..., PopplerSource] | None = None
        if content.path is None:
            # The programs need a file. It is removed when the source is closed or collected, or at exit.
            handle, self._path = tempfile.mkstemp(suffix=".pdf")
            self._remove_copy = weakref.finalize(self, _remove, self._path)
            with os.fdopen(handle, "wb") as file:
                file.write(content.data)
        try:
            with checks.translate_errors(self._label, self._name), self._poppler_errors():
                self.page_count = int(self._info()["Pages"])
            checks.check_page_count(self.page_count, options, name=self._name)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        super().close()
        if self._remove_copy is not None:
            self._remove_copy()

    def _decode(self, index: int) -> Page:
        with self._poppler_errors(index + 1):
            return self._rendered(index)

    def _rendered(self, index: int) -> Page:
        width, height = self._size(index + 1)
        options = self._options_within_pillow_limit()
        scale = render_scale(width, height, options)
        if scale is None:
            raise SourceError(
                "this page has a width or height of 0; leave it out with `pages`",
                path=self._name,
                page=index + 1,
            )
        dpi = scale * POINTS_PER_INCH
        warnings: tuple[str, ...] = ()
        if dpi < self._options.dpi * 0.999:
            warnings = (lower_dpi_warning(width, height, dpi, options),)
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
        """Width and height of a page in points, after its rotation."""
        facts = {" ".join(key.split()): value for key, value in self._info(page).items()}
        width, _, height, *_ = facts[f"Page {page} size"].split()
        rotated = int(facts.get(f"Page {page} rot", "0")) % 180 == 90
        return (float(height), float(width)) if rotated else (float(width), float(height))

    def _options_within_pillow_limit(self) -> SourceOptions:
        """The options, with `max_pixels` within the size at which Pillow warns."""
        limit = Image.MAX_IMAGE_PIXELS
        if limit is None or limit >= self._options.max_pixels:
            return self._options
        return self._options.model_copy(update={"max_pixels": limit})

    @contextlib.contextmanager
    def _poppler_errors(self, page: int | None = None) -> Iterator[None]:
        """Turn the errors of pdf2image into errors of ocrkit."""
        try:
            yield
        except exceptions.PDFInfoNotInstalledError as error:
            raise MissingDependencyError(
                "rendering PDFs with pdf2image needs the programs of poppler, which are not installed. "
                f"Install them with: {_INSTALL} (Debian, Ubuntu) or brew install poppler (macOS), or use "
                'rasterizer = "pypdfium2", which needs no program',
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
            # Only the message of poppler distinguishes a missing password from a damaged file.
            if "Incorrect password" in str(error):
                raise password_error(self._options, self._name) from error
            raise SourceError(
                "poppler cannot read this PDF; it is damaged. Get the file again, or try "
                'rasterizer = "pypdfium2"',
                path=self._name,
                page=page,
            ) from error


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)
