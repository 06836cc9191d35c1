"""Reports: what a notebook shows becomes a page, a PDF and a workbook that say the same, and the same twice."""

import io
import re
from pathlib import Path

import nbformat
import pandas as pd
import pypdf
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.towns import hand_made
from tests.towns.warning_report import HOSTILE, document
from zhaosheng_analysis import outputs, report, texts
from zhaosheng_analysis.schema import DataError

ROOT = Path(__file__).parents[2]


MUST_APPEAR = [
    "示范县义务教育学位预警报告",
    "2026 年预计 1 所学校学位不足，合计缺 30 个学位（1 个班）。",
    "今春需要决定的事",
    "甲小学",
    "丙中学",
    "示例数据",
    "户籍学位比",
    "110–130",
    "「…日前」是否含当日？",
    "文本未载明",
    "残疾儿童入学",
    "市教字〔2021〕1号",
    "不作为购房、迁移户口的依据",
    "jia-2025",
    "SHA-256 00ff",
]


def squeezed(text: str) -> str:
    """Return a text without white space, which a PDF puts between scripts."""
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def pdf_text() -> list[str]:
    """Return the text of each page of the report's PDF."""
    reader = pypdf.PdfReader(io.BytesIO(report.pdf.pdf(document())))
    return [squeezed(page.extract_text()) for page in reader.pages]


@pytest.mark.parametrize("words", MUST_APPEAR)
def test_the_pdf_says(pdf_text, words):
    assert squeezed(words) in "".join(pdf_text)


def test_every_page_of_the_pdf_says_that_the_data_is_made_up(pdf_text):
    assert len(pdf_text) > 1
    assert all("示例数据" in page for page in pdf_text)


@pytest.fixture(scope="module")
def page_text() -> str:
    """Return the report's page."""
    return report.pages.html(document())


@pytest.mark.parametrize("words", MUST_APPEAR)
def test_the_page_says(page_text, words):
    assert words in page_text


def test_the_same_report_is_the_same_bytes_in_every_form():
    first, second = document(), document()
    assert report.pages.html(first) == report.pages.html(second)
    assert report.pdf.pdf(first) == report.pdf.pdf(second)
    assert report.workbook.xlsx(first) == report.workbook.xlsx(second)


def test_a_hostile_name_is_only_a_name_on_the_page():
    page = report.pages.html(document(west_name=HOSTILE))
    assert "<b>甲</b>" not in page
    assert "&lt;/script&gt;&lt;b&gt;甲" in page
    assert page.count("<script") == page.count("</script>") == 5  # tables, Leaflet, map, chosen school; data


def test_a_hostile_name_is_only_a_name_in_the_pdf():
    reader = pypdf.PdfReader(io.BytesIO(report.pdf.pdf(document(west_name=HOSTILE))))
    text = squeezed("".join(page.extract_text() for page in reader.pages))
    assert squeezed("=cmd|' /C calc'!A0</script>") in text


def test_a_hostile_name_is_only_a_name_in_the_workbook():
    import zipfile

    content = report.workbook.xlsx(document(west_name=HOSTILE))
    sheets = pd.read_excel(io.BytesIO(content), sheet_name=None, header=3, engine="calamine")
    assert sheets["级别一览"]["学校"].iloc[0] == HOSTILE
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}
    assert not [name for name, text in parts.items() if "<f>" in text or "hyperlink" in text]
    assert 'quotePrefix="1"' in parts["xl/styles.xml"]


def test_the_workbook_holds_one_sheet_a_table_with_numbers_as_numbers():
    content = report.workbook.xlsx(document())
    sheets = pd.read_excel(io.BytesIO(content), sheet_name=None, header=3, engine="calamine")
    assert list(sheets) == ["说明", "级别一览", "须注意", "全部", "现有班额", "假设", "界线", "未纳入", "未见文件"]
    everything = sheets["全部"]
    assert everything["缺学位"].sum() == 30 + 40 + 20 + 4
    assert everything["80% 区间（人）下限"].min() == 40
    assert everything["户籍学位比"].max() == pytest.approx(125 / 90)
    assert set(everything["预警级别"]) == {"红", "黄", "绿"}
    top = pd.read_excel(io.BytesIO(content), sheet_name="全部", header=None, nrows=3, engine="calamine")
    assert "示例数据" in top.iloc[2, 0]


