"""Random and mutated input: each gives a value or one typed error.

`pytest -m long tests/hostile/test_fuzz.py` takes about a minute; `nox -s fuzz` runs many more examples.
"""

import contextlib
import json
import os
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

import pytest
from drawn import hostile_files
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrkit.batch.journal import Journal
from ocrkit.batch.rows import FileRecord, compressed, decompressed
from ocrkit.config.loading import load_settings
from ocrkit.config.settings import SourceOptions
from ocrkit.errors import OcrkitError
from ocrkit.result import PageResult, Trace
from ocrkit.sources import open_source
from ocrkit.sources.content import from_bytes
from ocrkit.sources.pdf_hazards import hazard_of

pytestmark = pytest.mark.long
fuzz = settings(max_examples=int(os.environ.get("FUZZ_EXAMPLES", "300")), deadline=None)

SMALL = SourceOptions(max_pixels=1_000_000, dpi=36, page_seconds=2)
KINDS = ("jpg", "png", "gif", "webp", "bmp", "tif", "jp2", "avif", "ppm", "apng", "pdf")
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
)


@cache
def seeds() -> dict[str, bytes]:
    files = hostile_files()
    return {kind: files[f"twice.{kind}"][: len(files[f"twice.{kind}"]) // 2] for kind in KINDS}


@st.composite
def mutations(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> bytes:
    """A good file with some bytes replaced, removed or repeated."""
    data = bytearray(seeds()[draw(st.sampled_from(kinds))])
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.integers(0, 12))
        data[start : start + length] = draw(st.binary(max_size=12))
    return bytes(data)


@fuzz
@given(mutations() | st.binary(max_size=300))
def test_sources(data: bytes) -> None:
    with contextlib.suppress(OcrkitError), open_source(data, SMALL) as source:
        for index in range(min(source.page_count, 3)):
            with contextlib.suppress(OcrkitError):
                assert source.page(index).pixels.size > 0


@fuzz
@given(mutations(("pdf",)) | st.binary(max_size=2000))
def test_the_look_at_a_pdf(data: bytes) -> None:
    if data:
        assert isinstance(hazard_of(from_bytes(data), SMALL), str | None)


@fuzz
@given(
    st.binary(max_size=400) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_configuration(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ocrkit.toml"
        path.write_bytes(data)
        with contextlib.suppress(OcrkitError):
            load_settings(config_file=path, environ={})


@fuzz
@given(JSON)
def test_configuration_of_valid_json_values(value: object) -> None:
    with contextlib.suppress(OcrkitError):
        load_settings(environ={"OCRKIT_SOURCE": json.dumps(value), "OCRKIT_BACKENDS": json.dumps(value)})


@fuzz
@given(st.binary(max_size=200) | st.text() | st.integers() | st.none())
def test_rows_of_the_journal(data: object) -> None:
    assert isinstance(decompressed(data), PageResult | None)


VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=30) | st.binary(max_size=30)


@fuzz
@given(st.sampled_from(["pages", "contents", "documents"]), st.integers(0, 5), VALUES)
def test_a_journal_with_a_changed_value(table: str, column: int, value: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        result = compressed(PageResult(index=0, width=9, height=9, trace=Trace(backend="null")))
        with contextlib.closing(Journal(out)) as journal:
            journal.record_file("k", FileRecord(pages=1))
            journal.record_page("k", 0, result, version="v")
            journal.record_document("a.png", "k", "")
            journal.commit()
            path = journal.path
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            with contextlib.suppress(sqlite3.IntegrityError):
                database.execute(f"UPDATE {table} SET {names[column % len(names)]} = ?", (value,))
        with contextlib.closing(Journal(out)) as journal, contextlib.suppress(OcrkitError):
            journal.document("a.png")
            journal.delete_unusable("k", "v")
            assert set(journal.pages("k")) <= {0}
            journal.written_formats("a.png", "k", "")
            list(journal.results("k", [0]))
