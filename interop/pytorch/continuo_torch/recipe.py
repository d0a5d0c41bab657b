"""The recipes of `continuo train`, with the same keys, defaults and learning rates (Sources/Training/Recipes/Recipe.swift)."""

import math
import tomllib
from dataclasses import dataclass, field, fields


def key(name: str, default, *limits):
    """`limits`: least and greatest value and, of widths, their factor, as in Sources/Training/Recipes/Recipe+Keys.swift."""
    return field(default=default, metadata={"key": name, "limits": limits})


@dataclass
class Recipe:
    """`continuo recipes` tells what each key means. Not used here: parts, precision (an option of
    train.py), data sets (tokens.py has their pieces)."""

    name: str = key("name", "")
    representation: str = key("representation", "performance")
    #: That there is one; where its file lies, --from says.
    base: str = key("from.model", "")
    #: Of the model that --from names: same or wider.
    shape: str = key("from.shape", "same")
    embedding: int = key("network.embedding", 128, 16, 4096, 16)
    hidden: int = key("network.hidden", 256, 16, 4096, 16)
    layers: int = key("network.layers", 2, 1, 8)
    head_width: int = key("network.head-width", 128, 0, 4096, 16)
    #: `nn.LSTM` has two; of those with one the second stays zero.
    gate_biases: int = key("network.gate-biases", 2, 1, 2)
    tokens: int = key("training.tokens", -1, 0, 1_000_000_000_000)
    streams: int = key("training.streams", 64, 1, 4096)
    steps: int = key("training.steps", 64, 1, 4096)
    dropout: float = key("training.dropout", 0.1, 0, 0.9)
    transposition: int = key("training.transposition", 0, 0, 12)
    tempo: float = key("training.tempo", 0.0, 0, 0.5)
    velocity: int = key("training.velocity", 0, 0, 64)
    seed: int = key("training.seed", 1, 0, 1 << 53)
    embedding_deviation: float = key("training.embedding-deviation", 0.3, 0, 10)
    average: float = key("training.average", 0.0, 0, 0.99999)
    patience: int = key("training.patience", 0, 0, 10_000)
    freeze: str = key("training.freeze", "")
    rate: float = key("optimiser.rate", 2e-3, 0, 1)
    schedule: str = key("optimiser.schedule", "cosine")
    warmup: int = key("optimiser.warmup", 0, 0, 1_000_000_000_000)
    cooldown: int = key("optimiser.cooldown", 0, 0, 1_000_000_000_000)
    floor: float = key("optimiser.floor", 0.0, 0, 1)
    beta1: float = key("optimiser.beta1", 0.9, 0, 0.9999)
    beta2: float = key("optimiser.beta2", 0.999, 0, 0.99999)
    epsilon: float = key("optimiser.epsilon", 1e-8, 1e-12, 1)
    weight_decay: float = key("optimiser.weight-decay", 0.0, 0, 1)
    clip: float = key("optimiser.clip", 1.0, 0, 1_000_000)
    validate_every: int = key("report.validate-every", 2_000_000, 1, 1_000_000_000_000)
    checkpoint_minutes: float = key("report.checkpoint-minutes", 5.0, 0.001, 1_000_000)
    #: As it was read, with what was set over it.
    text: str = ""

    def take_shape(self, other) -> None:
        """Of a network's configuration."""
        for name in ("embedding", "hidden", "layers", "head_width"):
            setattr(self, name, getattr(other, name))

    def check(self, path: str) -> None:
        """Raises ValueError, in the name of the file at `path`, for what `continuo` could not train or evaluate."""
        for f in fields(self):
            if not f.metadata.get("limits"):
                continue
            value, (least, most, *factor) = getattr(self, f.name), f.metadata["limits"]
            if not least <= value <= most or any(value % unit for unit in factor):
                span = f"{least}…{most}" + "".join(f", a multiple of {unit}" for unit in factor)
                raise ValueError(f"{path}: {f.metadata['key']} is {value}; it must be {span}")

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
IGNORED = {
    "corpus.validation-pieces", "from.about", "from.licence", "training.parts", "training.packing",
    "training.precision", "recall.width", "recall.length", "recall.pieces", "recall.rate",
    "learning.tokens",
}
IGNORED_TABLES = ("data.",)
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
        if name in IGNORED or name.startswith(IGNORED_TABLES):
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
    for name, there in (("name", recipe.name), ("training.tokens", recipe.tokens >= 0)):
        if not there:
            raise ValueError(f"{path}: {name} must be given")
    recipe.check(path)
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
