"""Pages with low-confidence words, and servers whose language model gives scripted answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from ocrkit.geometry import Box
from ocrkit.result import Alternative, Block, Line, PageResult, Trace, Word
from ocrkit.testing import Answer, Received, VendorServer

_READING = re.compile(r"^(\d+): (.*)$", re.MULTILINE)


def word(text: str, confidence: float | None = 0.99, alternatives: tuple[str, ...] = ()) -> Word:
    box = Box(0, 0, 10 * len(text), 10)
    others = tuple(Alternative(text=each) for each in alternatives)
    return Word(text=text, confidence=confidence, polygon=box.polygon, alternatives=others)


def line(text: str) -> Line:
    """A line in which words that end in `?` have a low confidence."""
    return Line.of([word(each.rstrip("?"), 0.3 if each.endswith("?") else 0.99) for each in text.split()])


def text_page(*blocks: str, language: str | None = "en") -> PageResult:
    return page_of(Block.of([line(row) for row in block.splitlines()], language=language) for block in blocks)


def page_of(blocks: Iterable[Block]) -> PageResult:
    return PageResult(width=1000, height=1000, blocks=tuple(blocks), trace=Trace(backend="test"))


class Proofreader(VendorServer):
    """An OpenAI-compatible server without probabilities: it chooses the readings that a table names."""

    def __init__(self, meant: Mapping[str, str] | str) -> None:
        super().__init__()
        self._meant = meant
        self.route("GET", "/v1/models", {"data": [{"id": "tiny-proofreader"}]})
        self.route("POST", "/tokenize", Answer({"error": "not found"}, 404))
        self.route("POST", "/v1/completions", Answer({"error": {"message": "not supported"}}, 400))
        self.route("POST", "/v1/chat/completions", self._choose)

    def _choose(self, request: Received) -> object:
        body = request.json()
        assert body["temperature"] == 0
        readings = {text: int(number) for number, text in _READING.findall(body["messages"][-1]["content"])}
        schema = body["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["reading"]["enum"] == list(range(len(readings)))
        if isinstance(self._meant, str):
            content = self._meant
        else:
            own = next(iter(readings))
            content = json.dumps({"reading": readings.get(self._meant.get(own, own), 0)})
        return {"choices": [{"message": {"role": "assistant", "content": content}}]}

    def prompts(self) -> list[str]:
        bodies = [request.json() for request in self.requests_to("/v1/chat/completions")]
        return [body["messages"][-1]["content"] for body in bodies]


class EchoServer(VendorServer):
    """A server that repeats a prompt with the probability of each token, as vLLM does; tokens are words."""

    def __init__(self, likely: Iterable[str], unlikely: float = -9.0) -> None:
        super().__init__()
        self._likely = set(likely)
        self._unlikely = unlikely
        self.route("GET", "/v1/models", {"data": [{"id": "tiny-echo"}]})
        self.route("POST", "/tokenize", Answer({"error": "a prompt is required"}, 400))
        self.route("POST", "/v1/completions", self._complete)

    def _complete(self, request: Received) -> object:
        body = request.json()
        assert body["echo"]
        choices = [self._choice(index, text) for index, text in enumerate(body["prompt"])]
        return {"choices": choices[::-1]}

    def _choice(self, index: int, prompt: str) -> object:
        text = f"{prompt} more"
        tokens = list(re.finditer(r"\s*\S+|\s+", text))
        values = [-1.0 if token[0].strip() in self._likely else self._unlikely for token in tokens]
        logprobs = {
            "tokens": [token[0] for token in tokens],
            "text_offset": [token.start() for token in tokens],
            "token_logprobs": [None, *values[1:]],
        }
        return {"index": index, "text": text, "logprobs": logprobs}
