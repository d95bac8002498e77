"""The predecessor's graph network as a rival: GraphSAGE trained on one account's known owners."""

from __future__ import annotations

import numpy as np

from .account import Table

FEW = 30
"""Below this many labels the predecessor shrank its network."""


def predict(
    table: Table, shown: np.ndarray, label: np.ndarray, classes: int, seed: int, epochs: int = 200
) -> np.ndarray:
    """P f64[N, classes].

    Four mean-aggregating layers of 16 with residuals, AdamW .01, inverse-frequency weights, stops once the loss is
    small.

    Below :data:`FEW` labels: two layers of 8, dropout .4, weight decay 1e-3. Neighbours are those one shares groups
    with.
    """
    import torch
    from torch import nn
    from torch_geometric.nn import GraphConv, SumAggregation

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    small = len(label) < FEW
    width, layers, dropout, decay = (8, 2, 0.4, 1e-3) if small else (16, 4, 0.0, 5e-4)
    dense = table.dense
    spread = dense.std(0)
    x = torch.tensor((dense - dense.mean(0)) / np.where(spread > 1e-9, spread, 1.0), dtype=torch.float32)
    links = table.members.tocoo()
    node, group = torch.tensor(links.row.astype(np.int64)), torch.tensor(links.col.astype(np.int64))
    pull = torch.tensor(table.pull[links.col] / table.degree[links.row], dtype=torch.float32)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enter = nn.Linear(x.shape[1], width)
            self.gather = SumAggregation()
            self.spread = nn.ModuleList([GraphConv(width, width) for _ in range(layers)])
            self.leave = nn.Linear(width, classes)
            self.drop = nn.Dropout(dropout)

        def forward(self):
            h = self.enter(x)
            for spread in self.spread:
                groups = self.gather(h[node], group, dim_size=table.members.shape[1])
                h = h + self.drop(torch.relu(spread((groups, h), torch.stack([group, node]), pull)))
            return self.leave(h)

    net = Net()
    count = np.bincount(label, minlength=classes)
    weight = torch.tensor(
        np.where(count > 0, len(label) / np.maximum(count, 1) / max((count > 0).sum(), 1), 0.0), dtype=torch.float32
    )
    rows, target = torch.tensor(shown), torch.tensor(label)
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=decay)
    calm = 0
    for epoch in range(epochs):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(net()[rows], target, weight=weight)
        loss.backward()
        optimiser.step()
        calm = calm + 1 if float(loss.detach()) < 1e-3 else 0
        if epoch >= 20 and calm >= 10:
            break
    net.eval()
    with torch.no_grad():
        logits = net()
        logits[:, torch.tensor(count == 0)] = -torch.inf
        return torch.softmax(logits, dim=1).numpy().astype(np.float64)
