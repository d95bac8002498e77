"""Deploys beside spikes: what coincides, how surely, and what else would fit. Never what caused what."""

from costdna.deploys.coincide import Coincidence, coincide
from costdna.deploys.granger import granger

__all__ = ["Coincidence", "coincide", "granger"]
