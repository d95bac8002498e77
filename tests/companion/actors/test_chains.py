"""Temporary keys lead back to who was handed them."""

from costdna_companion.actors import Chains, resolve

ANA = {"type": "IAMUser", "accountId": "1", "userName": "ana", "accessKeyId": "AKIA1"}


def handed(identity: dict, key: str, name: str = "AssumeRole") -> dict:
    return {
        "eventSource": "sts.amazonaws.com",
        "eventName": name,
        "userIdentity": identity,
        "responseElements": {"credentials": {"accessKeyId": key}},
    }


def session(key: str, role: str = "Developer") -> dict:
    return {
        "type": "AssumedRole",
        "accountId": "1",
        "accessKeyId": key,
        "arn": f"arn:aws:sts::1:assumed-role/{role}/botocore-session-1",
    }


def test_two_roles_in_a_chain_lead_back_to_the_first_caller():
    chains = Chains()
    chains.learn(handed(ANA, "ASIA1"))
    chains.learn(handed(session("ASIA1"), "ASIA2"))
    actor = resolve({"userIdentity": session("ASIA2", "Second")}, chains)
    assert (actor.kind, actor.name, actor.id) == ("human", "ana", "human:1:ana")


def test_a_pipeline_token_exchanged_for_a_role_stays_the_pipelines():
    chains = Chains()
    chains.learn(
        handed(
            {
                "type": "WebIdentityUser",
                "identityProvider": "token.actions.githubusercontent.com",
                "userName": "repo:acme/shop:ref:refs/heads/main",
            },
            "ASIA1",
            "AssumeRoleWithWebIdentity",
        )
    )
    assert resolve({"userIdentity": session("ASIA1")}, chains).id == "pipeline:acme/shop"


def test_an_unknown_key_and_a_service_key_change_nothing():
    chains = Chains()
    chains.learn(handed({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "ASIA1"))
    chains.learn({"eventSource": "ec2.amazonaws.com", "eventName": "RunInstances", "responseElements": None})
    assert len(chains) == 1
    assert resolve({"userIdentity": session("ASIA1")}, chains).kind == "role"
    assert resolve({"userIdentity": session("ASIA9")}, chains).kind == "role"


def test_the_root_of_a_member_account_is_whom_it_was_handed_to_and_its_own_without_that():
    chains = Chains()
    root = {"type": "Root", "accountId": "2", "arn": "arn:aws:iam::2:root"}
    chains.learn(handed(ANA, "ASIA1", "AssumeRoot"))
    actor = resolve({"userIdentity": {**root, "accessKeyId": "ASIA1"}}, chains)
    assert (actor.kind, actor.name, actor.via) == ("human", "ana", "root") and "root's temporary key" in actor.reason
    chains.learn(handed({**root, "accessKeyId": "AKIA2"}, "ASIA2", "GetSessionToken"))
    assert (
        resolve({"userIdentity": {**root, "accessKeyId": "ASIA2"}}, chains).kind
        == "root"
        == resolve({"userIdentity": root}, chains).kind
    )
