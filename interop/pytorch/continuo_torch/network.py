"""Continuo's network in PyTorch: the same parameters under the same names, from and to the same model files.

    python -m continuo_torch.network model.safetensors      # checks a file and says what it holds
"""

import sys
from dataclasses import dataclass

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

VERSION = "1"


@dataclass
class Configuration:
    representation: str
    fields: list[tuple[str, int]]
    embedding: int = 128
    hidden: int = 256
    layers: int = 2
    head_width: int = 128

    def metadata(self) -> dict[str, str]:
        return {
            "continuo.version": VERSION,
            "continuo.representation": self.representation,
            "continuo.fields": " ".join(f"{name}:{classes}" for name, classes in self.fields),
            "continuo.embedding": str(self.embedding),
            "continuo.hidden": str(self.hidden),
            "continuo.layers": str(self.layers),
            "continuo.head_width": str(self.head_width),
        }

    @staticmethod
    def from_metadata(metadata: dict[str, str]) -> "Configuration":
        if metadata.get("continuo.version") != VERSION:
            raise ValueError(f"continuo.version is {metadata.get('continuo.version')!r}, not {VERSION!r}")
        fields = [field.rsplit(":", 1) for field in metadata["continuo.fields"].split(" ")]
        return Configuration(
            metadata["continuo.representation"],
            [(name, int(classes)) for name, classes in fields],
            *(int(metadata[f"continuo.{key}"]) for key in ("embedding", "hidden", "layers", "head_width")),
        )


class Head(nn.Module):
    """z = tanh(A·h + Σ_{j<k} B_j[f_j]), logits = C·z + b; with head_width 0, logits = C·h + b."""

    def __init__(self, configuration: Configuration, k: int):
        super().__init__()
        width, classes = configuration.head_width, configuration.fields[k][1]
        if width:
            self.A = nn.Linear(configuration.hidden, width, bias=False)
            self.B = nn.ModuleList(nn.Embedding(configuration.fields[j][1], width) for j in range(k))
        self.C = nn.Linear(width or configuration.hidden, classes)

    def forward(self, h: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        if not hasattr(self, "A"):
            return self.C(h)
        z = self.A(h)
        for j, table in enumerate(self.B):
            z = z + present(table, given[..., j])
        return self.C(torch.tanh(z))


def present(table: nn.Embedding, classes: torch.Tensor) -> torch.Tensor:
    """Rows of the table; zeros where the field is absent (negative)."""
    return table(classes.clamp(min=0)) * (classes >= 0).unsqueeze(-1)


class Network(nn.Module):
    """Rows of classes are integer tensors [batch, time, fields], negative where a field is absent.

    `dropout` is the probability that an output of a layer, the top one's too, is dropped on its way up."""

    def __init__(self, configuration: Configuration, dropout: float = 0.0):
        super().__init__()
        self.configuration = configuration
        self.embeddings = nn.ModuleList(
            nn.Embedding(classes, configuration.embedding) for _, classes in configuration.fields
        )
        self.lstm = nn.LSTM(configuration.embedding, configuration.hidden, configuration.layers, batch_first=True)
        self.lstm.dropout = dropout if configuration.layers > 1 else 0.0
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleList(Head(configuration, k) for k in range(len(configuration.fields)))

    def listen(self, rows: torch.Tensor, state=None):
        """The top layer's h after each row [batch, time, hidden], and the state of nn.LSTM after the last."""
        x = sum(present(table, rows[..., k]) for k, table in enumerate(self.embeddings))
        kind = x.device.type
        if not torch.is_autocast_enabled(kind):
            return self.lstm(x, state)
        # Autocast takes cuDNN's LSTM to float16, whatever it was asked for, where small gradients vanish.
        dtype, lstm = torch.get_autocast_dtype(kind), self.lstm
        with torch.autocast(kind, enabled=False):
            weights = [getattr(lstm, name).to(dtype) for name in lstm._flat_weights_names]
            state = [values.to(dtype) for values in state]
            h, *state = torch._VF.lstm(
                x.to(dtype), state, weights, True, lstm.num_layers, lstm.dropout, self.training, False, True
            )
        return h, tuple(state)

    def follow(self, rows: torch.Tensor, opening: torch.Tensor, cuts: list[int], state):
        """As `listen`, where rows with `opening` [batch, time] leave h and the state at zero: a piece begins there.
        `cuts`: the times at which any stream has an opening."""
        h, at = [], 0
        for cut in cuts:
            if cut > at:
                part, state = self.listen(rows[:, at:cut], state)
                h.append(part)
            part, state = self.listen(rows[:, cut : cut + 1], state)
            goes_on = ~opening[:, cut]
            h.append(part * goes_on[:, None, None])
            state = tuple(values * goes_on[None, :, None] for values in state)
            at = cut + 1
        if at < rows.shape[1]:
            part, state = self.listen(rows[:, at:], state)
            h.append(part)
        return torch.cat(h, dim=1), state

    def logits(self, h: torch.Tensor, given: torch.Tensor) -> list[torch.Tensor]:
        """The logits of every field [batch, time, classes]; field k sees the fields before it of `given`, the row
        that comes next."""
        return [head(h, given) for head in self.heads]


def save(network: Network, path: str, dtype=torch.float16, notes: dict[str, str] | None = None) -> None:
    """`notes`: free text (training data, licence, metrics)."""
    tensors = {name: value.detach().to(dtype).contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, path, metadata={**(notes or {}), **network.configuration.metadata()})


def load(path: str, dropout: float = 0.0) -> Network:
    """In fp32. Raises when a tensor is missing, unknown or of another shape."""
    with safe_open(path, framework="pt") as file:
        network = Network(Configuration.from_metadata(file.metadata() or {}), dropout)
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return network


def widened(narrow: Network, random: Network) -> Network:
    """`random`, nowhere narrower and with as many layers, made to answer as `narrow` does: old units hear only old ones,
    new ones hear everything and are not heard at first (Sources/Training/Widening.swift)."""
    if narrow.configuration.layers != random.configuration.layers:
        raise ValueError(f"from.shape is wider: network.layers must be {narrow.configuration.layers}")
    wide = random.state_dict()
    for name, old in narrow.state_dict().items():
        gates = 4 if name.startswith("lstm.") else 1
        new = wide[name].view(gates, wide[name].shape[0] // gates, -1)
        old = old.view(gates, old.shape[0] // gates, -1)
        if any(a < b for a, b in zip(new.shape, old.shape)):
            raise ValueError(f"from.shape is wider, but {name} would have {tuple(wide[name].shape)}")
        if not name.startswith("embeddings") and ".B." not in name:
            new[:, : old.shape[1]] = 0
        new[:, : old.shape[1], : old.shape[2]] = old
    random.load_state_dict(wide)
    return random


def notes_of(path: str) -> dict[str, str]:
    """The free text of a model file."""
    with safe_open(path, framework="pt") as file:
        return {name: text for name, text in (file.metadata() or {}).items() if not name.startswith("continuo.")}


if __name__ == "__main__":
    for path in sys.argv[1:]:
        network = load(path)
        count = sum(parameter.numel() for parameter in network.parameters())
        finite = all(parameter.isfinite().all() for parameter in network.parameters())
        print(f"{path}: {network.configuration}, {count} parameters, {'all finite' if finite else 'NOT FINITE'}")
