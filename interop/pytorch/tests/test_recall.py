"""The recall against its formulas written as a loop over tokens, and in files."""

import math
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import evaluate
from continuo_torch import Cache, Configuration, Network, Recall, load, save
from continuo_torch.network import widened

FIELDS = [("shift", 101), ("key", 257), ("velocity", 32)]
PIECES = Path(__file__).resolve().parent.parent.parent.parent / "Tests/TrainingTests/Fixtures/ten-losses.safetensors"


def by_hand(cache: Cache, h: list, classes: list, logits: list, legal: list) -> list[list[float]]:
    """New logits, token by token, in plain numbers."""
    shape, projection, (sharpness, odds) = cache.configuration, cache.weight.tolist(), cache.gate.tolist()
    result, remembered = [], []
    for state, kind, scores, allowed in zip(h, classes, logits, legal):
        u = [sum(w * x for w, x in zip(row, state)) for row in projection]
        size = math.sqrt(sum(x * x for x in u))
        u = [x / size if size else 0.0 for x in u]
        query = [round(8191 * x) / 8191 for x in u]
        weights = [0.0] * shape.classes
        for key, of in remembered[-shape.length :]:
            weights[of] += math.exp(sharpness * (sum(a * b for a, b in zip(query, key)) - 1))
        here = [c for c in range(shape.classes) if allowed[c]]
        whole, recalled = sum(math.exp(scores[c]) for c in here), sum(weights[c] for c in here)
        new = list(scores)
        for c in here:
            share = math.exp(odds) * math.exp(scores[c]) + weights[c] * whole
            new[c] = math.log(share / (math.exp(odds) + recalled))
        result.append(new)
        if 0 <= kind < shape.classes:
            # Its product with the sharpness is a bfloat16. Of 32 elements or fewer there is one.
            scale = torch.tensor(max(map(abs, u)) * sharpness / (127 * 8191)).bfloat16().item() * 8191 / sharpness
            remembered.append(([round(x / scale) * scale if scale else 0.0 for x in u], kind))
    return result


