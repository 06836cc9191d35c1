"""Addresses of a district that do not exist, in ten ways of writing, with the unit each was made for."""

import hashlib
from collections.abc import Iterator

import opencc
import pandas as pd

_CHINESE = "零一二三四五六七八九"
_SPREAD = 40


def pick(*words: object, below: int) -> int:
    """Choose a number by what it is for, the same on every machine."""
    return int(hashlib.sha256("|".join(map(str, words)).encode()).hexdigest(), 16) % below


def chinese(number: int) -> str:
    """Write a number below a hundred in Chinese."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else ("十" if tens == 1 else _CHINESE[tens] + "十")) + ("" if ones == 0 else _CHINESE[ones])


def doors(units: pd.DataFrame, streets: pd.DataFrame) -> pd.DataFrame:
    """Give every estate and block a stretch of a street: odd numbers one side, even the other."""
    named = sorted(set(streets.loc[streets["kind"] == "street", "name"]))
    estates = units[units["kind"] != "village"].sort_values("unit_id")
    rows, used = [], dict.fromkeys([(street, side) for street in named for side in ("odd", "even")], 0)
    for unit in estates["unit_id"]:
        street = named[pick("street", unit, below=len(named))]
        side = ("odd", "even")[pick("side", unit, below=2)]
        low = used[street, side] + 1
        used[street, side] = low + _SPREAD - 1
        rows.append({"unit_id": unit, "street": street, "low_n": low, "high_n": low + _SPREAD - 1, "parity": side})
    return pd.DataFrame(rows)


def written(units: pd.DataFrame, numbers: pd.DataFrame, towns: dict, district: str) -> Iterator[tuple[str, str, str]]:
    """Yield (style, address, unit) for every unit in every style that suits it."""
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    traditional = opencc.OpenCC("s2t").convert
    by_unit = numbers.set_index("unit_id")
    for unit in units.itertuples():
        house, floor, room = (pick(kind, unit.unit_id, below=top) + 1 for kind, top in (("h", 30), ("f", 6), ("r", 4)))
        flat, town = f"{floor}{room:02d}", towns.get(unit.area_id, "")
        if unit.kind == "village":
            yield "村加组", f"{town}{unit.name}{chinese(house % 9 + 1)}组", unit.unit_id
            yield "村加组加户", f"{district}{town}{unit.name}{house % 9 + 1}组{house}号", unit.unit_id
            yield "村委会", f"{unit.name}村民委员会{house}号", unit.unit_id
            yield "繁体", traditional(f"{district}{town}{unit.name}{house}号"), unit.unit_id
            continue
        yield "小区加幢室", f"{unit.name}{house}幢{flat}室", unit.unit_id
        yield "小区加单元", f"{district}{town}{unit.name}{house}号楼{floor}单元{flat}室", unit.unit_id
        yield "短横", f"{unit.name}{house}-{floor}-{flat}", unit.unit_id
        yield "全角空格", f"{unit.name} {house} 幢 {flat}".translate(wide), unit.unit_id
        yield "中文数字", f"{unit.name}{chinese(house)}号楼{chinese(floor)}单元{flat}", unit.unit_id
        yield "繁体", traditional(f"{district}{unit.name}{house}幢{flat}室"), unit.unit_id
        if unit.unit_id in by_unit.index:
            row = by_unit.loc[unit.unit_id]
            number = row.low_n + (row.low_n % 2 == 0) + 2 * (house % 15) + (row.parity == "even")
            yield "路号", f"{row.street}{number}号{flat}室", unit.unit_id
            yield "路号加幢", f"{district}{row.street}{number}号{house}幢{flat}", unit.unit_id
            yield "路号加小区", f"{row.street}{number}号（{unit.name}）{house}幢", unit.unit_id
            yield "小区在路", f"{district}{row.street}{unit.name}{house}-{flat}", unit.unit_id
