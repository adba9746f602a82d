"""Files written page by page: the same bytes as at once, and never more than a page in hand."""

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.errors import ConfigError
from ocrkit.formats import export_pages, exporter, format_names, suffix_of
from ocrkit.geometry import Box
from ocrkit.result import Block, Line, PageFailure, PageResult, Quality, Trace, Word

# What looks like the layout of JSON, breaks lines, or is more than a byte.
TRICKY = [
    '"pages": []',
    "a\nb",
    "a\r\nb",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    'quo"te\\',
    "{",
    "ß中😀",
    "\x00",
    " ",
]
texts = st.sampled_from(TRICKY) | st.text()
lines = st.builds(
    Line.of, st.lists(st.builds(Word, text=texts, confidence=st.none() | st.floats(0, 1)), max_size=3)
)
pages = st.builds(
    PageResult,
    index=st.integers(0, 99), width=st.integers(1, 9999), height=st.integers(1, 9999),
    blocks=st.lists(st.builds(Block.of, st.lists(lines, max_size=2)), max_size=2).map(tuple),
    warnings=st.lists(texts).map(tuple),
    trace=st.builds(Trace, backend=texts, timings=st.dictionaries(texts, st.floats(0, 9), max_size=2)),
)  # fmt: skip
failures = st.builds(PageFailure, index=st.integers(0, 99), kind=texts, message=texts)
documents = st.builds(
    Document,
    source=st.none() | texts, page_count=st.integers(0, 99),
    failures=st.lists(failures, max_size=2).map(tuple), pages=st.lists(pages, max_size=3).map(tuple),
)  # fmt: skip


PLAIN = ["csv", "html", "layout", "markdown", "tsv"]


def page(index=0, text="text"):
    word = Word(text=text, confidence=0.5, polygon=Box(1, 2, 3, 4).polygon)
    blocks = (Block.of([Line.of([word])]),) if text else ()
    return PageResult(
        index=index,
        width=10,
        height=20,
        blocks=blocks,
        quality=Quality(mean=0.5),
        trace=Trace(backend="test"),
    )


def head_of(document):
    return document.model_copy(update={"pages": ()})


def streamed(name, document):
    return b"".join(export_pages(exporter(name), head_of(document), iter(document.pages)))


# ── the same bytes ──


@given(documents)
def test_json_is_that_of_the_document_and_is_read_back(document):
    data = streamed("json", document)
    assert data == f"{document.to_json(indent=2)}\n".encode()
    assert data == exporter("json")(document)
    assert Document.from_json(data) == document


@given(documents)
def test_text_is_that_of_the_document(document):
    data = streamed("text", document)
    assert data == f"{document.text}\n".encode()
    assert data == exporter("text")(document)


@pytest.mark.parametrize("name", PLAIN)
@given(document=documents)
def test_page_by_page_is_the_same_as_at_once(name, document):
    data = streamed(name, document)
    assert data == exporter(name)(document)
    assert data.endswith(b"\n")
    data.decode("utf-8")


@pytest.mark.parametrize("text", TRICKY, ids=ascii)
def test_json_of_a_text_with_layout_of_its_own(text):
    """Named one by one: chance might pass them by."""
    failed = PageFailure(index=1, kind="BackendError", message=text)
    document = Document(source=text, page_count=3, failures=(failed,), pages=(page(0, text), page(2, text)))
    data = streamed("json", document)
    assert data == f"{document.to_json(indent=2)}\n".encode()
    assert Document.from_json(data) == document


@pytest.mark.parametrize("failed", [(), (PageFailure(index=0, kind="BackendError", message="no"),)])
def test_a_document_without_pages(failed):
    document = Document(source="empty.pdf", page_count=1, failures=failed)
    assert streamed("json", document) == f"{document.to_json(indent=2)}\n".encode()
    assert Document.from_json(streamed("json", document)) == document
    assert streamed("text", document) == b"\n"


def test_blank_pages_leave_no_trace_in_text_and_stand_in_json():
    document = Document(page_count=5, pages=tuple(page(index, "x" * (index % 2)) for index in range(5)))
    assert streamed("text", document) == b"x\n\nx\n"
    assert [each.number for each in Document.from_json(streamed("json", document)).pages] == [1, 2, 3, 4, 5]


