"""TSV (UTF-8): a row for each word, for programs.

Nothing is quoted and nothing is put before a text, so `cut` and `awk` see what was read. A tab or a line
break inside a text, which the format has no way to write, becomes a space.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocrkit.exporters._words import table
from ocrkit.exporters.base import Streamed

# All that some reader of lines takes for the end of one.
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")


def _line(cells: Sequence[str]) -> str:
    return "\t".join(_BREAKS.sub(" ", cell) for cell in cells) + "\n"


export = Streamed(table(_line))
