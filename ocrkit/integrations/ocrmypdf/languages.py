"""Languages as OCRmyPDF's users write them: Tesseract codes or language tags."""

from __future__ import annotations

from collections.abc import Sequence

from ocrkit.backends.base import OcrBackend
from ocrkit.backends.tesseract.languages import PACKS
from ocrkit.errors import ConfigError
from ocrkit.languages import NATIVE, canonical_language, match_language
from ocrkit.strategies.base import StrategyBackend

# The shortest tag of each pack. Among tags of one length, `no` wins for the pack `nor`.
_TAGS = {
    pack: tag
    for tag, packs in sorted(PACKS.items(), key=lambda item: (-len(item[0]), item[0] == "no"))
    for pack in packs
}
_VERTICAL = "_vert"


def language_tags(codes: Sequence[str], backend: str) -> tuple[str, ...]:
    """Convert codes to tags. A code that only Tesseract knows is passed to it unchanged."""
    return tuple(_language_tag(code, backend) for code in codes)


def _language_tag(code: str, backend: str) -> str:
    known = _TAGS.get(code)
    if known:
        return known
    if code.endswith(_VERTICAL) and backend != "tesseract":
        return _language_tag(code.removesuffix(_VERTICAL), backend)
    try:
        tag = canonical_language(code)
    except ConfigError:
        tag = None
    if tag and (backend != "tesseract" or ("_" not in code and match_language(tag, PACKS))):
        return tag
    if backend == "tesseract":
        return f"{NATIVE}{code}"
    raise ConfigError(
        f"-l {code}: not a known language; use a Tesseract code (deu, chi_sim) or a tag (de, zh-Hans)"
    )


def tesseract_code(tag: str | None) -> str | None:
    """The Tesseract code of a tag. OCRmyPDF chooses fonts by it."""
    if tag is None:
        return None
    known = match_language(tag, PACKS)
    return PACKS[known][0] if known else None


def accepted_codes(backend: OcrBackend) -> frozenset[str]:
    """The tags and codes of a backend's languages; empty if it accepts any language."""
    readers = (
        [each.backend for each in backend.all_readers()]
        if isinstance(backend, StrategyBackend)
        else [backend]
    )
    languages: set[str] = set()
    for reader in readers:
        if reader.capabilities.languages == "any":
            return frozenset()
        languages |= reader.capabilities.languages
    return frozenset(languages | {pack for tag in languages if tag in PACKS for pack in PACKS[tag]})
