"""Question curves on a small made-up account: a named app follows its answer, money is counted once, strategies share
one ruler.
"""

import numpy as np
import pandas as pd

from costdna_companion.learning.curves import Stripped, curve, run


def account(apps=8, per_app=6, teams=4, seed=0):
    rows, links, truth = [], [], []
    rng = np.random.default_rng(seed)
    for app in range(apps):
        for copy in range(per_app):
            identity = 100 + len(rows)
            rows.append((identity, False, int(rng.integers(1, 1000))))
            links += [
                (identity, "stack", f"s{app}"),
                (identity, "name_token", f"word{app}"),
                (identity, "service", f"v{copy % 2}"),
            ]
            truth.append(f"t{app % teams}")
    rows.append((99, False, 10_000))
    truth.append("")
    things = pd.DataFrame(rows, columns=["x_OwnableId", "x_IsSynthetic", "BilledCost"]).assign(EffectiveCost=1)
    things["x_FirstSeen"], things["x_LastSeen"], things["x_NameTokens"] = (
        pd.Timestamp("2026-01-01"),
        pd.Timestamp("2026-01-30"),
        [["a"]] * len(things),
    )
    none = pd.DataFrame({"x_OwnableId": np.zeros(0, np.int64)})
    return Stripped(
        things,
        pd.DataFrame(links, columns=["x_OwnableId", "x_Kind", "x_Group"]),
        none,
        pd.DataFrame(),
        np.array(truth, dtype=object),
    )


def test_ten_answers_settle_eight_apps():
    lines = curve(account(), "medoid", None, answers=10)
    assert [line["answers"] for line in lines] == [5, 10]
    assert lines[-1]["accuracy"] == 1.0 and lines[-1]["teams_named"] == 4
    assert 0 < lines[0]["money"] <= lines[-1]["money"] <= 1


def test_every_strategy_is_measured_and_money_held_against_the_others():
    result = run([account, lambda: account(seed=1)], None, strategies=("money", "random"), answers=10)
    assert {(r["strategy"], r["answers"]) for r in result["rows"]} == {
        (s, n) for s in ("money", "random") for n in (5, 10)
    }
    assert result["wins"][0]["against"] == "random" and result["wins"][0]["of"] == 2
