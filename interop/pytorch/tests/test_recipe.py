"""Recipes here are those of `continuo train`."""

import re
import unittest
from dataclasses import fields
from pathlib import Path

from continuo_torch import recipe

ROOT = Path(__file__).resolve().parent.parent.parent.parent


class Recipes(unittest.TestCase):
    def test_those_of_the_house_are_understood(self):
        found = sorted((ROOT / "recipes").glob("*.toml"))
        self.assertTrue(found)
        for path in found:
            with self.subTest(path.name):
                if 'packing = "sequences"' in path.read_text():
                    with self.assertRaisesRegex(ValueError, "training.packing: only continuo train can"):
                        recipe.read(str(path))
                else:
                    self.assertTrue(recipe.read(str(path)).name)

    def test_what_continuo_could_not_train_is_refused(self):
        path = str(ROOT / "recipes/own.toml")
        for setting in (
            "network.embedding=8", "network.hidden=24", "network.hidden=4112", "network.head-width=8",
            "network.layers=0", "network.layers=9", "training.dropout=1", "training.streams=0", "name=",
        ):
            with self.subTest(setting), self.assertRaisesRegex(ValueError, setting.split("=")[0]):
                recipe.read(path, [setting])
        self.assertEqual(recipe.read(path, ["network.head-width=0"]).head_width, 0)

    def test_the_keys_and_their_ranges_are_those_of_continuo(self):
        swift, of_data_sets = (ROOT / "Sources/Training/Recipes/Recipe+Keys.swift").read_text().split("extension DataSet")
        # Lines such as: .whole("network.hidden", \.hidden, 16...4096, multipleOf: 16, "Units of each LSTM layer."),
        theirs = set(re.findall(r'\.(?:text|choice|whole|number)\(\s*"([^"]+)", \\\.', swift))
        ours = {f.metadata["key"]: f.metadata["limits"] for f in fields(recipe.Recipe) if f.metadata}
        self.assertEqual(theirs, ours.keys() | recipe.IGNORED)
        self.assertFalse(ours.keys() & recipe.IGNORED)
        self.assertIn("[data.NAME]", of_data_sets)
        self.assertEqual(recipe.IGNORED_TABLES, ("data.",))
        ranges = re.findall(r'"([^"]+)", \\\.\w+, ([^,]+)\.\.\.([^,]+),(?: multipleOf: (\d+),)?', swift)
        self.assertGreater(len(ranges), 20)
        for name, *limits in ranges:
            # A number of Swift's is one of Python's.
            if name not in recipe.IGNORED:
                self.assertEqual([eval(limit) for limit in limits if limit], list(ours.pop(name)), name)
        self.assertFalse([name for name, limits in ours.items() if limits])


if __name__ == "__main__":
    unittest.main()
