"""What a network learns while it is played: the step of continuo_torch/learning.py beside autograd's. Continuo's own step is
compared with the formulas by Tests/NetworkTests/AdaptationTests.swift, and with this one by evaluate.py --learning.

    python -m unittest discover -s tests
"""

import sys
import tempfile
import unittest
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from continuo_torch import Configuration, Network, load, save  # noqa: E402
from continuo_torch.learning import KEEP, SHARE, Learning, layers_of  # noqa: E402

FIELDS = [("shift", 5), ("key", 9), ("velocity", 3)]


class LearningTests(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(5)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = folder.name + "/model.safetensors"
        network = Network(Configuration("toy", FIELDS, 4, 8, 2, 6))
        save(network, self.path, torch.float32)
        factors = {f"learning.output.{k}": torch.eye(6) for k in range(3)}
        factors |= {"learning.input": torch.eye(16), "learning.rates": torch.full((3,), 0.5)}
        factors |= {"learning.limits": torch.full((3,), 1000.0)}
        save_file({**load_file(self.path), **factors}, self.path, {**network.configuration.metadata(), "continuo.version": "3"})
        # What is learnt with is no part of the network.
        self.network = load(self.path).double()
        self.rows = torch.stack([torch.randint(0, classes, (8,)) for _, classes in FIELDS], dim=1)
        self.rows[1, 2] = -1
        self.legal = [torch.ones(4, classes, dtype=torch.bool) for _, classes in FIELDS]

    def test_a_step_with_factors_of_one_goes_down_the_gradient(self):
        learning = Learning(self.network, self.path)
        x, given = layers_of(self.network, self.rows)[:4].detach(), self.rows[:4]
        for k in range(3):
            matrix = torch.zeros(6, 16, dtype=torch.double, requires_grad=True)
            there = given[:, k] >= 0
            logits = self.network.heads[k].C(torch.tanh(learning.before_tanh(k, matrix, x, given)))[there]
            torch.nn.functional.cross_entropy(logits, given[there, k], reduction="sum").backward()
            fast = torch.zeros(6, 16, dtype=torch.double) * KEEP - 0.5 / 2 * matrix.grad
            learning.fast[k].zero_()
            learning.slow[k].zero_()
            learning.learn(x, given, self.legal)
            self.assertLess((learning.fast[k] - fast).abs().max(), 1e-12)
            self.assertLess((learning.slow[k] - SHARE * fast).abs().max(), 1e-12)
            learning = Learning(self.network, self.path)

    def test_a_long_step_is_shortened(self):
        learning = Learning(self.network, self.path)
        learning.limits[:] = 0.01
        x = layers_of(self.network, self.rows)[:4].detach()
        learning.learn(x, self.rows[:4], self.legal)
        for k in range(3):
            self.assertAlmostEqual(float(learning.fast[k].norm()), 0.01, places=9)

    def test_the_layers_are_those_of_the_network(self):
        x = layers_of(self.network, self.rows)
        h, _ = self.network.listen(self.rows[None])
        self.assertEqual(tuple(x.shape), (8, 16))
        self.assertLess((x[1:, 8:] - h[0, :-1]).abs().max(), 1e-12)
        self.assertEqual(float(x[0].abs().max()), 0)

    def test_a_model_without_factors_cannot(self):
        save(self.network, self.path)
        with self.assertRaisesRegex(ValueError, "cannot learn"):
            Learning(self.network, self.path)


if __name__ == "__main__":
    unittest.main()
