"""The plots of the report as SVG: bars, time against errors, and reliability diagrams.

Each system has a color and a marker shape. The elements have no `style` attributes, because the content
security policy of the report allows only its own style sheet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from ocrkit.evaluate.model import Bin, Reliability, Summary

_WIDTH, _HEIGHT = 360, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 12, 40
_COLORS = 8


def color_class(number: int) -> str:
    """The CSS class that colors a system."""
    return f"s{number % _COLORS}"


def bar(share: float, number: int, low: float | None = None, high: float | None = None) -> str:
    """A bar, with an interval drawn over it. All lengths are shares of the full width."""
    parts = [
        f'<rect class="{color_class(number)}" x="0" y="3" width="{_percentage(share)}" height="10" rx="2"/>'
    ]
    if low is not None and high is not None:
        parts.append(f'<line class="reach" x1="{_percentage(low)}" x2="{_percentage(high)}" y1="8" y2="8"/>')
    return f'<svg class="bar" width="100%" height="16" aria-hidden="true">{"".join(parts)}</svg>'


def marker(number: int, x: float = 7, y: float = 7, size: float = 5) -> str:
    """The marker of a system."""
    css_class = color_class(number)
    shapes: Sequence[Callable[[], str]] = (
        lambda: f'<circle class="{css_class}" cx="{x:g}" cy="{y:g}" r="{size:g}"/>',
        lambda: _polygon(
            css_class,
            [(x - size, y - size), (x + size, y - size), (x + size, y + size), (x - size, y + size)],
        ),
        lambda: _polygon(css_class, [(x, y - size), (x + size, y + size), (x - size, y + size)]),
        lambda: _polygon(css_class, [(x, y - size), (x + size, y), (x, y + size), (x - size, y)]),
    )
    return shapes[number % len(shapes)]()


def legend(number: int) -> str:
    """The marker of a system as a separate image."""
    return f'<svg class="mark" width="14" height="14" aria-hidden="true">{marker(number)}</svg>'


def time_and_errors(summaries: Sequence[Summary], order: Sequence[str]) -> str | None:
    """Errors against seconds per page, on a logarithmic axis; None if no times are known."""
    timed = [each for each in summaries if each.seconds_per_page]
    if not timed:
        return None
    seconds = [each.seconds_per_page or 1.0 for each in timed]
    first, last = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)) + 1e-9)
    last = max(last, first + 1)
    highest = _round_up(max(each.interval.high if each.interval else each.error for each in timed))

    def across(value: float) -> float:
        return _LEFT + (math.log10(value) - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def down(value: float) -> float:
        return _HEIGHT - _BOTTOM - min(value, highest) / highest * (_HEIGHT - _TOP - _BOTTOM)

    parts = _frame("seconds per page", "wrong")
    for power in range(first, last + 1):
        parts.append(_tick_across(across(10.0**power), f"{10.0**power:g}"))
    parts += [_tick_down(down(highest * step / 4), f"{100 * highest * step / 4:.3g}%") for step in range(5)]
    for each in timed:
        number, x = order.index(each.system), across(each.seconds_per_page or 1.0)
        if each.interval:
            ends = f'y1="{down(each.interval.low):.1f}" y2="{down(each.interval.high):.1f}"'
            parts.append(f'<line class="reach" x1="{x:.1f}" x2="{x:.1f}" {ends}/>')
        title = f"{each.system}: {100 * each.error:.1f} %, {each.seconds_per_page:.2f} s per page"
        parts.append(f"<g><title>{escape(title)}</title>{marker(number, x, down(each.error), 6)}</g>")
    return _svg("Errors of each system against its seconds per page", parts)


def reliability(each: Reliability, number: int) -> str | None:
    """A reliability diagram: the share of right words by confidence. On the diagonal, both are equal."""
    if not each.bins:
        return None
    parts = _frame("confidence", "right")
    for step in range(5):
        parts.append(_tick_across(_across(step / 4), f"{step / 4:g}"))
        parts.append(_tick_down(_down(step / 4), f"{step / 4:g}"))
    diagonal = f'x1="{_across(0):.1f}" y1="{_down(0):.1f}" x2="{_across(1):.1f}" y2="{_down(1):.1f}"'
    parts.append(f'<line class="ideal" {diagonal}/>')
    parts.append(_curve(each.bins, "before"))
    if each.calibrated_bins:
        parts.append(_curve(each.calibrated_bins, color_class(number)))
    return _svg(f"Confidence of {each.system} against the share of right words", parts)


def _curve(bins: Sequence[Bin], css_class: str) -> str:
    points = [(_across(each.confidence), _down(each.right), each) for each in bins]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    most = max(each.words for each in bins)
    dots = "".join(
        f'<circle class="{css_class}" cx="{x:.1f}" cy="{y:.1f}" '
        f'r="{2 + 4 * math.sqrt(each.words / most):.1f}"><title>{each.words} words: '
        f"confidence {each.confidence:.2f}, {each.right:.2f} right</title></circle>"
        for x, y, each in points
    )
    return f'<g class="curve"><polyline class="{css_class}" points="{line}"/>{dots}</g>'


def _across(value: float) -> float:
    return _LEFT + value * (_WIDTH - _LEFT - _RIGHT)


def _down(value: float) -> float:
    return _HEIGHT - _BOTTOM - value * (_HEIGHT - _TOP - _BOTTOM)


def _frame(across: str, down: str) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    middle = (_TOP + bottom) / 2
    return [
        f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>',
        f'<text x="{(_LEFT + right) / 2:g}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(across)}</text>',
        f'<text text-anchor="middle" transform="translate(12 {middle:g}) rotate(-90)">{escape(down)}</text>',
    ]


def _tick_across(x: float, text: str) -> str:
    y = _HEIGHT - _BOTTOM + 15
    return f'<text class="tick" x="{x:.1f}" y="{y}" text-anchor="middle">{escape(text)}</text>'


def _tick_down(y: float, text: str) -> str:
    grid = f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{grid}<text class="tick" x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'


def _svg(title: str, parts: Sequence[str]) -> str:
    inner = f"<title>{escape(title)}</title>{''.join(parts)}"
    return f'<svg class="plot" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}">{inner}</svg>'


def _polygon(css_class: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<polygon class="{css_class}" points="{" ".join(f"{x:g},{y:g}" for x, y in points)}"/>'


def _percentage(value: float) -> str:
    return f"{100 * max(0.0, min(1.0, value)):.2f}%"


def _round_up(value: float) -> float:
    """The next larger value with round quarters, for the ticks of an axis."""
    steps = (0.01, 0.02, 0.04, 0.08, 0.12, 0.2, 0.4, 0.6, 0.8)
    return next((step for step in steps if value <= step), 1.0)
