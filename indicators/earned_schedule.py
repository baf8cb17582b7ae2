"""Earned schedule: how far along a plan is what has been done, said in time instead of in units.

The plan is a running total at the ends of periods 1, 2, …; before the first it rises from 0. Exact.

| number  | formula                              | reads                                                       |
|---------|--------------------------------------|-------------------------------------------------------------|
| ES      | C + (EV − PV_C) / (PV_C+1 − PV_C)    | the time for which the plan has what has been earned        |
| SV(t)   | ES − AT                              | periods ahead (+) or behind (−)                             |
| SPI(t)  | ES / AT                              | below 1: slower than planned, also after the planned end    |
| SPI     | EV / PV(AT)                          | the same in units; comes back to 1 after the planned end    |
| IEAC(t) | PD / SPI(t)                          | how long it takes at the pace so far                        |
| TSPI    | (PD − ES) / (PD − AT)                | the pace needed from now on to end as planned               |

C is the last period whose plan has been reached: on a flat stretch of the plan, its later end. What goes beyond the
plan is capped at its end. PD, the planned duration, is the first period in which the plan reaches its total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from indicators.trajectory import Exact, exact


class PlanError(ValueError):
    """This is not a plan of a running total: such a plan never falls, and comes to more than nothing."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The numbers above; None where there is no such number (nothing earned yet, no time gone or left)."""

    es: Fraction
    sv_t: Fraction
    spi_t: Fraction | None
    spi: Fraction | None
    ieac_t: Fraction | None
    tspi: Fraction | None


def earned_schedule(planned: Sequence[Exact], earned: Exact, *, planned_duration: int | None = None) -> Fraction:
    """ES, from 0 to the planned duration. Raises PlanError, or TrajectoryError for a float."""
    totals, duration = _plan(planned, planned_duration)
    done = exact(earned)
    if done < 0:
        return Fraction(0)
    reached = max(period for period, total in enumerate(totals) if total <= done)
    if reached >= duration:
        return Fraction(duration)
    return reached + (done - totals[reached]) / (totals[reached + 1] - totals[reached])


def schedule(
    planned: Sequence[Exact], earned: Exact, actual_time: Exact, *, planned_duration: int | None = None
) -> Schedule:
    """Where the plan stands at what was earned by `actual_time` (AT, in periods since the start, part periods allowed).

    Raises PlanError, or TrajectoryError for a float.
    """
    totals, duration = _plan(planned, planned_duration)
    es, now = earned_schedule(planned, earned, planned_duration=planned_duration), exact(actual_time)
    spi_t = es / now if now > 0 else None
    planned_now = _planned_at(totals, now)
    return Schedule(
        es=es,
        sv_t=es - now,
        spi_t=spi_t,
        spi=exact(earned) / planned_now if planned_now > 0 else None,
        ieac_t=duration / spi_t if spi_t else None,
        tspi=(duration - es) / (duration - now) if now < duration else None,
    )


def _plan(planned: Sequence[Exact], planned_duration: int | None) -> tuple[list[Fraction], int]:
    totals = [Fraction(0), *(exact(total) for total in planned)]
    if totals[-1] <= 0 or any(later < earlier for earlier, later in pairwise(totals)):
        raise PlanError("a running total that falls, or comes to nothing")
    duration = totals.index(totals[-1]) if planned_duration is None else planned_duration
    if not 1 <= duration < len(totals):
        raise PlanError(f"{duration} periods, of a plan of {len(planned)}")
    return totals, duration


def _planned_at(totals: list[Fraction], time: Fraction) -> Fraction:
    time = min(max(time, Fraction(0)), Fraction(len(totals) - 1))
    whole = min(int(time), len(totals) - 2)
    return totals[whole] + (totals[whole + 1] - totals[whole]) * (time - whole)
