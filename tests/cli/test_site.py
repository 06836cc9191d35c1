"""What the documentation tells is true: every command of every page runs, every link leads somewhere."""

import re
import shlex
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from tests.towns import audit_town
from zhaosheng_analysis import demo, geodata
from zhaosheng_analysis.cli import main, site
from zhaosheng_analysis.schema import TABLES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
# A line above a block says what the reader has (备有), or why it is not run here (不运行).
BLOCK = re.compile(r"(?:^<!-- (备有|不运行)：(.+?) -->\n)?^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Each of these runs once for all pages; those below take their time and run in tests of their own.
SLOW = {"report", "forecast run", "admit"}
ELSEWHERE = {"demo", "audit", "ledger print", "redraw propose", "redraw score", "forecast backtest", "forecast tables"}
#: The child of a demo district whom a page speaks of, and the one of the little town that stands for it.
CHILD = ("lt-2025-j-000001", "c3")
HASH = re.compile(r"^[0-9a-f]{64}$", re.MULTILINE)


def commands(page: str) -> list[tuple[str, str, str]]:
    """Return every command of a page with the mark of its block and what the mark says."""
    rows = [(mark, said, line) for mark, said, block in BLOCK.findall(page) for line in block.splitlines()]
    return [
        (mark, said, line.partition("  #")[0].strip()) for mark, said, line in rows if line.startswith("zhaosheng ")
    ]


def verb_of(words: list[str]):
    """Return the verb a line calls, its name and its own words."""
    verb, names = get_command(main.app), []
    while hasattr(verb, "commands"):
        verb = verb.commands[words[len(names)]]
        names.append(words[len(names)])
    return verb, " ".join(names), words[len(names) :]


@pytest.fixture(scope="module")
def ran():
    """Remember which slow verbs ran, and which have run in all."""
    return set()


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    """Save the two towns that stand for the demo districts and the reader's own."""
    folder = tmp_path_factory.mktemp("towns")
    town = demo.nine_plots()  # of the district its rule file is written for
    geodata.save(replace(town, id="laoting", about=town.about | {"district_id": "laoting"}), folder / "nine")
    geodata.save(audit_town.town(), folder / "audit")
    return folder


@pytest.fixture
def desk(towns, tmp_path, monkeypatch):
    """Stand in an empty folder but for the demo districts; return a function that lays out what a page needs."""
    for name in ("laoting", "taobei"):
        shutil.copytree(towns / "nine", tmp_path / "示例" / name)
    shutil.copytree(towns / "audit", tmp_path / "示例" / "zhanhe")
    monkeypatch.chdir(tmp_path)
    own = {"我县": "nine", "有班级的县": "audit"}

    def lay(said: str) -> None:
        for name in said.split("、"):
            if name in own and not Path(name).exists():
                shutil.copytree(towns / own[name], name)

    return lay


def test_every_command_of_every_page_names_a_verb_and_options_that_there_are():
    for name, page in PAGES.items():
        for _, _, line in commands(page):
            verb, _, own = verb_of(shlex.split(line)[1:])
            known = {option for parameter in verb.params for option in (*parameter.opts, *parameter.secondary_opts)}
            asked = {word.partition("=")[0] for word in own if re.match(r"--?[a-z]", word)}
            assert asked <= known | {"--help"}, f"{name}: {line}"


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if commands(page)])
def test_the_commands_of_a_page_run_one_after_the_other(name, desk, ran):
    for place, content in site.materials(PAGES[name]).items():
        Path(place).parent.mkdir(exist_ok=True)
        Path(place).write_bytes(content)
    published = ""
    for mark, said, line in commands(PAGES[name]):
        words = shlex.split(line.replace("哈希", published).replace(*CHILD))[1:]
        _, verb, _ = verb_of(words)
        if mark == "不运行" or verb in ELSEWHERE or verb in ran:
            continue
        desk(said if mark else "")
        done = CliRunner().invoke(main.app, words, catch_exceptions=False)
        assert done.exit_code == 0, f"{line}\n{done.output}"
        ran |= SLOW & {verb} if "--help" not in words else set()
        published = HASH.findall(done.output)[-1] if HASH.findall(done.output) else published


def test_every_page_is_in_the_contents_and_every_link_leads_somewhere(tmp_path):
    site.stage(tmp_path)
    made = {path.relative_to(tmp_path / "docs").as_posix() for path in (tmp_path / "docs").rglob("*.md")}
    contents = tomllib.loads((tmp_path / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    assert sorted(re.findall(r"'([^']+\.md)'", str(contents))) == sorted(made)
    for page in made:
        text = re.sub(r"```.*?```", "", (tmp_path / "docs" / page).read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
            assert (tmp_path / "docs" / page).parent.joinpath(target).exists(), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere_in_the_checkout_too(page):
    text = re.sub(r"```.*?```", "", PAGES[page], flags=re.DOTALL)
    lost = [
        target
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
        if not (DOCS / page).parent.joinpath(target).exists()
    ]
    assert lost == []


def test_the_dictionary_has_every_column_and_says_what_a_blank_means():
    page = site.dictionary()
    for table in TABLES.values():
        assert f"`{table.name}` {{ #{table.name} }}" in page
    assert page.count("\n| `") == sum(len(table.columns) for table in TABLES.values())
    blanks = {
        line.split(" | ")[0]: line.split(" | ")[3]
        for line in page.partition("{ #schools }")[2].splitlines()
        if " | " in line
    }
    assert (blanks["| `school_id`"], blanks["| `boarding`"], blanks["| `aliases`"]) == (
        "不得空白",
        "当作否",
        "没有别名",
    )


def test_the_page_of_a_package_names_what_its_face_shows():
    assert "::: zhaosheng_analysis.figures.forecast" in site.api("figures")
    assert site.api("tiers") == "# tiers\n\n::: zhaosheng_analysis.tiers\n"


def test_the_glossary_is_that_of_the_readme():
    words = site.glossary(site.ROOT / "README.zh-CN.md")
    assert "| 学区、服务片区 | `zone` |" in words
    assert "许可" not in words


def test_a_built_page_fetches_nothing(tmp_path):
    site.stage(tmp_path)
    for page in (tmp_path / "docs" / "api").glob("*.md"):
        page.write_text(f"# {page.stem}\n", encoding="utf-8")  # the docstrings take ten seconds
    site.build(tmp_path)
    pages = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html")}
    assert len(pages) > 40
    fetched = re.compile(r"""<(?:script|img|iframe)[^>]+src="?https?:|<link[^>]+href="?https?:|url\(["']?https?:""")
    assert not [str(path) for path, text in pages.items() if fetched.search(text)]
    assert "练习/学校名册.xlsx" in pages[tmp_path / "site" / "导入.html"]
