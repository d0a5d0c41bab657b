"""corpora.txt: what mido reads in files of the corpora, as a hash each (see README)."""

import sys
from pathlib import Path

from played_events import played_events, text


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def evenly(folder, count):
    """Files spread evenly over a folder's sorted list."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".mid", ".midi") and " " not in str(path))
    return files[len(files) // (2 * count) :: len(files) // count][:count]


root = Path(sys.argv[1])
chosen = []
for folder, count in ("maestro", 16), ("asap", 6), ("piano-midi", 6), ("abc/nottingham/midi", 4):
    chosen += evenly(root / folder, count)

with open(Path(__file__).parent / "corpora.txt", "w") as out:
    for path in chosen:
        rows = played_events(path)
        print(path.relative_to(root), len(rows), "%016x" % fnv1a(text(rows).encode()), file=out)
