"""Losses of windows, whole pieces and their optimiser, as `continuo train` computes them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from . import representations
from .network import Configuration, Network, load, notes_of, widened
from .recipe import Recipe
from .tokens import Music, Piece
from .windows import Window, window_of


@dataclass
class Memory:
    """What a set of streams carries from window to window."""

    #: As `performance.Masks`.
    masks: Any
    #: Of nn.LSTM, without a gradient.
    state: tuple[torch.Tensor, torch.Tensor]
    #: [streams, fields], the last token.
    before: torch.Tensor

    @staticmethod
    def silent(configuration: Configuration, streams: int, device: torch.device) -> "Memory":
        zero = torch.zeros(configuration.layers, streams, configuration.hidden, device=device)
        before = torch.full((streams, len(configuration.fields)), -1, dtype=torch.int16, device=device)
        classes = [count for _, count in configuration.fields]
        masks = representations.named(configuration.representation).masks(classes, streams, device)
        return Memory(masks, (zero, zero.clone()), before)


class Learner(nn.Module):
    """One module whose `forward` is a window's losses, so that DistributedDataParallel can wrap it."""

    def __init__(self, network: Network):
        super().__init__()
        self.network = network

    def forward(self, window: Window, memory: Memory) -> torch.Tensor:
        """Sum of nats by field [fields]; moves `memory` on."""
        tokens, opening = window.tokens, window.opening
        inputs = torch.cat([memory.before[:, None], tokens[:, :-1]], dim=1).masked_fill(opening[..., None], -1)
        legal = memory.masks.window(tokens, opening)
        classes = tokens.long()
        h, state = self.network.follow(inputs.long(), opening, window.cuts, memory.state)
        memory.state = tuple(values.detach().float() for values in state)
        memory.before = tokens[:, -1]
        h = self.network.dropout(h)
        nats = []
        for k, logits in enumerate(self.network.logits(h, classes)):
            scores = logits.to(torch.promote_types(logits.dtype, torch.float32)).masked_fill(~legal[k], -1e30)
            target = classes[..., k]
            cost = -scores.log_softmax(-1).gather(-1, target.clamp(min=0)[..., None])[..., 0]
            nats.append(torch.where(target >= 0, cost, 0).sum())
        return torch.stack(nats)


def initial_network(recipe: Recipe, music: Music) -> Network:
    """As Sources/Training/Learning/Initialisation.swift, with other random numbers."""
    network = Network(
        Configuration(
            recipe.representation, music.fields, recipe.embedding, recipe.hidden, recipe.layers, recipe.head_width,
            gate_biases=recipe.gate_biases,
        ),
        recipe.dropout,
    )
    generator = torch.Generator().manual_seed(recipe.seed)
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.startswith("embeddings") or ".B." in name:
                value.normal_(0, recipe.embedding_deviation, generator=generator)
            elif value.dim() > 1:
                bound = (recipe.hidden if name.startswith("lstm") else value.shape[1]) ** -0.5
                value.uniform_(-bound, bound, generator=generator)
            else:
                value.zero_()
                if "bias_ih" in name:
                    value[recipe.hidden : 2 * recipe.hidden] = 1
    return network


def begun(
    start: str | None, recipe: Recipe, music: Music, earlier: dict, quiet: bool = False
) -> tuple[Network, dict[str, str] | None]:
    """The network that training begins with and, if that is the one in the file `start`, what the file says of itself.
    A checkpoint, `earlier`, if there is one, knows both; its weights are restored later."""
    # Old checkpoints do not say what they were begun from.
    if "base" in earlier:
        if earlier["base"] is not None:
            recipe.take_shape(Configuration.from_metadata(earlier["configuration"]))
        return initial_network(recipe, music), earlier["base"]
    if not start:
        if recipe.base or recipe.shape == "wider":
            name = recipe.base or "another model, in a wider shape"
            raise ValueError(f"the recipe begins from {name}; say where its file lies by --from FILE")
        return initial_network(recipe, music), None
    network = load(start, recipe.dropout)
    if network.recall is not None:
        network.forget()
        if not quiet:
            print(f"{start}: its recall is left out; `continuo train` fits another to the new model", flush=True)
    if recipe.shape == "wider":
        network = widened(network, initial_network(recipe, music))
    recipe.take_shape(network.configuration)
    # What the daemon plays need not be what can be trained.
    recipe.check(start)
    return network, notes_of(start)


