"""Which files of a trail hold events, by their names alone.

`[prefix/]AWSLogs/[<o-id>/]<account>/CloudTrail/<region>/YYYY/MM/DD/<account>_CloudTrail_<region>_YYYYMMDDTHHmmZ_<16>.json.gz`;
the date is that of delivery, not of the event. Source: AWS CloudTrail user guide, "Finding your CloudTrail log files".
"""

import re

_SKIPPED = ("CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-Aggregated")
_FILE = re.compile(
    r"(?P<account>\d{12})_CloudTrail_(?P<region>[a-z0-9-]+)_(?P<delivered>\d{8}T\d{4}Z)_\w+\.json(\.gz)?$"
)


def holds_events(key: str) -> bool:
    """Whether a key names a file of events: digests and insights are none.

    >>> holds_events("AWSLogs/o-1/111122223333/CloudTrail/eu-west-1/2026/01/02/111122223333_CloudTrail_eu-west-1_20260102T0005Z_AbCdEfGhIjKlMnOp.json.gz")
    True
    >>> holds_events("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/01/02/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260102T000500Z.json.gz")
    False
    """
    return key.endswith((".json.gz", ".json")) and not any(mark in key for mark in _SKIPPED)


def delivered(key: str) -> str:
    """Delivery minute in a key, `YYYYMMDDTHHmmZ`; empty where the name is not CloudTrail's own."""
    match = _FILE.search(key)
    return match["delivered"] if match else ""
