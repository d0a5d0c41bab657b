"""Trains from a recipe of `continuo train`, on a GPU, several, or the processes of a CPU.

    continuo tokens ../../recipes/maestro-3x512.toml -o tokens --data ...        once, where the music is
    python -m continuo_torch.train ../../recipes/maestro-3x512.toml --tokens tokens -o runs/maestro --resume
    torchrun --nproc-per-node 8 -m continuo_torch.train ...                DistributedDataParallel

The output folder gets checkpoint.pt, log.csv as `continuo train` writes it and, at the end or when the time is up,
model.safetensors, which the instrument plays as it is.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist

from . import checkpoint
from .learner import Learner, Memory, evaluate, initial_network, learn, optimiser_of
from .network import load, notes_of, save, widened
from .recipe import Recipe, read
from .tokens import Music
from .tokens import load as load_tokens
from .windows import Streams


class Training:
    def __init__(self, options: argparse.Namespace, recipe: Recipe, music: Music, rank: int, world: int):
        self.options, self.recipe, self.music, self.rank, self.world = options, recipe, music, rank, world
        self.folder = Path(options.output)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.device = device_of(options.device)
        self.precision = torch.bfloat16 if options.precision == "bf16" else None
        network = load(options.start, recipe.dropout) if options.start else initial_network(recipe, music)
        if options.start and recipe.shape == "wider":
            network = widened(network, initial_network(recipe, music))
        #: What a model that training begins from says of itself.
        self.base = notes_of(options.start) if options.start else {}
        if network.configuration.fields != music.fields:
            raise ValueError(f"{options.start}: its fields are not those of {options.tokens}")
        self.network = network.to(self.device)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.optimiser = optimiser_of(self.network, recipe, fused=self.device.type == "cuda")
        self.streams = Streams(music.split("train"), recipe, rank, world)
        self.memory = Memory.silent(network.configuration, len(self.streams.lanes), self.device)
        self.updates, self.seconds = 0, 0.0
        #: The best validation, and how many have been no better since.
        self.best, self.since = float("inf"), 0
        torch.manual_seed(recipe.seed * 1000 + rank)
        if options.resume and (self.folder / "checkpoint.pt").exists():
            self.restore(checkpoint.read(self.folder / "checkpoint.pt"))
        self.learner = Learner(self.network)
        if world > 1:
            self.learner = torch.nn.parallel.DistributedDataParallel(self.learner)
        self.validation = spread(music.split("validation"), options.validation_pieces)

    # Checkpoints

    def save(self) -> None:
        mine = {
            "streams": self.streams.state(),
            "state": [values.cpu() for values in self.memory.state],
            "before": self.memory.before.cpu(),
            "masks": [self.memory.masks.sounding.cpu(), self.memory.masks.struck.cpu(), self.memory.masks.waited.cpu()],
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }
        processes = [mine]
        if self.world > 1:
            processes = [None] * self.world
            dist.all_gather_object(processes, mine)
        if self.rank == 0:
            state = {
                "recipe": self.recipe.text, "updates": self.updates, "seconds": self.seconds, "best": self.best, "since": self.since,
                "network": self.network.state_dict(), "average": self.average,
                "optimiser": self.optimiser.state_dict(), "processes": processes,
            }
            checkpoint.write(state, self.folder / "checkpoint.pt")

    def restore(self, state: dict) -> None:
        self.network.load_state_dict(state["network"])
        self.average = {name: value.to(self.device) for name, value in state["average"].items()}
        self.optimiser.load_state_dict(state["optimiser"])
        self.updates, self.seconds = state["updates"], state["seconds"]
        self.best, self.since = state["best"], state["since"]
        processes = state["processes"]
        lanes = len(self.streams.lanes)
        if not processes or len(processes) != self.world or len(processes[0]["streams"]["lanes"]) != lanes:
            # Other streams: they begin anew, with an order of their own.
            self.streams.epoch = self.updates
            return
        mine = processes[self.rank]
        self.streams.restore(mine["streams"])
        masks = self.memory.masks
        masks.sounding, masks.struck, masks.waited = (values.to(self.device) for values in mine["masks"])
        self.memory.state = tuple(values.to(self.device) for values in mine["state"])
        self.memory.before = mine["before"].to(self.device)
        torch.set_rng_state(mine["random"])
        if mine["random_cuda"] is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(mine["random_cuda"], self.device)

    # The course of training

    @property
    def done(self) -> int:
        return self.updates * self.recipe.window

    def run(self) -> None:
        begin = saved = time.monotonic()
        earlier = self.seconds
        log = Log(self.folder / "log.csv", [name for name, _ in self.music.fields], self.updates) if self.rank == 0 else None
        totals = []
        counted, at = time.monotonic(), self.done
        while self.done < self.recipe.tokens and not self.is_over(begin):
            before, window = self.done, self.streams.window()
            rate = self.recipe.rate_after(before)
            nats, norm = learn(
                self.learner, self.optimiser, window.to(self.device), self.memory, self.recipe, before, self.world,
                self.precision,
            )
            self.updates += 1
            self.move_average()
            totals.append((self.updates, self.done, nats, window.notes, rate, norm))
            due = self.done // self.recipe.validate_every > before // self.recipe.validate_every
            # Losses are read now and then only: each reading waits for the device.
            if due or len(totals) == 50 or self.done >= self.recipe.tokens:
                speed = (self.done - at) / (time.monotonic() - counted)
                if not all(bool(nats.isfinite().all()) for _, _, nats, *_ in totals):
                    raise FloatingPointError(f"the training diverged by update {self.updates}: lower optimiser.rate")
                validation = self.validate() if due or self.done >= self.recipe.tokens else None
                if log:
                    log.add(totals, self.world, speed, validation)
                    tell(self.done, self.recipe.tokens, totals, self.world, speed, validation)
                totals.clear()
                counted, at = time.monotonic(), self.done
            self.seconds = earlier + time.monotonic() - begin
            if time.monotonic() - saved > self.recipe.checkpoint_minutes * 60 and self.world == 1:
                self.save()
                saved = time.monotonic()
        if log and totals:
            log.add(totals, self.world, 0, None)
        self.save()
        self.finish()

    def is_over(self, begin: float) -> bool:
        """Time or patience is up, or a signal asked for the end; all processes agree."""
        over = Interrupt.asked or (self.options.minutes and time.monotonic() - begin > self.options.minutes * 60)
        over = over or 0 < self.recipe.patience <= self.since
        if self.world == 1:
            return bool(over)
        if self.updates % 10:
            return False
        flag = torch.tensor(float(bool(over)), device=self.device)
        dist.all_reduce(flag)
        return bool(flag > 0)

    @torch.no_grad()
    def move_average(self) -> None:
        if self.recipe.average:
            keep = min(self.recipe.average, (1 + self.updates) / (10 + self.updates))
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)

    def validate(self) -> float | None:
        """Rank 0 for all: the others wait at the next update."""
        if self.rank or not self.validation:
            return None
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        if self.recipe.average:
            self.network.load_state_dict(self.average)
        nats, _ = evaluate(self.network, self.validation, 512, self.device, self.precision)
        # Less is rounding.
        self.since += 1
        if nats < self.best - 1e-4:
            self.best, self.since = nats, 0
            self.export(self.folder / "best.safetensors", nats)
        if self.recipe.average:
            self.network.load_state_dict(own)
        return nats

    def export(self, path: Path, nats: float | None) -> None:
        notes = {**with_base(self.music.notes, self.base), "recipe": self.recipe.text, "tokens_seen": str(self.done)}
        notes["hours"] = f"{self.seconds / 3600:.2f}"
        if nats is not None:
            notes["validation"] = f"{nats:.3f} nats a note on {len(self.validation)} pieces of the validation split"
        save(self.network, str(path), notes=notes)

    def finish(self) -> None:
        if self.rank:
            return
        if self.recipe.average:
            self.network.load_state_dict(self.average)
        if self.recipe.patience and (self.folder / "best.safetensors").exists():
            self.network.load_state_dict(load(str(self.folder / "best.safetensors")).state_dict())
        nats, by_field = evaluate(self.network, self.validation, 512, self.device) if self.validation else (None, [])
        self.export(self.folder / "model.safetensors", nats)
        names = [name for name, _ in self.music.fields]
        figures = ", ".join(f"{name} {value:.3f}" for name, value in zip(names, by_field))
        print(f"{self.folder}/model.safetensors after {self.done} tokens: {nats} nats a note ({figures})")
        if self.options.keep:
            keep = Path(self.options.keep)
            keep.mkdir(parents=True, exist_ok=True)
            for name in ("model.safetensors", "best.safetensors", "log.csv"):
                if (self.folder / name).exists():
                    shutil.copy(self.folder / name, keep / name)
            checkpoint.split(str(self.folder / "checkpoint.pt"), str(keep))


def with_base(notes: dict[str, str], base: dict[str, str]) -> dict[str, str]:
    """What a model must say that was begun from another: that one's origin and licence too."""
    if not base:
        return notes
    about, licence = (base.get(name, "unknown") for name in ("training_data", "licence"))
    licences = dict.fromkeys([licence, *notes.get("licence", "").split("; ")])
    return {
        **notes,
        "training_data": f"{notes.get('training_data', '')}; begun from a model of: {about}",
        "licence": "; ".join(text for text in licences if text),
    }


