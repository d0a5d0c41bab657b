"""What a MIDI file plays, by mido's reader and exact fractions: the oracle of Continuo's own reader."""

from collections import Counter
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import mido

OFF, SUSTAIN, ON = 0, 1, 2  # PlayedEvent.Kind
ENDS = 0.5  # All-notes-off, all-sound-off: behind the note-offs of its time


def _nanoseconds(seconds):
    """Rounded half up, once."""
    return (seconds * 10**9 + Fraction(1, 2)).__floor__()


def _tempo_changes(tracks):
    changes = []
    for track in tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                changes.append((tick, message.tempo))
    return sorted(changes, key=lambda change: change[0])


def _clock(division, changes):
    """A function from ticks to seconds."""
    if division < 0:  # SMPTE; mido leaves the header's word signed
        word = division & 0xFFFF
        frames, ticks = 256 - (word >> 8), word & 0xFF
        rate = Fraction(30000, 1001) if frames == 29 else Fraction(frames)
        return lambda tick: Fraction(tick) / (rate * ticks)

    @lru_cache(maxsize=None)
    def seconds(tick):
        total, last, tempo = 0, 0, 500_000
        for at, new in changes:
            if at > tick:
                break
            total, last, tempo = total + (at - last) * tempo, at, new
        return Fraction(total + (tick - last) * tempo, division * 1_000_000)

    return seconds


def _kind(message):
    if message.type == "note_on":
        return (ON if message.velocity else OFF, message.note, message.velocity)
    if message.type == "note_off":
        return (OFF, message.note, message.velocity)
    if message.type == "control_change" and message.control == 64:
        return (SUSTAIN, 0, message.value)
    if message.type == "control_change" and message.control == 121:
        return (SUSTAIN, 0, 0)
    if message.type == "control_change" and message.control in (120, 123):
        return (ENDS, 0, message.control)
    return None


def played_events(path: Path):
    """Rows of (time in ns, kind, channel, key, value) in playing order, without channel 9."""
    file = mido.MidiFile(path)
    shared = _clock(file.ticks_per_beat, _tempo_changes(file.tracks))
    rows, origin = [], Fraction(0)
    for track in file.tracks:
        clock = _clock(file.ticks_per_beat, _tempo_changes([track])) if file.type == 2 else shared
        tick = 0
        for message in track:
            tick += message.time
            if message.is_meta or message.type == "sysex":
                continue
            what = _kind(message)
            if what and message.channel != 9:
                kind, key, value = what
                rows.append((_nanoseconds(origin + clock(tick)), kind, message.channel, key, value))
        if file.type == 2:
            origin += clock(tick)
    rows.sort(key=lambda row: (row[0], row[1], row[3]))  # stable
    return _ends_after_beginnings(sorted(_carried_out(rows), key=lambda row: (row[0], row[1], row[3])))


def _carried_out(rows):
    """All-notes-off as note-offs; all-sound-off lifts the pedal for a moment too, if it holds what has been let go of."""
    held, pedals, pedalled, result = {}, {}, {}, []
    for row in rows:
        time, kind, channel, key, value = row
        keys = held.setdefault(channel, set())
        if kind == ENDS:
            result += [(time, OFF, channel, key, 64) for key in sorted(keys)]
            if pedals.get(channel, 0) >= 64 and keys:
                pedalled[channel] = True
            keys.clear()
            if value == 120 and pedalled.pop(channel, False):
                result += [(time, SUSTAIN, channel, 0, 0), (time, SUSTAIN, channel, 0, pedals[channel])]
            continue
        if kind == ON:
            keys.add(key)
        elif kind == OFF and key in keys:
            keys.remove(key)
            pedalled[channel] = pedalled.get(channel, False) or pedals.get(channel, 0) >= 64
        elif kind == SUSTAIN:
            pedals[channel] = value
            if value < 64:
                pedalled.pop(channel, None)
        result.append(row)
    return result


def _ends_after_beginnings(rows):
    """Notes of no length: an end that ends nothing stands right after a beginning of its key at the same time, one
    after each while there are ends, the latest first, and after the last beginning all that are left."""
    result, early, held = [], {}, set()
    beginnings = Counter((time, channel, key) for time, kind, channel, key, _ in rows if kind == ON)
    for row in rows:
        time, kind, channel, key, _ = row
        place, note = (time, channel, key), (channel, key)
        if kind == OFF and note not in held and beginnings[place]:
            early.setdefault(place, []).append(row)
            continue
        result.append(row)
        if kind == OFF:
            held.discard(note)
        if kind == ON:
            held.add(note)
            beginnings[place] -= 1
            ends = early.get(place, [])
            while ends:
                result.append(ends.pop())
                held.discard(note)
                if beginnings[place]:
                    break
    return result


def text(rows):
    return "".join("%d %d %d %d %d\n" % row for row in rows)
