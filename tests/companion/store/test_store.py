"""A store keeps each file once, each month once, each origin apart; and gives back what was loaded, bit for bit."""

import json

import duckdb
import numpy as np
import pytest
from moving import day
from readings import line, reading

from costdna.errors import CostDNAError, UsageError
from costdna_companion.store import Store, is_store
from costdna_companion.store.migrations import STEPS, now


def october(cost="5", name="oct.csv", **more):
    return reading(
        [
            day(5, cost, **more),
            day(6, "2", ResourceId="i-2"),
            line(Unblended="-0.000000000001", LineItemType="Credit", ResourceId=""),
        ],
        name=name,
    )


def same(one, other):
    assert json.loads(json.dumps(one["meta"])) == other["meta"] and set(one["arrays"]) == set(other["arrays"])
    for name, values in one["arrays"].items():
        assert values.dtype == other["arrays"][name].dtype and np.array_equal(
            values, other["arrays"][name], equal_nan=values.dtype.kind == "f"
        ), name


def test_what_was_loaded_comes_back_bit_for_bit_and_loading_again_changes_nothing(tmp_path):
    made = october()
    with Store(tmp_path / "s.duckdb") as store:
        assert store.load([made]).added == ["oct.csv"]
        before = (store.sources(), store.side_by_side())
        again = store.load([made])
        assert (again.added, again.known, again.replaced) == ([], ["oct.csv"], {}) and (
            store.sources(),
            store.side_by_side(),
        ) == before
        same(made, store.readings()[0])
    with Store(tmp_path / "s.duckdb", read_only=True) as store:
        same(made, store.readings()[0])
        assert store.side_by_side() == [
            {"month": "2026-10", "origin": "cur", "currency": "USD", "cost": "6.999999999999"}
        ]
        # so that others read it meanwhile, and who may not write it can
        with pytest.raises(duckdb.Error, match="read-only"):
            store.connection.execute("DELETE FROM sources")


def test_a_store_may_have_any_name(tmp_path):
    with Store(tmp_path / "kept.db") as store:
        store.load([october()])
    (tmp_path / "bill.csv").write_text("a,b\n1,2\n")
    assert (
        is_store(tmp_path / "kept.db")
        and is_store(tmp_path / "none.duckdb")
        and not any(map(is_store, (tmp_path / "bill.csv", tmp_path, tmp_path / "none.db")))
    )


def test_a_corrected_month_takes_the_place_of_the_old_one(tmp_path):
    november = reading([day(5, "9", month=11)], name="nov.csv")
    with Store(tmp_path / "s.duckdb") as store:
        store.load([october(), november])
        done = store.load([october("50")])
        assert done.replaced == {"oct.csv": "oct.csv"}
        assert [(m["month"], m["cost"]) for m in store.side_by_side()] == [
            ("2026-10", "51.999999999999"),
            ("2026-11", "9"),
        ]
        assert (
            sorted(s["state"] for s in store.sources()) == ["in use", "in use", "replaced"]
            and len(store.readings()) == 2
        )
        store.load([october()])  # the first version again: it was replaced, so it takes its place back
        assert store.side_by_side()[0]["cost"] == "6.999999999999"
        assert len(store.readings(months=["2026-11"])) == 1


def test_another_part_and_lost_months_are_refused_and_nothing_is_changed(tmp_path):
    both = reading([day(5, "1"), day(5, "2", month=11)], name="two months.csv")
    with Store(tmp_path / "s.duckdb") as store:
        store.load([october(name="cur-00001.csv")])
        with pytest.raises(UsageError, match="another part"):
            store.load([october("7", name="cur-00002.csv")])
        store.load([october("7", name="cur-00002.csv")], add=True)
        assert len(store.readings()) == 2
        assert set(store.load([october("8", name="cur-00009.csv")], replace=True).replaced) == {
            "cur-00001.csv",
            "cur-00002.csv",
        }
        # a date is no part
        assert store.load([october("9", name="cur-20261108.csv")]).replaced == {"cur-00009.csv": "cur-20261108.csv"}
    with Store(tmp_path / "t.duckdb") as store:
        store.load([both])
        with pytest.raises(UsageError, match="lose them"):
            store.load([october()])
        assert [s["state"] for s in store.sources()] == ["in use"]


