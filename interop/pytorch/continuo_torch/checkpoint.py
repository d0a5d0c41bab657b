"""A training's whole state in a file, and in parts small enough to travel.

    python -m continuo_torch.checkpoint split runs/x/checkpoint.pt folder     parts of 15 MiB, less than half of it
    python -m continuo_torch.checkpoint join folder runs/x/checkpoint.pt
"""

import io
import os
import sys
from pathlib import Path

import torch

PART = 15 << 20


def write(state: dict, path: str | Path) -> None:
    """Whole or not at all."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read(path: str | Path) -> dict:
    # Tensors, numbers, text and lists only: nothing in the file is run.
    return torch.load(path, map_location="cpu", weights_only=True)


def split(path: str, folder: str) -> None:
    """What is felt for a few updates only stays behind: Adam's first moment, bits of the second, the average, and what
    streams hold, so that a training that goes on from it begins another epoch."""
    state = read(path)
    state["processes"] = state["average"] = None
    for moments in state["optimiser"]["state"].values():
        moments["exp_avg"] = None
        moments["exp_avg_sq"] = moments["exp_avg_sq"].bfloat16()
    memory = io.BytesIO()
    torch.save(state, memory)
    data = memory.getbuffer()
    Path(folder).mkdir(parents=True, exist_ok=True)
    for old in Path(folder).glob("checkpoint.part*"):
        old.unlink()
    for i, at in enumerate(range(0, len(data), PART)):
        (Path(folder) / f"checkpoint.part{i}").write_bytes(data[at : at + PART])


def join(folder: str, path: str) -> None:
    parts = sorted(Path(folder).glob("checkpoint.part*"), key=lambda part: int(part.name.removeprefix("checkpoint.part")))
    if not parts:
        raise FileNotFoundError(f"{folder}: no checkpoint.part0 is there")
    state = torch.load(io.BytesIO(b"".join(part.read_bytes() for part in parts)), weights_only=True)
    state["average"] = state["network"]
    for moments in state["optimiser"]["state"].values():
        moments["exp_avg_sq"] = moments["exp_avg_sq"].float()
        moments["exp_avg"] = torch.zeros_like(moments["exp_avg_sq"])
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write(state, path)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("split", "join"):
        sys.exit(__doc__)
    (split if sys.argv[1] == "split" else join)(*sys.argv[2:])
