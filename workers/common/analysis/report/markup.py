"""The pieces of the page: text that is safe whatever it holds, numbers for people, tables, and bars in them."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from common.analysis.figure_documents import Estimate, Interval, Share

# The width of every picture in its own units; it is stretched to the width of its column.
WIDTH: Final = 1000
HEIGHT: Final = 20
# A table of so many rows is not broken over two printed pages.
SHORT_ROWS: Final = 14
# A longer name is cut by its cell, and whole in its title.
LONG_NAME: Final = 80
NOTHING: Final = "&ndash;"


class Column(NamedTuple):
    """A column of a table: its heading (markup), and the class of its cells."""

    heading: str
    kind: str = "number"


def text(value: object) -> str:
    """Text for the page. It may be anything that a sender wrote: nothing in it is markup, nor turns the line around."""
    words = str(value)
    full = f' title="{attribute(words)}"' if len(words) > LONG_NAME else ""
    return f"<bdi{full}>{plain(words)}</bdi>"


def sentence(value: object) -> str:
    """What the analysis says itself, which may quote what a sender wrote. It is never cut."""
    return f"<bdi>{plain(str(value))}</bdi>"


def plain(value: str) -> str:
    """Text whose element says where it is at home: in `bdi`, or in one that has a `dir`."""
    return html.escape(value)


def attribute(value: object) -> str:
    """Text for a quoted attribute."""
    return html.escape(str(value), quote=True)


def number(value: float | None, digits: int = 0) -> str:
    """A number with so many digits behind the point; a dash where it is not known."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def fixed(value: float, digits: int = 2) -> str:
    """A figure with so many digits; no minus before nothing."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def p_value(value: float | None) -> str:
    """A p-value as papers print it."""
    if value is None:
        return NOTHING
    return "&lt; 0.001" if value < 0.001 else f"{value:.3f}"


def percent(share: Share) -> str:
    """A share with its interval, in percent."""
    if share["share"] is None or share["low"] is None or share["high"] is None:
        return NOTHING
    low, high = 100 * share["low"], 100 * share["high"]
    return f"{100 * share['share']:.1f} <span class=soft>[{low:.1f}, {high:.1f}]</span>"


def heading(title: str, under: str = "") -> str:
    """A section's title, at which a link can point, and a sentence on what it shows."""
    return f'<h2 id="{anchor(title)}">{title}</h2>\n' + (f"<p class=soft>{under}</p>\n" if under else "")


def subheading(title: str, under: str = "") -> str:
    """The title of a part of a section."""
    return f"<h3>{title}</h3>\n" + (f"<p class=soft>{under}</p>\n" if under else "")


def anchor(title: str) -> str:
    """What a link to a section says."""
    return "-".join(title.lower().split())


def folded(title: str, inner: str) -> str:
    """A part that a reader opens."""
    return f"<details><summary>{title}</summary>\n{inner}</details>\n"


def bounds(interval: Interval, digits: int = 2) -> str:
    """An interval; a dash where there is none."""
    low, high = interval["low"], interval["high"]
    return NOTHING if low is None or high is None else f"[{fixed(low, digits)}, {fixed(high, digits)}]"


def estimate(figure: Estimate, digits: int = 2) -> str:
    """A figure with its interval."""
    if figure["value"] is None:
        return NOTHING
    known = figure["interval"]["low"] is not None
    return fixed(figure["value"], digits) + (
        f" <span class=soft>{bounds(figure['interval'], digits)}</span>" if known else ""
    )


def signed(value: float | None, digits: int = 2) -> str:
    """A difference with its sign; no minus before nothing."""
    if value is None:
        return NOTHING
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def key(entries: Iterable[tuple[str, str]]) -> str:
    """What the colours of a picture mean: class and words of each."""
    items = "".join(f'<li><i class="{kind}"></i>{words}</li>' for kind, words in entries)
    return f"<ul class=key>{items}</ul>\n"


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[str]], kind: str = "", row_heading: str = "Model"
) -> str:
    """A table whose rows begin with their heading; all cells are markup. A last column without any text is left out."""
    rows = list(rows)
    if rows and not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    head = f"<th scope=col>{row_heading}</th>" + "".join(
        f'<th scope=col class="{column.kind}">{column.heading}</th>' for column in columns
    )
    body = "".join(
        f"<tr><th scope=row>{row[0]}</th>"
        + "".join(f'<td class="{column.kind}">{cell}</td>' for column, cell in zip(columns, row[1:], strict=True))
        + "</tr>\n"
        for row in rows
    )
    # What scrolls can be reached by the keyboard, and has a name there.
    return (
        f'<div class="{scrolling(len(rows))}" tabindex=0 role=region aria-label="{attribute(_plain(caption))}">'
        f'<table class="{kind}"><caption>{caption}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def scrolling(rows: int) -> str:
    """The class of what holds a table of so many rows."""
    return "scroll short" if rows <= SHORT_ROWS else "scroll"


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^<>]{0,200}>", "", markup))


def scale(labels: Iterable[str]) -> str:
    """The labels of an axis, for the heading of a column of pictures."""
    return "<div class=scale>" + "".join(f"<span>{label}</span>" for label in labels) + "</div>"


def svg(label: str, inner: str) -> str:
    """A picture of one row, stretched to its column; `label` says it in words."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{attribute(label)}">'
        f"{inner}</svg>"
    )


def rectangle(kind: str, begin: float, width: float, top: float = 3, height: float = HEIGHT - 6) -> str:
    """A filled bar, in the units of the picture."""
    return f'<rect class="{kind}" x="{begin:.1f}" y="{top:g}" width="{max(width, 0):.1f}" height="{height:g}"/>'


def line(kind: str, x1: float, x2: float, y1: float = HEIGHT / 2, y2: float = HEIGHT / 2) -> str:
    """A line whose thickness does not stretch."""
    return f'<line class="{kind}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:g}" y2="{y2:g}"/>'


def ceiling(values: Iterable[float | None]) -> float:
    """The end of an axis on which all values fit: 1, 2 or 5 times a power of ten."""
    most = max((value for value in values if value is not None), default=0.0)
    step = 1.0
    while most > 0 and step > most:
        step /= 10
    while step * 10 < most:
        step *= 10
    return next((step * factor for factor in (1, 2, 5, 10) if step * factor >= most), step * 10)
