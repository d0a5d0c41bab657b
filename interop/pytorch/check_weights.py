"""Whether model files that Continuo wrote are what PyTorch and its `safetensors` library expect, and say the same there.

    continuo export runs/mine -o mine.safetensors
    python check_weights.py mine.safetensors ../../presets/*/model.safetensors

Of each file: the library opens it, its header is padded to 8 bytes, names and shapes are those of the nn.Module, values
are finite and of one type, the metadata are whole; written again by the library it has the same tensors, bit for bit.
Ends with status 1 at the first file that is not so. The other direction, files of the library read by Continuo, is a test
of Continuo's own: Tests/NetworkTests, on the files of make_fixtures.py.
"""

import sys
import tempfile
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import continuo_torch


def check(path: str) -> str:
    data = Path(path).read_bytes()
    header = int.from_bytes(data[:8], "little")
    assert header % 8 == 0, f"a header of {header} bytes: the tensors are not aligned"
    network = continuo_torch.load(path)
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
    assert found == expected, "other names or shapes than the module's"
    own = load_file(path)
    types = {value.dtype for value in own.values()}
    assert len(types) == 1 and types <= {torch.float16, torch.float32}, f"types {types}"
    assert all(value.isfinite().all() for value in own.values()), "not finite"
    continuo = network.configuration.metadata()
    assert {key: metadata[key] for key in continuo} == continuo, "another configuration"
    with tempfile.TemporaryDirectory() as folder:
        copy = f"{folder}/copy.safetensors"
        save_file(own, copy, metadata=metadata)
        again = load_file(copy)
    assert all(torch.equal(value.view(torch.uint8), again[name].view(torch.uint8)) for name, value in own.items())
    parameters = sum(value.numel() for value in own.values())
    return f"{len(own)} tensors, {parameters} parameters, {types.pop()}, {len(metadata)} metadata: as PyTorch has it"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path in sys.argv[1:]:
        try:
            print(f"{path}: {check(path)}")
        except Exception as error:
            sys.exit(f"{path}: {type(error).__name__}: {error}")