def test_two_payers_do_not_replace_each_other(tmp_path):
    with Store(tmp_path / "s.duckdb") as store:
        store.load([october()])
        # its other lines are of the first payer
        assert store.load([october("4", name="other.csv", PayerAccountId="222200001111")]).replaced == {
            "oct.csv": "other.csv"
        }
        alone = reading([day(5, "3", PayerAccountId="333300001111")], name="third.csv")
        assert not store.load([alone]).replaced


ANSWER = {
    "GroupDefinitions": [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}],
    "ResultsByTime": [
        {
            "TimePeriod": {"Start": f"2026-10-0{d}", "End": f"2026-10-0{d + 1}"},
            "Estimated": d == 6,
            "Groups": [
                {
                    "Keys": ["Amazon EC2", "111122223333"],
                    "Metrics": {
                        "UnblendedCost": {"Amount": "5.1234567891", "Unit": "USD"},
                        "AmortizedCost": {"Amount": "4", "Unit": "USD"},
                    },
                }
            ],
        }
        for d in (5, 6)
    ],
}


def test_cost_explorer_stands_beside_the_bill_and_is_never_added(tmp_path):
    from costdna.workspace import Workspace

    with Store(tmp_path / "s.duckdb") as store:
        store.load([october()])
        assert store.load_explorer([ANSWER]) == 2 == store.load_explorer([ANSWER])
        assert [(m["origin"], m["cost"]) for m in store.side_by_side()] == [
            ("cost-explorer", "10.2469135782"),
            ("cur", "6.999999999999"),
        ]
        assert (
            store.origins() == ["cur", "cost-explorer"]
            and len(store.readings()) == 1
            and store.readings()[0]["meta"]["format"] == "cur"
        )
        space = Workspace(store.readings("cost-explorer"))
        space.prove()
        found = space.list_trends("service", "day")
        assert [r["label"] for r in found["rows"]] == ["Amazon EC2"] and found["total"]["total"] == "10.2469135782"
        assert space.list_trends("total", "day", metric="effective")["total"]["total"] == "8"
        with pytest.raises(UsageError):
            store.readings("focus")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"ResultsByTime": [{}]},
        {"ResultsByTime": [{"TimePeriod": {"Start": "tomorrow", "End": 5}}]},
        {"ResultsByTime": [{"TimePeriod": {"Start": "2026-10-01", "End": "2026-11-01"}}]},
        {
            "ResultsByTime": [
                {
                    "TimePeriod": {"Start": "2026-10-01", "End": "2026-10-02"},
                    "Groups": [{"Keys": ["a", "b"], "Metrics": {"BlendedCost": {}}}],
                }
            ]
        },
        {
            "ResultsByTime": [
                {
                    "TimePeriod": {"Start": "2026-10-01", "End": "2026-10-02"},
                    "Groups": [{"Keys": ["a", "b"], "Metrics": {"UnblendedCost": {"Amount": "NaN", "Unit": "USD"}}}],
                }
            ]
        },
    ],
)
def test_what_cost_explorer_did_not_say_is_refused(tmp_path, answer):
    with Store(tmp_path / "s.duckdb") as store, pytest.raises(UsageError):
        store.load_explorer([answer])


def test_pages_are_fetched_to_the_end():
    from costdna_companion.store.explorer import fetch

    class Client:
        asked = []

        def get_cost_and_usage(self, **said):
            self.asked.append(said)
            return {"ResultsByTime": [], **({} if "NextPageToken" in said else {"NextPageToken": "2"})}

    assert len(fetch(Client(), "2026-10-01", "2026-10-08")) == 2 and len(Client.asked[0]["GroupBy"]) == 2


def test_an_older_store_is_brought_up_to_date_and_a_newer_one_is_left_alone(tmp_path):
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE store_version (version INTEGER PRIMARY KEY, made_at TIMESTAMP NOT NULL)")
        for statement in STEPS[0].split(";"):
            connection.execute(statement)
        connection.execute("INSERT INTO store_version VALUES (1, ?)", [now()])
    with Store(path, read_only=True) as store:
        assert store.origins() == []
    with Store(path) as store:
        assert store.load([october()]).added and store.connection.execute(
            "SELECT max(version) FROM store_version"
        ).fetchone()[0] == len(STEPS)
        store.connection.execute("INSERT INTO store_version VALUES (99, ?)", [now()])
    with pytest.raises(CostDNAError, match="newer"):
        Store(path)
