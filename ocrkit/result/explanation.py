"""The text of `Document.explain` and `ocrkit read --explain`: how a page was read, and why."""

from __future__ import annotations

from ocrkit.result.blocks import Alternative
from ocrkit.result.corrections import Correction
from ocrkit.result.page_result import PageResult
from ocrkit.result.trace import AppliedStep, Engine, Quality

_SHOWN = 5
"""The number of doubtful words with alternatives, and of corrections, that are listed."""


def explanation(page: PageResult) -> str:
    """Engine, device, steps, decisions, fields, quality, timings and warnings of a page, one per line."""
    trace = page.trace
    dpi = f", {page.dpi:g} dpi" if page.dpi else ""
    lines = [f"page {page.number}: {page.width} × {page.height} px{dpi}"]
    if trace.source:
        lines.append("  source: " + ", ".join(f"{key} {value}" for key, value in trace.source.items()))
    lines.append(f"  backend: {trace.backend}" + (f" ({_engine(trace.engine)})" if trace.engine else ""))
    lines += [_step("preprocess", step) for step in trace.preprocess]
    lines += [f"  {item.topic}: {item.choice} — {item.reason}" for item in trace.decisions]
    lines += [_step("postprocess", step) for step in trace.postprocess]
    lines += [f"  {name}: {field.value}" for name, field in page.fields.items()]
    if page.marks:
        selected = sum(mark.state == "selected" for mark in page.marks)
        lines.append(f"  marks: {selected} of {len(page.marks)} selected")
    lines += [f"  {code.symbology or 'code'}: {code.value}" for code in page.barcodes]
    lines.append("  quality: " + _quality(page.quality))
    lines += _alternatives(page)
    lines += _corrections(page)
    if trace.cost:
        calls = f"{trace.cost.calls} call{'s' if trace.cost.calls != 1 else ''}"
        lines.append(f"  cost: {trace.cost.amount:g} {trace.cost.currency}, {calls}")
    if trace.full_cost and trace.full_cost != trace.cost:
        lines.append(f"  everything would cost: {trace.full_cost.amount:g} {trace.full_cost.currency}")
    if trace.timings:
        lines.append(
            "  seconds: " + ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in trace.timings.items())
        )
    lines += [f"  warning: {warning}" for warning in page.warnings]
    return "\n".join(lines)


def _alternatives(page: PageResult) -> list[str]:
    """The words whose other readings are closest, in one line."""
    words = [word for word in page.words if word.alternatives]
    if not words:
        return []
    closest = sorted(words, key=lambda word: -(word.alternatives[0].probability or 0.0))[:_SHOWN]
    shown = [f"{word.text!r} or {_reading(word.alternatives[0])}" for word in closest]
    more = ", …" if len(words) > _SHOWN else ""
    plural = "words" if len(words) > 1 else "word"
    return [f"  alternatives: {len(words)} {plural} ({', '.join(shown)}{more})"]


def _corrections(page: PageResult) -> list[str]:
    """The changes of each step with the candidates that it chose among."""
    lines = []
    for step in dict.fromkeys(each.by for each in page.corrections):
        own = [each for each in page.corrections if each.by == step]
        shown = [f"{each.before!r} → {each.after!r}{_candidates(each)}" for each in own[:_SHOWN]]
        more = ", …" if len(own) > _SHOWN else ""
        lines.append(f"  corrected by {step}: {len(own)} ({', '.join(shown)}{more})")
    return lines


def _candidates(correction: Correction) -> str:
    """The candidates with their scores."""
    shown = [
        each.text if each.score is None else f"{each.text} {each.score:.1f}" for each in correction.candidates
    ]
    return f" of {', '.join(shown)}" if shown else ""


def _reading(alternative: Alternative) -> str:
    known = alternative.probability is not None
    return f"{alternative.text!r} {alternative.probability:.2f}" if known else repr(alternative.text)


def _step(chain: str, step: AppliedStep) -> str:
    options = ", ".join(f"{key}={value}" for key, value in step.parameters.items())
    remark = step.reason or ("" if step.changed else "nothing to do")
    return f"  {chain}: {step.name}({options})" + (f" — {remark}" if remark else "")


def _engine(engine: Engine) -> str:
    threads = engine.threads and f"{engine.threads} thread{'s' if engine.threads > 1 else ''}"
    name = f"{engine.name} {engine.version}" if engine.version else engine.name
    return ", ".join(part for part in (name, engine.model, engine.runtime, engine.device, threads) if part)


def _quality(quality: Quality) -> str:
    figures = {
        "mean": quality.mean,
        "p05": quality.p05,
        "worst line": quality.worst_line,
        "ink covered": quality.coverage,
        "unread": quality.unread,
        "confirmed": quality.agreement,
    }
    known = [f"{name} {value:.2f}" for name, value in figures.items() if value is not None]
    return ", ".join(known) or "unknown"