class TheRecall(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)

    def network(self, recall: Recall, fields=FIELDS, hidden: int = 16) -> Network:
        network = Network(Configuration("performance", fields, 8, hidden, 2, 8, recall)).double()
        with torch.no_grad():
            network.recall.gate.copy_(torch.tensor([6.0, -1.0]))
        return network

    def piece(self, tokens: int, classes: int, hidden: int = 16) -> tuple[torch.Tensor, ...]:
        """What a cache is given; some tokens without a class, some rows with little or nothing legal."""
        h = torch.randn(tokens, hidden, dtype=torch.double).tanh()
        h[0] = 0
        legal = torch.rand(tokens, classes) < torch.rand(tokens, 1)
        legal[tokens // 2] = False
        logits = 3 * torch.randn(tokens, classes, dtype=torch.double)
        return h, torch.randint(-1, classes, (tokens,)), logits, legal

    @torch.no_grad()
    def test_it_is_what_the_formulas_say(self):
        cache = self.network(Recall(1, 7, 5, 20), [("a", 3), ("b", 11)]).recall
        piece = self.piece(90, 11)
        self.assertGreater(int(((piece[1] >= 0) & (piece[1] < 7)).sum()), 20)
        expected = torch.tensor(by_hand(cache, *(values.tolist() for values in piece)), dtype=torch.double)
        new, (keys, kinds) = cache(*piece)
        torch.testing.assert_close(new, expected, rtol=0, atol=1e-12)
        self.assertGreater((new - piece[2]).abs().max(), 0.1)
        self.assertEqual((keys.shape, kinds.shape), ((20, 5), (20,)))
        with mock.patch.object(Cache, "BLOCK", 7):
            torch.testing.assert_close(cache(*piece)[0], expected, rtol=0, atol=1e-12)
        single = cache.float()(piece[0].float(), piece[1], piece[2].float(), piece[3])[0]
        torch.testing.assert_close(single.double(), expected, rtol=0, atol=0.05)

    @torch.no_grad()
    def test_its_classes_together_stay_as_probable(self):
        cache = self.network(Recall(1, 128)).recall
        _, _, logits, legal = piece = self.piece(300, 257)
        new, _ = cache(*piece)
        self.assertTrue(torch.equal(new[:, 128:], logits[:, 128:]))
        self.assertTrue(torch.equal(new[~legal], logits[~legal]))
        sums = [values.masked_fill(~legal, -math.inf)[:, :128].logsumexp(-1) for values in (new, logits)]
        torch.testing.assert_close(*sums, rtol=0, atol=1e-12)
        # Nothing is remembered yet.
        torch.testing.assert_close(new[0], logits[0], rtol=0, atol=1e-12)

    @torch.no_grad()
    def test_a_piece_in_parts_is_the_piece(self):
        cache = self.network(Recall(1, 128, 32, 100)).recall
        piece = self.piece(1500, 257)
        whole, memory = cache(*piece)
        parts, own = [], None
        for part in zip(*(values.split([1, 699, 300, 500]) for values in piece)):
            logits, own = cache(*part, own)
            parts.append(logits)
        torch.testing.assert_close(torch.cat(parts), whole, rtol=0, atol=1e-12)
        torch.testing.assert_close(own, memory)

    @torch.no_grad()
    def test_pieces_are_evaluated_with_it(self):
        network = self.network(Recall(1, 128, 8, 10))
        rows = [[tuple(token) for token in piece] for piece in load_file(PIECES)["pieces"].int().tolist()]
        rows = [row[: len(row) - 3 * i] for i, row in enumerate(rows)]
        with mock.patch.object(evaluate, "CHUNK", 9):
            figures = evaluate.evaluate(network, rows)
        for row, figure in zip(rows, figures):
            heard, legal = torch.tensor(row), evaluate.masks(row)[1]
            h = torch.cat([torch.zeros(1, 16), network.listen(heard[None, :-1])[0][0]])
            logits = network.logits(h, heard)[1]
            new = by_hand(network.recall, *(values.tolist() for values in (h, heard[:, 1], logits, legal)))
            new = torch.tensor(new, dtype=torch.double).masked_fill(~legal, -math.inf).log_softmax(-1)
            nats = -new.gather(1, heard[:, 1:2]).sum().item()
            self.assertAlmostEqual(figure["fields"][1]["nats_per_note"] * figure["notes"], nats, places=9)
        recall, network.recall = network.recall, None
        without = evaluate.evaluate(network, rows)
        network.recall = recall
        for with_, without_ in zip(figures, without):
            self.assertNotAlmostEqual(with_["fields"][1]["nats_per_note"], without_["fields"][1]["nats_per_note"])
            for k in (0, 2):
                self.assertEqual(with_["fields"][k]["accuracy"], without_["fields"][k]["accuracy"])
                self.assertAlmostEqual(with_["fields"][k]["nats_per_note"], without_["fields"][k]["nats_per_note"])


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = f"{folder.name}/model.safetensors"

    def metadata(self) -> dict[str, str]:
        with safe_open(self.path, framework="pt") as file:
            return file.metadata()

    def test_a_recall_comes_back_from_its_file(self):
        network = Network(Configuration("performance", FIELDS, 8, 16, 1, 8, Recall(1, 128, 16, 64)))
        save(network, self.path, torch.float32)
        found, tensors = self.metadata(), load_file(self.path)
        self.assertEqual(found["continuo.version"], "2")
        recall = {key.removeprefix("continuo.recall_"): text for key, text in found.items() if "recall" in key}
        self.assertEqual(recall, {"field": "1", "classes": "128", "width": "16", "length": "64"})
        self.assertEqual(tensors["recall.weight"].shape, (16, 16))
        self.assertEqual(tensors["recall.gate"].shape, (2,))
        again = load(self.path)
        self.assertEqual(again.configuration, network.configuration)
        for name, value in network.state_dict().items():
            self.assertTrue(torch.equal(value, again.state_dict()[name]), name)

    def test_without_one_a_file_is_as_it_was(self):
        network = Network(Configuration("performance", FIELDS, 8, 16, 1, 8))
        save(network, self.path, torch.float32)
        self.assertEqual(self.metadata()["continuo.version"], "1")
        self.assertFalse([name for name in {**self.metadata(), **load_file(self.path)} if "recall" in name])
        # A reader takes the later version without a recall too, and no other.
        for version, is_read in (("2", True), ("3", True), ("4", False)):
            save_file(load_file(self.path), self.path, {**self.metadata(), "continuo.version": version})
            if is_read:
                self.assertEqual(load(self.path).configuration, network.configuration)
            else:
                with self.assertRaisesRegex(ValueError, "'4', not 1 or 2 or 3"):
                    load(self.path)

    def test_what_could_not_be_recalled_is_refused(self):
        shapes = [Recall(3, 8), Recall(1, 258), Recall(1, 0), Recall(1, 128, 0), Recall(1, 128, 16, 0)]
        # Nor by Continuo.
        shapes += [Recall(1, 128, 24), Recall(1, 128, 272), Recall(1, 128, 32, 100), Recall(1, 128, 32, 1 << 16)]
        for recall in shapes:
            metadata = Configuration("performance", FIELDS, recall=recall).metadata()
            with self.subTest(recall), self.assertRaisesRegex(ValueError, "Recall"):
                Configuration.from_metadata(metadata)

    def test_a_wider_network_has_none(self):
        narrow = Network(Configuration("performance", FIELDS, 8, 16, 1, 8, Recall(1, 128, 8)))
        wide = widened(narrow, Network(Configuration("performance", FIELDS, 8, 32, 1, 8)))
        self.assertIsNone(wide.recall)
        rows = torch.zeros(1, 5, 3, dtype=torch.long)
        for old, new in zip(narrow.logits(narrow.listen(rows)[0], rows), wide.logits(wide.listen(rows)[0], rows)):
            torch.testing.assert_close(new, old)


if __name__ == "__main__":
    unittest.main()
