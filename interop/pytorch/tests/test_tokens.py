"""Tokens that `continuo tokens` exports, read here."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from continuo_torch import tokens


class TokensTests(unittest.TestCase):
    def test_other_representations_are_refused_by_name(self):
        """Their masks are not known here, and they may have another number of fields."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"representation": "dyads", "fields": [], "notes": {}, "pieces": []}
            (Path(folder) / "tokens.json").write_text(json.dumps(index))
            np.array([tokens.MAGIC, 0, 0, 0, 0], dtype="<u8").tofile(Path(folder) / "pieces.tokens")
            with self.assertRaisesRegex(ValueError, "dyads; only performance"):
                tokens.load(folder)


if __name__ == "__main__":
    unittest.main()