def test_real_data_is_not_called_made_up():
    from dataclasses import replace

    town = hand_made.town()
    real = replace(town, about=town.about | {"synthetic": "否"})
    alerts, rules = hand_made.alerts(), hand_made.rules()
    pieces = [
        report.rendering.head(real, rules, alerts, question="?").data,
        report.rendering.chart(real, alerts, rules).data,
    ]
    whole = report.rendering.compose("x", pieces, foot=[])
    reader = pypdf.PdfReader(io.BytesIO(report.pdf.pdf(whole)))
    assert "示例数据" not in report.pages.html(whole)
    assert "示例数据" not in "".join(page.extract_text() for page in reader.pages)


def test_an_audit_report_speaks_of_classes_and_not_of_tiers():
    rules = hand_made.rules(kind="audit", note="本文件是自查清单，没有录取环节。")
    district, alerts = hand_made.town(), hand_made.alerts()
    assert texts.alert_sentences.headline(alerts, district, rules).startswith("2025 学年 2 个班达到大班额")
    text = texts.alert_sentences.decisions(alerts, district, rules)
    assert "没有录取环节" in text
    assert "录到" not in text
    assert "cut_label" not in texts.alerts.flagged(alerts, rules)
    years = texts.alerts.grid(alerts, rules).columns[2:]
    assert {(year["codes"], year["number"]) for year in years} == {("class_flag", "whole")}
    assert report.rendering.head(district, rules, alerts, question="?").data["title"] == "示范县义务教育学籍与班额报告"


def test_how_a_column_is_read_is_said_by_its_table_and_not_by_its_name():
    rows = pd.DataFrame({"a": ["缺十个学位，请增一个班"], "b": ["cutoff.inclusive"], "c": [12.0], "d": [["red", 1.25]]})
    said = [
        ("说明", "text", {"share": 6, "look": "long"}),
        ("参数", "text", {"share": 2, "look": "key"}),
        ("人数", "whole", {}),
        ("2026 年", "graded", {"codes": "level", "number": "ratio"}),
    ]

    def written(names: list[str]) -> list[bytes | str]:
        columns = [
            texts.labels.heading(name, label, form, **more)
            for name, (label, form, more) in zip(names, said, strict=True)
        ]
        opening = report.rendering.head(hand_made.town(), hand_made.rules(), hand_made.alerts(), question="？")
        block = report.blocks.laid(rows.set_axis(names, axis=1), columns, title="表", sheet="表")
        made = report.rendering.compose("early-warning", [opening.data, block.data], foot=[])
        return [report.pages.html(made), report.pdf.pdf(made), report.workbook.xlsx(made)]

    plain, strange = written(["a", "b", "c", "d"]), written(["pupils_n", "2026", "walk_m", "what"])
    assert plain == strange
    assert '<td class="long">缺十个学位' in plain[0]
    assert ">红 125.0%<" in plain[0]


def test_the_decisions_of_the_town():
    lines = texts.alert_sentences.decisions(hand_made.alerts(), hand_made.town(), hand_made.rules()).splitlines()
    assert len(lines) == 5
    assert lines[1].startswith("- **甲小学（小学）缺 30 个学位（1 个班）**：预计入学 120 人（80% 区间 110–130）")
    assert "按现行规则预计录到第2类" in lines[1]
    assert "丙中学（初中）" in lines[2]
    assert lines[4].startswith("- 2027 年起还会有 1 所学校转为红色：丙中学")


# ---- running a notebook ----


def small_notebook(*cells: str) -> nbformat.NotebookNode:
    """Return a notebook with parameters TOWN and YEAR and the given code cells."""
    declared = new_code_cell('DISTRICT_DIR = ""\nYEAR = 2026', metadata={"tags": ["parameters"]})
    return new_notebook(cells=[new_markdown_cell("## 开头"), declared, *map(new_code_cell, cells)])


@pytest.fixture
def saved(tmp_path):
    """Return a function that saves a small notebook and gives its path."""

    def save(*cells: str) -> Path:
        path = tmp_path / "07-small.ipynb"
        nbformat.write(small_notebook(*cells), path)
        return path

    return save


HEAD = (
    "from zhaosheng_analysis.report.blocks import Block\n"
    "Block({'kind': 'head', 'title': '小报告', 'question': '?', 'headline': f'{YEAR} 年', 'facts': [],"
    " 'synthetic': True, 'district': '示范县', 'policy': 'p', 'day': '2025-11-30'})"
)


ENDINGS = ("html", "json", "pdf", "xlsx")


