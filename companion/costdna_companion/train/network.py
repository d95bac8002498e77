"""The attributor: an in-context learner over group memberships, equivariant to the order of teams.

For every (group, team) it weighs the evidence "k of the m labelled members belong to this team", by a small network
that also knows the group's kind and size and **how well groups of that kind and size agree with ownership in this very
account** (measured on the known owners, in closed form). Evidence is summed over a resource's groups: a learned naive
Bayes. A second round counts the first round's answers into the groups: a learned label propagation. A ridge
regression and class prototypes on encoded numbers stand beside it. The none-of-these logit is read from the pooled
evidence and from how many teams were seen once only. No string, no team identity, no pairwise edge; memory is linear in
memberships.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from costdna.features import X_WIDTH
from costdna.relations.kinds import KIND_COUNT

BUCKETS = 4
ACCOUNT_WIDTH = 9
RELIABILITY_WIDTH = 5


def segment_sum(values: Tensor, index: Tensor, count: int) -> Tensor:
    """Rows of ``values`` added up by ``index``: [K, …] → [count, …]."""
    out = torch.zeros((count,) + values.shape[1:], dtype=values.dtype, device=values.device)
    if torch.compiler.is_exporting():  # becomes ScatterND(add), much faster than ScatterElements in onnxruntime-web
        return out.index_put((index,), values, accumulate=True)
    return out.index_add(0, index, values)


class Mlp(nn.Sequential):
    def __init__(self, *widths: int) -> None:
        layers: list[nn.Module] = []
        for index, (a, b) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            layers.append(nn.Linear(a, b))
            if index < len(widths) - 2:
                layers.append(nn.ReLU())
        super().__init__(*layers)


class Evidence(nn.Module):
    """(group features, group × team features) → channels per (group, team), summed to (resource, team)."""

    def __init__(self, group_width: int, class_width: int, hidden: int, channels: int) -> None:
        super().__init__()
        self.group = nn.Linear(group_width, hidden)
        self.cls = nn.Linear(class_width, hidden, bias=False)
        self.out = nn.Linear(hidden, channels)
        self.channels = channels

    def forward(self, group: Tensor, per_class: list[Tensor], node: Tensor, member_group: Tensor, n: int) -> Tensor:
        hidden = self.group(group)[:, None, :] + self.cls(torch.stack(per_class, dim=2))
        message = self.out(torch.relu(hidden))
        # channel by channel: the gathered [K,C] stays small where [K,C,E] would not fit the page
        return torch.stack([segment_sum(message[:, :, e][member_group], node, n) for e in range(self.channels)], dim=2)


class Head(nn.Module):
    """Team-shared scoring of z [N,C,F], seen next to its maximum and mean over teams."""

    def __init__(self, features: int, context: int, per_class: int, hidden: int) -> None:
        super().__init__()
        self.z = nn.Linear(features, hidden, bias=False)
        self.context = nn.Linear(2 * features + context, hidden)
        self.cls = nn.Linear(per_class, hidden, bias=False)
        self.mid = nn.Linear(hidden, hidden // 2)
        self.out = nn.Linear(hidden // 2, 1)
        self.none = Mlp(2 * features + context + 4, hidden, hidden // 2, 1)

    def forward(self, z: Tensor, context: Tensor, per_class: Tensor) -> tuple[Tensor, Tensor]:
        top, mean = z.amax(dim=1), z.mean(dim=1)
        pooled = torch.cat([top, mean, context], dim=1)
        hidden = torch.relu(self.z(z) + self.context(pooled)[:, None, :] + self.cls(per_class)[None, :, :])
        logits = self.out(torch.relu(self.mid(hidden)))[:, :, 0]
        p = torch.softmax(logits, dim=1)
        best = logits.amax(dim=1, keepdim=True)
        spread = torch.cat(
            [best, torch.logsumexp(logits, dim=1, keepdim=True), (p * p).sum(1, keepdim=True), p.amax(dim=1, keepdim=True)], dim=1
        )
        return logits, self.none(torch.cat([pooled, spread], dim=1)) + best


class Attributor(nn.Module):
    """x, member_node, member_group, group_kind, y_support → logits [N,C], none_logit [N,1] (and round 1's, for the loss)."""

    def __init__(self, embed: int = 32, kind: int = 8, hidden: int = 32, channels: int = 8, head: int = 64) -> None:
        super().__init__()
        self.kind = nn.Embedding(KIND_COUNT, kind)
        self.encoder = Mlp(X_WIDTH + 2, 64, embed)
        group_width = kind + 4 + RELIABILITY_WIDTH
        self.gate = nn.ModuleList([Mlp(group_width, 24, embed) for _ in range(2)])
        self.mix = nn.ModuleList([nn.Linear(2 * embed, embed) for _ in range(2)])
        self.norm = nn.ModuleList([nn.LayerNorm(embed) for _ in range(2)])
        self.query = nn.Linear(embed, 24)
        self.ridge = nn.Parameter(torch.tensor(1.0))
        self.pool = Mlp(group_width + 2, 24, 12)
        context = 12 + 12 + 3 + ACCOUNT_WIDTH
        self.first = Evidence(group_width, 6, hidden, channels)
        self.head1 = Head(channels + 2, context, 2, head)
        self.second = Evidence(group_width + 3, 9, hidden, channels)
        self.head2 = Head(2 * channels + 3, context + 1, 2, head)

    def forward(
        self, x: Tensor, member_node: Tensor, member_group: Tensor, group_kind: Tensor, y_support: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        n = x.shape[0]
        # one empty group is appended, so that an account without any relation takes the same path
        group_kind = torch.cat([group_kind, torch.zeros(1, dtype=torch.int64, device=x.device)])
        g = group_kind.shape[0]
        classes = y_support.sum(0)  # [C]
        labelled = y_support.sum(1)  # [N]
        total = classes.sum().clamp(min=1.0)
        prior = (classes + 0.5) / (total + 0.5 * classes.shape[0])
        chance = (prior * prior).sum()

        size = segment_sum(torch.ones_like(member_group, dtype=x.dtype), member_group, g)
        degree = segment_sum(torch.ones_like(member_node, dtype=x.dtype), member_node, n)
        known = segment_sum(labelled[member_node], member_group, g)
        per = segment_sum(y_support[member_node], member_group, g)  # [G,C] labelled members by team

        # how often two labelled members of such a group agree, against chance, by kind × size and by kind
        bucket = (size > 3).long() + (size > 12).long() + (size > 60).long()
        stratum = group_kind * BUCKETS + bucket
        pairs = torch.relu(known - 1.0)
        agree = (torch.relu(per * (per - 1.0))).sum(1) / (known - 1.0).clamp(min=1.0)
        weight = known * (pairs / pairs.clamp(min=1.0))
        table = segment_sum(torch.stack([agree, weight], dim=1), stratum, KIND_COUNT * BUCKETS)
        by_kind = table.reshape(KIND_COUNT, BUCKETS, 2).sum(1)
        rate = (table[:, 0] + 2.0 * chance) / (table[:, 1] + 2.0)
        kind_rate = (by_kind[:, 0] + 2.0 * chance) / (by_kind[:, 1] + 2.0)
        overall = (table[:, 0].sum() + 2.0 * chance) / (table[:, 1].sum() + 2.0)
        reliability = torch.stack(
            [
                rate[stratum],
                torch.log(rate / chance)[stratum],
                torch.log1p(table[:, 1])[stratum],
                kind_rate[group_kind],
                torch.log(kind_rate / chance)[group_kind],
            ],
            dim=1,
        )
        best_kind = torch.logsumexp(6.0 * torch.log(kind_rate / chance), dim=0) / 6.0
        once = (torch.relu(1.5 - classes) * 2.0).clamp(max=1.0) * (classes / classes.clamp(min=1e-6))
        one = torch.ones((), dtype=x.dtype, device=x.device)
        account = torch.stack(
            [
                torch.log1p(total) / 4.0,
                torch.log(one * classes.shape[0]) / 4.0,
                torch.log(one * n) / 6.0,
                total / n,
                once.sum() / total,
                torch.log(chance) / 4.0,
                overall,
                torch.log(overall / chance) / 4.0,
                best_kind / 4.0,
            ]
        ).expand(n, ACCOUNT_WIDTH)

        log_size, log_known = torch.log1p(size), torch.log1p(known)
        group = torch.cat(
            [self.kind(group_kind), torch.stack([log_size, log_known, known / size.clamp(min=1.0), (pairs > 0).to(x.dtype)], dim=1), reliability],
            dim=1,
        )
        per_known = per / known.clamp(min=1e-6)[:, None]
        purity = per_known.amax(dim=1)
        lift = torch.log((per + 2.0 * prior) / (known[:, None] + 2.0) / prior)

        # numbers of the resources, smoothed over their groups
        log_degree = torch.log1p(degree)[:, None]
        h = self.encoder(torch.cat([x, log_degree, labelled[:, None]], dim=1))
        for gate, mix, norm in zip(self.gate, self.mix, self.norm, strict=True):
            pooled = segment_sum(h[member_node], member_group, g) / size.clamp(min=1.0)[:, None]
            pooled = pooled * torch.sigmoid(gate(group))
            near = segment_sum(pooled[member_group], member_node, n) / degree.clamp(min=1.0)[:, None]
            h = norm(h + torch.relu(mix(torch.cat([h, near], dim=1))))
        q = nn.functional.normalize(self.query(h), dim=1)
        fit = self._ridge(q, y_support, labelled, total, prior)
        prototype = nn.functional.normalize(y_support.t() @ q, dim=1)
        cosine = q @ prototype.t()

        # what a resource's groups look like, whatever the team
        look = self.pool(torch.cat([group, purity[:, None], lift.amax(dim=1, keepdim=True)], dim=1))
        looks = segment_sum(look[member_group], member_node, n)
        informed = segment_sum((known / known.clamp(min=1.0))[member_group], member_node, n)[:, None]
        share_informed = informed / degree.clamp(min=1.0)[:, None]
        context = torch.cat(
            [looks, looks / degree.clamp(min=1.0)[:, None], log_degree, torch.log1p(informed), share_informed, account], dim=1
        )
        per_class = torch.stack([torch.log1p(classes) / 4.0, torch.log(prior) / 4.0], dim=1)
        log_prior = torch.log(prior)[None, :].expand(g, -1)
        log_class = torch.log1p(classes)[None, :].expand(g, -1)

        hard = [torch.log1p(per), lift, per_known, log_prior, log_class, per / classes.clamp(min=1e-6)[None, :]]
        seen = self.first(group, hard, member_node, member_group, n)
        scale = 1.0 + log_degree[:, :, None]
        z1 = torch.cat([seen / scale, fit[:, :, None], cosine[:, :, None]], dim=2)
        logits1, none1 = self.head1(z1, context, per_class)

        joint = torch.softmax(torch.cat([logits1, none1], dim=1), dim=1)
        blank = (1.0 - labelled).clamp(0.0, 1.0)[:, None]
        soft = joint[:, :-1] * blank
        nothing = joint[:, -1:] * blank
        soft_per = segment_sum(soft[member_node], member_group, g)
        soft_none = segment_sum(nothing[member_node], member_group, g)
        soft_known = soft_per.sum(1, keepdim=True)
        both = per + soft_per
        both_known = known[:, None] + soft_known
        lift2 = torch.log((both + 2.0 * prior) / (both_known + 2.0) / prior)
        group2 = torch.cat(
            [group, torch.log1p(soft_known), torch.log1p(soft_none), soft_none / (soft_none + soft_known + known[:, None]).clamp(min=1e-3)], dim=1
        )
        soft_features = [*hard, torch.log1p(soft_per), lift2, both / both_known.clamp(min=1e-3)]
        again = self.second(group2, soft_features, member_node, member_group, n)
        z2 = torch.cat([z1, again / scale, logits1[:, :, None] / 4.0], dim=2)
        logits2, none2 = self.head2(z2, torch.cat([context, nothing], dim=1), per_class)
        return logits1 + logits2, none1 + none2, logits1, none1

    def _ridge(self, q: Tensor, y: Tensor, labelled: Tensor, total: Tensor, prior: Tensor) -> Tensor:
        """Closed-form ridge regression of teams on unit embeddings, by 12 conjugate-gradient steps.

        f64 and a penalty relative to the number of labels keep the condition below 40, so that the order of summation
        (torch, onnxruntime, wasm) does not show.
        """
        design = torch.cat([q, torch.ones_like(q[:, :1])], dim=1).double()
        # rows are put together after the turn: onnxruntime would fuse turn and product into an op it lacks for f64
        turned = torch.cat([q.t(), torch.ones_like(q[:, 0])[None, :]], dim=0).double()
        normal = turned @ (design * (labelled / total).double()[:, None])
        penalty = nn.functional.softplus(self.ridge - 3.0).double() + 0.05
        right = turned @ ((y - labelled[:, None] * prior[None, :]) / total).double()
        solution = torch.zeros_like(right)
        residual = right
        direction = residual
        power = (residual * residual).sum(0)
        for _ in range(12):
            step = normal @ direction + penalty * direction
            # clamp, not "+ tiny": the exporter's optimiser takes a tiny constant for zero
            alpha = power / (direction * step).sum(0).clamp(min=1e-24)
            solution = solution + alpha * direction
            residual = residual - alpha * step
            after = (residual * residual).sum(0)
            direction = residual + (after / power.clamp(min=1e-24)) * direction
            power = after
        return (design @ solution).to(q.dtype) * 3.0


class Doors(nn.Module):
    """The exported face: the two frozen outputs only."""

    def __init__(self, inner: Attributor) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor, member_node: Tensor, member_group: Tensor, group_kind: Tensor, y_support: Tensor) -> tuple[Tensor, Tensor]:
        logits, none, _, _ = self.inner(x, member_node, member_group, group_kind, y_support)
        return logits, none
