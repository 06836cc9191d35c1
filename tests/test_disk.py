"""Files are written whole or not at all, and what cannot be read is told in Chinese with line and column."""

import pytest

from zhaosheng_analysis import disk
from zhaosheng_analysis.schema import DataError

# text -> line, column and words of the fault, counted by hand
TOML_FAULTS = {
    'id = "a"\nname “b”\n': (2, 6, "键的后面没有等号", "全角符号「“」「”」"),
    "id = “a”\n": (1, 6, "不是值", "全角符号「“」「”」"),
    "id ＝ 1\n": (1, 4, "键的后面没有等号", "全角符号「＝」"),
    "kind = admission  # 招生；核查\n": (1, 8, "不是值", "请检查引号"),  # a remark may have any sign
    "【dates]\n": (1, 1, "不是「键 = 值」", "全角符号「【」"),
    "age = { on = 2026-02-30 }\n": (1, 14, "没有 2026-02-30 这个日期", "请检查引号"),
    "a = 1 b = 2\n": (1, 7, "还有别的内容", "请检查引号"),
    "[a]\nx = 1\n[a]\n": (3, 3, "同一节写了两次", "写两层方括号"),
    "[[a]]\nx = 1\n[a]\n": (3, 3, "同一节写了两次", "写两层方括号"),
    "a = { x = True }\n": (1, 11, "不是值", "全用小写"),
    "a = { on = 2026-8-31 }\n": (1, 16, "花括号没有关上", "月、日写两位"),
    "a = {\n  x = 1 }\n": (1, 6, "键的写法不对", "写在同一行"),
    "名称 = 1\n": (1, 1, "不是「键 = 值」", "请检查引号"),
    'a = "C:\\windows"\n': (1, 10, "反斜线须写成两个", "请检查引号"),
    "a = [1, 2\n": (2, 1, "方括号没有关上", "文件到此为止"),
}
JSON_FAULTS = {
    '{"a": 1,\n "b" 2}': (2, 6, "键的后面没有冒号"),
    '{"a": 1\n "b": 2}': (2, 2, "两项之间没有逗号"),
    "{a: 1}": (1, 2, "没有加英文引号"),
    '{"a": "x\ny"}': (1, 9, "引号没有关上"),
    "": (1, 1, "这里应有一个值"),
}


@pytest.mark.parametrize("text", TOML_FAULTS)
def test_a_broken_toml_is_told_where_and_what(text, tmp_path):
    line, column, *words = TOML_FAULTS[text]
    path = tmp_path / "规则.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as told:
        disk.read(path, expected="须为规则文件")
    assert str(told.value).startswith(f"规则.toml 第 {line} 行第 {column} 列：不是合法的 TOML：")
    assert all(word in str(told.value) for word in (*words, "须为规则文件"))


@pytest.mark.parametrize("text", JSON_FAULTS)
def test_a_broken_json_is_told_where_and_what(text, tmp_path):
    line, column, word = JSON_FAULTS[text]
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as told:
        disk.read(path, expected="")
    assert str(told.value).startswith(f"plan.json 第 {line} 行第 {column} 列：不是合法的 JSON：")
    assert word in str(told.value)


def test_a_file_of_an_office_editor_is_read_and_another_encoding_is_told(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes("\ufeffname = '乐亭'\r\n".encode())
    assert disk.read(path, expected="") == {"name": "乐亭"}
    path.write_bytes("id = 1\nname = '乐亭'\n".encode("gb18030"))
    with pytest.raises(DataError, match=r"a\.toml 第 2 行：不是 UTF-8 编码；.*另存为，编码选 UTF-8"):
        disk.read(path, expected="")


def test_a_key_that_stands_twice_is_refused_in_json_as_in_toml(tmp_path):
    for name, text in (("a.json", '{"b": {"a": 1, "a": 2}}'), ("a.toml", "a = 1\na = 2\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="写了两次"):
            disk.read(tmp_path / name, expected="")


def test_what_is_no_table_or_no_file_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(DataError, match="最外层不是一张表"):
        disk.read(tmp_path / "a.json", expected="")
    with pytest.raises(DataError, match=r"b\.toml：没有这个文件；须为情景文件"):
        disk.read(tmp_path / "b.toml", expected="须为情景文件")


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_a_file_is_written_with_its_folder(tmp_path):
    disk.write(tmp_path / "a" / "b.txt", "甲")
    disk.write(tmp_path / "a" / "b.txt", "乙".encode())
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "乙"
    assert names(tmp_path) == ["a", "b.txt"]


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left_beside_it(tmp_path):
    (tmp_path / "report.xlsx").mkdir()
    with pytest.raises(DataError, match=r"report\.xlsx：写不进去：那里是一个文件夹；原有的文件没有变"):
        disk.write(tmp_path / "report.xlsx", b"new")
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    for write in (disk.write, lambda path, content: disk.place(path, {"b": content})):
        with pytest.raises(DataError, match="写不进去：路径中有一段不是文件夹"):
            write(tmp_path / "out" / "a", b"new")
    assert names(tmp_path) == ["out", "report.xlsx"]


def test_files_that_belong_together_come_together_or_not_at_all(tmp_path):
    folder = tmp_path / "laoting"
    folder.mkdir()
    (folder / "kept.csv").write_text("old", encoding="utf-8")

    def fill(draft, *, fails):
        (draft / "kept.csv").write_text("new", encoding="utf-8")
        if fails:
            raise RuntimeError("half way")
        (draft / "more.csv").write_text("new", encoding="utf-8")

    with pytest.raises(RuntimeError, match="half way"), disk.together(folder) as draft:
        fill(draft, fails=True)
    assert (folder / "kept.csv").read_text(encoding="utf-8") == "old"
    with disk.together(folder) as draft:
        fill(draft, fails=False)
    assert [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())] == ["new", "new"]
    assert names(tmp_path) == ["kept.csv", "laoting", "more.csv"]


def test_a_folder_that_stands_is_left_as_it_is(tmp_path):
    disk.place(tmp_path / "run", {"run.json": b"1"})
    disk.place(tmp_path / "run", {"run.json": b"2", "more": b""})
    assert (tmp_path / "run" / "run.json").read_bytes() == b"1"
    assert names(tmp_path) == ["run", "run.json"]


OUTWARD = [
    "../x",
    "/etc/x",
    "..",
    ".",
    "",
    "a/b",
    "a\\b",
    "a\nb",
    ".x",
    "x.",
    "-x",
    "a b",
    "con",
    "NUL.txt",
    "x" * 201,
    "a\u202eb",
    "~",
]


@pytest.mark.parametrize("name", OUTWARD)
def test_a_name_from_data_never_leads_out_of_its_folder(name, tmp_path):
    with pytest.raises(DataError, match="不能作文件名"):
        disk.inside(tmp_path, name)


@pytest.mark.parametrize("name", ["laoting", "方案甲·2", "a.b-c_d", "congress", "primary-gap-1.png"])
def test_a_plain_name_stays(name, tmp_path):
    assert disk.inside(tmp_path, name) == tmp_path / name


def test_a_link_that_bears_a_plain_name_does_not_lead_out(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "out" / "x").symlink_to(tmp_path / "outside" / "y")
    with pytest.raises(DataError, match="不能作文件名"):
        disk.inside(tmp_path / "out", "x")
