"""The call that a request leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ocrkit.result import Handwritten

EndpointT = TypeVar("EndpointT", bound=str)


@dataclass(frozen=True, slots=True)
class Call(Generic[EndpointT]):
    """One endpoint of a service, and its parameters besides the image."""

    endpoint: EndpointT
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    """Why this endpoint, for the trace. Empty for a service with a single endpoint."""
    language: str | None = None
    """The language of all text, if the service reads only this one."""
    handwritten: Handwritten | None = None
    """`requested` if the service reads only handwriting."""
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The endpoint and its parameters, for the trace."""
        parameters = {
            name: "+".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            for name, value in self.parameters.items()
        }
        return " ".join((self.endpoint, *(f"{name}={value}" for name, value in parameters.items())))
