"""Gross or net: which of a CUR's two sets of costs a bill is read by, once for all of its files."""

from costdna import money
from costdna.errors import BillError
from costdna.read import findings

NEAR = 10 ** (money.MAX_SCALE - 2)
"""A hundredth of the currency: net and gross that differ by no more are the same total."""


def basis_of(readings: list[dict]) -> tuple[str, list[dict]]:
    """("gross" or "net", findings): net only where net costs are filled everywhere and add up to the gross ones.

    Raises BillError where neither is filled.
    """
    metas = [r["meta"] for r in readings if r["meta"]["format"] == "cur"]
    some_net = any(m["filled"].get("NetUnblended") for m in metas)
    some_gross = any(m["filled"].get("Unblended") for m in metas)
    if not metas or not all(m["filled"].get("NetUnblended") for m in metas):
        if metas and not some_net and not some_gross:
            raise BillError(
                "The bill carries no cost.",
                found="every unblended cost is empty",
                code="no-cost",
                next_step="Export the bill with its cost columns.",
            )
        return "gross", [findings.net_in_part()] if some_net else []
    gross, net = (
        sum(money.parse(m["totals"].get(f, "0"), money.MAX_SCALE) for m in metas) for f in ("Unblended", "NetUnblended")
    )
    if not some_gross or abs(gross - net) <= NEAR:
        return "net", []
    return "gross", [findings.net_refused(money.to_text(gross - net, money.MAX_SCALE))]
