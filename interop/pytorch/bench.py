"""Trains the three networks of `continuo bench train` in PyTorch, in turn with Continuo, and sets both side by side.

    python bench.py --continuo ../../.build/release/continuo --rounds 3

Forward, backward, clipping and Adam on random tokens, on as many threads as Continuo. PyTorch flushes denormal numbers,
like Continuo; states are carried on from window to window. With --precision bf16 both multiply bfloat16, PyTorch by its
automatic mixed precision; --pytorch-precision fp32 sets it beside PyTorch's floats, which are faster on many processors.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

import torch
from torch import nn

THREADS = 2


@dataclass
class Shape:
    name: str
    classes: int
    embedding: int
    hidden: int
    layers: int
    streams: int
    steps: int
    dropout: float


SHAPES = [
    Shape("T1", 388, 256, 256, 2, 64, 256, 0.3),
    Shape("T2", 86, 512, 256, 3, 16, 64, 0.0),
    Shape("T3", 388, 512, 512, 2, 64, 256, 0.0),
]


class Plain(nn.Module):
    """The usual network: embedding, nn.LSTM, dropout also before the head, a linear head."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.embedding = nn.Embedding(shape.classes, shape.embedding)
        self.lstm = nn.LSTM(shape.embedding, shape.hidden, shape.layers, dropout=shape.dropout)
        self.dropout = nn.Dropout(shape.dropout)
        self.head = nn.Linear(shape.hidden, shape.classes)

    def forward(self, tokens: torch.Tensor, state):
        h, state = self.lstm(self.embedding(tokens), state)
        return self.head(self.dropout(h)), state


class Subject:
    """A training in the middle of its course."""

    def __init__(self, shape: Shape, precision: str):
        torch.manual_seed(1)
        self.shape = shape
        self.precision = precision
        self.network = Plain(shape)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-3)
        self.tokens = torch.randint(shape.classes, (shape.steps + 1, shape.streams))
        self.state = None
        self.update()

    def update(self) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16"):
            logits, state = self.network(self.tokens[:-1], self.state)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), self.tokens[1:].flatten())
        self.state = tuple(part.detach() for part in state)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()

    def run(self, duration: float) -> float:
        """Tokens a second over at least `duration` seconds."""
        start, updates = time.perf_counter(), 0
        while time.perf_counter() - start < duration:
            self.update()
            updates += 1
        return updates * self.shape.steps * self.shape.streams / (time.perf_counter() - start)


def continuo(command: list[str], shape: Shape, precision: str, duration: float) -> dict:
    arguments = ["bench", "train", "--only", shape.name, "--precision", precision, "--rounds", "1", "--json"]
    arguments += ["--threads", str(THREADS), "--duration", str(duration)]
    run = subprocess.run(command + arguments, stdout=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit(f"{shlex.join(command + arguments)} ended with {run.returncode}")
    return json.loads(run.stdout)[0]


def measure(shape: Shape, command: list[str], precisions: tuple[str, str], rounds: int, duration: float) -> dict:
    ours, theirs, peaks, figures = [], [], [], {}
    for _ in range(rounds):
        figures = continuo(command, shape, precisions[0], duration)
        ours += figures["tokensPerSecond"]
        peaks += figures["peakGigaflops"]
        theirs.append(Subject(shape, precisions[1]).run(duration))
    peak = max(peaks)
    return {
        "name": shape.name,
        "kernels": figures["kernels"],
        "precisions": precisions,
        "continuo": ours,
        "pytorch": theirs,
        "ratio": statistics.median(ours) / statistics.median(theirs),
        "ratioOfBest": max(ours) / max(theirs),
        "peakGigaflops": peak,
        "continuoGigaflops": statistics.median(ours) * figures["operationsPerTokenFolded"] * 1e-9,
        "pytorchGigaflops": statistics.median(theirs) * figures["operationsPerToken"] * 1e-9,
    }


def table(results: list[dict]) -> str:
    """Shares are those of the best, as the peak is the best of its measurements."""
    # The peak is that of floats, which products of bfloat16 may pass.
    peak = "floats' peak" if "bf16" in results[0]["precisions"] else "peak"
    groups = f"{'':4}{'Continuo':^22}{'PyTorch':^22}{'ratio':^15}{'GFLOP/s, medians':>19}"
    shares = f"{'share of ' + peak + ', best':>30}"
    names = f"{'':4}" + f"{'median':>11}{'best':>11}" * 2 + f"{'medians':>9}{'best':>6}"
    lines = [groups + shares, names + f"{'Continuo':>10}{'PyTorch':>9}{'peak':>6}{'Continuo':>14}{'PyTorch':>10}"]
    for r in results:
        speeds = "".join(f"{of(r[who]):11.0f}" for who in ("continuo", "pytorch") for of in (statistics.median, max))
        ours, theirs = (f"{100 * share(r, who):.0f} %" for who in ("continuo", "pytorch"))
        lines.append(
            f"{r['name']:4}{speeds}{r['ratio']:9.2f}{r['ratioOfBest']:6.2f}{r['continuoGigaflops']:10.0f}"
            f"{r['pytorchGigaflops']:9.0f}{r['peakGigaflops']:6.0f}{ours:>14}{theirs:>10}"
        )
    return "\n".join(lines)


def share(result: dict, who: str) -> float:
    best = result[f"{who}Gigaflops"] * max(result[who]) / statistics.median(result[who])
    return best / result["peakGigaflops"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--continuo", default="continuo", help="command that runs Continuo")
    parser.add_argument("--only", default="T1,T2,T3")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of the products")
    parser.add_argument("--pytorch-precision", choices=("fp32", "bf16"), help="of PyTorch's, if not the same")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--duration", type=float, default=4.0, help="seconds of a measurement, at least")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    only = options.only.split(",")
    for name in set(only) - {shape.name for shape in SHAPES}:
        parser.error(f"--only {name}: there are T1, T2 and T3")
    torch.set_num_threads(THREADS)
    torch.set_flush_denormal(True)
    shapes = [shape for shape in SHAPES if shape.name in only]
    command = shlex.split(options.continuo)
    precisions = options.precision, options.pytorch_precision or options.precision
    results = [measure(shape, command, precisions, options.rounds, options.duration) for shape in shapes]
    head = f"tokens/s, {' and '.join(precisions)}, {THREADS} threads, PyTorch {torch.__version__}"
    print(json.dumps(results, indent=2) if options.json else f"{head}\n{table(results)}")


if __name__ == "__main__":
    main()
