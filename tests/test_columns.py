"""Columns between Python, NumPy and Arrow are what they were."""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from guiju.audit.columns import array, arrays


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", None, "哦"], pa.string()),
        ([1, None, 3], pa.int64()),
        ([1.5, None, float("inf")], pa.float64()),
        ([True, None, False], pa.bool_()),
        ([datetime(2025, 1, 1, 12, 0, 0, 7), None], pa.timestamp("us")),
        ([Decimal("1.10"), None, Decimal("-0.01")], pa.decimal128(18, 2)),
        ([], pa.string()),
    ],
)
def test_values_of_a_type(values, kind):
    column = array(iter(values), kind)
    assert column.type == kind
    assert column.to_pylist() == values


def test_where_no_type_is_named():
    assert array(["a", None]).type == pa.string()
    assert array([None, None]).type == pa.float64()
    assert array([1, 2]).type == pa.int64()
    assert array([1, 2.5]).to_pylist() == [1.0, 2.5]


def test_an_array_of_objects_is_its_objects():
    """Polars would keep the addresses of them."""
    assert array(np.array([1.5, None], dtype=object)).to_pylist() == [1.5, None]
    assert array(np.array([1.5, np.nan])).to_pylist()[0] == 1.5


def test_a_missing_number_is_nan_in_numpy():
    table = pa.table({"n": pa.array([1, None]), "t": pa.array(["a", "b"]), "at": pa.array([0, 1], pa.timestamp("us"))})
    columns = arrays(table)
    assert columns["n"][0] == 1
    assert np.isnan(columns["n"][1])
    assert list(columns["t"]) == ["a", "b"]
    assert columns["at"].dtype == np.dtype("datetime64[us]")
