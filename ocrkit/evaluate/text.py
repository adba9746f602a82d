"""What counts as the same text, stated once: every rate of this package is taken after it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal, TypeAlias

from ocrkit.result import Model
from ocrkit.result.blocks import is_unspaced_character

Hint: TypeAlias = Literal["order_free", "drop_spaces", "nfkc", "casefold", "paragraph_line_breaks"]
"""What a page asks of its judge: its order is free, it has no spaces, case does not matter, …"""

_FOLDED = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"'}
    | dict.fromkeys("–—‐‑‒―−", "-")
    | {"\u00ad": None, "\u200b": None, "\ufeff": None}  # marks that nobody sees
)


class Rules(Model):
    """Which differences are none."""

    form: Literal["NFC", "NFKC"] = "NFC"
    """The form of Unicode. NFKC also makes one of `ﬁ` and `fi`, of `Ａ` and `A`, of `²` and `2`."""
    fold_case: bool = False
    fold_marks: bool = True
    """All quotes are one quote, all dashes one dash."""
    spaces: bool = True
    """White space counts, every run of it as one space. Without, it does not count at all."""

    def hinted(self, hints: Iterable[str]) -> Rules:
        """The rules for a page that asks for some of its own."""
        hints = frozenset(hints)
        return Rules(
            form="NFKC" if "nfkc" in hints else self.form,
            fold_case=self.fold_case or "casefold" in hints,
            fold_marks=self.fold_marks,
            spaces=self.spaces and "drop_spaces" not in hints,
        )

    def plain(self, text: str) -> str:
        """A text as it is compared."""
        return (" " if self.spaces else "").join(self._folded(text).split())

    def lines(self, text: str) -> list[str]:
        """Its lines as they are compared, without empty ones."""
        return [line for line in (self.plain(each) for each in text.splitlines()) if line]

    def words(self, text: str) -> list[str]:
        """Its words. A letter is one where a script has no spaces, or where spaces do not count."""
        found = []
        for run in self._folded(text).split():
            start = 0
            for place, letter in enumerate(run):
                if not self.spaces or is_unspaced_character(letter):
                    found += [run[start:place], letter]
                    start = place + 1
            found.append(run[start:])
        return [word for word in found if word]

    def _folded(self, text: str) -> str:
        text = unicodedata.normalize(self.form, text)
        if self.fold_case:
            text = unicodedata.normalize(self.form, text.casefold())
        return text.translate(_FOLDED) if self.fold_marks else text
