"""Pages with low-confidence words, and a server whose language model gives scripted replies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from ocrkit.geometry import Box
from ocrkit.result import Block, Line, PageResult, Trace, Word
from ocrkit.testing import Received, VendorServer

MARKED_WORD = re.compile(r"⟦(\d+):([^⟧]*)⟧")


def word(text: str, confidence: float | None = 0.99) -> Word:
    return Word(text=text, confidence=confidence, polygon=Box(0, 0, 10 * len(text), 10).polygon)


def line(text: str) -> Line:
    """A line in which words that end in `?` have a low confidence."""
    return Line.of([word(each.rstrip("?"), 0.3 if each.endswith("?") else 0.99) for each in text.split()])


def text_page(*blocks: str, language: str | None = "en") -> PageResult:
    return page_of(Block.of([line(row) for row in block.splitlines()], language=language) for block in blocks)


def page_of(blocks: Iterable[Block]) -> PageResult:
    return PageResult(width=1000, height=1000, blocks=tuple(blocks), trace=Trace(backend="test"))


class Proofreader(VendorServer):
    """An OpenAI-compatible server that answers with a function of the numbered words."""

    def __init__(self, reply_to: Callable[[dict[int, str]], object]) -> None:
        super().__init__()
        self._reply_to = reply_to
        self.route("GET", "/v1/models", {"data": [{"id": "tiny-proofreader"}]})
        self.route("POST", "/v1/chat/completions", self._complete)

    def _complete(self, request: Received) -> object:
        body = request.json()
        assert body["temperature"] == 0
        words = {int(number): text for number, text in MARKED_WORD.findall(body["messages"][-1]["content"])}
        schema = body["response_format"]["json_schema"]["schema"]
        allowed = schema["properties"]["edits"]["items"]["properties"]["word"]["enum"]
        assert sorted(words) == sorted(allowed)
        reply = self._reply_to(words)
        content = reply if isinstance(reply, str) else json.dumps(reply)
        return {"choices": [{"message": {"role": "assistant", "content": content}}]}

    def prompts(self) -> list[str]:
        bodies = [request.json() for request in self.requests_to("/v1/chat/completions")]
        return [body["messages"][-1]["content"] for body in bodies]


def replacing(words: dict[str, str]) -> Callable[[dict[int, str]], object]:
    """Replies that replace words by a table."""
    return lambda numbered: {
        "edits": [{"word": number, "to": words[text]} for number, text in numbered.items() if text in words]
    }
