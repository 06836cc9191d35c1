"""What several verbs take from the command line, and how they write their tables."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis import outputs
from zhaosheng_analysis.bootstrap import in_checkout

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy
    from zhaosheng_analysis.schema import Note


#: Papers that only versions wrote whose draws had no commitment.
EARLIER = ("roster.csv", "编班结果.csv")
#: First line of a file that counts single children.
INSIDE = "内部：含单个儿童或很少几人的数据，不得公布"


def _settled(name: str) -> str:
    """Return a policy file by its whole path, because a notebook runs in a folder of its own; an id as it is."""
    return Path(name).resolve().as_posix() if name.endswith(".toml") and Path(name).is_file() else name


# What may not be read is told by whoever reads it, in Chinese; typer would say it in English.
Folder = Annotated[Path, typer.Argument(readable=False, help="区县数据文件夹。")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="改一个参数：小写为规则参数（cutoff.inclusive=false），大写为笔记本参数（YEARS_AHEAD=3）。"
    ),
]
PolicyName = Annotated[
    str,
    typer.Option("--policy", help="规则编号或 TOML 文件；不写则用数据文件夹里注明的。", callback=_settled),
]
Key = Annotated[
    Path | None,
    typer.Option(help="化名密钥文件，放在数据文件夹以外；不写则在数据文件夹旁边用或生成一个。"),
]
Workers = Annotated[int, typer.Option(help="用几个进程计算，结果与此无关；0 表示处理器有几核就用几个。")]
Sheet = Annotated[str, typer.Option(help="工作簿里有几张名册时，读哪一张工作表。")]
Seed = Annotated[str, typer.Option(help="公开的派位种子；同一种子结果相同。")]


def need_checkout(verb: str) -> None:
    """Refuse a verb that works on the project's own files where there are none."""
    from zhaosheng_analysis.schema import DataError, Fault

    if not in_checkout():
        raise DataError(Fault(verb, "安装的程序包里没有测试、笔记本源文件和基准", "", "请在项目的检出目录里运行"))


def read(
    folder: Path,
    policy: str = "",
    settings: dict[str, object] | None = None,
    *,
    job: str = "",
    joined: bool = True,
    audits: bool = False,
) -> tuple[District, Policy]:
    """Load a district and its rules: those asked for, else those the folder names, from a file in it or the package.

    What a job cannot do without is asked for before any work, and what it will leave out is said. Schools that fill one
    plan together are taken as one (`joined`), except where each campus is looked at by itself. A text that only audits
    will do for a job where that is said (`audits`).
    """
    from zhaosheng_analysis import geodata
    from zhaosheng_analysis import policy as policies
    from zhaosheng_analysis.policy import needed_tables
    from zhaosheng_analysis.schema import DataError, Fault

    there = district(folder, rules=policy)
    rules = policies.of(there, policy, set=settings, beside=folder)
    alone = audits and rules.kind == "audit"
    if joined and not alone:
        before = len(there.notes)
        there = policies.campuses.joined(there, rules)
        tell(there.notes[before:])
    if rules.kind == "forecast":
        typer.echo(f"说明：{rules.title}；{rules.note}", err=True)
    if job == "admit" and rules.table is None and not alone:
        raise DataError(Fault(rules.file, "没有类别表，不能模拟录取", "", "请用 --policy 指定写明梯次的规则文件"))
    if job and rules.kind != "audit":
        drawn = {name for name in geodata.LAYERS if len(getattr(there, name))}
        needed_tables.demand({*there.tables, "about", *drawn}, job, where=f"{there.name}数据文件夹", policy=rules)
        for row in needed_tables.left_out(there.tables, job).itertuples(index=False):
            typer.echo(f"说明：没有{row[1]}，因此没有：{row[0]}", err=True)
    return there, rules


def all_or_none(asked: dict[str, object], what: str) -> bool:
    """Tell whether every option of some that belong together is given; only a part of them is refused."""
    from zhaosheng_analysis.schema import DataError, Fault

    missing = [name for name, value in asked.items() if not value]
    if missing and len(missing) < len(asked):
        raise DataError(Fault(what, f"没有写明 {'、'.join(missing)}", f"须一起写：{'、'.join(asked)}", "请补上"))
    return not missing


def one_of(option: str, chosen: str, allowed: Iterable[str]) -> None:
    """Refuse a word that is none of those an option takes."""
    from zhaosheng_analysis.schema import DataError, Fault, near

    allowed = tuple(allowed)
    if chosen not in allowed:
        raise DataError(
            Fault(f"{option} {chosen}", "没有这个选项", f"可用：{'、'.join(allowed)}", near(chosen, allowed))
        )


def district(folder: Path, *, rules: str = "", sketched: bool = True) -> District:
    """Load a district folder, and say on the error stream what was settled on the way.

    Zones without a polygon are drawn from their sentences, unless the folder is to be saved again.
    """
    from zhaosheng_analysis import geodata

    loaded = geodata.load(folder, rules=rules)
    outputs.has_read(folder)
    if sketched:
        from zhaosheng_analysis import zones

        loaded = zones.from_sentences(loaded)
    tell(loaded.notes)
    return loaded


