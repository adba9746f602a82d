"""Scores by the protocol of llama-server, in another process or on another machine.

The server gives the probabilities only of tokens that it generates. A grammar that allows one token at each
position makes it generate a given text, in the tokens that the model has learned for it: a grammar over
letters would not. The text before the word stays in the server's cache from one candidate to the next.
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
"""How many of the most probable tokens are asked for, where one of them is looked up."""


class _Token(NamedTuple):
    id: int
    is_whole: bool
    """Whether it holds whole letters, not some of the bytes of one."""


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
        scores = [self._likelihood(text[:end], shared) for text, end in zip(texts, ends, strict=True)]
        best = max(scores)
        # What follows decides among the reading of the engine and the likely ones; it cannot save the others.
        close = [index for index, score in enumerate(scores) if not index or score > best - _HOPELESS]
        following = {index: self._likelihood(texts[index], ends[index]) for index in close}
        least = min(following.values())
        return [score + following.get(index, least) for index, score in enumerate(scores)]

    def _tokens(self, text: str) -> list[_Token]:
        reply = self._post("/tokenize", {"content": text, "add_special": True, "with_pieces": True})
        try:
            return [_Token(int(each["id"]), isinstance(each["piece"], str)) for each in reply["tokens"]]
        except (KeyError, TypeError, ValueError):
            raise BadResponseError("the response holds no tokens", backend="llm") from None

    def _likelihood(self, tokens: Sequence[_Token], start: int) -> float:
        """The log-probability of the tokens from a position on."""
        total, position = 0.0, start
        ids = [token.id for token in tokens]
        for is_whole, group in itertools.groupby(tokens[start:], key=lambda token: token.is_whole):
            end = position + len(list(group))
            if is_whole:
                total += self._generated(ids[:position], ids[position:end])
            else:
                total += sum(self._listed(ids[:index], ids[index]) for index in range(position, end))
            position = end
        return total

    def _generated(self, prompt: list[int], tokens: list[int]) -> float:
        """The log-probability of tokens that the server is made to generate."""
        grammar = f"root ::= {' '.join(f'<[{token}]>' for token in tokens)}"
        given = self._complete(prompt, len(tokens), 1, grammar)[: len(tokens)]
        if [each["id"] for each in given] != tokens:
            raise BadResponseError("the server generated other tokens than the grammar allows", backend="llm")
        return math.fsum(each["logprob"] for each in given)

    def _listed(self, prompt: list[int], token: int) -> float:
        """The log-probability of a token that holds a part of a letter; it is not told when it is generated.

        It is looked up among the most probable ones; one that is not there is as probable as the last one.
        """
        whole = self._whole_token
        if whole is None:
            whole = self._whole_token = next(each.id for each in self._tokens("a") if each.is_whole)
        listed = self._complete(prompt, 1, _LISTED, f"root ::= <[{whole}]>")[0]["top_logprobs"]
        values = {int(each["id"]): float(each["logprob"]) for each in listed}
        return values.get(token, min(values.values()))

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