class Interrupt:
    asked = False

    @staticmethod
    def ask(*_) -> None:
        Interrupt.asked = True


class Log:
    """The columns of Sources/Training/TrainingLog.swift."""

    def __init__(self, path: Path, fields: list[str], keeping: int):
        head = ["update", "tokens", "nats_per_note"] + [f"{field}_nats" for field in fields]
        head = ",".join(head + ["rate", "norm", "tokens_per_s", "validation"])
        old = path.read_text().splitlines()[1:] if keeping and path.exists() else []
        kept = [line for line in old if line.split(",")[0].isdigit() and int(line.split(",")[0]) <= keeping]
        self.path = path
        path.write_text("\n".join([head] + kept) + "\n")

    def add(self, totals: list, world: int, speed: float, validation: float | None) -> None:
        with open(self.path, "a", encoding="utf-8") as file:
            for i, (update, tokens, nats, notes, rate, norm) in enumerate(totals):
                # Of this process's streams, a sample of all.
                costs = [value / max(notes, 1) for value in nats.tolist()]
                last = validation if validation is not None and i == len(totals) - 1 else None
                numbers = [update, tokens, sum(costs), *costs, rate, float(norm), int(speed), "" if last is None else last]
                file.write(",".join(str(number) for number in numbers) + "\n")


