"""The prototype's shape, made again from its description, as a yardstick for time and memory. Its weights are random:
only cost is compared.

Described: x 24 numbers, 14 types of group; encoder 24-64-48 and two layers group ↔ node (means, gated by type and size,
LayerNorm, residual); unrolled 12-step conjugate gradient on a 49 × 49 normal matrix in f64, cosine to 24-d prototypes;
evidence of (group, class) by a small network to 6 channels, summed per node, twice (the second time with soft labels);
class-shared network of width 48 on [z, z - max, z - mean, context 12, log labels, log classes]: 62 inputs in round two,
its first linear split so that no [N,C,62] is built; scatters per channel. 41,480 parameters, 1.1 GB at 50,000 × 500,000
× 20.

Widths the description leaves out are chosen so that parameters (41,461) and memory come out as described.
"""

import torch
from torch import Tensor, nn

from costdna_companion.train.network import Mlp, segment_sum

TYPES, NUMBERS, HIDDEN, CHANNELS = 14, 24, 48, 6


class Evidence(nn.Module):
    """(group, class) → 6 channels, summed over a node's groups, a scatter a channel."""

    def __init__(self, group: int, per_class: int, hidden: int = 32) -> None:
        super().__init__()
        self.group, self.cls, self.out = (
            nn.Linear(group, hidden),
            nn.Linear(per_class, hidden, bias=False),
            nn.Linear(hidden, CHANNELS),
        )

    def forward(self, group: Tensor, per_class: list[Tensor], node: Tensor, member: Tensor, n: int) -> Tensor:
        message = self.out(torch.relu(self.group(group)[:, None, :] + self.cls(torch.stack(per_class, dim=2))))
        return torch.stack([segment_sum(message[:, :, channel][member], node, n) for channel in range(CHANNELS)], dim=2)


class Head(nn.Module):
    """Scores [N,C] from z [N,C,F] beside its maximum and mean over classes; the first linear is split."""

    def __init__(self, features: int, context: int = 12) -> None:
        super().__init__()
        self.z, self.rest, self.cls = (
            nn.Linear(features, HIDDEN, bias=False),
            nn.Linear(2 * features + context, HIDDEN),
            nn.Linear(2, HIDDEN, bias=False),
        )
        self.mid, self.out = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, 1)
        self.none = Mlp(2 * features + context, HIDDEN, 1)

    def forward(self, z: Tensor, context: Tensor, per_class: Tensor) -> tuple[Tensor, Tensor]:
        pooled = torch.cat([z.amax(1), z.mean(1), context], dim=1)
        hidden = torch.relu(self.z(z) + self.rest(pooled)[:, None, :] + self.cls(per_class)[None])
        return self.out(torch.relu(self.mid(hidden)))[:, :, 0], self.none(pooled)


