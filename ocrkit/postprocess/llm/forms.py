"""Forms of small words that differ by agreement: what the option `grammar` lets a model choose among."""

from __future__ import annotations

from ocrkit.postprocess.llm.candidates import Candidate
from ocrkit.postprocess.spelling.shapes import capitalized

_FORMS = {
    "en": ("a an", "is are", "was were", "has have", "does do", "this these", "that those"),
    "de": (
        "der die das den dem des",
        "ein eine einen einem einer eines",
        "ist sind",
        "hat haben",
        "wird werden",
    ),
    "fr": ("le la les", "un une", "du des", "ce cet cette ces", "est sont", "a ont"),
    "es": ("el la los las", "un una unos unas", "es son", "ha han"),
    "it": ("il lo la i gli le", "un uno una", "ha hanno"),
    "sv": ("en ett", "den det de", "denna detta dessa"),
}


def other_forms(text: str, language: str) -> list[Candidate]:
    """The word and its other forms, with its case; empty if it has none."""
    folded = text.lower()
    if text not in (folded, capitalized(folded)):
        return []
    for group in _FORMS.get(language, ()):
        forms = group.split()
        if folded in forms:
            case = capitalized if text[0].isupper() else str
            others = [
                Candidate(case(form), 1.0, is_known=True, source="form") for form in forms if form != folded
            ]
            return [Candidate(text, 0.0, is_known=True, source="reading"), *others]
    return []
