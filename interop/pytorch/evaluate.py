"""`continuo evaluate` once more, by other hands: MIDI files read by mido, tokens and masks written anew from their
description (Sources/Representation/Performance/Performance.swift), the network, with its recall if it has one, in
PyTorch in double precision.

    pip install torch safetensors mido
    python evaluate.py model.safetensors piece.midi …                      figures as JSON
    python evaluate.py model.safetensors --order canonical piece.midi …    the events of a tick sorted

    continuo evaluate maestro-small --sample 12 --pieces --json > figures.json
    python evaluate.py model.safetensors --against figures.json            the same pieces and order, side by side

    CONTINUO_PRECISION=fp32 continuo evaluate maestro --sample 2 --pieces --json --learning 1 > learning.json
    python evaluate.py model.safetensors --learning 1 --against learning.json

The forms with --against end with status 1 if any piece differs: in its number of notes, tokens or 388-events, by more than 1e-3
nats a note in all or in a field, or by more than 0.1 % of its tokens in accuracy (where two classes are all but equally
probable, rounding decides which is the most probable one).
"""

import argparse
import json
import math
import sys
from collections import defaultdict
from fractions import Fraction

import mido
import torch

import continuo_torch
from continuo_torch.learning import SEGMENT, Learning, layers_of

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


