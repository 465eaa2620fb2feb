"""Charts as inline SVG: the same numbers, the same bytes; colours come from the page, so that they follow its theme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from tasks.scores.interval import Interval

WIDTH, HEIGHT = 480, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 40
BINS = 16
SINGLY = 800  # faces of which each has a dot of its own
SPOT, SHADES = 5, 5  # pixels, degrees of darkness
STRIP, STRIP_HEIGHT, STRIP_EDGE = 260, 26, 6
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """A range of values along a side of the chart, and what they are."""

    low: float
    high: float
    title: str

    def at(self, values: Values | float, start: float, end: float) -> Values:
        """Pixels of the values between `start` (low) and `end` (high)."""
        span = (np.asarray(values, np.float64) - self.low) / (self.high - self.low or 1.0)
        return np.asarray(start + span * (end - start), np.float64)

    def ticks(self, count: int = 5) -> list[float]:
        """About `count` round numbers inside the range (steps of 1, 2 or 5 times a power of ten)."""
        raw = (self.high - self.low) / count or 1.0
        unit = 10.0 ** np.floor(np.log10(raw))
        step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= raw * 0.999)
        first = np.ceil(self.low / step - 1e-9)
        return [float(n * step) + 0.0 for n in np.arange(first, np.floor(self.high / step + 1e-9) + 1)]


def histogram(
    series: Mapping[str, Values], title: str, marks: Mapping[str, float] | None = None, of: str = "faces"
) -> Markup:
    """The shares of each named series in 16 bins, drawn as steps over each other; `marks` are labelled lines."""
    series = {name: values[~np.isnan(values)] for name, values in series.items()}
    marks = {name: x for name, x in (marks or {}).items() if not np.isnan(x)}
    every = np.concatenate([*series.values(), np.array(list(marks.values()), np.float64)])
    if not sum(len(values) for values in series.values()):
        return empty(title)
    edges = np.linspace(*_padded(every), BINS + 1)
    shares = {name: np.histogram(v, edges)[0] / max(1, len(v)) for name, v in series.items()}
    x = Axis(float(edges[0]), float(edges[-1]), title)
    y = Axis(0, 1.08 * max(float(s.max()) for s in shares.values()), f"share of {of}")
    body = [_steps(name, edges, share, x, y) for name, share in shares.items()]
    body += [_mark(name, value, x) for name, value in marks.items()]
    return _chart(x, y, body, f"Histogram of {title}: {', '.join(series)}")


def scatter(before: Values, after: Values, title: str, names: tuple[str, str]) -> Markup:
    """Before against after, a dot per face, or how many lie where; the diagonal is where nothing changed."""
    known = ~(np.isnan(before) | np.isnan(after))
    before, after = before[known], after[known]
    if not len(before):
        return empty(title)
    low, high = _padded(np.concatenate([before, after]))
    x, y = Axis(low, high, f"{title}, {names[0]}"), Axis(low, high, f"{title}, {names[1]}")
    line = f'<path class="diagonal" d="M{LEFT} {HEIGHT - BOTTOM}L{WIDTH - RIGHT} {TOP}"/>'
    cloud = (_singly if len(before) <= SINGLY else _densely)(_across(x, before), _up(y, after))
    body = [line, f'<g class="dots">{cloud}</g>', _note("no change", WIDTH - RIGHT - 4, TOP + 50, "end")]
    return _chart(x, y, body, f"{title} of each face, {names[0]} against {names[1]}")


def lines(steps: Values, series: Mapping[str, Values], title: str) -> Markup:
    """Each named series along the steps, smoothed over a twentieth of them; gaps (NaN) are bridged."""
    known = {name: values for name, values in series.items() if np.isfinite(values).any()}
    if not known or len(steps) < 2:
        return empty(title)
    smooth = {name: _smoothed(values, max(1, len(steps) // 20)) for name, values in known.items()}
    every = np.concatenate(list(smooth.values()))
    low, high = min(0.0, 1.05 * float(np.nanmin(every))), max(0.0, 1.05 * float(np.nanmax(every)))
    x, y = Axis(float(steps[0]), float(steps[-1]), "step"), Axis(low, high or 1.0, title)
    body = [_line(i, steps, values, x, y) for i, values in enumerate(smooth.values())]
    return _chart(x, y, body, f"{title} by training step: {', '.join(known)}")


def empty(title: str) -> Markup:
    """What stands where there is nothing to draw."""
    return Markup('<p class="nothing">{}: nothing was measured.</p>').format(title)


def dots(series: Mapping[str, Interval], axis: Axis, mark: float) -> Markup:
    """A strip with one dot for each named mean, its 95 % interval as a bar through it; `mark` is a line across."""

    def at(value: float) -> float:
        return float(axis.at(value, STRIP_EDGE, STRIP - STRIP_EDGE))

    rows = [f'<path class="mark" d="M{at(mark):.1f} 0V{STRIP_HEIGHT}"/>']
    for i, (name, found) in enumerate(series.items()):
        if np.isnan(found.value):
            continue
        y = STRIP_HEIGHT * (2 * i + 1) / (2 * len(series))
        bar = "" if np.isnan(found.low) else f'<path d="M{at(found.low):.1f} {y:g}H{at(found.high):.1f}"/>'
        rows.append(f'<g class="mean {_slug(name)}">{bar}<circle cx="{at(found.value):.1f}" cy="{y:g}" r="3.5"/></g>')
    head = f'<svg class="strip-chart" viewBox="0 0 {STRIP} {STRIP_HEIGHT}" aria-hidden="true">'  # the row says it all
    return Markup("".join([head, *rows, "</svg>"]))


def _singly(across: Values, up: Values) -> str:
    return "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4"/>' for a, b in zip(across, up, strict=True))


def _densely(across: Values, up: Values) -> str:
    """A square for each spot where dots lie, the darker the more: thousands of dots are one blot."""
    spots, counts = np.unique(np.stack([across // SPOT, up // SPOT], axis=1), axis=0, return_counts=True)
    shades = np.ceil(SHADES * np.log1p(counts) / np.log1p(counts.max())).astype(int)
    paths = (
        (shade, "".join(f"M{x * SPOT:g} {y * SPOT:g}h{SPOT}v{SPOT}h-{SPOT}z" for x, y in spots[shades == shade]))
        for shade in range(1, SHADES + 1)
    )
    return "".join(f'<path d="{drawn}" opacity="{shade / SHADES:g}"/>' for shade, drawn in paths if drawn)


def _padded(values: Values) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or 0.05 * abs(high) or 0.5
    return low - margin, high + margin


def _smoothed(values: Values, width: int) -> Values:
    known = np.isfinite(values)
    at = np.arange(len(values))
    bridged = np.interp(at, at[known], values[known])
    padded = np.pad(bridged, (width // 2, width - 1 - width // 2), mode="edge")
    smooth = np.convolve(padded, np.ones(width) / width, mode="valid")
    smooth[: int(at[known][0])] = np.nan  # a loss that sets in later has no line before
    return smooth


def _across(axis: Axis, values: Values | float) -> Values:
    return axis.at(values, LEFT, WIDTH - RIGHT)


def _up(axis: Axis, values: Values | float) -> Values:
    return axis.at(values, HEIGHT - BOTTOM, TOP)


def _steps(name: str, edges: Values, shares: Values, x: Axis, y: Axis) -> str:
    across, up = _across(x, edges), _up(y, shares)
    path = [f"M{across[0]:.1f} {HEIGHT - BOTTOM}"]
    path += [f"V{up[i]:.1f}H{across[i + 1]:.1f}" for i in range(len(shares))]
    return f'<path class="steps {_slug(name)}" d="{"".join(path)}V{HEIGHT - BOTTOM}"/>'


def _line(number: int, steps: Values, values: Values, x: Axis, y: Axis) -> str:
    known = np.isfinite(values)
    points = zip(_across(x, steps[known]), _up(y, values[known]), strict=True)
    return f'<path class="line line-{number}" d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in points)}"/>'


def _mark(name: str, value: float, axis: Axis) -> str:
    at = float(_across(axis, value))
    near_end = at > WIDTH * 0.7
    note = _note(name, at + (-5 if near_end else 5), TOP + 11, "end" if near_end else "start")
    return f'<path class="mark" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>{note}'


def _note(words: str, x: float, y: float, anchor: str) -> str:
    return f'<text class="note" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _chart(x: Axis, y: Axis, body: Sequence[str], words: str) -> Markup:
    """Frame, ticks and titles around the marks."""
    floor = HEIGHT - BOTTOM
    grid = [f'<path class="grid" d="M{LEFT} {float(_up(y, t)):.1f}H{WIDTH - RIGHT}"/>' for t in y.ticks(4)]
    grid += [_tick(t, LEFT - 6, float(_up(y, t)) + 4, "end") for t in y.ticks(4)]
    grid += [_tick(t, float(_across(x, t)), floor + 16, "middle") for t in x.ticks(6)]
    titles = [
        _title(f"translate({(LEFT + WIDTH - RIGHT) / 2} {HEIGHT - 6})", x.title),
        _title(f"translate(11 {(TOP + floor) / 2}) rotate(-90)", y.title),
    ]
    head = f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">'
    axis = f'<path class="axis" d="M{LEFT} {floor}H{WIDTH - RIGHT}"/>'
    return Markup("".join([head, *grid, *body, axis, *titles, "</svg>"]))


def _title(place: str, words: str) -> str:
    return f'<text class="title" transform="{place}" text-anchor="middle">{escape(words)}</text>'


def _tick(value: float, x: float, y: float, anchor: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{value:.4g}</text>'.replace(">-", ">−")


def _slug(name: str) -> str:
    return name.replace(" ", "-")
