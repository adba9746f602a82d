"""The chain after the engine: which steps run, what is said of them, and what becomes of their troubles."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ocrkit
from ocrkit.errors import ConfigError, MissingDependencyError, PostprocessError, missing_extra
from ocrkit.testing.fakes import ScriptedBackend

PAGE = np.full((60, 200), 255, np.uint8)
PLAIN = ocrkit.Settings(threads=1, postprocess=())


@pytest.fixture(autouse=True)
def steps(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)


def read(*chain, words="some text", **options):
    return ocrkit.recognize(
        PAGE, backend=ScriptedBackend([words]), postprocess=list(chain), settings=PLAIN, **options
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


def test_steps_run_in_their_order_by_name_with_parameters_or_as_they_are():
    assert read("steps:ending", upper).text == "SOME TEXT!"
    assert read({"steps:ending": {"mark": "?"}}, "steps:ending").text == "some text?!"
    assert read("steps:ending", {"steps:ending": {"mark": " and more"}}).text == "some text! and more"


def test_what_the_engine_has_read_stays_whatever_a_step_does():
    document = read(upper, "steps:ending")
    page = document.pages[0]
    assert document.raw_text == page.raw_text == page.blocks[0].raw_text == "some text"
    assert [word.raw_text for word in page.words] == ["some", "text"]


def test_a_page_says_what_was_done_to_it():
    page = read({"steps:ending": {"mark": "?"}}, lambda page: page).pages[0]
    first, second = page.postprocess
    assert (first.name, first.parameters, first.changed) == ("steps:ending", {"mark": "?"}, True)
    assert not second.changed
    assert "postprocess" in page.timings
    explained = ocrkit.Document(page_count=1, pages=(page,)).explain()
    assert "postprocess: steps:ending(mark=?)" in explained
    assert "nothing to do" in explained


def test_a_step_knows_which_languages_were_asked_for():
    asked = []

    def ask(page):
        asked.append(page.trace.languages)
        return page

    read(ask, languages="de,EN")
    assert asked == [("de", "en")]


def test_whoever_leaves_out_what_was_read_is_said_to():
    empty = read(lambda page: page.model_copy(update={"blocks": ()})).pages[0]
    assert empty.text == ""
    assert "removed text that the engine has read" in empty.postprocess[0].reason


def test_nothing_is_done_where_nothing_is_wanted():
    for nothing in ("none", []):
        document = ocrkit.recognize(
            PAGE, backend=ScriptedBackend(["text"]), postprocess=nothing, settings=PLAIN
        )
        assert document.pages[0].postprocess == ()


# ── what can go wrong ──


def test_a_step_that_fails_is_named_with_its_page():
    with pytest.raises(
        PostprocessError, match=r"page 1: .*'steps:broken' failed with ZeroDivisionError: by nothing"
    ) as caught:
        read("steps:broken")
    assert (caught.value.step, caught.value.page) == ("steps:broken", 1)


def test_a_step_that_returns_something_else_is_said_so():
    with pytest.raises(PostprocessError, match=r"page 1: .* returned str, not a PageResult"):
        read(lambda page: "text")


def test_an_error_of_its_own_gets_its_name_and_page():
    def refusing(page):
        raise PostprocessError("not this one")

    with pytest.raises(PostprocessError, match="page 1: not this one") as caught:
        read(refusing)
    assert caught.value.step == "refusing"


def test_a_missing_package_says_how_to_get_it():
    def needy(page):
        raise missing_extra("dictionary", "spelling", "correcting")

    with pytest.raises(MissingDependencyError, match=r"pip install 'ocrkit\[spelling\]'"):
        read(needy)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (["no_such_step"], "unknown post-processing step 'no_such_step'"),
        ([{"steps:ending": {"mrak": "x"}}], "post-processing step 'steps:ending': unknown parameter 'mrak'"),
        ([{"one": {}, "two": {}}], "a table with one name"),
        ([5], "a post-processing step is a name"),
        (5, "postprocess is a list of steps or 'none'"),
    ],
    ids=str,
)
def test_a_chain_that_cannot_be_is_said_before_anything_is_read(spec, reason):
    backend = ScriptedBackend(["text"])
    with pytest.raises(ConfigError, match=reason):
        ocrkit.recognize(PAGE, backend=backend, postprocess=spec, settings=PLAIN)
    assert backend.requests == []


# ── what is held, kept and sent ──


def test_a_step_is_loaded_once_and_closed_by_whoever_made_it(tmp_path):
    import steps

    log = tmp_path / "log"
    with ocrkit.Ocr(
        ScriptedBackend(["a"]), postprocess=[{"steps:Holding": {"log": log}}], settings=PLAIN
    ) as ocr:
        ocr.recognize(PAGE)
        ocr.recognize(PAGE)
    assert log.read_text().split() == ["loaded", "closed"]
    own = steps.Holding(log=tmp_path / "own")
    with ocrkit.Ocr(ScriptedBackend(["a"]), postprocess=[own], settings=PLAIN) as ocr:
        ocr.recognize(PAGE)
    assert own.log.read_text().split() == ["loaded"]


def test_steps_work_in_processes_of_their_own(tmp_path):
    Image.fromarray(PAGE).save(tmp_path / "page.png")
    with ocrkit.Ocr(
        "null", postprocess=["steps:broken"], isolate=True, workers=1, settings=PLAIN
    ) as ocr, pytest.raises(PostprocessError, match=r"page 1: .*'steps:broken'") as caught:  # fmt: skip
        ocr.recognize(tmp_path / "page.png")
    assert (caught.value.step, caught.value.page) == ("steps:broken", 1)


def test_what_is_kept_depends_on_the_chain_its_parameters_and_its_files(tmp_path):
    words = tmp_path / "words"
    words.write_text("one")

    def fingerprint(chain):
        with ocrkit.Ocr("null", postprocess=chain, settings=PLAIN) as ocr:
            return ocr.fingerprint

    holding = [{"steps:Knowing": {"words": str(words)}}]
    assert fingerprint(["steps:ending"]) == fingerprint(["steps:ending"])
    assert fingerprint(["steps:ending"]) != fingerprint([])
    assert fingerprint(["steps:ending"]) != fingerprint([{"steps:ending": {"mark": "?"}}])
    assert fingerprint(["steps:ending", "steps:broken"]) != fingerprint(["steps:broken", "steps:ending"])
    assert fingerprint(["steps:ending", upper]) is None
    before = fingerprint(holding)
    assert fingerprint(holding) == before
    words.write_text("another")
    assert fingerprint(holding) != before


def test_a_kept_page_is_as_it_was_finished(tmp_path):
    settings = PLAIN.model_copy(update={"cache": tmp_path / "kept"})
    backend = ScriptedBackend(["some text"])
    documents = [
        ocrkit.recognize(PAGE, backend=backend, postprocess=["steps:ending"], settings=settings)
        for _ in range(2)
    ]
    assert len(backend.requests) == 1
    assert [document.text for document in documents] == ["some text!"] * 2
    assert documents[1].raw_text == "some text"
    assert documents[1].pages[0].corrections == documents[0].pages[0].corrections


def test_a_setting_chooses_the_chain(tmp_path):
    toml = tmp_path / "ocrkit.toml"
    toml.write_text(
        'postprocess = [{ "steps:ending" = { mark = "?" } }]\n[profiles.plain]\npostprocess = "none"\n'
    )
    for profile, text in ((None, "some text?"), ("plain", "some text")):
        settings = ocrkit.load_settings(config_file=toml, profile=profile).settings
        assert ocrkit.recognize(PAGE, backend=ScriptedBackend(["some text"]), settings=settings).text == text


def test_listing_the_steps_imports_none_of_them():
    code = (
        "import sys; from ocrkit import registry; print(registry.step_names(registry.POSTPROCESS));"
        "print([name for name in sys.modules if name.startswith('ocrkit.postprocess.')])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names, imported = printed.splitlines()
    assert "order" not in names
    assert imported == "[]"
