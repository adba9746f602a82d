"""Unpack the fonts of npm packages, which are compressed: `python woff.py node_modules/@fontsource FONTS/fontsource`."""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.ttLib import TTFont

_WEIGHTS = ("-400-normal", "-700-normal")


def main() -> None:
    source, goal = map(Path, sys.argv[1:])
    goal.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*/files/*.woff")):
        if path.stem.endswith(_WEIGHTS):
            font = TTFont(path)
            font.flavor = None
            font.save(goal / f"{path.stem}.ttf")


if __name__ == "__main__":
    main()
