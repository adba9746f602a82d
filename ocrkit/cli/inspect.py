"""`ocrkit inspect`: properties of pages and their preprocessing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ocrkit.cli import _options
from ocrkit.cli._console import table
from ocrkit.cli._terminal import show, show_json
from ocrkit.errors import ExportError


@_options.reading_options(
    "backend", "preprocess", "postprocess", "pages", "dpi", "password_file", "profile", "config"
)
def inspect(
    file: Annotated[
        str,
        typer.Argument(help="An image or a PDF; - is standard input.", metavar="FILE", show_default=False),
    ],
    *,
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="A folder for an image of each stage.", metavar="DIR")
    ] = None,
    reading: _options.ReadingOptions,
    as_json: _options.AsJson = False,
) -> None:
    """Show the properties of pages and how they are preprocessed, without reading them.

    With --out, the page is saved before the steps and after each step that changes it.
    """
    from ocrkit.pipeline import Ocr

    _options.refuse_empty(out=out)
    settings = reading.load().settings
    password = reading.password([file])
    is_stdin = file == _options.STDIN
    source = sys.stdin.buffer if is_stdin else Path(file)
    name = "page" if is_stdin else Path(file).name
    with Ocr(settings=settings) as ocr:
        found = []
        after = [step.model_dump(mode="json", include={"name", "parameters"}) for step in ocr.postprocess]
        for prepared in ocr.prepare(source, pages=reading.pages, password=password):
            facts = {**_facts(prepared), "after": after}
            facts["images"] = list(_save_stages(prepared, name, Path(out))) if out else []
            if as_json:
                found.append({"file": file, "backend": ocr.backend.name, **facts})
            else:
                show(_report(file, ocr.backend.name, facts))
    if as_json:
        show_json(found)


def _facts(prepared: Any) -> dict[str, Any]:
    from ocrkit.preprocess.measure import measure

    page = prepared.page
    steps = [stage.step for stage in prepared.stages]
    measured = next((step.measurements for step in steps if step.measurements), None) or measure(page)
    return {
        "page": page.number,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "measurements": measured.model_dump(mode="json"),
        "steps": [step.model_dump(mode="json", exclude={"measurements"}) for step in steps],
    }


def _report(file: str, backend: str, facts: dict[str, Any]) -> str:
    dpi = f", {facts['dpi']:g} dpi" if facts["dpi"] else ""
    rows = [f"{file}, page {facts['page']}: {facts['width']} × {facts['height']} pixels{dpi}", ""]
    rows.append(table([["PROPERTY", "VALUE", "MEANING"], *_measured(facts["measurements"])]))
    steps = [
        [
            step["name"],
            "changed" if step["changed"] else "–",
            f"{1000 * step['seconds']:.0f} ms",
            ", ".join(filter(None, [step["reason"], _parameters(step["parameters"])])),
        ]
        for step in facts["steps"]
    ]
    if steps:
        rows += ["", table([["STEP", "", "TIME", f"REASON, FOR {backend}"], *steps])]
    else:
        rows += ["", "No step applies."]
    after = [f"{step['name']} {_parameters(step['parameters'])}".strip() for step in facts["after"]]
    rows += ["", f"After reading: {', '.join(after) or 'nothing'}."]
    rows += [*([""] if facts["images"] else []), *facts["images"], ""]
    return "\n".join(rows)


def _measured(found: dict[str, Any]) -> list[list[str]]:
    def length(value: float | None) -> str:
        return "–" if value is None else f"{value:g} px"

    skew = "–" if found["skew"] is None else f"{found['skew']:+.2f}°"
    return [
        [
            "letters",
            f"{found['letters']}",
            f"marks of similar height, {found['regularity']:.0%} of all marks",
        ],
        ["text height", length(found["text_height"]), "x-height of the letters; 12 or more is enough"],
        ["skew", skew, f"of the lines, clockwise; certainty {found['skew_certainty']:g} (1 means none)"],
        ["contrast", f"{found['contrast']:.2f}", "between ink and paper; 1 is black on white"],
        ["shadow", f"{found['shadow']:.1%}", "of the letters lie on paper as dark as ink elsewhere"],
        ["unevenness", f"{found['unevenness']:.0%}", "difference between the darkest and the lightest paper"],
        ["noise", f"{found['noise']:g}", "standard deviation of the grain, of 256 levels"],
        ["specks", f"{found['specks']:.2%}", "of the blank paper is single dark or light pixels"],
        ["edge width", length(found["edge_width"]), "from ink to paper; 2 is sharp"],
        ["inverted", "yes" if found["inverted"] else "no", "light text on a dark background"],
    ]


def _parameters(parameters: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in parameters.items() if value is not None)


def _save_stages(prepared: Any, name: str, folder: Path) -> Iterator[str]:
    """Save the page after each stage. Yields the names of the files."""
    stages = [("page", prepared.page)]
    stages += [(stage.step.name, stage.page) for stage in prepared.stages if stage.step.changed]
    for number, (what, page) in enumerate(stages):
        path = folder / f"{name}-{page.number}-{number}-{what}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(page.encoded("png").data)
        except OSError as error:
            raise ExportError(f"{path}: cannot be written: {error.strerror or error}") from error
        yield str(path)
