"""Published numbers and drawn outcomes of three models, for tests of their gap."""

import numpy as np

# "Ratio t-test for unequal variances" of R's mratios: rnorm(5, 1, 1) and rnorm(5, 2, 1) after
# set.seed(12345), printed at mikuhatsune.hatenadiary.com/entry/20121212/1355320912.
MRATIOS_X = [1.5855288, 1.7094660, 0.8906967, 0.5465028, 1.6058875]
MRATIOS_Y = [0.1820440, 2.6300986, 1.7238159, 1.7158403, 1.0806780]
MRATIOS_LIMITS = (0.4056763, 2.6170008)


def draw_items(rng, n, rates, shared=0.5):
    """Outcomes of three models, with common luck on a share of the items."""
    common = rng.random(n) < shared
    luck = rng.random((3, n))
    luck[:, common] = luck[0, common]
    return (luck < np.array(rates)[:, None]).astype(float)
