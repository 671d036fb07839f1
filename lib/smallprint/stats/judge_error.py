"""What a fallible outcome measure does to a rate.

Sensitivity is the probability that a true positive is called positive,
specificity the probability that a true negative is called negative.
"""

from math import sqrt

import numpy as np

from smallprint.stats.checks import check_counts, check_range
from smallprint.stats.intervals import Interval, normal_quantile, wilson_interval


def _check_informative(total: float) -> None:
    if total <= 1:
        raise ValueError(
            f"sensitivity + specificity must exceed 1; found {total:g}: a judge no better than "
            "chance leaves the true rate unidentified"
        )


def rogan_gladen(
    rate: float | np.ndarray, sensitivity: float | np.ndarray, specificity: float | np.ndarray
) -> float | np.ndarray:
    """True rate behind a reported one (Rogan and Gladen 1978).

    ``(rate + specificity - 1) / (sensitivity + specificity - 1)``, cut to
    [0, 1]. Cutting makes it biased near the edges. Assumes that the errors are
    the same in every sample; they are not if the judge errs more on one model
    or condition than on another.

    Parameters
    ----------
    rate, sensitivity, specificity : float or array
        In [0, 1]; arrays broadcast.

    Returns
    -------
    float or array
        NaN where sensitivity + specificity <= 1: not identifiable.

    Raises
    ------
    ValueError
        For a value outside [0, 1].
    """
    values = {"rate": rate, "sensitivity": sensitivity, "specificity": specificity}
    for name, value in values.items():
        for edge in (np.min(value), np.max(value)):
            check_range(edge, name)
    youden = np.asarray(sensitivity) + np.asarray(specificity) - 1
    usable = np.where(youden > 0, youden, np.nan)
    corrected = np.clip((np.asarray(rate) + np.asarray(specificity) - 1) / usable, 0, 1)
    return corrected if np.ndim(corrected) else float(corrected)


def rogan_gladen_known_interval(
    k: int, n: int, sensitivity: float, specificity: float, level: float = 0.95
) -> Interval:
    """Interval for the true rate when the judge's errors are known exactly.

    The Wilson limits of the reported rate, each corrected and cut to [0, 1]
    (Reiczigel, Foldi and Ozsvari 2010, Epidemiology and Infection 138,
    1674-1678). Too narrow if sensitivity and specificity were estimated: then
    use `rogan_gladen_interval`.

    Raises
    ------
    ValueError
        For values out of range, or sensitivity + specificity <= 1.
    """
    reported = wilson_interval(k, n, level)
    check_range(sensitivity, "sensitivity")
    check_range(specificity, "specificity")
    _check_informative(sensitivity + specificity)
    low, high = (rogan_gladen(limit, sensitivity, specificity) for limit in reported[:2])
    return Interval(low, high, level, "Rogan-Gladen, Wilson limits")


def rogan_gladen_interval(
    k: int,
    n: int,
    sensitivity_k: int,
    sensitivity_n: int,
    specificity_k: int,
    specificity_n: int,
    level: float = 0.95,
) -> Interval:
    """Interval for the true rate when the judge was calibrated on labelled samples.

    Lang and Reiczigel (2014, Preventive Veterinary Medicine 113, 13-22,
    equations 16 and 17): normal approximation after adding z^2 samples to the
    rate and two to each calibration set, with a shift for skewness, cut to
    [0, 1]. Equation 4 as printed has (1 + P)^2 where (1 - P)^2 is meant; the
    published examples need the latter. The authors tested it for sensitivity
    and specificity of 0.7 and more. With a perfect calibration set of a few
    samples the limits are rough. A very large calibration set leaves the limits
    of Agresti and Coull (1998), corrected: a little wider than those of
    `rogan_gladen_known_interval`.

    Parameters
    ----------
    k, n : int
        Reported positives and samples.
    sensitivity_k, sensitivity_n : int
        True positives called positive, out of so many.
    specificity_k, specificity_n : int
        True negatives called negative, out of so many.
    level : float
        Nominal coverage in (0, 1).

    Raises
    ------
    ValueError
        For values out of range, or if the adjusted sensitivity and specificity
        sum to 1 or less.
    """
    k, n = check_counts(k, n)
    check_counts(sensitivity_k, sensitivity_n, "sensitivity_k", "sensitivity_n")
    check_counts(specificity_k, specificity_n, "specificity_k", "specificity_n")
    z = normal_quantile(level)
    samples, positives, negatives = n + z**2, sensitivity_n + 2, specificity_n + 2
    reported = (k + z**2 / 2) / samples
    sensitivity = (sensitivity_k + 1) / positives
    specificity = (specificity_k + 1) / negatives
    _check_informative(sensitivity + specificity)
    youden = sensitivity + specificity - 1
    rate = (reported + specificity - 1) / youden
    of_sensitivity = sensitivity * (1 - sensitivity) / positives
    of_specificity = specificity * (1 - specificity) / negatives
    variance = (
        reported * (1 - reported) / samples
        + rate**2 * of_sensitivity
        + (1 - rate) ** 2 * of_specificity
    ) / youden**2
    centre = rate + 2 * z**2 * (rate * of_sensitivity - (1 - rate) * of_specificity)
    low, high = np.clip([centre - z * sqrt(variance), centre + z * sqrt(variance)], 0, 1)
    return Interval(float(low), float(high), level, "Lang-Reiczigel")


def break_even_specificity(rate: float) -> float:
    """Specificity at or below which every positive could be a false positive.

    With no true positives at all a judge still reports ``1 - specificity``, so
    the break-even is ``1 - rate``; ``rate`` in [0, 1], ValueError otherwise.
    """
    return 1 - check_range(rate, "rate")
