import math

import pandas as pd
import pytest

from smallprint.stats import checks


@pytest.mark.parametrize("value", [-1, 101, 1.5, math.nan, math.inf])
def test_a_bad_count_is_named_with_what_was_found_and_what_is_allowed(value):
    with pytest.raises(ValueError, match="hits must be a whole number from 0 to 100") as error:
        checks.check_counts(value, 100, "hits", "tries")
    assert repr(value) in str(error.value)


def test_an_empty_sample_is_refused():
    with pytest.raises(ValueError, match="n must be a whole number at least 1; found 0"):
        checks.check_counts(0, 0)


def test_whole_floats_from_a_column_with_gaps_are_counts():
    column = pd.Series([96, None])
    assert checks.check_counts(column[0], 100) == (96, 100)


@pytest.mark.parametrize("level", [0, 1, -0.1, 95, math.nan])
def test_a_level_is_strictly_between_0_and_1(level):
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        checks.check_level(level)


def test_a_value_out_of_range_is_named():
    with pytest.raises(ValueError, match=r"specificity must lie in \[0, 1\]; found 95"):
        checks.check_range(95, "specificity")


def test_unequal_columns_are_counted():
    with pytest.raises(ValueError, match="found labels 2, k 1"):
        checks.check_same_length(labels=["a", "b"], k=[1])
