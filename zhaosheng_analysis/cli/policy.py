"""The verbs about rule books: is one complete, what does it say, and what does another one change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhaosheng_analysis import disk
from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    from zhaosheng_analysis.admission import Comparison
    from zhaosheng_analysis.policy import Policy
    from zhaosheng_analysis.schema import Faults

MOVERS_SHOWN = 12

app = typer.Typer(
    help="规则文件：覆盖、查看、检查、比较。", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="规则编号或 TOML 文件。")]
Sources = Annotated[Path | None, typer.Option(help="原文文件夹；给出后逐条核对引文和哈希。")]


@app.command(
    help="逐条列出目录中的条文：写在规则的哪里，或为什么没有纳入；缺一条即失败。给了原文的，原文有而目录没有的条款也算缺。"
)
def coverage(name: Name, sources: Sources = None) -> None:
    """Print the coverage table of a policy; exit 1 if a row of the catalogue, or a clause of the text, is missing."""
    from zhaosheng_analysis import policy, report, texts
    from zhaosheng_analysis.schema import DataError, Fault

    rules = policy.load(name, sources=sources)
    if not rules.catalogue:
        remedy = "请把原文的每一条规定写成 [catalogue.编号]，再在各处写 provisions"
        raise DataError(Fault(rules.file, "没有规定目录 [catalogue]，无从核对有没有缺漏", "", remedy))
    table = policy.coverage(rules)
    typer.echo(report.printout.grid(texts.provisions.coverage_rows(table)))
    lost, left_out = table.loc[table["element"] == "", "id"].tolist(), int((table["why"] != "").sum())
    typer.echo(
        f"{rules.id}：目录 {len(table)} 条，其中 {left_out} 条写明不纳入，"
        + (f"缺 {len(lost)} 条：{'、'.join(lost)}。" if lost else "没有缺漏。")
    )
    skipped = [] if sources is None else policy.quotations.uncited(rules, sources)
    if sources is not None:
        said = f"原文有而规则没有写到的条款 {len(skipped)} 条：{'、'.join(skipped)}。"
        typer.echo(said if skipped else "原文的条款，规则都写到了。")
    raise typer.Exit(1 if lost or skipped else 0)


@app.command(help="查看一份规则：可以签字的规则书。")
def show(
    name: Name,
    settings: options.Settings = None,
    html: Annotated[Path | None, typer.Option(help="另存为网页，可打印签字。")] = None,
    sources: Sources = None,
) -> None:
    """Print a rule book as tables, or write it as a page to sign."""
    from zhaosheng_analysis import policy, report, texts

    rules = policy.load(name, set=options.of_policy(settings), sources=sources)
    title, facts, sections = f"{rules.title}：规则书", texts.policy.facts(rules), texts.policy.sections(rules)
    if html is None:
        typer.echo(report.printout.text(title, facts, sections))
        return
    options.write(html, report.printout.html(title, facts, sections, signed=True))


@app.command(help="写出一份可以直接检查的规则文件，一节一节带说明，照着改。")
def new(
    name: Annotated[str, typer.Argument(help="编号：英文、数字和 -，如 heping-2026。")],
    like: Annotated[
        str,
        typer.Option(
            help="哪一种：tiers 类别、points 积分、choices 多校志愿、lottery 派位、seat-lock 学位锁定、audit 核查。"
        ),
    ] = "tiers",
    year: Annotated[int, typer.Option(help="招生年度；不写则取编号里的。")] = 0,
    title: Annotated[str, typer.Option(help="文件名称。")] = "",
    out: Annotated[Path, typer.Option(help="写到哪个文件夹。")] = Path(),
) -> None:
    """Write a rule file to start from; one that is there is not touched."""
    from zhaosheng_analysis import policy
    from zhaosheng_analysis.schema import DataError, Fault

    path = out / f"{name}.toml"
    if path.exists():
        raise DataError(Fault(path.as_posix(), "已有这个文件", "不覆盖", "请换一个编号或文件夹"))
    years = [int(part) for part in name.split("-") if part.isdigit() and len(part) == 4]
    if not (year or years):
        raise DataError(Fault("policy new", "没有招生年度", "编号里带年度，或写 --year", "例如 heping-2026"))
    disk.write(path, policy.starting.text(name, like, year=year or years[-1], title=title))  # beside the data, too
    typer.echo(path.as_posix())
    typer.echo(f"下一步：照原文修改，再运行 zhaosheng policy check {path.as_posix()}")


@app.command(help="列出规则文件能用的词：不写列各节，写一节的名称列这一节；--schema 写出编辑器用的 JSON Schema。")
def words(
    section: Annotated[str, typer.Argument(help="一节的名称，如 rounds、facts、evidence。")] = "",
    rules: Annotated[
        str, typer.Option("--rules", help="一份规则文件（或编号）：连它自己的词一起列，并写明这个文件用在哪里。")
    ] = "",
    schema: Annotated[
        Path | None, typer.Option(help="把 JSON Schema 写到这个文件，VS Code 装 Even Better TOML 后可用。")
    ] = None,
) -> None:
    """Print the vocabulary of a rule file, or write its schema for editors."""
    import json

    from zhaosheng_analysis import policy, report

    if schema is not None:
        options.write(schema, json.dumps(policy.grammar.schema(), ensure_ascii=False, indent=1) + "\n")
        typer.echo(f"在规则文件第一行写：#:schema ./{schema.name}")
        return
    own = policy.load(rules) if rules else None
    listed = policy.grammar.words(section, own)
    wide = "看的列" in listed  # of these so much is said that each has lines of its own
    typer.echo("\n".join(map(_in_lines, listed.to_dict("records"))) if wide else report.printout.grid(listed))


def _in_lines(word: dict[str, str]) -> str:
    """Write a word with what is said of it, a line each."""
    said = [f"  {name}：{text}" for name, text in word.items() if text and name not in ("词", "中文")]
    return "\n".join([f"{word['词']}  {word['中文']}", *said])


@app.command(help="读一份原文（txt、docx、html、pdf）：算出 sha256，按条款编号列出每一段。")
def source(file: Annotated[Path, typer.Argument(help="原文文件。")]) -> None:
    """Print the hash and the numbered clauses of a notice."""
    from zhaosheng_analysis import policy, report

    whole = policy.notices.text(file)
    typer.echo(f'[source]\nfile = "{file.name}"\nsha256 = "{policy.notices.sha256(file)}"\n')
    typer.echo(report.printout.grid(policy.notices.clauses(whole)))


@app.command(help="列出核查规则：规则文件依据哪一条引用它，哪些没有引用，哪些须由原文写明学校、日期或数字。")
def rules(name: Name) -> None:
    """Print every rule an audit can apply, and by which clause a policy asks for it."""
    from zhaosheng_analysis import policy, report, texts

    typer.echo(report.printout.grid(texts.provisions.audit_rows(policy.load(name))))


@app.command(
    help="检查规则文件：词汇、条款号、引文、原文各条是否都已写到；证明梯次表无缺漏、无重叠、无空行；"
    "列出最后一类接住的情形、没有用到的日期和列、与引文不一致的日期和校名。",
    short_help="检查规则文件：词写错的、漏掉的情形和条款，一次说清；证明类别表无缺漏、无重叠。",
)
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="规则编号、TOML 文件或数据文件夹；不写则检查这里的 policy.toml，这里没有则检查自带的全部。"
        ),
    ] = None,
    sources: Sources = None,
) -> None:
    """Judge each policy and say what was proved; every fault of every file is told at once."""
    from zhaosheng_analysis import policy
    from zhaosheng_analysis.schema import DataError, Faults

    faults = Faults()
    here = ["policy.toml"] if Path("policy.toml").is_file() else policy.names()
    for name in names or here:
        verdict = _judged(name, sources, faults)
        if verdict:
            typer.echo(verdict)
    if faults.found:
        raise DataError(*dict.fromkeys(faults.found))


def _judged(name: str, sources: Path | None, all_faults: Faults) -> str:
    """Judge one policy in every way there is, and say what was proved; empty where it has a fault."""
    from zhaosheng_analysis import admission, audit, policy, tiers
    from zhaosheng_analysis.schema import DataError, Faults

    faults, rounds_n = Faults(), 0
    try:
        book = policy.judged(name, faults, sources=sources)
        if book is not None:
            rounds_n = admission.rounds.prove(book)
            audit.rules.applied(book)
            _covered(book, sources, faults)
    except DataError as error:
        faults.found.extend(error.faults)
    if not faults.found:
        for failed in tiers.tried(book):
            faults.add(book.file, failed, "", "请核对规则与算例")
    all_faults.found.extend(faults.found)
    return "" if faults.found else _proved(book, rounds_n, sources)


def _covered(book: Policy, sources: Path | None, faults: Faults) -> None:
    """Note the clauses of the source text that the rules leave out without a word."""
    from zhaosheng_analysis import policy

    if sources is None or not (sources / book.source.file).is_file() or not book.source.file:
        return
    left_out = policy.quotations.uncited(book, sources)
    if left_out:
        todo = "请写成规则；不做的写进 [[not_modelled]]，clause 可写 三(一)–(五)"
        faults.add(f"{book.file} 原文", f"{len(left_out)} 条没有一处写到：{'、'.join(left_out)}", "", todo)


def _not_quoted(rules: Policy) -> list[str]:
    """Say how many quotations are still those of a starting file: they would be read out to families."""
    from zhaosheng_analysis.policy import starting

    rows = rules.table.rows if rules.table else ()
    n = sum(row.words.startswith(starting.PLACEHOLDER) for row in rows)
    told = f"类别表有 {n} 句引文还是起始文件的“{starting.PLACEHOLDER}”，explain 会照样念给家长；请换成原文"
    return [told] if n else []


def _without_place(rules: Policy) -> list[str]:
    """Say which answers of families the tier table has no place for: the first such family would end an intake."""
    from zhaosheng_analysis import applicants

    return [
        f"[facts] {name}：没有写{'、'.join(rules.words[name].answers[word] for word in lost)}"
        f"（{'、'.join(lost)}）；有这样的家庭，录取就会停下；请补上取值和类别表的行"
        for name, lost in applicants.facts.untold(rules).items()
    ]


def _proved(rules: Policy, rounds_n: int, sources: Path | None) -> str:
    """Say what was proved of one policy, what its last tiers catch, and what somebody should look at."""
    from zhaosheng_analysis import policy

    rows = len(rules.table.rows) if rules.table else 0
    quoted = "引文、条款号已与原文核对，原文各条都已写到" if rules.words_checked else "引文、条款号未核对（未给原文）"
    cells = f"，{rules.answer.size} 种情形逐一证明恰有一行" if rules.table else ""
    lines = [
        f"{rules.id}：梯次表 {rows} 行{cells}；环节 {rounds_n} 个，参数 {len(rules.parameters)} 个的各种取值都可用；"
        f"算例 {len(rules.cases)} 个；{quoted}。"
    ]
    caught = policy.catches(rules)
    notes = [*policy.unused.listed(rules), *policy.quoted_values.differing(rules, sources)]
    doubts = [*_not_quoted(rules), *_without_place(rules), *(str(note) for note in notes if note.asks)]
    plain = [str(note) for note in notes if not note.asks]
    for title, said in (("最后一类接住", caught), (f"请看一看（{len(doubts)} 处）", doubts), ("另外", plain)):
        lines += [f"  {title}：", *[f"  - {line}" for line in said]] if said else []
    return "\n".join(lines)


@app.command(help="比较两份规则（或一份规则改一个参数）：同样的儿童、同样的派位号，谁换了类别、谁换了学校。")
def compare(
    first: Name,
    district: Annotated[Path, typer.Option(help="区县数据文件夹。")],
    second: Annotated[str, typer.Argument(help="另一份规则；不写则用 --set 改第一份。")] = "",
    settings: options.Settings = None,
    seed: Annotated[str, typer.Option(help="派位种子；两次用同一个。")] = "compare",
    out: Annotated[Path | None, typer.Option(help="把全部变动的儿童写到这个文件夹。")] = None,
) -> None:
    """Print the tier and school moves between two sets of rules."""
    from zhaosheng_analysis import policy, texts
    from zhaosheng_analysis.admission import comparing
    from zhaosheng_analysis.schema import DataError, Fault

    changed = options.of_policy(settings)
    if not second and not changed:
        raise DataError(Fault("policy compare", "只有一份规则", "两份规则，或一份加 --set 名称=值", "请补上其中之一"))
    before = policy.load(first)
    after = policy.load(second or first, set=changed)
    town = options.district(district, rules=first if first.endswith(".toml") else "")
    year = int(town.about["intake_year"])
    for rules in (before, after):
        if rules.intake_year != year:
            typer.echo(f"说明：{rules.id} 的日期和时间窗口移到 {year} 年，与数据同年，好比较同一批儿童。")
    before, after = policy.as_if_in(before, year), policy.as_if_in(after, year)
    comparison = comparing.compare(town, before, after, seed=seed)
    differing = texts.tiers.tier_changes(before, after) + comparing.of_rules(before, after)
    typer.echo("\n".join(["规则的变动：", *(differing or ["没有（类别、日期、窗口、参数都相同）"]), ""]))
    typer.echo(_written(comparison))
    if out is not None:
        tables = {"tiers": comparison.tiers.reset_index(), "schools": comparison.schools}
        options.save_inner(out, movers=comparison.movers, **tables)


def _written(comparison: Comparison) -> str:
    """Write a comparison for the terminal."""
    from zhaosheng_analysis import report, texts

    a, b = comparison.names
    parts = [f"甲：{a}", f"乙：{b}", texts.comparisons.moves(comparison)]
    if len(comparison.movers):
        shown = texts.comparisons.mover_rows(comparison)
        tables = {
            "类别（行为甲，列为乙，人数）": texts.comparisons.tier_moves(comparison),
            "去向的变动（人数）": texts.comparisons.school_moves(comparison),
            f"变动的儿童（前 {min(MOVERS_SHOWN, len(shown))} 名）": shown.head(MOVERS_SHOWN),
        }
        parts += [
            text for title, table in tables.items() if len(table) for text in ("", title, report.printout.grid(table))
        ]
    return "\n".join(parts)