def mapped(folder: Path, *, sketched: bool = True) -> District:
    """Load a district folder for what is done on its map, and refuse one that has none."""
    from zhaosheng_analysis.policy import needed_tables
    from zhaosheng_analysis.schema import DataError, Fault

    loaded = district(folder, sketched=sketched)
    if not loaded.mapped:
        found = "没有区县界、学区和小区，学校也没有位置"
        raise DataError(
            Fault(
                f"{loaded.name}数据文件夹", found, "要有地图", needed_tables.LAYER_REMEDY.format(name="boundary、units")
            )
        )
    return loaded


def tell(notes: Iterable[Note]) -> None:
    """Say on the error stream what was found in an input and settled without asking."""
    for note in notes:
        typer.echo(f"说明：{note}", err=True)


def chosen(settings: list[str] | None, policy: str = "") -> dict[str, object]:
    """Sort ``name=value`` settings: upper case is the notebook's, the rest (under SETTINGS) the policy's."""
    from zhaosheng_analysis.schema import DataError, Fault

    values: dict[str, object] = {"POLICY": policy} if policy else {}
    for setting in settings or []:
        name, equals, text = setting.partition("=")
        if not equals:
            raise DataError(Fault(f"--set {setting}", "没有等号", "写法：名称=值", "例如 --set cutoff.inclusive=false"))
        if name.isupper():
            values[name] = value(text)
        else:
            values["SETTINGS"] = {**values.get("SETTINGS", {}), name: value(text)}
    return values


def of_policy(settings: list[str] | None) -> dict[str, object]:
    """Return the settings of a policy; one of a notebook is refused."""
    from zhaosheng_analysis.schema import DataError, Fault

    values = chosen(settings)
    strange = [name for name in values if name != "SETTINGS"]
    if strange:
        raise DataError(Fault(f"--set {strange[0]}", "大写的是笔记本参数", "这里只能改规则参数", "请改用小写的参数名"))
    return values.get("SETTINGS", {})


def pair(text: str, option: str) -> tuple[str, str]:
    """Read ``left=right``."""
    from zhaosheng_analysis.schema import DataError, Fault

    left, sign, right = (part.strip() for part in text.partition("="))
    if not (left and sign and right):
        raise DataError(Fault(option, f"写成 {text}", "须为「左=右」", "请改成两边都有内容的一项"))
    return left, right


def value(text: str) -> object:
    """Read a value as in a rule file (true, 3, 0.5); anything else is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def processes(asked: int) -> int:
    """Return the processes to use: those asked for, or one a core."""
    from zhaosheng_analysis import parallel
    from zhaosheng_analysis.schema import DataError, Fault

    if asked < 0:
        raise DataError(Fault(f"--workers {asked}", "不是进程数", "0（全部处理器核）或 1 以上", "请改正"))
    return asked or parallel.cores()


def write(path: Path, content: str | bytes, *, aside: bool = False) -> None:
    """Write a file with all others of this run, whole or not at all, and name it; `aside`, where the output is data."""
    outputs.write({path: content})
    typer.echo(path.as_posix(), err=aside)


def keyed(folder: Path, file: Path | None) -> None:
    """Hand the key of the pseudonyms to whatever runs from here; one is made beside the folder, and said."""
    from zhaosheng_analysis import audit, ingest

    path = file or folder.resolve().with_name(f"内部-{folder.resolve().name}-化名密钥.txt")
    if file is None and not path.exists():
        ingest.pseudonyms.new_key(path)
        typer.echo(
            f"说明：已生成化名密钥 {path.as_posix()}，只由本单位保管，不得公布；换了密钥，化名就对不上。", err=True
        )
    os.environ[audit.KEY] = ingest.pseudonyms.key(path, outside=(folder,)).hex()


def whole(folder: Path, names: Iterable[str], what: str) -> None:
    """Refuse the folder of a draw from which a file is missing, and tell one of an earlier version as such."""
    from zhaosheng_analysis.schema import DataError, Fault, Faults

    faults = Faults()
    missing = [name for name in names if not (folder / name).is_file()]
    old = [name for name in EARLIER if (folder / name).is_file()]
    if missing and old:
        found = f"是早先版本写出的{what}文件夹（有{'、'.join(old)}，没有{'、'.join(missing)}），没有可核验的承诺书"
        remedy = f"请用写出它的版本核验；要用本版核验，须从承诺书开始重新{what}"
        raise DataError(Fault(folder.name, found, "、".join(names), remedy))
    for name in missing:
        remedy = f"{what}结果不完整，请索取原件"
        if missing == ["verify.py"]:
            remedy += "；早先版本不写 verify.py，那样的文件夹请用写出它的版本核验"
        faults.add(f"{folder.name}/{name}", "没有这个文件", f"{what}时写出的原件", remedy)
    faults.raise_if_any()


def save(out: Path, **tables: pd.DataFrame) -> None:
    """Write tables as CSV that Excel opens in Chinese, and name the files."""
    from zhaosheng_analysis.schema import csv_safety, student_numbers

    for name, table in tables.items():
        written = student_numbers.hidden(csv_safety.csv(table))
        write(out / f"{name}.csv", written.encode("utf-8-sig"))


def save_inner(out: Path, **tables: pd.DataFrame) -> None:
    """Write tables that tell single children: their names and first lines say that they stay inside."""
    from zhaosheng_analysis.schema import csv_safety, student_numbers

    for name, table in tables.items():
        written = student_numbers.hidden(f"{INSIDE}\n{csv_safety.csv(table)}")
        write(out / f"内部-{name}.csv", written.encode("utf-8-sig"))
