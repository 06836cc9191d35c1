"""Which file is meant by a name: one of the package, or the bureau's own version beside its data."""

import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.schema import DataError


def test_an_unknown_policy_is_suggested():
    with pytest.raises(DataError, match="是不是「pingcheng-2024」"):
        policy.load("pingchen-2024")


def test_a_bureaus_own_version_under_the_id_of_a_packages_file_is_the_one_that_counts(tmp_path):
    text = (policy.FOLDER / "laoting-2025.toml").read_text(encoding="utf-8")
    (tmp_path / "policy.toml").write_text(text.replace('title = "', 'title = "改过的', 1), encoding="utf-8")
    assert policy.load("laoting-2025", beside=tmp_path).title.startswith("改过的")
    assert not policy.load("laoting-2025").title.startswith("改过的")
