from readings import line, reading

from costdna.ownables import ownables
from costdna.read import assemble
from costdna.relations import relations


def groups(*rows, keys=frozenset()):
    bill = assemble([reading(list(rows))])
    things = ownables(bill.charges)
    out = relations(things, bill.charges, keys)
    name = dict(zip(things["x_OwnableId"], things["ResourceId"]))
    return {(name[o], k, g) for o, k, g in zip(out["x_OwnableId"], out["x_Kind"], out["x_Group"])}, out


def tags(**pairs):
    return {("resource", k.replace("__", ":")): v for k, v in pairs.items()}


def test_names_make_words_prefixes_and_stems():
    found, _ = groups(line(ResourceId="arn:aws:lambda:eu-west-1:1:function:search-index-writer-prod"))
    rid = "arn:aws:lambda:eu-west-1:1:function:search-index-writer-prod"
    assert {(rid, "name_token", w) for w in ("search", "index", "writer")} <= found
    assert (rid, "name_prefix", "search-index") in found and (rid, "name_stem", "search-index-writer") in found
    assert not any(g == "prod" for _, k, g in found if k == "name_token")


def test_the_owner_key_is_never_a_group_in_any_spelling():
    rows = [line(Tags=tags(user__Team="search", user__team="search", user__Tier="web"))]
    found, _ = groups(*rows, keys={("resource", "user:Team")})
    assert {(k, g) for _, k, g in found if "tag" in k} == {("other_tag", "tier=web")}


def test_tags_make_stacks_clusters_environments_creators():
    found, _ = groups(
        line(
            Tags=tags(aws__cloudformation__stack_name="x")
            | {
                ("resource", "aws:cloudformation:stack-name"): "web",
                ("resource", "aws:autoscaling:groupName"): "web-asg",
                ("resource", "user:env"): "Production",
                ("resource", "aws:createdBy"): "IAMUser:AIDAX:maria",
            }
        )
    )
    got = {(k, g) for _, k, g in found}
    assert {("stack", "web"), ("cluster", "web-asg"), ("environment", "prod"), ("creator", "AIDAX")} <= got


def test_a_machine_session_is_no_creator():
    found, _ = groups(line(Tags={("resource", "aws:createdBy"): "AssumedRole:AROAX:AutoScaling"}))
    assert not [g for g in found if g[1] == "creator"]


def test_a_name_that_mentions_an_instance_attaches_to_it():
    one, two = "i-0123456789abcdef0", "vol-0123456789abcdef1"
    found, _ = groups(line(ResourceId=one), line(ResourceId=two, Tags=tags(user__Name=f"root of {one}")))
    assert {(one, "attachment", one), (two, "attachment", one)} <= found


def test_first_and_last_day_of_the_bill_say_nothing():
    day = lambda d: dict(ChargePeriodStart=f"2026-10-{d:02}T00:00:00Z", ChargePeriodEnd=f"2026-10-{d:02}T01:00:00Z")
    found, _ = groups(line(ResourceId="a", **day(1)), line(ResourceId="a", **day(9)), line(ResourceId="b", **day(4)))
    assert {(r, k) for r, k, _ in found if k.startswith("co_")} == {("b", "co_start"), ("b", "co_stop")}


def test_every_membership_once_with_a_reason_in_canonical_order():
    _, out = groups(line(), line(Operation="x"), line(ResourceId="i-2"))
    assert not out.duplicated(["x_OwnableId", "x_Kind", "x_Group"]).any()
    assert (out["x_Reason"].str.len() > 5).all()
    assert out[["x_Kind", "x_Group"]].to_numpy().tolist() == sorted(out[["x_Kind", "x_Group"]].to_numpy().tolist())