def test_failures_stand_before_the_pages():
    failed = PageFailure(index=1, kind="BackendTimeoutError", message="no answer")
    document = Document(page_count=2, failures=(failed,), pages=(page(0),))
    data = streamed("json", document)
    assert Document.from_json(data).failures == (failed,)
    assert data.index(b"no answer") < data.index(b'"width": 10')
    assert streamed("text", document) == b"text\n"


def test_exporting_leaves_the_document_as_it_was():
    document = Document(page_count=1, pages=(page(),))
    before = document.model_copy(deep=True)
    for name in format_names():
        if name != "pdf":  # which shows the pages; it has tests of its own
            exporter(name)(document)
    assert document == before


# ── one at a time ──


def coming(taken):
    """Five pages; of each that was taken, `taken` knows whether somebody still holds it."""
    for index in range(5):
        one = page(index)
        taken.append(weakref.ref(one))
        yield one
        del one


@pytest.mark.parametrize("name", ["json", "text"])
def test_a_page_is_taken_when_its_turn_comes_and_none_is_kept(name):
    taken = []
    pieces = export_pages(exporter(name), Document(page_count=5), coming(taken))
    assert taken == []
    for number in range(1, 6):
        assert next(pieces)
        assert len(taken) == number
        gc.collect()
        assert sum(one() is not None for one in taken) <= 2
    assert b"".join(pieces)
    assert len(taken) == 5


@pytest.mark.parametrize("name", PLAIN)
def test_no_format_keeps_the_pages(name):
    taken = []
    for _ in export_pages(exporter(name), Document(page_count=5), coming(taken)):
        gc.collect()
        assert sum(one() is not None for one in taken) <= 2
    assert len(taken) == 5


@pytest.mark.parametrize("name", ["json", "text"])
def test_what_goes_wrong_with_a_page_reaches_the_one_who_writes(name):
    def coming():
        yield page(0)
        raise ZeroDivisionError("page 2")

    pieces = export_pages(exporter(name), Document(page_count=2), coming())
    assert b"text" in next(pieces)
    with pytest.raises(ZeroDivisionError, match="page 2"):
        list(pieces)


# ── exporters of other make ──


def numbers(document):
    """A plain function: it wants the whole document."""
    return f"{document.source} {[each.number for each in document.pages]}".encode()


def test_a_plain_function_gets_the_whole_document():
    document = Document(source="a.pdf", page_count=2, pages=(page(0), page(1)))
    assert list(export_pages(numbers, head_of(document), iter(document.pages))) == [b"a.pdf [1, 2]"]


def test_an_object_with_a_stream_gets_the_pages_as_they_come():
    class Own:
        def stream(self, head, pages):
            yield str(head.source).encode()
            for each in pages:
                yield f" {each.number}".encode()

        def __call__(self, document):
            raise AssertionError("it can do better")

    document = Document(source="a.pdf", page_count=2, pages=(page(0), page(1)))
    assert list(export_pages(Own(), head_of(document), iter(document.pages))) == [b"a.pdf", b" 1", b" 2"]


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("text", ".txt"),
        ("json", ".json"),
        ("markdown", ".md"),
        ("hocr", ".hocr"),
        ("own.formats:csv", ".csv"),
        ("own.formats:Tables.xlsx", ".xlsx"),
    ],
)
def test_how_the_names_of_files_end(name, suffix):
    assert suffix_of(name) == suffix


def test_every_built_in_format_has_an_ending_of_its_own():
    names = format_names()
    assert {"json", "text"} <= {*names}
    assert len({suffix_of(name) for name in names}) == len(names)


def test_an_exporter_by_its_dotted_path():
    document = Document(page_count=1, pages=(page(),))
    assert exporter("ocrkit.exporters.text:export")(document) == b"text\n"
    assert suffix_of("ocrkit.exporters.text:export") == ".export"


def test_what_is_no_exporter_is_said_so():
    with pytest.raises(ConfigError, match="unknown format 'jsn'"):
        exporter("jsn")
    with pytest.raises(ConfigError, match="is not a function but a str"):
        exporter("ocrkit.exporters.json:_EMPTY")
