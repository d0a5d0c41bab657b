"""Whole trainings of a few updates, as a user starts them."""

import csv
import json
import lzma
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from continuo_torch import recipe

HERE = Path(__file__).resolve().parent
FIXTURE = HERE.parent.parent.parent / "Tests/TrainingTests/Fixtures/ten-losses.safetensors"

RECIPE = """
name = "tiny"
[network]
embedding = 16
hidden = 32
head-width = 16
[data.anything]
weight = 1
[training]
tokens = {tokens}
streams = 4
steps = 8
dropout = {dropout}
transposition = {transposition}
tempo = {tempo}
average = {average}
[optimiser]
rate = 1e-2
schedule = "constant"
weight-decay = 0.1
[report]
validate-every = 64
"""


class Training(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.pieces = load_file(FIXTURE)["pieces"].numpy().astype(np.int16)

    def write(self, pieces: list[np.ndarray]) -> None:
        """As `python -m continuo_torch.tokens pack` does."""
        rows = np.concatenate(pieces)
        listed = [
            {"name": str(i), "split": "validation" if i == 0 else "train", "weight": 1, "tokens": len(piece),
             "notes": int((piece[:, 1] < 128).sum())}
            for i, piece in enumerate(pieces)
        ]
        fields = [{"name": name, "classes": classes} for name, classes in (("shift", 101), ("key", 257), ("velocity", 32))]
        index = {"representation": "performance", "fields": fields, "notes": {"licence": "CC0-1.0"}, "pieces": listed}
        columns = [rows[:, 0], rows[:, 1] & 255, rows[:, 1] >> 8, rows[:, 2] + 1]
        data = json.dumps(index).encode() + b"\n" + b"".join(column.astype(np.uint8).tobytes() for column in columns)
        (self.folder / "tokens.xz").write_bytes(lzma.compress(data))

    def train(self, output: str, tokens: int, *arguments: str, processes: int = 1, plain: bool = False) -> None:
        values = dict(dropout=0, transposition=0, tempo=0, average=0) if plain else dict(
            dropout=0.2, transposition=3, tempo=0.1, average=0.9)
        (self.folder / "recipe.toml").write_text(RECIPE.format(tokens=tokens, **values))
        start = ["-m", "continuo_torch.train"]
        if processes > 1:
            start = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] + start
        command = [sys.executable, *start, "recipe.toml", "--tokens", "tokens.xz", "-o", output, "--device", "cpu"]
        run = subprocess.run(
            [*command, *arguments], cwd=self.folder, env={**os.environ, "PYTHONPATH": str(HERE.parent),
            "OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def weights(self, output: str, name: str = "model.safetensors") -> dict:
        return {name: value.float().numpy() for name, value in load_file(self.folder / output / name).items()}

    def losses(self, output: str) -> list[float]:
        with open(self.folder / output / "log.csv", encoding="utf-8") as file:
            return [float(row["nats_per_note"]) for row in csv.DictReader(file)]

    def test_an_interrupted_training_ends_in_the_same_model(self):
        self.write(list(self.pieces))
        self.train("whole", 320)
        self.train("parts", 160)
        self.train("parts", 320, "--resume")
        whole, parts = self.weights("whole"), self.weights("parts")
        for name, value in whole.items():
            np.testing.assert_array_equal(value, parts[name], name)
        self.assertEqual(self.losses("whole"), self.losses("parts"))
        self.assertEqual(len(self.losses("whole")), 10)

    def test_two_processes_learn_what_one_does(self):
        # All streams hear the same, so that it does not matter which process has which.
        self.write([self.pieces[0]] * 9)
        self.train("one", 320, plain=True)
        self.train("two", 320, plain=True, processes=2)
        one, two = self.weights("one"), self.weights("two")
        for name, value in one.items():
            np.testing.assert_allclose(value, two[name], atol=1e-3, err_msg=name)
        self.assertLess(self.losses("two")[-1], self.losses("two")[0])

    def test_a_checkpoint_travels_in_parts(self):
        self.write(list(self.pieces))
        self.train("there", 160, "--keep", "kept")
        command = [sys.executable, "-m", "continuo_torch.checkpoint", "join", "kept", "here/checkpoint.pt"]
        subprocess.run(
            command, cwd=self.folder, check=True, env={**os.environ, "PYTHONPATH": str(HERE.parent)})
        self.train("here", 320, "--resume")
        self.assertEqual(len(self.losses("here")), 5)

    def test_what_is_frozen_stays(self):
        self.write(list(self.pieces))
        self.train("before", 32, plain=True)
        begin = ["--from", "before/model.safetensors"]
        self.train("after", 320, *begin, "--set", "training.freeze=embeddings, layer0", plain=True)
        before, after = self.weights("before"), self.weights("after")
        for name, value in before.items():
            frozen = name.startswith("embeddings") or name.endswith("_l0")
            self.assertEqual(frozen, np.array_equal(value, after[name]), name)
        for names, says in (("layer7", "no part layer7"), ("embeddings layer0 layer1 heads", "nothing to learn")):
            with self.assertRaisesRegex(AssertionError, says):
                self.train("never", 320, *begin, "--set", f"training.freeze={names}", plain=True)

    def test_a_model_says_what_it_was_begun_from(self):
        self.write(list(self.pieces))
        self.train("before", 32, plain=True)
        source = self.folder / "before/model.safetensors"
        base = load_file(source)
        with safe_open(source, framework="pt") as file:
            notes = {**file.metadata(), "licence": "CC BY-NC-SA 4.0", "training_data": "the base"}
        save_file(base, source, metadata=notes)
        self.train("after", 64, "--from", "before/model.safetensors", plain=True)
        with safe_open(self.folder / "after/model.safetensors", framework="pt") as file:
            notes = file.metadata()
        self.assertEqual(notes["licence"], "CC BY-NC-SA 4.0; CC0-1.0")
        self.assertIn("begun from a model of: the base", notes["training_data"])

    def test_a_wider_network_begins_as_the_narrow_one(self):
        self.write(list(self.pieces))
        self.train("narrow", 64, plain=True)
        wider = ["--set", "from.shape=wider", "--set", "network.hidden=48", "--set", "network.head-width=32"]
        begin = ["--from", "narrow/model.safetensors", "--set", "optimiser.rate=0"]
        self.train("same", 320, *begin, plain=True)
        self.train("wide", 320, *begin, *wider, plain=True)
        self.assertEqual(self.weights("wide")["lstm.weight_hh_l0"].shape, (192, 48))
        np.testing.assert_allclose(self.losses("wide"), self.losses("same"), rtol=1e-3)

    def test_patience_ends_it_with_the_best(self):
        self.write(list(self.pieces))
        # So fast that it soon gets worse.
        self.train("impatient", 64_000, "--set", "training.patience=2", "--set", "optimiser.rate=0.3", plain=True)
        self.assertLess(len(self.losses("impatient")), 1000)
        best, last = self.weights("impatient", "best.safetensors"), self.weights("impatient")
        for name, value in best.items():
            np.testing.assert_array_equal(value, last[name], name)

    def test_bfloat16(self):
        self.write(list(self.pieces))
        self.train("half", 320, "--precision", "bf16", plain=True)
        self.assertLess(self.losses("half")[-1], self.losses("half")[0])


class Recipes(unittest.TestCase):
    def test_those_of_the_house_are_understood(self):
        found = sorted((HERE.parent.parent.parent / "recipes").glob("*.toml"))
        self.assertTrue(found)
        for path in found:
            with self.subTest(path.name):
                self.assertTrue(recipe.read(str(path)).name)


if __name__ == "__main__":
    unittest.main()

