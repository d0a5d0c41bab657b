"""Tokens that `continuo tokens` exports, read and packed here."""

import json
import lzma
import tempfile
import unittest
from pathlib import Path

import numpy as np

from continuo_torch import tokens


class TokensTests(unittest.TestCase):
    def test_a_pack_is_the_folder_whatever_its_fields(self):
        for fields in (1, 2, 4):
            with tempfile.TemporaryDirectory() as folder:
                rows = np.random.default_rng(fields).integers(-1, 4000, (50, 4)).astype(np.int16)
                named = [{"name": f"f{k}", "classes": 4000} for k in range(fields)]
                pieces = [{"name": "a", "split": "train", "weight": 1, "tokens": 50, "notes": 9}]
                index = {"representation": "other", "fields": named, "notes": {}, "pieces": pieces}
                (Path(folder) / "tokens.json").write_text(json.dumps(index))
                words = [np.array([tokens.MAGIC, 0, 1, 50, 0], "<u8"), rows.reshape(-1).view("<u8"), np.array([50, 9, 0], "<u8")]
                np.concatenate(words).tofile(Path(folder) / "pieces.tokens")
                tokens.pack(folder, f"{folder}/packed.xz")
                for music in (tokens.load(folder), tokens.load(f"{folder}/packed.xz")):
                    self.assertEqual(music.fields, [(field["name"], 4000) for field in named])
                    np.testing.assert_array_equal(music.pieces[0].tokens, rows[:, :fields])

    def test_what_an_older_version_packed_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "old.xz"
            path.write_bytes(lzma.compress(b'{"representation": "performance", "fields": [], "pieces": []}\n'))
            with self.assertRaisesRegex(ValueError, "another version; pack it again"):
                tokens.load(path)


if __name__ == "__main__":
    unittest.main()
