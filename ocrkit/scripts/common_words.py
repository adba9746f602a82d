"""Common words of languages in Latin letters: a page that has them is not garbage, whatever it looks like.

Handwriting and odd print look like other scripts to the classifier. Text that an engine makes of a script
that it does not read has no such words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

COMMON_WORDS = frozenset(
    """
    the of and to in is was for that with as on be by are this it at from have has not we you your my our
    de la le les et des du un une que qui dans pour est par sur pas il elle nous vous au aux ce avec son sa ne
    der die das und den von zu mit dem ist nicht ein eine auf für im des sich auch es ich wir sie an
    el los las una del en por con para se lo su no es al
    il di che non per una del della sono con da dei le nel alla
    do da em um uma para com não os no na que se por dos
    het een van en dat te zijn met voor niet op aan
    och att det som en på är för av den med till inte
    og det er til på av som ikke for med af
    ja on ei se oli että ovat
    na je se že do ve za po si jsou není
    nie się jest na do że to przez od
    az és egy hogy nem van
    şi în cu este din pe nu care
    bir ve bu için ile da de
    et in est ad non cum ut qui sed quod per ex ab aut
    """.split()
)

_WORD = re.compile(r"[^\W\d_]{2,}")
_SHARE = 0.08
_DIFFERENT = 3
_FEW_WORDS = 12
"""On a page of at most so many words, one common word less is needed."""


def reads_like_a_language(texts: Iterable[str]) -> bool:
    """Whether the texts of a page hold as many common words as a language has."""
    words = [word.lower() for text in texts for word in _WORD.findall(text)]
    common = [word for word in words if word in COMMON_WORDS]
    needed = _DIFFERENT - (len(words) <= _FEW_WORDS)
    return len(set(common)) >= needed and len(common) >= _SHARE * len(words)
