"""The step `aspose_ai`: which corrections it takes from the model, and the engine where it is installed."""

from __future__ import annotations

import contextlib
import os
import pickle

import psutil
import pytest
from proofreader import text_page

import ocrkit
from ocrkit.errors import ConfigError, MissingDependencyError, PostprocessError
from ocrkit.postprocess.aspose_ai import AsposeAi
from ocrkit.postprocess.aspose_ai.proposals import propose
from ocrkit.postprocess.edits import apply_edits
from ocrkit.registry import POSTPROCESS, create_step

LICENSE = "<License/>"


def corrected(text: str, answer: str) -> tuple[str, list[str]]:
    """The text of a block after the answer of the model, and the reasons of rejections. `?` marks a doubtful word."""
    [block] = text_page(text).blocks
    proposals = propose(block, answer, threshold=0.5)
    after = apply_edits(block, proposals.edits, "aspose_ai")
    assert after.raw_text == block.text
    return after.text, [rejection.reason for rejection in proposals.rejected]


def test_a_word_is_corrected_and_recorded():
    [block] = text_page("The rnachine? works").blocks
    after = apply_edits(block, propose(block, "The machine works", 0.5).edits, "aspose_ai")
    [correction] = after.words[1].corrections
    assert (after.text, correction.before, correction.after, correction.by) == (
        "The machine works", "rnachine", "machine", "aspose_ai",
    )  # fmt: skip


def test_words_in_several_lines_are_corrected_where_they_are():
    text, rejected = corrected("The rnachine?\nworks wel1? and\nfasl?", "The machine works well and fast")
    assert text == "The machine\nworks wel1 and\nfast", "a word with a digit stays"
    assert rejected == ["a number, code or abbreviation"]


@pytest.mark.parametrize(
    ("before", "answer", "reason"),
    [
        ("paid 1,5OO? EUR", "paid 1,500 EUR", "a number, code or abbreviation"),
        ("The works work", "The wirks work", "the engine was sure of the word"),
        ("a hoase? here", "a very large hoase here", "another number of words"),
        ("a long? sentence here", "a", "another number of words"),
        ("the hoase? here", "the elephant here", "too different from the recognized word"),
        ("das Haas? da", "das house da", "different capitalization"),
    ],
)
def test_what_breaks_a_rule_is_rejected_with_the_reason(before, answer, reason):
    text, rejected = corrected(before, answer)
    assert text == before.replace("?", "")
    assert reason in rejected


def test_a_rewritten_block_stays():
    text, rejected = corrected("aaabb? ccddd? eeffg? hhiij?", "aaakk ccdnn eefpp hhiqq")
    assert text == "aaabb ccddd eeffg hhiij"
    assert set(rejected) == {"the changes together would rewrite the block"}


def test_an_empty_answer_changes_nothing():
    assert corrected("some hoase?", "") == ("some hoase", ["another number of words"])


def test_words_without_confidence_may_change():
    block = ocrkit.Block.of([ocrkit.Line(text="the rnachine works")])
    after = apply_edits(block, propose(block, "the machine works", 0.5).edits, "aspose_ai")
    assert after.text == "the machine works"
    assert [each.after for each in after.corrections] == ["machine"]


# options


def test_it_needs_a_model_or_a_folder():
    with pytest.raises(ConfigError, match="set model_path to a GGUF file, or resources_path"):
        create_step("aspose_ai", {}, POSTPROCESS)
    with pytest.raises(ConfigError, match="allow_download needs resources_path"):
        create_step("aspose_ai", {"allow_download": True}, POSTPROCESS)


def test_the_license_comes_from_the_environment_and_is_not_shown(monkeypatch, tmp_path):
    monkeypatch.setenv("ASPOSE_OCR_LICENSE", LICENSE)
    step = create_step("aspose_ai", {"model_path": str(tmp_path / "model.gguf")}, POSTPROCESS)
    assert step.license.get_secret_value() == LICENSE
    assert LICENSE not in f"{step!r} {step.model_dump(mode='json')}"


def test_a_license_is_part_of_the_fingerprint(tmp_path):
    model = tmp_path / "model.gguf"
    assert (
        AsposeAi(model_path=model).fingerprint() != AsposeAi(model_path=model, license=LICENSE).fingerprint()
    )


def test_it_can_be_sent_to_a_worker_process(tmp_path):
    step = AsposeAi(model_path=tmp_path / "model.gguf", gpu_layers=3)
    assert pickle.loads(pickle.dumps(step)).gpu_layers == 3


def test_a_page_without_text_needs_no_engine(tmp_path):
    page = text_page()
    assert AsposeAi(model_path=tmp_path / "model.gguf")(page) is page


def test_without_the_package_the_error_names_the_extra(tmp_path):
    if __import__("importlib.util").util.find_spec("aspose") is not None:
        pytest.skip("the package 'aspose' is installed")
    with pytest.raises(MissingDependencyError, match=r"pip install 'ocrkit\[aspose-local\]'"):
        ocrkit.Ocr("null", postprocess=[{"aspose_ai": {"model_path": str(tmp_path / "model.gguf")}}])


# the engine, which lacks the libraries that run models


@pytest.fixture(scope="module")
def model(tmp_path_factory, require_module):
    require_module("aspose")
    require_module("gguf")
    import tiny_gguf

    return tiny_gguf.write(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.mark.long
def test_libraries_that_are_missing_are_named_and_nothing_is_downloaded(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    with contextlib.closing(AsposeAi(model_path=model, resources_path=tmp_path / "ai")) as step:
        with pytest.raises(PostprocessError, match=r"libraries of llama\.cpp.*allow_download") as caught:
            step(text_page("The rnachine? works"))
        assert (caught.value.step, caught.value.page) == ("aspose_ai", 1)
        children = {child.pid for child in psutil.Process().children()}
    assert [path.name for path in tmp_path.iterdir()] == ["ai"]
    assert not [path for path in (tmp_path / "ai").rglob("*") if path.is_file()]
    assert not [
        pid for pid in children if psutil.pid_exists(pid) and psutil.Process(pid).ppid() == os.getpid()
    ]


@pytest.mark.long
def test_a_wrong_license_is_an_error(model):
    step = AsposeAi(model_path=model, license="<License><Data/></License>")
    with contextlib.closing(step), pytest.raises(PostprocessError, match="the license was rejected"):
        step(text_page("The rnachine? works"))
