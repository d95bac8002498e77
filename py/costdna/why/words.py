"""A comparison in one sentence: what the bill did, and what most of it is."""

SAID = {
    "volume": ("more was used", "less was used"),
    "price": ("the same use cost more", "the same use cost less"),
    "mix": ("what was used was of a dearer kind", "what was used was of a cheaper kind"),
    "commitment": ("commitments cost more or covered less", "commitments cost less or covered more"),
    "credit": ("credits shrank", "credits grew"),
    "new": ("of new things", "of new things"),
    "gone": ("of what went", "of what went"),
    "unmeasured": ("fees and taxes rose", "fees and taxes fell"),
}


def sentence(found: dict, show) -> str:
    """The headline of `compare`. show: units → text with its currency."""
    a, b = (p["name"] for p in found["periods"])
    change = found["change"]
    if not change:
        return f"Exactly as much in {b} as in {a}: {show(found['new'])}."
    size = f" ({abs(found['percent']):.1f}\u202f%)" if found["percent"] is not None else ""
    said = f"{show(abs(change))} {'more' if change > 0 else 'less'} in {b} than in {a}{size}"
    parts = sorted(((e, v) for e, v in found["effects"].items() if v), key=lambda p: (-abs(p[1]), p[0]))[:2]
    lead = []
    for name, value in parts:
        against = value * change < 0
        lead.append(f"{'against it ' if against else ''}{show(abs(value))} because {SAID[name][0 if value > 0 else 1]}")
    return f"{said}: {', '.join(lead)}."
