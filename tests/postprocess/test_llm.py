"""Doubtful words and a language model: what it may change, what it may not, and what is said of both."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocrkit
from ocrkit import errors
from ocrkit.geometry import Box
from ocrkit.postprocess.llm import Llm
from ocrkit.postprocess.llm.guards import distance, is_protected, objection
from ocrkit.postprocess.llm.prompt import asked, passages, proposals
from ocrkit.result import Block, Cell, Line, PageResult, Table, Trace, Word
from ocrkit.testing import Answer, Received, ScriptedBackend, VendorServer, draw_page, faults

MARKED = re.compile(r"⟦(\d+):([^⟧]*)⟧")
KEY = "sk-s3cr3t-of-the-model"


def word(text: str, confidence: float | None = 0.99) -> Word:
    return Word(text=text, confidence=confidence, polygon=Box(0, 0, 10 * len(text), 10).polygon)


def line(text: str) -> Line:
    """Words that end in `?` are doubted."""
    return Line.of([word(each.rstrip("?"), 0.3 if each.endswith("?") else 0.99) for each in text.split()])


def a_page(*blocks: str, language: str | None = "en") -> PageResult:
    made = [Block.of([line(row) for row in block.splitlines()], language=language) for block in blocks]
    return PageResult(width=1000, height=1000, blocks=tuple(made), trace=Trace(backend="test"))


class Proofreader(VendorServer):
    """A server that speaks the protocol of OpenAI, and answers as it is told."""

    def __init__(self, answer: Callable[[dict[int, str]], object]) -> None:
        super().__init__()
        self.answer_to = answer
        self.route("GET", "/v1/models", {"data": [{"id": "tiny-proofreader"}]})
        self.route("POST", "/v1/chat/completions", self._complete)

    def _complete(self, request: Received) -> object:
        body = request.json()
        assert body["temperature"] == 0
        words = {int(number): text for number, text in MARKED.findall(body["messages"][-1]["content"])}
        allowed = body["response_format"]["json_schema"]["schema"]["properties"]["edits"]["items"][
            "properties"
        ]["word"]["enum"]
        assert sorted(words) == sorted(allowed)
        said = self.answer_to(words)
        content = said if isinstance(said, str) else json.dumps(said)
        return {"choices": [{"message": {"role": "assistant", "content": content}}]}

    def prompts(self) -> list[str]:
        bodies = [request.json() for request in self.requests_to("/v1/chat/completions")]
        return [body["messages"][-1]["content"] for body in bodies]


def by_table(table: dict[str, str]) -> Callable[[dict[int, str]], object]:
    return lambda words: {
        "edits": [{"word": number, "to": table[text]} for number, text in words.items() if text in table]
    }


@pytest.fixture
def asking():
    """A step whose model answers as it is told, and the server it asks."""
    opened = []

    def make(answer, **options):
        server = Proofreader(by_table(answer) if isinstance(answer, dict) else answer)
        server.__enter__()
        step = Llm(endpoint=f"{server.url}/v1", **options)
        opened.append((server, step))
        return step, server

    yield make
    for server, step in opened:
        step.close()
        server.__exit__(None, None, None)
        assert server.errors == []


# ── what is changed ──


def test_a_doubtful_word_is_corrected_and_says_so(asking):
    step, _ = asking({"rnachine": "machine"})
    page = step(a_page("The rnachine? works", "and so on"))
    assert page.text == "The machine works\n\nand so on"
    assert page.raw_text == "The rnachine works\n\nand so on"
    changed = page.words[1]
    assert (changed.text, changed.raw_text, changed.confidence) == ("machine", "rnachine", 0.3)
    [correction] = changed.corrections
    assert (correction.before, correction.after, correction.by) == ("rnachine", "machine", "llm")
    [decision] = page.trace.decisions
    assert (decision.topic, decision.choice) == ("llm", "tiny-proofreader")
    assert decision.reason == "doubtful words 1, changed 1, proposals refused 0"


def test_only_what_holds_doubtful_words_is_shown(asking):
    step, server = asking({})
    step(a_page("A block that is sure", "The rnachine? works\nin 1O4?", "Another one"))
    [prompt] = server.prompts()
    assert "The ⟦0:rnachine⟧ works\nin 1O4" in prompt
    assert "sure" not in prompt
    assert "Language: en" in prompt


def test_nothing_is_asked_about_a_page_without_doubt(asking):
    step, server = asking({})
    page = a_page("All is well", "Total 1O4?")
    assert step(page) is page
    assert server.requests == ()


def test_an_engine_without_confidences_is_believed(asking):
    step, server = asking({})
    page = PageResult(
        width=9, height=9, blocks=(Block.of([Line(text="rnachine")]),), trace=Trace(backend="test")
    )
    assert step(page) is page
    assert server.requests == ()


def test_words_of_an_engine_that_knows_only_lines(asking):
    step, _ = asking({"rnachine": "machine"})
    made = Block.of([Line(text="The rnachine works", confidence=0.4)])
    page = step(PageResult(width=9, height=9, blocks=(made,), trace=Trace(backend="test")))
    assert (page.text, page.raw_text) == ("The machine works", "The rnachine works")
    assert [each.before for each in page.blocks[0].corrections] == ["rnachine"]


def test_cells_of_a_table_follow(asking):
    step, _ = asking({"rnachine": "machine"})
    table = Table(
        cells=(
            Cell(text="rnachine", row=0, column=0, lines=(0,)),
            Cell(text="9", row=0, column=1, lines=(1,)),
        )
    )
    block = Block.of([line("rnachine?"), line("9")], kind="table", table=table)
    page = step(PageResult(width=9, height=9, blocks=(block,), trace=Trace(backend="test")))
    assert page.tables[0].rows == (("machine", "9"),)


def test_asking_twice_changes_nothing_more(asking):
    step, server = asking({"rnachine": "machine", "machine": "rnachine"})
    once = step(a_page("The rnachine? works"))
    assert step(once) is once
    assert len(server.prompts()) == 1


def test_how_sure_is_sure_can_be_set(asking):
    step, server = asking({}, doubt=0.2)
    step(a_page("The rnachine? works"))
    assert server.requests == ()


# ── what is not ──


@pytest.mark.parametrize(("before", "after"), [
    ("rnachine", "machine"), ("Gescbäft", "Geschäft"), ("tbe", "the"), ("wonId", "would"), ("„Hauſ“,", "„Haus“,"),
    ("Bergstraffe", "Bergstrasse"), ("qui5", "quis"), ("Привот", "Привет"), ("天氕預報", "天氣預報"),
])  # fmt: skip
def test_misreadings_may_be_put_right(before, after):
    if not is_protected(before):
        assert objection(before, after) is None


@pytest.mark.parametrize("text", [
    "1O4.50", "€5O", "2O24-11-21", "DE89370400440532O13000", "a@b.c", "www.x", "x.org/y", "C:\\x", "NATO", "EU", "iPhone",
    "eBay", "a", "I", "10%", "#4711", "§12", "B2B", "--", "",
])  # fmt: skip
def test_some_words_are_never_offered(text):
    assert is_protected(text)


@pytest.mark.parametrize(("before", "after"), [
    ("house", "building"), ("house", "houses and gardens"), ("house", ""), ("house", "h0use"), ("house", "12345"),
    ("house", "House"), ("House", "house"), ("house,", "house"), ("house", "house."), ("house", "дом"), ("house", "hоuse"),
    ("Haus", "house"), ("cat", "dog"), ("cat", "cart!"), ("no", "yes"), ("colour", "co\nlour"), ("colour", "col our"),
    ("house", "HOUSE"), ("house", "hou\u200bse"), ("house", "www.house"), ("teh", "thethethe"), ("understand", "ununderstandable"),
])  # fmt: skip
def test_what_is_no_misreading_is_refused(before, after):
    assert objection(before, after) is not None


def test_refused_proposals_are_in_the_trace(asking):
    step, _ = asking({"house": "castle", "gardon": "garden"})
    page = step(a_page("The house? and the gardon? behind it are old"))
    assert page.text == "The house and the garden behind it are old"
    told = [(each.choice, each.reason) for each in page.trace.decisions]
    assert told[0][1] == "doubtful words 2, changed 1, proposals refused 1"
    assert told[1] == ("'house' stays", "'castle': too far from what was read")
    assert "'castle'" in ocrkit.Document(page_count=1, pages=(page,)).explain()


def test_a_block_that_would_be_written_anew_stays(asking):
    """Each of these words may become the other; all of them together are another text."""
    read, other = "house mouse table bread".split(), "horde moist sabre braid".split()
    assert not any(map(objection, read, other))
    step, _ = asking(dict(zip(read, other, strict=True)))
    page = step(a_page(" ".join(f"{each}?" for each in read)))
    assert page.text == "house mouse table bread"
    assert page.trace.decisions[1].reason == "'horde': together the changes would make it another text"


@pytest.mark.parametrize("answer", [
    "I cannot help with that.", "", "{", '{"edits": 5}', '{"edits": [{"word": "one", "to": 5}]}', "[" * 5000, "null",
])  # fmt: skip
def test_an_answer_without_sense_leaves_the_page_and_says_so(asking, answer):
    step, _ = asking(lambda words: answer)
    page = step(a_page("The rnachine? works"))
    assert page.text == "The rnachine works"
    assert page.warnings == ("the language model gave no usable answer for 1 of 1 parts of the page",)


def test_json_in_other_words_is_understood(asking):
    step, _ = asking(lambda words: 'Sure!\n```json\n{"edits": [{"word": 0, "to": "machine"}]}\n```')
    assert step(a_page("The rnachine? works")).text == "The machine works"


def test_words_nobody_asked_about_stay(asking):
    step, _ = asking(lambda words: {"edits": [{"word": 7, "to": "machine"}, {"word": -1, "to": "works"}]})
    assert step(a_page("The rnachine? works")).text == "The rnachine works"


def test_marks_that_stand_on_the_page_mean_nothing(asking):
    step, server = asking({})
    step(a_page("⟦0:sure⟧ and rnachine?"))
    assert MARKED.findall(server.prompts()[0]) == [("0", "rnachine")]


words_of_pages = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=30).map(lambda text: f"{text}?"),
    min_size=1, max_size=60,
)  # fmt: skip


@given(words_of_pages, st.integers(40, 400))
def test_every_doubtful_word_is_asked_about_once(texts, longest):
    page = a_page(" ".join(texts))
    parts = [part for part in passages(page, 0.5, longest) if part.doubts]
    wanted = [token.text for token in page.words if not is_protected(token.text)]
    assert [doubt.token.text for part in parts for doubt in part.doubts] == wanted
    for part in parts:
        marked = MARKED.findall(part.text)
        assert [int(number) for number, _ in marked] == list(range(len(part.doubts)))
        messages, schema, _ = asked(part)
        assert part.text in messages[-1]["content"]
        assert schema["properties"]["edits"]["maxItems"] == len(part.doubts)


@given(st.text(max_size=80))
def test_any_answer_is_understood_or_not(answer):
    [part] = passages(a_page("The rnachine? works"), 0.5)
    found = proposals(part, answer)
    assert found is None or all(each.doubt in part.doubts for each in found)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_distance_is_the_usual_one(one, other):
    from rapidfuzz.distance import Levenshtein

    assert distance(one, other) == Levenshtein.distance(one, other)


# ── servers ──


def test_the_key_and_the_model_are_sent(asking):
    step, server = asking({}, api_key=KEY, model="mine")
    step(a_page("The rnachine? works"))
    [request] = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json()["model"] == "mine"


@pytest.mark.parametrize(("fault", "error", "says"), [
    (faults.unauthorized(), errors.AuthenticationError, "credentials"),
    (Answer({"error": {"message": "no model of that name"}}, 404), errors.BackendError, "no model of that name"),
    (Answer({"error": "text too long"}, 400), errors.BackendError, "text too long"),
    (faults.html(), errors.BadResponseError, "JSON"),
    (Answer({"choices": []}), errors.BadResponseError, "no text"),
])  # fmt: skip
def test_what_goes_wrong_is_said(asking, fault, error, says):
    step, server = asking({}, model="m", api_key=KEY)
    server.fail("/v1/chat/completions", fault)
    with pytest.raises(error, match=says):
        step(a_page("The rnachine? works"))


def test_a_server_that_is_out_of_order_is_asked_again(asking):
    step, server = asking({"rnachine": "machine"}, model="m")
    server.fail("/v1/chat/completions", faults.unavailable())
    assert step(a_page("The rnachine? works")).text == "The machine works"


def test_the_key_is_not_to_be_seen(asking, caplog):
    caplog.set_level(logging.DEBUG)
    step, server = asking({}, api_key=KEY, model="m")
    server.fail("/v1/chat/completions", Answer({"error": {"message": f"bad key {KEY}"}}, 400))
    with pytest.raises(errors.BackendError) as caught:
        step(a_page("The rnachine? works"))
    seen = [
        repr(step),
        str(step.model_dump(mode="json")),
        caplog.text,
        *traceback.format_exception(caught.value),
    ]
    assert not [text for text in seen if KEY in text]


def test_no_text_leaves_the_machine_where_that_is_forbidden(asking):
    far = {"llm": {"endpoint": "https://models.example/v1"}}
    with pytest.raises(errors.ConfigError, match=r"'llm' sends text.*allow_remote = false"):
        ocrkit.Ocr("null", postprocess=[far], settings={"allow_remote": False})
    step, _ = asking({})
    ocrkit.Ocr("null", postprocess=[step], settings={"allow_remote": False}).close()


@pytest.mark.parametrize("options", [
    {"endpoint": "models.example"}, {"endpoint": "http://127.0.0.1/v1", "model_path": "x.gguf"}, {"context_size": 1}, {"gpu": 1},
    {"endpoint": "http://192.168.1.5:8080/v1"}, {"endpoint": "https://me:pass@models.example/v1"}, {"endpoint": "http://[::1]/v1", "api_key": " "},
])  # fmt: skip
def test_wrong_options_are_said_before_the_first_page(options):
    with pytest.raises(errors.ConfigError, match="llm"):
        ocrkit.Ocr("null", postprocess=[{"llm": options}])


def test_a_server_on_this_machine_is_asked_past_any_proxy(asking, monkeypatch):
    """What may not leave the machine does not go to a proxy either."""
    step, _ = asking({"rnachine": "machine"})
    with VendorServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert step(a_page("The rnachine? works")).text == "The machine works"
        assert proxy.requests == ()


def test_a_page_is_not_read_again_for_another_key():
    def print_of(**options):
        step = {"llm": {"endpoint": "http://127.0.0.1/v1", **options}}
        return ocrkit.Ocr("null", postprocess=[step]).fingerprint

    usual = print_of()
    assert print_of(api_key=KEY) == print_of(timeout_seconds=9, threads=2) == usual
    assert print_of(model="another") != usual


def test_a_word_that_was_changed_is_no_longer_as_probable(asking):
    step, _ = asking({"rnachine": "machine"})
    page = a_page("The rnachine? works")
    words = [each.model_copy(update={"probability": 0.4}) for each in page.words]
    block = page.blocks[0].with_lines([page.lines[0].model_copy(update={"words": tuple(words)})])
    after = step(page.model_copy(update={"blocks": (block,)}))
    assert [each.probability for each in after.words] == [0.4, None, 0.4]


def test_a_step_travels_as_what_was_set(asking):
    step, _ = asking({"rnachine": "machine"}, api_key=KEY)
    step(a_page("The rnachine? works"))
    sent = pickle.loads(pickle.dumps(step))
    assert dict(sent) == dict(step)
    assert sent(a_page("The rnachine? works")).text == "The machine works"
    sent.close()


def test_through_the_whole_flow(asking):
    step, _ = asking({"rnachine": "machine"})
    backend = ScriptedBackend(["The rnachine works"], confidence=0.5)
    with ocrkit.Ocr(backend, postprocess=[step.model_copy(update={"doubt": 1.0})]) as ocr:
        document = ocr.recognize(draw_page(["x"]).page.pixels)
    assert (document.text, document.raw_text) == ("The machine works", "The rnachine works")


# ── files ──


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, require_module) -> Path:
    """A model with random weights: what it says makes no sense, how it says it does."""
    require_module("xllamacpp")
    require_module("gguf")
    import tiny_gguf

    return tiny_gguf.write(tmp_path_factory.mktemp("models") / "tiny-q8_0.gguf")


def test_a_model_in_a_file_can_do_no_harm(tiny):
    """Whatever it invents, all that changes are doubtful words, and little of them."""
    read = a_page(
        "The rnachine? works on 24 Novembor? 2O24?\nfor EUR? 1,5OO?", "Nothing here", "Aud tben? sorne?"
    )
    step = Llm(model_path=tiny)
    page = step(read)
    again = Llm(model_path=tiny)
    try:
        assert page.raw_text == read.text
        assert page.trace.decisions[0].choice == "tiny-q8_0"
        for before, after in zip(read.words, page.words, strict=True):
            sure = before.confidence > 0.5 or is_protected(before.text)
            assert after.text == before.text if sure else objection(before.text, after.text) is None
        assert again(read).text == page.text
    finally:
        step.close()
        again.close()


def test_a_long_block_fits_a_small_context(tiny):
    step = Llm(model_path=tiny, context_size=2048)
    try:
        page = step(a_page(" ".join(["wordes?", "and"] * 150)))
    finally:
        step.close()
    assert page.trace.decisions[0].reason.startswith("doubtful words 150,")


def test_it_opens_again_after_it_was_closed(tiny):
    step = Llm(model_path=tiny)
    first = step(a_page("The rnachine? works"))
    step.close()
    step.close()
    assert step(a_page("The rnachine? works")).text == first.text
    step.close()


def test_threads_share_one_model(tiny):
    step, texts = Llm(model_path=tiny), []
    page = a_page("The rnachine? works")
    threads = [threading.Thread(target=lambda: texts.append(step(page).text)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    step.close()
    assert len(texts) == 6
    assert len(set(texts)) == 1


def test_a_gpu_that_is_not_there_is_warned_of(tiny):
    step = Llm(model_path=tiny, gpu_layers=25)
    page = step(a_page("The rnachine? works"))
    step.close()
    assert "it ran on the CPU" in page.warnings[0]


@pytest.mark.parametrize(("content", "says"), [
    (None, "No such file"), (b"a letter to the editor", "not a GGUF file"), (b"GGUF" + bytes(99), "cannot be loaded"),
])  # fmt: skip
def test_what_is_no_model_is_said(tmp_path, require_module, content, says):
    require_module("xllamacpp")
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(errors.ConfigError, match=says):
        Llm(model_path=path)(a_page("The rnachine? works"))


def test_a_model_that_does_not_fit_into_memory_is_not_loaded(tmp_path):
    path = tmp_path / "huge.gguf"
    with path.open("wb") as file:
        file.write(b"GGUF")
        file.truncate(1 << 43)  # eight terabytes of nothing
    with pytest.raises(errors.PostprocessError, match=r"needs about 9\d+\.\d GB of memory") as caught:
        Llm(model_path=path)(a_page("The rnachine? works"))
    assert "smaller" in str(caught.value)


def test_a_closed_model_is_gone(tmp_path, require_module):
    require_module("xllamacpp")
    require_module("gguf")
    import tiny_gguf

    size = tiny_gguf.write(tmp_path / "large.gguf", width=512, layers=2, feed=4096).stat().st_size
    assert size > 50e6
    step = Llm(model_path=tmp_path / "large.gguf")
    others = set(psutil.Process().children())
    step(a_page("The rnachine? works"))
    [process] = set(psutil.Process().children()) - others
    assert process.memory_info().rss > size
    step.close()
    assert not process.is_running()


def test_a_library_that_does_not_go_with_it_does_not_matter(tiny, require_module):
    """Some extension modules cannot be loaded into the same process as the one that runs models."""
    require_module("uharfbuzz")
    import uharfbuzz  # noqa: F401

    step = Llm(model_path=tiny)
    assert step(a_page("The rnachine? works")).trace.decisions
    step.close()


# ── the hub ──


class Hub(VendorServer):
    """As much of the Hugging Face Hub as one model needs."""

    commit = "0123456789abcdef0123456789abcdef01234567"

    def __init__(self, repo_id: str, files: dict[str, bytes], licence: str) -> None:
        super().__init__()
        siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
        info = {"id": repo_id, "sha": self.commit, "siblings": siblings, "cardData": {"license": licence}}
        self.route("GET", f"/api/models/{repo_id}", info)
        self.route("GET", f"/api/models/{repo_id}/revision/main", info)
        for name, content in files.items():
            headers = {"X-Repo-Commit": self.commit, "ETag": f'"{hash(content):x}"', "Accept-Ranges": "bytes"}
            for method in ("HEAD", "GET"):
                self.route(method, f"/{repo_id}/resolve/main/{name}", Answer(content, headers=headers))
                self.route(
                    method, f"/{repo_id}/resolve/{self.commit}/{name}", Answer(content, headers=headers)
                )


FETCH = """
import logging, sys
logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
from ocrkit.errors import OcrkitError
from ocrkit.postprocess.llm.files import model_file
try:
    print("file", model_file("maker/tiny-GGUF", sys.argv[1], allow_download=sys.argv[2] == "yes").name)
