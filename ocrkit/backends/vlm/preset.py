"""Presets: the prompts of a family of models, and the format of its answers. Each is a file in `presets/`."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ocrkit.backends.vlm.formats import Format
from ocrkit.errors import ConfigError
from ocrkit.validation import problems, unknown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GENERAL = "markdown"
"""The preset of a model that no other preset names."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageSize(_Part):
    """The image that is sent."""

    max_side: int | None = Field(None, gt=0)
    max_pixels: int | None = Field(None, gt=0)
    min_pixels: int | None = Field(None, gt=0)
    """The model enlarges a smaller image itself; used for the unit `resized`."""
    factor: int = Field(28, gt=0)
    """The model resizes the sides of an image to multiples of this number; used for the unit `resized`."""
    media_type: Literal["png", "jpeg", "smallest"] = "png"
    """`smallest`: a PNG up to `max_bytes`, then a JPEG."""


class Boxes(_Part):
    """The coordinates in answers."""

    unit: Literal["pixels", "resized"] | Annotated[float, Field(gt=0)] = 1000.0
    """The number at the right and lower edge of the image; `pixels` of the image that is sent; or `resized`:
    pixels after the resizing of the Qwen models."""
    order: Literal["xyxy", "yxyx", "xywh"] = "xyxy"


class Preset(_Part):
    """The prompts of a family of models, and the format of its answers."""

    name: str
    models: tuple[str, ...] = ()
    """Parts of the names of models, in lower case, for which this is the preset."""
    format: Format = "markdown"
    prompt: str | None = None
    """The instruction; None: only the image is sent."""
    prompts: Mapping[str, str] = Field(default_factory=dict)
    """Instructions for regions of other kinds than text, by the kind of their block: `table`, `formula` …"""
    system: str | None = None
    image_first: bool = True
    regions: Literal["page", "blocks"] = "page"
    """The content of one request: a page, or one block that the local engine found."""
    image: ImageSize = ImageSize()
    boxes: Boxes = Boxes()
    max_tokens: int = Field(8192, gt=0)
    temperature: float | None = Field(0.0, ge=0)
    retry_temperature: float = Field(0.4, ge=0)
    """For the second request, after an answer that failed."""
    stop: tuple[str, ...] = ()
    body: Mapping[str, Any] = Field(default_factory=dict)
    """Parameters that every OpenAI-compatible server accepts, such as `top_p` or `response_format`."""
    extra_body: Mapping[str, Any] = Field(default_factory=dict)
    """Parameters that only servers for open models accept, such as `skip_special_tokens` or `top_k`."""


def preset_names() -> tuple[str, ...]:
    """The names of the built-in presets."""
    return tuple(sorted(preset.name for preset in _built_in()))


def preset_named(name: str) -> Preset:
    """A built-in preset. Raises `ConfigError` for an unknown name."""
    for preset in _built_in():
        if preset.name == name:
            return preset
    raise ConfigError(
        f"vlm: {unknown('preset', name, preset_names())}; or give the path of a .toml or .json file"
    )


def preset_of_model(model: str) -> Preset:
    """The preset whose entry in `models` is the longest part of a model's name, or else the general one."""
    name = model.lower()
    matches = [(len(part), preset.name) for preset in _built_in() for part in preset.models if part in name]
    return preset_named(max(matches)[1] if matches else GENERAL)


def load_preset(given: str | Path | Mapping[str, Any] | None, model: str) -> Preset:
    """The preset for a model.

    Args:
        given: a name, the path of a TOML or JSON file, or the fields themselves. Fields that a file or table
            leaves out are those of the preset that its `base` names, or else of the preset for the model.
        model: the name of the model.
    """
    if given is None:
        return preset_of_model(model)
    if isinstance(given, str) and not given.lower().endswith((".toml", ".json")):
        return preset_named(given)
    where = "preset" if isinstance(given, Mapping) else f"the preset {given}"
    fields = dict(given) if isinstance(given, Mapping) else _read(Path(given))
    base = fields.pop("base", None)
    if base is not None and not isinstance(base, str):
        raise ConfigError(f"vlm: {where}: base is not the name of a preset")
    foundation = preset_named(base) if base else preset_of_model(model)
    merged = foundation.model_dump() | {"name": "own"}
    for name, value in fields.items():
        inner = merged.get(name)
        is_part = name in ("image", "boxes") and isinstance(inner, dict) and isinstance(value, Mapping)
        merged[name] = {**inner, **value} if is_part and inner is not None else value
    return _validated(merged, where)


def _validated(fields: Mapping[str, Any], where: str) -> Preset:
    try:
        return Preset.model_validate(fields)
    except ValidationError as error:
        found = "; ".join(text for _, text in problems(error, Preset))
    raise ConfigError(f"vlm: {where}: {found}")


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.expanduser().read_text(encoding="utf-8")
        value = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise ConfigError(f"vlm: the preset {path} cannot be read: {error.strerror}") from None
    except ValueError as error:  # that of TOML, JSON and UTF-8
        raise ConfigError(f"vlm: the preset {path} is damaged: {error}") from None
    if not isinstance(value, dict):
        raise ConfigError(f"vlm: the preset {path} is not a table of fields")
    return value


@functools.cache
def _built_in() -> tuple[Preset, ...]:
    return tuple(_presets())


def _presets() -> Iterator[Preset]:
    for file in resources.files("ocrkit.backends.vlm").joinpath("presets").iterdir():
        if file.name.endswith(".toml"):
            fields = tomllib.loads(file.read_text(encoding="utf-8"))
            yield Preset.model_validate({"name": file.name.removesuffix(".toml"), **fields})
