"""What an update reads: a window of every stream, and the masks of what may come next."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import torch

from .recipe import Recipe
from .tokens import LONGEST_SHIFT, WAIT, Piece, drawn


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


class Masks:
    """Legal classes of `performance` (Sources/Representation/Performance/Performance.swift), computed for a whole window
    from the tokens themselves, so that they follow any augmentation. Holds what sounds between windows."""

    CLASSES = (101, 257, 32)

    def __init__(self, streams: int, device: torch.device):
        # What sounds, and what was struck in the present tick [streams, 128]; whether the last token was a wait.
        self.sounding = torch.zeros(streams, 128, dtype=torch.bool, device=device)
        self.struck = torch.zeros_like(self.sounding)
        self.waited = torch.zeros(streams, dtype=torch.bool, device=device)

    def select(self, streams: slice) -> None:
        """Keeps only these."""
        self.sounding, self.struck, self.waited = self.sounding[streams], self.struck[streams], self.waited[streams]

    def window(self, tokens: torch.Tensor, opening: torch.Tensor) -> list[torch.Tensor]:
        """By field [streams, time, classes], true where legal."""
        streams, time = opening.shape
        places = torch.arange(1, time + 1, dtype=torch.int16, device=tokens.device).expand(streams, time)
        never = torch.full_like(places, -3)
        shift, key = tokens[..., 0], tokens[..., 1]

        # The place of the last of each kind of event before each row, and (last column) before the next window.
        def last(what: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
            return torch.cat([first[:, None], torch.where(what, places[..., None], -3)], dim=1).cummax(dim=1).values

        keys = torch.arange(128, device=tokens.device)
        began = last(
            key[..., None] == keys,
            torch.where(self.struck, 0, torch.where(self.sounding, -1, -3)).to(torch.int16),
        )
        ended = last(key[..., None] == keys + 128, torch.where(self.sounding, -3, -2).to(torch.int16))
        opened = torch.where(opening, places, never).cummax(dim=1).values
        moved = torch.cat([torch.zeros_like(places[:, :1]), torch.where(shift > 0, places, never)], dim=1)
        moved = moved.cummax(dim=1).values
        # A row's own piece opened at or before it: what was before does not sound.
        opened = torch.cat([opened, opened[:, -1:]], dim=1)[..., None]
        sounding = (began > ended) & (began >= opened)
        struck = sounding & (began >= moved[..., None])
        waited = torch.cat([self.waited[:, None], key == WAIT], dim=1)
        waited[:, :-1] &= ~opening
        legal = self.legal(shift, sounding[:, :-1], struck[:, :-1], waited[:, :-1])
        self.sounding, self.struck, self.waited = sounding[:, -1], struck[:, -1], waited[:, -1]
        return legal

    @staticmethod
    def legal(shift, sounding, struck, waited) -> list[torch.Tensor]:
        shifts = torch.ones(*shift.shape, Masks.CLASSES[0], dtype=torch.bool, device=shift.device)
        shifts[..., 0] = ~waited
        # A note-off may not come in the tick of its note-on.
        ends = sounding & ~(struck & (shift == 0)[..., None])
        keys = torch.cat([~sounding, ends, (shift == LONGEST_SHIFT)[..., None]], dim=-1)
        return [shifts, keys, torch.ones(*shift.shape, Masks.CLASSES[2], dtype=torch.bool, device=shift.device)]


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
        tokens = drawn(generator, self.pieces[piece].tokens, recipe.transposition, recipe.tempo, recipe.velocity)
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
        return window_of(tokens, opening)

    def state(self) -> dict:
        lanes = [(p.epoch, p.piece, p.hearing, p.position) if p else None for p in self.lanes]
        return {"epoch": self.epoch, "given": self.given, "queue": list(self.queue), "lanes": lanes}

    def restore(self, state: dict) -> None:
        # Old checkpoints do not count.
        self.epoch, self.given, self.queue = state["epoch"], state.get("given", 0), deque(state["queue"])
        self.lanes = [self._passage(*lane) if lane else None for lane in state["lanes"]]


def window_of(tokens: np.ndarray, opening: np.ndarray) -> Window:
    cuts = np.flatnonzero(opening.any(axis=0)).tolist()
    notes = int(((tokens[..., 1] >= 0) & (tokens[..., 1] < 128)).sum())
    return Window(torch.from_numpy(tokens), torch.from_numpy(opening), cuts, notes)
