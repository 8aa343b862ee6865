"""What a training run may choose from, and the lengths of its lists."""

from msgspec import Struct
from msgspec.structs import replace

MOST_CHOSEN_FROM = 50_000
"""Beyond so many books the lists are made once, of the first of each choice: solving again would
take too long."""


class Choices(Struct, frozen=True, kw_only=True):
    """Of each, the first is where the search begins."""

    penalties: tuple[float, ...] = (50.0, 10.0, 200.0, 1_000.0, 4_000.0)
    """λ of the ridge, in co-readings: more trusts small counts less."""

    evenings: tuple[float, ...] = (0.3, 0.0)
    """How far readers of many books are held back; see `count_together`."""

    alike: tuple[bool, ...] = (False, True)
    """Whether every act counts alike, instead of a purchase for more than a look."""

    shrinkages: tuple[float, ...] = (20.0, 60.0)
    """Of item-kNN, in co-readings."""

    newcomers: tuple[float, ...] = (3.0, 0.0, 10.0, 100.0)
    """Length of history at which plain neighbours count as much as the ridge."""

    recencies: tuple[float, ...] = (0.0, 0.3, 0.7)
    """How much of an act's weight fades with the acts after it, where times are known."""

    followers_shares: tuple[float, ...] = (0.0, 0.3, 1.0)
    """How much of transitions is added, where times are known."""

    crowd_shares: tuple[float, ...] = (0.0, 0.1, 0.3, 1.0)
    """What the crowd adds to a popular book, as a share of what a first neighbour gets."""

    def without_order(self) -> "Choices":
        """Without what means anything only where it is known which act came first."""
        return replace(
            self,
            recencies=self.recencies[:1],
            followers_shares=self.followers_shares[:1],
        )

    def of_lists_once(self) -> "Choices":
        """Without what makes lists anew."""
        dear = ("penalties", "evenings", "alike", "shrinkages")
        return replace(self, **{name: getattr(self, name)[:1] for name in dear})


class Sizes(Struct, frozen=True, kw_only=True):
    """Lengths of lists in a catalogue of one size, see `TrainingSettings`."""

    predictors: int
    partners: int
    kept: int
    nearest_kept: int
    followers_kept: int
    content_kept: int
    content_weight: float
