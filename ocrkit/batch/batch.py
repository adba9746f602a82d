"""The door to batches."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from ocrkit.batch.inputs import Listed, find_inputs
from ocrkit.batch.journal import Journal
from ocrkit.batch.outputs import Outputs
from ocrkit.batch.report import Report
from ocrkit.batch.run import Listener, Plan, Run
from ocrkit.document import Document
from ocrkit.errors import ConfigError
from ocrkit.pipeline.fingerprint import NoFingerprintError
from ocrkit.pipeline.ocr import Ocr
from ocrkit.pipeline.page_reader import PageReader
from ocrkit.sources import check_pages

_log = logging.getLogger(__name__)


class Batch:
    """Reads many documents into a folder, and goes on where it was interrupted.

    ```python
    with ocrkit.Ocr() as ocr:
        report = ocrkit.Batch(ocr, "texts", formats=["text", "json"]).run(["scans"])
    print(report.summary)
    ```

    What was read is kept in a journal in the folder, page by page, as soon as it is there. The same run
    started again reads only what is missing, what was changed, and nothing twice.
    """

    def __init__(
        self,
        ocr: Ocr,
        out: str | os.PathLike[str],
        *,
        formats: Sequence[str] = ("text",),
        pages: str | None = None,
        password: str | None = None,
        retry_failed: bool = False,
        reader: PageReader | None = None,
    ) -> None:
        """Set up, without touching anything yet.

        Args:
            ocr: what reads; it stays the caller's to close.
            out: the folder for the results. `2024/letter.png` becomes `2024/letter.png.txt` there.
            formats: the formats to write each document in.
            pages: which pages of each document, counted from 1: `"1-3,7"`.
            password: opens encrypted PDFs.
            retry_failed: read again what failed before; otherwise it is only reported again.
            reader: what opens documents and reads their pages in place of `ocr`, under the same settings:
                other machines, with `ocrkit.distributed.ClusterReader`. It stays the caller's to close.
        """
        if isinstance(formats, str) or not formats:
            raise ConfigError(f"formats are names such as ['text', 'json'], not {formats!r}")
        if pages is not None:
            check_pages(pages)
        self._ocr = ocr
        self._reader = reader
        self._out = Path(out)
        self._outputs = Outputs(self._out, formats)
        settings = ocr.settings
        source = settings.source
        if password is not None:
            source = source.model_copy(update={"password": SecretStr(password)})
        self._plan = Plan(
            rest_of_key=f"{_fingerprint(ocr)} {source.model_dump(exclude={'password'})!r}",
            source=source,
            pages=pages,
            retry_failed=retry_failed,
            max_failure_rate=settings.max_failure_rate,
        )
        self._run: Run | None = None
        self._stop_early = False

    def run(
        self,
        inputs: Sequence[str | os.PathLike[str] | Listed],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        progress: Listener | None = None,
    ) -> Report:
        """Read files, folders with all that is in them, and patterns such as `scans/**/*.pdf`.

        A file that cannot be read is in the report and stops nothing.

        Args:
            inputs: names of files and folders, and patterns. A `Path` is never a pattern. Results of files
                that are named are called like the file; a `Listed` name keeps its folders.
            include: patterns of names; of what is in folders, only these are read.
            exclude: likewise, these are not read.
            progress: called, in this thread, whenever something was done, and twice a second in between.

        Raises:
            OcrkitError: what would make every page fail: a wrong key, a missing package, a full disk. All
                that was read until then is kept.
        """
        found = find_inputs(inputs, include=include, exclude=exclude, leave_out=self._out)
        journal = Journal(self._out)
        try:
            self._outputs.sweep()
            reader = self._reader or self._ocr.reader(many=True)
            self._run = Run(reader, journal, self._outputs, self._plan)
            if self._stop_early:
                self._run.stop()
            report = replace(self._run(found.inputs, progress), ignored=found.ignored)
            self._outputs.list_failures(report.failures)
            journal.forget_outdated()
            journal.commit()
            return report
        finally:
            self._run, self._stop_early = None, False
            journal.close()

    def stop(self) -> None:
        """Finish the pages in hand and end. May be called from a signal handler or another thread."""
        self._stop_early = True
        if self._run is not None:
            self._run.stop()

    def abort(self) -> None:
        """End now. Pages in hand are given up; the next run reads them."""
        self._stop_early = True
        if self._run is not None:
            self._run.abort()


def _fingerprint(ocr: Ocr) -> str:
    try:
        return ocr.require_fingerprint()
    except NoFingerprintError as error:
        # A new one for each run: the pages of an earlier run may have been read differently.
        _log.warning("this run cannot be resumed: %s", error)
        return secrets.token_hex()


def has_journal(out: str | os.PathLike[str]) -> bool:
    """Whether a batch was run into this folder before."""
    return Journal.exists(Path(out))


def documents(out: str | os.PathLike[str], names: Iterable[str]) -> Iterator[tuple[str, Document | None]]:
    """What was read into a folder, by the names of its outputs without their suffix; None where nothing was.

    As it was read, with the seconds it took: outputs leave those out, to be the same each time.
    """
    with contextlib.closing(Journal(Path(out))) as journal:
        for name in names:
            yield name, journal.document(name)


def forget(out: str | os.PathLike[str]) -> None:
    """Remove the journal of a folder, so that the next run reads everything anew. Outputs stay."""
    Journal.remove(Path(out))
