"""Compares what Continuo reads in MIDI files, and writes, with what mido and music21 read. See README.md."""

import argparse
import multiprocessing
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import mido
from mido.midifiles import midifiles

from random_files import write_random_file

NAMES = {"note_off": "off", "note_on": "on", "polytouch": "pressure", "control_change": "control",
         "program_change": "program", "aftertouch": "channel-pressure", "pitchwheel": "bend"}

build_meta_message = midifiles.build_meta_message


def build_meta_message_with_time(kind, data, delta=0):
    """mido 1.3.3 forgets the delta time of meta events that it does not know, so all behind them come too early."""
    message = build_meta_message(kind, data, delta)
    message.time = delta
    return message


midifiles.build_meta_message = build_meta_message_with_time


def data(message):
    match message.type:
        case "note_off" | "note_on": return message.note, message.velocity
        case "polytouch": return message.note, message.value
        case "control_change": return message.control, message.value
        case "program_change": return (message.program,)
        case "aftertouch": return (message.value,)
        case "pitchwheel": return (message.pitch + 8192,)


def by_mido(path):
    """Of each track: (tick, event, channel, data) in file order, a tempo before what has the same tick."""
    file = mido.MidiFile(path)
    tracks = []
    for track in file.tracks:
        tick, rows = 0, []
        for message in track:
            tick += message.time
            if message.type in NAMES:
                rows.append((tick, NAMES[message.type], message.channel + 1, data(message)))
            elif message.type == "set_tempo":
                rows.append((tick, "tempo", 0, (message.tempo,)))
            elif message.type == "end_of_track":
                break
        rows.append((tick, "end", 0, ()))
        tracks.append(sorted(rows, key=lambda row: (row[0], row[1] != "tempo")))
    return file.type, file.ticks_per_beat, tracks


