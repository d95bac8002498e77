"""A comparison in one sentence: what the bill did, and what most of it is."""

from costdna.why.effects import WORDS


def sentence(found: dict, show) -> str:
    """The headline of `compare`. show: units → text with its currency."""
    a, b = (p["name"] for p in found["periods"])
    change = found["change"]
    if not change:
        return f"Exactly as much in {b} as in {a}: {show(found['new'])}."
    size = f" ({abs(found['percent']):.1f} %)" if found["percent"] is not None else ""
    said = f"{show(abs(change))} {'more' if change > 0 else 'less'} in {b} than in {a}{size}"
    parts = sorted(((e, v) for e, v in found["effects"].items() if v), key=lambda p: (-abs(p[1]), p[0]))
    lead = [f"{show(v)} {e} ({WORDS[e]})" for e, v in parts[:2]]
    return f"{said}: " + ", ".join(lead) + (", and less besides." if len(parts) > 2 else ".")
