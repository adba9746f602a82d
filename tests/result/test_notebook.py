"""Results in notebooks."""

from __future__ import annotations

from html.parser import HTMLParser

from ocrkit import Block, Document, Line, PageResult, Quality, Trace, Word
from ocrkit.result import PageFailure

NASTY = "<script>alert(1)</script>"


def page(text: str = "hello", index: int = 0, **more: object) -> PageResult:
    line = Line.of([Word(text=text, confidence=0.5)])
    return PageResult(
        index=index, width=30, height=20, blocks=(Block.of([line]),), trace=Trace(backend=text), **more
    )


def tags(text: str) -> list[str]:
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.append(tag)

    Tags().feed(text)
    return found


def test_a_page_has_a_table_and_its_text() -> None:
    text = page(quality=Quality(mean=0.5))._repr_html_()
    for part in ("<td>1</td>", "30 × 20", "50%", "–", ">hello</pre>"):
        assert part in text
    assert "Warnings" not in text


def test_a_document_shows_missing_and_failed_pages() -> None:
    failure = PageFailure(index=1, kind="BackendTimeoutError", message="took too long")
    document = Document(source="a.pdf", page_count=3, failures=(failure,), pages=(page(warnings=("faint",)),))
    text = document._repr_html_()
    for part in (
        "<strong>a.pdf</strong> 1 of 3 pages",
        "page 2 failed: BackendTimeoutError",
        "page 1: faint",
    ):
        assert part in text
    assert "of 1 pages" not in Document(page_count=1, pages=(page(),))._repr_html_()


def test_all_text_is_escaped() -> None:
    failure = PageFailure(index=1, kind=NASTY, message=NASTY)
    document = Document(
        source=NASTY, page_count=2, failures=(failure,), pages=(page(NASTY, warnings=(NASTY,)),)
    )
    for shown in (document, document.pages[0]):
        assert "script" not in tags(shown._repr_html_())
        assert "&lt;script&gt;" in shown._repr_html_()


def test_long_text_is_truncated() -> None:
    text = page("x" * 30_000)._repr_html_()
    assert len(text) < 60_000
    assert "10000 more characters" in text
