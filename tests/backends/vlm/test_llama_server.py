"""The backend `vlm` against a genuine llama-server.

Model and projector have random weights, so the text means nothing; requests, images, streams, probabilities,
ends and errors are real.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ocrkit.backends.vlm import VlmBackend, VlmOptions
from ocrkit.errors import AuthenticationError, CapabilityError
from ocrkit.page import Page
from ocrkit.request import Request
from ocrkit.result import PageResult
from ocrkit.testing import draw_page

HERE = Path(__file__).parent
PAGE = draw_page(["The invoice was paid", "on 12 March"]).page


@contextlib.contextmanager
def served(folder: Path, *, projector: bool = True, key: str = "") -> Iterator[str]:
    """The address of a server in its own process: its library cannot be loaded beside some others."""
    files = [str(folder / "model.gguf"), str(folder / "projector.gguf") if projector else ""]
    command = [sys.executable, str(HERE / "llama_program.py"), *files, key]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http"), "the server did not start"
        yield address
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def models(tmp_path_factory, require_module) -> Path:
    require_module("xllamacpp")
    require_module("gguf")
    sys.path[:0] = [str(HERE), str(HERE.parents[1] / "postprocess")]
    import tiny_gguf
    import tiny_projector

    folder = tmp_path_factory.mktemp("vision")
    tiny_gguf.write(folder / "model.gguf")
    tiny_projector.write(folder / "projector.gguf")
    return folder


@pytest.fixture(scope="module")
def address(models) -> Iterator[str]:
    with served(models) as address:
        yield address


def read(address: str, page: Page = PAGE, **preset: object) -> PageResult:
    stream = bool(preset.pop("stream", True))
    fields = {"base": "markdown", "max_tokens": 40, "prompt": "Read.", **preset}
    options = VlmOptions(endpoint=address, preset=fields, stream=stream, retries=0, proxy="none")
    with contextlib.closing(VlmBackend(options)) as backend:
        return backend.recognize(page, Request())


def test_a_page_is_read_and_a_cut_off_answer_is_said(address):
    # The second answer is drawn at random, and could end early by itself.
    result = read(address, extra_body={"ignore_eos": True})
    assert result.trace.engine.model == "tiny-vlm"
    assert result.text
    assert "cut off at 40 tokens" in result.warnings[0]
    assert "received: 80" in result.trace.decisions[-1].reason, "it was asked twice"


def test_a_stream_and_a_whole_response_are_the_same(address):
    assert read(address, retry_temperature=0.0).text
    first, second = read(address, stop=["f"]), read(address, stop=["f"], stream=False)
    assert first.blocks == second.blocks


def test_the_image_reaches_the_model(address):
    other = Page(np.random.default_rng(1).integers(0, 255, (300, 300), dtype=np.uint8))
    assert read(address, stop=["f"]).text != read(address, other, stop=["f"]).text
    tokens = [read(address, prompt=prompt).trace.decisions[-1].reason for prompt in ("Read.", "Read it.")]
    assert "tokens sent: 8" in tokens[0], (
        "two requests with 16 tokens for the image, the prompt and the template"
    )
    assert tokens[0] != tokens[1]


def test_words_have_the_probability_of_their_tokens(address):
    words = read(address).words
    assert all(word.confidence is None or 0 < word.confidence < 1 for word in words)
    assert any(word.confidence for word in words)


def test_an_end_mark_ends_the_answer(address):
    result = read(address, stop=["f"])
    assert "f" not in result.text
    assert result.warnings == ()
    assert "(complete)" in result.trace.decisions[-1].reason


def test_a_model_that_repeats_itself_is_stopped_and_the_server_goes_on(address):
    """The bias of one letter makes it the only answer."""
    result = read(address, max_tokens=1000, extra_body={"logit_bias": [[97, 100.0]]})
    assert "(repetition)" in result.trace.decisions[-1].reason
    assert "repeated itself" in result.warnings[0]
    assert result.text == "a"
    assert read(address, stop=["f"]).text


def test_a_prompt_longer_than_the_context_is_an_error(address):
    with pytest.raises(CapabilityError, match="start it with a larger one"):
        read(address, prompt="word " * 2000)


def test_the_live_check_finds_that_the_model_cannot_read(address):
    options = VlmOptions(endpoint=address, preset={"max_tokens": 20}, proxy="none")
    finding = VlmBackend(options).check_live()
    assert not finding.ok
    assert "tiny-vlm answered" in finding.text


def test_a_server_without_a_projector_reads_no_images(models):
    with served(models, projector=False) as address, pytest.raises(CapabilityError, match="reads no images"):
        read(address)


def test_a_server_with_a_key_wants_it(models):
    with served(models, key="key-of-the-test") as address:
        with pytest.raises(AuthenticationError, match="check api_key"):
            read(address)
        options = VlmOptions(endpoint=address, api_key="key-of-the-test", preset={"max_tokens": 20})
        assert VlmBackend(options).recognize(PAGE, Request()).text
