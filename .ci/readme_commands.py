"""Prints the two commands of the README, so that what is promised there is what is run."""

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(?:console|bash|shell|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)

blocks = [block.strip() for block in BLOCK.findall(Path("README.md").read_text())]
commands = [block.removeprefix("$ ") for block in blocks if "\n" not in block]
if len(commands) < 2 or "ocrkit read" not in commands[0] or "pytest" not in commands[1]:
    sys.exit("README.md: the first two single-line command blocks should install and read, and run the tests")
print(commands[0], commands[1], sep="\n")
