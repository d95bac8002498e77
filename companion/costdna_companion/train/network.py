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

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch._higher_order_ops.scan import scan

from costdna.features import X_WIDTH
from costdna.relations.kinds import KIND_COUNT

from .sums import added, segment_sum
from .trust import Trust

BUCKETS = 4
ACCOUNT_WIDTH = 9
RELIABILITY_WIDTH = 5
POOL_WIDTH = 12
LOG_DEGREE = 2 * POOL_WIDTH  # where a resource's context holds the logarithm of its number of groups
EMPTY = -1e4  # logit of a team nobody is known to belong to: its probability is 0
# the graph takes LEAST + CELLS / C resources, and 1 + PAIRS / G teams, at a time
LEAST, CELLS, PAIRS = 16, 2560, 30_000


def in_blocks(step: Callable[..., Tensor], *blocks: Tensor) -> Tensor:
    """``step`` of the first, second … entry of every tensor in ``blocks`` [B, …], stacked: in the graph a Scan over B.

    What ``step`` makes on the way is as large as one block, whatever the account's size: it stays in the processor's
    cache and is never the page's memory problem. Training takes everything in one block.
    """
    if torch.compiler.is_exporting():
        _, out = scan(lambda carry, entry: (carry.clone(), step(*entry)), torch.zeros(1), blocks)
        return out
    return torch.stack([step(*entry) for entry in zip(*blocks, strict=True)])


def summed_up(values: Tensor) -> Tensor:
    """The sum of one value per team, in f64: on three hundred teams the order of summation (native, wasm) shows in f32."""
    return values.double().sum().to(values.dtype)


class Mlp(nn.Sequential):
    def __init__(self, *widths: int) -> None:
        layers: list[nn.Module] = []
        for index, (a, b) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            layers.append(nn.Linear(a, b))
            if index < len(widths) - 2:
                layers.append(nn.ReLU())
        super().__init__(*layers)


class Evidence(nn.Module):
    """(group features, group × team features) → channels per (group, team), summed to (team, resource)."""

    def __init__(self, group_width: int, class_width: int, hidden: int, channels: int) -> None:
        super().__init__()
        self.group = nn.Linear(group_width, hidden)
        self.cls = nn.Linear(class_width, hidden, bias=False)
        self.out = nn.Linear(hidden, channels)
        self.channels = channels

    def shared(self, group: Tensor) -> tuple[Tensor, Tensor]:
        """What is the same for every team: (floor [hidden,G] inside the network, its share of the channels
        [channels,G]).

        relu(a + shift) = max(a, −shift) + shift: one pass over [hidden,G] a team instead of two, the rest once for all.
        The share is added to every group's message, not to their sums: both are large and of opposite sign.
        """
        shift = self.group(group)
        return -shift.t(), self.out(shift).t()

    def forward(
        self, features: Tensor, floor: Tensor, common: Tensor, node: Tensor, member_group: Tensor, blank: Tensor
    ) -> Tensor:
        """Some teams' features [T,class_width,G] → sums [T·channels,n]; ``blank`` is 0 [n,T·channels]."""
        message = self.out.weight @ torch.maximum(self.cls.weight @ features, floor) + common  # [T,channels,G]
        wide = message.permute(2, 0, 1).reshape(message.shape[2], -1)
        return added(blank, node, wide.index_select(0, member_group)).t().contiguous()


