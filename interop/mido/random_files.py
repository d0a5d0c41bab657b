"""MIDI files at random, written by mido: every kind of message, all formats and time bases."""

import random

from mido import Message, MetaMessage, MidiFile, MidiTrack, UnknownMetaMessage


def some_message(dice):
    channel = dice.choice((0, 0, 1, 9, 15))
    byte = lambda: dice.randrange(128)
    return dice.choice((
        lambda: Message("note_on", channel=channel, note=byte(), velocity=dice.choice((0, 1, 64, 127))),
        lambda: Message("note_on", channel=channel, note=byte(), velocity=byte()),
        lambda: Message("note_off", channel=channel, note=byte(), velocity=byte()),
        lambda: Message("polytouch", channel=channel, note=byte(), value=byte()),
        lambda: Message("control_change", channel=channel, control=dice.choice((64, byte())), value=byte()),
        lambda: Message("program_change", channel=channel, program=byte()),
        lambda: Message("aftertouch", channel=channel, value=byte()),
        lambda: Message("pitchwheel", channel=channel, pitch=dice.randrange(-8192, 8192)),
        lambda: Message("sysex", data=[byte() for _ in range(dice.choice((0, 3, 300)))]),
        lambda: MetaMessage("set_tempo", tempo=dice.choice((1, 500_000, dice.randrange(1, 1 << 24)))),
        lambda: MetaMessage(dice.choice(("text", "lyrics", "marker")), text="x" * dice.choice((0, 3, 200))),
        lambda: MetaMessage("track_name", name="é" * dice.randrange(3)),
        lambda: MetaMessage("time_signature", numerator=dice.randrange(1, 20), denominator=2 ** dice.randrange(6)),
        lambda: MetaMessage("key_signature", key=dice.choice(("C", "F#m", "Bb"))),
        lambda: MetaMessage("sequencer_specific", data=[byte() for _ in range(5)]),
        lambda: UnknownMetaMessage(0x60 + dice.randrange(8), data=[byte() for _ in range(dice.randrange(9))]),
    ))()


def write_random_file(seed, path):
    dice = random.Random(seed)
    kind = dice.randrange(3)
    if dice.random() < 0.3:  # SMPTE; mido takes the header's word signed
        longest = dice.choice((0, 3, 1000, 100_000))
        division = int.from_bytes(bytes((256 - dice.choice((24, 25, 29, 30)), dice.randrange(1, 256))), signed=True)
    else:
        division = dice.choice((1, 96, 480, 32767, dice.randrange(1, 32768)))
        longest = dice.choice((0, 3, 1000, 300 * division))  # Less than the 104 days that Continuo reads.
    tracks = []
    for _ in range(1 if kind == 0 else dice.randrange(1, 5)):
        track = MidiTrack(some_message(dice) for _ in range(dice.randrange(200)))
        if dice.random() < 0.5:
            track.append(MetaMessage("end_of_track"))
        for message in track:
            message.time = 0 if dice.random() < 0.4 else dice.randrange(longest + 1)
        tracks.append(track)
    MidiFile(type=kind, ticks_per_beat=division, tracks=tracks).save(path)
