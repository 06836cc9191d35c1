"""What the rules of the package leave out is said: every provision, every silence, what the last tiers catch."""

import pytest

from zhaosheng_analysis import policy


@pytest.mark.parametrize("name", policy.names())
def test_every_policy_of_the_package_is_proved_and_leaves_no_provision_out(name):
    rules = policy.load(name)
    table = policy.coverage(rules)
    assert len(table) > 40
    assert table.loc[table["element"] == "", "id"].tolist() == []
    reasoned = table["element"].str.contains("not_modelled")
    assert (table.loc[reasoned, "why"] != "").all()


@pytest.mark.parametrize("name", ["pingcheng-2024", "laoting-2025"])
def test_every_silence_the_texts_leave_is_a_parameter_or_a_note_with_a_reason(name):
    rules = policy.load(name)
    last = {"pingcheng-2024": ("PC", 24), "laoting-2025": ("LT", 25)}[name]
    asked = {item.ambiguity for item in (*rules.parameters.values(), *rules.notes)}
    assert {f"A-{last[0]}{number}" for number in range(1, last[1] + 1)} <= asked
    assert all(item.why and item.question and item.clause for item in (*rules.parameters.values(), *rules.notes))
    assert all(rules.chosen[name] == item.default for name, item in rules.parameters.items())


def test_the_residual_tiers_say_what_they_catch():
    said = policy.catches(policy.load("laoting-2025"))
    assert any("入住：未入住" in line and "居住证：无" in line for line in said)
    other = policy.catches(policy.load("pingcheng-2024"))
    assert any(line.startswith("与登记学校的学区没有联系") for line in other)
