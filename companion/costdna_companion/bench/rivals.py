"""The named rivals, each fitted on one account's known owners.

``rival(table, shown, label, classes, query, seed)`` → P f64[q, classes].

``shown`` i64 nodes with a label, ``label`` i64 0..classes-1, ``query`` i64 nodes asked about. Settings are those of
``ownership_platform/baselines.py`` where it has the method; nothing is tuned to the rows reported.
"""

from __future__ import annotations

import warnings

import numpy as np
import scipy.sparse as sp

from .account import Table

TINY = 1e-12


def onehot(label: np.ndarray, classes: int) -> np.ndarray:
    """f64[m, classes]."""
    out = np.zeros((len(label), classes))
    out[np.arange(len(label)), label] = 1.0
    return out


def _share(p: np.ndarray, floor: float = TINY) -> np.ndarray:
    return (p + floor) / (p + floor).sum(1, keepdims=True)


def _filled(model, p: np.ndarray, classes: int) -> np.ndarray:
    out = np.zeros((len(p), classes))
    out[:, model.classes_] = p
    return out


def _fit(model, x, label: np.ndarray):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "did not converge" at the data set's own 300 steps
        return model.fit(x, label)


def majority(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """The labelled teams' shares, the same for everybody."""
    return np.tile(onehot(label, classes).mean(0), (len(query), 1))


def knn(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """Five nearest by cosine of rarity-weighted groups, votes weighing their similarity."""
    near = np.asarray((table.text[query] @ table.text[shown].T).todense())
    pick = np.argsort(-near, axis=1, kind="stable")[:, :5]
    votes = np.zeros((len(query), classes))
    for rank in range(pick.shape[1]):
        np.add.at(
            votes, (np.arange(len(query)), label[pick[:, rank]]), near[np.arange(len(query)), pick[:, rank]] + 1e-9
        )
    return _share(votes)


def logreg(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """Multinomial logistic regression (C = 30) on groups and numbers."""
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(label)) < 2 or table.both.shape[1] == 0:
        return majority(table, shown, label, classes, query, seed)
    model = _fit(LogisticRegression(C=30, max_iter=300), table.both[shown], label)
    return _filled(model, model.predict_proba(table.both[query]), classes)


def complement_nb(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """Complement naive Bayes (alpha .1) on groups."""
    from sklearn.naive_bayes import ComplementNB

    if len(np.unique(label)) < 2 or table.text.shape[1] == 0:
        return majority(table, shown, label, classes, query, seed)
    model = _fit(ComplementNB(alpha=0.1), table.text[shown], label)
    return _filled(model, model.predict_proba(table.text[query]), classes)


def _spread(
    table: Table, start: np.ndarray, shown: np.ndarray, fixed: np.ndarray, retain: float, rounds: int = 30
) -> np.ndarray:
    belief = start.copy()
    for _ in range(rounds):
        belief = retain * table.neighbours(belief) + (1.0 - retain) * start
        belief[shown] = fixed
    return belief


def label_prop(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """Label propagation along groups, 30 rounds, known owners held fast."""
    known = onehot(label, classes)
    start = np.zeros((table.n, classes))
    start[shown] = known
    return _share(_spread(table, start, shown, known, 0.9)[query], 1e-9)


def logreg_lp(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """Logistic regression's answers spread along groups."""
    known = onehot(label, classes)
    start = np.zeros((table.n, classes))
    rest = np.setdiff1d(np.arange(table.n), shown)
    start[rest] = logreg(table, shown, label, classes, rest, seed)
    start[shown] = known
    return _share(_spread(table, start, shown, known, 0.7)[query])


def correct_and_smooth(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """Correct & Smooth (Huang et al., arXiv 2010.13993) over logistic regression.

    Spread its residual errors, then its corrected answers.

    Autoscale as in the paper; the paper's 50 rounds are 30 here, as for the other propagations.
    """
    known = onehot(label, classes)
    base = logreg(table, shown, label, classes, np.arange(table.n), seed)
    residual = np.zeros((table.n, classes))
    residual[shown] = known - base[shown]
    error = _spread(table, residual, shown, residual[shown], 0.8)
    size = np.abs(residual[shown]).sum(1).mean()
    scale = size / np.maximum(np.abs(error).sum(1, keepdims=True), TINY)
    fixed = base + np.where(scale > 1000, 1.0, np.minimum(scale, 1.0)) * error
    fixed = np.clip(fixed, 0.0, None)
    fixed[shown] = known
    belief = fixed.copy()
    for _ in range(30):
        belief = 0.8 * table.neighbours(belief) + 0.2 * fixed
    return _share(np.clip(belief[query], 0.0, None))


def hist_gb(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """Histogram gradient boosting, 25 rounds, on 32 principal directions of the groups and the numbers."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    present = np.unique(label)
    if len(present) < 2:
        return majority(table, shown, label, classes, query, seed)
    model = HistGradientBoostingClassifier(
        max_iter=25, max_leaf_nodes=8, min_samples_leaf=3, early_stopping=False, random_state=seed
    )
    _fit(model, table.dense[shown], label)
    return _filled(model, model.predict_proba(table.dense[query]), classes)


def walks(table: Table, rng: np.random.Generator, per_node: int = 10, length: int = 20) -> np.ndarray:
    """Uniform walks (node2vec with p = q = 1) resource → group → resource, rarer groups likelier.

    i64[per_node · N, length].
    """
    members = table.members
    weight = np.repeat(np.arange(table.n), np.diff(members.indptr))
    total = np.concatenate([[0.0], np.cumsum(table.pull[members.indices])])
    back = members.tocsc()
    here = np.tile(np.arange(table.n), per_node)
    out = np.empty((len(here), length), dtype=np.int64)
    first, last = total[members.indptr[:-1]], total[members.indptr[1:]]
    for step in range(length):
        out[:, step] = here
        lost = last[here] - first[here] <= 0
        aim = first[here] + rng.random(len(here)) * (last[here] - first[here])
        edge = np.clip(np.searchsorted(total, aim, side="right") - 1, 0, max(len(weight) - 1, 0))
        if not len(weight):
            continue
        group = members.indices[edge]
        size = np.diff(back.indptr)[group]
        there = back.indices[back.indptr[group] + (rng.random(len(here)) * size).astype(np.int64)]
        here = np.where(lost, here, there)
    return out


def node2vec(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """node2vec's walks, embedded, then logistic regression.

    Embedded by factorising their shifted positive PMI, which skip-gram does implicitly (Levy & Goldberg 2014).
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(label)) < 2:
        return majority(table, shown, label, classes, query, seed)
    if not hasattr(table, "walked"):  # the walks do not look at labels: once per account
        path = walks(table, np.random.default_rng([seed, 1503]))
        count = sp.csr_matrix((table.n, table.n))
        for gap in range(1, 11):
            a, b = path[:, :-gap].ravel(), path[:, gap:].ravel()
            pair = sp.csr_matrix((np.ones(len(a)), (a, b)), shape=count.shape)
            count = count + pair + pair.T
        count = count.tocoo()
        mass = np.asarray(count.sum(1)).ravel()
        pmi = np.log(count.data * mass.sum() / (mass[count.row] * mass[count.col]))
        positive = sp.csr_matrix((np.maximum(pmi, 0.0), (count.row, count.col)), shape=count.shape)
        width = max(1, min(64, table.n - 2))
        svd = TruncatedSVD(width, random_state=seed)
        vector = svd.fit_transform(positive) / np.maximum(np.sqrt(svd.singular_values_), 1e-9)
        vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-9)
        varies = table.x.std(0) > 1e-9
        table.walked = np.concatenate([vector, table.x[:, varies] * 0.1], axis=1)
    model = _fit(LogisticRegression(C=30, max_iter=300), table.walked[shown], label)
    return _filled(model, model.predict_proba(table.walked[query]), classes)


def graphsage(table: Table, shown, label, classes, query, seed) -> np.ndarray:
    """A per-account GraphSAGE with the predecessor's configuration: see :mod:`.sage`."""
    from .sage import predict

    return predict(table, shown, label, classes, seed)[query]


RIVALS = {
    "majority": majority, "knn": knn, "logreg": logreg, "complement_nb": complement_nb, "label_prop": label_prop, "logreg+lp": logreg_lp,
    "correct_and_smooth": correct_and_smooth, "node2vec+logreg": node2vec, "hist_gb": hist_gb, "graphsage": graphsage,
}  # fmt: skip
"""Name in every table → function. ``graphsage`` needs torch."""
OURS = "costdna"


def available(wanted: list[str] | None = None) -> tuple[list[str], dict[str, str]]:
    """(methods to run, method → why it is skipped). Raises UsageError for a name nobody has."""
    from importlib.util import find_spec

    from costdna.errors import UsageError

    names = [OURS, *RIVALS]
    alien = [name for name in wanted or [] if name not in names]
    if alien:
        raise UsageError(
            "There is no such method.",
            found=", ".join(alien),
            where="--methods",
            next_step=f"Choose from {', '.join(names)}.",
            code="method",
        )
    skipped = {} if find_spec("torch") else {"graphsage": "needs the train extra"}
    return [name for name in names if (not wanted or name in wanted) and name not in skipped], {
        k: v for k, v in skipped.items() if not wanted or k in wanted
    }
