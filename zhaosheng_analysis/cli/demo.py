"""``zhaosheng demo``: districts that do not exist, written as folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEMO = "生成示例区县：真实地名，虚构儿童，示意地图。"
GEODATA = Path("geodata")


def demo(
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹。")] = GEODATA,
    district: Annotated[list[str] | None, typer.Option(help="区县编号，可重复；不写则五个都生成。")] = None,
    seed: Annotated[str, typer.Option(help="随机种子；同一种子结果相同。")] = "",
) -> None:
    """Write demo districts as folders."""
    for made in write(folder, district, seed):
        typer.echo(made.as_posix())


def write(folder: Path, districts: list[str] | None, seed: str) -> list[Path]:
    """Write demo districts, telling progress on the error stream."""
    from zhaosheng_analysis import demo as synthetic
    from zhaosheng_analysis.demo import DISTRICTS
    from zhaosheng_analysis.schema import DataError, Fault, near

    unknown = [name for name in districts or [] if name not in DISTRICTS]
    if unknown:
        allowed = f"可用：{'、'.join(DISTRICTS)}"
        raise DataError(
            *[Fault("--district", f"没有示例区县「{name}」", allowed, near(name, DISTRICTS)) for name in unknown]
        )
    chosen = {"districts": districts or DISTRICTS, "seed": seed or synthetic.SEED}
    return synthetic.write(folder, **chosen, progress=lambda line: typer.echo(line, err=True))
