"""`ocrkit view`: a result as a web page, in one file."""

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
from ocrkit.cli._terminal import show
from ocrkit.document import Document
from ocrkit.errors import ConfigError, OcrkitError, SourceError
from ocrkit.files import atomic_write

_HEAD = 64  # bytes read to recognize JSON
_STEM = 40  # characters of the input's name in the name of a temporary file


@_options.reading_options(without=["backend"])
def view(
    files: Annotated[
        list[str],
        typer.Argument(
            help="An image or a PDF, or results of one in JSON; - is standard input.",
            metavar="FILE",
            show_default=False,
        ),
    ],
    *,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", help="The HTML file. Default: a temporary file.", metavar="FILE"),
    ] = None,
    backend: _options.Backends = None,
    reading: _options.ReadingOptions,
    image: Annotated[
        str | None,
        typer.Option("--image", help="The image or PDF of results in JSON, if it was moved.", metavar="FILE"),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Make a web page that shows the words of a result over their page.

    The page is one file that loads nothing else. It has a search field, steps through doubtful words, and
    shows where several engines differ. The name of the file is printed.
    """
    from pydantic import SecretStr

    from ocrkit.viewer import view as make_page

    _options.refuse_empty(out=out, image=image)
    _options.refuse_stdin_twice(files)
    backends = backend or []
    settings = reading.load(backend=backends[0] if backends else None).settings
    password = reading.password(files)
    stdin = sys.stdin.buffer.read() if _options.STDIN in files else b""
    source: Any
    if any(_is_json(name, stdin) for name in files):
        if backends:
            raise ConfigError("--backend cannot be used with results in JSON, which need no recognition")
        documents = [_result(name, stdin).without(settings.without) for name in files]
        source = image or _source_beside(files, documents)
    else:
        if len(files) > 1:
            raise ConfigError(
                "only one file can be shown at a time; to compare results of one file, pass them as JSON"
            )
        if image:
            raise ConfigError("--image applies only to results in JSON; leave it out")
        source = stdin if files == [_options.STDIN] else Path(files[0])
        documents = [
            _read(source, files[0], reading, backend=name, settings=settings, password=password)
            for name in backends or [settings.backend]
        ]
    options = settings.source
    if password is not None:
        options = options.model_copy(update={"password": SecretStr(password)})
    text = make_page(documents, source, pages=reading.pages, options=options)
    path = Path(out) if out else _temporary(files[0])
    _writing.check_not_an_input(path, [*files, *([image] if image else [])])
    with atomic_write(path) as file:
        file.write(text.encode())
    show(path)
    if open_it:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())


def _read(
    source: Any,
    name: str,
    reading: _options.ReadingOptions,
    *,
    backend: str,
    settings: Any,
    password: str | None,
) -> Any:
    from ocrkit.pipeline import Ocr

    progress = _console.Progress()
    lead = f"{_options.title_of(name)}, {backend}"
    progress.show(f"{lead} …")
    try:
        with Ocr(backend, settings=settings) as ocr:
            return ocr.recognize(
                source,
                pages=reading.pages,
                password=password,
                progress=lambda done, total: progress.show(f"{lead}: page {done} of {total}"),
            )
    finally:
        progress.clear()


def _is_json(name: str, stdin: bytes) -> bool:
    """Whether the file is a result: no image or PDF begins with a brace."""
    head = stdin[:_HEAD]
    if name != _options.STDIN:
        head = b""
        with contextlib.suppress(OSError), Path(name).open("rb") as file:  # reported when it is read
            head = file.read(_HEAD)
    return head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")


def _result(name: str, stdin: bytes) -> Document:
    try:
        content = stdin if name == _options.STDIN else Path(name).read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=name) from None
    try:
        return Document.from_json(content.removeprefix(codecs.BOM_UTF8))
    except OcrkitError as error:
        raise SourceError(str(error), path=name) from error


def _source_beside(files: Sequence[str], documents: Sequence[Document]) -> Path | None:
    """The source of results, if it lies beside them and no longer at its own path."""
    for name, document in zip(files, documents, strict=True):
        if document.source and name != _options.STDIN and not Path(document.source).is_file():
            candidates = (
                Path(name).parent / document.source,
                Path(name).with_name(Path(document.source).name),
            )
            for candidate in candidates:
                if candidate.is_file():
                    return candidate
    return None


def _temporary(name: str) -> Path:
    """A new file in the temporary folder, named after the input."""
    stem = re.sub(r"[^\w.-]+", "-", "page" if name == _options.STDIN else Path(name).name)[:_STEM]
    number, path = tempfile.mkstemp(prefix=f"{stem}-", suffix=".html")
    os.close(number)
    return Path(path)
