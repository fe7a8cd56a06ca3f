# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding what somebody means by a few typed letters. Imports the standard library only."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_HIT = 1.0
_WORD_START = 8.0  # "fv" means Flip View more than "leaf vein"
_TEXT_START = 4.0
_RUN = 8.5  # letters in a row; just above two starts of words, so that "la" marks LAyer
_GAP = 0.05  # per letter skipped
_REST = 0.02  # per letter of the text: of equal matches the shorter text is meant
_NEVER = float("-inf")


@dataclass(frozen=True)
class Match:
    """How well a query fits a text, and which of the text's characters it used."""

    score: float
    positions: tuple[int, ...]


def match(query: str, text: str) -> Match | None:
    """Match each word of the query as letters that occur in the text in this order.

    Case and accents do not count. Starts of words and letters in a row score higher. None when
    some word does not fit; an empty query fits everything with score 0.
    """
    folded = [_fold(c) for c in text]
    starts = [i == 0 or not text[i - 1].isalnum() for i in range(len(text))]
    score, positions = 0.0, set[int]()
    for word in query.split():
        found = _best([_fold(c) for c in word], folded, starts)
        if found is None:
            return None
        score += found.score
        positions.update(found.positions)
    return Match(score - _REST * len(text), tuple(sorted(positions)))


def _fold(character: str) -> str:
    """A character without case and accents."""
    plain = unicodedata.normalize("NFKD", character)[:1]
    return plain.casefold()


def _best(word: list[str], text: list[str], starts: list[bool]) -> Match | None:
    """The best of all ways to find the word's letters in the text, by dynamic programming."""
    n = len(text)
    rest = iter(text)
    if not all(c in rest for c in word):  # cheap: most texts do not fit at all
        return None
    scores: list[list[float]] = []
    origins: list[list[int]] = []
    for i, letter in enumerate(word):
        row, origin = [_NEVER] * n, [-1] * n
        best, best_at = _NEVER, -1  # of the row above, left of j - 1, with the gap paid
        for j in range(n):
            if i and j >= 2:
                best -= _GAP
                if scores[-1][j - 2] - _GAP > best:
                    best, best_at = scores[-1][j - 2] - _GAP, j - 2
            if text[j] != letter:
                continue
            own = _HIT + (_WORD_START if starts[j] else 0) + (_TEXT_START if j == 0 else 0)
            if i == 0:
                row[j] = own
                continue
            run = scores[-1][j - 1] + _RUN if j else _NEVER
            row[j], origin[j] = (run, j - 1) if run >= best else (best, best_at)
            row[j] += own
        scores.append(row)
        origins.append(origin)
    at = max(range(n), key=scores[-1].__getitem__)
    if scores[-1][at] == _NEVER:
        return None
    total, positions = scores[-1][at], [at]
    for i in range(len(word) - 1, 0, -1):
        at = origins[i][at]
        positions.append(at)
    return Match(total, tuple(reversed(positions)))
