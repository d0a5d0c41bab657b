"""The trainer here and `continuo train` compute the same (fp32, no dropout). Both are compared with one fixture, which
make_training_fixture.py wrote in double precision: Continuo by Tests/TrainingTests/LossesTests.swift.

    python -m unittest discover -s tests
"""

import sys
import unittest
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
FIXTURES = HERE.parent.parent.parent / "Tests/TrainingTests/Fixtures"

from continuo_torch import load, performance, tokens  # noqa: E402
from continuo_torch.learner import Learner, Memory, evaluate, learn, optimiser_of  # noqa: E402
from continuo_torch.recipe import Recipe  # noqa: E402
from continuo_torch.performance import Masks  # noqa: E402
from continuo_torch.windows import window_of  # noqa: E402
from evaluate import masks  # noqa: E402

CPU = torch.device("cpu")


class Parity(unittest.TestCase):
    def setUp(self):
        self.fixture = load_file(FIXTURES / "ten-losses.safetensors")
        self.batches = self.fixture["batches"].to(torch.int16).numpy()  # [updates, streams, steps, 3]
        self.pieces = self.fixture["pieces"].to(torch.int16).numpy()
        self.recipe = Recipe(
            streams=self.batches.shape[1], steps=self.batches.shape[2], rate=1e-2, schedule="constant", tokens=1
        )

    def windows(self):
        length, steps = self.pieces.shape[1], self.recipe.steps
        for update, batch in enumerate(self.batches):
            time = np.arange(update * steps, (update + 1) * steps)
            yield window_of(batch, np.broadcast_to(time % length == 0, batch.shape[:2]).copy())

    def test_ten_losses_and_the_first_gradient(self):
        network = load(str(FIXTURES / "initial.safetensors"))
        learner, optimiser = Learner(network), optimiser_of(network, self.recipe)
        memory = Memory.silent(network.configuration, self.recipe.streams, CPU)
        for update, window in enumerate(self.windows()):
            done = update * self.recipe.window
            nats, norm = learn(learner, optimiser, window, memory, self.recipe, done)
            self.assertAlmostEqual(
                float(nats.sum()) / self.recipe.window, float(self.fixture["losses"][update]), delta=1e-4
            )
            if update == 0:
                # Clipped since; `norm` undoes it.
                scale = max(1.0, float(norm))
                for name, parameter in network.named_parameters():
                    expected = self.fixture["gradient." + name]
                    self.assertLess((parameter.grad * scale - expected).abs().max() / expected.abs().max(), 1e-3, name)

    def test_masks_are_those_written_anew(self):
        """Windows with pieces that begin inside them, against evaluate.py's loop."""
        memory = Masks(len(self.pieces), CPU)
        legal = [memory.window(window.tokens, window.opening) for window in self.windows()]
        expected = [torch.stack(field) for field in zip(*(masks([tuple(map(int, t)) for t in p]) for p in self.pieces))]
        # Which stream has which piece is seen from its first batch.
        for k in range(3):
            found = torch.cat([window[k] for window in legal], dim=1)
            repeats = -(-found.shape[1] // self.pieces.shape[1])
            self.assertTrue(torch.equal(found, expected[k].repeat(1, repeats, 1)[:, : found.shape[1]]), k)

    def test_whole_pieces_cost_what_their_windows_cost(self):
        network = load(str(FIXTURES / "initial.safetensors")).double()
        pieces = [
            tokens.Piece(str(i), "validation", 1, int((p[:, 1] < 128).sum()), p[: 20 + 3 * i])
            for i, p in enumerate(self.pieces)
        ]
        costs = []
        for piece in pieces:
            rows = torch.from_numpy(piece.tokens.astype(np.int64))[None]
            inputs = torch.cat([torch.full((1, 1, 3), -1), rows[:, :-1]], dim=1)
            h, _ = network.follow(inputs, torch.arange(rows.shape[1])[None] == 0, [0], self.zero(network))
            legal = masks([tuple(map(int, token)) for token in piece.tokens])
            for k, logits in enumerate(network.logits(h, rows)):
                there = rows[0, :, k] >= 0
                scores = logits[0].masked_fill(~legal[k], -1e30)[there].log_softmax(-1)
                costs.append(-scores.gather(1, rows[0, there, k, None]).sum().item())
        expected = sum(costs) / sum(piece.notes for piece in pieces)
        self.assertAlmostEqual(evaluate(network.float(), pieces, 7, CPU)[0], expected, places=4)

    @staticmethod
    def zero(network):
        c = network.configuration
        return (torch.zeros(c.layers, 1, c.hidden, dtype=torch.double),) * 2


class Augmentation(unittest.TestCase):
    def setUp(self):
        pieces = load_file(FIXTURES / "ten-losses.safetensors")["pieces"].to(torch.int16).numpy()
        self.pieces = [piece for piece in pieces]

    def test_the_same_tempo_is_the_same_piece(self):
        for piece in self.pieces:
            # A wait that ends a piece is told by no event.
            last = np.flatnonzero(piece[:, 1] != performance.WAIT)[-1] + 1
            again = performance.stretched(piece, 1.0)
            first = np.flatnonzero(piece[:, 1] != performance.WAIT)[0]
            np.testing.assert_array_equal(again[1:], piece[first + 1 : last])

    def test_whatever_changes_the_masks_allow_it(self):
        for i, piece in enumerate(self.pieces * 3):
            for stretch in (0.9, 0.95, 1.05, 1.1):
                row = [tuple(map(int, token)) for token in performance.augmented(piece, i % 11 - 5, stretch, i % 9 - 4)]
                for k, legal in enumerate(masks(row)):
                    for at, token in enumerate(row):
                        self.assertTrue(token[k] < 0 or legal[at, token[k]], (stretch, k, at, token))


if __name__ == "__main__":
    unittest.main()
