"""Files read and written one way: written whole or not at all, and what cannot be read is told with line and column.

What comes from a person's editor may begin with a byte order mark, hold a full-width quotation mark where a plain one
belongs, or be saved in another encoding; each is told in Chinese.
"""

import codecs
import errno
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from zhaosheng_analysis import folders
from zhaosheng_analysis.schema import DataError, Fault

_FULL_WIDTH = "“”‘’＝，：；［］【】｛｝（）＃　"
# What the two parsers say, in the order in which it is looked for.
_SAID = {
    "Expected '=' after a key": "键的后面没有等号",
    "Expected newline or end of document": "一项写完后还有别的内容",
    "Invalid statement": "不是「键 = 值」，也不是「[节]」",
    "Invalid initial character for a key": "键的写法不对，中文的键须加引号",
    "Cannot overwrite a value": "同一个键写了两次",
    "Cannot declare": "同一节写了两次",
    "Cannot mutate": "同一节写了两次；前面已写成 [ … ] 的，请在方括号里再加一行",
    "Duplicate inline table key": "同一个键写了两次",
    "Invalid value": "等号后面不是值，文字须加英文引号",
    "Invalid date": "没有这个日期",
    "Unclosed array": "方括号没有关上",
    "Unclosed inline table": "花括号没有关上",
    "at the end of a table": "节名的方括号没有关上",
    "at the end of an array": "节名的方括号没有关上",
    "Unescaped '\\'": "反斜线须写成两个",
    "Unterminated string": "引号没有关上",
    "Expected \"'": "引号没有关上",
    "Expected '\"": "引号没有关上",
    "Illegal character": "引号没有关上，或有不能用的字符",
    "Expecting property name": "逗号后面没有下一项，或键没有加英文引号",
    "Expecting ':'": "键的后面没有冒号",
    "Expecting ','": "两项之间没有逗号",
    "Expecting value": "这里应有一个值",
    "Illegal trailing comma": "最后一项后面多了逗号",
    "Extra data": "写完后还有别的内容",
    "Invalid control character": "引号没有关上",
    "escape": "反斜线须写成两个",
}
# Names of devices are no names of files on Windows, whatever their ending.
_NAME = re.compile(r"(?!(?i:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))\w(?:[\w.·-]*\w)?")
_LONGEST_NAME = 200  # bytes; file systems allow 255, and endings are added
_HELD = "没有写入权限，或正被别的程序（如 Excel）打开"
_REFUSED = {
    errno.EACCES: _HELD,
    errno.EPERM: _HELD,
    errno.EROFS: "此盘只能读",
    errno.ENOSPC: "磁盘已满",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "路径中有一段不是文件夹",
    errno.EISDIR: "那里是一个文件夹",
    errno.ENAMETOOLONG: "名称太长",
    errno.EDQUOT: "磁盘配额已满",
    errno.EFBIG: "文件太大",
}


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: under another name beside its place, then moved there in one step.

    Parameters
    ----------
    path : Path
        Where it goes; its folder is made where there is none.
    content : str or bytes
        Text is written as UTF-8.

    Raises
    ------
    DataError
        The place cannot be written to; what was there before is still there, and nothing is left beside it.
    """
    unfinished = folders.unfinished(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folders.clear(path.parent)
        try:
            unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
            unfinished.replace(path)
        finally:
            folders.remove(unfinished)
    except OSError as error:
        raise unwritable(path, error) from None


def place(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write a folder whole or not at all; one that is there already is left as it is.

    Parameters
    ----------
    folder : Path
        The folder to make.
    contents : Mapping of str to bytes
        Name of a file -> what is in it.

    Raises
    ------
    DataError
        The place cannot be written to.
    """
    if folder.exists():
        return
    unfinished = folders.unfinished(folder)
    try:
        unfinished.mkdir(parents=True)
        for name, content in contents.items():
            (unfinished / name).write_bytes(content)
        unfinished.rename(folder)
    except OSError as error:
        if not folder.exists():  # another run may have placed the same meanwhile
            raise unwritable(folder, error) from None
    finally:
        folders.remove(unfinished)


