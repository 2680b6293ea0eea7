"""What holds for every projection: the same blocks give the same rows, and what a reorg undoes was never there."""

from collections.abc import Callable, Sequence

from citychain.indexer import writer
from citychain.indexer.engine import Indexer
from citychain.indexer.models import Block, Progress, ReadModel

from .district import District, rows


class Replay:
    """Compares read databases of one district."""

    def __init__(self, district: District, new_database: Callable[[], str]) -> None:
        self.district = district
        self.new_database = new_database
        self.base = district.rpc.head().number

    def read_again(self, models: Sequence[type[ReadModel]]) -> None:
        """One reads block by block what can be undone, the other ranges of final blocks, and a block between twice."""
        careful, hasty = self.new_database(), self.new_database()
        self.district.read(careful)
        head = self.district.rpc.head().number
        self.district.finalise()
        self.district.read(hasty, until=head // 2)
        self.district.read(hasty, until=head)
        assert rows(models, hasty) == rows(models, careful)

    def undo(self, models: Sequence[type[ReadModel]]) -> None:
        """Block by block back, each time to the rows that were there."""
        alias = self.new_database()
        indexer = Indexer(self.district.rpc, self.district.book, alias)
        were = []
        while indexer.step():
            were.append((Progress.objects.using(alias).get().head, rows(models, alias)))
        for block, then in reversed(were):
            writer.undo_after(block, alias)
            assert (block, rows(models, alias)) == (block, then)

    def reorg(self, models: Sequence[type[ReadModel]]) -> None:
        """The node replaces all that the test did, but for its first block, by empty blocks; then one more comes."""
        alias, rebuilt = self.new_database(), self.new_database()
        self.district.read(alias)
        self.district.rpc.call("anvil_reorg", self.district.rpc.head().number - self.base - 1, [])
        self.district.mine()
        self.district.read(alias)
        self.district.read(rebuilt)
        assert rows([Block, *models], alias) == rows([Block, *models], rebuilt)