except OcrkitError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def fetch(tmp_path, require_module):
    require_module("huggingface_hub")

    def run(hub: str, quantization: str, *, allow: bool) -> str:
        environment = {
            name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
        }
        environment |= {
            "HF_ENDPOINT": hub,
            "HF_HOME": str(tmp_path),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        done = subprocess.run(
            [sys.executable, "-c", FETCH, quantization, "yes" if allow else "no"],
            capture_output=True, text=True, env=environment, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_model_is_fetched_once_and_its_licence_told(fetch):
    files = {"tiny-q8_0.gguf": b"GGUF eight", "tiny-q4_k_m.gguf": b"GGUF four", "README.md": b"read me"}
    with Hub("maker/tiny-GGUF", files, "apache-2.0") as hub:
        before = fetch(hub.url, "q8_0", allow=False)
        assert before.startswith(
            "ConfigError llm: the model maker/tiny-GGUF (q8_0) is not on this machine. Set allow_download"
        )
        assert hub.requests == ()
        first = fetch(hub.url, "int8", allow=True)
        assert "fetching tiny-q8_0.gguf from maker/tiny-GGUF: 0.0 GB, licence: apache-2.0" in first
        assert first.endswith("file tiny-q8_0.gguf\n")
        asked = len(hub.requests)
        assert fetch(hub.url, "q8_0", allow=True) == "file tiny-q8_0.gguf\n"
        assert len(hub.requests) == asked, "what is there is taken without a word to the network"
        missing = fetch(hub.url, "q5_0", allow=True)
        assert "no single file of the quantization 'q5_0'; it has tiny-q4_k_m.gguf, tiny-q8_0.gguf" in missing


def test_a_model_that_is_not_there_is_said(fetch):
    with VendorServer() as hub:
        gone = Answer({"error": "Repository not found"}, 404, headers={"X-Error-Code": "RepoNotFound"})
        hub.route("GET", "/api/models/maker/tiny-GGUF", gone)
        assert fetch(hub.url, "q8_0", allow=True).startswith(
            "ConfigError llm: there is no model maker/tiny-GGUF"
        )


def test_a_hub_that_is_not_there_is_said(fetch):
    with VendorServer() as hub:
        gone = hub.url
    said = fetch(gone, "q8_0", allow=True)
    assert said.startswith("PostprocessError the language model maker/tiny-GGUF cannot be fetched")
    assert said.endswith("Try again, or set model_path to a GGUF file\n")
    assert said.count("\n") == 1
