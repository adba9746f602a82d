"""How a page was read, and how good the result is."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import from_json, to_json

from ocrkit.result.model import Confidence, Model, Text


def _as_json_types(value: Any) -> Any:
    """Convert to the types of JSON, so that a result read back is equal: tuples to lists, objects to text."""
    return from_json(to_json(value, fallback=repr, inf_nan_mode="strings"))


class Measurements(Model):
    """Properties of a page before preprocessing. Lengths are in pixels."""

    letters: int = 0
    """The number of connected components whose height is that of letters."""
    regularity: float = 0.0
    """The share of `letters` in all components: high for print, low for the background of a photo."""
    text_height: float | None = None
    """The x-height of the text; None where no text was found."""
    skew: float | None = None
    """The clockwise rotation of the lines in degrees; None where no lines were found."""
    skew_certainty: float = 1.0
    """The score of this angle, divided by the median score of all angles; 1 means no better."""
    contrast: float = 0.0
    """How much darker the ink is than the paper around it; 1 is black on white."""
    shadow: float = 0.0
    """The share of the letters on paper that is as dark as ink elsewhere on the page."""
    unevenness: float = 0.0
    """How much darker the darkest paper is than the lightest; 0 is even lighting."""
    noise: float = 0.0
    """The standard deviation of the grain, in gray levels from 0 to 255."""
    specks: float = 0.0
    """The share of single pixels that differ from their neighbors on blank paper: salt-and-pepper noise."""
    edge_width: float | None = None
    """The width of the transition from ink to paper; 2 pixels is sharp."""
    inverted: bool = False
    """Whether the text is light on a dark background."""


class AppliedStep(Model):
    """A preprocessing or post-processing step that ran."""

    name: str
    changed: bool
    parameters: Annotated[dict[str, Any], BeforeValidator(_as_json_types)] = Field(default_factory=dict)
    seconds: float = 0.0
    reason: str | None = None
    """Why ocrkit chose the step, where it did."""
    measurements: Measurements | None = None
    """The properties of the page, by which the step `auto` chooses the steps after it."""


class Decision(Model):
    """A choice that ocrkit made while it read a page, and the reason."""

    topic: str
    """The subject, for instance `orientation`."""
    choice: str
    reason: str


class Engine(Model):
    """The engine that read the page, as reported by its backend."""

    name: str
    """The engine's own name, for instance `PP-OCRv6 small`."""
    version: str | None = None
    model: str | None = None
    runtime: str | None = None
    device: str | None = None
    """The device that was used, which may differ from the requested one."""
    threads: int | None = None
    endpoint: str | None = None
    """The URL of the remote service."""
    region: str | None = None
    """The requested region of the remote service."""
    scripts: tuple[str, ...] | None = None
    """The scripts that the model reads, by their ISO 15924 codes; `Latn-VN` is Latin script with the letters
    of Vietnamese. None where the backend does not say: the scripts of lines are not checked then."""


class Cost(Model):
    """The cost of a page, by the prices of the remote backends that read it."""

    amount: float = Field(ge=0)
    currency: str = "USD"
    calls: int = Field(ge=0)
    """The number of paid requests."""


class Trace(Model):
    """How a page was read: enough to explain and to repeat it."""

    backend: str
    engine: Engine | None = None
    languages: tuple[str, ...] = ()
    """The requested languages, most likely first."""
    preprocess: tuple[AppliedStep, ...] = ()
    postprocess: tuple[AppliedStep, ...] = ()
    timings: dict[str, float] = Field(default_factory=dict)
    """Seconds per stage, in the order in which they ran."""
    attempts: int = 1
    """The number of requests; more than 1 where a remote call was retried."""
    request_id: Text | None = None
    """The request ID of a remote service, for its support."""
    doubtful_below: float | None = None
    """The confidence below which words are doubtful, as the backend states it in its `Capabilities`."""
    cost: Cost | None = None
    """None where nothing was paid, or where the price is unknown."""
    full_cost: Cost | None = None
    """What the page would have cost if the paid reader of a strategy had read all of it. None without a
    strategy, and where the price is unknown."""
    decisions: tuple[Decision, ...] = ()
    source: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """How the page was read from its file."""


class Quality(Model):
    """Indicators of recognition quality. The mean alone does not show that half of the text is missing."""

    mean: Confidence | None = None
    """The mean confidence of the words, or of the lines where there are no words."""
    p05: Confidence | None = None
    """The 5th percentile: one word in twenty has a lower confidence."""
    worst_line: Confidence | None = None
    coverage: Confidence | None = None
    """The share of the text-like ink that is inside recognized text; None on a blank page."""
    unread: Confidence | None = None
    """The share of the lines, by area, in scripts that were not read; None where scripts were not checked."""
    agreement: Confidence | None = None
    """The share of the text that a second reading confirms; None where there was none."""
