"""Whole trainings of a few updates, as a user starts them."""

import contextlib
import csv
import io
import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
import tomllib
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from continuo_torch import Configuration, Network, Recall, checkpoint, save, train
from continuo_torch.tokens import packed

HERE = Path(__file__).resolve().parent
FIXTURE = HERE.parent.parent.parent / "Tests/TrainingTests/Fixtures/ten-losses.safetensors"
FIELDS = [("shift", 101), ("key", 257), ("velocity", 32)]

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
        named = [{"name": name, "classes": classes} for name, classes in FIELDS]
        index = {"representation": "performance", "fields": named, "notes": {"licence": "CC0-1.0"}, "pieces": listed}
        (self.folder / "tokens.xz").write_bytes(lzma.compress(packed(index, rows)))

    def test_a_representation_of_other_fields_is_trained(self):
        """What is not known here has its own fields, and no masks."""
        rows = np.tile(np.array([[3], [1], [4], [1], [5]], np.int16), (40, 1))
        listed = [{"name": n, "split": n, "weight": 1, "tokens": 100, "notes": 100} for n in ("train", "validation")]
        fields = [{"name": "character", "classes": 97}]
        index = {"representation": "abc", "fields": fields, "notes": {"licence": "CC0-1.0"}, "pieces": listed}
        (self.folder / "tokens.xz").write_bytes(lzma.compress(packed(index, rows)))
        arguments = self.arguments("out", 3200, plain=True)
        recipe = self.folder / "recipe.toml"
        text = 'representation = "abc"\n' + recipe.read_text()
        recipe.write_text(text.replace("head-width = 16", "head-width = 16\ngate-biases = 1"))
        run = subprocess.run(
            [sys.executable, "-m", "continuo_torch.train", *arguments], cwd=self.folder, capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": str(HERE.parent)},
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("abc: without masks or augmentation", run.stdout)
        with open(self.folder / "out/log.csv") as file:
            losses = [float(row["nats_per_note"]) for row in csv.DictReader(file)]
        # Five characters in turn: evenly 4.57 nats, and soon few.
        self.assertLess(losses[-1], 1.5)
        with safe_open(self.folder / "out/model.safetensors", "pt") as model:
            self.assertEqual(model.metadata()["continuo.fields"], "character:97")
            # One bias a gate: the second is neither learnt nor kept.
            self.assertEqual(model.metadata()["continuo.gate_biases"], "1")
            self.assertFalse([name for name in model.keys() if "bias_hh" in name])

    def arguments(self, output: str, tokens: int, plain: bool) -> list[str]:
        values = dict(dropout=0, transposition=0, tempo=0, average=0) if plain else dict(
            dropout=0.2, transposition=3, tempo=0.1, average=0.9)
        (self.folder / "recipe.toml").write_text(RECIPE.format(tokens=tokens, **values))
        return ["recipe.toml", "--tokens", "tokens.xz", "-o", output, "--device", "cpu"]

    def process(self, arguments: list[str], processes: int) -> subprocess.Popen:
        start = ["-m", "continuo_torch.train"]
        if processes > 1:
            start = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] + start
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            [sys.executable, *start, *arguments], cwd=self.folder, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

    def train(self, output: str, tokens: int, *arguments: str, processes: int = 1, plain: bool = False) -> None:
        run = self.process([*self.arguments(output, tokens, plain), *arguments], processes)
        text, _ = run.communicate()
        self.assertEqual(run.returncode, 0, text)

    def start(self, output: str, tokens: int, *arguments: str) -> str:
        """As `train`, plain and in this process, which has PyTorch loaded. Returns what it prints."""
        arguments, said = [*self.arguments(output, tokens, plain=True), *arguments], io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(said), mock.patch("signal.signal"):
            train.main(arguments)
        return said.getvalue()

    def notes(self, output: str) -> dict[str, str]:
        with safe_open(self.folder / output / "model.safetensors", framework="pt") as file:
            return file.metadata()

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
        notes = {**self.notes("before"), "licence": "CC BY-NC-SA 4.0", "training_data": "the base"}
        save_file(base, source, metadata=notes)
        self.train("after", 64, "--from", "before/model.safetensors", plain=True)
        notes = self.notes("after")
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


    def test_a_model_is_a_preset(self):
        self.write(list(self.pieces))
        self.start("mine", 32, "--keep", "kept", "--set", 'name=a "night"')
        for folder in ("mine", "kept"):
            preset = tomllib.loads((self.folder / folder / "preset.toml").read_text())
            self.assertEqual(preset, {"preset": {"name": 'a "night"'}, "parameters": {}})
            self.assertIn("- Licence: CC0-1.0\n", (self.folder / folder / "CARD.md").read_text())
            if "CONTINUO" in os.environ:
                subprocess.run([os.environ["CONTINUO"], "presets", "validate", self.folder / folder], check=True)
        for name in ("preset.toml", "CARD.md"):
            (self.folder / "mine" / name).write_text("somebody's")
        self.start("mine", 64, "--resume")
        for name in ("preset.toml", "CARD.md"):
            self.assertEqual((self.folder / "mine" / name).read_text(), "somebody's")

    def test_an_older_training_is_not_replaced(self):
        self.write(list(self.pieces))
        self.start("older", 64)
        before = {path: path.read_bytes() for path in (self.folder / "older").iterdir()}
        with self.assertRaisesRegex(SystemExit, "older/checkpoint.pt is there from an older training; .* --resume"):
            self.start("older", 128)
        self.assertEqual(before, {path: path.read_bytes() for path in (self.folder / "older").iterdir()})

    def test_two_processes_write_checkpoints_on_their_way(self):
        self.write(list(self.pieces))
        seldom = ["--set", "report.checkpoint-minutes=0.001", "--set", "report.validate-every=1_000_000"]
        run = self.process(self.arguments("two", 6_400, plain=True) + seldom, processes=2)
        path = self.folder / "two/checkpoint.pt"
        while not path.exists() and run.poll() is None:
            time.sleep(0.02)
        state = checkpoint.read(path) if path.exists() else None
        text, _ = run.communicate()
        self.assertEqual(run.returncode, 0, text)
        self.assertLess(state["updates"], 200)
        self.assertEqual(len(state["processes"]), 2)

    def test_a_recipe_that_begins_from_a_model_wants_its_file(self):
        self.write(list(self.pieces))
        for setting in ("from.model=maestro-small", "from.shape=wider"):
            with self.assertRaisesRegex(SystemExit, "--from FILE"):
                self.start("never", 64, "--set", setting, "--resume")

    def test_a_checkpoint_knows_what_it_was_begun_from(self):
        self.write(list(self.pieces))
        base = Network(Configuration("performance", FIELDS, 16, 48, 1, 32))
        save(base, str(self.folder / "base.safetensors"), notes={"licence": "CC BY-NC-SA 4.0"})
        begins = ["--set", "from.model=base"]
        self.start("mine", 64, *begins, "--from", "base.safetensors")
        (self.folder / "base.safetensors").unlink()
        self.start("mine", 128, *begins, "--resume")
        self.assertEqual(self.notes("mine")["licence"], "CC BY-NC-SA 4.0; CC0-1.0")
        self.assertEqual(self.weights("mine")["lstm.weight_hh_l0"].shape, (192, 48))
        self.assertEqual(len(self.losses("mine")), 4)

    def test_a_recall_is_left_out_and_this_is_said(self):
        self.write(list(self.pieces))
        base = Network(Configuration("performance", FIELDS, 16, 32, 1, 16, Recall(1, 128, 16, 64)))
        save(base, str(self.folder / "recalls.safetensors"))
        base.forget()
        save(base, str(self.folder / "plain.safetensors"))
        for name, shape in (("same", []), ("wide", ["from.shape=wider", "network.hidden=48", "network.layers=1"])):
            settings = [part for setting in shape for part in ("--set", setting)]
            said = self.start(name, 64, "--from", "recalls.safetensors", *settings)
            self.assertEqual(said.count("recalls.safetensors: its recall is left out"), 1)
            self.assertNotIn("recall", self.start(f"{name}-of-plain", 64, "--from", "plain.safetensors", *settings))
            self.assertNotIn("recall", self.start(name, 128, "--resume", *settings))
            self.start(f"{name}-of-plain", 128, "--resume", *settings)
            self.assertEqual(self.notes(name)["continuo.version"], "1")
            expected = self.weights(f"{name}-of-plain")
            self.assertEqual(self.weights(name).keys(), expected.keys())
            for tensor, value in self.weights(name).items():
                np.testing.assert_array_equal(value, expected[tensor], tensor)

    def test_what_continuo_could_not_train_is_not_begun_from(self):
        self.write(list(self.pieces))
        save(Network(Configuration("performance", FIELDS, 16, 24, 1, 16)), str(self.folder / "odd.safetensors"))
        with self.assertRaisesRegex(SystemExit, "network.hidden is 24; it must be 16…4096, a multiple of 16"):
            self.start("never", 64, "--from", "odd.safetensors")

    def test_a_training_that_only_worsens_ends_as_it_began(self):
        self.write(list(self.pieces))
        self.start("before", 320)
        patience = ["--set", "training.patience=2", "--set", "optimiser.rate=0.3"]
        self.start("after", 640, "--from", "before/model.safetensors", *patience)
        self.assertEqual(len(self.losses("after")), 4)
        before, after = self.weights("before"), self.weights("after")
        for name, value in before.items():
            np.testing.assert_array_equal(value, after[name], name)

    def test_the_log_tells_all_that_a_checkpoint_holds(self):
        self.write(list(self.pieces))
        logged, held = [], []

        def write(state: dict, path: Path) -> None:
            logged.append(len(self.losses("mine")))
            held.append(state["updates"])

        seldom = ["--set", "report.checkpoint-minutes=0.001", "--set", "report.validate-every=1_000_000"]
        with mock.patch.object(checkpoint, "write", write):
            self.start("mine", 1280, *seldom)
        self.assertGreater(len(held), 1)
        self.assertEqual(logged, held)


if __name__ == "__main__":
    unittest.main()
