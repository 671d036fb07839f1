import pandas as pd
import pytest

from smallprint import paths
from smallprint.estimates import Run
from smallprint.organisms import Organisms

STUDY = "scheming"


@pytest.fixture
def run():
    return Run(STUDY, 1, {"profile": "quick", "seed": 0})


def test_a_number_of_the_committed_table_is_recorded_once_as_it_stands_there(run):
    row = pd.read_csv(paths.ESTIMATES / STUDY / "vitro-full.csv").iloc[3]
    organism = Organisms(run, ["B20"], level="corpus")
    first = organism(row.condition, row.quantity)
    assert (first.value, first.interval.low, first.interval.high) == (row.value, row.low, row.high)
    assert (first.n, first.unit, first.tier) == (row.seeds, row.unit, "vitro")
    assert first.condition == {"corpus": row.condition}
    assert organism(row.condition, row.quantity) is first
    assert [e.id for e in run.file().estimates] == [first.id]


def test_what_was_not_measured_is_not_there(run):
    organism = Organisms(run, ["B20"])
    assert ("innocent", "no such quantity") not in organism
    with pytest.raises(KeyError):
        organism("innocent", "no such quantity")
