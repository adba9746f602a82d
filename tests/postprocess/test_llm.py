"""The step `llm` with a model on a server: what it shows the model, applies, rejects and reports."""

from __future__ import annotations

import logging
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proofreader import MARKED_WORD, Proofreader, line, page_of, replacing, text_page

import ocrkit
from ocrkit import errors
from ocrkit.postprocess.llm import Llm
from ocrkit.postprocess.llm.guards import is_protected, rejection_reason
from ocrkit.postprocess.llm.prompt import build_request, parse_proposals, passages
from ocrkit.result import Block, Cell, Line, Table
from ocrkit.testing import Answer, ScriptedBackend, VendorServer, draw_page, faults

KEY = "sk-s3cr3t-of-the-model"


@pytest.fixture
def make_step():
    """Makes a step whose model replies as given, with the server it uses."""
    opened = []

    def make(replies, **options):
        server = Proofreader(replacing(replies) if isinstance(replies, dict) else replies)
        server.__enter__()
        step = Llm(endpoint=f"{server.url}/v1", **options)
        opened.append((server, step))
        return step, server

    yield make
    for server, step in opened:
        step.close()
        server.__exit__(None, None, None)
        assert server.errors == []


# ── what is shown to the model and corrected ──


def test_a_low_confidence_word_is_corrected_and_the_change_recorded(make_step):
    step, _ = make_step({"rnachine": "machine"})
    page = step(text_page("The rnachine? works", "and so on"))
    assert page.text == "The machine works\n\nand so on"
    assert page.raw_text == "The rnachine works\n\nand so on"
    changed = page.words[1]
    assert (changed.text, changed.raw_text, changed.confidence) == ("machine", "rnachine", 0.3)
    [correction] = changed.corrections
    assert (correction.before, correction.after, correction.by) == ("rnachine", "machine", "llm")
    [decision] = page.trace.decisions
    assert (decision.topic, decision.choice) == ("llm", "tiny-proofreader")
    assert decision.reason == "low-confidence words: 1, corrected: 1, proposals rejected: 0"


def test_only_blocks_with_low_confidence_words_are_sent(make_step):
    step, server = make_step({})
    step(text_page("A block that is sure", "The rnachine? works\nin 1O4?", "Another one"))
    [prompt] = server.prompts()
    assert "The ⟦0:rnachine⟧ works\nin 1O4" in prompt
    assert "sure" not in prompt
    assert "Language: en" in prompt


@pytest.mark.parametrize(
    "page",
    [
        text_page("All is well", "Total 1O4?"),
        page_of([Block.of([Line(text="rnachine")])]),
    ],
    ids=["high confidence or protected", "unknown confidence"],
)
def test_a_page_without_low_confidence_words_is_not_sent(make_step, page):
    step, server = make_step({})
    assert step(page) is page
    assert server.requests == ()


def test_lines_without_words_are_corrected(make_step):
    step, _ = make_step({"rnachine": "machine"})
    page = step(page_of([Block.of([Line(text="The rnachine works", confidence=0.4)])]))
    assert (page.text, page.raw_text) == ("The machine works", "The rnachine works")
    assert [each.before for each in page.blocks[0].corrections] == ["rnachine"]


def test_table_cells_follow_their_lines(make_step):
    step, _ = make_step({"rnachine": "machine"})
    cells = (
        Cell(text="rnachine", row=0, column=0, lines=(0,)),
        Cell(text="9", row=0, column=1, lines=(1,)),
    )
    block = Block.of([line("rnachine?"), line("9")], kind="table", table=Table(cells=cells))
    assert step(page_of([block])).tables[0].rows == (("machine", "9"),)


def test_a_corrected_page_is_not_sent_again(make_step):
    step, server = make_step({"rnachine": "machine", "machine": "rnachine"})
    once = step(text_page("The rnachine? works"))
    assert step(once) is once
    assert len(server.prompts()) == 1


def test_the_confidence_threshold_can_be_set(make_step):
    step, server = make_step({}, confidence_threshold=0.2)
    step(text_page("The rnachine? works"))
    assert server.requests == ()


def test_a_changed_word_loses_its_probability(make_step):
    step, _ = make_step({"rnachine": "machine"})
    page = text_page("The rnachine? works")
    words = [each.model_copy(update={"probability": 0.4}) for each in page.words]
    block = page.blocks[0].with_lines([page.lines[0].model_copy(update={"words": tuple(words)})])
    after = step(page.model_copy(update={"blocks": (block,)}))
    assert [each.probability for each in after.words] == [0.4, None, 0.4]


