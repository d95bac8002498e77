"""Spend on language models: by who called, which model, which kind of token, where the bill says so."""

import re

import numpy as np
import pandas as pd

from costdna import money

SERVICES = re.compile(r"bedrock|openai|anthropic|vertex ai|cognitive services|claude", re.I)
_KIND = (
    ("cache-write", re.compile(r"cache.?write|cachewrite", re.I)),
    ("cache-read", re.compile(r"cache.?read|cacheread", re.I)),
    ("input", re.compile(r"input|prompt", re.I)),
    ("output", re.compile(r"output|completion|response", re.I)),
    ("image", re.compile(r"image", re.I)),
    ("throughput", re.compile(r"provisioned|throughput|modelunit", re.I)),
)
_REGION = re.compile(r"^(?:[A-Z]{2,4}\d{1,2}|[A-Z]{2,3}(?:EAST|WEST|CENTRAL|NORTH|SOUTH)?\d?)-")


def token_kind(usage_type: str) -> str:
    """input, output, cache-read, cache-write, image, throughput, or other.

    >>> token_kind("USE1-Claude3Sonnet-input-tokens"), token_kind("EUW1-MP:anthropic.claude-CacheReadInputTokenCount")
    ('input', 'cache-read')
    """
    return next((name for name, pattern in _KIND if pattern.search(usage_type)), "other")


def model_name(usage_type: str, service: str) -> str:
    """The model a usage type or a service names, as far as they tell; else the service.

    >>> model_name("USE1-Claude3Sonnet-input-tokens", "Amazon Bedrock"), model_name("EUW1-MP:EUW1_InputTokenCount-Units", "Claude 3.5 Sonnet (Amazon Bedrock Edition)")
    ('Claude3Sonnet', 'Claude 3.5 Sonnet')
    """
    if "edition" in service.lower():  # marketplace: the model is the product
        return service.partition(" (")[0].strip()
    rest = _REGION.sub("", usage_type)
    name = re.split(
        r"[-_](?=input|output|prompt|completion|response|cache|provisioned|image|model)", rest, maxsplit=1, flags=re.I
    )[0]
    return name if name and not re.fullmatch(r"MP:.*", name) else service


def ai_spend(charges: pd.DataFrame, column: str) -> list[dict]:
    """Rows {principal, model, token, quantity, unit, cost (units)}, dearest first. Empty where the bill has none."""
    at = np.flatnonzero(
        np.array(
            [bool(SERVICES.search(f"{s} {c}")) for s, c in zip(charges["ServiceName"], charges["x_ServiceCode"])],
            dtype=bool,
        )
    )
    if not len(at):
        return []
    mine = charges.iloc[at]
    keys = list(
        zip(
            mine["x_PrincipalId"],
            (model_name(u, s) for u, s in zip(mine["x_UsageType"], mine["ServiceName"])),
            (token_kind(u) for u in mine["x_UsageType"]),
            mine["ConsumedUnit"],
        )
    )
    names = sorted(set(keys))
    place = {k: i for i, k in enumerate(names)}
    codes = np.array([place[k] for k in keys], dtype="int64")
    cost = money.sum_by(mine[column].to_numpy(), codes, len(names))
    quantity = [0.0] * len(names)
    for code, value in sorted(zip(codes.tolist(), mine["ConsumedQuantity"].tolist())):
        quantity[code] += value
    order = sorted(range(len(names)), key=lambda i: (-int(cost[i]), names[i]))
    return [
        {
            "principal": names[i][0],
            "model": names[i][1],
            "token": names[i][2],
            "quantity": quantity[i],
            "unit": names[i][3],
            "cost": int(cost[i]),
        }
        for i in order
    ]
