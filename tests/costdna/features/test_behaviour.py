"""The behaviour block against figures worked out by hand."""

import numpy as np
import pandas as pd

from costdna.features import BEHAVIOUR_FEATURES, X_WIDTH, behaviour_block, design


def things():
    return pd.DataFrame({
        "x_OwnableId": np.array([11, 12, 13], dtype="int64"), "SubAccountId": ["1", "1", "2"], "BilledCost": [6, 4, 0], "EffectiveCost": [6, 4, 0],
        "x_FirstSeen": pd.to_datetime(["2026-10-01"] * 3), "x_LastSeen": pd.to_datetime(["2026-10-04"] * 3), "x_NameTokens": [[], [], []],
    })  # fmt: skip


def deeds():
    rows = [
        ("2026-10-01 09:10", "human:1:ann", "human", "PutObject", 11, False), ("2026-10-01 09:40", "human:1:ann", "human", "GetObject", 11, True),
        ("2026-10-03 17:00", "role:2:deployer", "role", "PutObject", 11, False), ("2026-10-04 09:00", "session:1:bob", "session", "ListObjects", 11, True),
        ("2026-10-05 23:59", "service:lambda", "service", "Invoke", 12, True), ("2026-10-05 23:59", "role:1:x", "role", "DescribeThing", 99, True),
    ]  # fmt: skip
    out = pd.DataFrame(rows, columns=["x_At", "x_ActorId", "x_ActorKind", "x_EventName", "x_OwnableId", "x_ReadOnly"])
    return out.assign(x_At=pd.to_datetime(out["x_At"]))


def charges():
    return pd.DataFrame(
        {
            "x_OwnableId": [11, 11, 11, 12],
            "ChargePeriodStart": pd.to_datetime(["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-01"]),
            "BilledCost": [1, 2, 3, 4],
        }
    )


def block(rhythm=None, events=None):
    rhythm = pd.DataFrame() if rhythm is None else rhythm
    return pd.DataFrame(
        behaviour_block(things(), charges(), rhythm, deeds() if events is None else events),
        columns=list(BEHAVIOUR_FEATURES),
    )


def test_what_was_done_is_counted():
    found = block()
    np.testing.assert_allclose(found["event_count"], np.log1p([4, 1, 0]))
    assert list(found["unique_users"]) == [2, 0, 0] and list(found["unique_roles"]) == [1, 0, 0]
    np.testing.assert_array_equal(found["peak_hour"], [9, 23, np.nan])
    np.testing.assert_array_equal(found["weekend_ratio"], [0.5, 0, np.nan])  # 3 and 4 October 2026 are a weekend
    # the role of account 2 on account 1's resource
    np.testing.assert_array_equal(found["cross_account"], [1, 0, np.nan])
    np.testing.assert_array_equal(found["write_ratio"], [0.5, 0, np.nan])
    np.testing.assert_array_equal(found["put_share"], [0.5, 0, np.nan])
    np.testing.assert_array_equal(found["list_share"], [0.25, 0, np.nan])
    np.testing.assert_array_equal(found["get_share"], [0.25, 0, np.nan])
    np.testing.assert_array_equal(found["invoke_share"], [0, 1, np.nan])
    np.testing.assert_array_equal(found["describe_share"], [0, 0, np.nan])
    np.testing.assert_allclose(found["events_per_active_hour"], [4 / 3, 1, np.nan])
    np.testing.assert_allclose(found["event_diversity"], [0.5 * np.log(2) + 0.5 * np.log(4), 0, np.nan])


def test_the_days_of_the_cost_give_slope_and_variance():
    found = block()
    np.testing.assert_allclose(found["cost_slope"][0], 0.5)  # one more a day, of two a day
    np.testing.assert_allclose(found["cost_variance"][0], (2 / 3) / 4)
    assert found["cost_slope"][1:].isna().all()  # one day has no slope


def test_what_repeats_daily_is_told_from_what_repeats_weekly():
    hours = np.arange(168)
    daily, weekly = 1.0 + (hours % 24 == 9), 1.0 + (hours == 9)
    rhythm = pd.DataFrame(
        {
            "x_OwnableId": np.repeat([11, 12], 168),
            "x_HourOfWeek": np.tile(hours, 2),
            "x_Cost": np.concatenate([daily, weekly]),
        }
    )
    found = block(rhythm)["cost_autocorrelation"]
    np.testing.assert_allclose(found[0], 1.0)
    assert abs(found[1]) < 0.02 and np.isnan(found[2])


def test_the_block_is_there_where_events_are_and_the_order_of_events_is_free():
    x = design(things(), charges(), pd.DataFrame(), deeds())
    assert x.shape == (3, X_WIDTH) and (x[:, -1] == 1).all() and np.abs(x[:, 24:41]).sum() > 0
    np.testing.assert_array_equal(x, design(things(), charges(), pd.DataFrame(), deeds().iloc[::-1]))
    assert (design(things(), charges(), pd.DataFrame(), deeds().head(0))[:, 24:41] == 0).all()
