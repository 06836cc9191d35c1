"""From nothing to a rule file that runs: starting files, words, schema, notices of every format, a clerk's folder."""

import io
import json
import re
import tomllib
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import jsonschema
import pytest
import typst
from typer.testing import CliRunner

from zhaosheng_analysis import admission, audit, demo, figures, geodata, policy, tiers
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.policy import declarations, grammar, notices, points, proof, starting
from zhaosheng_analysis.schema import DataError

POINTS = re.compile(r"zhaosheng policy words ([\w-]+)")


def started(folder, like, year=2025):
    """Write a starting file and return its path."""
    path = folder / f"town-{year}.toml"
    path.write_text(starting.text(f"town-{year}", like, year=year), encoding="utf-8")
    return path


@pytest.mark.parametrize("like", starting.LIKE)
def test_every_starting_file_passes_the_check_and_the_schema(like, tmp_path):
    path = started(tmp_path, like)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 75  # to be read at one sitting
    rules = policy.load(path)
    admission.rounds.prove(rules)
    audit.rules.applied(rules)
    assert tiers.tried(rules) == []
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(_plain(data), grammar.schema())


@pytest.mark.parametrize("name", policy.names())
def test_the_five_rule_books_pass_the_schema(name):
    data = tomllib.loads((policy.FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    jsonschema.validate(_plain(data), grammar.schema())


@pytest.mark.parametrize(
    ("like", "line", "written", "taken"),
    [
        ("seat-lock", "years = 6", "years = { primary = 6, junior = 3 }", True),
        ("seat-lock", "years = 6", "years = { junor = 3 }", False),
        ("seat-lock", "years = 6", 'years = "6"', False),
        ("choices", 'ticket_by = "child"', "cap = 3", True),
        ("choices", 'ticket_by = "child"', "cap = 0.2", True),
        ("choices", 'ticket_by = "child"', "cap = true", False),
        ("choices", 'ticket_by = "child"', 'cap = "ten"', False),
        ("choices", 'ticket_by = "child"', "not_schools = { boarding = true }", True),
        ("choices", 'ticket_by = "child"', 'not_schools = "甲小学"', False),
        ("points", "cap = 60", 'cap = "60"', False),
    ],
)
def test_schema_and_reader_take_the_same_values(like, line, written, taken, tmp_path):
    path = started(tmp_path, like)
    text = path.read_text(encoding="utf-8")
    assert line in text
    path.write_text(text.replace(line, written, 1), encoding="utf-8")
    marks = jsonschema.Draft7Validator(grammar.schema()).iter_errors(_plain(tomllib.loads(path.read_text("utf-8"))))
    assert (not list(marks)) == taken
    try:
        admission.rounds.prove(policy.load(path))
    except DataError:
        assert not taken
    else:
        assert taken


@pytest.mark.parametrize("path", sorted(Path(__file__).with_name("notices").glob("*.toml")), ids=lambda path: path.stem)
def test_the_notices_pass_the_schema(path):
    jsonschema.validate(_plain(tomllib.loads(path.read_text(encoding="utf-8"))), grammar.schema())


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ('takes = { tier = "1" }', 'takes = { hukou = "outsid" }'),
        ('takes = { tier = "1" }', 'takes = { any = [{ home_at = "zon" }] }'),
        ('takes = { tier = "1" }', "excludes = { own_leaver = 1 }"),
        ('takes = { tier = "1" }', 'takes = { birth_on = "2020-08-31" }'),
        ('takes = { tier = "1" }', 'choices_by = [{ if = { tier = "1" }, chioces = 2 }]'),
        ('label = "提前一年落户"', 'label = "提前一年落户", lable = "x"'),
    ],
)
def test_an_editor_marks_a_slip_in_conditions_and_dates(line, written, tmp_path):
    text = started(tmp_path, "seat-lock").read_text(encoding="utf-8")
    marks = jsonschema.Draft7Validator(grammar.schema())
    assert marks.is_valid(_plain(tomllib.loads(text)))
    assert line in text
    assert not marks.is_valid(_plain(tomllib.loads(text.replace(line, written, 1))))


