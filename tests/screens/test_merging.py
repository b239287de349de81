"""What changed between two states of a list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui.widgets.big_rows import RowLook, RowModel
from ui.widgets.merging import edits_between

Row = tuple[str, int]
rows = st.lists(
    st.tuples(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 3)), unique_by=lambda r: r[0]
)


def key(row: Row) -> str:
    """Return a row's name."""
    return row[0]


def model_of(start: list[Row]) -> RowModel[Row]:
    """Make a model of these rows."""
    model = RowModel[Row](key, key, lambda row: RowLook("", row[0], "", f"{row[0]} {row[1]}"))
    model.replace(start)
    return model


@given(rows, rows)
def test_edits_make_the_new_list_of_the_old_one(old: list[Row], new: list[Row]) -> None:
    """Whatever the two lists, the model ends as the new one, and its count with it."""
    model = model_of(old)
    model.apply(edits_between(old, new, key), new, ())
    assert list(model.rows) == new
    assert model.rowCount() == len(new)
    assert [model.index(n).data(model.KEY) for n in range(len(new))] == [key(row) for row in new]


def test_a_row_that_moved_to_the_top_is_one_removal_and_one_insertion() -> None:
    """The ten thousand others are left alone."""
    old = [(str(n), 0) for n in range(10_000)]
    edits = edits_between(old, [old[7000], *old[:7000], *old[7001:]], key)
    assert (len(edits.removed), len(edits.inserted), len(edits.rewritten)) == (1, 1, 0)


def test_equal_lists_differ_in_nothing() -> None:
    """Nothing is told to the view, so nothing moves."""
    old = [("a", 1), ("b", 2)]
    assert not edits_between(old, list(old), key)


def test_appending_leaves_out_what_is_there() -> None:
    """A page that shifted meanwhile does not show a document twice."""
    model = model_of([("a", 1), ("b", 2)])
    model.append([("b", 2), ("c", 3)])
    assert [row[0] for row in model.rows] == ["a", "b", "c"]
