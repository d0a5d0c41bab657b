"""What bench.py prints, without measuring anything."""

import contextlib
import io
import unittest
from unittest import mock

import bench

#: As docs/training.md has it.
RESULT = {
    "name": "T1", "precisions": ("fp32", "fp32"),
    "continuo": [22_481, 28_977, 20_000], "pytorch": [9_230, 13_818, 9_000],
    "ratio": 2.44, "ratioOfBest": 2.1, "continuoGigaflops": 120.2, "pytorchGigaflops": 63.6, "peakGigaflops": 212,
}


class Bench(unittest.TestCase):
    def test_the_table_has_the_best_and_both_shares(self):
        groups, _, line = bench.table([RESULT]).splitlines()
        self.assertEqual(
            line.split(), "T1 22481 28977 9230 13818 2.44 2.10 120 64 212 73 % 45 %".split())
        self.assertLessEqual(max(len(groups), len(line)), 120)
        self.assertNotIn("floats", groups)

    def test_of_bfloat16_the_peak_is_that_of_floats(self):
        groups = bench.table([{**RESULT, "precisions": ("bf16", "fp32")}]).splitlines()[0]
        self.assertIn("share of floats' peak", groups)

    def test_unknown_networks_are_refused(self):
        said = io.StringIO()
        with mock.patch("sys.argv", ["bench.py", "--only", "T1,T9"]), contextlib.redirect_stderr(said):
            with mock.patch.object(bench, "measure"), self.assertRaises(SystemExit) as ended:
                bench.main()
        self.assertEqual(ended.exception.code, 2)
        self.assertIn("--only T9: there are T1, T2 and T3", said.getvalue())


if __name__ == "__main__":
    unittest.main()
