"""What reads a parameter is found from the code, not written in a policy file; a choice nothing reads is refused."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

import zhaosheng_analysis
from zhaosheng_analysis import audit, policy
from zhaosheng_analysis.policy import steering, vocabulary
from zhaosheng_analysis.schema import DataError

PACKAGE = Path(zhaosheng_analysis.__file__).parent
#: Package of the code -> what a parameter read there steers. What is written in texts follows what is read elsewhere.
ROOMS = {"applicants": "papers", "admission": "rounds", "classes": "classes", "alerts": "warning", "audit": "audit"}


def named(call: ast.Call) -> str:
    """Return the name a call of ``.parameter`` asks for as a pattern, empty where it is no plain text."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "parameter" and call.args):
        return ""
    (asked, *_) = call.args
    if isinstance(asked, ast.JoinedStr):
        return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in asked.values)
    return re.escape(asked.value) if isinstance(asked, ast.Constant) else ""


def readers() -> dict[str, set[str]]:
    """Return parameter of the package -> packages of the code that read it."""
    found: dict[str, set[str]] = {name: set() for name in vocabulary.PARAMETERS}
    for path in PACKAGE.rglob("*.py"):
        if path == PACKAGE / "admission" / "promises.py":  # looks at results, and steers nothing
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        for pattern in filter(None, map(named, calls)):
            hit = [name for name in found if re.fullmatch(pattern, name)]
            assert hit, f"{path.name} reads {pattern}, which the vocabulary does not list"
            for name in hit:
                found[name].add(path.relative_to(PACKAGE).parts[0])
    for rule in audit.rules.declared():
        for name in rule.parameters:
            found[name].add("audit")
    for name in steering._SIZES | steering._LIMITS | steering._LEVELS:
        found[name].add("policy")
    return found


def test_every_parameter_of_the_vocabulary_is_read_and_steers_what_reads_it():
    for name, rooms in readers().items():
        assert rooms, f"nothing reads {name}"
        steers = set(vocabulary.PARAMETERS[name].steers)
        found = {ROOMS[room] for room in rooms & set(ROOMS)}
        # What [capacity] and [warning] are set by goes on to classes, warnings and audits from there.
        assert found <= steers <= found | ({"classes", "warning", "audit"} if "policy" in rooms else set()), name
        assert steers <= set(vocabulary.STEERED)


def test_what_the_code_asks_for_is_no_name_of_a_districts_own():
    own = {
        item.name for name in policy.names() for item in policy.load(name).parameters.values() if item.sets
    } & vocabulary.PARAMETERS.keys()
    assert not own


@pytest.mark.parametrize("name", policy.names())
def test_every_choice_a_policy_offers_is_read(name):
    rules = policy.load(name)
    offered = list(rules.parameters)
    assert offered
    assert all(steering.read_by(rules, each) for each in offered)


def test_what_a_parameter_steers_by_hand():
    laoting, quzhou = policy.load("laoting-2025"), policy.load("quzhou-2022")
    assert steering.read_by(laoting, "lt.gap_rank") == {"papers"}  # rows of the tier table
    assert steering.read_by(laoting, "lt.order") == {"rounds"}  # the key of a round
    assert steering.read_by(laoting, "lt.carry_online_ts") == {"papers", "rounds"}  # the moment, and a window
    assert steering.read_by(quzhou, "class.base_primary") == {"classes", "warning", "audit"}


def edited(tmp_path, *changes):
    """Load 洮北 with pieces of its file replaced, each of which is there once."""
    text = (policy.FOLDER / "taobei-2024.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (tmp_path / "edited.toml").write_text(text, encoding="utf-8")
    return policy.load(tmp_path / "edited.toml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('sets = "cap_scope"\n', "", "「tb.cap_scope」：有几种取值，却没有一处读它"),
        ('sets = "cap_scope"', 'sets = "cap_scop"', "没有「cap_scop」"),
        ('sets = "cap_scope"', 'sets = "cap_scop"', "是不是「cap_scope」"),
        ('sets = "cap_scope"', 'sets = "transfer_lock_months"', "「transfer_lock_months」已由参数"),
        ('sets = "cap_scope"', 'sets = "kin"', "取值「entry」没有一处读得懂；「kin」的取值：relatives、parents"),
        ('sets = "transfer_lock_months"', 'sets = "report.due"', "取值「1」没有一处读得懂；「report.due」是日期"),
    ],
)
def test_a_parameter_nothing_reads_or_understands_is_refused(tmp_path, old, new, words):
    with pytest.raises(DataError) as error:
        edited(tmp_path, (old, new))
    assert words in str(error.value)


def test_a_parameter_may_be_called_anything(tmp_path):
    named_otherwise = edited(tmp_path, ('name = "tb.cap_scope"', 'name = "限额.管哪些年级"'))
    assert named_otherwise.parameter("cap_scope") == named_otherwise.parameter("限额.管哪些年级") == "all"


def test_an_old_file_that_says_who_reads_a_parameter_is_told_so(tmp_path):
    with pytest.raises(DataError, match="不认识的键「read_by」"):
        edited(tmp_path, ('sets = "cap_scope"', 'sets = "cap_scope"\nread_by = ["audit"]'))


def test_the_files_of_the_package_hold_no_name_of_a_module():
    for path in policy.FOLDER.glob("*.toml"):
        assert all(
            "read_by" not in item for item in tomllib.loads(path.read_text(encoding="utf-8")).get("parameters", [])
        )


def test_what_the_text_settles_is_not_to_be_chosen():
    with pytest.raises(DataError, match=r"在这份规则里不能选.*含当日.*请去掉这一项"):
        policy.under(policy.load("taobei-2024"), {"cutoff.inclusive": False})
