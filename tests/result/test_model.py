"""Values that are made without validation equal those that are made with it."""

import pickle

import pytest

from ocrkit.geometry import Box
from ocrkit.result import Line, Word

POLYGON = Box(1.0, 2.0, 30.0, 12.0).polygon


def trusted_word() -> Word:
    return Word.trusted(text="Rope", raw_text="Rope", polygon=POLYGON)


def test_a_trusted_value_equals_a_validated_one() -> None:
    validated = Word(text="Rope", polygon=POLYGON)
    assert trusted_word() == validated
    assert trusted_word().model_dump_json() == validated.model_dump_json()
    assert Line.of([trusted_word()]) == Line.of([validated])
    assert pickle.loads(pickle.dumps(trusted_word())) == validated


def test_a_trusted_value_is_frozen_and_its_copies_are_its_own() -> None:
    word = trusted_word()
    with pytest.raises(ValueError, match="frozen"):
        word.text = "Hope"  # type: ignore[misc]
    copy = word.model_copy(update={"confidence": 0.5})
    assert (copy.confidence, word.confidence) == (0.5, None)
    assert trusted_word().model_dump(exclude_unset=True) == {
        "text": "Rope",
        "raw_text": "Rope",
        "polygon": POLYGON,
    }
    assert "confidence" in copy.model_dump(exclude_unset=True)


def test_a_trusted_value_needs_what_is_derived_from_other_fields() -> None:
    with pytest.raises(TypeError, match="Word needs other fields than text, polygon"):
        Word.trusted(text="Rope", polygon=POLYGON)