def nanoseconds(kind, division, tracks):
    """Of each track the time of each row, rounded half up: whole numbers throughout."""
    def times(rows, changes, origin):
        """`origin` and the last result are in units (a tick × µs a quarter, or a tick of a frame)."""
        if division < 0:  # SMPTE; mido leaves the header's word signed
            frames, ticks = 256 - (division >> 8 & 0xFF), division & 0xFF
            top, bottom = (1001 * 10**9, 30000 * ticks) if frames == 29 else (10**9, frames * ticks)
            changes = []
        else:
            top, bottom = 1000, division
        units, last, tempo, place, result = origin, 0, 1 if division < 0 else 500_000, 0, []
        for row in rows:
            while place < len(changes) and changes[place][0] <= row[0]:
                units, last, tempo = units + (changes[place][0] - last) * tempo, *changes[place]
                place += 1
            result.append((2 * (units + (row[0] - last) * tempo) * top + bottom) // (2 * bottom))
        return result, units + (rows[-1][0] - last) * tempo

    def changes(rows):
        return [(row[0], row[3][0]) for row in rows if row[1] == "tempo"]

    if kind == 2:
        result, origin = [], 0
        for rows in tracks:
            here, origin = times(rows, changes(rows), origin)
            result.append(here)
        return result
    shared = sorted((change for rows in tracks for change in changes(rows)), key=lambda change: change[0])
    return [times(rows, shared, 0)[0] for rows in tracks]


def as_listing(kind, division, tracks):
    """The lines that `continuo events` should print."""
    lines = []
    for number, (rows, times) in enumerate(zip(tracks, nanoseconds(kind, division, tracks)), 1):
        for (tick, event, channel, numbers), time in zip(rows, times):
            lines.append("\t".join(map(str, (
                number, tick, "%d.%09d" % divmod(time, 10**9), event, channel or "-", *numbers))))
    return lines


def by_music21(path):
    """As `by_mido`, but channel events only."""
    from music21 import midi
    voice = midi.ChannelVoiceMessages
    names = dict(zip((voice.NOTE_OFF, voice.NOTE_ON, voice.POLYPHONIC_KEY_PRESSURE, voice.CONTROLLER_CHANGE,
                      voice.PROGRAM_CHANGE, voice.CHANNEL_KEY_PRESSURE, voice.PITCH_BEND), NAMES.values()))
    file = midi.MidiFile()
    file.readstr(Path(path).read_bytes())
    tracks = []
    for track in file.tracks:
        tick, rows = 0, []
        for event in track.events:
            if isinstance(event, midi.DeltaTime):
                tick += event.time
            elif event.type in (voice.NOTE_ON, voice.NOTE_OFF):
                rows.append((tick, names[event.type], event.channel, (event.pitch, event.velocity)))
            elif event.type in (voice.PROGRAM_CHANGE, voice.CHANNEL_KEY_PRESSURE):
                rows.append((tick, names[event.type], event.channel, (event.data,)))
            elif event.type == voice.PITCH_BEND:
                rows.append((tick, "bend", event.channel, (event.parameter2 << 7 | event.parameter1,)))
            elif event.type in names:
                rows.append((tick, names[event.type], event.channel, (event.parameter1, event.parameter2)))
            elif event.type in tuple(midi.ChannelModeMessages):
                rows.append((tick, "control", event.channel, mode(event.type.value, event.parameter2)))
        tracks.append(rows)
    return tracks


def difference(ours, theirs):
    """The first lines that are not the same, in words; None if all are."""
    for place, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return f"line {place + 1}: {a!r}, not {b!r}"
    if len(ours) != len(theirs):
        return f"{len(ours)} events, not {len(theirs)}"


def mode(control, value):
    """music21 does not keep the value of local control (122) and of mono mode (126) with the others."""
    return (control,) if control in (122, 126) else (control, value)


def flat(tracks):
    return [(number, row) for number, rows in enumerate(tracks, 1) for row in rows]


def compare(job):
    """A count of what was compared, and the differences. Of a seed, the random file of that seed."""
    command, path, with_music21 = job
    if isinstance(path, int):
        with tempfile.TemporaryDirectory() as folder:
            write_random_file(path, f"{folder}/seed-{path}.mid")
            return compare((command, f"{folder}/seed-{path}.mid", with_music21))
    listed = subprocess.run([*command, "events", path], capture_output=True, text=True)
    if listed.returncode:
        return Counter(refused=1), [f"{path}: not read: {listed.stderr.strip()}"]
    try:
        music = by_mido(path)
    except Exception as error:  # mido has no error type of its own
        return Counter(mido_refused=1), [f"{path}: mido does not read it: {error!r}"]
    lines = listed.stdout.splitlines()[1:]
    count = Counter(files=1, events=len(lines))
    count["notes"] = sum(row[1] == "on" and row[3][1] > 0 for rows in music[2] for row in rows)
    differences = [("read", difference(lines, as_listing(*music)))]
    with tempfile.TemporaryDirectory() as folder:
        written = f"{folder}/written.mid"
        subprocess.run([*command, "events", path, "--write", written], check=True)
        again = by_mido(written)
        differences.append(("written, read by mido", difference(flat(again[2]), flat(music[2]))))
        differences.append(("written, its header", difference(again[:2], music[:2])))
        if with_music21 and music[0] < 2 and music[1] > 0:  # It reads neither format 2 nor SMPTE time.
            count["music21"] = 1
            theirs = [[(tick, event, channel, mode(*numbers) if event == "control" else numbers)
                       for tick, event, channel, numbers in rows if event not in ("tempo", "end")] for rows in music[2]]
            differences.append(("written, read by music21", difference(flat(by_music21(written)), flat(theirs))))
    return count, [f"{path}: {what}: {text[:300]}" for what, text in differences if text]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("music", nargs="*", type=Path, help="MIDI files, and folders of them")
    parser.add_argument("--random", type=int, default=0, help="compare so many random files too; a seed each")
    parser.add_argument("--continuo", default=".build/release/continuo", help="the command that runs it")
    parser.add_argument("--every", type=int, default=1, help="compare every so many files only")
    parser.add_argument("--music21-every", type=int, default=10, help="have music21 read every so many (0: none); "
                        "it takes some seconds for a long piece")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    command = shlex.split(options.continuo)
    files = [str(path) for music in options.music
             for path in (sorted(music.rglob("*")) if music.is_dir() else [music])
             if path.is_file() and path.suffix.lower() in (".mid", ".midi")][::options.every]
    files += range(options.random)
    jobs = [(command, path, options.music21_every > 0 and place % options.music21_every == 0)
            for place, path in enumerate(files)]
    total, faults = Counter(), 0
    with multiprocessing.Pool(options.jobs) as pool:
        for count, differences in pool.imap(compare, jobs, chunksize=4):
            total += count
            faults += len(differences)
            for line in differences:
                print(line, flush=True)
    print(f"{len(files)} files; compared {total['files']} with {total['events']:,} events, {total['notes']:,} notes; "
          f"{total['music21']} of them in music21 too; differences: {faults}")
    sys.exit(1 if faults or not files else 0)


if __name__ == "__main__":
    main()
