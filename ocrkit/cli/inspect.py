"""`ocrkit inspect`: what a page is like, and what would be done to it before it is read."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ocrkit.cli import _options
from ocrkit.cli._console import AsJson, ConfigFile, Profile, table
from ocrkit.errors import ExportError


def inspect(
    file: Annotated[
        str,
        typer.Argument(help="An image or a PDF; - is standard input.", metavar="FILE", show_default=False),
    ],
    *,
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="A folder for pictures of every stage.", metavar="DIR")
    ] = None,
    backend: _options.Backend = None,
    preprocess: _options.Preprocess = None,
    postprocess: _options.Postprocess = None,
    pages: _options.Pages = None,
    dpi: _options.Dpi = None,
    password_file: _options.PasswordFile = None,
    as_json: AsJson = False,
    profile: Profile = None,
    config: ConfigFile = None,
) -> None:
    """Show what a page is like, and what is done to it before it is read. Nothing is read.

    With --out there is a picture of the page as it comes, and one after each step that changes it.
    """
    from ocrkit.config.loading import load_settings
    from ocrkit.pipeline import Ocr

    _options.refuse_empty(out=out, pages=pages)
    overrides, names = _options.overrides(
        {
            "backend": (backend, "--backend"),
            "preprocess": (preprocess, "--preprocess"),
            "postprocess": (postprocess, "--postprocess"),
            "source.dpi": (dpi, "--dpi"),
        }
    )
    loaded = load_settings(overrides=overrides, override_names=names, profile=profile, config_file=config)
    password = _options.password(password_file, [file])
    is_stdin = file == _options.STDIN
    source = sys.stdin.buffer if is_stdin else Path(file)
    name = "page" if is_stdin else Path(file).name
    with Ocr(settings=loaded.settings) as ocr:
        found = []
        after = [step.model_dump(mode="json", include={"name", "parameters"}) for step in ocr.postprocess]
        for prepared in ocr.prepare(source, pages=pages, password=password):
            facts = {**_facts(prepared), "after": after}
            facts["pictures"] = list(_pictures(prepared, name, Path(out))) if out else []
            if as_json:
                found.append({"file": file, "backend": ocr.backend.name, **facts})
            else:
                print(_described(file, ocr.backend.name, facts))
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))


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


def _described(file: str, backend: str, facts: dict[str, Any]) -> str:
    dpi = f", {facts['dpi']:g} dpi" if facts["dpi"] else ""
    rows = [f"{file}, page {facts['page']}: {facts['width']} × {facts['height']} pixels{dpi}", ""]
    rows.append(table([["MEASURED", "", "MEANS"], *_measured(facts["measurements"])]))
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
        rows += ["", table([["STEP", "", "TIME", f"WHY AND HOW, FOR {backend}"], *steps])]
    else:
        rows += ["", "No step is taken."]
    after = [f"{step['name']} {_parameters(step['parameters'])}".strip() for step in facts["after"]]
    rows += ["", f"After reading: {', '.join(after) or 'nothing'}."]
    rows += [*([""] if facts["pictures"] else []), *facts["pictures"], ""]
    return "\n".join(rows)


def _measured(found: dict[str, Any]) -> list[list[str]]:
    def length(value: float | None) -> str:
        return "–" if value is None else f"{value:g} px"

    skew = "–" if found["skew"] is None else f"{found['skew']:+.2f}°"
    return [
        ["letters", f"{found['letters']}", f"pieces of ink of one height, {found['regularity']:.0%} of all"],
        ["text height", length(found["text_height"]), "of the bodies of letters: 12 and more is enough"],
        ["skew", skew, f"of the lines, clockwise; certainty {found['skew_certainty']:g}, 1 is none"],
        ["contrast", f"{found['contrast']:.2f}", "of ink and paper: 1 is black on white"],
        ["shadow", f"{found['shadow']:.1%}", "of the letters stand on paper as dark as ink elsewhere"],
        ["unevenness", f"{found['unevenness']:.0%}", "less light on the darkest paper than on the lightest"],
        ["noise", f"{found['noise']:g}", "levels of 256 that the grain varies by"],
        ["specks", f"{found['specks']:.2%}", "of the blank paper, of one pixel each"],
        ["edge width", length(found["edge_width"]), "from ink to paper: 2 is sharp"],
        ["inverted", "yes" if found["inverted"] else "no", "whether text is light on dark ground"],
    ]


def _parameters(parameters: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in parameters.items() if value is not None)


def _pictures(prepared: Any, name: str, folder: Path) -> Iterator[str]:
    """Write them, and say where they are."""
    stages = [("page", prepared.page)]
    stages += [(stage.step.name, stage.page) for stage in prepared.stages if stage.step.changed]
    for number, (what, page) in enumerate(stages):
        path = folder / f"{name}-{page.number}-{number}-{what}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(page.encoded("png").data)
        except OSError as error:
            raise ExportError(f"{path} cannot be written: {error.strerror or error}") from error
        yield str(path)
