"""How a page was read, and how far it can be trusted."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import from_json, to_json

from ocrkit.result.model import Confidence, Model, Text


def _plain(value: Any) -> Any:
    """As JSON has it, so that what is read back is equal: lists for tuples, text for what is not data."""
    return from_json(to_json(value, fallback=repr, inf_nan_mode="strings"))


class Measurements(Model):
    """What a page is like, before anything is done to it. Lengths are in its pixels."""

    letters: int = 0
    """How many pieces of ink look like letters, by their height."""
    regularity: float = 0.0
    """Which share of all pieces they are: print is regular, what else there is on a photo is not."""
    text_height: float | None = None
    """How tall the bodies of the letters are; None where no text was found."""
    skew: float | None = None
    """How far the lines are turned clockwise, in degrees; None where none stand out."""
    skew_certainty: float = 1.0
    """How much better this angle is than the middle one: 1 is not at all."""
    contrast: float = 0.0
    """By how much ink is darker than the paper around it: 1 is black on white."""
    shadow: float = 0.0
    """The share of the letters that stand on paper which is as dark as ink elsewhere on the page."""
    unevenness: float = 0.0
    """By how much the darkest paper is darker than the lightest: 0 is even light."""
    noise: float = 0.0
    """The standard deviation of the grain, in levels of 256."""
    specks: float = 0.0
    """The share of blank paper that is single pixels, darker or lighter than all around: salt and pepper."""
    edge_width: float | None = None
    """How many pixels it takes from ink to paper: 2 is sharp."""
    inverted: bool = False
    """The text is light on dark ground."""


class AppliedStep(Model):
    """One step of a chain, before the engine or after it, as it went."""

    name: str
    changed: bool
    parameters: Annotated[dict[str, Any], BeforeValidator(_plain)] = Field(default_factory=dict)
    seconds: float = 0.0
    reason: str | None = None
    """Why it was taken, where ocrkit has chosen it."""
    measurements: Measurements | None = None
    """What the page was like; of `auto`, which looks first and then chooses the steps that follow."""


class Decision(Model):
    """One choice ocrkit made while reading a page, with what it was based on."""

    topic: str
    """What was decided, for instance `orientation`."""
    choice: str
    reason: str


class Engine(Model):
    """Who read the page: written by the backend."""

    name: str
    """The engine's own name, for instance `PP-OCRv6 small`."""
    version: str | None = None
    model: str | None = None
    runtime: str | None = None
    device: str | None = None
    """The device that really did the work, not the one asked for."""
    threads: int | None = None
    endpoint: str | None = None
    """The address of the remote service."""
    region: str | None = None
    """Where the service did the work, as it was asked to."""


class Trace(Model):
    """Where a page's text came from: enough to explain it, and to get it again."""

    backend: str
    engine: Engine | None = None
    languages: tuple[str, ...] = ()
    """What was asked for, the most likely first."""
    preprocess: tuple[AppliedStep, ...] = ()
    postprocess: tuple[AppliedStep, ...] = ()
    timings: dict[str, float] = Field(default_factory=dict)
    """Seconds by stage, in the order they ran."""
    attempts: int = 1
    """More than one where a remote call had to be repeated."""
    request_id: Text | None = None
    """What a remote service calls the request: its support asks for it."""
    doubtful_below: float | None = None
    """The confidence below which words are doubtful, as the backend states it in its `Capabilities`."""
    decisions: tuple[Decision, ...] = ()
    source: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """How the page was read from its file."""


class Quality(Model):
    """How far a page can be trusted. The mean alone hides a page that lost half of its text."""

    mean: Confidence | None = None
    """Mean confidence of the words (of the lines, where there are no words)."""
    p05: Confidence | None = None
    """The confidence that one word in twenty falls below."""
    worst_line: Confidence | None = None
    coverage: Confidence | None = None
    """The share of the page's text-like ink that lies inside recognised text; None on a blank page."""
