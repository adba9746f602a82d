"""The result of one source: all its pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, overload

import pydantic
from pydantic import ValidationError
from typing_extensions import Self

from ocrkit.errors import OcrkitError
from ocrkit.result.blocks import BlockKind, Line, Word, check_kinds
from ocrkit.result.explanation import explanation
from ocrkit.result.model import Model, ReprArgs, Text, shortened
from ocrkit.result.page_result import PageResult
from ocrkit.result.search import Match, Pattern
from ocrkit.result.tables import Table

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION: Literal["2"] = "2"


class PageFailure(Model):
    """A page that could not be read, in a document whose other pages were."""

    index: int = pydantic.Field(ge=0)
    kind: str
    """The class of the error, for instance `BackendTimeoutError`."""
    message: Text

    @property
    def number(self) -> int:
        """The page number, counted from 1."""
        return self.index + 1


class DocumentResult(Model):
    """All pages that were read from one source. `ocrkit.Document` adds the output formats.

    A document is a sequence of its pages: `len(document)`, `document[0]`, `for page in document`.
    """

    schema_version: Literal["2"] = SCHEMA_VERSION
    source: Text | None = None
    """The name of the file as it was given, or None for bytes, images and arrays."""
    page_count: int = pydantic.Field(ge=0)
    """How many pages the source has; more than `pages` when only some were requested."""
    failures: tuple[PageFailure, ...] = ()
    """The pages that failed and are missing from `pages`. Only batches continue after a failure."""
    pages: tuple[PageResult, ...] = ()

    def __len__(self) -> int:
        return len(self.pages)

    def __bool__(self) -> bool:
        """Always true: a document without pages is still a document."""
        return True

    def __iter__(self) -> Iterator[PageResult]:  # type: ignore[override]  # pydantic iterates over fields
        return iter(self.pages)

    @overload
    def __getitem__(self, index: int) -> PageResult: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[PageResult, ...]: ...

    def __getitem__(self, index: int | slice) -> PageResult | tuple[PageResult, ...]:
        return self.pages[index]

    @property
    def text(self) -> str:
        """The text of all pages, separated by empty lines; blank pages leave no gap."""
        return "\n\n".join(page.text for page in self.pages if page.text)

    @property
    def raw_text(self) -> str:
        """The text as the engine read it, before any post-processing."""
        return "\n\n".join(page.raw_text for page in self.pages if page.raw_text)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for page in self.pages for line in page.lines)

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for page in self.pages for word in page.words)

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(table for page in self.pages for table in page.tables)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings of all pages, each with its page number."""
        return tuple(f"page {page.number}: {text}" for page in self.pages for text in page.warnings)

    def find(
        self, pattern: Pattern, *, case_sensitive: bool = False, similarity: float = 1.0
    ) -> tuple[Match, ...]:
        """Find a text or a value in the document; see `PageResult.find`. `Match.page` is the page number."""
        found = (
            page.find(pattern, case_sensitive=case_sensitive, similarity=similarity) for page in self.pages
        )
        return tuple(match for matches in found for match in matches)

    def without(self, kinds: Iterable[BlockKind]) -> Self:
        """The document without the blocks of these kinds.

        ```python
        text = document.without(["header", "footer", "page_number"]).text
        ```

        Raises:
            ConfigError: a name is not that of a kind.
        """
        checked = check_kinds(kinds)
        return self.model_copy(update={"pages": tuple(page.without(checked) for page in self.pages)})

    def to_json(self, *, indent: int | None = None) -> str:
        """The whole result as JSON, `schema_version` first."""
        return self.model_dump_json(indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The document that `to_json` wrote. Raises `OcrkitError` for any other JSON."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise OcrkitError(
                f"this is not an ocrkit result of schema version {SCHEMA_VERSION} ({where}: {first['msg']}); "
                "pass JSON that `Document.to_json` or the format 'json' wrote"
            ) from error

    def to_dataframe(self) -> pd.DataFrame:
        """The words as a pandas data frame, with the columns of the `csv` format. Needs `ocrkit[pandas]`."""
        from ocrkit.result.rows import data_frame

        return data_frame(self)

    def explain(self) -> str:
        """How each page was read and why: engine, device, preprocessing, timings, decisions, warnings."""
        return "\n\n".join(explanation(page) for page in self.pages)

    def _repr_html_(self) -> str:
        from ocrkit.result.notebook import document_html

        return document_html(self)

    def __repr_args__(self) -> ReprArgs:
        yield "source", self.source
        incomplete = len(self.pages) != self.page_count
        yield "pages", f"{len(self.pages)} of {self.page_count}" if incomplete else self.page_count
        yield "words", len(self.words)
        if self.failures:
            yield "failures", len(self.failures)
        yield "text", shortened(self.text)
