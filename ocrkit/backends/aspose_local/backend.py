"""The backend `aspose_local`."""

from __future__ import annotations

import functools
import importlib.metadata
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from ocrkit.aspose_engine import DISTRIBUTION, explain_crash, process_variables, require_installed
from ocrkit.aspose_engine.process import describe_openssl
from ocrkit.backends.aspose_local.engine import AsposeEngine
from ocrkit.backends.aspose_local.languages import LANGUAGES
from ocrkit.backends.aspose_local.options import AsposeLocalOptions
from ocrkit.backends.aspose_local.parse import Recognition, parse
from ocrkit.backends.aspose_local.request import SCENES, choose
from ocrkit.backends.base import Finding, Requirement
from ocrkit.errors import BackendError, CapabilityError, OcrkitError
from ocrkit.geometry import Box, bounding_box
from ocrkit.page import Encoded, Page
from ocrkit.request import Capabilities, Request
from ocrkit.result import Engine, PageResult, Trace

_log = logging.getLogger("ocrkit.aspose_local")

_MIN_SIDE = 8  # pixels; smaller pages cannot contain text


@functools.cache  # once in a program
def _warn_of_trial() -> None:
    _log.warning(
        "aspose_local has no license and runs in trial mode, which cuts every text; set ASPOSE_OCR_LICENSE"
    )


class AsposeLocalBackend:
    """Reads pages with Aspose.OCR for Python via .NET, in a worker process."""

    Options: ClassVar[type[AsposeLocalOptions]] = AsposeLocalOptions
    name = "aspose_local"
    capabilities = Capabilities(
        languages=frozenset(LANGUAGES),
        modes=frozenset({"auto", "printed", "handwritten"}),
        scenes=frozenset(SCENES),
        levels=frozenset({"line"}),
        polygons=True,
        confidence="line",
        reading_order=False,
        sharing="per-instance",
        remote=False,
        isolated=True,
        killable=True,
    )
    requires: ClassVar[tuple[Requirement, ...]] = (
        Requirement(kind="module", name="aspose.ocr", install="pip install 'ocrkit[aspose-local]'"),
    )

    def __init__(self, options: AsposeLocalOptions | None = None) -> None:
        self.options = options or AsposeLocalOptions()
        self._engine: AsposeEngine | None = None
        # In trial mode the engine gives no places for short texts.
        self.capabilities = type(self).capabilities.model_copy(
            update={
                "reading_order": self.options.areas in ("layout", "multicolumn"),
                "polygons": self.options.has_license,
            }
        )

    def recognize(self, page: Page, request: Request) -> PageResult:
        """Read a page; see `ocrkit.backends.base.OcrBackend`."""
        try:
            return self._recognize(page, request)
        except BackendError as error:
            error.backend, error.page = self.name, page.number
            raise

    def _recognize(self, page: Page, request: Request) -> PageResult:
        gaps = self.capabilities.missing(request)
        if gaps:
            raise CapabilityError(f"does not support {', '.join(gaps)}; `ocrkit backends` lists others")
        call = choose(request, self.options)
        image = page.encoded("png")
        engine = self._open()
        if min(page.width, page.height) < _MIN_SIDE:
            recognition = Recognition()
        else:
            recognition = parse(engine.read(image.data, call, self._boxes(page, image)), image, call)
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            blocks=recognition.blocks,
            fields=recognition.fields,
            warnings=recognition.warnings,
            trace=Trace(
                backend=self.name,
                engine=Engine(
                    name="Aspose.OCR",
                    version=engine.version,
                    model=call.method,
                    runtime=".NET",
                    device="cpu",
                    threads=engine.threads,
                ),
            ),
        )

    def close(self) -> None:
        """Free the engine."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def prepare_process(self, folder: Path) -> Mapping[str, str]:
        """See `ocrkit.backends.base.SupportsIsolation`."""
        require_installed(f"the backend '{self.name}'")
        if not self.options.has_license:
            _warn_of_trial()
        # A metered license reports its use.
        return process_variables(
            folder, allow_network=self.options.allow_download or self.options.public_key is not None
        )

    def explain_crash(self, output: str) -> OcrkitError | None:
        """See `ocrkit.backends.base.SupportsIsolation`."""
        return explain_crash(output, self.name)

    def fingerprint(self) -> str:
        """The release, and whether there is a license: without one, the text is cut."""
        try:
            version = importlib.metadata.version(DISTRIBUTION)
        except importlib.metadata.PackageNotFoundError:
            version = "not installed"
        return f"{version} {'licensed' if self.options.has_license else 'trial'}"

    def diagnose(self) -> list[Finding]:
        """Start the engine, activate the license, and look for the resource files."""
        try:
            engine = self._open()
        except OcrkitError as error:
            return [Finding(ok=False, text=error.message)]
        found = [Finding(ok=True, text=f"Aspose.OCR {engine.version or ''} starts in a worker process")]
        if sys.platform == "linux":
            found.append(Finding(ok=True, text=describe_openssl()))
        if engine.licensed:
            found.append(Finding(ok=True, text="the license is accepted"))
        else:
            found.append(
                Finding(
                    ok=False,
                    text="no license: the engine runs in trial mode, which cuts every text",
                    advice="set ASPOSE_OCR_LICENSE to the path or the content of a license file",
                )
            )
        folder = self.options.resources_path
        if folder is not None:
            count = len(list(folder.glob("*.ocr")))
            found.append(Finding(ok=folder.is_dir(), text=f"{count} resource files in {folder}"))
        return found

    def _open(self) -> AsposeEngine:
        if self._engine is None:
            self._engine = AsposeEngine(self.options)
        return self._engine

    def _boxes(self, page: Page, image: Encoded) -> tuple[Box, ...]:
        """The option `regions` in pixels of the image. Raises `CapabilityError` for one off the page."""
        to_image = image.to_page.then(page.to_original).inverse()
        limit = Box(0, 0, image.width, image.height)
        boxes = []
        for region in self.options.regions:
            box = bounding_box(to_image.polygon(region.polygon)).intersection(limit)
            if box is None or box.area < 1:
                raise CapabilityError("a region lies outside of the page; check the option regions")
            boxes.append(box)
        return tuple(boxes)
