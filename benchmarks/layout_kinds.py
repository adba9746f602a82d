"""Kinds of drawn layouts, by name, and the score of a reading order on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from layouts import Layout, draw_page, neighbors_kept, side_by_side

from ocrkit.result import PageResult

KINDS: dict[str, Layout] = {
    "one column": ("head 1", "heading 1", "prose 30", "folio 1"),
    "two columns": (side_by_side(["prose 34"], ["prose 34"]),),
    "two columns under a title": ("title 1", "centered 2", side_by_side(["prose 30"], ["prose 30"]), "folio 1"),
    "narrow gutter": (side_by_side(["prose 34"], ["prose 34"], gutter=0.9),),
    "no common baselines": (side_by_side(["prose 30"], ["prose 29"], shifts=(0, 0.6)),),
    "numbered list ends the left column": (
        "title 1", side_by_side(["prose 26", "numbered 4"], ["prose 22"])),
    "numbered list ends the longer right column": (
        "heading 1", side_by_side(["prose 18"], ["prose 20", "numbered 4"])),
    "list with numbers apart ends the longer column": (
        "heading 1", side_by_side(["prose 22", "apart 3"], ["prose 18"])),
    "short list ends the much longer column": ("heading 1", side_by_side(["prose 24", "apart 3"], ["prose 9"])),
    "list after a heading in the longer column": (
        "title 1", side_by_side(["prose 12"], ["prose 12", "heading 1", "apart 4"])),
    "bullets end the longer column": (side_by_side(["prose 24", "bullets 5"], ["prose 20"]),),
    "lists begin both columns": (side_by_side(["numbered 5", "prose 18"], ["bullets 4", "prose 18"]),),
    "lists in the middle": (side_by_side(["prose 8", "bullets 5", "prose 8"], ["prose 10", "numbered 4", "prose 8"]),),
    "lists side by side": (side_by_side(["prose 12", "numbered 6"], ["prose 12", "numbered 6"]),),
    "headings in columns": (
        side_by_side(["heading 1", "prose 12", "heading 1", "prose 12"], ["prose 9", "heading 1", "prose 15"]),),
    "heading ends the left column": (side_by_side(["prose 24", "heading 1", "prose 2"], ["prose 26"]),),
    "heading begins the right column": (side_by_side(["prose 26"], ["heading 1", "prose 22"]),),
    "table ends the left column": (side_by_side(["prose 20", "table 6"], ["prose 28"]),),
    "table begins the right column": (side_by_side(["prose 28"], ["table 6", "caption 1", "prose 18"]),),
    "table over both columns": (
        side_by_side(["prose 12"], ["prose 12"]), "table 6", side_by_side(["prose 12"], ["prose 12"])),
    "picture begins a column": (side_by_side(["picture 9", "caption 2", "prose 18"], ["prose 30"]),),
    "picture ends a column": (side_by_side(["prose 18"], ["prose 12", "picture 9", "caption 2"]),),
    "picture over both columns": ("picture 10", "caption 2", side_by_side(["prose 18"], ["prose 18"])),
    "pictures beside each other": (
        side_by_side(["picture 8", "caption 2"], ["picture 8", "caption 2"]), side_by_side(["prose 18"], ["prose 18"])),
    "pull quote in a column": (side_by_side(["prose 10", "quote 3", "prose 10"], ["prose 26"]),),
    "footnotes end the left column": (side_by_side(["prose 24", "footnotes 3"], ["prose 28"]),),
    "footnotes under both columns": (side_by_side(["prose 24", "footnotes 2"], ["prose 22", "footnotes 4"]),),
    "footnotes over the width": (side_by_side(["prose 24"], ["prose 24"]), "footnotes 3"),
    "formulas in columns": (side_by_side(["prose 8", "formula 2", "prose 8"], ["prose 20", "formula 1"]),),
    "very short right column": (side_by_side(["prose 34"], ["prose 5"]),),
    "very short left column": (side_by_side(["prose 5"], ["prose 30"]),),
    "short columns": ("prose 8", side_by_side(["prose 4"], ["prose 4"]), "prose 8"),
    "unequal columns": (side_by_side(["prose 28"], ["prose 34"], shares=(1, 2)),),
    "sidebar at the right": (side_by_side(["prose 30"], ["heading 1", "small 6", "heading 1", "bullets 5"], shares=(2.4, 1)),),
    "sidebar of short lines": (side_by_side(["prose 30"], ["heading 1", "lines 6", "heading 1", "lines 5"], shares=(2.4, 1)),),
    "sidebar at the left": (side_by_side(["heading 1", "small 8", "heading 1", "small 6"], ["heading 1", "prose 26"], shares=(1, 2.2)),),
    "three columns": ("title 1", side_by_side(["prose 24"], ["prose 24"], ["prose 20"], gutter=1.3)),
    "three columns of unequal length": (side_by_side(["prose 30"], ["prose 16"], ["prose 7"], gutter=1.3),),
    "three columns with headings and lists": (
        side_by_side(["heading 1", "prose 14", "bullets 4"], ["prose 18", "heading 1", "prose 4"], ["numbered 5", "prose 16"], gutter=1.3),),
    "four narrow columns": (side_by_side(*[["prose 26"]] * 4, gutter=1.0),),
    "newspaper": (
        "title 1", side_by_side(["heading 2", "prose 16"], ["prose 20"], ["heading 2", "prose 15"], gutter=1.2),
        "title 1", side_by_side(["prose 12"], ["prose 12"], ["prose 11"], gutter=1.2)),
    "newspaper with a wide article": (
        "title 1",
        side_by_side(
            ["heading 2", side_by_side(["prose 20"], ["prose 19"], gutter=1.2)],
            ["heading 2", "prose 10", "heading 2", "prose 8"], shares=(2.1, 1), gutter=1.4)),
    "newspaper with a picture": (
        side_by_side(
            ["prose 24"], ["picture 8", "caption 2", side_by_side(["prose 12"], ["prose 12"], gutter=1.2)],
            shares=(1, 2.1), gutter=1.3),),
    "drop capitals": (side_by_side(["initial 12", "prose 10"], ["prose 10", "initial 12"]),),
    "references in two columns": ("heading 1", side_by_side(["references 12"], ["references 12"])),
    "two languages side by side": (side_by_side(["prose 6", "space 1", "prose 8", "space 1", "prose 7"], ["prose 7", "space 1", "prose 7", "space 1", "prose 6"]),),
    "letterhead beside address": (side_by_side(["address 4"], ["address 6"], gutter=8, shifts=(1.7, 0)), "space 2", "prose 16", "signatures 1"),
    "letter with address and reference": (
        "centered 3", side_by_side(["address 4"], ["lines 3"], shares=(2, 1), shifts=(0, 2.3)), "heading 1", "prose 14"),
    "receipt": ("centered 4", "prices 12", "space 1", "prices 3", "centered 2"),
    "receipt with quantities": ("centered 4", "quantities 6", "space 1", "prices 3", "centered 2"),
    "invoice": (side_by_side(["address 4"], ["address 3"], gutter=6), "heading 1", "items 8", "prices 3", "prose 3"),
    "form": ("title 1", "form 8", "signatures 1"),
    "form with pairs": ("heading 1", "pairs 6", "prose 4"),
    "table of figures": ("heading 1", "prose 4", "table 12", "prose 6"),
    "table with cells of several lines": ("heading 1", "cells 6"),
    "contents": ("title 1", "contents 18"),
    "dialogue": ("heading 1", "dialogue 8"),
    "verses": ("title 1", "verses 20"),
    "verses in two columns": (side_by_side(["verses 16"], ["verses 16"]),),
}  # fmt: skip
"""Kinds of layouts by name."""


def score(
    order: Callable[[PageResult], PageResult], seeds: Sequence[int] = range(10)
) -> Iterator[tuple[str, float]]:
    """For each kind of layout, the mean share of neighbors that an order keeps."""
    for name, layout in KINDS.items():
        shares = []
        for seed in seeds:
            page, truth = draw_page(layout, seed)
            shares.append(neighbors_kept(order(page), truth))
        yield name, sum(shares) / len(shares)
