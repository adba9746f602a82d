"""`ocrkit view`: a result as a web page to look at, in one file."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ocrkit.cli import _console, _options, _writing
from ocrkit.cli._console import ConfigFile, Profile
from ocrkit.document import Document
from ocrkit.errors import ConfigError, OcrkitError, SourceError
from ocrkit.files import atomic_write

_HEAD = 64  # bytes that say whether a file is JSON
_STEM = 40  # characters of a file's name that a temporary one keeps


def view(
    files: Annotated[
        list[str],
        typer.Argument(
            help="An image or a PDF; or results of one in JSON; - is standard input.",
            metavar="FILE",
            show_default=False,
        ),
    ],
    *,
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="The HTML file; else a temporary one.", metavar="FILE")
    ] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", "-b", help="What reads; several to compare them.", metavar="NAME"),
    ] = None,
    lang: _options.Languages = None,
    mode: _options.TextMode = None,
    scene: _options.PageScene = None,
    preprocess: _options.Preprocess = None,
    postprocess: _options.Postprocess = None,
    pages: _options.Pages = None,
    image: Annotated[
        str | None,
        typer.Option("--image", help="What a result in JSON was read from, if it moved.", metavar="FILE"),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    dpi: _options.Dpi = None,
    password_file: _options.PasswordFile = None,
    profile: Profile = None,
    config: ConfigFile = None,
) -> None:
    """Make a web page of a result, to look at and to check.

    The page is one file that fetches nothing. It is searched, leads from one doubtful word to the next, and
    shows where several engines differ. The name of the file is printed.
    """
    from pydantic import SecretStr

    from ocrkit.config.loading import load_settings
    from ocrkit.viewer import view as view_of

    _options.refuse_empty(out=out, pages=pages, image=image)
    names = backend or []
    overrides, origins = _options.overrides(
        {
            "backend": (names[0] if names else None, "--backend"),
            "languages": (lang, "--lang"),
            "mode": (mode, "--mode"),
            "scene": (scene, "--scene"),
            "preprocess": (preprocess, "--preprocess"),
            "postprocess": (postprocess, "--postprocess"),
            "source.dpi": (dpi, "--dpi"),
        }
    )
    settings = load_settings(
        overrides=overrides, override_names=origins, profile=profile, config_file=config
    ).settings
    password = _options.password(password_file, files)
    if files.count(_options.STDIN) > 1:
        raise ConfigError("standard input can be read once: name - once")
    piped = sys.stdin.buffer.read() if _options.STDIN in files else b""
    picture: Any
    if any(_is_json(name, piped) for name in files):
        if names:
            raise ConfigError(
                "--backend is for pages to read, and a result in JSON has been read: leave one out"
            )
        documents = [_result(name, piped) for name in files]
        picture = image or _picture(files, documents)
    else:
        if len(files) > 1:
            raise ConfigError(
                "one file is shown at a time; several have to be results of the same file, in JSON"
            )
        if image:
            raise ConfigError("--image is for results in JSON: a file that is read is its own picture")
        picture = piped if files == [_options.STDIN] else Path(files[0])
        documents = [
            _read(picture, files[0], backend=name, settings=settings, pages=pages, password=password)
            for name in names or [settings.backend]
        ]
    options = settings.source
    if password is not None:
        options = options.model_copy(update={"password": SecretStr(password)})
    text = view_of(documents, picture, pages=pages, options=options)
    path = Path(out) if out else _temporary(files[0])
    _writing.check_not_an_input(path, [*files, *([image] if image else [])])
    with atomic_write(path) as file:
        file.write(text.encode())
    print(path)
    if open_it:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())


def _read(
    source: Any, title: str, *, backend: str, settings: Any, pages: str | None, password: str | None
) -> Any:
    from ocrkit.pipeline import Ocr

    progress = _console.Progress()
    lead = f"{'standard input' if title == _options.STDIN else title}, {backend}"
    progress.show(f"{lead} …")
    try:
        with Ocr(backend, settings=settings) as ocr:
            return ocr.recognize(
                source,
                pages=pages,
                password=password,
                progress=lambda done, total: progress.show(f"{lead}: page {done} of {total}"),
            )
    finally:
        progress.clear()


def _is_json(name: str, piped: bytes) -> bool:
    """Whether it is a result: no picture and no PDF begins like an object."""
    head = piped[:_HEAD]
    if name != _options.STDIN:
        head = b""
        with contextlib.suppress(OSError), Path(name).open("rb") as file:  # reading it tells what is wrong
            head = file.read(_HEAD)
    return head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")


def _result(name: str, piped: bytes) -> Document:
    try:
        content = piped if name == _options.STDIN else Path(name).read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=name) from None
    try:
        return Document.from_json(content.removeprefix(codecs.BOM_UTF8))
    except OcrkitError as error:
        raise SourceError(str(error), path=name) from error


def _picture(files: Sequence[str], documents: Sequence[Document]) -> Path | None:
    """What results were read from, where it lies beside them. Where it lies as it did, it is found anyway."""
    for name, document in zip(files, documents, strict=True):
        if document.source and name != _options.STDIN and not Path(document.source).is_file():
            for beside in (
                Path(name).parent / document.source,
                Path(name).with_name(Path(document.source).name),
            ):
                if beside.is_file():
                    return beside
    return None


def _temporary(name: str) -> Path:
    """A file of our own in the temporary folder, named after the page."""
    stem = re.sub(r"[^\w.-]+", "-", "page" if name == _options.STDIN else Path(name).name)[:_STEM]
    number, path = tempfile.mkstemp(prefix=f"{stem}-", suffix=".html")
    os.close(number)
    return Path(path)
