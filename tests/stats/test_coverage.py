import pytest
from statsmodels.stats.proportion import proportion_confint

from smallprint.stats import coverage, coverage_cells, coverage_prompts, coverage_ratios
from smallprint.stats.intervals import INTERVALS, Interval


@pytest.fixture(scope="module")
def table():
    return coverage.coverage_table()


def test_both_implementations_hold_the_truth_on_the_same_draws(table):
    assert table.loc[~table["resampled"], "disagreements"].sum() == 0


def test_the_bootstrap_agrees_with_all_resamples_but_for_their_luck(table):
    """Ours draws a thousand resamples; the second counts all with their probabilities."""
    resampled = table[table["resampled"]]
    assert len(resampled) == 2 and (resampled["draws"] == 1000).all()
    assert (resampled["disagreements"] <= 0.03 * resampled["draws"]).all()


def test_simulated_coverage_is_that_of_the_second_implementation(table):
    """Standard errors, so a normal sample: of 165 cells at most 2 beyond 3, none beyond 4.5."""
    size = table["difference_in_se"].abs()
    assert len(table) == 165
    assert (size > 3).sum() <= 2
    assert size.max() < 4.5


def test_every_method_has_cells(table):
    assert table["method"].unique().tolist() == [
        "Wilson",
        "Clopper-Pearson",
        "Jeffreys",
        "Newcombe",
        "Lang-Reiczigel",
        "Single prompt",
        "Clustered t",
        "Korn-Graubard",
        "Korn-Graubard, assumed correlation",
        "Tango",
        "Wilson, missing bounds",
        "Rogan-Gladen, errors known",
        "Fieller",
        "Bootstrap of the PGR, BCa",
        "Bootstrap of the PGR, percentile",
    ]
    assert (table["nominal"] == 0.95).all()


def test_the_exact_interval_never_covers_less_than_it_says(table):
    assert table.query("method == 'Clopper-Pearson'")["independent"].min() >= 0.95


def test_conservative_methods_never_cover_less_than_they_say(table):
    """Bounds of missing samples, and clusters at the right assumed correlation."""
    kept = table["method"].isin(["Wilson, missing bounds", "Korn-Graubard, assumed correlation"])
    assert kept.sum() == 10 and (table.loc[kept, "independent"] >= 0.95).all()


def test_the_set_of_ratios_covers_where_there_is_next_to_no_gap(table):
    assert table.query("method == 'Fieller'")["independent"].between(0.94, 0.96).all()


def test_exact_coverage_at_published_points(table):
    """Wilson at n = 50, p = 0.5 covers k from 18 to 32: binomial sum 0.9351."""
    cell = table.query("method == 'Wilson' and n == 50 and p == '0.5'")
    assert cell["independent"].item() == pytest.approx(0.9351, abs=5e-5)


def test_the_same_seed_gives_the_same_table(monkeypatch):
    cells = (coverage_cells.proportion_cells, coverage_ratios.fieller_cells)
    monkeypatch.setattr(coverage, "CELLS", cells)
    one, two, other = (
        coverage.coverage_table(seed=seed, draws=50)["simulated"].tolist() for seed in (1, 1, 2)
    )
    assert one == two != other


def test_a_wrong_interval_is_found(monkeypatch):
    """Wald's interval in Wilson's place fails both checks."""

    def wald(k, n, level):
        low, high = proportion_confint(k, n, alpha=1 - level, method="normal")
        return Interval(low, high, level, "Wilson")

    monkeypatch.setitem(INTERVALS, "Wilson", wald)
    monkeypatch.setattr(coverage, "CELLS", (coverage_cells.proportion_cells,))
    cells = coverage.coverage_table(draws=500).query("method == 'Wilson'")
    assert cells["difference_in_se"].abs().max() > 10
    assert cells["disagreements"].sum() > 100


@pytest.mark.parametrize("kind", ["BCa", "percentile"])
def test_limits_of_the_bootstrap_are_those_of_all_resamples(kind):
    """To within one step between ratios, which luck in twenty thousand resamples can move."""
    n, (counts,) = 16, [(6, 1, 7, 2)]
    place = coverage_ratios._outcomes(n).tolist().index(list(counts))
    exact = coverage_ratios._exact_bootstrap(n, kind)[place]
    items = coverage_ratios._items(counts)
    ours = coverage_ratios.bootstrap_gap_recovered(*items, kind=kind, draws=20000).interval
    assert ours[:2] == pytest.approx(exact, abs=0.02)


def test_a_set_of_ratios_or_an_interval_of_clusters_that_is_too_narrow_is_found(monkeypatch):
    """Fieller's set at 90%, and clusters read as independent samples."""

    def narrow(accuracies, level):
        return sound(accuracies, level=0.9)

    def pooled(y, clusters, level):
        return clustered(y, range(len(y)), level)

    sound = coverage_ratios.performance_gap_recovered
    clustered = coverage_prompts.clustered_interval
    monkeypatch.setattr(coverage_ratios, "performance_gap_recovered", narrow)
    monkeypatch.setattr(coverage_prompts, "clustered_interval", pooled)
    cells = (coverage_prompts.clustered_cells, coverage_ratios.fieller_cells)
    monkeypatch.setattr(coverage, "CELLS", cells)
    found = coverage.coverage_table(draws=500).groupby("method")["disagreements"].sum()
    assert found["Fieller"] > 50 and found["Clustered t"] > 50
    assert found["Korn-Graubard"] == 0


def test_the_page_shows_one_row_a_method_and_the_worst_cell(table):
    shown = table.assign(difference_in_se=0.0)
    shown.loc[0, "difference_in_se"] = -3.21
    lines = coverage.coverage_markdown(shown).splitlines()
    assert len(lines[2:-2]) == shown["method"].nunique()
    wilson = [field.strip() for field in lines[2].split("|")[1:-1]]
    assert wilson == ["Wilson", "35", "3.21", "1", "0", "90.4%", "98.3%"]
    assert lines[-1].startswith("Beyond 3 standard errors: 1 of 165 cells; about 0.4")
