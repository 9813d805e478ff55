"""Shocks that come together: uniform numbers joined by one common factor, by a t-copula.

    X_i = (sqrt(rho) M + sqrt(1 - rho) e_i) / sqrt(W / nu),  U_i = T_nu(X_i)

M and e are standard normal, W is chi-squared with nu degrees of freedom, T_nu the t distribution. Each U_i is uniform,
whatever rho and nu are. Extremes come together more often than under a normal copula, even where rho is 0: with the
coefficient 2 T_(nu+1)(-sqrt((nu + 1)(1 - rho) / (1 + rho))).

Source: Demarta & McNeil 2005, International Statistical Review 73(1), equation 8 and proposition 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """Random numbers drawn once and joined with any correlation, so that only the correlation differs."""

    common: Reals  # draws x 1
    own: Reals  # draws x n
    scale: Reals  # draws x 1: sqrt(W / nu)
    degrees: float

    @classmethod
    def of(cls, seed: int, draws: int, n: int, degrees: float) -> Draws:
        """For n shocks. Raises ValueError where there are no degrees of freedom."""
        if not degrees > 0:
            raise ValueError(f"degrees of freedom are above zero, not {degrees:g}")
        dice = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, draws, n])))
        common, own = dice.standard_normal((draws, 1)), dice.standard_normal((draws, n))
        return cls(common, own, np.sqrt(dice.chisquare(degrees, (draws, 1)) / degrees), degrees)

    def uniform(self, rho: float | None) -> Reals:
        """Uniform numbers (draws x n) by the t-copula of this correlation; None: independent of each other."""
        return self._uniform(*self._joined(rho))

    def excesses(self, rho: float | None, chances: ArrayLike) -> Reals:
        """How far beyond its 1 - chance each number lies, as a part of its chance: 0 to 1, and 0 where it does not.

        chances: (n,), 0 to 1. The same as (U - 1 + chance) / chance, reckoned only where it is above zero.
        """
        chance = np.broadcast_to(np.asarray(chances, np.float64), self.own.shape[1:])
        joined, degrees = self._joined(rho)
        least = ndtri(1 - chance) if degrees is None else stdtrit(degrees, 1 - chance)
        beyond = np.zeros(joined.shape)
        at = (joined > least) & (chance > 0)
        upper = self._uniform(-joined[at], degrees)  # 1 - U, without the digits lost near 1
        beyond[at] = 1 - upper / np.broadcast_to(chance, joined.shape)[at]
        return np.clip(beyond, 0.0, 1.0)

    def _joined(self, rho: float | None) -> tuple[Reals, float | None]:
        """The numbers before they are made uniform, and the degrees of freedom of their t distribution."""
        if rho is None:
            return self.own, None
        if not 0 <= rho <= 1:
            raise ValueError(f"a correlation by one common factor is 0 to 1, not {rho:g}")
        return (np.sqrt(rho) * self.common + np.sqrt(1 - rho) * self.own) / self.scale, self.degrees

    @staticmethod
    def _uniform(joined: Reals, degrees: float | None) -> Reals:
        return np.asarray(ndtr(joined) if degrees is None else stdtr(degrees, joined), np.float64)


def tail_dependence(rho: float, degrees: float) -> float:
    """The limit of P(U_2 > q | U_1 > q) as q goes to 1, of two shocks of this correlation."""
    if rho >= 1:
        return 1.0
    return float(2 * stdtr(degrees + 1, -np.sqrt((degrees + 1) * (1 - rho) / (1 + rho))))
