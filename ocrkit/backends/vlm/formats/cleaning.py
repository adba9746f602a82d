"""Remove the text that general models put around an answer: thoughts, code fences, introductions."""

from __future__ import annotations

import re

from ocrkit.result.model import shortened

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPEN_THOUGHT = re.compile(r"\A\s*<(?:think|thinking|reasoning)>.*\Z", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHT = re.compile(r"\A.*?</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*```[ \t]*[\w+-]*[ \t]*$", re.MULTILINE)
_INTRODUCTION = re.compile(
    r"\A\s*(?:sure|certainly|of course|okay|ok|here(?:['’]s| is| are)|below (?:is|are)|the following is)\b"
    r"[^\n]*\b(?:transcri\w+|text|content|markdown|html|json|ocr|conver\w+|extract\w+)\b[^\n]*:\s*\n",
    re.IGNORECASE,
)
_CLOSING = 300
"""Characters: a longer text after a fence is part of the answer."""


def without_wrapping(text: str) -> tuple[str, tuple[str, ...]]:
    """The answer itself, and a warning for each introduction that was left out."""
    text = _THOUGHT.sub("", text)
    text = _OPEN_THOUGHT.sub("", text)
    text = _END_OF_THOUGHT.sub("", text).strip("\n")
    text, introduction = _unfenced(text)
    if not introduction and (found := _INTRODUCTION.match(text)):
        introduction, text = found[0], text[found.end() :]
    if not introduction.strip():
        return text, ()
    return text, (f"left out what the model said about its answer: '{shortened(introduction)}'",)


def _unfenced(text: str) -> tuple[str, str]:
    """The content of a fence around the whole answer, and what stood before it.

    A fence that is not closed runs to the end. A fence within an answer is left as it is.
    """
    fences = list(_FENCE.finditer(text))
    if not fences:
        return text, ""
    before = text[: fences[0].start()]
    after = text[fences[-1].end() :] if len(fences) > 1 else ""
    is_around = not before.strip() or (
        before.strip().count("\n") < 2 and before.rstrip().endswith((":", "."))
    )
    if len(fences) > 2 or not is_around or len(after.strip()) > _CLOSING:
        return text, ""
    end = fences[-1].start() if len(fences) > 1 else len(text)
    return text[fences[0].end() : end].strip("\n"), before
