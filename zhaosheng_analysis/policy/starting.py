"""A rule file to start from: about sixty commented lines of one kind that pass the check as they are."""

from importlib import resources

from zhaosheng_analysis.schema import DataError, Fault, near, quoted

LIKE = {
    "tiers": "按类别、就近、统筹",
    "points": "类别加积分、志愿、分数线、服从安排",
    "choices": "多校划片、几批志愿、递补",
    "lottery": "电脑派位、优先组、派位与次序按比例",
    "seat-lock": "学位锁定（六年一户）、提前一年、本市其他区县",
    "audit": "核查清单",
}

#: What stands in a starting file in place of a sentence of the notice.
PLACEHOLDER = "照抄原文一句"


def text(name: str, like: str = "tiers", *, year: int, district: str = "", title: str = "") -> str:
    """Return a commented rule file that passes ``policy check``.

    Parameters
    ----------
    name : str
        Its id: letters, digits and -.
    like : str, default "tiers"
        Which of `LIKE`.
    year : int
        September of the intake.
    district : str, optional
        Slug of the district; the id up to the first - where it is not given.
    title : str, optional
        Title of the notice.

    Returns
    -------
    str
        The file.

    Raises
    ------
    DataError
        There is no such kind, or the id cannot be one.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.starting.text("heping-2026", "seat-lock", year=2026).splitlines()[2]
    'id = "heping-2026"'
    """
    if like not in LIKE:
        said = "、".join(f"{word}（{label}）" for word, label in LIKE.items())
        raise DataError(Fault("policy new --like", f"没有「{like}」", f"可用：{said}", near(like, LIKE)))
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise DataError(Fault("policy new", f"编号「{name}」写法不对", "英文字母、数字和 -", "例如 heping-2026"))
    folder = resources.files("zhaosheng_analysis") / "policy" / "starts"
    end = (folder / "end.toml.in").read_text(encoding="utf-8").strip()
    said = {"id": name, "year": year, "last": year - 1, "born": year - 6, "end": end}
    title = title or f"{year}年义务教育招生规则（{name}）"
    said |= {"district": district or name.partition("-")[0], "title": quoted(title)[1:-1]}
    return (folder / f"{like}.toml.in").read_text(encoding="utf-8").format(**said).rstrip() + "\n"
