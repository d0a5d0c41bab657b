"""What differs from representation to representation: a value for each, found by its name."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from . import performance


class NoMasks:
    """Every class is legal. Training then also learns what the masks of the instrument would have told it for nothing."""

    def __init__(self, classes: list[int], streams: int, device: torch.device):
        self.classes = classes

    def select(self, streams: slice) -> None:
        pass

    def state(self) -> list[torch.Tensor]:
        return []

    def restore(self, state: list[torch.Tensor]) -> None:
        pass

    def window(self, tokens: torch.Tensor, opening: torch.Tensor) -> list[torch.Tensor]:
        return [
            torch.ones(*opening.shape, classes, dtype=torch.bool, device=tokens.device) for classes in self.classes
        ]


@dataclass
class Representation:
    #: (classes by field, streams, device) → masks with `window` and `select`, as `performance.Masks`.
    masks: Callable
    #: (generator, tokens, transposition, tempo, velocity) → one hearing of a piece.
    heard: Callable
    #: Tokens [..., fields] → what losses are counted by.
    notes: Callable[[np.ndarray], int]
    #: Whether masks and augmentation are those of `continuo train`.
    is_known: bool


def named(name: str) -> Representation:
    if name == "performance":
        return Representation(
            lambda classes, streams, device: performance.Masks(streams, device),
            performance.drawn,
            lambda tokens: int(((tokens[..., 1] >= 0) & (tokens[..., 1] < 128)).sum()),
            True,
        )
    return Representation(
        NoMasks,
        lambda generator, tokens, transposition, tempo, velocity: tokens,
        lambda tokens: int((tokens >= 0).any(axis=-1).sum()),
        False,
    )
