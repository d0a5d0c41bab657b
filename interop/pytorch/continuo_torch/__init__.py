"""Continuo's network, tokens and recipes in PyTorch: models go to the instrument and come from it as they are."""

from .network import Cache, Configuration, Head, Network, Recall, load, present, save

__all__ = ["Cache", "Configuration", "Head", "Network", "Recall", "load", "present", "save"]
