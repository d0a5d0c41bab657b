"""`performance`: shift, key and velocity. Its masks, and the same music in other words (augmentation)."""

import math

import numpy as np
import torch

LONGEST_SHIFT, WAIT, LONGEST_SLEEP, BINS = 100, 256, 8, 32


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

    def state(self) -> list[torch.Tensor]:
        return [self.sounding, self.struck, self.waited]

    def restore(self, state: list[torch.Tensor]) -> None:
        self.sounding, self.struck, self.waited = state

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


def augmented(tokens: np.ndarray, transposition: int, stretch: float, velocity: int) -> np.ndarray:
    """The piece moved in pitch (within 0…127), times multiplied by `stretch`, louder by steps of MIDI velocity."""
    tokens = tokens.copy()
    played = tokens[:, 1] != WAIT
    if transposition and played.any():
        keys = tokens[played, 1] & 127
        tokens[played, 1] += np.clip(transposition, -keys.min(), 127 - keys.max())
    if velocity:
        struck = tokens[:, 2] >= 0
        tokens[struck, 2] = np.clip(tokens[struck, 2] * 4 + 2 + velocity, 1, 127) // 4
    return tokens if stretch == 1 else stretched(tokens, stretch)


def stretched(tokens: np.ndarray, factor: float) -> np.ndarray:
    """Each event at its tick times `factor`, rounded; a note lasts at least one tick. A key that is then struck before it
    was let go is struck later; if that makes the two notes one, the second is left out."""
    ticks = np.cumsum(tokens[:, 0].astype(np.int64))
    played = tokens[:, 1] != WAIT
    ticks, events = np.floor(ticks[played] * factor + 0.5).astype(np.int64), tokens[played]
    keys, is_on = events[:, 1] & 127, events[:, 1] < 128
    # Of one key, ons and offs alternate: rows of a key in order of time.
    order = np.argsort(keys, kind="stable")
    same = np.concatenate([[False], keys[order][1:] == keys[order][:-1]])
    ends = order[1:][same[1:] & ~is_on[order][1:]]
    begins = order[:-1][same[1:] & ~is_on[order][1:]]
    ticks[ends] = np.maximum(ticks[ends], ticks[begins] + 1)
    keep = np.ones(len(events), bool)
    again = same[1:] & is_on[order][1:]
    early = ticks[order[1:]] < ticks[order[:-1]]
    for place in np.flatnonzero(again & early) + 1:
        strike = order[place]
        keep[strike] = False
        if place + 1 < len(order) and same[place + 1]:
            keep[order[place + 1]] = False
    ticks, events = ticks[keep], events[keep]
    later = np.argsort(ticks, kind="stable")
    return spelled(ticks[later], events[later])


def spelled(ticks: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Events at ticks as tokens: shifts from one to the next, with waits where it is more than the longest."""
    gaps = np.diff(ticks, prepend=ticks[:1])
    waits = np.clip(-(-gaps // LONGEST_SHIFT) - 1, 0, LONGEST_SLEEP)
    rest = np.minimum(gaps - waits * LONGEST_SHIFT, LONGEST_SHIFT)
    place = np.arange(len(events)) + np.cumsum(waits)
    result = np.empty((len(events) + int(waits.sum()), 3), np.int16)
    result[:] = (LONGEST_SHIFT, WAIT, -1)
    result[place] = events
    result[place, 0] = rest
    return result


def drawn(generator: np.random.Generator, tokens: np.ndarray, transposition: int, tempo: float, velocity: int):
    """One hearing of a piece."""
    up = int(generator.integers(-transposition, transposition + 1))
    stretch = math.exp(generator.uniform(-1, 1) * math.log(1 + tempo)) if tempo else 1.0
    louder = int(generator.integers(-velocity, velocity + 1))
    return augmented(tokens, up, stretch, louder)
