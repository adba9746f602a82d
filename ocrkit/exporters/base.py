"""What an exporter is: a function from a document to the bytes of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ocrkit.result import Document

Export: TypeAlias = Callable[[Document], bytes]