def canonical(row: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The same notes at the same ticks: of a tick first the ends, then the onsets, each in ascending key."""
    now, timed = 0, []
    for shift, key, velocity in row:
        now += shift
        timed.append((now, key < 128, key, velocity))
    timed.sort()
    starts = [0] + [tick for tick, *_ in timed]
    return [(tick - start, key, velocity) for start, (tick, _, key, velocity) in zip(starts, timed)]


def events_388(row: list[tuple[int, int, int]]) -> int:
    """Length in the vocabulary of Performance RNN (Oore et al. 2018, section 3.1): shifts of 1…100 ticks, velocity when
    it changes, note-on, note-off. A rest that outlasts the tokens' longest, nine seconds, counts as that."""
    velocity, count = None, 0
    for shift, key, bin_ in row:
        count += (shift > 0) + (key != WAIT)
        if key < 128 and bin_ != velocity:
            velocity, count = bin_, count + 1
    return count


CHUNK = 2048
SIDE_BY_SIDE = 16


@torch.no_grad()
def evaluate(network: continuo_torch.Network, rows: list[list[tuple]]) -> list[dict]:
    """Figures of pieces heard side by side, each from the zero state."""
    legal = [masks(row) for row in rows]
    length = max(len(row) for row in rows)
    targets = torch.full((len(rows), length, 3), -1)
    for i, row in enumerate(rows):
        targets[i, : len(row)] = torch.tensor(row)
    fields = len(network.configuration.fields)
    nats, hits = torch.zeros(len(rows), fields, dtype=torch.double), torch.zeros(len(rows), fields + 1, dtype=torch.long)
    recall, remembered = network.recall, [None] * len(rows)
    # The first token is predicted from the opening state, h = 0.
    state, last = None, torch.zeros(len(rows), 1, network.configuration.hidden, dtype=torch.double)
    for start in range(0, length, CHUNK):
        part = targets[:, start : start + CHUNK]
        h, state = network.listen(part, state)
        before, last = torch.cat([last, h[:, :-1]], dim=1), h[:, -1:]
        for i, row in enumerate(rows):
            count = min(len(row) - start, part.shape[1])
            if count <= 0:
                continue
            target = part[i, :count]
            whole = torch.ones(count, dtype=torch.bool)
            for k, logits in enumerate(network.logits(before[i, :count], target)):
                allowed, there = legal[i][k][start : start + count], target[:, k] >= 0
                if recall is not None and recall.configuration.field == k:
                    heard = before[i, :count], target[:, k], logits, allowed
                    logits, remembered[i] = recall(*heard, remembered[i])
                allowed, wanted = allowed[there], target[there, k, None]
                assert allowed.gather(1, wanted).all(), "a token is masked"
                scores = logits[there].masked_fill(~allowed, -math.inf).log_softmax(-1)
                nats[i, k] -= scores.gather(1, wanted).sum()
                hit = scores.argmax(-1) == wanted[:, 0]
                hits[i, k] += hit.sum()
                whole[there] &= hit
            hits[i, fields] += whole.sum()
    return [report(network, row, nats[i].tolist(), hits[i].tolist()) for i, row in enumerate(rows)]


@torch.no_grad()
def evaluate_learning(network: continuo_torch.Network, path: str, scale: float, row: list[tuple]) -> dict:
    """Figures of a piece that the network learns while it hears it (continuo_torch/learning.py)."""
    legal, target = masks(row), torch.tensor(row)
    x, learning, remembered = layers_of(network, target), Learning(network, path, scale), None
    fields = len(network.configuration.fields)
    nats, hits = torch.zeros(fields, dtype=torch.double), torch.zeros(fields + 1, dtype=torch.long)
    for start in range(0, len(row), SEGMENT):
        part = slice(start, start + SEGMENT)
        given, allowed = target[part], [mask[part] for mask in legal]
        whole = torch.ones(len(given), dtype=torch.bool)
        for k, logits in enumerate(learning.logits(x[part], given)):
            if network.recall is not None and network.recall.configuration.field == k:
                h = x[part, -network.configuration.hidden :]
                logits, remembered = network.recall(h, given[:, k], logits, allowed[k], remembered)
            there = given[:, k] >= 0
            wanted = given[there, k, None]
            scores = logits[there].masked_fill(~allowed[k][there], -math.inf).log_softmax(-1)
            nats[k] -= scores.gather(1, wanted).sum()
            hit = scores.argmax(-1) == wanted[:, 0]
            hits[k] += hit.sum()
            whole[there] &= hit
        hits[fields] += whole.sum()
        if len(given) == SEGMENT:
            learning.learn(x[part], given, allowed)
    return report(network, row, nats.tolist(), hits.tolist())


def report(network: continuo_torch.Network, row: list[tuple], nats: list[float], hits: list[int]) -> dict:
    """Under the names of `continuo evaluate --json`."""
    notes, counts = sum(key < 128 for _, key, _ in row), [sum(token[k] >= 0 for token in row) for k in range(len(nats))]
    return {
        "notes": notes,
        "tokens": len(row),
        "events_388": events_388(row),
        "nats": sum(nats),
        "nats_per_note": sum(nats) / notes,
        "nats_per_event_388": sum(nats) / events_388(row),
        "accuracy": hits[-1] / len(row),
        "fields": [
            {"name": name, "nats_per_note": n / notes, "accuracy": hit / count}
            for (name, _), n, hit, count in zip(network.configuration.fields, nats, hits, counts)
        ],
    }


def pieces(model: str, paths: list[str], order: str, learning: float | None = None) -> list[dict]:
    network = continuo_torch.load(model).double()
    result = []
    for first in range(0, len(paths), SIDE_BY_SIDE):
        some = paths[first : first + SIDE_BY_SIDE]
        rows = [tokens(played_events(path)) for path in some]
        if order == "canonical":
            rows = [canonical(row) for row in rows]
        if learning is None:
            figures = evaluate(network, rows)
        else:
            figures = [evaluate_learning(network, model, learning, row) for row in rows]
        result += [{"path": path, **piece} for path, piece in zip(some, figures)]
    return result


def total(list_: list[dict]) -> dict:
    notes, nats = sum(piece["notes"] for piece in list_), sum(piece["nats"] for piece in list_)
    return {
        "pieces": len(list_),
        "notes": notes,
        "tokens": sum(piece["tokens"] for piece in list_),
        "nats_per_note": nats / notes,
        "nats_per_event_388": nats / sum(piece["events_388"] for piece in list_),
    }


def differences(ours: dict, theirs: dict) -> list[str]:
    found = [key for key in ("notes", "tokens", "events_388") if ours[key] != theirs[key]]
    for name, a, b in [("all", ours, theirs)] + [(f["name"], f, g) for f, g in zip(ours["fields"], theirs["fields"])]:
        found += [f"nats of {name}"] * (abs(a["nats_per_note"] - b["nats_per_note"]) > 1e-3)
        found += [f"accuracy of {name}"] * (abs(a["accuracy"] - b["accuracy"]) > 1e-3)
    return found


def compare(model: str, path: str, learning: float | None = None) -> bool:
    """Whether PyTorch says what the report says."""
    with open(path) as file:
        report = json.load(file)
    own = pieces(model, [piece["path"] for piece in report["by_piece"]], report["order"], learning)
    print(f"{report['order']} order\n\n{'notes':>8} {'Continuo':>10} {'PyTorch':>10} {'difference':>11}  nats a note of")
    good, largest = True, 0.0
    for ours, theirs in zip(own, report["by_piece"]):
        difference = theirs["nats_per_note"] - ours["nats_per_note"]
        largest = max(largest, abs(difference))
        found = differences(ours, theirs)
        good = good and not found
        print(
            f"{ours['notes']:8} {theirs['nats_per_note']:10.5f} {ours['nats_per_note']:10.5f} {difference:11.1e}  "
            + ours["path"].rsplit("/", 1)[-1] + "".join(f"  DIFFERS: {what}" for what in found)
        )
    sums = total(own)
    print(f"{sums['notes']:8} {report['nats_per_note']:10.5f} {sums['nats_per_note']:10.5f}", end=" ")
    print(f"{report['nats_per_note'] - sums['nats_per_note']:11.1e}  all {sums['pieces']}")
    print(f"\nlargest difference of a piece: {largest:.1e} nats a note; " + ("equal" if good else "DIFFERENT"))
    return good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--order", choices=["true", "canonical"], default="true")
    parser.add_argument("--against", metavar="figures.json")
    parser.add_argument("--learning", type=float, metavar="factor", help="as continuo evaluate --learning")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.against:
        sys.exit(0 if compare(arguments.model, arguments.against, arguments.learning) else 1)
    list_ = pieces(arguments.model, arguments.files, arguments.order, arguments.learning)
    print(json.dumps({"order": arguments.order, **total(list_), "by_piece": list_}, indent=2))
