"""One visual language for how sure a piece of money is.

Solid = proved, hatched = inferred, dotted = shared, outlined = unknown.
"""

from costdna.export.figures import Figures
from costdna.export.markup import Safe, join, tag

# class, what a person reads, headings of the ledger
PARTS = (
    ("proved", "proved", ("human", "tagged", "ruled", "principal")),
    ("inferred", "inferred", ("inferred",)),
    ("shared", "shared", ("shared",)),
    ("aside", "vendor's or nobody's", ("vendor", "ownerless")),
    ("unknown", "unknown", ("abstained", "unallocatable")),
)
LABEL = {name: label for name, label, _ in PARTS}
HEADINGS = {
    "human": "Answered by you",
    "tagged": "By its own tag",
    "ruled": "By rule, map or account",
    "principal": "By the principal that called",
    "inferred": "Inferred",
    "shared": "Shared",
    "vendor": "Vendor's",
    "ownerless": "Nobody's",
    "abstained": "Abstained: we can't tell",
    "unallocatable": "No resource behind it",
}


def parts(row: dict) -> dict[str, int]:
    """The five parts of a row that has the ledger's headings, in units."""
    return {name: sum(int(row[h]) for h in headings) for name, _, headings in PARTS}


def bar(row: dict, figures: Figures, *, length: float = 1.0, before: float | None = None, label: str = "") -> Safe:
    """A bar of a row's parts. length: 0–1 of the room it has; before: a mark at that share (tags alone).

    Negative parts (credits) have no length; the text beside a bar has every figure.
    """
    sizes = {name: max(0, units) for name, units in parts(row).items()}
    whole = sum(sizes.values())
    said = spoken(row, figures)
    if not whole:
        return tag("span", class_="cbar empty", role="img", aria_label=f"{label}: nothing above zero".lstrip(": "))
    spans = [
        tag(
            "span",
            class_=name,
            style=f"flex-grow:{max(size / whole, 0.004):.5f}",
            title=f"{LABEL[name]}: {figures.exact(size)}",
        )
        for name, size in sizes.items()
        if size
    ]
    mark = tag("span", class_="mark", style=f"left:{100 * before:.2f}%") if before is not None else None
    return tag(
        "span",
        join(spans),
        mark,
        class_="cbar",
        role="img",
        style=f"width:{100 * min(max(length, 0.004), 1):.2f}%",
        aria_label=f"{label}: {said}".lstrip(": "),
    )


def spoken(row: dict, figures: Figures) -> str:
    """The parts in words: "proved 54.0 %, inferred 37.0 %"."""
    sizes = parts(row)
    whole = sum(sizes.values())
    return ", ".join(f"{LABEL[name]} {figures.share(units, whole)}" for name, units in sizes.items() if units)


def legend(row: dict, figures: Figures) -> Safe:
    """Swatch, word, share and money of every part that is not zero: direct labels for the bar."""
    sizes = parts(row)
    whole = sum(sizes.values())
    items = [
        tag(
            "li",
            tag("span", class_=f"swatch {name}", aria_hidden="true"),
            tag("b", LABEL[name]),
            f" {figures.share(units, whole)} ",
            tag("span", figures.short(units), class_="quiet", title=figures.exact(units)),
        )
        for name, units in sizes.items()
        if units
    ]
    return tag("ul", *items, class_="legend")
