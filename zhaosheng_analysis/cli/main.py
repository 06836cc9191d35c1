"""The verbs of the command line; each imports what it needs when it is called, so that ``--help`` answers at once."""

import io
import sys

import typer

from zhaosheng_analysis.cli import (
    admission,
    audit,
    checkout,
    class_lists,
    demo,
    folder,
    forecast,
    ingest,
    lab,
    lottery,
    province,
    redraw,
    report,
    site,
    wheelhouse,
    zones,
)
from zhaosheng_analysis.cli import policy as policy_verbs
from zhaosheng_analysis.cli.verbs import Verbs

app = typer.Typer(
    name="zhaosheng",
    cls=Verbs,
    help="义务教育招生分析：学位预警、学区、录取规则、班额与学籍核查。所有数据只在本机处理，不联网。"
    "不覆盖不是本程序写出的文件；确要覆盖，在任何命令后加 --force 完整路径。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.add_typer(ingest.app, name="ingest")
app.add_typer(policy_verbs.app, name="policy")
app.add_typer(zones.app, name="zones")
app.add_typer(redraw.app, name="redraw")
app.add_typer(lottery.app, name="lottery")
app.add_typer(forecast.app, name="forecast")
app.add_typer(class_lists.app, name="classes")
app.add_typer(audit.app, name="ledger")
app.command(help=audit.AUDIT)(audit.audit)
app.command(help=admission.ADMIT)(admission.admit)
app.command(help=admission.EXPLAIN)(admission.explain)
app.command(help=admission.SIBLINGS)(admission.siblings)
app.command(help=site.DOCS)(site.docs)
app.command(help=lab.LAB)(lab.lab)
app.command(help=wheelhouse.WHEELHOUSE)(wheelhouse.wheelhouse)
app.command(help=report.REPORT)(report.report)
app.command(help=province.PROVINCE)(province.province)
app.command(help=demo.DEMO)(demo.demo)
app.command(help=folder.CHECK)(folder.check)
app.command(help=folder.TEMPLATE)(folder.template)
app.command(help=checkout.TEST)(checkout.test)
app.command(help=checkout.STRIP)(checkout.strip)
app.command(help=checkout.BENCHMARK)(checkout.benchmark)


def main() -> None:
    """Run the command line; what is wrong with the input is told in Chinese, without a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console in GBK lacks rare characters of names
    try:
        app()
    except ValueError as error:
        from zhaosheng_analysis.schema import DataError

        if not isinstance(error, DataError):
            raise
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