class Prototype(nn.Module):
    """x, member_node, member_group, group_type, y_support → logits [N,C], unknown_logit [N,1], embedding [N,48]."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = nn.Embedding(TYPES, 8)
        self.encoder = Mlp(NUMBERS, 64, HIDDEN)
        self.gate = nn.ModuleList([Mlp(9, 48, HIDDEN) for _ in range(2)])
        self.mix = nn.ModuleList([nn.Linear(2 * HIDDEN, HIDDEN) for _ in range(2)])
        self.norm = nn.ModuleList([nn.LayerNorm(HIDDEN) for _ in range(2)])
        self.query, self.ridge = nn.Linear(HIDDEN, 24), nn.Parameter(torch.tensor(0.1))
        self.context = Mlp(HIDDEN + 3, 84, 12)
        self.first, self.second = Evidence(11, 4), Evidence(12, 7)
        self.head1, self.head2 = Head(8), Head(16)

    def forward(
        self, x: Tensor, member_node: Tensor, member_group: Tensor, group_type: Tensor, y_support: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        n, g = x.shape[0], group_type.shape[0]
        classes, labelled = y_support.sum(0), y_support.sum(1)
        total = classes.sum().clamp(min=1.0)
        prior = (classes + 0.5) / (total + 0.5 * classes.shape[0])
        one = torch.ones_like(member_node, dtype=x.dtype)
        size, degree = segment_sum(one, member_group, g), segment_sum(one, member_node, n)
        per = segment_sum(y_support[member_node], member_group, g)
        known = per.sum(1)
        h, kind = self.encoder(x), self.kind(group_type)
        for gate, mix, norm in zip(self.gate, self.mix, self.norm, strict=True):
            pooled = segment_sum(h[member_node], member_group, g) / size.clamp(min=1.0)[:, None]
            pooled = pooled * torch.sigmoid(gate(torch.cat([kind, torch.log1p(size)[:, None]], dim=1)))
            near = segment_sum(pooled[member_group], member_node, n) / degree.clamp(min=1.0)[:, None]
            h = norm(h + torch.relu(mix(torch.cat([h, near], dim=1))))
        fit = self._ridge(h, y_support, labelled)
        q = nn.functional.normalize(self.query(h), dim=1)
        cosine = q @ nn.functional.normalize(y_support.t() @ q, dim=1).t()
        context = torch.relu(
            self.context(
                torch.cat([h, torch.log1p(degree)[:, None], labelled[:, None], (total / n).expand(n)[:, None]], dim=1)
            )
        )
        group = torch.cat(
            [kind, torch.stack([torch.log1p(size), torch.log1p(known), known / size.clamp(min=1.0)], dim=1)], dim=1
        )
        lift = torch.log((per + 2.0 * prior) / (known[:, None] + 2.0) / prior)
        hard = [torch.log1p(per), lift, per / known.clamp(min=1e-6)[:, None], torch.log(prior)[None].expand(g, -1)]
        per_class = torch.stack([torch.log1p(classes), torch.log(prior)], dim=1)
        seen = self.first(group, hard, member_node, member_group, n)
        logits, unknown = self.head1(torch.cat([seen, fit[:, :, None], cosine[:, :, None]], dim=2), context, per_class)
        soft = torch.softmax(torch.cat([logits, unknown], dim=1), dim=1) * (1.0 - labelled).clamp(0.0, 1.0)[:, None]
        soft_per, soft_none = (
            segment_sum(soft[:, :-1][member_node], member_group, g),
            segment_sum(soft[:, -1:][member_node], member_group, g),
        )
        both, all_known = per + soft_per, known[:, None] + soft_per.sum(1, keepdim=True)
        lift2 = torch.log((both + 2.0 * prior) / (all_known + 2.0) / prior)
        again = self.second(
            torch.cat([group, torch.log1p(soft_none)], dim=1),
            [*hard, torch.log1p(soft_per), lift2, both / all_known.clamp(min=1e-3)],
            member_node,
            member_group,
            n,
        )
        z = torch.cat([seen, again, fit[:, :, None], cosine[:, :, None], logits[:, :, None], soft[:, :-1, None]], dim=2)
        last, unknown2 = self.head2(z, context, per_class)
        return logits + last, unknown + unknown2, h

    def _ridge(self, h: Tensor, y: Tensor, labelled: Tensor) -> Tensor:
        """12 steps of conjugate gradient on the 49 × 49 normal matrix of the labelled embeddings, in f64."""
        design = torch.cat([h, torch.ones_like(h[:, :1])], dim=1).double()
        turned = torch.cat([h.t(), torch.ones_like(h[:, 0])[None]], dim=0).double()
        normal, right = turned @ (design * labelled.double()[:, None]), turned @ y.double()
        penalty = nn.functional.softplus(self.ridge).double() + 1.0
        solution, residual = torch.zeros_like(right), right
        direction, power = residual, (residual * residual).sum(0)
        for _ in range(12):
            step = normal @ direction + penalty * direction
            alpha = power / (direction * step).sum(0).clamp(min=1e-24)
            solution, residual = solution + alpha * direction, residual - alpha * step
            after = (residual * residual).sum(0)
            direction, power = residual + (after / power.clamp(min=1e-24)) * direction, after
        return (design @ solution).to(h.dtype)
