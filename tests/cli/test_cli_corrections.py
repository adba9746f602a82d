"""What `ocrkit read --show-corrections` prints."""

from __future__ import annotations

import pytest

from ocrkit.cli import _corrections
from ocrkit.document import Document
from ocrkit.postprocess.edits import Edit, apply_edits
from ocrkit.result import Block, CorrectionCandidate, Line, PageResult, Trace, Word


def test_shown_corrections_name_their_candidates(capsys: pytest.CaptureFixture[str]) -> None:
    candidates = (
        CorrectionCandidate(text="machine", source="dictionary", score=-3.2, probability=0.98),
        CorrectionCandidate(text="rnachine", source="reading", score=-7.1),
    )
    line = Line.of([Word(text="rnachine", confidence=0.4)])
    edit = Edit(0, 0, len("rnachine"), "machine", "it fits", candidates=candidates)
    block = apply_edits(Block.of([line]), [edit], "llm")
    page = PageResult(width=9, height=9, blocks=(block,), trace=Trace(backend="test"))
    _corrections.show("letter.png", Document(page_count=1, pages=(page,)))
    assert capsys.readouterr().err.splitlines() == [
        "letter.png, page 1",
        "- rnachine",
        "+ machine",
        "    rnachine → machine  (llm: it fits; candidates: machine 98%, rnachine -7.1)",
    ]
