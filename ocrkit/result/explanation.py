"""How a page was read and why, as text: what `Document.explain` and `ocrkit read --explain` show."""

from __future__ import annotations

from ocrkit.result.page_result import PageResult
from ocrkit.result.trace import AppliedStep, Engine, Quality


def explanation(page: PageResult) -> str:
    """Engine, device, preprocessing, decisions, quality, timings and warnings of a page, one a line."""
    trace = page.trace
    dpi = f", {page.dpi:g} dpi" if page.dpi else ""
    rows = [f"page {page.number}: {page.width} × {page.height} px{dpi}"]
    if trace.source:
        rows.append("  source: " + ", ".join(f"{key} {value}" for key, value in trace.source.items()))
    rows.append(f"  backend: {trace.backend}" + (f" ({_engine(trace.engine)})" if trace.engine else ""))
    rows += [_step("preprocess", step) for step in trace.preprocess]
    rows += [f"  {item.topic}: {item.choice} — {item.reason}" for item in trace.decisions]
    rows += [_step("postprocess", step) for step in trace.postprocess]
    rows += [f"  {name}: {field.value}" for name, field in page.fields.items()]
    rows.append("  quality: " + _quality(page.quality))
    if trace.timings:
        rows.append(
            "  seconds: " + ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in trace.timings.items())
        )
    rows += [f"  warning: {warning}" for warning in page.warnings]
    return "\n".join(rows)


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
    }
    known = [f"{name} {value:.2f}" for name, value in figures.items() if value is not None]
    return ", ".join(known) or "nothing to judge"
