"""Continuo's network in PyTorch: the same parameters under the same names, from and to the same model files.

    python -m continuo_torch.network model.safetensors      # checks a file and says what it holds
"""

import math
import sys
from dataclasses import asdict, dataclass, replace

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

#: Of the model file format, without and with a recall.
VERSIONS = ("1", "2", "3")


@dataclass
class Recall:
    """What a `Cache` remembers: the last `length` tokens that have one of the first `classes` classes of a field."""

    field: int
    classes: int
    width: int = 32
    length: int = 4096


@dataclass
class Configuration:
    representation: str
    fields: list[tuple[str, int]]
    embedding: int = 128
    hidden: int = 256
    layers: int = 2
    head_width: int = 128
    recall: Recall | None = None
    #: 1: `nn.LSTM`'s second bias of each gate stays zero, and model files lack it.
    gate_biases: int = 2

    def metadata(self) -> dict[str, str]:
        recall = asdict(self.recall) if self.recall else {}
        return {
            "continuo.version": VERSIONS[1 if recall else 0],
            "continuo.representation": self.representation,
            "continuo.fields": " ".join(f"{name}:{classes}" for name, classes in self.fields),
            "continuo.embedding": str(self.embedding),
            "continuo.hidden": str(self.hidden),
            "continuo.layers": str(self.layers),
            "continuo.head_width": str(self.head_width),
            **({"continuo.gate_biases": "1"} if self.gate_biases == 1 else {}),
            **{f"continuo.recall_{key}": str(value) for key, value in recall.items()},
        }

    @staticmethod
    def from_metadata(metadata: dict[str, str]) -> "Configuration":
        if metadata.get("continuo.version") not in VERSIONS:
            raise ValueError(f"continuo.version is {metadata.get('continuo.version')!r}, not {' or '.join(VERSIONS)}")
        fields = [field.rsplit(":", 1) for field in metadata["continuo.fields"].split(" ")]
        fields = [(name, int(classes)) for name, classes in fields]
        recall = None
        if "continuo.recall_field" in metadata:
            keys = ("field", "classes", "width", "length")
            recall = Recall(*(int(metadata[f"continuo.recall_{key}"]) for key in keys))
            if not 0 <= recall.field < len(fields) or not 1 <= recall.classes <= fields[recall.field][1]:
                raise ValueError(f"{recall} is not of the fields {metadata['continuo.fields']}")
            if min(recall.width, recall.length) < 1:
                raise ValueError(f"{recall} remembers nothing")
            if recall.width % 16 or recall.width > 256 or recall.length % 64 or recall.width * recall.length > 1 << 20:
                raise ValueError(f"{recall}: multiples of 16 (up to 256) and of 64, whose product is 1048576 at most")
        return Configuration(
            metadata["continuo.representation"],
            fields,
            *(int(metadata[f"continuo.{key}"]) for key in ("embedding", "hidden", "layers", "head_width")),
            recall,
            int(metadata.get("continuo.gate_biases", "2")),
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


class Cache(nn.Module):
    """A continuous cache (Grave et al. 2017) over the tokens of a piece: what followed a similar h comes again.

    A remembered token i weighs w_i = exp(θ·(u·u_i − 1)), where u = W·h/|W·h| and h is what a token is predicted from.
    With m the weights of each class, summed, and α = e^b, a constant sentinel (Merity et al. 2016), the logits l of the
    remembered classes, as far as they are legal, become log((α·e^l + m·Σe^l) / (α + Σm)), which leaves their whole
    probability what it was. `gate` is (θ, b)."""

    #: Tokens at a time, each of them against at most `length` and a block.
    BLOCK = 1024

    def __init__(self, configuration: Configuration):
        super().__init__()
        self.configuration = configuration.recall
        hidden, width = configuration.hidden, configuration.recall.width
        self.weight = nn.Parameter(torch.randn(width, hidden) / math.sqrt(hidden))
        self.gate = nn.Parameter(torch.zeros(2))

    def forward(
        self, h: torch.Tensor, classes: torch.Tensor, logits: torch.Tensor, legal: torch.Tensor, memory=None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """New logits of a piece's tokens, or of its next ones if there is a `memory` from those before, and the memory
        after them. Row t of `h` [tokens, hidden], `logits` and `legal` [tokens, classes] is what predicts the token
        whose class in the field is `classes[t]`."""
        memory = memory or (self.weight.new_zeros(0, self.configuration.width), classes.new_zeros(0))
        parts = []
        for rows in zip(*(values.split(self.BLOCK) for values in (h, classes, logits, legal))):
            part, memory = self.block(*rows, memory)
            parts.append(part)
        return torch.cat(parts), memory

    def block(self, h, classes, logits, legal, memory):
        count, length = self.configuration.classes, self.configuration.length
        u = functional.normalize(functional.linear(h, self.weight), dim=-1)
        takes_part = (classes >= 0) & (classes < count)
        sharpness, odds = self.gate
        keys = torch.cat([memory[0], in_bytes(u[takes_part], sharpness.item())])
        kinds = torch.cat([memory[1], classes[takes_part]])
        # Of each row, how old what is remembered is: 0 the youngest, negative what comes later.
        before = len(memory[0]) + takes_part.cumsum(0) - takes_part.long()
        age = before[:, None] - 1 - torch.arange(len(keys), device=h.device)
        likeness = (8191 * u).round() / 8191 @ keys.T
        weights = torch.exp(sharpness * (likeness - 1)) * ((age >= 0) & (age < length))
        own, legal = logits[:, :count], legal[:, :count]
        mass = (weights @ functional.one_hot(kinds.long(), count).to(weights.dtype)) * legal
        sum_ = own.masked_fill(~legal, -math.inf).logsumexp(-1, keepdim=True)
        mixed = torch.logaddexp(odds + own, mass.log() + sum_)
        mixed = mixed - torch.logaddexp(odds, mass.sum(-1, keepdim=True).log())
        new = torch.cat([torch.where(legal, mixed, own), logits[:, count:]], dim=-1)
        return new, (keys[-length:], kinds[-length:])


def in_bytes(u: torch.Tensor, sharpness: float) -> torch.Tensor:
    """Rows as the instrument remembers them: 8 bits an element, and for each 32 the scale of the greatest, of which the
    product with the sharpness is a bfloat16 (Sources/Network/Recall.swift)."""
    parts = []
    for part in u.split(32, dim=-1):
        factor = sharpness / (127 * 8191)
        scale = (part.abs().amax(-1, keepdim=True) * factor).float().bfloat16().to(u.dtype) * 8191 / (sharpness or 1)
        # Zeros stay zeros.
        parts.append((part / scale.clamp(min=1e-6)).round() * scale)
    return torch.cat(parts, dim=-1)


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
        if configuration.gate_biases == 1:
            for name, bias in self.lstm.named_parameters():
                if "bias_hh" in name:
                    nn.init.zeros_(bias)
                    bias.requires_grad_(False)
        self.lstm.dropout = dropout if configuration.layers > 1 else 0.0
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleList(Head(configuration, k) for k in range(len(configuration.fields)))
        self.recall = Cache(configuration) if configuration.recall else None

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
        that comes next. Without the recall, which is a piece's: `self.recall(...)`."""
        return [head(h, given) for head in self.heads]

    def forget(self) -> None:
        """Leaves the recall out: its projection fits one state only, and not what that becomes by training."""
        self.recall, self.configuration = None, replace(self.configuration, recall=None)


def save(network: Network, path: str, dtype=torch.float16, notes: dict[str, str] | None = None) -> None:
    """`notes`: free text (training data, licence, metrics)."""
    tensors = {name: value.detach().to(dtype).contiguous() for name, value in network.state_dict().items()}
    if network.configuration.gate_biases == 1:
        tensors = {name: value for name, value in tensors.items() if "bias_hh" not in name}
    save_file(tensors, path, metadata={**(notes or {}), **network.configuration.metadata()})


def load(path: str, dropout: float = 0.0) -> Network:
    """In fp32. Raises when a tensor is missing, unknown or of another shape."""
    with safe_open(path, framework="pt") as file:
        network = Network(Configuration.from_metadata(file.metadata() or {}), dropout)
    # What begins with learning. is what it learns with at play (learning.py).
    tensors = {name: value for name, value in load_file(path).items() if not name.startswith("learning.")}
    if network.configuration.gate_biases == 1:
        tensors |= {name: torch.zeros_like(value) for name, value in network.state_dict().items() if "bias_hh" in name}
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network


def widened(narrow: Network, random: Network) -> Network:
    """`random`, nowhere narrower and with as many layers, made to answer as `narrow` does: old units hear only old ones,
    new ones hear everything and are not heard at first (Sources/Training/Learning/Widening.swift). A recall is left out: it was
    fitted to another state."""
    if narrow.configuration.layers != random.configuration.layers:
        raise ValueError(f"from.shape is wider: network.layers must be {narrow.configuration.layers}")
    wide = random.state_dict()
    for name, old in narrow.state_dict().items():
        if name.startswith("recall."):
            continue
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
