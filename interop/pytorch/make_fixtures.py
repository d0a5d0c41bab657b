"""Writes Tests/NetworkTests/Fixtures: small random networks, rows to hear, and the logits PyTorch says.

    python make_fixtures.py ../../Tests/NetworkTests/Fixtures

The weights are rounded to the file's type first; the expected logits are then computed in double precision, so they
are those of the network in the file, whatever this machine's float kernels do.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from continuo_torch import Configuration, Network, load, save

PERFORMANCE = [("shift", 101), ("key", 257), ("velocity", 32)]
NETWORKS = {
    "plain": (Configuration("toy", [("character", 11)], 4, 8, 1, 0), torch.float32, 30),
    "heads": (Configuration("toy", [("a", 5), ("b", 17), ("c", 3)], 12, 24, 2, 8), torch.float32, 30),
    "four-fields": (Configuration("toy", [("a", 2), ("b", 3), ("c", 16), ("d", 1)], 5, 16, 1, 3), torch.bfloat16, 20),
    "deep-plain": (Configuration("toy", [("a", 6), ("b", 7)], 3, 8, 3, 0), torch.float16, 30),
    "performance": (Configuration("performance", PERFORMANCE, 16, 64, 3, 24), torch.float16, 24),
}


def rows(configuration: Configuration, count: int) -> torch.Tensor:
    columns = [torch.randint(0, classes, (count,)) for _, classes in configuration.fields]
    rows = torch.stack(columns, dim=-1)
    rows[torch.rand(rows.shape) < 0.25] = -1
    rows[0, :] = torch.tensor([classes - 1 for _, classes in configuration.fields])
    return rows


def main(folder: Path) -> None:
    torch.manual_seed(1)
    for name, (configuration, dtype, count) in NETWORKS.items():
        path = str(folder / f"{name}.safetensors")
        save(Network(configuration), path, dtype, {"training data": "none: random numbers", "licence": "CC0-1.0"})
        network = load(path).double()
        heard = rows(configuration, count + 1)
        with torch.no_grad():
            h, (last_h, last_c) = network.listen(heard[None, :-1])
            logits = network.logits(h, heard[None, 1:])
        expected = {f"logits.{k}": field[0].float().contiguous() for k, field in enumerate(logits)}
        expected |= {"rows": heard.float(), "h": last_h[:, 0].float(), "c": last_c[:, 0].float()}
        save_file(expected, folder / f"{name}.expected.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
