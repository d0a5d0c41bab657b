"""The tokens that `continuo tokens` exports, of any representation, packed for travel.

    python -m continuo_torch.tokens pack tokens tokens.xz      a sixth of the size
"""

import json
import lzma
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MAGIC = 0x314B_4F54_4F4E_5443
HEADER_WORDS = 5
#: Of what `pack` writes.
FORMAT = 2


@dataclass
class Piece:
    name: str
    split: str
    weight: float
    notes: int
    #: [length, fields], −1 where a field is absent.
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
    fields = [(field["name"], field["classes"]) for field in index["fields"]]
    pieces, at = [], 0
    for piece in index["pieces"]:
        tokens = rows[at : at + piece["tokens"], : len(fields)]
        at += piece["tokens"]
        pieces.append(Piece(piece["name"], piece["split"], piece["weight"], piece["notes"], tokens))
    if at != len(rows):
        raise ValueError(f"{path}: {len(rows)} tokens, but {at} are listed")
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
    """A folder of `continuo tokens` in one file, compressed by xz."""
    rows = np.concatenate([piece.tokens for piece in load(folder).pieces])
    with lzma.open(path, "wb") as file:
        file.write(packed(json.loads((Path(folder) / "tokens.json").read_text()), rows))
    print(f"{path}: {len(rows)} tokens, {Path(path).stat().st_size / 2**20:.1f} MiB")


def packed(index: dict, rows: np.ndarray) -> bytes:
    """A line of JSON, then of each field the lower and then the upper bytes of class + 1."""
    columns = [part.astype(np.uint8) for column in (rows + np.int16(1)).T for part in (column & 255, column >> 8)]
    return (json.dumps(index | {"packed": FORMAT}) + "\n").encode() + b"".join(column.tobytes() for column in columns)


def unpack(path: str | Path) -> tuple[dict, np.ndarray]:
    try:
        with lzma.open(path) as file:
            index = json.loads(file.readline())
            if index.get("packed") != FORMAT:
                raise ValueError("it is of another version; pack it again")
            columns = np.frombuffer(file.read(), np.uint8).reshape(2 * len(index["fields"]), -1).astype(np.int16)
    except (lzma.LZMAError, EOFError, ValueError) as error:
        raise ValueError(f"{path}: neither a folder of tokens nor what `pack` made of one: {error}") from error
    return index, (columns[::2] | columns[1::2] << 8).T - np.int16(1)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] != "pack":
        sys.exit(__doc__)
    pack(sys.argv[2], sys.argv[3])
