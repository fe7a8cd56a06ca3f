# SPDX-License-Identifier: GPL-3.0-or-later
"""A few letters find what was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.fuzzy import match

TITLES = ["Flip View", "Leaf Vein", "Fill with Colour", "New Paint Layer", "Merge Down",
          "Full Screen", "Select All", "Shadow flip", "Duplicate Layer"]  # fmt: skip


def best(query: str) -> str:
    found = [(m.score, title) for title in TITLES if (m := match(query, title)) is not None]
    return max(found)[1]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("flip", "Flip View"),
        ("fv", "Flip View"),
        ("npl", "New Paint Layer"),
        ("down", "Merge Down"),
        ("COL", "Fill with Colour"),
        ("layer dup", "Duplicate Layer"),
        ("mrgdn", "Merge Down"),
    ],
)
def test_the_obvious_one_comes_first(query, title):
    assert best(query) == title


def test_letters_in_a_row_are_the_ones_marked():
    assert match("la", "Choose Layer Above").positions == (7, 8)


def test_accents_and_case_do_not_count():
    assert match("strasse", "Esquisse") is None
    assert match("cafe", "CAFÉ crème").positions == (0, 1, 2, 3)


@pytest.mark.parametrize("query", ["xyz", "flipp", "weiv", "view flap"])
def test_what_does_not_fit_is_not_found(query):
    assert match(query, "Flip View") is None


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30), st.data())
def test_any_letters_taken_out_in_order_fit(text, data):
    picks = data.draw(st.lists(st.integers(0, len(text) - 1), max_size=8, unique=True))
    query = "".join(text[i] for i in sorted(picks))
    found = match(query, text)
    assert found is not None
    assert list(found.positions) == sorted(set(found.positions))
    assert len(found.positions) == len(query)


@given(st.text(max_size=20))
def test_an_empty_query_fits_everything(text):
    assert match("", text) is not None and match("  ", text).positions == ()
