"""The plug-in hooks that OCRmyPDF calls."""

from __future__ import annotations

import argparse
import contextlib
import logging

from ocrmypdf import OcrOptions, hookimpl
from ocrmypdf.exceptions import BadArgsError
from ocrmypdf.pluginspec import OcrEngine

from ocrkit.integrations.ocrmypdf.options import ENGINE, OcrkitOptions

_log = logging.getLogger(__name__)

_COMPATIBLE_ENGINES = ("auto", ENGINE)


@hookimpl
def add_options(parser: argparse.ArgumentParser) -> None:
    # OCRmyPDF accepts abbreviated options. Without the plug-in, --oc and --ocr mean --ocr-engine: keep that.
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
        "Use ocrkit instead of OCRmyPDF's own engine. Each of these options selects it.\n"
        "Select languages with -l, as Tesseract codes (-l deu+eng) or as tags (-l de+zh-Hans).",
    )
    group.add_argument(
        "--ocrkit",
        dest="ocrkit_enabled",
        action="store_true",
        help="Use ocrkit with the backend from its settings.",
    )
    group.add_argument(
        "--ocrkit-backend",
        metavar="NAME",
        help="The backend: a name from `ocrkit backends`, or a dotted path `package.module:Class`.",
    )
    group.add_argument(
        "--ocrkit-config",
        metavar="FILE",
        help="The settings file of ocrkit. Default: the nearest ocrkit.toml or pyproject.toml in the current "
        "folder or its parents.",
    )
    group.add_argument("--ocrkit-profile", metavar="NAME", help="A profile of the settings file.")


@hookimpl
def check_options(options: OcrOptions) -> None:
    """Reject invalid combinations before the first page."""
    if not OcrkitOptions.of(options).is_selected:
        return
    if options.ocr_engine not in _COMPATIBLE_ENGINES:
        raise BadArgsError(
            f"--ocr-engine {options.ocr_engine} cannot be combined with ocrkit: leave out one of them"
        )
    if options.pdf_renderer == "sandwich":
        raise BadArgsError(
            "--pdf-renderer sandwich needs an engine that writes PDF files, and ocrkit does not: leave it out"
        )
    ignored = _ignored_options(options)
    if ignored:
        _log.warning(
            "%s: ignored by ocrkit; for its backend 'tesseract', use [backends.tesseract] in ocrkit.toml",
            ignored,
        )
    from ocrkit.integrations.ocrmypdf import engine

    engine.check(options)


@hookimpl
def get_ocr_engine(options: OcrOptions | None) -> OcrEngine | None:
    if options is None or not OcrkitOptions.of(options).is_selected:
        return None
    from ocrkit.integrations.ocrmypdf.engine import OcrkitEngine

    return OcrkitEngine()


def _ignored_options(options: OcrOptions) -> str:
    """The names of the given options that only OCRmyPDF's own engine uses."""
    used = {"downsample_large_images", "downsample_above"}
    chosen = options.tesseract.model_dump(exclude_defaults=True, exclude=used)
    names = (name if name.startswith("user") else f"tesseract-{name}" for name in chosen)
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)
