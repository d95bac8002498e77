"""The simple rivals, in numpy: what the model is compared with in every account, and what answers when no model loads.

All take the same membership list as the model and return probabilities f64[N,C] over the labelled teams. They are
deterministic: fixed numbers of iterations, f64, canonical order; no stopping rule looks at a rounding error.
"""

from .blend import geometric
from .labelprop import label_propagation
from .logreg import logistic_regression
from .memberships import Memberships, membership_list
from .naive_bayes import naive_bayes

__all__ = ["Memberships", "geometric", "label_propagation", "logistic_regression", "membership_list", "naive_bayes"]
