"""Trains from a recipe of `continuo train`, on a GPU, several, or the processes of a CPU.

    continuo tokens ../../recipes/maestro-3x512.toml -o tokens --data ...        once, where the music is
    python -m continuo_torch.train ../../recipes/maestro-3x512.toml --tokens tokens -o runs/maestro --resume
    torchrun --nproc-per-node 8 -m continuo_torch.train ...                DistributedDataParallel

The output folder gets checkpoint.pt, log.csv as `continuo train` writes it and, at the end or when the time is up,
model.safetensors with preset.toml and CARD.md, a preset that the instrument plays as it is.
"""

import argparse
import math
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist

from . import checkpoint
from .learner import Learner, Memory, begun, evaluate, learn, optimiser_of
from . import representations
from .log import Log, tell
from .network import load, save
from .preset import describe, with_base
from .recipe import Recipe, read
from .tokens import Music
from .tokens import load as load_tokens
from .windows import Streams


class Training:
    def __init__(self, options: argparse.Namespace, recipe: Recipe, music: Music, rank: int, world: int):
        self.options, self.recipe, self.music, self.rank, self.world = options, recipe, music, rank, world
        self.folder = Path(options.output)
        earlier = self.earlier()
        self.device = device_of(options.device)
        self.precision = torch.bfloat16 if options.precision == "bf16" else None
        network, self.base = begun(options.start, recipe, music, earlier, quiet=rank > 0)
        if network.configuration.fields != music.fields:
            raise ValueError(f"{options.start}: its fields are not those of {options.tokens}")
        self.network = network.to(self.device)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.optimiser = optimiser_of(self.network, recipe, fused=self.device.type == "cuda")
        if rank == 0 and not representations.named(recipe.representation).is_known:
            print(f"{recipe.representation}: without masks or augmentation here, which only `continuo train` has")
        self.streams = Streams(music.split("train"), recipe, rank, world)
        self.memory = Memory.silent(network.configuration, len(self.streams.lanes), self.device)
        #: When this start was, and the seconds of those before it.
        self.started, self.spent = time.monotonic(), 0.0
        self.updates = 0
        #: The best validation, and how many have been no better since.
        self.best, self.since = math.inf, 0
        torch.manual_seed(recipe.seed * 1000 + rank)
        if earlier:
            self.restore(earlier)
        self.learner = Learner(self.network)
        if world > 1:
            self.learner = torch.nn.parallel.DistributedDataParallel(self.learner)
        self.validation = spread(music.split("validation"), options.validation_pieces)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = Log(self.folder / "log.csv", [name for name, _ in music.fields], self.updates) if rank == 0 else None
        #: Updates that the log does not tell of yet, and when and at which token they began.
        self.totals, self.counted, self.at = [], time.monotonic(), self.done

    # Checkpoints

    def earlier(self) -> dict:
        """The checkpoint to go on from; empty for a new training, which must not replace an older one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return {}
        if not self.options.resume:
            raise ValueError(
                f"{path} is there from an older training; go on with it by --resume, or choose another output folder"
            )
        return checkpoint.read(path)

    def save(self) -> None:
        # A later start does not log again what the checkpoint holds.
        self.report()
        mine = {
            "streams": self.streams.state(),
            "state": [values.cpu() for values in self.memory.state],
            "before": self.memory.before.cpu(),
            "masks": [value.cpu() for value in self.memory.masks.state()],
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }
        processes = [mine]
        if self.world > 1:
            processes = [None] * self.world
            dist.all_gather_object(processes, mine)
        if self.rank == 0:
            state = {
                "recipe": self.recipe.text, "configuration": self.network.configuration.metadata(), "base": self.base,
                "updates": self.updates, "seconds": self.seconds, "best": self.best, "since": self.since,
                "network": self.network.state_dict(), "average": self.average,
                "optimiser": self.optimiser.state_dict(), "processes": processes,
            }
            checkpoint.write(state, self.folder / "checkpoint.pt")

    def restore(self, state: dict) -> None:
        self.network.load_state_dict(state["network"])
        self.average = {name: value.to(self.device) for name, value in state["average"].items()}
        self.optimiser.load_state_dict(state["optimiser"])
        self.updates, self.spent = state["updates"], state["seconds"]
        self.best, self.since = state["best"], state["since"]
        processes = state["processes"]
        lanes = len(self.streams.lanes)
        if not processes or len(processes) != self.world or len(processes[0]["streams"]["lanes"]) != lanes:
            # Other streams: they begin anew, with an order of their own.
            self.streams.epoch = self.updates
            return
        mine = processes[self.rank]
        self.streams.restore(mine["streams"])
        self.memory.masks.restore([values.to(self.device) for values in mine["masks"]])
        self.memory.state = tuple(values.to(self.device) for values in mine["state"])
        self.memory.before = mine["before"].to(self.device)
        torch.set_rng_state(mine["random"])
        if mine["random_cuda"] is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(mine["random_cuda"], self.device)

    # The course of training

    @property
    def done(self) -> int:
        return self.updates * self.recipe.window

    @property
    def seconds(self) -> float:
        return self.spent + time.monotonic() - self.started

    def run(self) -> None:
        if self.base is not None and self.recipe.patience and self.updates == 0 and self.best == math.inf:
            # What it begins with is the first to be beaten.
            validation = self.validate()
            if validation is not None:
                print(f"begins with a validation of {validation:.3f} nats a note", flush=True)
        saved = self.counted = time.monotonic()
        while self.done < self.recipe.tokens:
            is_over, is_due = self.agreed(saved)
            if is_over:
                break
            if is_due:
                self.save()
                saved = time.monotonic()
            self.update()
        self.save()
        self.finish()

    def agreed(self, saved: float) -> tuple[bool, bool]:
        """Whether time or patience is up, or a signal asked for the end; and whether a checkpoint is due, which all
        must write together. Processes agree now and then only: they wait for each other."""
        now, minutes = time.monotonic(), self.options.minutes
        is_over = Interrupt.asked or bool(minutes) and now - self.started > minutes * 60
        is_over = is_over or 0 < self.recipe.patience <= self.since
        is_due = self.rank == 0 and now - saved > self.recipe.checkpoint_minutes * 60
        if self.world == 1:
            return is_over, is_due
        if self.updates % 10:
            return False, False
        flags = torch.tensor([float(is_over), float(is_due)], device=self.device)
        dist.all_reduce(flags)
        return bool(flags[0] > 0), bool(flags[1] > 0)

    def update(self) -> None:
        before, window = self.done, self.streams.window()
        rate = self.recipe.rate_after(before)
        nats, norm = learn(
            self.learner, self.optimiser, window.to(self.device), self.memory, self.recipe, before, self.world,
            self.precision,
        )
        self.updates += 1
        self.move_average()
        self.totals.append((self.updates, self.done, nats, window.notes, rate, norm))
        every = self.recipe.validate_every
        validates = self.done // every > before // every or self.done >= self.recipe.tokens
        # Losses are read now and then only: each reading waits for the device.
        if validates or len(self.totals) == 50:
            self.report(validates)

    def report(self, validates: bool = False) -> None:
        """Logs and tells the updates since the last time."""
        if not self.totals:
            return
        speed = (self.done - self.at) / (time.monotonic() - self.counted)
        if not all(bool(nats.isfinite().all()) for _, _, nats, *_ in self.totals):
            raise FloatingPointError(f"the training diverged by update {self.updates}: lower optimiser.rate")
        validation = self.validate() if validates else None
        if self.log:
            self.log.add(self.totals, self.world, speed, validation)
            tell(self.done, self.recipe.tokens, self.totals, self.world, speed, validation)
        self.totals.clear()
        self.counted, self.at = time.monotonic(), self.done

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

    @property
    def notes(self) -> dict[str, str]:
        """What the model must say of its origin."""
        return with_base(self.music.notes, self.base)

    def export(self, path: Path, nats: float | None) -> None:
        notes = {**self.notes, "recipe": self.recipe.text, "tokens_seen": str(self.done)}
        notes["hours"] = f"{self.seconds / 3600:.2f}"
        if nats is not None:
            pieces = f"{len(self.validation)} piece{'' if len(self.validation) == 1 else 's'}"
            notes["validation"] = f"{nats:.3f} nats a note on {pieces} of the validation split"
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
        describe(self.folder, self.recipe.name, self.network, self.notes)
        names = [name for name, _ in self.music.fields]
        figures = ", ".join(f"{name} {value:.3f}" for name, value in zip(names, by_field))
        print(f"{self.folder}/model.safetensors after {self.done} tokens: {nats} nats a note ({figures})")
        if self.options.keep:
            self.keep(Path(self.options.keep))

    def keep(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("model.safetensors", "preset.toml", "CARD.md", "best.safetensors", "log.csv"):
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, folder / name)
        checkpoint.split(str(self.folder / "checkpoint.pt"), str(folder))


class Interrupt:
    asked = False

    @staticmethod
    def ask(*_) -> None:
        Interrupt.asked = True


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


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("--tokens", required=True, help="folder of `continuo tokens`, or what tokens.py packed")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint, if there is one")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="over the recipe's")
    parser.add_argument("--from", dest="start", metavar="MODEL", help="model file to begin from, once")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="bf16: automatic mixed precision")
    parser.add_argument("--minutes", type=float, help="end (with checkpoint and model) after so long")
    parser.add_argument("--validation-pieces", type=int, default=20)
    parser.add_argument("--keep", metavar="FOLDER", help="copy preset, log and the checkpoint's parts here at the end")
    options = parser.parse_args(arguments)
    try:
        recipe, music = read(options.recipe, options.set), load_tokens(options.tokens)
        if recipe.tokens == 0:
            raise ValueError(f"{options.recipe}: training.tokens is 0: a recall alone is learnt by `continuo train` only")
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
