"""Bars with their spreads, as SVG that a page shows beside its tables."""

from __future__ import annotations

import dataclasses
import math
from xml.sax.saxutils import escape

from reporting.spread import Spread, number

# One colour a side, the same on every page; they differ in brightness, too.
COLOURS = {"gantry": "#1f5fa8", "apache": "#e08a2c", "floor": "#8c8c8c"}

_BARS, _LABELS, _VALUES = 380, 250, 130
_CHARACTER = 7
_ROW, _BAR, _HEAD, _FOOT = 30, 18, 46, 10


@dataclasses.dataclass(frozen=True)
class Bar:
    label: str
    side: str  # a key of COLOURS
    spread: Spread


def bars(title: str, unit: str, rows: list[Bar], digits: int = 0, logarithmic: bool = False) -> str:
    """One bar a row, as long as its median, with a line from its lowest to its highest. Logarithmic ones begin a tenth
    below the least, and the title says so."""
    most = max(bar.spread.highest for bar in rows)
    least = min(bar.spread.lowest for bar in rows) / 10 if logarithmic else 0.0
    labels = max(_LABELS, 20 + _CHARACTER * max(len(bar.label) for bar in rows))
    width = labels + _BARS + _VALUES

    def length(value: float) -> float:
        if logarithmic:
            return _BARS * math.log(value / least) / math.log(most / least)
        return _BARS * value / most if most else 0.0

    height = _HEAD + _ROW * len(rows) + _FOOT
    scale = ", logarithmic" if logarithmic else ""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="26" font-size="15" font-weight="bold">{escape(title)} ({escape(unit)}{scale})</text>',
    ]
    for number_of_row, bar in enumerate(rows):
        top = _HEAD + _ROW * number_of_row
        middle = top + _BAR / 2
        lowest, highest = (labels + length(value) for value in (bar.spread.lowest, bar.spread.highest))
        end = labels + length(bar.spread.median)
        out += [
            f'<text x="{labels - 8}" y="{middle + 4:g}" text-anchor="end">{escape(bar.label)}</text>',
            f'<rect class="bar" x="{labels}" y="{top}" width="{end - labels:.1f}" height="{_BAR}" '
            f'fill="{COLOURS[bar.side]}"/>',
            f'<line x1="{lowest:.1f}" y1="{middle:g}" x2="{highest:.1f}" y2="{middle:g}" stroke="#000000"/>',
            f'<text x="{max(end, highest) + 6:.1f}" y="{middle + 4:g}">{number(bar.spread.median, digits)}</text>',
        ]
    return "\n".join([*out, "</svg>"]) + "\n"
