"""How figures become 集計: over time within an agency, over agencies within a cell. Pure: exact decimals, no database.

`kinds` is the written table, from which the SQL of rollups takes what it can; `shares` says in plain Python what that
SQL has to come to; `scenario` asks what a national figure would be if those who are missing reported.
"""

from indicators.aggregation.kinds import FREQUENCY_OF_GRAIN, KINDS, PARTS_OF_A_YEAR, PLACES, Kind, Over, Through
from indicators.aggregation.scenario import Amount, Assumption, Missing, Scenario, scenario
from indicators.aggregation.shares import Answer, Combined, Share, added, behind, combine, share_of, value_of

__all__ = [
    "FREQUENCY_OF_GRAIN",
    "KINDS",
    "PARTS_OF_A_YEAR",
    "PLACES",
    "Amount",
    "Answer",
    "Assumption",
    "Combined",
    "Kind",
    "Missing",
    "Over",
    "Scenario",
    "Share",
    "Through",
    "added",
    "behind",
    "combine",
    "scenario",
    "share_of",
    "value_of",
]
