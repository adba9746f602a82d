"""Prints the two commands of the README, so that what is promised there is what is run."""

import re
import sys
from pathlib import Path

blocks = re.findall(r"^```(?:console|bash|shell|sh)\n(.*?)^```", Path("README.md").read_text(), re.M | re.S)
commands = [block.strip().removeprefix("$ ") for block in blocks if len(block.strip().splitlines()) == 1]
if len(commands) < 2 or "ocrkit read" not in commands[0] or "pytest" not in commands[1]:
    sys.exit("README.md: the first two single-line command blocks should install and read, and run the tests")
print(commands[0], commands[1], sep="\n")
