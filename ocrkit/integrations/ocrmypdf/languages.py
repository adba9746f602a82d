"""Languages as OCRmyPDF's users write them: Tesseract's codes, or tags."""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.backends.tesseract.languages import PACKS
from ocrkit.errors import ConfigError
from ocrkit.request import NATIVE, Capabilities, canonical_language, match_language

# The shortest tag of each pack, and among several of one length the one people mean: `nor` is `no`.
_TAGS = {
    name: tag
    for tag, names in sorted(PACKS.items(), key=lambda item: (-len(item[0]), item[0] == "no"))
    for name in names
}
_UPRIGHT = "_vert"


def tags_of(codes: Sequence[str], backend: str) -> tuple[str, ...]:
    """The tags for some codes. What only Tesseract has a name for is passed on to it as it is."""
    return tuple(_tag_of(code, backend) for code in codes)


def _tag_of(code: str, backend: str) -> str:
    known = _TAGS.get(code)
    if known:
        return known
    if code.endswith(_UPRIGHT) and backend != "tesseract":
        return _tag_of(code.removesuffix(_UPRIGHT), backend)
    try:
        tag = canonical_language(code)
    except ConfigError:
        tag = None
    if tag and (backend != "tesseract" or ("_" not in code and match_language(tag, PACKS))):
        return tag
    if backend == "tesseract":
        return f"{NATIVE}{code}"
    raise ConfigError(
        f"-l {code}: this is neither one of Tesseract's codes (deu, chi_sim) nor a language tag (de, zh-Hans)"
    )


def code_of(tag: str | None) -> str | None:
    """Tesseract's code for a tag, by which OCRmyPDF chooses its fonts."""
    if tag is None:
        return None
    known = match_language(tag, PACKS)
    return PACKS[known][0] if known else None


def codes_offered(capabilities: Capabilities) -> frozenset[str]:
    """All spellings that a backend takes; empty where it takes any."""
    if capabilities.languages == "any":
        return frozenset()
    codes = {name for tag in capabilities.languages if tag in PACKS for name in PACKS[tag]}
    return frozenset(capabilities.languages) | codes
