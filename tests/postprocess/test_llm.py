"""The step `llm` with a model on a server: which words it asks about, and what the answers change."""

from __future__ import annotations

import itertools
import logging
import pickle
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proofreader import EchoServer, Proofreader, line, page_of, text_page, word

import ocrkit
from ocrkit import errors
from ocrkit.document import Document
from ocrkit.postprocess.llm import Llm
from ocrkit.postprocess.llm.passages import placed_words
from ocrkit.result import Block, Cell, Line, Table
from ocrkit.testing import Answer, ScriptedBackend, VendorServer, draw_page, faults

KEY = "sk-s3cr3t-of-the-model"


@pytest.fixture(autouse=True)
def _word_lists(require_module):
    require_module("wordfreq")


@pytest.fixture
def make_step():
    """Makes a step whose model chooses as given, with the server it uses."""
    opened = []

    def make(meant, **options):
        server = meant if isinstance(meant, VendorServer) else Proofreader(meant)
        server.__enter__()
        step = Llm(endpoint=f"{server.url}/v1", **options)
        opened.append((server, step))
        return step, server

    yield make
    for server, step in opened:
        step.close()
        server.__exit__(None, None, None)
        assert server.errors == []


# ── what the model is asked, and what is corrected ──


def test_a_low_confidence_word_is_corrected_and_the_change_recorded(make_step):
    step, _ = make_step({"rnachine": "machine"})
    page = step(text_page("The rnachine? works", "and so on"))
    assert page.text == "The machine works\n\nand so on"
    assert page.raw_text == "The rnachine works\n\nand so on"
    changed = page.words[1]
    assert (changed.text, changed.raw_text, changed.confidence) == ("machine", "rnachine", 0.3)
    [correction] = changed.corrections
    assert (correction.before, correction.after, correction.by) == ("rnachine", "machine", "llm")
    best, own, *_ = correction.candidates
    assert (best.text, best.source, best.probability) == ("machine", "dictionary", correction.confidence)
    assert (own.text, own.source) == ("rnachine", "reading")
    assert best.score > own.score
    assert Document.from_json(Document(page_count=1, pages=(page,)).to_json()).pages[0] == page
    assert correction.confidence > 0.9
    [decision] = page.trace.decisions
    assert (decision.topic, decision.choice) == ("llm", "tiny-proofreader")
    assert decision.reason == "words in doubt with other readings: 1, corrected: 1"


@pytest.mark.parametrize("server", [Proofreader({"rnachine": "machine"}), EchoServer(["machine", "works"])])
def test_the_way_of_asking_is_found_once(make_step, server):
    """The first way that a server refuses is not tried again."""
    step, _ = make_step(server)
    page = step(text_page("The rnachine? works and the rnachine? works"))
    assert page.text == "The machine works and the machine works"
    assert len(server.requests_to("/tokenize")) == 1
    assert len(server.requests_to("/v1/completions")) == (1 if isinstance(server, Proofreader) else 2)


def test_a_question_has_the_context_of_both_sides(make_step):
    step, server = make_step({})
    step(text_page("A block that is sure", "The rnachine? works\nin 1O4?", "Another one"))
    [prompt] = server.prompts()
    assert "Text: The [word] works in 1O4" in prompt
    assert "0: rnachine\n1: machine" in prompt
    assert "sure" not in prompt


@pytest.mark.parametrize(
    "page",
    [
        text_page("All is well", "Total 1O4? NATO? anna@exarnple.org?"),
        page_of([Block.of([Line(text="rnachine")])]),
        text_page("zzqqxx? zzqqxx?"),
    ],
    ids=["high confidence or protected", "unknown confidence", "no other reading"],
)
def test_a_page_without_a_choice_is_not_sent(make_step, page):
    step, server = make_step({})
    assert step(page) is page
    assert server.requests == ()


def test_lines_without_words_are_corrected(make_step):
    step, _ = make_step({"rnachine": "machine"})
    block = Block.of([Line(text="The rnachine works", confidence=0.4)], language="en")
    page = step(page_of([block]))
    assert (page.text, page.raw_text) == ("The machine works", "The rnachine works")
    assert [each.before for each in page.blocks[0].corrections] == ["rnachine"]


def test_table_cells_follow_their_lines(make_step):
    step, _ = make_step({"rnachine": "machine"})
    cells = (
        Cell(text="rnachine", row=0, column=0, lines=(0,)),
        Cell(text="9", row=0, column=1, lines=(1,)),
    )
    lines = [line("rnachine?"), line("9")]
    block = Block.of(lines, kind="table", table=Table(cells=cells), language="en")
    assert step(page_of([block])).tables[0].rows == (("machine", "9"),)


def test_the_alternatives_of_the_engine_are_candidates_if_they_are_plausible(make_step):
    """Also without a dictionary, but never a number, another script or another word."""
    step, server = make_step({"Korneuhurg": "Korneuburg"})
    doubtful = word("Korneuhurg", 0.3, ("Korneuburg", "K0rneuburg", "Wien", "Коrneuhurg"))
    page = step(page_of([Block.of([Line.of([word("in"), doubtful])], language="tlh")]))
    assert page.text == "in Korneuburg"
    [prompt] = server.prompts()
    assert prompt.endswith("0: Korneuhurg\n1: Korneuburg")