def freeze(network: Network, names: str) -> None:
    """What `training.freeze` names needs no gradient from now on."""

    def part(name: str) -> str:
        return "layer" + name.rsplit("_l", 1)[1] if name.startswith("lstm.") else name.split(".")[0]

    frozen = set(names.replace(",", " ").split())
    parts = list(dict.fromkeys(part(name) for name, _ in network.named_parameters()))
    for name in frozen.difference(parts):
        raise ValueError(f"training.freeze: there is no part {name}; there are {', '.join(parts)}")
    if frozen == set(parts):
        raise ValueError("training.freeze leaves nothing to learn")
    for name, parameter in network.named_parameters():
        is_absent = network.configuration.gate_biases == 1 and "bias_hh" in name
        parameter.requires_grad_(part(name) not in frozen and not is_absent)


def optimiser_of(network: Network, recipe: Recipe, **options) -> torch.optim.Optimizer:
    """Adam, but for what is frozen; weight matrices shrink, biases and embeddings have no reason to be small."""

    def shrinks(name: str) -> bool:
        return "lstm.weight" in name or name.endswith((".A.weight", ".C.weight"))

    freeze(network, recipe.freeze)
    named = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for name, p in named if shrinks(name)], "weight_decay": recipe.weight_decay},
        {"params": [p for name, p in named if not shrinks(name)], "weight_decay": 0.0},
    ]
    betas = (recipe.beta1, recipe.beta2)
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=betas, eps=recipe.epsilon, **options)


def learn(
    learner: nn.Module, optimiser: torch.optim.Optimizer, window: Window, memory: Memory, recipe: Recipe,
    done: int, world: int = 1, precision: torch.dtype | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """One update. Returns the nats by field of this process's streams, and the gradient's norm before clipping.

    Gradients are of the mean over all tokens of all processes, absent rows counted too: DistributedDataParallel divides
    the sum by the processes."""
    for group in optimiser.param_groups:
        group["lr"] = recipe.rate_after(done)
    optimiser.zero_grad(set_to_none=True)
    with torch.autocast(window.tokens.device.type, dtype=precision, enabled=precision is not None):
        nats = learner(window, memory)
    (nats.sum() * (world / recipe.window)).backward()
    limit = recipe.clip if recipe.clip > 0 else float("inf")
    norm = nn.utils.clip_grad_norm_(learner.parameters(), limit)
    optimiser.step()
    return nats.detach(), norm


@torch.no_grad()
def evaluate(
    network: Network, pieces: list[Piece], steps: int, device: torch.device, precision: torch.dtype | None = None
) -> tuple[float, list[float]]:
    """Nats per note, and by field, over whole pieces."""
    network.eval()
    learner = Learner(network)
    pieces = sorted(pieces, key=lambda piece: -len(piece.tokens))
    memory = Memory.silent(network.configuration, len(pieces), device)
    total = torch.zeros(len(network.configuration.fields), dtype=torch.double, device=device)
    for start in range(0, len(pieces[0].tokens), steps):
        count = sum(len(piece.tokens) > start for piece in pieces)
        memory.masks.select(slice(count))
        memory.state = tuple(values[:, :count].contiguous() for values in memory.state)
        memory.before = memory.before[:count]
        tokens = np.full((count, steps, len(network.configuration.fields)), -1, np.int16)
        for row, piece in zip(tokens, pieces):
            part = piece.tokens[start : start + steps]
            row[: len(part)] = part
        opening = np.zeros((count, steps), bool)
        opening[:, 0] = start == 0
        with torch.autocast(device.type, dtype=precision, enabled=precision is not None):
            total += learner(window_of(tokens, opening).to(device), memory)
    network.train()
    notes = sum(piece.notes for piece in pieces)
    by_field = [value / notes for value in total.tolist()]
    return sum(by_field), by_field
