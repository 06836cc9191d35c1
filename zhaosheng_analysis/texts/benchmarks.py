"""The results of the benchmarks, read from the files they keep, as tables and sentences."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from zhaosheng_analysis import disk

METHODS = {
    "last value": "照搬上年",
    "textbook": "教科书升级率",
    "gradient boosting": "梯度提升树",
    "AutoETS": "指数平滑（AutoETS）",
    "shrunk cohorts": "本系统：分层收缩队列",
}
MEASURES = {
    "wape": "学校各年级，加权误差",
    "mape": "百人以上学校，平均误差",
    "county": "县（市），平均误差",
    "nation": "全域，误差",
    "red precision": "报红准确率（漏报一次抵误报两次半，计划取显示过的容量），不低于",
    "red recall": "报红查出率（同上），不低于",
}
SCALES = {
    "cell": "学校各年级",
    "school": "学校总数",
    "township": "乡镇新生",
    "county": "县（市）新生",
    "nation": "全域新生",
}
TABLES = ("aims", "scores", "late", "coverage", "totals", "warnings", "lead", "reliability")


def read(folder: str | Path, name: str = "forecast") -> dict[str, pd.DataFrame]:
    """Read the results of one benchmark.

    Parameters
    ----------
    folder : str or Path
        Folder ``benchmarks/results`` of a checkout.
    name : str, default "forecast"
        Name of the benchmark.

    Returns
    -------
    dict of str to DataFrame
        Tables by name; ``facts`` holds version, schools, origins and seconds in one row.

    Raises
    ------
    DataError
        The benchmark has not been run.
    """
    results = disk.read(Path(folder) / f"{name}.json", expected="由 make benchmark 写出，请先运行")
    tables = {key: pd.DataFrame(results[key]) for key in TABLES}
    facts = {key: results[key] for key in ("version", "schools", "origins")} | results["seconds"]
    return tables | {"facts": pd.DataFrame([facts])}


def aims(results: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what was reached beside what was aimed at.

    Parameters
    ----------
    results : dict of str to DataFrame
        Results, from `read`.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    table = results["aims"]
    return pd.DataFrame(
        {
            "指标": table["measure"].map(MEASURES),
            "提前年数": table["horizon"],
            "实际（%）": table["reached"].round(2),
            "目标（%）": table["aim"],
            "达到": table["met"].map({True: "是", False: "否"}),
        }
    )


def methods(results: dict[str, pd.DataFrame], *, table: str = "scores") -> pd.DataFrame:
    """Return the errors of every method, by years ahead; ``late`` is AutoETS with our own from the same origins.

    Parameters
    ----------
    results : dict of str to DataFrame
        Results, from `read`.
    table : {"scores", "late"}, default "scores"
        Which of the tables; ``late`` is AutoETS with our own from the same origins.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = results[table].sort_values(["horizon", "wape"], ascending=[True, False], kind="stable")
    return pd.DataFrame(
        {
            "提前年数": rows["horizon"],
            "方法": rows["method"].map(METHODS),
            "各年级误差（%）": rows["wape"].round(2),
            "新生误差（%）": rows["entry_wape"].round(2),
            "百人以上学校（%）": rows["mape"].round(2),
            "偏差（%）": rows["bias"].round(2),
            "MASE": rows["mase"].round(2),
            "CRPS（人）": rows.get("crps", pd.Series(float("nan"), index=rows.index)).round(2),
            "县（%）": rows["county"].round(2),
            "全域（%）": rows["nation"].round(2),
            "起点数": rows["n"],
        }
    ).reset_index(drop=True)


def intervals(results: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how often intervals held what came, of cells, schools and totals.

    Parameters
    ----------
    results : dict of str to DataFrame
        Results, from `read`.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = pd.concat([results["coverage"], results["totals"]], ignore_index=True)
    return pd.DataFrame(
        {
            "层级": rows["level"].map(SCALES),
            "提前年数": rows["horizon"],
            "80%区间命中（%）": rows["coverage80"].round(1),
            "95%区间命中（%）": rows["coverage95"].round(1),
            "80%区间宽（占人数%）": rows["width80"].round(1),
        }
    )


def warnings(results: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return precision and recall of every colour, and the Brier skill.

    Parameters
    ----------
    results : dict of str to DataFrame
        Results, from `read`.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = results["warnings"]
    return pd.DataFrame(
        {
            "提前年数": rows["horizon"],
            "实际不足的学校（%）": rows["base"].round(1),
            "报红查准（%）": rows["precision_red"].round(1),
            "报红查全（%）": rows["recall_red"].round(1),
            "报黄以上查全（%）": rows["recall_yellow"].round(1),
            "“上年已满”查准（%）": rows["precision_full"].round(1),
            "“上年已满”查全（%）": rows["recall_full"].round(1),
            "Brier 技巧": rows["brier_skill"].round(2),
            "校次": rows["n"],
        }
    )


def summary(results: dict[str, pd.DataFrame]) -> str:
    """Say in one sentence how many of the aims were reached, and which were not.

    Parameters
    ----------
    results : dict of str to DataFrame
        Results, from `read`.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    facts, table = results["facts"].iloc[0], results["aims"]
    missed = table[~table["met"]]
    origins = facts["origins"]
    names = "、".join(
        f"{MEASURES[row.measure]}提前{row.horizon}年（{row.reached:.2f}%，目标{row.aim}%）"
        for row in missed.itertuples()
    )
    rest = f"没有达到的：{names}。" if len(missed) else ""
    return (
        f"在{facts['schools']:,}所真实小学上，从{origins[0]}—{origins[-1]}年各年起点预测，"
        f"{len(table)}项目标达到{int(table['met'].sum())}项。{rest}"
    )


def better(results: dict[str, pd.DataFrame]) -> str:
    """Say how much less the errors are than those of textbook progression, by years ahead.

    Parameters
    ----------
    results : dict of str to DataFrame
        Results, from `read`.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    wide = results["scores"].pivot_table(index="horizon", columns="method", values="wape")
    less = 1 - wide["shrunk cohorts"] / wide["textbook"]
    return "比教科书升级率误差小：" + "，".join(f"提前{ahead}年{share:.0%}" for ahead, share in less.items()) + "。"
