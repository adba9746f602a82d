"""Recognition results: Word < Line < Block < PageResult < Document.

Conventions that hold for every result:

- Coordinates are pixels of the original page; the origin is the top left corner, and y grows downwards. A
  polygon runs clockwise from the corner where the text begins at the top, so its first edge points in
  reading direction.
- `confidence` is the engine's own value between 0 and 1, or None where the engine gives none. Unknown is
  never 0 and never 1. Where the engine gives none for a line or a block, its confidence is the average of
  its words, weighted by their length.
- `language` is a BCP-47 tag or None.
- `text` is the text after all steps, `raw_text` the exact text of the engine. Where they differ,
  `corrections` say which step changed what, and why.
- `handwritten` is "detected" when the engine detected handwriting, "requested" when the request only asked
  for it.

All models are frozen. `Document.to_json()` and `Document.from_json()` are exact inverses.
"""

from ocrkit.result.blocks import Alternative, Block, BlockKind, Line, Word, check_kinds, join_words
from ocrkit.result.corrections import CandidateSource, Correction, CorrectionCandidate
from ocrkit.result.document_result import SCHEMA_VERSION, DocumentResult, PageFailure
from ocrkit.result.fields import Field, FieldType
from ocrkit.result.findings import Finding, FindingKind
from ocrkit.result.marks import Barcode, MarkState, SelectionMark
from ocrkit.result.model import Confidence, Handwritten, Model, Text
from ocrkit.result.page_result import PageResult
from ocrkit.result.region import Region
from ocrkit.result.rows import COLUMNS, WordRow, word_rows
from ocrkit.result.search import Match
from ocrkit.result.tables import Cell, Table
from ocrkit.result.trace import AppliedStep, Cost, Decision, Engine, Measurements, Quality, Trace
from ocrkit.result.unread import Unread

__all__ = [
    "COLUMNS",
    "SCHEMA_VERSION",
    "Alternative",
    "AppliedStep",
    "Barcode",
    "Block",
    "BlockKind",
    "CandidateSource",
    "Cell",
    "Confidence",
    "Correction",
    "CorrectionCandidate",
    "Cost",
    "Decision",
    "DocumentResult",
    "Engine",
    "Field",
    "FieldType",
    "Finding",
    "FindingKind",
    "Handwritten",
    "Line",
    "MarkState",
    "Match",
    "Measurements",
    "Model",
    "PageFailure",
    "PageResult",
    "Quality",
    "Region",
    "SelectionMark",
    "Table",
    "Text",
    "Trace",
    "Unread",
    "Word",
    "WordRow",
    "check_kinds",
    "join_words",
    "word_rows",
]
