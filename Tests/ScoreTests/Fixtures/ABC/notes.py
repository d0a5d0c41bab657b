"""What abc2midi plays of the tunes of an ABC file: `python3 notes.py features.abc > features.txt` (needs abc2midi of
Debian's abcmidi 2023.02.08, and mido 1.3).

A line a note: number of the tune, onset and end in 480ths of a quarter, key. Grace notes, chord symbols and fermatas are
left to be silent by abc2midi's options; the other ornaments are taken out before."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import mido


def plain(line):
    """A line of music without accents and ornaments, which abc2midi would play."""
    if re.match(r"[A-Za-z]:[^|]|%", line):
        return line
    parts = re.split(r'("[^"]*"|\[[A-Za-z]:[^]]*\]|![^!]*!)', line)
    return "".join(
        re.sub(r"[.~HLMTuv]", "", part) if index % 2 == 0 else "" if part[0] == "!" else part
        for index, part in enumerate(parts)
    )


def notes(path):
    """Each note of abc2midi begins a tick late, and ends in time."""
    for track in mido.MidiFile(path).tracks:
        time, sounding = 0, {}
        for message in track:
            time += message.time
            if message.type == "note_on" and message.velocity > 0:
                sounding[message.note] = time - 1
            elif message.type in ("note_on", "note_off") and message.note in sounding:
                yield sounding.pop(message.note), time, message.note


source = Path(sys.argv[1]).read_text()
with tempfile.TemporaryDirectory() as folder:
    text = "\n".join(map(plain, source.split("\n")))
    # Chords are not broken up.
    text = re.sub(r"(?m)^(X:.*)$", r"\1\n%%MIDI chordattack 0", text)
    Path(folder, "t.abc").write_text(text)
    subprocess.run(
        ["abc2midi", "t.abc", "-NGRA", "-NGUI", "-NFER", "-NCOM", "-silent"],
        cwd=folder, stdout=subprocess.DEVNULL, check=False)
    for number in re.findall(r"(?m)^X:(\d+)", source):
        for onset, end, key in sorted(notes(Path(folder, f"t{number}.mid"))):
            print(number, onset, end, key)
