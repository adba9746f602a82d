"""Text that was seen and not read."""

from __future__ import annotations

from ocrkit.result.model import Text
from ocrkit.result.region import Region


class Unread(Region):
    """A line in a script that the engine does not read. It is no part of any text or block.

    `confidence` is the probability of the script.
    """

    script: str | None = None
    """The script by its ISO 15924 code, such as `Grek`. None: the engine found the line and gave it up."""
    guess: Text = ""
    """What the engine made of the line, if it read it. It is not its text."""
