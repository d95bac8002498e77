"""Evaluation as commands.

The same figures, of the product and of its rivals, on simulated accounts and on labelled real data.
"""
