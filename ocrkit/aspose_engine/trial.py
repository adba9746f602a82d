"""Trial mode: the engine cuts the text and appends a banner to it."""

from __future__ import annotations

TRIAL_WARNING = "Aspose's trial mode, without a license: text after 300 characters or 60 % is missing"
BANNER = "\n ************* Trial Licenses ************* \n"
_SHORTEST = 4  # characters of a cut banner that cannot be text


def without_banner(text: str) -> tuple[str, bool]:
    """The text without banners, and whether there was one.

    The engine may append a banner, cut the text with it, and append another one.
    """
    clean = text.replace(BANNER, "\n")
    if clean == text:
        return text, False
    clean = clean.rstrip("\n")
    for length in range(len(BANNER) - 1, _SHORTEST - 1, -1):
        if clean.endswith(BANNER[:length].rstrip("\n")) and BANNER[:length].strip():
            clean = clean[: -len(BANNER[:length].rstrip("\n"))]
            break
    return clean.rstrip(), True