def test_vocabulary_words_are_candidates_and_stay(make_step):
    step, server = make_step({"Zwetsohgenhain": "Zwetschgenhain"}, vocabulary=("Zwetschgenhain", "Govemment"))
    page = step(text_page("the Govemment? of Zwetsohgenhain?"))
    assert page.text == "the Govemment of Zwetschgenhain"
    assert len(server.prompts()) == 1


@pytest.mark.parametrize(("read", "meant", "text"), [
    ("work ofthe? machine", {"ofthe": "of the"}, "work of the machine"),
    ("the govern? ment? is", {"govern ment": "government"}, "the government is"),
    ("she said lt? was", {"lt": "It"}, "she said It was"),
    ("he wiIl? come", {"wiIl": "will"}, "he will come"),
    ("l'hiftoire? de", {"l'hiftoire": "l'histoire"}, "l'histoire de"),
])  # fmt: skip
def test_words_are_split_joined_and_corrected_in_part(make_step, read, meant, text):
    step, _ = make_step(meant)
    assert step(text_page(read, language="fr" if "'" in read else "en")).text == text


def test_a_word_divided_between_lines_stays(make_step):
    step, server = make_step({})
    page = text_page("the govem-?\nrnent? of")
    assert step(page) is page
    assert server.requests == ()


def test_a_corrected_page_is_not_sent_again(make_step):
    step, server = make_step({"rnachine": "machine"})
    once = step(text_page("The rnachine? works"))
    assert step(once) is once
    assert len(server.prompts()) == 1


def test_the_confidence_threshold_and_the_languages_can_be_set(make_step):
    step, server = make_step({}, confidence_threshold=0.2)
    step(text_page("The rnachine? works"))
    step, other = make_step({}, languages=("de",))
    step(text_page("The rnachine? works"))
    assert server.requests == other.requests == ()


def test_a_word_of_no_dictionary_is_in_doubt_at_any_confidence(make_step):
    page = text_page("The rnachine works")
    step, _ = make_step(EchoServer(["machine", "works"], unlikely=-20))
    assert step(page).text == "The machine works"
    step, server = make_step(EchoServer(["machine"]), confidence_threshold=0.9)
    assert step(page) is page
    assert server.requests == ()
    step, _ = make_step(EchoServer(["machine", "works"], unlikely=-6))
    assert step(page).text == "The rnachine works", "the engine is surer than the model"


def test_real_words_are_looked_for_only_on_request(make_step):
    page = text_page("the modem times")
    step, server = make_step({"modem": "modern"})
    assert step(page) is page
    assert server.requests == ()
    step, _ = make_step(EchoServer(["modern", "times"]), real_words=True)
    assert step(page).text == "the modem times", (
        "the margin for words that the engine is sure of is not reached"
    )
    step, _ = make_step(EchoServer(["modern", "times"], unlikely=-30), real_words=True)
    assert step(page).text == "the modern times"


def test_grammar_chooses_among_forms_only_on_request(make_step):
    page = text_page("They was here")
    step, _ = make_step(EchoServer(["were", "here"]))
    assert step(page) is page
    step, _ = make_step(EchoServer(["were", "here"], unlikely=-30), grammar=True)
    assert step(page).text == "They were here"


def test_a_changed_word_loses_its_probability(make_step):
    step, _ = make_step({"rnachine": "machine"})
    page = text_page("The rnachine? works")
    words = [each.model_copy(update={"probability": 0.4}) for each in page.words]
    block = page.blocks[0].with_lines([page.lines[0].model_copy(update={"words": tuple(words)})])
    after = step(page.model_copy(update={"blocks": (block,)}))
    assert [each.probability for each in after.words] == [0.4, None, 0.4]


def test_the_step_runs_in_the_pipeline_after_the_step_language(make_step):
    step, _ = make_step({"rnachine": "machine"}, confidence_threshold=1.0)
    backend = ScriptedBackend(
        ["The rnachine works well and the people of the valley are pleased"], confidence=0.5
    )
    with ocrkit.Ocr(backend, postprocess=[step]) as ocr:
        document = ocr.recognize(draw_page(["x"]).page.pixels)
    assert document.text.startswith("The machine works")
    assert [each.name for each in document.pages[0].postprocess] == ["language", "llm"]


# ── invalid replies and hostile pages ──


@pytest.mark.parametrize("reply", [
    "I cannot help with that.", "", "{", '{"reading": "machine"}', '{"reading": 77}', '{"reading": -1}', "[" * 5000, "null",
])  # fmt: skip
def test_an_invalid_reply_changes_nothing(make_step, reply):
    step, _ = make_step(reply)
    assert step(text_page("The rnachine? works")).text == "The rnachine works"