def test_parameters_reach_the_notebook_the_report_its_folder_and_a_failed_run_leaves_it(saved, tmp_path):
    folder, out, told = tmp_path / "jia", tmp_path / "reports", []
    folder.mkdir()
    (folder / "plans.csv").write_text("a\n1\n")
    made = report.rendering.render(
        saved(HEAD), district_dir=folder, out=out, parameters={"YEAR": 2031}, progress=lambda *step: told.append(step)
    )
    assert made == out / "jia"
    assert {path.name for path in made.glob("*.*")} == {outputs.MARK, *(f"small.{end}" for end in ENDINGS)}
    page = (made / "small.html").read_text(encoding="utf-8")
    assert "2031 年" in page
    assert "YEAR = 2031" in page
    assert "数据 plans.csv" in page
    assert str(tmp_path) not in page
    assert "2031 年" in (out / "index.html").read_text(encoding="utf-8")
    assert told[-1][1] == 4
    assert told[-1][2] == "开头"
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    broken = "from zhaosheng_analysis.schema import *\nraise DataError(Fault('工作表「plans」', '缺少列 seats_n'))"
    with pytest.raises(DataError, match=r"已有的报告保持不变.*工作表「plans」：缺少列 seats_n"):
        report.rendering.render(saved(HEAD, broken), district_dir=folder, out=out)
    assert {path.name: path.read_bytes() for path in (out / "jia").iterdir()} == before


def test_an_unknown_parameter_is_refused_with_the_nearest_name(saved, tmp_path):
    with pytest.raises(DataError, match=r"没有名为 YAER 的参数.*YEAR.*是不是「YEAR」"):
        report.rendering.render(saved(HEAD), district_dir=tmp_path, out=tmp_path / "out", parameters={"YAER": 2031})
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_and_a_missing_notebook_are_told(tmp_path):
    with pytest.raises(DataError, match="没有这个文件夹"):
        report.rendering.render("05-early-warning", district_dir=tmp_path / "nowhere", out=tmp_path)
    with pytest.raises(DataError, match=r"没有名为「05-early」的笔记本.*05-early-warning"):
        report.rendering.render("05-early", district_dir=tmp_path, out=tmp_path)


def test_stripping_keeps_only_the_checked_outputs():
    cells = ["# NBVAL_CHECK_OUTPUT\nprint(1)", "print(2)"]
    full = small_notebook(*cells)
    for number, cell in enumerate(full.cells[1:], 1):
        cell.execution_count, cell.outputs = number, [nbformat.v4.new_output("stream", text="1\n")]
    stripped = report.notebook.strip(full)
    assert [cell.execution_count for cell in stripped.cells[1:]] == [None, 2, None]
    assert [len(cell.outputs) for cell in stripped.cells[1:]] == [0, 1, 0]
    assert stripped.metadata["kernelspec"]["name"] == "python3"


def test_a_table_longer_than_anybody_reads_is_whole_in_the_workbook_only():
    rows = pd.DataFrame({"school_id": [f"s{n}" for n in range(report.blocks.AT_MOST + 5)]})
    block = report.blocks.table(rows, title="全部", sheet="全部", note="说明。").data
    brief = report.blocks.brief(block)
    assert (len(block["rows"]), len(brief["rows"])) == (report.blocks.AT_MOST + 5, report.blocks.AT_MOST)
    assert brief["note"] == "共 1,005 行，这里列前 1,000 行，全部见 Excel 的「全部」表。说明。"
    shown = report.blocks.table(rows, title="全部", sheet="全部")._repr_mimebundle_()["text/html"]
    assert shown.count("<tr>") == report.blocks.AT_MOST + 1


def test_a_link_to_a_row_that_only_the_workbook_has_is_no_link():
    many = report.blocks.AT_MOST + 2
    table = pd.DataFrame({"finding_id": [f"n{n}" for n in range(many)]})

    def one(title, **links):
        listing = texts.labels.Listing(table, (texts.labels.heading("finding_id", "编号", **links),))
        return report.blocks.table(listing, title=title, sheet=title).data

    head = document().head
    made = report.pages.Document(
        "x", head, (one("发现", anchor="f-", to="r-"), one("记录", anchor="r-", to="f-")), (), "1", ""
    )
    page = report.pages.html(made)
    wanted, there = (set(re.findall(rf' {name}="#?([fr]-n\d+)"', page)) for name in ("href", "id"))
    assert wanted == there == {f"{kind}-n{n}" for kind in "fr" for n in range(report.blocks.AT_MOST)}


def test_a_count_that_is_hidden_stands_as_words_in_the_workbook():
    rows = pd.DataFrame({"name": ["甲", "乙"], "demand_n": pd.Series([120, "<10"], dtype="object")})
    made = report.pages.Document(
        "x", document().head, (report.blocks.table(rows, title="数", sheet="数").data,), (), "1", "2025-06-30"
    )
    sheet = io.BytesIO(report.workbook.xlsx(made))
    cells = pd.read_excel(sheet, sheet_name="数", header=None, engine="calamine").to_numpy().ravel().tolist()
    assert {120, "<10"} <= set(cells)
