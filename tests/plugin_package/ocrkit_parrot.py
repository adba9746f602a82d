"""Everything a plug-in needs to know of ocrkit: a page comes in, a result goes out."""

from __future__ import annotations

import numpy as np
from pydantic import SecretStr

from ocrkit.backends.base import BackendOptions, Requirement
from ocrkit.document import Document
from ocrkit.harmless import Harmless
from ocrkit.page import Page
from ocrkit.postprocess.edits import Edit, apply_edits
from ocrkit.request import Capabilities, Request
from ocrkit.result import Block, Line, PageResult, Trace


class ParrotOptions(BackendOptions):
    """What the parrot says, and how often."""

    phrase: Harmless[str] = "hello"
    times: Harmless[int] = 1
    threads: int | None = None
    token: SecretStr | None = None


class ParrotBackend:
    """Says the same on every page, and how bright the page is."""

    name = "parrot"
    capabilities = Capabilities(languages=frozenset({"en", "x-parrot"}), confidence="none", polygons=False)
    requires = (Requirement(kind="program", name="cracker", install="apt install cracker", optional=True),)
    Options = ParrotOptions

    def __init__(self, options: ParrotOptions) -> None:
        self.options = options

    def recognize(self, page: Page, request: Request) -> PageResult:
        text = " ".join([self.options.phrase] * self.options.times)
        brightness = Line(text=f"brightness {int(np.mean(page.pixels))}")
        return PageResult(
            index=page.index,
            width=page.width,
            height=page.height,
            blocks=(Block(lines=(Line(text=text), brightness)),),
            trace=Trace(backend=self.name),
        )

    def close(self) -> None:
        """Nothing is held."""


def negate(page: Page, *, strength: float = 1.0) -> Page:
    return page.derive(np.asarray(page.pixels + strength * (255.0 - 2.0 * page.pixels), dtype=np.uint8))


def chirp(page: PageResult, *, times: int = 1) -> PageResult:
    """Adds a sound to the first line, and says so."""
    if not page.blocks:
        return page
    first, *rest = page.blocks
    line = first.lines[0]
    edit = Edit(0, len(line.text), len(line.text), " chirp" * times, "parrots do")
    return page.model_copy(update={"blocks": (apply_edits(first, [edit], "chirp"), *rest)})


def shout(document: Document) -> bytes:
    return document.text.upper().encode()
