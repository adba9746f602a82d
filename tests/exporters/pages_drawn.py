"""Results with edge cases, shared by the tests of all formats."""

from __future__ import annotations

from hypothesis import strategies as st

from ocrkit.document import Document
from ocrkit.geometry import Box, Transform
from ocrkit.result import AppliedStep, Block, Engine, Line, PageResult, Quality, Trace, Word

HOSTILE = "<script>alert(\"1\" & '2')</script> ]]> --> \x00\x07\x0c\ufffe\ud800 a\tb\nc\r"
TRACE = Trace(
    backend="test",
    engine=Engine(name="Drawn", version="1.2", model="small <&>", runtime="none"),
    preprocess=(
        AppliedStep(name="deskew", changed=True, parameters={"angle": 1.5, "name": '<&">'}),
        AppliedStep(name="denoise", changed=False),
    ),
)


def word(text, left, top=10, width=40, height=20, turn=0.0, **fields):
    box = Box(left, top, left + width, top + height)
    fields.setdefault("confidence", 0.9)
    fields.setdefault("polygon", Transform.rotation(turn, box.center).polygon(box.polygon))
    return Word(text=text, **fields)


def page(*blocks, index=0, width=400, height=300, **fields):
    fields.setdefault("trace", TRACE)
    return PageResult(index=index, width=width, height=height, blocks=tuple(blocks), **fields)


def document(*pages, source="scans/letter.png", **fields):
    return Document(source=source, page_count=max(1, len(pages)), pages=tuple(pages), **fields)


def lines_of(*words, **fields):
    return Block.of([Line.of(words)], **fields)


def turned(degrees):
    """A line of two words, rotated clockwise around the center of the page."""
    turn = Transform.rotation(degrees, Box(0, 0, 400, 300).center)
    words = [
        Word(text=text, polygon=turn.polygon(Box(left, 140, left + 60, 160).polygon), confidence=0.5)
        for text, left in (("turned", 130), ("line", 200))
    ]
    return Block.of([Line.of(words)])


PAGES = {
    "plain": page(lines_of(word("Hello", 10), word("world.", 60)), dpi=300.0, quality=Quality(mean=0.9)),
    "empty page": page(),
    "Chinese": page(
        lines_of(word("你好", 10, language="zh-Hans"), word("世界", 50), word("OCR", 100), language="zh-Hans")
    ),
    "Arabic": page(
        lines_of(word("مرحبا", 300), word("بالعالم", 250), language="ar"),
        lines_of(word("Latin", 10, 60), word("عربي", 60, 60), word("here", 110, 60), language="en"),
    ),
    "two directions": page(Block.of([Line.of([word("مرحبا بالعالم", 300)]), Line.of([word("abc", 300, 50)])])),
    "hostile": page(lines_of(word(HOSTILE, 10), word("'\"&<>", 60), language='e"n')),
    "no words": page(
        Block.of([Line(text="all of it", polygon=Box(10, 10, 90, 30).polygon, confidence=0.25)]),
    ),
    "no text": page(Block.of([Line(text="", polygon=Box(10, 10, 90, 30).polygon)]), Block()),
    "no confidence": page(lines_of(word("a", 10, confidence=None), word("b", 60, confidence=0.0))),
    "no polygons": page(
        Block.of([Line.of([word("no", 0, polygon=None), word("where", 0, polygon=None)])]),
        Block.of([Line.of([word("a", 10), word("lost", 0, polygon=None)])]),
    ),
    "outside": page(lines_of(word("far", -10.4, -3, 500, 900))),
    "a point": page(lines_of(Word(text=".", polygon=((5.2, 5.2), (5.3, 5.2), (5.3, 5.3), (5.2, 5.3))))),
    "many corners": page(
        lines_of(Word(text="six", polygon=((10, 12), (20, 10), (40, 10), (41, 30), (25, 33), (9, 30))))
    ),
    "handwritten": page(lines_of(word("Dear", 10, handwritten="detected"), language="de-AT")),
    "unknown languages": page(lines_of(word("x", 10, language="tlh"), word("y", 60, language="chi_sim"))),
    "on its side": page(turned(-90), rotation=90),
    "upside down": page(turned(180), rotation=180),
    "its other side": page(turned(90), rotation=270),
    "leaning": page(turned(7), turned(-7), turned(50)),
    "odd resolution": page(lines_of(word("x", 10)), dpi=0.2),
    "words of another text": page(
        Block(lines=(Line(text="three words here", words=(word("three", 10), word("wrods", 60), word("here", 110))),))
    ),
    "a word twice": page(Block(lines=(Line(text="ab ab", words=(word("ab", 10), word("ab", 60))),))),
    "words without text": page(lines_of(word("", 10), word("a", 60), word(" ", 110))),
}  # fmt: skip
SEVERAL = document(*(each.model_copy(update={"index": index}) for index, each in enumerate(PAGES.values())))


def close(place, region):
    """Whether the edges are within a pixel of those in the result."""
    return max(abs(a - b) for a, b in zip(place, region.box, strict=True)) <= 1


# Any result that the model allows.
texts = st.text(st.characters(exclude_categories=[]) | st.sampled_from("&<>\"'\x00\x0b\x85\r\n"), max_size=8)
points = st.tuples(st.floats(-50, 500), st.floats(-50, 500))
polygons = st.none() | st.lists(points, min_size=1, max_size=6).map(tuple)
words = st.builds(
    Word, text=texts, polygon=polygons, confidence=st.none() | st.floats(0, 1), language=st.none() | texts
)
lines = st.builds(Line, text=texts, polygon=polygons, words=st.lists(words, max_size=3).map(tuple))
blocks = st.builds(Block, polygon=polygons, lines=st.lists(lines, max_size=2).map(tuple))
results = st.builds(
    PageResult,
    index=st.integers(0, 3), width=st.integers(1, 400), height=st.integers(1, 400),
    dpi=st.none() | st.floats(0.01, 1e4), rotation=st.sampled_from([0, 90, 180, 270]),
    blocks=st.lists(blocks, max_size=2).map(tuple), trace=st.builds(Trace, backend=texts),
)  # fmt: skip
