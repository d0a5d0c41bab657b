"""Continuo's network, tokens and recipes in PyTorch: models go to the instrument and come from it as they are."""

from .network import Configuration, Head, Network, load, present, save

__all__ = ["Configuration", "Head", "Network", "load", "present", "save"]
