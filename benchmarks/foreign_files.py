"""Run the inputs that once failed, one command each, and say which of them give what their README asks.

The material is real and never part of the project: it is looked for in $ZHAOSHENG_REAL, else in ../shared/real beside
the checkout; without it nothing is run.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
REAL = Path(os.environ.get("ZHAOSHENG_REAL", ROOT.parent / "shared" / "real"))


@dataclass(frozen=True)
class Case:
    """One input: what is run, whether it must succeed, and what its output must and must not say."""

    name: str
    command: str
    succeeds: bool | None
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ("Traceback",)


REDRAW = "--policy zhanhe-2024 --stage primary --seconds 1 --out {out}"
CASES = [
    Case("001 roster", "classes commit 001/roster.xlsx", False, (r"末几位已丢失：A2「",)),
    Case("001 lottery", "lottery commit 001/lottery.xlsx", False, (r"末几位已丢失：A2「",)),
    Case("010 zeros", "classes commit 010/zeros.xlsx", False, (r"前面的零可能丢了：A2「123」",)),
    Case(
        "010 blank",
        "classes form 010/blank.xlsx --classes 2 --seed 1 --stage primary --out {out}",
        False,
        ("空白：A8",),
    ),
    Case("020", "classes commit 020/dates.csv", False, ("C8「43343」.*2018-08-31", "C9「18.8.31」")),
    Case("027 gbk", "classes commit 027/roster_gbk.csv", True, ("same as 027/roster_utf8.csv", "GB18030")),
    Case(
        "027 teachers",
        "classes file 027/teachers_gbk.csv --filed-at 2025-08-01 --seed-form digits:6 --seed-source 摇号 --out {out}",
        True,
        (r"^[0-9a-f]{64}", "GB18030", "2 组"),
    ),
    *(
        Case(f"039 {name}", f"classes commit 039/{name}.csv", True, ("same as 039/semicolon.csv", "分隔符为"))
        for name in ("fullwidth", "semicolon", "tab")
    ),
    Case("045 draw", "lottery draw 045/list.xlsx --seed 3 --plan 4 --out {out}", False, ("A8「合计」", "A9「注")),
    Case("048 title", "classes commit 048/title.xlsx", True, ("表头在第 3 行",)),
    Case("048 second", "classes commit 048/second.xlsx", True, ("工作表「名册」",)),
    *(
        Case(
            f"056 {dot}",
            f"zones parse 丰园{dot}东区 --district 056/folder --stage primary",
            True,
            ("u00",),
            ("不会自动采用",),
        )
        for dot in "•‧・．."
    ),
    Case("066", "classes commit 066/sex.csv", True, (r"^[0-9a-f]{64}",)),
    Case("074", f"redraw propose 074/folder {REDRAW}", True),
    Case("076", "zones check 076/folder --stage primary", None, ("重叠",), ("没有发现问题", "Traceback")),
    Case("085", "check 085/folder", True, (r"schools .*经纬度按 CGCS2000",)),
    Case("096", "check 096/folder", False, (r"zones\.geojson：打不开：第 1 行",), ("district.gpkg", "缺少图层")),
    Case("105", f"redraw propose 105/folder {REDRAW} --overload 0.3", True, (), ("只能划给", "Traceback")),
    Case("x01 without", "check x01/folder_without", False, ("缺少 1 列：「学校编号」",)),
    Case("x01 blank", "check x01/folder_blank", False, ("1 处空白：第 2 个要素",)),
    Case("x02", "forecast run x02/folder --policy zhanhe-2024 --out {out}", True),
    Case("x03", "forecast run x03/folder --policy zhanhe-2024 --out {out}", None),
    Case(
        "x04",
        "forecast run x04/folder --policy zhanhe-2024 --out {out}",
        True,
        ("没有更早的在校生",),
        ("预计入学368人",),
    ),
    Case("x05", "check x05/folder", False, (r"roll\.xlsx",)),
    Case("x06", "check x06/folder", None, ("计划 900 人", "计划 90 人")),
    Case("x07", f"redraw propose x07/folder {REDRAW}", True),
    Case("x08", "check {laoting}", False, ("报名时间.*零时",)),
]


def run(command: str, work: Path) -> tuple[int, str]:
    """Run one command among the inputs, its output elsewhere."""
    words = [word.format(out=work / "out", laoting=work / "laoting") for word in command.split()]
    words = [str(REAL / "inputs" / word) if (REAL / "inputs" / word).exists() else word for word in words]
    done = subprocess.run(
        [sys.executable, "-m", "zhaosheng_analysis", *words],
        cwd=work,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def without_clocks(work: Path) -> None:
    """Copy a demo district and take the time of day out of its registrations."""
    shutil.copytree(ROOT / "geodata" / "laoting", work / "laoting")
    path = work / "laoting" / "applications.parquet"
    table = pd.read_parquet(path)
    table.assign(submitted_at=table["submitted_at"].dt.floor("D")).to_parquet(path)


def judge(case: Case, work: Path) -> str:
    """Return what is wrong with the answer to one input, or nothing."""
    code, said = run(case.command, work)
    wrong = [] if case.succeeds is None or case.succeeds == (code == 0) else [f"exit {code}"]
    for pattern in case.says:
        if pattern.startswith("same as "):
            other = run(f"classes commit {pattern.removeprefix('same as ')}", work)[1]
            hashes = [re.search(r"[0-9a-f]{64}", text) for text in (said, other)]
            wrong += [] if all(hashes) and hashes[0][0] == hashes[1][0] else ["another hash"]
        elif not re.search(pattern, said, re.MULTILINE):
            wrong.append(f"does not say {pattern}")
    wrong += [f"says {word}" for word in case.never if word in said]
    shutil.rmtree(work / "out", ignore_errors=True)
    return "；".join(wrong) + (f"\n      {said.strip().splitlines()[-1][:160]}" if wrong and said.strip() else "")


def main() -> None:
    if not (REAL / "inputs").is_dir():
        print(f"no real material at {REAL}: nothing to run")
        return
    asked = set(sys.argv[1:])
    cases = [case for case in CASES if not asked or case.name.split()[0] in asked]
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        if any("{laoting}" in case.command for case in cases):
            without_clocks(Path(folder))
        for case in cases:
            wrong = judge(case, Path(folder))
            right += not wrong
            print(f"{'ok  ' if not wrong else 'FAIL'} {case.name}: {wrong or case.command}", flush=True)
    print(f"{right} of {len(cases)} inputs give what their README asks")


if __name__ == "__main__":
    main()
