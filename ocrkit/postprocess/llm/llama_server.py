"""Scores by the protocol of llama-server, in another process or on another machine.

The server gives the probabilities only of tokens that it generates. A grammar that allows one token at each
position makes it generate a given text, in the tokens that the model has learned for it: a grammar over
letters would not. The text before the word stays in the server's cache from one candidate to the next.
Candidates that begin with an improbable token are not asked about.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from ocrkit.errors import BadResponseError
from ocrkit.postprocess.llm.scoring import Question

Post: TypeAlias = Callable[[str, dict[str, Any]], Any]
"""Sends JSON to a path of the server and returns its JSON."""


_HOPELESS = 12.0
"""By how much less likely a reading is that need not be asked about what follows it."""
_LISTED = 2000
"""How many of the most probable tokens are asked for, where some of them are looked up."""


class _Token(NamedTuple):
    id: int
    is_whole: bool
    """Whether it holds whole letters, not some of the bytes of one."""


class _Listed(NamedTuple):
    """The log-probabilities of the most probable tokens at a position."""

    values: dict[int, float]

    def value(self, token: int) -> float:
        """The log-probability of a token; of one that is not listed, that of the last one, which is more."""
        return self.values.get(token, min(self.values.values()))


class LlamaServer:
    """A llama-server that is reached through a function."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._whole_token: int | None = None

    def score(self, question: Question) -> list[float]:
        """See `Scorer.score`."""
        before = self._tokens(question.start)
        texts = [self._tokens(text) for text in question.texts()]
        # A token may hold the end of the text before the word and its beginning.
        shared = max(1, min(_common_prefix(before, text) for text in texts))
        ends = [
            max(shared, _common_prefix(self._tokens(beginning), text))
            for beginning, text in zip(question.beginnings(), texts, strict=True)
        ]
        return self._scores(texts, ends, shared, question.priors or (0.0,) * len(texts))

    def _scores(
        self, texts: Sequence[list[_Token]], ends: Sequence[int], start: int, priors: Sequence[float]
    ) -> list[float]:
        """The log-likelihood of each text from a position on.

        Args:
            texts: the texts, that with the reading of the engine first.
            ends: where the candidate ends in each text.
            start: where the texts begin to differ.
            priors: what is added to the log-likelihoods before they are compared.
        """
        # One request tells how likely the first token of each candidate is: the whole is not likelier.
        first = self._listed([token.id for token in texts[0][:start]])
        pairs = list(zip(texts, ends, strict=True))
        scores = [first.value(text[start].id) if end > start else 0.0 for text, end in pairs]
        own = self._values(texts[0], start, first)
        scores[0] = math.fsum(own[: ends[0] - start])
        following = {0: math.fsum(own[ends[0] - start :])}
        best = scores[0] + priors[0]
        others = range(1, len(texts))
        for index in sorted(others, key=lambda each: -scores[each] - priors[each]):
            if scores[index] + priors[index] > best - _HOPELESS:
                scores[index] = math.fsum(self._values(texts[index][: ends[index]], start, first))
                best = max(best, scores[index] + priors[index])
        # What follows decides among the reading of the engine and the likely ones; it cannot save the others.
        for index in others:
            if scores[index] + priors[index] > best - _HOPELESS:
                following[index] = math.fsum(self._values(texts[index], ends[index]))
        least = min(following.values())
        return [score + following.get(index, least) for index, score in enumerate(scores)]

    def _tokens(self, text: str) -> list[_Token]:
        reply = self._post("/tokenize", {"content": text, "add_special": True, "with_pieces": True})
        try:
            return [_Token(int(each["id"]), isinstance(each["piece"], str)) for each in reply["tokens"]]
        except (KeyError, TypeError, ValueError):
            raise BadResponseError("the response holds no tokens", backend="llm") from None

    def _values(self, tokens: Sequence[_Token], start: int, first: _Listed | None = None) -> list[float]:
        """The log-probability of each token from a position on, where the most probable ones may be known."""
        ids = [token.id for token in tokens]
        values: list[float] = []
        if first is not None and ids[start:] and ids[start] in first.values:
            values.append(first.values[ids[start]])
        position = start + len(values)
        for is_whole, group in itertools.groupby(tokens[position:], key=lambda token: token.is_whole):
            end = position + len(list(group))
            if is_whole:
                values += self._generated(ids[:position], ids[position:end])
            else:
                values += [self._listed(ids[:index]).value(ids[index]) for index in range(position, end)]
            position = end
        return values

    def _generated(self, prompt: list[int], tokens: list[int]) -> list[float]:
        """The log-probability of each of the tokens that the server is made to generate."""
        grammar = f"root ::= {' '.join(f'<[{token}]>' for token in tokens)}"
        given = self._complete(prompt, len(tokens), 1, grammar)[: len(tokens)]
        if [each["id"] for each in given] != tokens:
            raise BadResponseError("the server generated other tokens than the grammar allows", backend="llm")
        return [each["logprob"] for each in given]

    def _listed(self, prompt: list[int]) -> _Listed:
        """The most probable tokens after a prompt. Tokens that hold a part of a letter are told only here."""
        whole = self._whole_token
        if whole is None:
            whole = self._whole_token = next(each.id for each in self._tokens("a") if each.is_whole)
        listed = self._complete(prompt, 1, _LISTED, f"root ::= <[{whole}]>")[0]["top_logprobs"]
        return _Listed({int(each["id"]): float(each["logprob"]) for each in listed})

    def _complete(
        self, prompt: list[int], count: int, probabilities: int, grammar: str
    ) -> list[dict[str, Any]]:
        """What the server tells about the tokens that it generates."""
        body = {
            "prompt": prompt,
            "n_predict": count,
            "grammar": grammar,
            "temperature": 0,
            "n_probs": probabilities,
            "cache_prompt": True,
        }
        reply = self._post("/completion", body)
        try:
            return [
                {
                    "top_logprobs": each["top_logprobs"],
                    "id": int(each["id"]),
                    "logprob": float(each["logprob"]),
                }
                for each in reply["completion_probabilities"]
            ]
        except (KeyError, TypeError, ValueError):
            raise BadResponseError("the response holds no probabilities of tokens", backend="llm") from None


def _common_prefix(one: Sequence[_Token], other: Sequence[_Token]) -> int:
    """How many tokens at the beginning are equal."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
