"""The post-processing chain: which steps run, what the result records, and how failures are reported."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import ocrkit
from ocrkit.errors import ConfigError, MissingDependencyError, PostprocessError, missing_extra
from ocrkit.testing.fakes import ScriptedBackend

PAGE = np.full((60, 200), 255, np.uint8)
NO_STEPS = ocrkit.Settings(threads=1, postprocess=())


def read(*chain, **options):
    return ocrkit.recognize(
        PAGE, backend=ScriptedBackend(["some text"]), postprocess=list(chain), settings=NO_STEPS, **options
    )


def upper(page):
    return page.model_copy(
        update={
            "blocks": tuple(
                block.with_lines(line.model_copy(update={"text": line.text.upper()}) for line in block.lines)
                for block in page.blocks
            )
        }
    )


def test_steps_run_in_order_by_name_with_parameters_or_as_callables():
    assert read("sample_steps:append_mark", upper).text == "SOME TEXT!"
    assert read({"sample_steps:append_mark": {"mark": "?"}}, "sample_steps:append_mark").text == "some text?!"
    more = {"sample_steps:append_mark": {"mark": " and more"}}
    assert read("sample_steps:append_mark", more).text == "some text! and more"


def test_raw_text_keeps_what_the_engine_read():
    document = read(upper, "sample_steps:append_mark")
    page = document.pages[0]
    assert document.raw_text == page.raw_text == page.blocks[0].raw_text == "some text"
    assert [word.raw_text for word in page.words] == ["some", "text"]


def test_a_result_records_its_steps():
    page = read({"sample_steps:append_mark": {"mark": "?"}}, lambda page: page).pages[0]
    first, second = page.postprocess
    assert (first.name, first.parameters, first.changed) == (
        "sample_steps:append_mark",
        {"mark": "?"},
        True,
    )
    assert not second.changed
    assert "postprocess" in page.timings
    explained = ocrkit.Document(page_count=1, pages=(page,)).explain()
    assert "postprocess: sample_steps:append_mark(mark=?)" in explained
    assert "nothing to do" in explained


def test_a_step_sees_the_requested_languages():
    seen = []

    def record(page):
        seen.append(page.trace.languages)
        return page

    read(record, languages="de,EN")
    assert seen == [("de", "en")]


def test_a_step_that_drops_recognized_text_is_recorded():
    empty = read(lambda page: page.model_copy(update={"blocks": ()})).pages[0]
    assert empty.text == ""
    assert "removed text that the engine has read" in empty.postprocess[0].reason


@pytest.mark.parametrize("chain", ["none", []], ids=str)
def test_an_empty_chain_runs_no_steps(chain):
    document = ocrkit.recognize(PAGE, backend=ScriptedBackend(["text"]), postprocess=chain, settings=NO_STEPS)
    assert document.pages[0].postprocess == ()


# ── failures ──


def test_a_failing_step_is_named_with_its_page():
    with pytest.raises(
        PostprocessError, match=r"page 1: .*'sample_steps:broken' failed with ZeroDivisionError: by nothing"
    ) as caught:
        read("sample_steps:broken")
    assert (caught.value.step, caught.value.page) == ("sample_steps:broken", 1)


def test_a_step_must_return_a_result():
    with pytest.raises(PostprocessError, match=r"page 1: .* returned str, not a PageResult"):
        read(lambda page: "text")


def test_an_error_raised_by_a_step_gets_its_name_and_page():
    def refuse(page):
        raise PostprocessError("not this one")

    with pytest.raises(PostprocessError, match="page 1: not this one") as caught:
        read(refuse)
    assert caught.value.step == "refuse"


def test_a_missing_package_error_says_how_to_install_it():
    def needs_package(page):
        raise missing_extra("dictionary", "spelling", "correcting")

    with pytest.raises(MissingDependencyError, match=r"pip install 'ocrkit\[spelling\]'"):
        read(needs_package)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (["no_such_step"], "unknown post-processing step 'no_such_step'"),
        (
            [{"sample_steps:append_mark": {"mrak": "x"}}],
            "post-processing step 'sample_steps:append_mark': unknown parameter 'mrak'",
        ),
        ([{"one": {}, "two": {}}], "a table with one name"),
        ([5], "a post-processing step must be a name"),
        (5, "postprocess must be a list of steps or 'none'"),
    ],
    ids=str,
)
def test_an_invalid_chain_is_rejected_before_anything_is_read(spec, reason):
    backend = ScriptedBackend(["text"])
    with pytest.raises(ConfigError, match=reason):
        ocrkit.recognize(PAGE, backend=backend, postprocess=spec, settings=NO_STEPS)
    assert backend.requests == []


# ── resources, worker processes and the cache ──


def test_a_step_is_loaded_once_and_closed_with_the_ocr_that_created_it(tmp_path):
    log = tmp_path / "log"
    chain = [{"sample_steps:Lazy": {"log": log}}]
    with ocrkit.Ocr(ScriptedBackend(["a"]), postprocess=chain, settings=NO_STEPS) as ocr:
        ocr.recognize(PAGE)
        ocr.recognize(PAGE)
    assert log.read_text().split() == ["loaded", "closed"]


def test_a_step_passed_as_an_object_is_not_closed(tmp_path):
    import sample_steps

    step = sample_steps.Lazy(log=tmp_path / "log")
    with ocrkit.Ocr(ScriptedBackend(["a"]), postprocess=[step], settings=NO_STEPS) as ocr:
        ocr.recognize(PAGE)
    assert step.log.read_text().split() == ["loaded"]


def test_steps_run_in_worker_processes(tmp_path):
    Image.fromarray(PAGE).save(tmp_path / "page.png")
    with ocrkit.Ocr(
        "null", postprocess=["sample_steps:broken"], isolate=True, workers=1, settings=NO_STEPS
    ) as ocr, pytest.raises(PostprocessError, match=r"page 1: .*'sample_steps:broken'") as caught:  # fmt: skip
        ocr.recognize(tmp_path / "page.png")
    assert (caught.value.step, caught.value.page) == ("sample_steps:broken", 1)


def test_the_fingerprint_depends_on_the_steps_their_parameters_and_their_files(tmp_path):
    words = tmp_path / "words"
    words.write_text("one")

    def fingerprint(chain):
        with ocrkit.Ocr("null", postprocess=chain, settings=NO_STEPS) as ocr:
            return ocr.fingerprint

    mark = "sample_steps:append_mark"
    with_file = [{"sample_steps:WithWordFile": {"words": str(words)}}]
    assert fingerprint([mark]) == fingerprint([mark])
    assert fingerprint([mark]) != fingerprint([])
    assert fingerprint([mark]) != fingerprint([{mark: {"mark": "?"}}])
    assert fingerprint([mark, *with_file]) != fingerprint([*with_file, mark])
    assert fingerprint([mark, upper]) is None
    before = fingerprint(with_file)
    assert fingerprint(with_file) == before
    words.write_text("another")
    assert fingerprint(with_file) != before


def test_a_cached_page_is_already_post_processed(tmp_path):
    settings = NO_STEPS.model_copy(update={"cache": tmp_path / "cache"})
    backend = ScriptedBackend(["some text"])
    documents = [
        ocrkit.recognize(PAGE, backend=backend, postprocess=["sample_steps:append_mark"], settings=settings)
        for _ in range(2)
    ]
    assert len(backend.requests) == 1
    assert [document.text for document in documents] == ["some text!"] * 2
    assert documents[1].raw_text == "some text"
    assert documents[1].pages[0].corrections == documents[0].pages[0].corrections


@pytest.mark.parametrize(("profile", "text"), [(None, "some text?"), ("plain", "some text")])
def test_settings_choose_the_chain(tmp_path, profile, text):
    toml = tmp_path / "ocrkit.toml"
    toml.write_text(
        'postprocess = [{ "sample_steps:append_mark" = { mark = "?" } }]\n'
        '[profiles.plain]\npostprocess = "none"\n'
    )
    settings = ocrkit.load_settings(config_file=toml, profile=profile).settings
    assert ocrkit.recognize(PAGE, backend=ScriptedBackend(["some text"]), settings=settings).text == text


def test_the_built_in_steps_are_listed_without_importing_them():
    code = (
        "import sys; from ocrkit import registry; print(*registry.step_names(registry.POSTPROCESS));"
        "print([name for name in sys.modules if name.startswith('ocrkit.postprocess.')])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names, imported = printed.splitlines()
    assert {"hyphenation", "language", "llm", "spelling"} <= set(names.split())
    assert not {"base", "block_kinds", "edits", "reading_order"} & set(names.split())
    assert imported == "[]"
