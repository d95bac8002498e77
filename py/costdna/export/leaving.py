"""What an export is made from: the result, how its money is written, and what the user chose.

And what a target cannot say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from costdna import money
from costdna.export.figures import Figures
from costdna.export.slices import slices
from costdna.report import Report


@dataclass(frozen=True)
class Choices:
    """What the user chose for what leaves.

    key: tag key to write; least: probability from which an inferred owner is written; create_bucket: whether the SCP
    covers CreateBucket; repository: path → text of infrastructure code and Terraform state dropped beside the bill;
    tags_in: where a patch puts tags (auto, resource, ignore; see iac.terraform.edits); principals: whether people are
    named as the bill names them.
    """

    key: str = "team"
    least: float = 0.9
    create_bucket: bool = False
    repository: dict[str, str] = field(default_factory=dict)
    tags_in: str = "auto"
    principals: bool = False


@dataclass
class Leaving:
    """A result on its way out. result: what the pipeline gave (bill, charges, ownables, known, ownership, allocations)."""

    result: Any
    report: Report
    figures: Figures
    choices: Choices = field(default_factory=Choices)

    @cached_property
    def slices(self) -> pd.DataFrame:
        """See `slices.slices`; made once however many files leave."""
        return slices(self.result.charges, self.result.allocations, self.result.ownables, self.result.known.keys)

    @property
    def column(self) -> str:
        """The cost column of the chosen metric."""
        return {"billed": "BilledCost", "effective": "EffectiveCost"}[self.report.metric]

    def text(self, units: int) -> str:
        """Exact decimal text of an amount."""
        return money.to_text(units, self.report.scale)


@dataclass(frozen=True)
class Shortfall:
    """Money a target cannot give its owner. team: "" where it is of several or none; units: in the chosen metric."""

    why: str
    team: str = ""
    units: int = 0
    resources: int = 0


def shortfalls(
    rows: pd.DataFrame, told: pd.Series, column: str, basis: dict[str, str], otherwise: str
) -> list[Shortfall]:
    """What a target's rules leave without its owner. rows: slices; told: the owner its rules give each row ("" none).

    basis: x_Basis → why such an owner is not reached; otherwise: why for all others. By team and reason, most money
    first.
    """
    missed = rows[(rows["owner"] != "") & (told.to_numpy() != rows["owner"].to_numpy())]
    if missed.empty:
        return []
    why = missed["basis"].map(basis).fillna(otherwise)
    groups = missed.assign(why=why).groupby(["why", "owner"], sort=True)
    out = [
        Shortfall(w, team, money.total(part[column].to_numpy()), int(part["x_OwnableId"].nunique()))
        for (w, team), part in groups
    ]
    return sorted((s for s in out), key=lambda s: (-abs(s.units), s.why, s.team))
