"""The recipes of `continuo train`, with the same keys, defaults and learning rates (Sources/Training/Recipe.swift)."""

import math
import tomllib
from dataclasses import dataclass, field, fields


def key(name: str, default):
    return field(default=default, metadata={"key": name})


@dataclass
class Recipe:
    """`continuo recipes` tells what each key means. Not used here: parts, precision (an option of
    train.py), data sets (tokens.py has their pieces)."""

    name: str = key("name", "")
    representation: str = key("representation", "performance")
    #: Of the model that --from names: same or wider.
    shape: str = key("from.shape", "same")
    embedding: int = key("network.embedding", 128)
    hidden: int = key("network.hidden", 256)
    layers: int = key("network.layers", 2)
    head_width: int = key("network.head-width", 128)
    tokens: int = key("training.tokens", 0)
    streams: int = key("training.streams", 64)
    steps: int = key("training.steps", 64)
    dropout: float = key("training.dropout", 0.1)
    transposition: int = key("training.transposition", 0)
    tempo: float = key("training.tempo", 0.0)
    velocity: int = key("training.velocity", 0)
    seed: int = key("training.seed", 1)
    embedding_deviation: float = key("training.embedding-deviation", 0.3)
    average: float = key("training.average", 0.0)
    patience: int = key("training.patience", 0)
    freeze: str = key("training.freeze", "")
    rate: float = key("optimiser.rate", 2e-3)
    schedule: str = key("optimiser.schedule", "cosine")
    warmup: int = key("optimiser.warmup", 0)
    cooldown: int = key("optimiser.cooldown", 0)
    floor: float = key("optimiser.floor", 0.0)
    beta1: float = key("optimiser.beta1", 0.9)
    beta2: float = key("optimiser.beta2", 0.999)
    epsilon: float = key("optimiser.epsilon", 1e-8)
    weight_decay: float = key("optimiser.weight-decay", 0.0)
    clip: float = key("optimiser.clip", 1.0)
    validate_every: int = key("report.validate-every", 2_000_000)
    checkpoint_minutes: float = key("report.checkpoint-minutes", 5.0)
    #: As it was read, with what was set over it.
    text: str = ""

    @property
    def window(self) -> int:
        """Tokens of an update."""
        return self.streams * self.steps

    def rate_after(self, done: int) -> float:
        """Adam's step size after `done` tokens: linear warm-up, then the schedule."""
        if done < self.warmup:
            return self.rate * (done + self.window) / (self.warmup + self.window)
        if self.schedule == "constant":
            left = max(0, self.tokens - done) / self.cooldown if self.cooldown else 1
            return self.rate * (self.floor + (1 - self.floor) * min(1, left))
        progress = min(1, (done - self.warmup) / max(1, self.tokens - self.warmup))
        return self.rate * (self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * progress)))


#: Keys of `continuo train` that mean nothing here, and tables of which any key is one.
IGNORED = {"training.parts", "training.packing", "training.precision", "corpus.validation-pieces"}
IGNORED_TABLES = ("data.", "from.")
#: Values that would mean something, were they known here.
ONLY_THERE = {("training.packing", "sequences")}


def read(path: str, settings: list[str] = ()) -> Recipe:
    """`settings`: `key=value`, over the recipe's. Raises ValueError for what is not understood."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    known = {f.metadata["key"]: f for f in fields(Recipe) if f.metadata}
    recipe = Recipe(text=text + "".join(f"\n# --set {setting}" for setting in settings))
    for name, value in list(flat(tomllib.loads(text))) + [parsed(setting) for setting in settings]:
        if (name, value) in ONLY_THERE:
            raise ValueError(f"{name}: only continuo train can")
        if name in IGNORED or name.startswith(IGNORED_TABLES) and name not in known:
            continue
        if name not in known:
            raise ValueError(f"{path}: there is no key {name}")
        kind = type(known[name].default)
        if kind is not str and isinstance(value, (int, float)) and kind(value) == value:
            value = kind(value)
        if type(value) is not kind:
            raise ValueError(f"{path}: {name} is {value!r}, which is no {kind.__name__}")
        setattr(recipe, known[name].name, value)
    if recipe.schedule not in ("cosine", "constant"):
        raise ValueError(f"{path}: optimiser.schedule must be cosine or constant")
    if recipe.shape not in ("same", "wider"):
        raise ValueError(f"{path}: from.shape must be same or wider")
    if recipe.tokens < 1:
        raise ValueError(f"{path}: training.tokens must be given")
    return recipe


def flat(table: dict, prefix: str = ""):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def parsed(setting: str) -> tuple[str, object]:
    name, _, value = setting.partition("=")
    try:
        return name, tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        return name, value
