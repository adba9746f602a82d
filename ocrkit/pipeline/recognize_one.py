"""`recognize`, which reads one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ocrkit.config.settings import Settings
from ocrkit.document import Document
from ocrkit.pipeline.config import BackendLike
from ocrkit.pipeline.ocr import Ocr
from ocrkit.pipeline.postprocessing import PostprocessLike
from ocrkit.pipeline.preprocessing import PreprocessLike
from ocrkit.request import HiddenText, Mode, Scene, TextLayerPolicy
from ocrkit.result import BlockKind
from ocrkit.sources import PageSelection, SourceLike


def recognize(
    source: SourceLike,
    *,
    backend: BackendLike | None = None,
    languages: Sequence[str] | str | None = None,
    mode: Mode | None = None,
    scene: Scene | None = None,
    preprocess: PreprocessLike | None = None,
    postprocess: PostprocessLike | None = None,
    tables: bool | None = None,
    marks: bool | None = None,
    text_layer: TextLayerPolicy | None = None,
    hidden_text: HiddenText | None = None,
    without: Sequence[BlockKind] | None = None,
    allow_remote: bool | None = None,
    allow_download: bool | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    pages: PageSelection | None = None,
    password: str | None = None,
) -> Document:
    """Read one document: `ocrkit.recognize("letter.png").text`.

    The engine is loaded for this call and freed after it. For several documents use `Ocr`, which takes the
    same arguments and keeps the engine loaded.

    Args:
        source: a path, bytes, a binary file, a Pillow image or an array (gray, or RGB in that order).
        backend: a name, a dotted path, a class or an object. It never falls back to another backend.
        languages: BCP-47 tags, the most likely first.
        mode: how the text was written: `auto`, `printed` or `handwritten`.
        scene: the kind of page: `document`, `table`, `receipt`, …
        preprocess: the steps before recognition: a profile or a list of steps.
        postprocess: the steps after recognition.
        tables: look for tables on every page; what is not certain to be one stays text.
        marks: look for check boxes, radio buttons, bar codes and QR codes.
        text_layer: `auto` reads the text that a PDF holds where it can be trusted, `ignore` recognizes every
            page, `only` recognizes none.
        hidden_text: whether to `drop` or to `keep` the hidden text of a PDF.
        without: the kinds of blocks to leave out of the document: `["header", "footer", "page_number"]`.
        allow_remote: False keeps every page on this machine, whichever backend is chosen.
        allow_download: download the models that these languages and options need, if they are missing.
        settings: `Settings`, used as they are, or values on top of those from files and the environment.
        pages: which pages, counted from 1: a number, a range, a list, or a text such as `"1-3,7"`. All pages
            by default.
        password: opens an encrypted PDF.

    Raises:
        OcrkitError: every error is one of its subclasses; see `ocrkit.errors`.
    """
    with Ocr(
        backend,
        languages=languages,
        mode=mode,
        scene=scene,
        preprocess=preprocess,
        postprocess=postprocess,
        tables=tables,
        marks=marks,
        text_layer=text_layer,
        hidden_text=hidden_text,
        without=without,
        allow_remote=allow_remote,
        allow_download=allow_download,
        settings=settings,
    ) as ocr:
        return ocr.recognize(source, pages=pages, password=password)
