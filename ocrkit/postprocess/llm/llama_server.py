"""Scores by the protocol of llama-server, in another process or on another machine.

The server gives the probabilities only of tokens that it generates. A grammar that allows one token at each
position makes it generate a given text, in the tokens that the model has learned for it: a grammar over
letters would not. The text before the word stays in the server's cache from one candidate to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, TypeAlias

from ocrkit.errors import BadResponseError
from ocrkit.postprocess.llm.scoring import Question

Post: TypeAlias = Callable[[str, dict[str, Any]], Any]
"""Sends JSON to a path of the server and returns its JSON."""


class LlamaServer:
    """A llama-server that is reached through a function."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def score(self, question: Question) -> list[float]:
        """See `Scorer.score`."""
        before = self._tokens(question.start)
        texts = [self._tokens(text) for text in question.texts()]
        # A token may hold the end of the text before the word and its beginning.
        shared = max(1, min(_common_prefix(before, text) for text in texts))
        return [self._likelihood(text[:shared], text[shared:]) for text in texts]

    def _tokens(self, text: str) -> list[int]:
        reply = self._post("/tokenize", {"content": text, "add_special": True})
        tokens = reply.get("tokens") if isinstance(reply, dict) else None
        if not isinstance(tokens, list) or not all(isinstance(token, int) for token in tokens):
            raise BadResponseError("the response holds no tokens", backend="llm")
        return tokens

    def _likelihood(self, prompt: list[int], tokens: list[int]) -> float:
        """The log-probability of the tokens after the prompt."""
        if not tokens:
            return 0.0
        body = {
            "prompt": prompt,
            "n_predict": len(tokens),
            "grammar": f"root ::= {' '.join(f'<[{token}]>' for token in tokens)}",
            "temperature": 0,
            "n_probs": 1,
            "cache_prompt": True,
        }
        reply = self._post("/completion", body)
        try:
            given = [(int(each["id"]), float(each["logprob"])) for each in reply["completion_probabilities"]]
        except (KeyError, TypeError, ValueError):
            raise BadResponseError("the response holds no probabilities of tokens", backend="llm") from None
        if [token for token, _ in given[: len(tokens)]] != tokens:
            raise BadResponseError("the server generated other tokens than the grammar allows", backend="llm")
        return sum(value for _, value in given[: len(tokens)])


def _common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens at the beginning are equal."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
