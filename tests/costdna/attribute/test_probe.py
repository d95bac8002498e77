"""One resource under the lamp: the copy that keeps all answers as the resource did; what carried it is missed; a fact
can flip it.
"""

import numpy as np
import pandas as pd

from costdna.attribute import believed, finish, neighbours, occluded, prepare, supposing, without_each


def account(apps=12, per_app=10, teams=4):
    rows, links, known = [], [], []
    for app in range(apps):
        for copy in range(per_app):
            identity = 1000 + len(rows)
            rows.append((identity, f"arn:{identity}", 1000 + len(rows), False))
            links += [
                (identity, "stack", f"stack-{app}"),
                (identity, "name_token", f"word{app}"),
                (identity, "region", "eu-west-1"),
                (identity, "service", f"svc{copy % 3}"),
            ]
            if copy % 2 == 0:
                known.append((identity, f"team-{app % teams}", "tag"))
    things = pd.DataFrame(rows, columns=["x_OwnableId", "ResourceId", "BilledCost", "x_IsSynthetic"]).assign(
        EffectiveCost=1
    )
    things["x_FirstSeen"], things["x_LastSeen"] = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-30")
    things["x_NameTokens"] = [["app"]] * len(things)
    plan = prepare(
        things,
        pd.DataFrame(links, columns=["x_OwnableId", "x_Kind", "x_Group"]),
        pd.DataFrame({"x_OwnableId": np.zeros(0, np.int64)}),
        pd.DataFrame(),
        pd.DataFrame(known, columns=["x_OwnableId", "x_Team", "x_Basis"]),
    )
    return plan, finish(plan, None)


def test_groups_that_carried_the_answer_are_missed_and_the_rest_are_not():
    plan, inferred = account()
    node = 1  # app 0, open
    belief = inferred.beliefs.loc[inferred.beliefs["x_OwnableId"] == 1001].iloc[0]
    team = plan.teams.index("team-0")
    assert belief["x_Team"] == "team-0"
    probe = without_each(plan, node, team)
    assert probe.plan.members.nodes == plan.members.nodes + 1 + len(probe.weighed) and len(probe.plan.feeds) == 2
    assert all(len(feed["x"]) == probe.plan.members.nodes for feed in probe.plan.feeds)
    marks = occluded(probe, None, inferred.frozen, team)
    told = {(m["kind"], m["group"]): m for m in marks}
    assert abs(marks[0]["with"] - belief["x_Probability"]) < 0.1
    assert told[("stack", "stack-0")]["drop"] > 0.01 and told[("stack", "stack-0")]["agrees"]
    assert told[("stack", "stack-0")]["drop"] > max(
        [m["drop"] for m in marks if m["kind"] not in ("stack", "name_token")], default=0.0
    )


def test_nearest_resources_come_from_the_same_app_and_a_fact_can_turn_the_answer():
    plan, inferred = account(per_app=3)
    near = neighbours(plan, 1)
    assert near[0] in (0, 2) and 1 not in near
    other = plan.teams.index("team-3")
    turned = supposing(supposing(plan, 0, other), 2, other)
    joint, none = believed(turned, None, inferred.frozen, np.array([1]))
    before, _ = believed(plan, None, inferred.frozen, np.array([1]))
    assert before[0].argmax() == plan.teams.index("team-0") and joint[0].argmax() == other
    np.testing.assert_allclose(joint.sum(1) + none, 1, atol=1e-6)
    assert plan.support[0, other] == 0  # the plan itself is untouched
