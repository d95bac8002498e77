"""Groups read from names: words, leading words, the whole stem."""

import pandas as pd

from costdna import names


def by_name(ownables: pd.DataFrame) -> list[tuple[int, str, str]]:
    """(ownable, kind, group) for words (name_token), the first two words (name_prefix) and the stem (name_stem)."""
    out = []
    for owner, tokens, name in zip(
        ownables["x_OwnableId"].tolist(), ownables["x_NameTokens"], ownables["ResourceName"]
    ):
        stem = names.words(name)
        out += [(owner, "name_token", t) for t in tokens]
        if len(stem) >= 2:
            out.append((owner, "name_prefix", "-".join(stem[:2])))
        if len(stem) >= 3:
            out.append((owner, "name_stem", "-".join(stem)))
    return out
