"""Writes the fixtures (see README), each with what mido and exact fractions say it plays."""

import struct
from pathlib import Path

from mido import Message, MetaMessage, MidiFile, MidiTrack

from played_events import played_events, text

HERE = Path(__file__).parent


def track(*messages):
    return MidiTrack(messages)


def on(key, velocity, time=0, channel=0):
    return Message("note_on", note=key, velocity=velocity, time=time, channel=channel)


def off(key, time=0, channel=0, velocity=64):
    return Message("note_off", note=key, velocity=velocity, time=time, channel=channel)


def pedal(value, time=0, channel=0):
    return Message("control_change", control=64, value=value, time=time, channel=channel)


def mode(control, time=0, channel=0):
    return Message("control_change", control=control, value=0, time=time, channel=channel)


def tempo(value, time=0):
    return MetaMessage("set_tempo", tempo=value, time=time)


def save(name, kind, division, tracks, patch=lambda data: data):
    """The expectation is of the file before `patch`, which may add only what a reader has to skip."""
    path = HERE / (name + ".mid")
    MidiFile(type=kind, ticks_per_beat=division, tracks=tracks).save(path)
    path.with_suffix(".txt").write_text(text(played_events(path)))
    path.write_bytes(patch(path.read_bytes()))


def smpte(frames, ticks):
    return struct.unpack(">h", bytes([256 - frames, ticks]))[0]


save("format0", 0, 480, [track(
    MetaMessage("track_name", name="one hand"), on(60, 100), pedal(127, 7), on(64, 90, 240), off(60, 240),
    on(67, 1, 1), off(64, 100), pedal(0, 3), off(67, 200), on(38, 90, 5, channel=9), off(38, 10, channel=9))])

# mido writes running status; velocity 0 ends these notes.
save("running-status", 0, 96, [track(*[
    on(key, velocity, 13) for key in range(48, 72) for velocity in (80, 0)])])

# Awkward tempi and division, changes in the middle of a note and at one tick, in another track than the notes.
save("format1-tempo", 1, 383, [
    track(MetaMessage("track_name", name="tempo"), tempo(499_979), tempo(333_333, 1000), tempo(777_777, 0),
          tempo(1, 500), tempo(16_777_215, 4000), tempo(612_347, 3)),
    track(MetaMessage("track_name", name="right"), *[
        message for key in range(60, 84) for message in (on(key, key, 17), off(key, 301))]),
    track(MetaMessage("track_name", name="left"), *[
        message for key in range(36, 60) for message in (on(key, key, 29, 1), off(key, 281, 1))]),
])

save("format2", 2, 120, [
    track(tempo(700_001), on(60, 10), off(60, 121), MetaMessage("end_of_track", time=31)),
    track(on(61, 20), off(61, 120)),
    track(tempo(300_007), on(62, 30, 7), off(62, 121)),
])

# In SMPTE time a tempo says nothing.
for name, frames, ticks in (("smpte24", 24, 8), ("smpte25", 25, 40), ("smpte29", 29, 100), ("smpte30", 30, 80)):
    save(name, 0, smpte(frames, ticks), [track(tempo(123_456), *[
        message for key in range(40, 60) for message in (on(key, 64, 7), off(key, 1001))])])


def with_oddities(data):
    """A longer header, unknown chunks, garbage at the end."""
    header, rest = data[8:14], data[14:]
    return (b"MThd" + struct.pack(">L", 10) + header + b"\1\2\3\4" + b"XFIH" + struct.pack(">L", 5) + b"MTrk\0"
            + rest + b"garbage\x80")


save("oddities", 0, 480, [track(
    on(60, 80), Message("sysex", data=[1, 2, 3], time=10), on(62, 80, 10), MetaMessage("lyrics", text="la", time=5),
    off(60, 5), Message("program_change", program=3, time=2), Message("aftertouch", value=3), Message("pitchwheel"),
    off(62, 20))], with_oddities)

# All-notes-off, all-sound-off and reset-all-controllers, of two channels, in another track than the notes, with pedals.
save("modes", 1, 480, [
    track(mode(121), mode(123, 500), mode(120, 500), mode(121, 500), mode(123, 300, channel=1)),
    track(on(60, 80), on(64, 81, channel=1), pedal(127, 100), on(62, 82, 50), off(62, 50), on(65, 83, 350), off(65, 100),
          on(67, 84, 100), on(69, 85, 350), off(69, 50), off(67, 600), on(70, 86, 10), off(70, 400)),
])

# Simultaneous messages, in the order a file may have them.
save("ties", 1, 480, [
    track(on(62, 60, 480), on(60, 61), off(62, 480), on(62, 70), off(60, 0)),
    track(pedal(127, 480), on(61, 62), on(62, 63), pedal(0, 480), off(61), on(60, 1)),
])
