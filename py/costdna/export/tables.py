"""HTML tables: real ones, with a caption for those who do not see them and a frame that scrolls on a narrow screen."""

from costdna.export.figures import Figures
from costdna.export.markup import Safe, join, tag


def table(
    caption: str,
    heads: list,
    rows: list[list],
    *,
    numbers: tuple[int, ...] = (),
    foot: list | None = None,
    row_classes: list[str] | None = None,
    class_: str = "",
) -> Safe:
    """A table.

    heads: text or a whole <th>; rows: cells as text, markup or a whole <td>; numbers: columns set to the right.

    The first cell of a row is its header.
    """

    def cell(value, at: int, head: bool) -> Safe:
        if isinstance(value, Safe) and value.startswith(("<td", "<th")):
            return value
        side = "num" if at in numbers else None
        return tag("th", value, scope="row", class_=side) if head else tag("td", value, class_=side)

    top = [
        h
        if isinstance(h, Safe) and h.startswith("<th")
        else tag("th", h, scope="col", class_="num" if i in numbers else None)
        for i, h in enumerate(heads)
    ]
    lines = [
        tag(
            "tr",
            *(cell(v, i, i == 0) for i, v in enumerate(row)),
            class_=(row_classes[n] or None) if row_classes else None,
        )
        for n, row in enumerate(rows)
    ]
    bottom = tag("tfoot", tag("tr", *(cell(v, i, i == 0) for i, v in enumerate(foot)))) if foot else None
    inner = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *top)),
        tag("tbody", *lines),
        bottom,
        class_=class_ or None,
    )
    return tag("div", inner, class_="scroll", role="region", aria_label=caption, tabindex="0")


def amount(units: int, figures: Figures, places: int | None = None) -> Safe:
    """A money cell: grouped and rounded to read, exact on hover."""
    return tag("td", figures.amount(units, places), class_="num", title=figures.exact(units))


def definition(pairs: list[tuple]) -> Safe:
    """A list of name and value pairs."""
    return tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in pairs), class_="facts")