class Head(nn.Module):
    """Team-shared scoring of z [C,F,B] (B resources), seen next to its maximum and mean over teams."""

    def __init__(self, features: int, context: int, per_class: int, hidden: int) -> None:
        super().__init__()
        self.z = nn.Linear(features, hidden, bias=False)
        self.context = nn.Linear(2 * features + context, hidden)
        self.cls = nn.Linear(per_class, hidden, bias=False)
        self.mid = nn.Linear(hidden, hidden // 2)
        self.out = nn.Linear(hidden // 2, 1)
        self.none = Mlp(2 * features + context + 4, hidden, hidden // 2, 1)

    def forward(self, z: Tensor, context: Tensor, per_class: Tensor) -> Tensor:
        """z [C,F,B], context [width,B], per_class [C,2] → [B,C+1]: logits of the teams, then of none of these."""
        pooled = torch.cat([z.amax(dim=0), z.mean(dim=0), context], dim=0)
        shift = self.context.weight @ pooled + self.context.bias[:, None]
        known = per_class[:, :, None].expand(-1, -1, z.shape[2])
        hidden = torch.maximum(
            torch.cat([self.z.weight, self.cls.weight], dim=1) @ torch.cat([z, known], dim=1), -shift
        )
        second = self.mid.weight @ shift + self.mid.bias[:, None]
        logits = (self.out.weight @ torch.relu(self.mid.weight @ hidden + second))[:, 0, :] + self.out.bias
        best = logits.amax(dim=0, keepdim=True)
        share = torch.exp(logits - best)
        total = share.sum(dim=0, keepdim=True)
        spread = torch.cat(
            [best, best + torch.log(total), (share * share).sum(dim=0, keepdim=True) / (total * total), 1.0 / total],
            dim=0,
        )
        none = self.none(torch.cat([pooled, spread], dim=0).t()) + best.t()
        return torch.cat([logits.t(), none], dim=1)


class Attributor(nn.Module):
    """x, member_node, member_group, group_kind, y_support → logits [N,C], none_logit [N,1] (for the loss also round
    1's, and the log odds [N,2] that a label is right, or None).
    """

    def __init__(
        self, embed: int = 32, kind: int = 8, hidden: int = 32, channels: int = 8, head: int = 64, trusts: int = 0
    ) -> None:
        """``trusts`` 2: known owners are weighed before either round (:mod:`.trust`); 0, as shipped: each counts as it
        stands.
        """
        super().__init__()
        self.kind = nn.Embedding(KIND_COUNT, kind)
        self.encoder = Mlp(X_WIDTH + 2, 64, embed)
        group_width = kind + 4 + RELIABILITY_WIDTH
        self.gate = nn.ModuleList([Mlp(group_width, 24, embed) for _ in range(2)])
        self.mix = nn.ModuleList([nn.Linear(2 * embed, embed) for _ in range(2)])
        self.norm = nn.ModuleList([nn.LayerNorm(embed) for _ in range(2)])
        self.query = nn.Linear(embed, 24)
        self.ridge = nn.Parameter(torch.tensor(1.0))
        self.pool = Mlp(group_width + 2, 24, POOL_WIDTH)
        context = 2 * POOL_WIDTH + 3 + ACCOUNT_WIDTH
        self.first = Evidence(group_width, 6, hidden, channels)
        self.head1 = Head(channels + 2, context, 2, head)
        self.second = Evidence(group_width + 3, 9, hidden, channels)
        self.head2 = Head(2 * channels + 3, context + 1, 2, head)
        self.trust = nn.ModuleList([Trust(group_width, ACCOUNT_WIDTH) for _ in range(trusts)])

    def forward(
        self, x: Tensor, member_node: Tensor, member_group: Tensor, group_kind: Tensor, y_support: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor | None]:
        count, teams = y_support.shape
        # rows without any membership are appended up to whole blocks; nothing flows from them
        rows = LEAST + CELLS // teams if torch.compiler.is_exporting() else count
        blocks = (count + rows - 1) // rows
        n = blocks * rows
        x = nn.functional.pad(x, (0, 0, 0, n - count))
        y = nn.functional.pad(y_support, (0, 0, 0, n - count))
        # one empty group is appended, so that an account without any relation takes the same path
        group_kind = torch.cat([group_kind, torch.zeros(1, dtype=torch.int64, device=x.device)])
        g = group_kind.shape[0]
        classes = y.sum(0)  # [C]
        labelled = y.sum(1)  # [n]
        total = summed_up(classes).clamp(min=1.0)
        prior = (classes + 0.5) / (total + 0.5 * teams)
        chance = summed_up(prior * prior)

        size = segment_sum(torch.ones_like(member_group, dtype=x.dtype), member_group, g)
        degree = segment_sum(torch.ones_like(member_node, dtype=x.dtype), member_node, n)
        per = segment_sum(y.index_select(0, member_node), member_group, g)  # [G,C] labelled members by team
        known = per.sum(1)

        reliability, overall, best_kind = self._reliability(per, known, size, group_kind, chance)
        pairs = torch.relu(known - 1.0)
        once = (torch.relu(1.5 - classes) * 2.0).clamp(max=1.0) * (classes / classes.clamp(min=1e-6))
        one = torch.ones((), dtype=x.dtype, device=x.device)
        account = torch.stack(
            [
                torch.log1p(total) / 4.0,
                torch.log(one * teams) / 4.0,
                torch.log(one * count) / 6.0,
                total / count,
                summed_up(once) / total,
                torch.log(chance) / 4.0,
                overall,
                torch.log(overall / chance) / 4.0,
                best_kind / 4.0,
            ]
        ).expand(n, ACCOUNT_WIDTH)

        log_size, log_known = torch.log1p(size), torch.log1p(known)
        group = torch.cat(
            [
                self.kind(group_kind),
                torch.stack([log_size, log_known, known / size.clamp(min=1.0), (pairs > 0).to(x.dtype)], dim=1),
                reliability,
            ],
            dim=1,
        )
        # numbers of the resources, smoothed over their groups
        log_degree = torch.log1p(degree)[:, None]
        h = self.encoder(torch.cat([x, log_degree, labelled[:, None]], dim=1))
        for gate, mix, norm in zip(self.gate, self.mix, self.norm, strict=True):
            pooled = segment_sum(h.index_select(0, member_node), member_group, g) / size.clamp(min=1.0)[:, None]
            pooled = pooled * torch.sigmoid(gate(group))
            near = segment_sum(pooled.index_select(0, member_group), member_node, n) / degree.clamp(min=1.0)[:, None]
            h = norm(h + torch.relu(mix(torch.cat([h, near], dim=1))))
        q = nn.functional.normalize(self.query(h), dim=1)

        lit = (known / known.clamp(min=1.0))[:, None]
        blank = (1.0 - labelled).clamp(0.0, 1.0)[:, None]
        rights = []
        if len(self.trust):  # known owners count as far as the other known owners bear them out
            # memberships of known resources alone: the others say nothing here
            of_known = (labelled.index_select(0, member_node) > 0).nonzero()[:, 0]
            owned = member_node.index_select(0, of_known), member_group.index_select(0, of_known)
            lone = (labelled, prior, q, log_degree, account, *owned)
            factor, right = self.trust[0](group, per, y, *lone)
            rights.append(right)
            y = y * factor[:, None]
            per = segment_sum(y.index_select(0, member_node), member_group, g)
            known, classes, labelled = per.sum(1), y.sum(0), y.sum(1)
        purity = per.amax(dim=1) / known.clamp(min=1e-6)
        level = torch.log(known + 2.0)
        best_lift = torch.log((per / prior).amax(dim=1) + 2.0) - level
        solution = self._ridge(q, y, labelled, total, prior)
        prototype = nn.functional.normalize(y.t() @ q, dim=1)

        # what a resource's groups look like, whatever the team
        look = self.pool(torch.cat([group, purity[:, None], best_lift[:, None]], dim=1))
        floor1, common1 = self.first.shared(group)
        sums = segment_sum(torch.cat([look, lit], dim=1).index_select(0, member_group), member_node, n)
        looks, informed = sums.split([look.shape[1], 1], dim=1)
        share_informed = informed / degree.clamp(min=1.0)[:, None]
        context = torch.cat(
            [looks, looks / degree.clamp(min=1.0)[:, None], log_degree, torch.log1p(informed), share_informed, account],
            dim=1,
        )
        per_class = torch.stack([torch.log1p(classes) / 4.0, torch.log(prior) / 4.0], dim=1)

        def in_rows(values: Tensor) -> Tensor:
            """[n, width] → blocks of resources [blocks, rows, width]."""
            return values.reshape(blocks, rows, values.shape[1])

        def summed(of_team: Tensor) -> Tensor:
            """[C/T, T·channels, n] → blocks of resources [blocks, C·channels, rows]."""
            return of_team.reshape(-1, blocks, rows).permute(1, 0, 2)[:, : teams * self.first.channels].contiguous()

        # a few teams at a time, so that [G,C,hidden] is never held
        step = torch.sym_min(teams, 1 + PAIRS // g) if torch.compiler.is_exporting() else teams
        turns = (teams + step - 1) // step
        lacking = turns * step - teams
        channels = self.first.channels
        blank_sums = torch.zeros((n, step * channels), dtype=x.dtype, device=x.device)

        def in_turns(values: Tensor, fill: float) -> Tensor:
            """[C, …] → some teams at a time [turns, T, …]."""
            padded = nn.functional.pad(values, (0, 0) * (values.dim() - 1) + (0, lacking), value=fill)
            return padded.reshape(turns, step, *values.shape[1:])

        of_class = in_turns(
            torch.stack([prior, torch.log(prior), torch.log1p(classes), classes.clamp(min=1e-6)], dim=1), 1.0
        )
        per_turn = in_turns(per.t(), 0.0)

        def hard(counts: Tensor, team: Tensor, known: Tensor, level: Tensor) -> list[Tensor]:
            """What the known owners say: [T,G] each; ``team`` is [T,4]."""
            prior, log_prior, log_class, owned = (team[:, i, None] for i in range(4))
            return [
                torch.log1p(counts), torch.log(counts / prior + 2.0) - level, counts / known.clamp(min=1e-6),
                log_prior.expand_as(counts), log_class.expand_as(counts), counts / owned,
            ]  # fmt: skip

        def first_turn(counts: Tensor, team: Tensor) -> Tensor:
            return self.first(
                torch.stack(hard(counts, team, known, level), dim=1),
                floor1,
                common1,
                member_node,
                member_group,
                blank_sums,
            )

        seen = summed(in_blocks(first_turn, per_turn, of_class))

        def signs(seen: Tensor, q: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
            """Round one's features [C,F,B] of some resources, and what their sums are divided by [B]."""
            scale = 1.0 + context[:, LOG_DEGREE]
            design = torch.cat([q, torch.ones_like(q[:, :1])], dim=1).double()
            fit = (design @ solution).to(q.dtype).t() * 3.0
            evidence = seen.unflatten(0, (-1, channels)) / scale
            return torch.cat([evidence, fit[:, None, :], (prototype @ q.t())[:, None, :]], dim=1), scale

        def first_rows(seen: Tensor, q: Tensor, context: Tensor) -> Tensor:
            return self.head1(signs(seen, q, context)[0], context.t(), per_class)

        shared = (in_rows(q), in_rows(context))
        answer = in_blocks(first_rows, seen, *shared)  # [blocks, rows, C+1]
        score1 = answer.reshape(n, teams + 1)

        # round two: the answers of round one are counted into the groups
        soft = torch.softmax(score1, dim=1) * blank
        counted = segment_sum(soft.index_select(0, member_node), member_group, g)  # [G,C+1]
        soft_per, soft_none = counted[:, :-1], counted[:, -1:]
        soft_known = soft_per.sum(1, keepdim=True)
        if len(self.trust):
            factor, right = self.trust[1](group, per, y, *lone)
            rights.append(right)
            per = segment_sum((y * factor[:, None]).index_select(0, member_node), member_group, g)
            per_turn, known = in_turns(per.t(), 0.0), per.sum(1)
            level = torch.log(known + 2.0)
        both_known = known + soft_known[:, 0]
        level2 = torch.log(both_known + 2.0)
        group2 = torch.cat(
            [
                group,
                torch.log1p(soft_known),
                torch.log1p(soft_none),
                soft_none / (soft_none + soft_known + known[:, None]).clamp(min=1e-3),
            ],
            dim=1,
        )
        floor2, common2 = self.second.shared(group2)

        def second_turn(counts: Tensor, softly: Tensor, team: Tensor) -> Tensor:
            both = counts + softly
            more = [
                torch.log1p(softly),
                torch.log(both / team[:, 0, None] + 2.0) - level2,
                both / both_known.clamp(min=1e-3),
            ]
            return self.second(
                torch.stack([*hard(counts, team, known, level), *more], dim=1),
                floor2,
                common2,
                member_node,
                member_group,
                blank_sums,
            )

        again = summed(in_blocks(second_turn, per_turn, in_turns(soft_per.t(), 0.0), of_class))

        def second_rows(
            seen: Tensor, q: Tensor, context: Tensor, again: Tensor, nothing: Tensor, answer: Tensor
        ) -> Tensor:
            z1, scale = signs(seen, q, context)
            evidence = again.unflatten(0, (-1, channels)) / scale
            z2 = torch.cat([z1, evidence, answer[:, :-1].t()[:, None, :] / 4.0], dim=1)
            return self.head2(z2, torch.cat([context, nothing], dim=1).t(), per_class)

        score2 = in_blocks(second_rows, seen, *shared, again, in_rows(soft[:, -1:]), answer).reshape(n, teams + 1)
        score1, score2 = score1[:count], score2[:count]
        return (
            score1[:, :-1] + score2[:, :-1],
            score1[:, -1:] + score2[:, -1:],
            score1[:, :-1],
            score1[:, -1:],
            torch.stack(rights, dim=1)[:count] if rights else None,
        )

    def _reliability(
        self, per: Tensor, known: Tensor, size: Tensor, group_kind: Tensor, chance: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """How often two labelled members of such a group agree, against chance, by kind × size and by kind: [G,5],
        overall, best.
        """
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
        by_stratum = torch.stack([rate, torch.log(rate / chance), torch.log1p(table[:, 1])], dim=1)
        of_kind = torch.stack([kind_rate, torch.log(kind_rate / chance)], dim=1)
        reliability = torch.cat([by_stratum.index_select(0, stratum), of_kind.index_select(0, group_kind)], dim=1)
        return reliability, overall, torch.logsumexp(6.0 * torch.log(kind_rate / chance), dim=0) / 6.0

    def _ridge(self, q: Tensor, y: Tensor, labelled: Tensor, total: Tensor, prior: Tensor) -> Tensor:
        """Closed-form ridge regression of teams on unit embeddings, by 12 conjugate-gradient steps: f64[25,C].

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
        return solution


class Doors(nn.Module):
    """The exported face: the two frozen outputs only, and teams without any known owner left out before anything is
    counted.

    Their logits are :data:`EMPTY`, so that an empty team column changes nothing. Where nobody is known at all, every
    team is kept. The exporter puts the same two steps around the graph (``export.leave_out_empty``).
    """

    def __init__(self, inner: Attributor) -> None:
        super().__init__()
        self.inner = inner

    def forward(
        self, x: Tensor, member_node: Tensor, member_group: Tensor, group_kind: Tensor, y_support: Tensor
    ) -> tuple[Tensor, Tensor]:
        if torch.compiler.is_exporting():
            logits, none, *_ = self.inner(x, member_node, member_group, group_kind, y_support)
            return logits, none
        owned = y_support.sum(0) > 0
        kept = (owned | ~owned.any()).nonzero()[:, 0]
        logits, none, *_ = self.inner(x, member_node, member_group, group_kind, y_support.index_select(1, kept))
        return torch.full_like(y_support, EMPTY).index_copy(1, kept, logits), none