def test_text_around_the_json_of_a_reply_is_ignored(make_step):
    step, _ = make_step('Sure!\n```json\n{"reading": 1}\n```')
    assert step(text_page("The rnachine? works")).text == "The machine works"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=12),
        max_size=40,
    )
)
def test_every_word_has_its_context(texts):
    page = text_page(" ".join(f"{text}?" for text in texts)) if texts else text_page("")
    words = [each for block in page.blocks for each in placed_words(block)]
    assert [each.span.text for each in words] == [each.text for each in page.words]
    for before, after in itertools.pairwise(words):
        assert after.before.endswith(before.span.text)
        assert after.span.text.startswith(before.after.split(" ")[0]) or not before.after


# ── options ──


@pytest.mark.parametrize("options", [
    {"endpoint": "models.example"}, {"endpoint": "http://127.0.0.1/v1", "model_path": "x.gguf"}, {"context_size": 1}, {"gpu": 1},
    {"endpoint": "http://192.168.1.5:8080/v1"}, {"endpoint": "https://me:pass@models.example/v1"}, {"endpoint": "http://[::1]/v1", "api_key": " "},
])  # fmt: skip
def test_invalid_options_are_rejected_before_the_first_page(options):
    with pytest.raises(errors.ConfigError, match="llm"):
        ocrkit.Ocr("null", postprocess=[{"llm": options}])


def test_a_remote_endpoint_requires_allow_remote(make_step):
    remote = {"llm": {"endpoint": "https://models.example/v1"}}
    with pytest.raises(errors.ConfigError, match=r"'llm' sends text.*allow_remote = false"):
        ocrkit.Ocr("null", postprocess=[remote], settings={"allow_remote": False})
    step, _ = make_step({})
    ocrkit.Ocr("null", postprocess=[step], settings={"allow_remote": False}).close()


def test_the_fingerprint_depends_on_the_model_but_not_on_key_threads_or_timeout():
    def fingerprint(**options):
        step = {"llm": {"endpoint": "http://127.0.0.1/v1", **options}}
        return ocrkit.Ocr("null", postprocess=[step]).fingerprint

    default = fingerprint()
    assert fingerprint(api_key=KEY) == fingerprint(timeout_seconds=9, threads=2) == default
    assert fingerprint(model="another") != default


def test_a_pickled_step_works(make_step):
    step, _ = make_step({"rnachine": "machine"}, api_key=KEY)
    step(text_page("The rnachine? works"))
    copy = pickle.loads(pickle.dumps(step))
    assert dict(copy) == dict(step)
    assert copy(text_page("The rnachine? works")).text == "The machine works"
    copy.close()


# ── servers ──


def test_the_api_key_and_the_model_name_are_sent(make_step):
    step, server = make_step({}, api_key=KEY, model="mine")
    step(text_page("The rnachine? works"))
    assert len(server.requests) == 3
    for request in server.requests:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.json()["model"] == "mine"


@pytest.mark.parametrize(("fault", "error", "message"), [
    (faults.unauthorized(), errors.AuthenticationError, "credentials"),
    (Answer({"error": {"message": "no model of that name"}}, 404), errors.BackendError, "no model of that name"),
    (Answer({"error": "text too long"}, 400), errors.BackendError, "text too long"),
    (faults.html(), errors.BadResponseError, "JSON"),
    (Answer({"choices": []}), errors.BadResponseError, "no text"),
])  # fmt: skip
def test_a_server_error_has_its_type_and_message(make_step, fault, error, message):
    step, server = make_step({}, model="m", api_key=KEY)
    server.fail("/v1/chat/completions", fault)
    with pytest.raises(error, match=message):
        step(text_page("The rnachine? works"))


def test_a_server_without_models_is_a_configuration_error(make_step):
    step, server = make_step({})
    server.fail("/v1/models", Answer({"data": []}))
    with pytest.raises(errors.ConfigError, match="lists no models; set `model`"):
        step(text_page("The rnachine? works"))


def test_a_request_is_repeated_if_the_server_is_unavailable(make_step):
    step, server = make_step({"rnachine": "machine"}, model="m")
    server.fail("/v1/chat/completions", faults.unavailable())
    assert step(text_page("The rnachine? works")).text == "The machine works"


def test_the_api_key_is_never_shown(make_step, caplog):
    caplog.set_level(logging.DEBUG)
    step, server = make_step({}, api_key=KEY, model="m")
    server.fail("/v1/chat/completions", Answer({"error": {"message": f"bad key {KEY}"}}, 400))
    with pytest.raises(errors.BackendError) as caught:
        step(text_page("The rnachine? works"))
    shown = [
        repr(step),
        str(step.model_dump(mode="json")),
        caplog.text,
        *traceback.format_exception(caught.value),
    ]
    assert not [text for text in shown if KEY in text]


def test_a_local_server_is_reached_without_the_proxy(make_step, monkeypatch):
    """Text that must not leave the machine must not go to a proxy either."""
    step, _ = make_step({"rnachine": "machine"})
    with VendorServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert step(text_page("The rnachine? works")).text == "The machine works"
        assert proxy.requests == ()
