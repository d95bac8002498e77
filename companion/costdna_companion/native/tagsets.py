"""Raw tag text of a line → its tag set: JSON text [[source, key, value], …], the same as the page's reader writes."""

import json
import math
import re
from decimal import Decimal

from costdna_companion.native.plan import Plan


def canonical(raws: list[str], plan: Plan) -> tuple[list[str], int]:
    """Tag sets of raw texts (see sql.Select.tags), "" for none.

    Then how many texts held a map that could not be understood.
    """
    sources = [(source, key) for _, source, key in plan.tag_columns] + [(source, None) for _, source in plan.tag_maps]
    bad, out, maps = 0, [], {}
    for raw in raws:
        found = []
        for index, value in _values(raw):
            source, key = sources[index]
            if key is not None:
                found.append((source, key, value))
                continue
            if value not in maps:
                maps[value] = pairs(value)
            if maps[value] is None:
                bad += 1
            else:
                found += [(source, k, v) for k, v in maps[value]]
        found = sorted(set(found))
        out.append(_whole(json.dumps(found, ensure_ascii=False, separators=(",", ":"))) if found else "")
    return out, bad


def _values(raw: str):
    """(index, value) pairs of `index:length:value…`."""
    at = 0
    while at < len(raw):
        colon = raw.index(":", at)
        second = raw.index(":", colon + 1)
        end = second + 1 + int(raw[colon + 1 : second])
        yield int(raw[at:colon]), raw[second + 1 : end]
        at = end


def pairs(text: str) -> list[tuple[str, str]] | None:
    """Key and value texts of a JSON map (object, list of key/value objects, or list of pairs); empty values dropped.
    None if it is none of these.

    >>> pairs('{"user_team":"search","user_env":""}')
    [('user_team', 'search')]
    """
    try:
        value = json.loads(text, parse_int=float, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        items = [_item(v) for v in value]
        if None in items:
            return None
    elif isinstance(value, dict):
        items = list(value.items())
    else:
        return [] if value is None else None
    return [(str(k), t) for k, v in items if (t := _text(v))]


def _item(value):
    if isinstance(value, dict) and {k.lower() for k in value} == {"key", "value"}:
        lower = {k.lower(): v for k, v in value.items()}
        return lower["key"], lower["value"]
    if isinstance(value, list) and len(value) == 2:
        return value[0], value[1]
    return None


def _whole(text: str) -> str:
    """Half a surrogate pair, which no UTF-8 can hold, as its JSON escape."""
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _refuse(name: str):
    raise ValueError(name)  # NaN and Infinity are no JSON, though Python takes them


def _text(value) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _json(value) -> str:
    """JSON text as JavaScript writes it: numbers are doubles, 1.0 is 1."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, float):
        if not value:
            return "0"
        if not math.isfinite(value):
            return "null"
        if 1e-6 <= abs(value) < 1e21:
            text = format(Decimal(repr(value)), "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
        return re.sub(r"e([+-])0", r"e\1", repr(value))
    return json.dumps(value, ensure_ascii=False)