def _plain(value):
    """Write dates as text, as JSON has none."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool) else str(value)


def test_a_section_added_below_its_list_is_refused_with_the_way_to_add_it(tmp_path):
    path = started(tmp_path, "tiers")
    path.write_text(path.read_text(encoding="utf-8") + '\n[[checks]]\nrule = "must"\n', encoding="utf-8")
    with pytest.raises(DataError, match="请在方括号里再加一行"):
        policy.load(path)


def run(*arguments):
    """Call the program as from a terminal."""
    return CliRunner().invoke(main.app, [*arguments], catch_exceptions=False)


def test_a_clerk_gets_from_a_new_file_to_an_intake_without_python(tmp_path):
    folder = tmp_path / "town"
    town = demo.nine_plots()
    geodata.save(replace(town, about=town.about | {"policy": "town-2025"}), folder)
    assert "下一步" in run("policy", "new", "town-2025", "--out", str(folder)).output
    assert "town-2025" in run("policy", "check", str(folder / "town-2025.toml")).output
    (folder / "town-2025.toml").rename(folder / "policy.toml")
    checked = run("check", str(folder)).output
    assert "没有发现问题" in checked
    assert "规则文件：town-2025（文件夹里的 policy.toml）" in checked
    out = tmp_path / "out"
    assert run("admit", str(folder), "--out", str(out), "--seed", "s").exit_code == 0


def test_the_sheets_of_a_rule_file_are_known_with_its_own_columns(tmp_path):
    run("policy", "new", "town-2025", "--like", "points", "--out", str(tmp_path))
    rules, folder = tmp_path / "town-2025.toml", tmp_path / "data"
    assert "policy.toml" in run("template", str(rules), "--out", str(folder)).output
    assert (folder / "policy.toml").read_bytes() == rules.read_bytes()
    with pytest.raises(DataError) as told:
        run("check", str(folder))
    assert len(told.value.faults) == 1, told.value  # the sheet about is not filled in yet; every column is known


def test_a_policy_beside_the_data_must_be_the_one_the_data_name(tmp_path):
    started(tmp_path, "tiers").rename(tmp_path / "policy.toml")
    assert policy.load("town-2025", beside=tmp_path).id == "town-2025"
    assert policy.load("", beside=tmp_path).id == "town-2025"
    with pytest.raises(DataError, match="须一致"):
        policy.load("other-2025", beside=tmp_path)


@pytest.mark.parametrize(("name", "like"), [("和平-2026", "tiers"), ("heping-2026", "tier")])
def test_what_cannot_be_started_is_refused(name, like):
    with pytest.raises(DataError, match=r"写法不对|是不是「tiers」"):
        starting.text(name, like, year=2026)


def test_the_words_are_the_keys_the_program_reads():
    """Every key of every section has its Chinese, and none is told that is not read."""
    kinds = {**grammar.LISTS, **grammar.NAMED, **grammar.SINGLE, "columns": grammar.COLUMNS}
    for section, kind in kinds.items():
        assert set(grammar.KEYS[section]) == {item.name for item in fields(kind)}, section
    rounds = {item.name for item in fields(Round)} - {"facts", "words", "recalls"}
    assert set(grammar.KEYS["rounds"]) == rounds | {"when", "words", "provisions", "note", "release"}
    assert set(grammar.KEYS["points"]) == set(declarations._POINTS)
    assert set(grammar.KEYS["points.items"]) == {"id", "label", "clause", *declarations._ITEM}
    assert set(grammar.KEYS["points.groups"]) == {item.name for item in fields(points.Group)}
    assert set(grammar.KEYS["tiers"]) == set(proof._TIER_KEYS)
    assert set(grammar.ROUNDS) == {*admission.rounds.KINDS, admission.rounds.WAITING}
    for section in ("", *grammar.KEYS, *grammar.LISTED, *grammar._VOCABULARY_TITLES):
        assert len(grammar.words(section))


def test_every_section_a_word_points_to_is_there():
    said = {name for keys in grammar.KEYS.values() for about in keys.values() for name in POINTS.findall(about)}
    assert said
    for name in said:
        assert len(grammar.words(name))


def test_a_section_there_is_none_of_is_answered_with_the_nearest():
    with pytest.raises(DataError, match="是不是「rounds」"):
        grammar.words("round")


# ---- notices

NOTICE = "一、对象\n（一）年满六周岁。\n二、办法\n1.先有户有房。\n2.后其他。\n"
HTML = (
    "<html><head><style>p{}</style></head><body><p>一、对象</p><p>（一）年满六周岁。</p>"
    "<p>二、办法<br>1.先有户有房。</p><div>2.后其他。</div></body></html>"
)


def _word(lines):
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    xml = f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{body}</w:document>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        book.writestr("word/document.xml", xml)
    return packed.getvalue()


def _printed(lines):
    """Print lines as a PDF that holds its text."""
    paper = "\n\n".join(f"#text({json.dumps(line, ensure_ascii=False)})" for line in lines)
    fonts = [str(figures.style.font_file().parent)]
    return typst.compile(paper.encode(), format="pdf", font_paths=fonts, ignore_system_fonts=True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", NOTICE.encode()),
        ("a.txt", NOTICE.encode("utf-8-sig")),
        ("a.txt", NOTICE.encode("gbk")),
        ("a.html", HTML.encode()),
        ("a.docx", _word(NOTICE.splitlines())),
        ("a.pdf", _printed(NOTICE.splitlines())),
    ],
)
def test_a_notice_is_read_as_its_clauses_whatever_it_is_kept_in(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    told = notices.clauses(notices.text(tmp_path / name))
    assert told["条款"].to_list() == ["一", "一(一)", "二", "二1", "二2"]
    assert told["原文"].iloc[3] == "1.先有户有房。"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为 docx"), (b"PK\x03\x04x", "已损坏"), (b"abc", "没有读到文字")],
)
def test_a_notice_that_cannot_be_read_is_refused_in_words(content, said, tmp_path):
    (tmp_path / "a.doc").write_bytes(content)
    with pytest.raises(DataError, match=said):
        notices.text(tmp_path / "a.doc")


def test_quotations_are_looked_up_in_a_word_document(tmp_path):
    (tmp_path / "notice.docx").write_bytes(_word(["三、办法", "照抄原文一句：有户有房", "照抄原文一句：有房无户"]))
    path = started(tmp_path, "tiers")
    text = path.read_text(encoding="utf-8").replace("notice.txt", "notice.docx")
    text = re.sub("0{64}", notices.sha256(tmp_path / "notice.docx"), text)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        policy.load(path, sources=tmp_path)
    said = [fault.found for fault in error.value.faults]
    assert sum(found.endswith("不在原文中") for found in said) == 3  # two of the five rows are in the text
    assert sum(found.startswith("原文没有条款") for found in said) == len(said) - 3  # it has one clause only


def test_two_years_of_a_district_are_compared_on_the_same_children(tmp_path):
    """The yearly job: what would last year's children have got under this year's rules."""
    town = demo.nine_plots()
    folder = tmp_path / "town"
    geodata.save(replace(town, about=town.about | {"policy": "town-2025"}), folder)
    old, new = started(tmp_path, "tiers"), started(tmp_path, "tiers", year=2026)
    text = new.read_text(encoding="utf-8").replace('key = ["tier", "distance", "ticket"]', 'key = ["ticket"]')
    text = text.replace(
        "zone             | zone      | -      | 三(1)", "zone             | zone      | yes    | 三(1)"
    )
    new.write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        policy.load(new)  # a tier table with a gap is refused, however it came about
    text = new.read_text(encoding="utf-8").replace("| yes    | 三(1)", "| -      | 三(1)")
    new.write_text(text, encoding="utf-8")
    same = run("policy", "compare", str(old), str(old.with_name("town-2026.toml")), "--district", str(folder))
    assert "移到 2025 年" in same.output
    assert same.exit_code == 0
    moved = policy.as_if_in(policy.load(new), 2025)
    assert moved.date("age").isoformat() == "2019-08-31"


def test_coverage_of_a_file_without_a_catalogue_is_not_complete(tmp_path):
    with pytest.raises(DataError, match="无从核对"):
        run("policy", "coverage", str(started(tmp_path, "tiers")))


def test_the_rule_file_a_folder_names_lies_in_the_folder(tmp_path, monkeypatch):
    """Another file of that name where the program is called from is not the one that is meant."""
    folder, elsewhere = tmp_path / "town", tmp_path / "elsewhere"
    for place, like in ((folder, "tiers"), (elsewhere, "choices")):
        place.mkdir()
        started(place, like)
    town = demo.nine_plots()
    town = replace(town, about=town.about | {"policy": "town-2025.toml"})
    monkeypatch.chdir(elsewhere)
    assert policy.of(town, beside=folder).rounds[0]["id"] == "own"  # of tiers
    assert policy.of(town, "town-2025.toml", beside=folder).rounds[0]["id"] == "first"  # what the caller types
