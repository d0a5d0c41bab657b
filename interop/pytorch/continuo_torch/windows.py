"""What an update reads: a window of every stream."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from . import representations
from .recipe import Recipe
from .tokens import Piece


@dataclass
class Window:
    """Rows to predict; a row's input is the token before it, none where a piece opens."""

    #: [streams, time, fields], −1 where a field or the whole row is absent.
    tokens: torch.Tensor
    #: [streams, time]: a piece begins here, predicted from a zero state.
    opening: torch.Tensor
    #: Times at which any stream opens.
    cuts: list[int]
    notes: int

    def to(self, device: torch.device) -> "Window":
        return Window(
            self.tokens.to(device, non_blocking=True), self.opening.to(device, non_blocking=True), self.cuts, self.notes
        )


@dataclass
class Passage:
    """A hearing of a piece on its way through a stream."""

    epoch: int
    piece: int
    hearing: int
    position: int
    tokens: np.ndarray


class Streams:
    """Pieces in a seeded order, one after another in each stream. A piece begins where a window does, and the rest of
    the window in which one ends stays empty: so the LSTM runs over whole windows (of a piece of MAESTRO, 1.4 %)."""

    def __init__(self, pieces: list[Piece], recipe: Recipe, rank: int = 0, world: int = 1):
        if recipe.streams % world:
            raise ValueError(f"training.streams {recipe.streams} is no multiple of {world} processes")
        if not any(piece.weight > 0 for piece in pieces):
            raise ValueError("there is nothing to hear: no piece of the tokens is to be learnt from; export more music")
        self.pieces, self.recipe, self.rank, self.world = pieces, recipe, rank, world
        self.representation = representations.named(recipe.representation)
        self.epoch, self.queue = -1, deque()
        #: Hearings of all epochs so far, of all processes.
        self.given = 0
        self.lanes: list[Passage | None] = [None] * (recipe.streams // world)

    def _next(self) -> Passage:
        while not self.queue:
            self.epoch += 1
            hearings = self._hearings(self.epoch)
            # In turn, and on from epoch to epoch: one may have fewer hearings than there are processes.
            self.queue.extend(hearings[(self.rank - self.given) % self.world :: self.world])
            self.given += len(hearings)
        return self._passage(self.epoch, *self.queue.popleft(), position=0)

    def _hearings(self, epoch: int) -> list[tuple[int, int]]:
        """(piece, hearing); of a weight's fraction, chance makes a whole."""
        generator = np.random.default_rng([self.recipe.seed, epoch])
        chances = generator.random(len(self.pieces))
        places = [
            (i, hearing)
            for i, piece in enumerate(self.pieces)
            for hearing in range(int(piece.weight) + int(chances[i] < piece.weight % 1))
        ]
        return [places[i] for i in generator.permutation(len(places))]

    def _passage(self, epoch: int, piece: int, hearing: int, position: int) -> Passage:
        generator = np.random.default_rng([self.recipe.seed, epoch, piece, hearing])
        recipe = self.recipe
        tokens = self.representation.heard(
            generator, self.pieces[piece].tokens, recipe.transposition, recipe.tempo, recipe.velocity
        )
        return Passage(epoch, piece, hearing, position, tokens)

    def window(self) -> Window:
        steps, fields = self.recipe.steps, self.pieces[0].tokens.shape[1]
        tokens = np.full((len(self.lanes), steps, fields), -1, np.int16)
        opening = np.zeros((len(self.lanes), steps), bool)
        for s, passage in enumerate(self.lanes):
            if passage is None or passage.position >= len(passage.tokens):
                passage = self.lanes[s] = self._next()
            opening[s, 0] = passage.position == 0
            rows = passage.tokens[passage.position : passage.position + steps]
            tokens[s, : len(rows)] = rows
            passage.position += len(rows)
        return window_of(tokens, opening, self.representation.notes)

    def state(self) -> dict:
        lanes = [(p.epoch, p.piece, p.hearing, p.position) if p else None for p in self.lanes]
        return {"epoch": self.epoch, "given": self.given, "queue": list(self.queue), "lanes": lanes}

    def restore(self, state: dict) -> None:
        # Old checkpoints do not count.
        self.epoch, self.given, self.queue = state["epoch"], state.get("given", 0), deque(state["queue"])
        self.lanes = [self._passage(*lane) if lane else None for lane in state["lanes"]]


def window_of(tokens: np.ndarray, opening: np.ndarray, notes_of: Callable[[np.ndarray], int] = lambda _: 0) -> Window:
    cuts = np.flatnonzero(opening.any(axis=0)).tolist()
    """`notes_of`: how many notes, or whatever losses are counted by, tokens hold."""
    notes = notes_of(tokens)
    return Window(torch.from_numpy(tokens), torch.from_numpy(opening), cuts, notes)