def test_the_step_runs_in_the_pipeline(make_step):
    step, _ = make_step({"rnachine": "machine"}, confidence_threshold=1.0)
    backend = ScriptedBackend(["The rnachine works"], confidence=0.5)
    with ocrkit.Ocr(backend, postprocess=[step]) as ocr:
        document = ocr.recognize(draw_page(["x"]).page.pixels)
    assert (document.text, document.raw_text) == ("The machine works", "The rnachine works")


# ── rejected proposals and invalid replies ──


def test_rejected_proposals_are_in_the_trace(make_step):
    step, _ = make_step({"house": "castle", "gardon": "garden"})
    page = step(text_page("The house? and the gardon? behind it are old"))
    assert page.text == "The house and the garden behind it are old"
    summary, rejection = page.trace.decisions
    assert summary.reason == "low-confidence words: 2, corrected: 1, proposals rejected: 1"
    assert rejection.choice == "kept 'house'"
    assert rejection.reason == "'castle': too different from the recognized word"
    assert "'castle'" in ocrkit.Document(page_count=1, pages=(page,)).explain()


def test_a_block_that_would_be_rewritten_stays(make_step):
    """Each change alone is allowed; all of them together make another text."""
    before, after = "house mouse table bread".split(), "horde moist sabre braid".split()
    assert not any(map(rejection_reason, before, after))
    step, _ = make_step(dict(zip(before, after, strict=True)))
    page = step(text_page(" ".join(f"{each}?" for each in before)))
    assert page.text == "house mouse table bread"
    assert page.trace.decisions[1].reason == "'horde': the changes together would rewrite the block"


@pytest.mark.parametrize("reply", [
    "I cannot help with that.", "", "{", '{"edits": 5}', '{"edits": [{"word": "one", "to": 5}]}', "[" * 5000, "null",
])  # fmt: skip
def test_an_invalid_reply_changes_nothing_and_gives_a_warning(make_step, reply):
    step, _ = make_step(lambda words: reply)
    page = step(text_page("The rnachine? works"))
    assert page.text == "The rnachine works"
    assert page.warnings == ("the language model gave no usable reply for 1 of 1 passages",)


def test_text_around_the_json_of_a_reply_is_ignored(make_step):
    step, _ = make_step(lambda words: 'Sure!\n```json\n{"edits": [{"word": 0, "to": "machine"}]}\n```')
    assert step(text_page("The rnachine? works")).text == "The machine works"


def test_unknown_word_numbers_are_ignored(make_step):
    step, _ = make_step(lambda words: {"edits": [{"word": 7, "to": "machine"}, {"word": -1, "to": "works"}]})
    assert step(text_page("The rnachine? works")).text == "The rnachine works"


def test_marks_in_the_text_of_the_page_are_not_sent(make_step):
    step, server = make_step({})
    step(text_page("⟦0:sure⟧ and rnachine?"))
    assert MARKED_WORD.findall(server.prompts()[0]) == [("0", "rnachine")]


low_confidence_words = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=30).map(lambda text: f"{text}?"),
    min_size=1, max_size=60,
)  # fmt: skip


@given(low_confidence_words, st.integers(40, 400))
def test_every_low_confidence_word_is_in_one_passage(texts, max_characters):
    page = text_page(" ".join(texts))
    relevant = [passage for passage in passages(page, 0.5, max_characters) if passage.words]
    expected = [word.text for word in page.words if not is_protected(word.text)]
    assert [word.span.text for passage in relevant for word in passage.words] == expected
    for passage in relevant:
        marked = MARKED_WORD.findall(passage.text)
        assert [int(number) for number, _ in marked] == list(range(len(passage.words)))
        request = build_request(passage)
        assert passage.text in request.messages[-1]["content"]
        assert request.schema["properties"]["edits"]["maxItems"] == len(passage.words)


@given(st.text(max_size=80))
def test_any_reply_can_be_parsed(reply):
    [passage] = passages(text_page("The rnachine? works"), 0.5)
    proposals = parse_proposals(passage, reply)
    assert proposals is None or all(each.word in passage.words for each in proposals)


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
    [request] = server.requests
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