@contextmanager
def together(folder: Path, *, drop: Callable[[Path], Iterable[str]] | None = None) -> Iterator[Path]:
    """Let several files be written beside a folder, and put them into it when all of them are whole: as one.

    Parameters
    ----------
    folder : Path
        Where they go; it is made where there is none, and what else is in it stays.
    drop : callable, optional
        Says, when the draft is whole, which files of the folder do not stay.

    Yields
    ------
    Path
        The folder to write into.

    Raises
    ------
    DataError
        The place cannot be written to; the files that were there are still there.
    """
    place = folder.resolve()
    draft = folders.unfinished(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        folders.clear(place.parent)
        if place.exists() and not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
        folders.remove(draft)
        draft.mkdir()
        try:
            yield draft
            gone = frozenset(drop(draft) if drop else ())
            with folders.alone(place.parent):
                _placed(draft, place, gone)
        finally:
            folders.remove(draft)
    except OSError as error:
        raise unwritable(folder, error) from None


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of a file or folder and nothing more: no path, nothing hidden.

    Parameters
    ----------
    text : str
        An id, such as that of a district or a scenario.

    Returns
    -------
    bool
        True for letters, 汉字, digits and the marks ``_ . - ·``, not beginning or ending with a stop or a dash.
    """
    return len(text.encode()) <= _LONGEST_NAME and bool(_NAME.fullmatch(text))


def inside(folder: Path, name: str, *, what: str = "编号") -> Path:
    """Return the place of a name from data within a folder; what would lead out of it is refused.

    Parameters
    ----------
    folder : Path
        Where it must stay.
    name : str
        The name.
    what : str, default "编号"
        What the name is, for the message.

    Returns
    -------
    Path
        ``folder / name``.

    Raises
    ------
    DataError
        The text is no name, or stands for a link that leads out of the folder.
    """
    if is_name(name) and Path(os.path.realpath(folder / name)).parent == Path(os.path.realpath(folder)):
        return folder / name
    allowed = "只能用文字、数字和 _ . - ·，不能是路径"
    raise DataError(Fault(f"{what}「{name[:40]}」", "不能作文件名", allowed, f"请改{what}"))


def _placed(draft: Path, place: Path, gone: frozenset[str]) -> None:
    """Put a finished draft into its place: as one folder, or file by file where the folder cannot be moved."""
    if folders.movable(place):
        folders.carry(place, draft, drop=gone)
        folders.swap(draft, place)
        return
    for file in sorted(path for path in draft.rglob("*") if not path.is_dir()):
        there = place / file.relative_to(draft)
        there.parent.mkdir(parents=True, exist_ok=True)
        file.replace(there)
    for name in gone:
        (place / name).unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> DataError:
    """Say in Chinese why a place cannot be written to.

    Parameters
    ----------
    path : Path
        The place.
    error : OSError
        What the system said.

    Returns
    -------
    DataError
        To be raised.
    """
    found = f"写不进去：{_REFUSED.get(error.errno, error.strerror)}"
    return DataError(Fault(path.as_posix(), found, "", "原有的文件没有变；请核对后再试"))


def refused(path: Path, error: OSError) -> DataError:
    """Say in Chinese what the system refuses at a place: to read what is there, or to write.

    Parameters
    ----------
    path : Path
        The place.
    error : OSError
        What the system said.

    Returns
    -------
    DataError
        To be raised.
    """
    if error.errno not in (errno.EACCES, errno.EPERM) or not path.exists() or os.access(path, os.R_OK):
        return unwritable(path, error)
    found = f"读不进来：{_REFUSED.get(error.errno, error.strerror)}"
    return DataError(Fault(path.as_posix(), found, "", "请核对文件的权限后再试"))


def own(package: str, name: str) -> dict[str, Any]:
    """Return a TOML file of the package itself.

    Parameters
    ----------
    package : str
        The package it belongs to, such as ``texts``.
    name : str
        Name of the file.

    Returns
    -------
    dict
        What the file says.
    """
    return tomllib.loads((resources.files("zhaosheng_analysis") / package / name).read_text(encoding="utf-8"))


def read(path: Path, *, expected: str) -> dict[str, Any]:
    """Read a TOML or JSON file; its ending says which.

    Parameters
    ----------
    path : Path
        The file.
    expected : str
        What it should be, in Chinese, for the messages.

    Returns
    -------
    dict
        What the file says.

    Raises
    ------
    DataError
        There is no such file, or it is not UTF-8, or no TOML or JSON, or not a table: with line and column.
    """
    if not path.is_file():
        raise DataError(Fault(path.name, "没有这个文件", expected, "请核对路径"))
    text = _text(path, expected)
    try:
        data = json.loads(text, object_pairs_hook=_once) if path.suffix == ".json" else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(_unreadable(path, text, error, expected)) from None
    except KeyError as error:
        raise DataError(Fault(path.name, f"同一张表里键「{error.args[0]}」写了两次", expected, "请删去一个")) from None
    if not isinstance(data, dict):
        raise DataError(Fault(path.name, "最外层不是一张表", expected, "请核对写法"))
    return data


def _text(path: Path, expected: str) -> str:
    raw = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(
            Fault(f"{path.name} 第 {line} 行", "不是 UTF-8 编码", expected, "请用记事本另存为，编码选 UTF-8")
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a table of pairs; a key that stands twice is refused, where JSON would let the last one win."""
    table = {}
    for key, value in pairs:
        if key in table:
            raise KeyError(key)
        table[key] = value
    return table


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _hint(bare: str, what: str) -> str:
    """Say what to write for the slips that the parser's own words do not name; `bare` is the line without its texts."""
    if re.search(r"\b(True|False)\b", bare):
        return "是写 true，否写 false，全用小写"
    if re.search(r"\d{4}-(\d-|\d\d-\d\b)|\d{4}[/.]\d", bare):
        return "日期的月、日写两位，用 - 连接，如 2026-08-31"
    if bare.count("{") > bare.count("}"):
        return "一对花括号里的内容须写在同一行"
    if what == "同一节写了两次":
        return "可以有几项的节写两层方括号，如 [[rounds]]；只有一项的节合成一处"
    return "请检查引号、括号、逗号和等号"


def _unreadable(path: Path, text: str, error: ValueError, expected: str) -> Fault:
    """Say where a text is no TOML or JSON, and what is wrong there."""
    lines, said = text.split("\n"), str(error)
    place = re.search(r"line (\d+),? column (\d+)", said)
    line, column = (int(number) for number in place.groups()) if place else (len(lines), len(lines[-1]) + 1)
    row = lines[line - 1]
    bare = re.sub(r""""[^"]*"|'[^']*'|#.*""", "", row)  # what is quoted, or a remark, may have any sign
    wide = [letter for letter in _FULL_WIDTH if letter in bare]
    what = next((words for part, words in _SAID.items() if part in said), "写法不对")
    days = [day for day in re.findall(r"\d{4}-\d\d-\d\d", bare) if not _is_day(day)]
    if days:
        what = f"没有 {days[0]} 这个日期"
    hint = f"此行有全角符号「{'」「'.join(wide)}」，标点须用半角" if wide else _hint(bare, what)
    kind = "JSON" if path.suffix == ".json" else "TOML"
    shown = f"：{row.strip()[:60]}" if row.strip() else "（文件到此为止）"
    return Fault(f"{path.name} 第 {line} 行第 {column} 列", f"不是合法的 {kind}：{what}{shown}", expected, hint)
