"""Spend on language models by who called, which model, which token."""

from moving import space
from readings import line

from costdna.unit.ai import model_name, token_kind


def test_bedrock_by_principal_model_and_token():
    at = {
        "ServiceCode": "AmazonBedrock",
        "ServiceName": "Amazon Bedrock",
        "ResourceId": "",
        "ConsumedUnit": "1K tokens",
        "PublicOnDemand": "",
    }
    rows = [
        line(
            **at,
            UsageType="USE1-Claude3Sonnet-input-tokens",
            PrincipalId="arn:aws:iam::1:role/search",
            Unblended="3",
            ConsumedQuantity="1000",
        ),
        line(
            **at,
            UsageType="USE1-Claude3Sonnet-output-tokens",
            PrincipalId="arn:aws:iam::1:role/search",
            Unblended="7.5",
            ConsumedQuantity="500",
        ),
        line(**at, UsageType="USE1-NovaLite-cache-read-input-tokens", Unblended="0.1", ConsumedQuantity="10"),
        line(Unblended="50"),
    ]
    found = space(rows).list_ai_spend()
    assert found["total"] == "10.6"
    assert [(r["principal"][-6:], r["model"], r["token"], r["cost"]) for r in found["rows"]] == [
        ("search", "Claude3Sonnet", "output", "7.5"),
        ("search", "Claude3Sonnet", "input", "3"),
        ("", "NovaLite", "cache-read", "0.1"),
    ]
    assert space([line()]).list_ai_spend()["rows"] == []


def test_names_as_bills_write_them():
    assert token_kind("EUW1-Nova-Cache-Write-Tokens") == "cache-write" and token_kind("X-Guardrail") == "other"
    assert (
        model_name("USE1-ModelUnits", "Amazon Bedrock") == "ModelUnits"
        or model_name("USE1-ModelUnits", "Amazon Bedrock") == "Amazon Bedrock"
    )
