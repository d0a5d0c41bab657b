"""The tokens that `continuo tokens` exports, packed for travel, and the same music in other words (augmentation).

    python -m continuo_torch.tokens pack tokens tokens.xz      a sixth of the size
"""

import json
import lzma
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MAGIC = 0x314B_4F54_4F4E_5443
HEADER_WORDS = 5
#: The representations whose augmentation (below) and masks (windows.py) are written here.
KNOWN = ("performance",)
LONGEST_SHIFT, WAIT, LONGEST_SLEEP, BINS = 100, 256, 8, 32


@dataclass
class Piece:
    name: str
    split: str
    weight: float
    notes: int
    #: [length, 3]: shift, key, velocity, −1 where a field is absent.
    tokens: np.ndarray


@dataclass
class Music:
    representation: str
    fields: list[tuple[str, int]]
    #: What a model trained on it must say.
    notes: dict[str, str]
    pieces: list[Piece]

    def split(self, name: str) -> list[Piece]:
        return [piece for piece in self.pieces if piece.split == name]


def load(path: str | Path) -> Music:
    """A folder of `continuo tokens`, or what `pack` made of it."""
    path = Path(path)
    if path.is_dir():
        index = json.loads((path / "tokens.json").read_text())
        rows = read_rows(path / "pieces.tokens", [piece["tokens"] for piece in index["pieces"]])
    else:
        index, rows = unpack(path)
    if index["representation"] not in KNOWN:
        raise ValueError(
            f"{path}: tokens of the representation {index['representation']}; only {', '.join(KNOWN)} is known here, "
            "train others with `continuo train`"
        )
    pieces, at = [], 0
    for piece in index["pieces"]:
        tokens = rows[at : at + piece["tokens"], :3]
        at += piece["tokens"]
        pieces.append(Piece(piece["name"], piece["split"], piece["weight"], piece["notes"], tokens))
    if at != len(rows):
        raise ValueError(f"{path}: {len(rows)} tokens, but {at} are listed")
    fields = [(field["name"], field["classes"]) for field in index["fields"]]
    return Music(index["representation"], fields, index["notes"], pieces)


def read_rows(path: Path, lengths: list[int]) -> np.ndarray:
    """[tokens, 4] of a token file (its layout: Sources/Training/Corpus/TokenFile.swift)."""
    words = np.memmap(path, dtype="<u8", mode="r")
    if len(words) < HEADER_WORDS or words[0] != MAGIC:
        raise ValueError(f"{path}: not a token file")
    count = int(words[3])
    table = words[HEADER_WORDS + count :].reshape(-1, 3)
    if words[2] != len(lengths) or [int(length) for length in table[:, 0]] != lengths:
        raise ValueError(f"{path}: its pieces are not those of tokens.json; export both again")
    return words[HEADER_WORDS : HEADER_WORDS + count].view("<i2").reshape(-1, 4)


def pack(folder: str, path: str) -> None:
    """A line of JSON, then columns of bytes: shift, lower and upper byte of the key, velocity + 1; compressed by xz."""
    music = load(folder)
    if len(music.fields) != 3:
        raise ValueError(f"{folder}: only tokens of three fields can be packed")
    rows = np.concatenate([piece.tokens for piece in music.pieces])
    columns = [rows[:, 0], rows[:, 1] & 255, rows[:, 1] >> 8, rows[:, 2] + 1]
    index = json.dumps(json.loads((Path(folder) / "tokens.json").read_text())) + "\n"
    with lzma.open(path, "wb") as file:
        file.write(index.encode() + b"".join(column.astype(np.uint8).tobytes() for column in columns))
    print(f"{path}: {len(rows)} tokens, {Path(path).stat().st_size / 2**20:.1f} MiB")


def unpack(path: str | Path) -> tuple[dict, np.ndarray]:
    try:
        with lzma.open(path) as file:
            index = json.loads(file.readline())
            columns = np.frombuffer(file.read(), np.uint8).reshape(4, -1).astype(np.int16)
    except (lzma.LZMAError, EOFError, ValueError) as error:
        raise ValueError(f"{path}: neither a folder of tokens nor what `pack` made of one: {error}") from error
    return index, np.stack([columns[0], columns[1] | columns[2] << 8, columns[3] - 1], axis=1)


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


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] != "pack":
        sys.exit(__doc__)
    pack(sys.argv[2], sys.argv[3])
