"""Benchmarks in print: means ± sd, what leads first, what frames them below."""

from __future__ import annotations

from costdna_companion.cli._output import Output, rows


def cell(row: dict, metric: str) -> str:
    """ ".634 ±.021"; "–" for what could not be measured.

    >>> cell({"top1": 0.634, "top1_sd": 0.021}, "top1"), cell({"top1": None}, "top1")
    ('.634 ±.021', '–')
    """
    value, sd = row.get(metric), row.get(f"{metric}_sd")
    if value is None:
        return "–"
    return _short(value) + (f" ±{_short(sd)}" if sd is not None else "")


def _short(value: float) -> str:
    text = f"{value:.3f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


HEADS = {"cov95_inaccount": "cov95_in", "precision_inaccount": "prec_in", "unknown_auroc": "unk_auroc", "mean_confidence": "mean_conf", "money_accuracy": "money_acc",
         "no_sibling_accuracy": "no_sibling", "answered_precision": "ans_prec", "joint_ece_floor": "joint_floor", "ece_floor": "floor"}  # fmt: skip


def grid(records: list[dict], output: Output) -> None:
    """Aligned text, as wide as it needs to be (a narrow terminal wraps, nothing is cut); markdown on request."""
    records = [{HEADS.get(key, key): value for key, value in record.items()} for record in records]
    if output != Output.table:
        rows(records, output)
        return
    width = {key: max(len(key), *(len(record[key]) for record in records)) for key in records[0]}

    def line(parts: list[str]) -> str:
        first, *others = zip(parts, width.values(), strict=True)
        return "  ".join([first[0].ljust(first[1]), *(text.rjust(size) for text, size in others)])

    print(line(list(width)))
    for record in records:
        print(line([record[key] for key in width]))


def figures(what: str, result: dict, output: Output) -> None:
    """Everything of a result, for a person."""
    {"ownership": _ownership, "simulated": _simulated}.get(what, _plain)(result, output)


def _plain(result: dict, output: Output) -> None:
    for line in result.get("notes", []):
        print(line)
    metrics = [key for key in result["rows"][0] if f"{key}_sd" in result["rows"][0]]
    grid(
        [
            {
                key: cell(row, key) if key in metrics else _text(value)
                for key, value in row.items()
                if not key.endswith("_sd")
            }
            for row in result["rows"]
        ],
        output,
    )


def _text(value) -> str:
    return "–" if value is None else _short(value) if isinstance(value, float) else str(value)


def _ownership(result: dict, output: Output) -> None:
    from .ownership import METRICS

    third = {
        "dev": "development third (choices may be made on it)",
        "report": "reported two thirds",
        "all": "all apps",
    }[result["third"]]
    print(f"{result['namespaces']} namespaces, {result['teams']} teams: {third}")
    seen = dict.fromkeys((r["setting"], r["unit"], r["labelled"]) for r in result["rows"])
    for key in sorted(seen, key=lambda k: (k[1] != "app", k[0] != "bill", k[2])):
        mine = [r for r in result["rows"] if (r["setting"], r["unit"], r["labelled"]) == key]
        bound = next(c for c in result["ceilings"] if (c["setting"], c["unit"], c["labelled"]) == key)
        print(
            f"\n{key[0]}, whole {key[1]}s hidden, {key[2]:.0%} labelled · a hidden owner can be reached in {bound['reachable']:.3f} · ceiling by conflicting labels {bound['conflicting_labels_ceiling']:.3f}"
            + ("" if key[1] == "app" else " · flatters: a sibling may be labelled")
        )
        grid([{"method": r["method"], **{m: cell(r, m) for m in METRICS if m != "reachable"}} for r in mine], output)
        pairs = [p for p in result["pairs"] if (p["setting"], p["unit"], p["labelled"]) == key]
        if pairs:
            print(
                "costdna minus rival, same splits: "
                + " · ".join(
                    f"{p['against']} top-1 {p['top1_gain']:+.3f} ({p['top1_wins']}/{p['of']}), AURC {-p['aurc_gain']:+.3f} ({p['aurc_wins']}/{p['of']})"
                    for p in pairs
                )
            )


def _simulated(result: dict, output: Output) -> None:
    from .simulated import METRICS

    for line in result["notes"]:
        print(line)
    for coverage in dict.fromkeys(r["coverage"] for r in result["rows"]):
        mine = [r for r in result["rows"] if r["coverage"] == coverage]
        print(
            f"\n{result['world']}, {mine[0]['accounts']} accounts, "
            + ("tags as drawn" if result["as_drawn"] else f"{coverage:.0%} of owned resources tagged")
        )
        grid(
            [
                {
                    "method": r["method"],
                    **{
                        m: cell(r, m)
                        for m in METRICS
                        if r.get(m) is not None or any(x.get(m) is not None for x in mine)
                    },
                }
                for r in mine
            ],
            output,
        )
        pairs = [p for p in result["pairs"] if p["coverage"] == coverage]
        if pairs:
            print(
                "costdna minus rival, same accounts: "
                + " · ".join(
                    f"{p['against']} accuracy {p['accuracy_gain']:+.3f} ({p['accuracy_wins']}/{p['of']})" for p in pairs
                )
            )
    for name, value in result.get("checks", {}).items():
        print(
            f"{name}: {value if not isinstance(value, dict) else ', '.join(f'{k} {_text(v)}' for k, v in value.items())}"
        )
