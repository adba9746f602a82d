"""TSV with one row per word, for programs (UTF-8).

Nothing is quoted or escaped, so that `cut` and `awk` see the unchanged text. Only tabs and line breaks inside
a text, which the format cannot hold, become spaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocrkit.exporters._word_table import word_table
from ocrkit.exporters.base import StreamingExporter

# Every character that some program treats as a line break.
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")


def _format_row(cells: Sequence[str]) -> str:
    return "\t".join(_BREAKS.sub(" ", cell) for cell in cells) + "\n"


export = StreamingExporter(word_table(_format_row))
