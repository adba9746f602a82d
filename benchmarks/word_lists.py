"""Ask how safe and how useful the word list of a language is for the step `spelling`.

    pip install simplemma
    python benchmarks/word_lists.py da hu sv

Rare words are those of simplemma's list that the dictionary does not have: each is given to the step as if it were doubtful, and
a change is damage. Common words of the dictionary are misread once, by a typical confusion of letters.
"""

from __future__ import annotations

import argparse
import random

from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

from ocrkit.postprocess.spelling.confusions import lookalikes
from ocrkit.postprocess.spelling.dictionaries import dictionary_for
from ocrkit.postprocess.spelling.lexicon import Lexicon
from ocrkit.postprocess.spelling.suggestions import correction

SAMPLE = 1000


def measure(language: str, other_name: str) -> str:
    dictionary = dictionary_for(language)
    if dictionary is None:
        return f"{language}: no dictionary"
    lexicon, draw = Lexicon(dictionary, frozenset()), random.Random(1)
    listed = (
        key.decode() if isinstance(key, bytes) else key
        for key in DefaultDictionaryFactory().get_dictionary(other_name)
    )
    unknown = [
        word
        for word in listed
        if len(word) >= 5 and word.isalpha() and word.islower() and word not in lexicon
    ]
    rare = draw.sample(unknown, min(SAMPLE, len(unknown)))
    damaged = sum(correction(word, lexicon) is not None for word in rare)
    common = [word for word in dictionary.common_words() if len(word) >= 5 and word.isalpha()][
        : 8 * SAMPLE : 8
    ]
    results = []
    for word in common:
        misread = [other for other, _ in lookalikes(word) if other.isalpha()]
        read = draw.choice(misread) if misread else word
        if read not in lexicon:
            found = correction(read, lexicon)
            results.append(None if found is None else found[0] == word)
    return (
        f"{language}: rare words damaged {damaged / len(rare):.1%}, misread words corrected "
        f"{results.count(True) / len(results):.1%}, made another word {results.count(False) / len(results):.1%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("languages", nargs="+")
    for language in parser.parse_args().languages:
        print(measure(language, {"hr": "hbs", "no": "nb"}.get(language, language)), flush=True)


if __name__ == "__main__":
    main()
