"""HTML, checked with a parser."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.exporters.html import export
from ocrkit.postprocess.block_kinds import classify_blocks
from ocrkit.result import Block, Line, PageResult, Trace


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    def handle_comment(self, data):
        raise AssertionError(data)


def read(document):
    reader = Reader()
    pages = tuple(classify_blocks(page) for page in document.pages)
    reader.feed(export(document.model_copy(update={"pages": pages})).decode())
    reader.close()
    assert reader.open == []
    return reader


def document_of(*blocks, **fields):
    page = PageResult(width=100, height=100, blocks=blocks, trace=Trace(backend="test"))
    return Document(page_count=1, pages=(page,), **fields)


NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;",
    "]]>",
    "-->",
    "</section>",
    "'",
]


@given(st.lists(st.sampled_from(NASTY) | st.text(alphabet="<>&\"'a;/!- "), min_size=1, max_size=3))
def test_text_never_becomes_markup(texts):
    document = document_of(
        *(Block(lines=(Line(text=text, language=text or None),), language="en") for text in texts),
        source=texts[0],
    )
    reader = read(document)
    assert {tag for tag, _ in reader.tags} <= {
        "html", "head", "meta", "title", "style", "body", "section", "p", "span", "ul", "ol", "li",
    }  # fmt: skip
    assert all(
        set(attributes) <= {"lang", "dir", "id", "aria-label", "charset", "name", "content", "start"}
        for _, attributes in reader.tags
    )
    if "li" not in {tag for tag, _ in reader.tags}:
        wanted = [" ".join(text.split()) for text in texts]
        assert all(text in "".join(reader.texts) for text in wanted)


def test_languages_and_directions_are_stated():
    lines = (Line(text="hello", language="en"), Line(text="שלום", language="he"))
    reader = read(document_of(Block(lines=lines, language="en"), Block(lines=(Line(text="x"),))))
    paragraphs = [attributes for tag, attributes in reader.tags if tag == "p"]
    assert paragraphs == [{"lang": "en", "dir": "auto"}, {"dir": "auto"}]
    assert [attributes for tag, attributes in reader.tags if tag == "span"] == [{"lang": "he"}]


def test_headings_lists_and_pages_have_their_elements(line, document):
    body = [line(f"{number}. Line of the body of this page", top=100 + 30 * number) for number in range(3, 7)]
    one = document([line("Title", height=44)], body)
    pages = (one.pages[0], one.pages[0].model_copy(update={"index": 4, "blocks": ()}))
    reader = read(Document(page_count=5, pages=pages, source="in/a & b.png"))
    assert [tag for tag, _ in reader.tags][5:] == [
        "style",
        "body",
        "section",
        "h1",
        "ol",
        *["li"] * 4,
        "section",
    ]
    assert ("ol", {"start": "3"}) in reader.tags
    assert [attributes["id"] for tag, attributes in reader.tags if tag == "section"] == ["page-1", "page-5"]
    assert "a & b.png" in reader.texts


def test_control_characters_are_removed():
    data = export(document_of(Block(lines=(Line(text="a\x00b\x0bc\x1b"),)))).decode()
    assert ">ab c</p>" in data
