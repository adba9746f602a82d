"""Normalization of texts before they are compared; all rates of this package use it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal, TypeAlias

from ocrkit.result import Model
from ocrkit.result.blocks import is_unspaced_character

Hint: TypeAlias = Literal["order_free", "drop_spaces", "nfkc", "casefold", "paragraph_line_breaks"]
"""How one page is scored differently from the others."""

_FOLDED_MARKS = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"'}
    | dict.fromkeys("–—‐‑‒―−", "-")
    | {"\u00ad": None, "\u200b": None, "\ufeff": None}  # invisible characters
)


class Rules(Model):
    """Which differences between two texts count."""

    form: Literal["NFC", "NFKC"] = "NFC"
    """Unicode normalization form. NFKC also makes `ﬁ` equal to `fi`, `Ａ` to `A`, and `²` to `2`."""
    fold_case: bool = False
    fold_marks: bool = True
    """Whether all quotes are equal, and all dashes."""
    spaces: bool = True
    """Whether white space counts; each run of it counts as one space."""

    def with_hints(self, hints: Iterable[str]) -> Rules:
        """The rules for a page with these hints."""
        hints = frozenset(hints)
        return Rules(
            form="NFKC" if "nfkc" in hints else self.form,
            fold_case=self.fold_case or "casefold" in hints,
            fold_marks=self.fold_marks,
            spaces=self.spaces and "drop_spaces" not in hints,
        )

    def normalize(self, text: str) -> str:
        """The text as it is compared."""
        return (" " if self.spaces else "").join(self._fold(text).split())

    def lines(self, text: str) -> list[str]:
        """The normalized lines, without empty ones."""
        return [line for line in map(self.normalize, text.splitlines()) if line]

    def words(self, text: str) -> list[str]:
        """The normalized words. In scripts without spaces, or if spaces do not count, these are letters."""
        words = []
        for run in self._fold(text).split():
            start = 0
            for index, letter in enumerate(run):
                if not self.spaces or is_unspaced_character(letter):
                    words += [run[start:index], letter]
                    start = index + 1
            words.append(run[start:])
        return [word for word in words if word]

    def _fold(self, text: str) -> str:
        text = unicodedata.normalize(self.form, text)
        if self.fold_case:
            text = unicodedata.normalize(self.form, text.casefold())
        return text.translate(_FOLDED_MARKS) if self.fold_marks else text
