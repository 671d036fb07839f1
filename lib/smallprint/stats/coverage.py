"""Simulated coverage of every interval method beside an independent computation.

Simulated: seeded draws, and our function's interval for each. Independent: the
exact probability, by enumerating all outcomes, that a second implementation's
interval holds the truth. The cells are in `coverage_cells`,
`coverage_prompts` and `coverage_ratios`, the second implementations in
`coverage_reference`.
"""

import argparse
from math import inf, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from smallprint.stats import coverage_cells, coverage_prompts, coverage_ratios
from smallprint.stats.coverage_cells import Cell
from smallprint.stats.coverage_reference import LEVEL
from smallprint.stats.intervals import Interval
from smallprint.stats.ratios import FiellerSet

CELLS = (
    coverage_cells.proportion_cells,
    coverage_cells.newcombe_cells,
    coverage_cells.judge_cells,
    coverage_prompts.single_prompt_cells,
    coverage_prompts.clustered_cells,
    coverage_prompts.assumed_correlation_cells,
    coverage_cells.paired_cells,
    coverage_cells.missing_cells,
    coverage_cells.known_judge_cells,
    coverage_ratios.fieller_cells,
    coverage_ratios.bootstrap_cells,
)
RESAMPLED = 20


def _simulate(cell: Cell, rng: np.random.Generator, draws: int) -> tuple[float, int]:
    """Coverage of our function, and the draws on which the second one differs."""
    outcomes, counts = np.unique(cell.draw(rng, draws), axis=0, return_counts=True)
    outcomes = [tuple(row) for row in outcomes.tolist()]
    intervals = [cell.interval(*row) for row in outcomes]
    covers = np.array([_holds(one, cell.truth) for one in intervals])
    differs = covers != np.array([cell.holds(row) for row in outcomes])
    return float(counts @ covers) / draws, int(counts @ differs)


def _holds(found: Interval | FiellerSet | None, truth: float) -> bool:
    """Whether an interval or set holds the truth; what gives no number does not."""
    if isinstance(found, FiellerSet):
        return found.holds(truth)
    return found is not None and found.low <= truth <= found.high


def _in_standard_errors(simulated: float, independent: float, draws: int) -> float:
    independent = min(1.0, independent)
    error = sqrt(independent * (1 - independent) / draws)
    difference = simulated - independent
    if error == 0:
        return 0.0 if abs(difference) < 1e-12 else inf
    return difference / error


def coverage_table(seed: int = 20260620, draws: int = 20000) -> pd.DataFrame:
    """Compare the coverage of each interval method with an independent computation.

    Parameters
    ----------
    seed : int
        Seeds one generator for all cells, in the order of the rows.
    draws : int
        Simulated data sets a cell.

    Returns
    -------
    DataFrame
        One row a cell: ``method``, ``p`` (the true rates and what else the cell
        fixes, as text), ``n``, ``nominal``, ``simulated`` coverage of our
        function, ``independent`` exact coverage of a second implementation,
        ``difference_in_se`` in standard errors of the simulation,
        ``disagreements``: draws on which one implementation's interval holds
        the truth and the other's does not, of so many ``draws``. Where that is
        0, a difference is chance in the draws, not in the method; where ours is
        ``resampled``, it can also be chance in the resamples.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for cells in CELLS:
        for cell in cells():
            # Each outcome is resampled thousands of times, so fewer are drawn.
            n = max(1, draws // RESAMPLED) if cell.resampled else draws
            simulated, disagreements = _simulate(cell, rng, n)
            rows.append(
                {
                    "method": cell.method,
                    "p": cell.p,
                    "n": cell.n,
                    "nominal": LEVEL,
                    "simulated": simulated,
                    "independent": cell.independent,
                    "difference_in_se": _in_standard_errors(simulated, cell.independent, n),
                    "disagreements": disagreements,
                    "draws": n,
                    "resampled": cell.resampled,
                }
            )
    return pd.DataFrame(rows)


def coverage_markdown(table: pd.DataFrame) -> str:
    """Render `coverage_table` as a Markdown table, one row a method, and a note."""
    lines = [
        "| Method | Cells | Largest difference (SE) | Cells beyond 3 SE | Draws that disagree "
        "| Lowest coverage | Highest coverage |",
        "|:--|--:|--:|--:|--:|--:|--:|",
    ]
    for method, cells in table.groupby("method", sort=False):
        worst = cells["difference_in_se"].abs()
        exact = 100 * cells["independent"]
        lines.append(
            f"| {method} | {len(cells)} | {worst.max():.2f} | {(worst > 3).sum()} "
            f"| {cells['disagreements'].sum()} | {exact.min():.1f}% | {exact.max():.1f}% |"
        )
    expected = len(table) * 2 * stats.norm.sf(3)
    beyond = int((table["difference_in_se"].abs() > 3).sum())
    lines += [
        "",
        f"Beyond 3 standard errors: {beyond} of {len(table)} cells; about {expected:.1f} would be "
        "by chance alone, and no seed was picked to avoid them. A draw *disagrees* if one "
        "implementation's interval holds the true rate and the other's does not. Coverage is the "
        f"second implementation's, for a nominal {LEVEL:.0%}. A bootstrap draws its own resamples, "
        "so it can disagree where a limit falls next to the true ratio.",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Write the table of the method page."""
    parser = argparse.ArgumentParser(
        prog="python -m smallprint.stats.coverage", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("file", type=Path, help="where the table is written")
    file = parser.parse_args(arguments).file
    file.write_text(coverage_markdown(coverage_table()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
