"""Where a seed will come from, named before it exists, in the one spelling it can have.

Who may choose how to write a number can try spellings until the draw suits him. So a commitment names the form, and a
seed has one text in it: the digits of the notary's balls in their order, or the randomness of one round of drand.
"""

import re
from datetime import UTC, datetime, timedelta

from zhaosheng_analysis.schema import DataError, Fault

#: The form of a draw made straight from a roster, to try things out: any text, and no result anybody may rely on.
TRIAL = "trial"

FORMS = "digits:位数（公证处摇号球，如 digits:6），或 drand:轮次（公共随机数，如 drand:20000000）"
# drand quicknet, one round every 3 seconds. The hash of the chain binds its period, genesis and public key: a test
# makes it from them.
CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
_GENESIS, _PERIOD = datetime(2023, 8, 23, 15, 9, 27, tzinfo=UTC), timedelta(seconds=3)
_FORM = re.compile(rf"digits:([1-9]\d?)|drand:([1-9]\d{{0,11}})|{TRIAL}")
_LONGEST = 64
_FEWEST_DIGITS = 6  # a million seeds: fewer could be tried out by hand
_BETWEEN = re.compile(r"[\s,，、;；]+")


def is_form(form: str) -> bool:
    """Tell whether a text names the form of a seed.

    Parameters
    ----------
    form : str
        Such as ``digits:6`` or ``drand:20000000``.

    Returns
    -------
    bool
        True for the two forms there are, of digits at least six, and for that of a trial.
    """
    named = _FORM.fullmatch(form)
    return bool(named) and (named[1] is None or int(named[1]) >= _FEWEST_DIGITS)


def plain(seed: str, form: str) -> str:
    """Return a seed in its one spelling.

    Parameters
    ----------
    seed : str
        As somebody typed it; blanks and commas between the balls do not count.
    form : str
        The form its commitment names.

    Returns
    -------
    str
        Digits, or 64 hex digits in small letters.

    Raises
    ------
    DataError
        It is not of the form.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.lottery.seeds.plain("07 12 31", "digits:6")
    '071231'
    """
    text = _BETWEEN.sub("", seed)
    if form == TRIAL:
        if 0 < len(text) <= _LONGEST and text.isprintable():
            return text.lower()
        raise DataError(Fault("种子", "是空的、太长，或含不可见字符", f"1 至 {_LONGEST} 个字", "请换一个"))
    if form.startswith("digits:"):
        length = int(form.partition(":")[2])
        if text.isascii() and text.isdigit() and len(text) == length:
            return text
        raise DataError(Fault("种子", f"不是 {length} 位数字", f"公布的形式是 {form}", "请照球的次序写全"))
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return text.lower()
    raise DataError(Fault("种子", "不是 64 位十六进制数", f"公布的形式是 {form}", "请写 randomness 一栏的全文"))


def due(form: str) -> datetime | None:
    """Return when a round of drand appears; None for a seed that people draw.

    Parameters
    ----------
    form : str
        The form of a seed.

    Returns
    -------
    datetime or None
        In UTC.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.lottery.seeds.due("drand:1").isoformat()
    '2023-08-23T15:09:27+00:00'
    """
    kind, _, number = form.partition(":")
    return _GENESIS + (int(number) - 1) * _PERIOD if kind == "drand" else None


def how(form: str) -> str:
    """Say how anybody gets the seed and checks it.

    Parameters
    ----------
    form : str
        The form of a seed.

    Returns
    -------
    str
        Two sentences of Chinese.
    """
    if form == TRIAL:
        return "试作：没有事先公布承诺书，种子由操作人自定。不得作为正式结果。"
    kind, _, number = form.partition(":")
    if kind == "digits":
        return f"公布本承诺之后，由公证人员当众摇出 {number} 位数字，按摇出次序连写。以公证书和录像为准。"
    day = due(form).strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        f"公共随机数 drand quicknet（链 {CHAIN}）第 {number} 轮的 randomness，{day} 产生，任何一个 drand 节点都可查到。"
        "randomness 是该轮 signature 的 SHA-256，signature 可用链的公钥离线核对。"
    )
