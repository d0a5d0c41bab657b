"""What makes the folder of a model a preset: what people read, and what they may change (describe() in
Sources/Training/Evaluation/TrainedWeights.swift)."""

import json
from pathlib import Path

from .network import Network


def with_base(notes: dict[str, str], base: dict[str, str] | None) -> dict[str, str]:
    """What a model must say that was begun from another: that one's origin and licence too."""
    if base is None:
        return notes
    about, licence = (base.get(name, "unknown") for name in ("training_data", "licence"))
    licences = dict.fromkeys([licence, *notes.get("licence", "").split("; ")])
    return {
        **notes,
        "training_data": f"{notes.get('training_data', '')}; begun from a model of: {about}",
        "licence": "; ".join(text for text in licences if text),
    }


def describe(folder: Path, name: str, network: Network, notes: dict[str, str]) -> None:
    """Writes preset.toml and CARD.md, but never over those that are there: somebody may have changed them."""
    # So the card says nothing that a longer training changes.
    card = f"""\
# {line(name)}

- Trained on: {line(notes.get("training_data", "unknown"))}
- Licence: {line(notes.get("licence", "unknown"))}
- Size: {sum(parameter.numel() for parameter in network.parameters())} parameters

Tokens seen, validation and the whole recipe stand in the metadata of `model.safetensors`.
"""
    # Of printable text, a string of JSON is one of TOML.
    quoted = json.dumps(line(name), ensure_ascii=False)
    preset = f"[preset]\nname = {quoted}\n\n# All parameters keep their defaults.\n[parameters]\n"
    for file, text in (("preset.toml", preset), ("CARD.md", card)):
        if not (folder / file).exists():
            (folder / file).write_text(text, encoding="utf-8")


def line(text: str) -> str:
    """A line of text, whatever a recipe or another's model says."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
