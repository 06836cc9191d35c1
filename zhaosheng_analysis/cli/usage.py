"""What is wrong with the words a verb was called with, told in Chinese: an option left out, misspelt, out of place."""

import re
from difflib import get_close_matches

import typer

#: What the library of the command line raises for a call it cannot read.
Misuse = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError")

_NUMBERS = ("integer", "number", "float", "range", "greater than", "less than")


def told(error: Exception) -> str:
    """Say what is wrong with a call and where the words of the verb are explained.

    Parameters
    ----------
    error : Misuse
        As raised while the words were read.

    Returns
    -------
    str
        One or two lines of Chinese.

    Examples
    --------
    >>> from zhaosheng_analysis.cli import usage
    >>> usage.told(usage.Misuse("Got unexpected extra argument (b)"))
    '多写了「b」；含空格的文件名请加引号'
    """
    ctx = getattr(error, "ctx", None)
    said = _what(error)
    return f"{said}\n用法见：{ctx.command_path} --help" if ctx is not None else said


def _what(error: Exception) -> str:
    kind, param = type(error).__name__, getattr(error, "param", None)
    if kind == "NoSuchOption":
        return f"没有选项「{error.option_name}」{_meant(error.possibilities)}"
    if kind == "MissingParameter" and param is not None:
        return f"没有写{_named(param)}"
    if kind == "BadParameter" and param is not None:
        value = re.search(r"'([^']*)'", str(error.message))
        remedy = "请写数字" if any(word in str(error.message) for word in _NUMBERS) else "请核对写法"
        return f"{_named(param)} 的值{f'「{value[1]}」' if value else ''}不合要求；{remedy}"
    return _of_words(error)


def _of_words(error: Exception) -> str:
    """Tell a call that no single option is to blame for by the words of the library."""
    text = error.format_message()
    if found := re.search(r"No such command '([^']*)'", text):
        known = list(getattr(getattr(error.ctx, "command", None), "commands", {})) if error.ctx else []
        return f"没有命令「{found[1]}」{_meant(get_close_matches(found[1], known, n=1))}"
    if found := re.search(r"unexpected extra argument\S* \(([^()]*)\)$", text):
        return f"多写了「{found[1]}」；含空格的文件名请加引号"
    if found := re.search(r"Option '([^']*)' requires an argument", text):
        return f"选项 {found[1]} 后面没有写值"
    if "Missing command" in text:
        return "没有写要做什么"
    return text


def _named(param: object) -> str:
    """Name an option by its word, and an argument by the beginning of its help."""
    if param.param_type_name == "option":
        return f"选项 {max(param.opts, key=len)}"
    said = re.split(r"[。；，：（]", str(getattr(param, "help", "") or ""))[0]
    return f"「{said or param.name}」"


def _meant(names: object) -> str:
    names = sorted(names or ())
    return f"；是不是「{names[0]}」？" if names else ""
