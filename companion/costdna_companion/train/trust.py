"""How far a known owner is believed: weighed by what the *other* known owners of its groups say of the same resource.

A tag is what somebody wrote. In each of a known resource's groups the labels of the *others* are counted, its own taken
out of counts and prototypes (in the account's own statistics, shares of teams and reliability of kinds, it stays: one
of many). What they say of its team becomes the chance that the label is right (simulated accounts know that, so
training tells it) and, to a learned power that begins at 0, the factor by which it counts in whatever comes after. Not
in the shipped model: a stage of training with ``weighs_known_owners`` adds it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .sums import segment_sum

OWN_WIDTH, MOST_POWER = 7, 4.0
NUMBERS = 5
"""A resource's own numbers beside the sums: likeness to its team and to the rest, how large its team is, how many
groups speak.
"""


class Trust(nn.Module):
    """One factor in 0..1 per known owner, and the log odds that its label is right. Memory is linear in memberships."""

    def __init__(self, group_width: int, account_width: int, hidden: int = 16, channels: int = 6) -> None:
        super().__init__()
        self.group = nn.Linear(group_width, hidden)
        self.own = nn.Linear(OWN_WIDTH, hidden, bias=False)
        self.out = nn.Linear(hidden, channels)
        self.node = nn.Linear(2 * channels + NUMBERS + 1 + account_width, 24)
        self.right = nn.Linear(24, 1)
        self.power = nn.Linear(24, 1)
        nn.init.zeros_(self.power.weight)
        nn.init.zeros_(self.power.bias)

    def forward(
        self, group: Tensor, per: Tensor, weighed: Tensor, labelled: Tensor, prior: Tensor, q: Tensor, log_degree: Tensor, account: Tensor,
        member_node: Tensor, member_group: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """→ (factor [n], log odds of being right [n]); both mean something only where ``labelled`` [n] is 1.

        ``group`` [G,width] what the groups are like; ``weighed`` [n,C] known owners as they count so far, ``per`` [G,C]
        the same added up by group; ``prior`` [C]; ``q`` [n,24] unit embeddings; ``account`` [n,width].
        """
        teams = per.shape[1]
        team = weighed.argmax(dim=1)
        own = weighed.sum(1)
        log_prior = torch.log(prior)

        # what the others in each group say of this resource's own team: [K] each
        at = team.index_select(0, member_node)
        mine = own.index_select(0, member_node)
        same = per.reshape(-1).index_select(0, member_group * teams + at)
        first, second = nn.functional.pad(per, (0, 1)).topk(2, dim=1).values.unbind(1)
        first, second, everyone = (value.index_select(0, member_group) for value in (first, second, per.sum(1)))
        rival = torch.where(same >= first, second, first)
        friends, others = (same - mine).clamp(min=0.0), (everyone - mine).clamp(min=0.0)
        of_prior, level = prior.index_select(0, at), others.clamp(min=0.5)
        said = torch.stack(
            [
                torch.log1p(friends), torch.log1p(others), torch.log1p(rival), friends / level, rival / level,
                torch.log(friends / of_prior + 2.0) - torch.log(others + 2.0), log_prior.index_select(0, at),
            ], dim=1,
        )  # fmt: skip
        heard = others.clamp(max=1.0)[:, None]  # where nobody else is known, the group is silent
        message = self.out(torch.relu(self.group(group).index_select(0, member_group) + self.own(said))) * heard
        summed = segment_sum(torch.cat([message, heard], dim=1), member_node, q.shape[0])
        sums, informed = summed.split([message.shape[1], 1], dim=1)
        sums = sums / (1.0 + log_degree)

        # and how like it its team is without it, next to everybody else
        prototypes = weighed.t() @ q
        team_of = prototypes.index_select(0, team) - own[:, None] * q
        rest = prototypes.sum(0, keepdim=True) - own[:, None] * q - team_of
        alike = [(q * other).sum(1) / torch.sqrt((other * other).sum(1) + 1e-3) for other in (team_of, rest)]
        classes = weighed.sum(0).index_select(0, team)
        known = labelled[:, None]
        usual = ((sums * known).sum(0, keepdim=True) / known.sum().clamp(min=1.0)).expand_as(sums)
        numbers = torch.stack(
            [
                *alike,
                torch.log1p((classes - own).clamp(min=0.0)),
                log_prior.index_select(0, team),
                torch.log1p(informed[:, 0]),
            ],
            dim=1,
        )
        hidden = torch.relu(self.node(torch.cat([sums, usual, numbers, log_degree, account], dim=1)))
        right = self.right(hidden)[:, 0]
        # P(right) to a power that begins at 0: whatever it is believed to be, it then counts as one
        return torch.exp(self.power(hidden)[:, 0].clamp(0.0, MOST_POWER) * nn.functional.logsigmoid(right)), right
