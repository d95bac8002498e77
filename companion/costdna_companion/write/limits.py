"""What AWS takes as a tag, and whose tags are not ours to set, checked before anything is sent. Source: Tagging AWS
resources, naming limits and requirements.
"""

KEY, VALUE, TAGS = 128, 256, 50
STACK = "aws:cloudformation:stack-name"


def refusal(key: str, value: str, current: dict[str, str], folds: bool = False) -> str:
    """Why this tag cannot be written to a resource that carries `current`, or nothing. folds: the service takes keys
    that differ by case alone for one.

    >>> refusal("aws:team", "search", {})
    'keys that begin with aws: are AWS’s own'
    >>> refusal("team", "search", {})
    ''
    >>> refusal("team", "search", {"Team": "payments"}, folds=True)
    'it carries Team, which this service takes for the same key: its value would be lost'
    """
    if key.lower().startswith("aws:"):
        return "keys that begin with aws: are AWS’s own"
    if not key or len(key) > KEY:
        return f"a key has 1 to {KEY} characters"
    if len(value) > VALUE:
        return f"a value has at most {VALUE} characters"
    if any(ord(c) < 32 for c in key + value):
        return "control characters are not allowed"
    if key not in current and sum(not k.startswith("aws:") for k in current) >= TAGS:
        return f"the resource already carries {TAGS} tags"
    twin = next((k for k in current if folds and k != key and k.lower() == key.lower()), "")
    return f"it carries {twin}, which this service takes for the same key: its value would be lost" if twin else ""


def owned(current: dict[str, str]) -> str:
    """Why a resource that carries `current` is tagged by its stack's template alone, or nothing. Many a bill does not
    show this tag; the resource does.

    >>> owned({"aws:cloudformation:stack-name": "search-api", "Name": "api"})
    'it belongs to stack search-api: tag it there (costdna export iac-patch), or the next update takes the tag away'
    >>> owned({"Name": "api"})
    ''
    """
    return (
        f"it belongs to stack {current[STACK]}: tag it there (costdna export iac-patch), or the next update takes the tag away"
        if current.get(STACK)
        else ""
    )
