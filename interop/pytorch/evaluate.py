"""`continuo evaluate` once more, by other hands: MIDI files read by mido, tokens and masks written anew from their
description (Sources/Representation/Performance.swift), the network in PyTorch in double precision.

    pip install torch safetensors mido
    python evaluate.py model.safetensors piece.midi …
"""

import json
import math
import sys
from collections import defaultdict
from fractions import Fraction

import mido
import torch

import continuo_torch

LONGEST_SHIFT, WAIT, LONGEST_SLEEP = 100, 256, 8
CLASSES = (101, 257, 32)
OFF, PEDAL, ON = range(3)


def rounded(x: Fraction) -> int:
    return math.floor(x + Fraction(1, 2))


def played_events(path: str) -> list[tuple]:
    """(nanoseconds, kind, key, channel, value) by time, then offs, pedal, ons, each in ascending key."""
    file = mido.MidiFile(path)
    messages, tempi = [], [(0, 500_000)]
    for track in file.tracks:
        at = 0
        for message in track:
            at += message.time
            if message.type == "set_tempo":
                tempi.append((at, message.tempo))
            elif not message.is_meta and getattr(message, "channel", 9) != 9:
                messages.append((at, message))
    tempi.sort(key=lambda change: change[0])

    def time(at: int) -> int:
        ends = [start for start, _ in tempi[1:]] + [at]
        units = sum(max(0, min(end, at) - start) * tempo for (start, tempo), end in zip(tempi, ends))
        return rounded(Fraction(units * 1000, file.ticks_per_beat))

    events = []
    for at, m in messages:
        if m.type == "control_change" and m.control == 64:
            events.append((time(at), PEDAL, 0, m.channel, m.value))
        elif m.type in ("note_on", "note_off"):
            sounds = m.type == "note_on" and m.velocity > 0
            events.append((time(at), ON if sounds else OFF, m.note, m.channel, m.velocity))
    events.sort(key=lambda event: event[:3])

    # A note of no length: the end of a key that nobody holds goes behind the onset of the same instant.
    held, i = set(), 0
    while i < len(events):
        time_, kind, *note, _ = events[i]
        if kind == OFF and tuple(note) not in held:
            j = i + 1
            while j < len(events) and events[j][0] == time_ and events[j][1:4] != (ON, *note):
                j += 1
            if j < len(events) and events[j][0] == time_:
                events.insert(j, events.pop(i))
                continue
        if kind != PEDAL:
            (held.add if kind == ON else held.discard)(tuple(note))
        i += 1
    return events


class Stream:
    """What both sides of a token know: where the stream stands and what sounds."""

    def __init__(self):
        self.tick, self.waits, self.sounding, self.struck = 0, 0, set(), set()

    def move(self, tick: int) -> int:
        shift = tick - self.tick
        if shift > 0:
            self.struck.clear()
        self.tick, self.waits = tick, 0
        return shift

    def strike(self, key: int, tick: int) -> int:
        shift = self.move(tick)
        self.sounding.add(key)
        self.struck.add(key)
        return shift

    def end(self, key: int, tick: int) -> int:
        shift = self.move(tick)
        self.sounding.discard(key)
        self.struck.discard(key)
        return shift

    def wait(self) -> None:
        waits = self.waits
        self.move(self.tick + LONGEST_SHIFT)
        self.waits = waits + 1


def tokens(events: list[tuple]) -> list[tuple[int, int, int]]:
    stream, result, held_back = Stream(), [], set()
    pressed, sustained, pedals = defaultdict(set), defaultdict(set), set()  # key → channels

    def off(key, tick):
        held_back.discard(key)
        result.append((stream.end(key, tick), 128 + key, -1))

    def advance(tick):
        if not result:
            stream.tick = tick
        if held_back and tick > stream.tick:
            end = stream.tick + 1
            for key in sorted(held_back):
                off(key, end)
        while tick - stream.tick > LONGEST_SHIFT and stream.waits < LONGEST_SLEEP:
            stream.wait()
            result.append((LONGEST_SHIFT, WAIT, -1))
        if stream.waits >= LONGEST_SLEEP:
            stream.tick = max(stream.tick, tick - LONGEST_SHIFT)

    def fall_silent(key, tick):
        if pressed[key] or sustained[key] or key not in stream.sounding:
            return
        if tick == stream.tick and key in stream.struck:
            held_back.add(key)
        else:
            off(key, tick)

    for nanoseconds, kind, key, channel, value in events:
        tick = rounded(Fraction(nanoseconds, 10_000_000))
        advance(tick)
        if kind == ON:
            pressed[key].add(channel)
            sustained[key].discard(channel)
            if key in stream.sounding and tick == stream.tick and key in stream.struck:
                held_back.discard(key)
                continue
            if key in stream.sounding:
                off(key, tick)
            result.append((stream.strike(key, tick), key, value // 4))
        elif kind == OFF and channel in pressed[key]:
            pressed[key].discard(channel)
            if channel in pedals:
                sustained[key].add(channel)
            fall_silent(key, tick)
        elif kind == PEDAL and value >= 64:
            pedals.add(channel)
        elif kind == PEDAL:
            pedals.discard(channel)
            for key in range(128):
                if channel in sustained[key]:
                    sustained[key].discard(channel)
                    fall_silent(key, tick)
    advance(rounded(Fraction(events[-1][0], 10_000_000)) + 1)
    return result


def masks(row: list[tuple[int, int, int]]) -> list[torch.Tensor]:
    """Per field [tokens, classes], true where legal."""
    stream = Stream()
    legal = [torch.zeros(len(row), classes, dtype=torch.bool) for classes in CLASSES]
    legal[2][:] = True
    for i, (shift, key, _) in enumerate(row):
        # A note-off may not come in the tick of its note-on, nor shift 0 after a wait.
        idle = len(stream.sounding) == 128 and stream.sounding == stream.struck
        legal[0][i, 1 if stream.waits or idle else 0 :] = True
        ends = stream.sounding - (stream.struck if shift == 0 else set())
        legal[1][i, [k for k in range(128) if k not in stream.sounding] + [128 + k for k in ends]] = True
        legal[1][i, WAIT] = shift == LONGEST_SHIFT
        if key == WAIT:
            stream.wait()
        elif key < 128:
            stream.strike(key, stream.tick + shift)
        else:
            stream.end(key - 128, stream.tick + shift)
    return legal


@torch.no_grad()
def evaluate(model: str, paths: list[str]) -> dict:
    network = continuo_torch.load(model).double()
    nats, notes, count = [0.0, 0.0, 0.0], 0, 0
    for path in paths:
        row = tokens(played_events(path))
        notes += sum(key < 128 for _, key, _ in row)
        count += len(row)
        targets = torch.tensor(row)
        h, _ = network.listen(targets[None])
        # The first token is predicted from the opening state, h = 0.
        before = torch.cat([torch.zeros_like(h[:, :1]), h[:, :-1]], dim=1)
        for k, (logits, legal) in enumerate(zip(network.logits(before, targets[None]), masks(row))):
            there = targets[:, k] >= 0
            assert legal[there].gather(1, targets[there, k, None]).all(), f"{path}: a token is masked"
            scores = logits[0].masked_fill(~legal, -math.inf)[there].log_softmax(-1)
            nats[k] -= scores.gather(1, targets[there, k, None]).sum().item()
    return {
        "pieces": len(paths),
        "notes": notes,
        "tokens": count,
        "nats_per_note": sum(nats) / notes,
        "fields": {name: n / notes for (name, _), n in zip(network.configuration.fields, nats)},
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(evaluate(sys.argv[1], sys.argv[2:]), indent=2))
