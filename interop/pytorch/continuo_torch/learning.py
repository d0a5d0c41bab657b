"""What a network learns while it is played (Sources/Network/Adaptation.swift), by the formulas and in double precision.

With x the h of the two upper layers, the lower first, head k is z = tanh(A·h + Σ B + E·x). After each four tokens, with D
in the place of E and δ the gradient of the nats before the tanh,

    D ← (1 − 2e-4) D − rate / √4 · Σ (G^(−½) δ)(S⁻¹ x)ᵀ,    E ← E + 0.2 (D − E)

shortened to the field's limit. A token is predicted by E as it was before the token's own four."""

import torch
from safetensors.torch import load_file
from torch.nn import functional

SEGMENT, KEEP, SHARE = 4, 1 - 2e-4, 0.2


class Learning:
    """Of one piece. `network` in double precision."""

    def __init__(self, network, path: str, scale: float = 1.0):
        tensors = {name: value.double() for name, value in load_file(path).items() if name.startswith("learning.")}
        if not tensors:
            raise ValueError(f"{path} has no tensors learning.*: it cannot learn")
        self.network, self.scale = network, scale
        self.input, self.rates = tensors["learning.input"], tensors["learning.rates"]
        self.limits = tensors["learning.limits"]
        fields = range(len(network.configuration.fields))
        self.outputs = [tensors[f"learning.output.{k}"] for k in fields]
        shape = (network.configuration.head_width, self.input.shape[0])
        self.fast = [torch.zeros(shape, dtype=torch.double) for _ in fields]
        self.slow = [torch.zeros(shape, dtype=torch.double) for _ in fields]

    def before_tanh(self, k: int, matrix, x, given):
        head = self.network.heads[k]
        z = head.A(x[:, -self.network.configuration.hidden :]) + functional.linear(x, matrix)
        for j, table in enumerate(head.B):
            z = z + table(given[:, j].clamp(min=0)) * (given[:, j] >= 0).unsqueeze(-1)
        return z

    def logits(self, x, given) -> list:
        """Of each field; x [tokens, inputs] and given [tokens, fields] of one segment."""
        heads = self.network.heads
        return [
            heads[k].C(torch.tanh(self.before_tanh(k, self.scale * self.slow[k], x, given))) for k in range(len(heads))
        ]

    def learn(self, x, given, legal) -> None:
        """From a whole segment; legal: of each field [tokens, classes]."""
        v = x @ self.input
        for k, head in enumerate(self.network.heads):
            there = given[:, k] >= 0
            with torch.enable_grad():
                z = self.before_tanh(k, self.fast[k], x, given).detach().requires_grad_()
                scores = head.C(torch.tanh(z)).masked_fill(~legal[k], float("-inf"))[there]
                nats = functional.cross_entropy(scores, given[there, k].long(), reduction="sum")
                (delta,) = torch.autograd.grad(nats, z)
            step = self.rates[k] / SEGMENT**0.5 * (delta @ self.outputs[k]).T @ v
            norm = step.norm()
            step = step * (self.limits[k] / norm if norm > self.limits[k] else 1.0)
            self.fast[k] = KEEP * self.fast[k] - step
            self.slow[k] = self.slow[k] + SHARE * (self.fast[k] - self.slow[k])


def layers_of(network, rows: torch.Tensor) -> torch.Tensor:
    """x before each row of a piece [tokens, fields]: h of the two upper layers, from the zero state, [tokens, inputs]."""
    from .network import present

    states = sum(present(table, rows[None, :, k]) for k, table in enumerate(network.embeddings))
    kept, lstm, hidden = [], network.lstm, network.configuration.hidden
    for layer in range(lstm.num_layers):
        one = torch.nn.LSTM(states.shape[-1], hidden, 1, batch_first=True).to(rows.device).double()
        one.load_state_dict(
            {
                name.replace(f"_l{layer}", "_l0"): value
                for name, value in lstm.state_dict().items()
                if name.endswith(f"_l{layer}")
            }
        )
        states, _ = one(states)
        kept.append(states[0])
    x = torch.cat(kept[-2:], dim=-1)
    return torch.cat([torch.zeros(1, x.shape[1], dtype=x.dtype), x[:-1]])
