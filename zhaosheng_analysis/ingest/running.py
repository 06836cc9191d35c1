"""A recipe carried out: sources read, tables made, checked and written beside a log that adds up.

Comes in: a `Recipe`. Goes out: a folder with the tables of ours and ingest-log.csv, the same bytes however often it is
run; or every fault, and the questions that must be answered first, in decisions.csv beside the recipe.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import datums, vectors, workbooks
from zhaosheng_analysis.ingest import answers as questions
from zhaosheng_analysis.ingest import makings, pieces, pseudonyms, shaping
from zhaosheng_analysis.ingest.columns import Kitchen
from zhaosheng_analysis.ingest.makings import Part
from zhaosheng_analysis.ingest.recipes import Recipe
from zhaosheng_analysis.schema import (
    TABLES,
    DataError,
    Fault,
    Faults,
    csv_safety,
    empty,
    inspect,
    ordered,
    school_system_of,
)

LOG = "ingest-log.csv"
_LOG_COLUMNS = {"source": "来源", "sha256": "SHA-256", "table": "表", "what": "步骤", "rows_n": "行数"}
_COORDINATES = ("经度", "纬度")
_WRITTEN = "写成文件"


@dataclass(frozen=True)
class Taken:
    """What a recipe gave.

    Attributes
    ----------
    tables : dict of str to DataFrame
        Tables and layers of ours by name, typed.
    about : dict of str to str
        Facts about the district.
    log : DataFrame
        Columns source, sha256, table, what, rows_n: for every source and table, rows that came and went add up to those
        that were written.
    notes : tuple of str
        What was settled or worked out on the way.
    questions : dict of tuple of str, length 2 to tuple of (str, str)
        What is still open: (kind, what was said) -> suggestions, where.
    """

    tables: dict[str, pd.DataFrame]
    about: dict[str, str]
    log: pd.DataFrame
    notes: tuple[str, ...] = ()
    questions: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


def run(recipe: Recipe, out: str | Path) -> Taken:
    r"""Carry out a recipe and write the folder.

    Parameters
    ----------
    recipe : Recipe
        The decisions.
    out : str or Path
        Folder to write; one that was not made by a recipe is refused.

    Returns
    -------
    Taken
        What was made; questions that do not keep a row back are still open.

    Raises
    ------
    DataError
        Every fault of the sources at once. Open questions are written to decisions.csv first.

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import zhaosheng_analysis as zs
    >>> words = '''
    ... [[sources]]
    ... files = "roll.csv"
    ... roll_counts = { school_id = "学校", school_year = { is = 2025, why = "表名" }, grade = "级", pupils_n = "人数" }
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "ingest.toml")
    ...     _ = file.write_text(words, encoding="utf-8")
    ...     _ = file.with_name("roll.csv").write_text("学校,级,人数\ns1,1,41\n合计,,41\n", encoding="utf-8")
    ...     taken = zs.ingest.run(zs.ingest.load(file), pathlib.Path(folder, "out"))
    >>> taken.log[["what", "rows_n"]].to_numpy().tolist()
    [['读入', 2], ['合计、注释、重复的表头', -1], ['写出', 1]]
    """
    out = Path(out)
    before = _judge_target(out)
    taken = take(recipe, out)
    written = _write(taken, out, recipe)
    for name in before.keys() - written:
        (out / name).unlink(missing_ok=True)
    return taken


def take(recipe: Recipe, out: Path | None = None) -> Taken:
    """Carry out a recipe without writing the folder.

    Parameters
    ----------
    recipe : Recipe
        The decisions.
    out : Path, optional
        Where it will be written: the key must not lie there.

    Returns
    -------
    Taken
        What was made.

    Raises
    ------
    DataError
        Every fault of the sources at once. Open questions are written to decisions.csv first.
    """
    faults, folder = Faults(), recipe.path.parent
    answers = questions.load(recipe.answers)
    held = tuple(path for path in (folder, out) if path is not None)
    secret = pseudonyms.key(folder / recipe.key_file, outside=held) if recipe.key_file else b""
    _judge_key(recipe, faults)
    faults.raise_if_any()
    about = recipe.about
    more = {"shift": datums.shift(about.get("shift", "")), "system": school_system_of(about)}
    kitchen = Kitchen({}, answers, secret, faults, district=about.get("name", ""), **more)
    log, notes = _all(recipe, kitchen)
    questions.save(recipe.answers, answers)
    _note_open(recipe, answers, faults)
    faults.raise_if_any()
    _judge_references(kitchen.made, faults)
    faults.raise_if_any()
    about = _about(recipe, kitchen.notes)
    tables = {**{name: _nothing(name, recipe) for name in recipe.empty if name not in kitchen.made}, **kitchen.made}
    return Taken(tables, about, log, (*notes, *dict.fromkeys(kitchen.notes)), dict(answers.open))


def _judge_target(out: Path) -> dict[str, str]:
    """Refuse a folder that holds something else, or what somebody changed since; return what was written into it."""
    if not out.is_dir() or not any(out.iterdir()):
        return {}
    if not (out / LOG).is_file():
        remedy = "请换一个文件夹；已有的数据不覆盖"
        raise DataError(Fault(out.name, f"文件夹里已有别的文件，没有 {LOG}", "须为空的，或由 ingest 写成的", remedy))
    log = pd.read_csv(out / LOG, dtype="str", keep_default_na=False)
    own = log[log[_LOG_COLUMNS["what"]] == _WRITTEN]
    written = dict(zip(own[_LOG_COLUMNS["source"]], own[_LOG_COLUMNS["sha256"]], strict=True))
    changed = [name for name, digest in written.items() if (out / name).is_file() and _digest(out / name) != digest]
    if changed:
        remedy = "请把改过的文件移到来源文件夹并写进 ingest.toml，或改名保存"
        raise DataError(Fault(out.name, f"写成以后被改过：{'、'.join(changed)}", "改过的不覆盖", remedy))
    return written


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _judge_key(recipe: Recipe, faults: Faults) -> None:
    """Note pseudonyms without a key."""
    rules = [rule for source in recipe.sources for making in source.makings for rule in making.rules.values()]
    if not recipe.key_file and any(rule.way == "pseudonym" for rule in rules):
        remedy = '请运行 zhaosheng ingest key 文件，再写 key_file = "…"'
        faults.add(recipe.path.name, "要做化名，没有写密钥文件", "须在数据文件夹以外", remedy)


def _all(recipe: Recipe, kitchen: Kitchen) -> tuple[pd.DataFrame, list[str]]:
    """Make every table in the order of the recipe; what is made is there for the sources after it."""
    log, notes = [], []
    parts: dict[str, list[Part]] = {}
    crs = recipe.about.get("crs", "")
    for source in recipe.sources:
        for piece in pieces.of(source, recipe.path.parent, kitchen.faults):
            notes += [str(note) for note in piece.notes]
            if piece.ignored:
                notes.append(f"{piece.where}：其余 {len(piece.ignored)} 列没有用：{'、'.join(piece.ignored)}")
            try:
                shaped = shaping.of(piece, source.options)
                for making in source.makings:
                    part = _counted(makings.of(shaped, making, source.options, crs, kitchen), kitchen)
                    parts.setdefault(part.table, []).append(part)
                    kitchen.made[part.table] = _merged(parts[part.table], kitchen)
                    log += _lines(part)
            except DataError as error:
                kitchen.faults.found += error.faults
    head = {"source": "", "sha256": ""}
    for name, each in parts.items():
        twice = sum(len(part.frame) for part in each if not part.fills) - len(kitchen.made[name])
        if twice:
            log.append({**head, "table": name, "what": "几个来源里相同的行，并为一行", "rows_n": -twice})
    if "schools" in kitchen.made:
        kitchen.made["schools"], twice = _of_two_stages(kitchen.made["schools"])
        if twice:
            what = "小学表和初中表里的同一所学校，并为九年一贯"
            log.append({**head, "table": "schools", "what": what, "rows_n": -twice})
    for name, each in parts.items():
        kitchen.made[name] = _typed(name, each, kitchen)
    return pd.DataFrame(log, columns=list(_LOG_COLUMNS)), notes


def _counted(part: Part, kitchen: Kitchen) -> Part:
    """Give the rows of a part numbers of their own, by which messages find the row of the file."""
    first = len(kitchen.row_names)
    kitchen.row_names += [(part.piece.where, name) for name in part.piece.row_names()]
    return replace(part, frame=part.frame.set_axis(range(first, len(kitchen.row_names))))


def _lines(part: Part) -> Iterable[dict[str, object]]:
    """Write the log of one part; what came less what went is what is left."""
    head = {"source": part.piece.where, "sha256": part.piece.sha256, "table": part.table}
    lines = [{**head, "what": step.what, "rows_n": step.rows_n} for step in part.piece.steps]
    if sum(line["rows_n"] for line in lines) != len(part.frame):
        raise AssertionError(f"{part.piece.where} {part.table}: {lines} != {len(part.frame)}")
    return [*lines, {**head, "what": "写出", "rows_n": len(part.frame)}]


def _merged(parts: list[Part], kitchen: Kitchen) -> pd.DataFrame:
    """Put the parts of one table together; a part that fills gives what is blank so far."""
    frame = parts[0].frame
    for part in parts[1:]:
        if part.fills:
            frame = _filled(frame, part, kitchen)
            continue
        frame = pd.concat([frame, part.frame])
        if part.distinct:
            same = [name for name in frame if name != "geometry"]
            frame = frame[~frame.duplicated(same)]
    return frame


def _of_two_stages(schools: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Make one school of two stages of two rows that differ in the stage alone; say how many rows went."""
    if not {"school_id", "stage"} <= set(schools):
        return schools, 0
    others = [name for name in schools if name not in ("stage", "geometry")]
    rows = schools.groupby(others, dropna=False)["stage"].transform(lambda part: "、".join(sorted(set(part.dropna()))))
    both = rows.eq("junior、primary").to_numpy()
    both_stages = schools.assign(stage=schools["stage"].where(~both, "both"))
    twice = both & both_stages.duplicated(others).to_numpy()
    return both_stages[~twice] if twice.any() else schools, int(twice.sum())


def _filled(frame: pd.DataFrame, part: Part, kitchen: Kitchen) -> pd.DataFrame:
    """Fill blanks of rows that are there by those of another source."""
    keys = list(TABLES[part.table].key)
    more = part.frame.set_index(keys)
    if more.index.has_duplicates:
        twice = more.index[more.index.duplicated()].unique()
        kitchen.faults.add(
            part.piece.where, f"有 {len(twice)} 个编号不止一行：{twice[0]}", "补填的须一个编号一行", "请核对"
        )
        return frame
    present = frame.set_index(keys).index
    rows = more.reindex(present)
    for name in more:
        old = frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="object")
        new = pd.Series(rows[name].to_numpy(), index=frame.index)
        if name == "geometry":
            shapes = gpd.GeoSeries(old.where(old.notna(), new), index=frame.index, crs=part.frame.crs)
            frame = gpd.GeoDataFrame(frame.drop(columns="geometry", errors="ignore"), geometry=shapes)
        else:
            frame = frame.assign(**{name: old.where(old.notna(), new)})
    lost = sorted(set(more.index) - set(present))
    if lost:
        kitchen.notes.append(f"{part.piece.where}：有 {len(lost)} 行要补填的编号不在表里，没有用：{lost[0]}")
    return frame


def _typed(name: str, parts: list[Part], kitchen: Kitchen) -> pd.DataFrame:
    """Check a table as it will be read; rows are named as the source counts them where there is one."""
    frame = kitchen.made[name]
    sources = dict.fromkeys(part.piece.where for part in parts)
    where = f"{'、'.join(sources)} →「{name}」"
    called = ((at, *kitchen.row_names[at]) for at in frame.index)
    names = {at: f"{source} {row}" if len(sources) > 1 else row for at, source, row in called}
    table = replace(TABLES[name], row_names=names)
    if name in ("plans",):
        from zhaosheng_analysis.geodata import relations

        typed: list = []
        frame = relations.with_seats(frame, where, typed, table)
        kitchen.notes += [str(note) for note in typed]
    if {kind for kind, _ in kitchen.answers.open} & set(TABLES):
        # A name still asked for has no id yet: the question says so once, the other rows are checked all the same.
        needed = [column.name for column in TABLES[name].columns.values() if column.required and column.name in frame]
        frame = frame[frame[needed].notna().all(axis=1)]
    geometry = frame.geometry if isinstance(frame, gpd.GeoDataFrame) else None
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    checked, wrong = inspect(name, plain, where=where, table=table)
    kitchen.faults.found += wrong
    checked = checked if geometry is None else gpd.GeoDataFrame(checked, geometry=geometry)
    return checked.reset_index(drop=True)


def _note_open(recipe: Recipe, answers: questions.Answers, faults: Faults) -> None:
    """Note names that must be decided before anything is written."""
    asked = [(kind, said, hint) for (kind, said), (hint, _) in answers.open.items() if kind in TABLES]
    if asked:
        listed = "、".join(f"「{said}」" + (f"（像 {hint}）" if hint else "") for _, said, hint in asked[:5])
        remedy = f"请在 {recipe.decisions} 的「认作」填编号，不是本区县的填「无」，并写决定人和日期"
        faults.add(
            recipe.path.name, f"有 {len(asked)} 个名称要人决定：{listed}{'等' if len(asked) > 5 else ''}", "", remedy
        )


def _judge_references(made: Mapping[str, pd.DataFrame], faults: Faults) -> None:
    """Note ids that are not in the table they refer to, as far as it was made."""
    for name, frame in made.items():
        for column in TABLES[name].columns.values():
            targets = [target.split(".") for target in column.refers]
            if not targets or not all(table in made for table, _ in targets) or column.name not in frame:
                continue
            targets_there = {value for table, other in targets for value in made[table][other]}
            lost = sorted(set(frame[column.name].dropna()) - targets_there)
            if lost:
                faults.add(
                    name, f"列{column.title}有 {len(lost)} 个编号在「{targets[0][0]}」中找不到：{lost[0]}", "", "请核对"
                )


def _about(recipe: Recipe, lines: list[str]) -> dict[str, str]:
    """Add to the facts what was sketched or worked out, so that every report can say it."""
    marked = [note for note in dict.fromkeys(lines) if "示意" in note or "推算" in note]
    if not recipe.about or not marked:
        return dict(recipe.about)
    return {**recipe.about, "note": "；".join([part for part in (recipe.about.get("note", ""), *marked) if part])}


def _nothing(name: str, recipe: Recipe) -> pd.DataFrame:
    """Return a layer without features."""
    frame = empty(name)
    if TABLES[name].geometry:
        return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs=recipe.about.get("crs")))
    return frame


def _decisions(taken: Taken, recipe: Recipe) -> list[dict[str, str]]:
    """Write what was decided, settled and worked out as lines of the log."""
    decided = [path for path in (recipe.path, recipe.answers) if path.is_file()]
    lines = [{"source": path.name, "sha256": _digest(path), "table": "", "what": "照此办理"} for path in decided]
    return [*lines, *({"source": "", "sha256": "", "table": "", "what": f"说明：{note}"} for note in taken.notes)]


def _write(taken: Taken, out: Path, recipe: Recipe) -> set[str]:
    """Write layers, tables and log together; a layer without coordinates is a table with two columns to fill."""
    layers = {name: frame for name, frame in taken.tables.items() if TABLES[name].level == "layer"}
    drawn = {n: f for n, f in layers.items() if isinstance(f, gpd.GeoDataFrame) or not TABLES[n].geometry}
    tables = {name: ordered(name, frame) for name, frame in taken.tables.items() if name not in layers}
    if taken.about:
        facts = {"key": list(taken.about), "value": list(taken.about.values())}
        tables["about"] = pd.DataFrame(facts, dtype="str")
    with disk.together(out) as draft:
        if drawn:
            vectors.write(drawn, draft / vectors.GEOPACKAGE)
        if tables:
            workbooks.write(tables, draft)
        for name in sorted(layers.keys() - drawn.keys()):
            blank = dict.fromkeys(_COORDINATES if TABLES[name].geometry == "point" else (), "")
            undrawn = ordered(name, layers[name]).assign(**blank)
            (draft / f"{name}.csv").write_bytes(csv_safety.csv(undrawn).encode("utf-8-sig"))
        files = sorted(draft.iterdir())
        own = [{"source": path.name, "sha256": _digest(path), "table": "", "what": _WRITTEN} for path in files]
        log = pd.concat([taken.log, pd.DataFrame([*_decisions(taken, recipe), *own])], ignore_index=True)
        log = log.astype({"rows_n": "Int64"})
        (draft / LOG).write_bytes(csv_safety.csv(log.rename(columns=_LOG_COLUMNS)).encode("utf-8-sig"))
    return {path.name for path in files}
