"""The base of all remote backends: backends that send each page to a service.

A vendor gives its options, its capabilities, the call for a request, the request, the parser and the table
of its error codes. Everything else is here: `RemoteBackend` (and `TokenBackend` for services with access
tokens), image limits, and helpers that turn responses into results.
"""

from ocrkit.backends.remote.backend import RemoteBackend, TokenBackend
from ocrkit.backends.remote.call import Call
from ocrkit.backends.remote.conversion import (
    Character,
    Rotation,
    clipped_blocks,
    confidence_of_percent,
    polygon_of_corners,
    rotation_of_text,
    upright_rotation,
    words_of_characters,
)
from ocrkit.backends.remote.fields import FieldCollector, field_value
from ocrkit.backends.remote.html_tables import HtmlCell, html_cells
from ocrkit.backends.remote.image_limits import ImageLimits, encode_page
from ocrkit.backends.remote.languages import LanguageTable
from ocrkit.backends.remote.local_witness import LocalWitness
from ocrkit.backends.remote.options import RemoteOptions, remote_requirements
from ocrkit.backends.remote.pending_jobs import PendingJobs
from ocrkit.backends.remote.prices import PriceList
from ocrkit.backends.remote.recognition import Recognition
from ocrkit.backends.remote.schema import NullableTuple, ResponseModel, validated
from ocrkit.backends.remote.tables import TableBuilder
from ocrkit.backends.remote.tokens import oauth_token

__all__ = [
    "Call",
    "Character",
    "FieldCollector",
    "HtmlCell",
    "ImageLimits",
    "LanguageTable",
    "LocalWitness",
    "NullableTuple",
    "PendingJobs",
    "PriceList",
    "Recognition",
    "RemoteBackend",
    "RemoteOptions",
    "ResponseModel",
    "Rotation",
    "TableBuilder",
    "TokenBackend",
    "clipped_blocks",
    "confidence_of_percent",
    "encode_page",
    "field_value",
    "html_cells",
    "oauth_token",
    "polygon_of_corners",
    "remote_requirements",
    "rotation_of_text",
    "upright_rotation",
    "validated",
    "words_of_characters",
]
