"""What a training tells of its course."""

from pathlib import Path


class Log:
    """The columns of Sources/Training/Learning/TrainingLog.swift."""

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
