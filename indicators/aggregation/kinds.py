"""The kinds of aggregation, each with its rule over agencies and its rule over time.

| kind                   | over agencies                     | over a year's parts | who has not answered |
|------------------------|-----------------------------------|---------------------|----------------------|
| sum_of_flows           | sum                               | sum                 | is missing           |
| sum_of_flows_dedup     | sum, less what counts elsewhere   | sum                 | is missing           |
| cumulative_sum         | sum                               | sum                 | is missing           |
| ratio_of_sums          | 100 · Σ numerators/Σ denominators | both parts add      | is missing           |
| weighted_mean          | Σ w·x / Σ w of those with a value | the latest          | is missing           |
| stock_latest_sum       | sum                               | the latest          | carries its value on |
| stock_latest_sum_dedup | sum, less what counts elsewhere   | the latest          | carries its value on |
| external_rank          | one outside value: the highest    | the latest          | is missing           |
| binary_all             | the lowest: all have reached it   | the latest          | is missing           |
| stages_0_4             | the lowest                        | the latest          | is missing           |
| self_rating            | the lowest                        | the latest          | is missing           |

A running total over the years of a window is the judgement's: a cell holds one year's flow.
A fiscal year's own answer supersedes its parts, whatever it says. Among parts, "not measurable yet" takes no older
answer away. A quotient is rounded once, from exact numbers: half up at the sixth decimal. Nothing else is rounded.

**Stocks, exactly.** A cell's reporting period is its own period. An agency that is expected in the cell and has no
answer in it, nor in a part of it, counts with what it answered in the reporting period before:

| cell of         | expected are         | the reporting period before                                           |
|-----------------|----------------------|-----------------------------------------------------------------------|
| a fiscal year   | all, however often   | the fiscal year before: its own answer, else the latest of its parts  |
| the first part  | who reports by parts | the fiscal year before, if it has an own answer (of the same 31       |
| (Q1, H1, April) | of that length       | March); else its last part (Q4, H2, March)                            |
| any other part  | the same             | the part before, of the same length                                   |

What carries is a value, and one step only: what stood there by carrying does not carry again, so that two periods
old is missing; nor does "nothing to report" (there is nothing to carry) or "not measurable yet". Such an agency is
counted in `carried`: it is neither complete nor among those that answered, and the year is not final by it. A half
year says nothing of a quarterly cell and a quarter nothing of a half year. No cell comes to be by carrying.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from indicators.periods import Frequency, Grain

PLACES: Final = 6
# How many parts make a year whole.
PARTS_OF_A_YEAR: Final = {
    Frequency.YEARLY: 1, Frequency.HALF_YEARLY: 2, Frequency.QUARTERLY: 4, Frequency.MONTHLY: 12,
}  # fmt: skip
# Who is expected in a cell of a part of a year; in a fiscal year everybody is.
FREQUENCY_OF_GRAIN: Final = {
    Grain.MONTH: Frequency.MONTHLY, Grain.QUARTER: Frequency.QUARTERLY, Grain.HALF: Frequency.HALF_YEARLY,
}  # fmt: skip


class Over(StrEnum):
    """Over agencies."""

    SUM = "sum"
    RATIO = "ratio"
    MEAN = "mean"
    LOWEST = "lowest"
    HIGHEST = "highest"


class Through(StrEnum):
    """Over time, through the parts of a year."""

    SUM = "sum"
    LATEST = "latest"


@dataclass(frozen=True)
class Kind:
    over: Over
    through: Through
    less_elsewhere: bool = False
    carries: bool = False

    @property
    def additive(self) -> bool:
        """Whether a part that is missing leaves a sum that the whole can only exceed."""
        return self.over is Over.SUM

    @property
    def takes_latest(self) -> bool:
        return self.through is Through.LATEST


KINDS: Final[dict[str, Kind]] = {
    "sum_of_flows": Kind(Over.SUM, Through.SUM),
    "sum_of_flows_dedup": Kind(Over.SUM, Through.SUM, less_elsewhere=True),
    "cumulative_sum": Kind(Over.SUM, Through.SUM),
    "ratio_of_sums": Kind(Over.RATIO, Through.SUM),
    "weighted_mean": Kind(Over.MEAN, Through.LATEST),
    "stock_latest_sum": Kind(Over.SUM, Through.LATEST, carries=True),
    "stock_latest_sum_dedup": Kind(Over.SUM, Through.LATEST, less_elsewhere=True, carries=True),
    "external_rank": Kind(Over.HIGHEST, Through.LATEST),
    "binary_all": Kind(Over.LOWEST, Through.LATEST),
    "stages_0_4": Kind(Over.LOWEST, Through.LATEST),
    "self_rating": Kind(Over.LOWEST, Through.LATEST),
}
