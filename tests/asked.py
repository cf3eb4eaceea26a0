"""One question about a clinic's tables at a time, answered by estimates one by one."""

from __future__ import annotations

import ptanalysis as pt
from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.decay import asset_growth, campaign_stops, first_sql_waits
from ptanalysis.metrics.money.mature import weeks_followed
from ptanalysis.stats import Estimate
from tests import engine_answers


def costs(tables: ClinicData, event: str = "sql", **options) -> list[Estimate]:
    units = pt.units(tables, followed=weeks_followed(event, tables.assumptions))
    return pt.cost_per(units, event, **options).each()


def returns(tables: ClinicData, **options) -> list[Estimate]:
    return pt.roi(pt.units(tables), **options).each()


def roi_difference(tables: ClinicData) -> Estimate:
    (found,) = returns(tables, compare="difference")
    return found


def revenue(tables: ClinicData) -> list[Estimate]:
    patients = engine_answers.patients(tables, tables.assumptions.weeks_to_patient)
    return pt.revenue(patients, currency=tables.config.currency).each()


def persistence(tables: ClinicData, side: str, **test) -> Estimate:
    return campaign_stops.persistence_of(pt.stops(tables), side, **test)


def persistence_difference(tables: ClinicData, **test) -> Estimate:
    return campaign_stops.persistence_difference(pt.stops(tables), **test)


def half_life(tables: ClinicData, side: str) -> Estimate:
    found = pt.half_life(pt.stops(tables, weekly=True)).each()
    return next(each for each in found if each.group == side)


def first_sql_difference(tables: ClinicData) -> Estimate:
    return first_sql_waits.first_sql_difference(pt.waits(tables))


def growth(tables: ClinicData, name: str = "growth") -> Estimate:
    others = tables.leads[tables.leads["direction"] == "neither"]
    return asset_growth.growth_of(pt.assets(tables), others, name)


def lasting(tables: ClinicData) -> Estimate:
    return growth(tables, "lasting")
