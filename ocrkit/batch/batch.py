"""`Batch`, and access to the results of earlier runs."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from ocrkit.batch.hashing import hash_file
from ocrkit.batch.inputs import NamedInput, check_case, find_inputs
from ocrkit.batch.journal import Journal
from ocrkit.batch.outputs import Outputs, ignores_case
from ocrkit.batch.report import Report
from ocrkit.batch.run import Listener, Plan, Run, document_key
from ocrkit.document import Document
from ocrkit.errors import ConfigError, SourceError
from ocrkit.pipeline.estimate import Estimate
from ocrkit.pipeline.fingerprint import NoFingerprintError
from ocrkit.pipeline.ocr import Ocr
from ocrkit.pipeline.page_reader import PageReader
from ocrkit.pipeline.planned_documents import PlannedDocument
from ocrkit.sources import PageSelection, selection_text

_LIMITS = {"password", "max_file_size", "separate_process", "page_seconds"}
"""These decide whether a page is read, not what is read."""

_log = logging.getLogger(__name__)


class Batch:
    """Reads many documents into a folder, and resumes an interrupted run.

    ```python
    with ocrkit.Ocr() as ocr:
        report = ocrkit.Batch(ocr, "texts", formats=["text", "json"]).run(["scans"])
    print(report.summary)
    ```

    A journal in the folder keeps the result of each page as soon as it is read. The same run, started again,
    reads only pages that are missing or have changed.
    """

    def __init__(
        self,
        ocr: Ocr,
        out: str | os.PathLike[str],
        *,
        formats: Sequence[str] = ("text",),
        pages: PageSelection | None = None,
        password: str | None = None,
        retry_failed: bool = False,
        reader: PageReader | None = None,
    ) -> None:
        """Set up without writing anything yet.

        Args:
            ocr: reads the pages. The caller closes it.
            out: the folder for the results. `2024/letter.png` becomes `2024/letter.png.txt` there.
            formats: the formats to write each document in. `xlsx` and `tables_csv` hold nothing but tables:
                they set the scene `table`, unless `ocr` has a scene or looks for no tables.
            pages: which pages of each document, counted from 1: `"1-3,7"`, a number, a range or a list.
            password: opens encrypted PDFs.
            retry_failed: read pages again that failed in an earlier run. Otherwise, they are reported again.
            reader: reads the pages instead of `ocr`, with the same settings: other machines, with
                `ocrkit.distributed.ClusterReader`. The caller closes it.
        """
        if isinstance(formats, str) or not formats:
            raise ConfigError(f"formats must be names such as ['text', 'json'], not {formats!r}")
        self._out = Path(out)
        self._outputs = Outputs(self._out, formats)
        self._given, self._reader = ocr, reader
        self._ocr = ocr = ocr if reader else ocr.for_formats(formats)
        settings = ocr.settings
        source = settings.source
        if password is not None:
            source = source.model_copy(update={"password": SecretStr(password)})
        self._plan = Plan(
            fingerprint=f"{_fingerprint(ocr)} {source.model_dump(exclude=_LIMITS)!r}",
            source=source,
            pages=None if pages is None else selection_text(pages),
            retry_failed=retry_failed,
            max_failure_rate=settings.max_failure_rate,
            without=settings.without,
        )
        self._run: Run | None = None
        self._stop_early = False

    def run(
        self,
        inputs: Sequence[str | os.PathLike[str] | NamedInput],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        progress: Listener | None = None,
    ) -> Report:
        """Read files, folders with their subfolders, and patterns such as `scans/**/*.pdf`.

        A file that cannot be read is listed in the report and does not stop the run.

        Args:
            inputs: paths of files and folders, and patterns. A `Path` is never a pattern. The results of a
                file are named after the file, those of a `NamedInput` after its whole path.
            include: patterns; of the files in folders, only matching ones are read.
            exclude: patterns; matching files in folders are not read.
            progress: called in this thread after each change, and twice a second in between.

        Raises:
            OcrkitError: an error that would fail every page: a wrong key, a missing package, a full disk. The
                results so far are kept.
        """
        found = find_inputs(inputs, include=include, exclude=exclude, leave_out=self._out)
        journal = Journal(self._out)
        try:
            self._outputs.remove_drafts()
            if ignores_case(journal.folder):
                check_case(found.inputs)
            reader = self._reader or self._ocr.reader(many=True)
            self._run = Run(reader, journal, self._outputs, self._plan)
            if self._stop_early:
                self._run.stop()
            report = replace(self._run(found.inputs, progress), ignored=found.ignored)
            self._outputs.list_failures(report.failures)
            journal.delete_unreferenced()
            journal.commit()
            return report
        finally:
            self._run, self._stop_early = None, False
            journal.close()
            if self._ocr is not self._given:
                self._ocr.close()

    def estimate(
        self,
        inputs: Sequence[str | os.PathLike[str] | NamedInput],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        examined: int | None = None,
    ) -> Estimate:
        """The calls and costs that `run` would cause. Nothing is sent and nothing is written.

        Args:
            inputs: as in `run`.
            include: as in `run`.
            exclude: as in `run`.
            examined: the most pages to examine; the rest is extrapolated.
        """
        found = find_inputs(inputs, include=include, exclude=exclude, leave_out=self._out)
        planned = [PlannedDocument(each.path, self._plan.source, self._plan.pages) for each in found.inputs]
        if Journal.exists(self._out):
            with contextlib.closing(Journal(self._out)) as journal:
                planned = [self._unfinished(each, journal) for each in planned]
        return self._ocr.estimate_documents(planned, examined=examined)

    def _unfinished(self, each: PlannedDocument, journal: Journal) -> PlannedDocument:
        """The document with the pages that the journal has."""
        try:
            content = hash_file(Path(os.fspath(each.source)), each.options.max_file_size, lambda: False)  # type: ignore[arg-type]
        except SourceError:
            return each
        pages = journal.pages(document_key(content.digest, self._plan))
        done = [page for page, problem in pages.items() if not (problem and self._plan.retry_failed)]
        return each._replace(finished=frozenset(done))

    def stop(self) -> None:
        """Finish the pages in progress and end. A signal handler or another thread may call it."""
        self._stop_early = True
        if self._run is not None:
            self._run.stop()

    def abort(self) -> None:
        """End now. Pages in progress are aborted; the next run reads them."""
        self._stop_early = True
        if self._run is not None:
            self._run.abort()


def _fingerprint(ocr: Ocr) -> str:
    try:
        return ocr.require_fingerprint()
    except NoFingerprintError as error:
        # A random one: pages of an earlier run may have been read differently.
        _log.warning("this run cannot be resumed: %s", error)
        return secrets.token_hex()


def has_journal(out: str | os.PathLike[str]) -> bool:
    """Whether this folder has the journal of a batch."""
    return Journal.exists(Path(out))


def documents(out: str | os.PathLike[str], names: Iterable[str]) -> Iterator[tuple[str, Document | None]]:
    """The results in a folder by the names of their outputs, without suffix; None for an unknown document.

    They include timings, which outputs leave out to be reproducible.
    """
    with contextlib.closing(Journal(Path(out))) as journal:
        for name in names:
            yield name, journal.document(name)


def remove_journal(out: str | os.PathLike[str]) -> None:
    """Remove the journal of a folder, so that the next run reads all pages again. Outputs stay."""
    Journal.remove(Path(out))
