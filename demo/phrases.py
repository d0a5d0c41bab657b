#!/usr/bin/env python3
"""Writes phrase.mid and interruption.mid, what the demo's player plays. Original, in the public domain.

Needs mido. Notes stand in eighths of the bar; touch and timing are shaped below, the same on every run.
"""

import mido

# (start, length) in eighths, key. Three crotchets a bar; the left hand rolls chords, the right hand sings.
LEFT = [45, 52, 57, 60, 57, 52,  41, 50, 57, 62, 57, 50,  44, 52, 59, 62, 59, 52,  40, 47, 52, 56]
PHRASE = (
    [(i, 1.1, key) for i, key in enumerate(LEFT)]
    + [(0, 3, 76), (3, 1, 77), (4, 2, 76), (6, 3.9, 74), (10, 2, 81)]
    + [(12, 2.9, 80), (15, 1, 77), (16, 2, 74), (18, 1, 72), (19, 5, 71)]
)
# It ends on the dominant and asks for an answer; so does the interruption, in the relative major.
INTERRUPTION = (
    [(0, 1, 72), (1, 1, 76), (2, 1.5, 79), (3.5, 0.5, 81), (4, 2, 79), (6, 1, 77), (7, 1, 74), (8, 3, 71)]
    + [(0, 2, 48), (2, 2, 55), (2, 2, 64), (4, 2, 53), (4, 2, 60), (6, 2, 50), (6, 2, 57), (8, 3, 43), (8, 3, 55)]
)


def write(path, notes, eighth, pedal):
    end = max(start + length for start, length, _ in notes)

    def seconds(position):
        """The phrase moves on in its middle and takes its time at the end."""
        return eighth * (position + 0.05 * position * (position - end) / end + 0.9 * (position / end) ** 6)

    events = []
    for start, length, key in notes:
        top = all(key >= other for at, _, other in notes if at == start)
        arch = 1 - abs(start / end - 0.45) / 0.55
        velocity = round((62 if top and key > 66 else 40) + 22 * arch + (6 if start % 6 == 0 else 0))
        # The melody leads its accompaniment a little.
        at = seconds(start) + (0 if top else 0.012)
        events += [(at, 0x90, key, velocity), (max(seconds(start + length) - 0.02, at + 0.05), 0x80, key, 64)]
    for bar in range(0, int(end), 6) if pedal else []:
        events += [(seconds(bar) + 0.06, 0xB0, 64, 127), (seconds(min(bar + 6, end)) - 0.03, 0xB0, 64, 0)]

    track = mido.MidiTrack([mido.MetaMessage("track_name", name="player")])
    tick = 0
    for at, status, first, second in sorted(events):
        ticks = round(at * 960)  # 480 a crotchet at 120 a minute
        track.append(mido.Message.from_bytes([status, first, second], time=ticks - tick))
        tick = ticks
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(track)
    file.save(path)
    print(path, round(file.length, 2), "s")


write("phrase.mid", PHRASE, 0.29, pedal=True)
write("interruption.mid", INTERRUPTION, 0.24, pedal=False)
