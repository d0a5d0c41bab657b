"""How processes share out the pieces."""

import unittest

import numpy as np

from continuo_torch.recipe import Recipe
from continuo_torch.tokens import Piece
from continuo_torch.windows import Streams


class Sharing(unittest.TestCase):
    class Finite(Streams):
        def _hearings(self, epoch: int) -> list[tuple[int, int]]:
            if epoch > 1000:
                raise AssertionError("a process waits for ever")
            return super()._hearings(epoch)

    @staticmethod
    def pieces(*weights: float) -> list[Piece]:
        return [Piece(str(i), "train", weight, 1, np.zeros((4, 3), np.int16)) for i, weight in enumerate(weights)]

    def heard(self, weights: list[float], rank: int, world: int) -> list[tuple[int, int, int]]:
        """In three windows, each of which begins another piece."""
        streams, given = self.Finite(self.pieces(*weights), Recipe(streams=8, steps=4), rank, world), []
        for _ in range(3):
            streams.window()
            given += [(lane.epoch, lane.piece, lane.hearing) for lane in streams.lanes]
        return given

    def test_processes_hear_together_what_one_would(self):
        for weights in ([1], [0.1], [2, 0.5], [1] * 7):
            given = [hearing for rank in range(4) for hearing in self.heard(weights, rank, 4)]
            self.assertEqual(sorted(given), sorted(self.heard(weights, 0, 1)))

    def test_going_on_shares_out_as_before(self):
        def new() -> Streams:
            return self.Finite(self.pieces(1, 1, 1), Recipe(streams=4, steps=4), rank=1, world=2)

        whole, parts = new(), new()
        whole.window(), parts.window()
        state, parts = parts.state(), new()
        parts.restore(state)
        for _ in range(5):
            whole.window(), parts.window()
            self.assertEqual(whole.state(), parts.state())

    def test_where_there_is_nothing_to_hear_it_says_so(self):
        for pieces in ([], self.pieces(0, 0)):
            with self.assertRaisesRegex(ValueError, "nothing to hear"):
                Streams(pieces, Recipe())


if __name__ == "__main__":
    unittest.main()