def tell(done: int, total: int, totals: list, world: int, speed: float, validation: float | None) -> None:
    nats = sum(float(nats.sum()) for _, _, nats, *_ in totals) / max(1, sum(notes for *_, notes, _, _ in totals))
    left = (total - done) / max(speed, 1)
    text = f"{done:>12} of {total} tokens, {speed:8.0f} a second, {nats:7.3f} nats a note, {left / 60:.0f} min left"
    print(text + (f"; validation {validation:.3f}" if validation is not None else ""), flush=True)


def spread(pieces: list, count: int) -> list:
    """So many of them, at even distances."""
    if count >= len(pieces):
        return pieces
    return [pieces[i * len(pieces) // count] for i in range(count)]


def device_of(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("--tokens", required=True, help="folder of `continuo tokens`, or what tokens.py packed")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint, if there is one")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="over the recipe's")
    parser.add_argument("--from", dest="start", metavar="MODEL", help="model file to begin from")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="bf16: automatic mixed precision")
    parser.add_argument("--minutes", type=float, help="end (with checkpoint and model) after so long")
    parser.add_argument("--validation-pieces", type=int, default=20)
    parser.add_argument("--keep", metavar="FOLDER", help="copy model, log and the checkpoint's parts here at the end")
    options = parser.parse_args()
    try:
        recipe, music = read(options.recipe, options.set), load_tokens(options.tokens)
    except (OSError, ValueError) as error:
        sys.exit(f"continuo_torch: {error}")
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, Interrupt.ask)
    if world > 1:
        dist.init_process_group("nccl" if device_of(options.device).type == "cuda" else "gloo")
    torch.set_flush_denormal(True)
    try:
        training = Training(options, recipe, music, rank, world)
    except (OSError, ValueError) as error:
        sys.exit(f"continuo_torch: {error}")
    training.run()
    if world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
