"""Writes Tests/TrainingTests/Fixtures: a small network's initial weights, ten batches, and the ten losses with which
PyTorch's autograd and Adam train it on them, in double precision, by truncated back-propagation through time.

    python make_training_fixture.py ../../Tests/TrainingTests/Fixtures

Tokens and masks are those of evaluate.py, so nothing of Continuo has a part in it.
"""

import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from continuo_torch import Configuration, Network, load, present, save
from evaluate import CLASSES, LONGEST_SHIFT, WAIT, masks

UPDATES, STREAMS, STEPS, LENGTH = 10, 6, 12, 37
RATE, BETAS, EPSILON, CLIP = 1e-2, (0.9, 0.999), 1e-8, 1.0
FIELDS = list(zip(("shift", "key", "velocity"), CLASSES))


def random_piece(length: int) -> list[tuple[int, int, int]]:
    """Tokens drawn evenly from what the masks allow, with short shifts and few keys, so that something can be learnt."""
    row = []
    while len(row) < length:
        # `masks` takes whole pieces: a token is tried, and kept if it is legal.
        shift = int(torch.randint(0, 5, ())) if torch.rand(()) < 0.95 else LONGEST_SHIFT
        key = int(torch.randint(55, 67, ())) + 128 * int(torch.randint(0, 2, ()))
        if shift == LONGEST_SHIFT and torch.rand(()) < 0.5:
            key = WAIT
        token = (shift, key, int(torch.randint(10, 20, ())) if key < 128 else -1)
        legal = masks(row + [token])
        if all(legal[k][-1, token[k]] for k in range(3) if token[k] >= 0):
            row.append(token)
    return row


def step(network: Network, states: list, token: torch.Tensor, opening: torch.Tensor) -> tuple[torch.Tensor, list]:
    """One token of every stream [streams, 3] through all layers; a stream that opens comes out with a zero state."""
    x = sum(present(table, token[:, k]) for k, table in enumerate(network.embeddings))
    keep = (~opening).double()[:, None]
    after = []
    for layer, (h, c) in enumerate(states):
        gates = [f"{name}_l{layer}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        h, c = torch.lstm_cell(x, (h, c), *(getattr(network.lstm, gate) for gate in gates))
        h, c = h * keep, c * keep
        after.append((h, c))
        x = h
    return x, after


def train(network: Network, rows: torch.Tensor, openings: torch.Tensor, legal: list[torch.Tensor]) -> tuple:
    """`rows` [streams, time, 3], `openings` [streams, time], `legal` by field [streams, time, classes].
    The mean nats of a token of each update, before it, and the gradient of the first, before clipping."""
    gradient = {}
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE, betas=BETAS, eps=EPSILON)
    hidden = network.configuration.hidden
    states = [(torch.zeros(STREAMS, hidden, dtype=torch.double),) * 2 for _ in range(network.configuration.layers)]
    absent = torch.full((STREAMS, 1, 3), -1)
    inputs = torch.cat([absent, rows[:, :-1]], dim=1).masked_fill(openings[..., None], -1)
    losses = []
    for update in range(UPDATES):
        nats = torch.zeros((), dtype=torch.double)
        for t in range(update * STEPS, (update + 1) * STEPS):
            h, states = step(network, states, inputs[:, t], openings[:, t])
            for k, logits in enumerate(network.logits(h, rows[:, t])):
                there = rows[:, t, k] >= 0
                scores = logits.masked_fill(~legal[k][:, t], -math.inf)[there].log_softmax(-1)
                nats = nats - scores.gather(1, rows[there, t, k, None]).sum()
        loss = nats / (STREAMS * STEPS)
        optimiser.zero_grad()
        loss.backward()
        if update == 0:
            gradient = {name: value.grad.clone() for name, value in network.named_parameters()}
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        states = [(h.detach(), c.detach()) for h, c in states]
        losses.append(loss.item())
    return losses, gradient


def main(folder: Path) -> None:
    torch.manual_seed(2)
    path = str(folder / "initial.safetensors")
    save(
        Network(Configuration("performance", FIELDS, 16, 32, 2, 16)), path, torch.float32,
        {"training data": "none: random numbers", "licence": "CC0-1.0"},
    )
    pieces = [random_piece(LENGTH) for _ in range(STREAMS)]
    # Every stream hears its piece again and again: in each epoch the streams share out the same pieces, so it does not
    # matter which stream has which.
    time = UPDATES * STEPS
    rows = torch.tensor([(piece * UPDATES)[:time] for piece in pieces])
    openings = (torch.arange(time) % LENGTH == 0).expand(STREAMS, time)
    legal = [torch.stack([mask.repeat(UPDATES, 1)[:time] for mask in field]) for field in zip(*map(masks, pieces))]
    losses, gradient = train(load(path).double(), rows, openings, legal)
    batches = rows.reshape(STREAMS, UPDATES, STEPS, 3).transpose(0, 1)
    save_file(
        {
            "pieces": torch.tensor(pieces).float(),
            "batches": batches.float().contiguous(),
            "losses": torch.tensor(losses),
            **{f"gradient.{name}": value.float() for name, value in gradient.items()},
        },
        folder / "ten-losses.safetensors",
    )
    print("\n".join(f"{loss:.6f}" for loss in losses))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
