"""The hooks that OCRmyPDF calls."""

from __future__ import annotations

import argparse
import contextlib
import logging

from ocrmypdf import OcrOptions, hookimpl
from ocrmypdf.exceptions import BadArgsError
from ocrmypdf.pluginspec import OcrEngine

from ocrkit.integrations.ocrmypdf.options import ENGINE, Chosen

_log = logging.getLogger(__name__)

_OURS_TO_TAKE = ("auto", ENGINE)


@hookimpl
def add_options(parser: argparse.ArgumentParser) -> None:
    # OCRmyPDF takes options that are cut short. These meant --ocr-engine before there was --ocrkit.
    with contextlib.suppress(argparse.ArgumentError):
        parser.add_argument(
            "--oc",
            "--ocr",
            dest="ocr_engine",
            choices=["auto", "tesseract", "none"],
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS,
        )
    group = parser.add_argument_group(
        "ocrkit",
        "Read the pages with ocrkit in place of OCRmyPDF's own engine. Any of these options asks for it.\n"
        "Languages are chosen with -l, by Tesseract's codes (-l deu+eng) or as tags (-l de+zh-Hans).",
    )
    group.add_argument(
        "--ocrkit",
        dest="ocrkit_enabled",
        action="store_true",
        help="Read the pages with ocrkit, with the backend that its settings choose.",
    )
    group.add_argument(
        "--ocrkit-backend",
        metavar="NAME",
        help="The backend that reads: a name that `ocrkit backends` lists, or a dotted path "
        "`package.module:Class`.",
    )
    group.add_argument(
        "--ocrkit-config",
        metavar="FILE",
        help="The file with ocrkit's settings; else the nearest ocrkit.toml or pyproject.toml upwards from "
        "the current folder.",
    )
    group.add_argument("--ocrkit-profile", metavar="NAME", help="A profile of that file.")


@hookimpl
def check_options(options: OcrOptions) -> None:
    """Refuse what cannot work before a page is touched."""
    if not Chosen.of(options).is_wanted:
        return
    if options.ocr_engine not in _OURS_TO_TAKE:
        raise BadArgsError(
            f"--ocr-engine {options.ocr_engine} and ocrkit are two engines, and one reads: leave out either"
        )
    if options.pdf_renderer == "sandwich":
        raise BadArgsError(
            "--pdf-renderer sandwich wants an engine that writes PDF files itself; leave it out with ocrkit"
        )
    idle = _idle(options)
    if idle:
        _log.warning(
            "%s: this is for OCRmyPDF's own engine; with ocrkit, see [backends.tesseract] of ocrkit.toml",
            idle,
        )
    from ocrkit.integrations.ocrmypdf import engine

    engine.check(options)


@hookimpl
def get_ocr_engine(options: OcrOptions | None) -> OcrEngine | None:
    if options is None or not Chosen.of(options).is_wanted:
        return None
    from ocrkit.integrations.ocrmypdf.engine import OcrkitEngine

    return OcrkitEngine()


def _idle(options: OcrOptions) -> str:
    """The options that were chosen for Tesseract as OCRmyPDF runs it, and that nobody looks at here."""
    still_in_use = {"downsample_large_images", "downsample_above"}
    chosen = options.tesseract.model_dump(exclude_defaults=True, exclude=still_in_use)
    names = (name if name.startswith("user") else f"tesseract-{name}" for name in chosen)
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)
