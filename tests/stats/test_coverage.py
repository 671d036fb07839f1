import pytest
from statsmodels.stats.proportion import proportion_confint

from smallprint.stats import coverage
from smallprint.stats.intervals import Interval


@pytest.fixture(scope="module")
def table():
    return coverage.coverage_table()


def test_both_implementations_hold_the_truth_on_the_same_draws(table):
    assert table["disagreements"].sum() == 0


def test_simulated_coverage_is_that_of_the_second_implementation(table):
    """Standard errors, so a normal sample: of 136 cells at most 2 beyond 3, none beyond 4.5."""
    size = table["difference_in_se"].abs()
    assert len(table) == 136
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
    ]
    assert (table["nominal"] == 0.95).all()


def test_the_exact_interval_never_covers_less_than_it_says(table):
    assert table.query("method == 'Clopper-Pearson'")["independent"].min() >= 0.95


def test_exact_coverage_at_published_points(table):
    """Wilson at n = 50, p = 0.5 covers k from 18 to 32: binomial sum 0.9351."""
    cell = table.query("method == 'Wilson' and n == 50 and p == '0.5'")
    assert cell["independent"].item() == pytest.approx(0.9351, abs=5e-5)


def test_the_same_seed_gives_the_same_table():
    one, two, other = (
        coverage.coverage_table(seed=seed, draws=50)["simulated"].tolist() for seed in (1, 1, 2)
    )
    assert one == two != other


def test_a_wrong_interval_is_found(monkeypatch):
    """Wald's interval in Wilson's place fails both checks."""

    def wald(k, n, level):
        low, high = proportion_confint(k, n, alpha=1 - level, method="normal")
        return Interval(low, high, level, "Wilson")

    monkeypatch.setitem(coverage.INTERVALS, "Wilson", wald)
    cells = coverage.coverage_table(draws=500).query("method == 'Wilson'")
    assert cells["difference_in_se"].abs().max() > 10
    assert cells["disagreements"].sum() > 100


def test_the_page_shows_one_row_a_method_and_the_worst_cell(table):
    shown = table.assign(difference_in_se=0.0)
    shown.loc[0, "difference_in_se"] = -3.21
    lines = coverage.coverage_markdown(shown).splitlines()
    assert len(lines[2:-2]) == shown["method"].nunique()
    wilson = [field.strip() for field in lines[2].split("|")[1:-1]]
    assert wilson == ["Wilson", "35", "3.21", "1", "0", "90.4%", "98.3%"]
    assert lines[-1].startswith("Beyond 3 standard errors: 1 of 136 cells; about 0.4")
