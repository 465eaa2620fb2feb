"""Small bar charts as inline SVG: how many of each value, the unknown ones apart."""

from collections.abc import Mapping

from markupsafe import Markup, escape

WIDTH, ROW, LABEL, COUNT = 320, 22, 112, 64
MOST = 8  # bars; the rest is one
UNKNOWN = "unknown"


def bars(counts: Mapping[str, int], title: str) -> Markup:
    """A bar per value in the given order, its count and share beside it; nothing to see without values."""
    total = sum(counts.values())
    if not total:
        return Markup('<p class="nothing">{}: none.</p>').format(title)
    shown = shortened(counts)
    top = max(shown.values())
    rows = [_row(number, name, count, top, total) for number, (name, count) in enumerate(shown.items())]
    words = f"{title}: " + ", ".join(f"{name} {count}" for name, count in shown.items())
    head = f'<svg class="chart bars" viewBox="0 0 {WIDTH} {ROW * len(rows)}" role="img" aria-label="{escape(words)}">'
    return Markup("".join([head, *rows, "</svg>"]))


def shortened(counts: Mapping[str, int]) -> dict[str, int]:
    """The first eight values, the others as one."""
    items = list(counts.items())
    if len(items) <= MOST:
        return dict(items)
    head, rest = items[: MOST - 1], items[MOST - 1 :]
    return dict(head) | {f"{len(rest)} others": sum(count for _, count in rest)}


def _row(number: int, name: str, count: int, top: int, total: int) -> str:
    at = number * ROW
    width = max(1.0, (WIDTH - LABEL - COUNT) * count / top)
    kind = "bar-unknown" if name == UNKNOWN else "bar-known"
    label = name if len(name) <= 18 else name[:17] + "…"
    return (
        f'<text x="{LABEL - 8}" y="{at + 15}" text-anchor="end">{escape(label)}</text>'
        f'<rect class="{kind}" x="{LABEL}" y="{at + 4}" width="{width:.1f}" height="{ROW - 8}" rx="2"/>'
        f'<text class="value" x="{LABEL + width + 6:.1f}" y="{at + 15}">{count:,}'
        f'<tspan class="share"> {_share(count, total)}</tspan></text>'
    )


def _share(count: int, total: int) -> str:
    share = 100 * count / total
    return "&lt;1 %" if 0 < share < 1 else f"{share:.0f} %"
