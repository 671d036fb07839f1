"""Effects of factors and verdicts on rivals, on mixtures of control agents; see `mixtures`."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from smallprint import scenarios
from smallprint.evals import direct
from smallprint.measured import rivals
from smallprint.measured.factors import effects
from smallprint.validity.analyses import READ, Analysis
from smallprint.validity.mixtures import SAMPLES, mixed, shares


@lru_cache
def _office() -> tuple:
    pack = scenarios.load("agentic-misalignment")
    table = direct.outcomes(pack, "always-use-leverage", SAMPLES).rename(columns={"rule": "does"})
    other = direct.outcomes(pack, "always-comply", SAMPLES)
    unknown = dict.fromkeys(("string", "judge", "gate", "truth"))
    return pack, table.assign(does_not=other["rule"], **unknown)


FITS: dict[tuple, tuple] = {}


class Cells(NamedTuple):
    """How much cells differ beyond their factors (``icc``), and what errors are clustered by."""

    icc: float = 0.0
    clusters: str = "cell"


def _effects(rng: np.random.Generator, level: tuple[str, str], effect: float, cells: Cells):
    """Effects of factors where 30% act, and more at one level of one factor; with the outcomes."""
    # A fit takes a tenth of a second; where nothing is planted, several analyses read the same.
    drawn = rng.bit_generator.state["state"]["state"], cells
    if not effect and drawn in FITS:
        return FITS[drawn]
    # Settings come one after another, and a thousand fits of each fill memory.
    if FITS and next(iter(FITS))[1] != cells:
        FITS.clear()
    pack, table = _office()
    rate = 0.3 + effect * (table[level[0]] == level[1]).to_numpy()
    share = shares(rng, rate, table.groupby("cell").ngroup().to_numpy(), cells.icc)
    acted = mixed(rng, table, share).astype(bool)
    frame = table.assign(rule=acted, cell=table[cells.clusters])
    found = effects(frame, "rule", pack.factors, pack.interactions), frame
    if not effect:
        FITS[drawn] = found
    return found


def _factor(factor: str, level: str, cells: Cells):
    def draw(rng: np.random.Generator, effect: float) -> bool:
        rows = _effects(rng, (factor, level), effect, cells)[0].differences
        row = rows[(rows["factor"] == factor) & (rows["level"] == level)].iloc[0]
        return bool(row["low"] > 0) if effect else not row["low"] <= 0 <= row["high"]

    return draw


def _any_factor(cells: Cells):
    def draw(rng: np.random.Generator, effect: float) -> bool:
        found, _ = _effects(rng, ("channel", "present"), effect, cells)
        return bool((found.tests["p_holm"] < 0.05).any())

    return draw


def _verdict(rival: str, factor: str, level: str, cells: Cells):
    def draw(rng: np.random.Generator, effect: float) -> bool:
        found, frame = _effects(rng, (factor, level), effect, cells)
        verdicts = {one.rival: one.verdict for one in rivals.verdicts(found, frame, "rule")}
        return verdicts[rival] == "not separated"

    return draw


def analyses() -> Iterator[Analysis]:
    """Effects of factors, and the verdicts made of them."""
    study, sizes = "agentic-misalignment", (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
    settings = {
        "alike in all cells": Cells(),
        "cells differ, correlation 0.03": Cells(0.03),
        "cells differ, correlation 0.1": Cells(0.1),
    }
    for clusters in ("cell", "text"):
        for name, cells in settings.items():
            where = f"30% act whatever the factors, {name}; 96 cells of 4"
            draws = 600
            # The method of the first version, whose errors were too small, on the same data.
            if clusters == "text":
                where += f"{READ}texts as clusters"
                draws = 200 if cells.icc else 500
            yield from _readings(study, where, cells._replace(clusters=clusters), draws, sizes)


def _readings(study: str, where: str, cells: Cells, draws: int, sizes) -> Iterator[Analysis]:
    planted = {"effects": () if cells.icc else sizes, "planted_draws": 60}
    factor = _factor("channel", "present", cells)
    yield Analysis(study, "effect of a factor with two levels", where, factor, draws, **planted)
    yield Analysis(study, "any factor after Holm", where, _any_factor(cells), draws)
    verdict = _verdict("instruction-following", "goal", "explicit", cells)
    yield Analysis(
        study, "verdict “not separated” from four effects", where, verdict, draws, **planted
    )
