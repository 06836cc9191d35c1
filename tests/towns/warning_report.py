"""A report of the hand-made town with every kind of piece, and a name that means harm."""

from tests.towns import hand_made
from zhaosheng_analysis import figures, report, texts
from zhaosheng_analysis.alerts import class_sizes

HOSTILE = "=cmd|' /C calc'!A0</script><b>甲</b> #{*$"


def document(**options) -> report.pages.Document:
    """Return a report of the town with every kind of piece."""
    district, rules = hand_made.town(**options), hand_made.rules()
    alerts, outlook = hand_made.alerts(**options), hand_made.outlook(**options)
    pieces = [
        report.rendering.head(district, rules, alerts, question="今春哪些学校需要作出决定？"),
        report.rendering.show("## 今春需要决定的事"),
        report.rendering.decisions(alerts, district, rules),
        report.rendering.chart(district, alerts, rules),
        report.rendering.show(texts.alerts.grid(alerts, rules), title="各校逐年级别", sheet="级别一览"),
        report.rendering.show(texts.alerts.flagged(alerts, rules), title="须注意的学校", sheet="须注意"),
        report.rendering.show(texts.alerts.levels(alerts), title="全部学校与年份", sheet="全部", fold=True),
        report.rendering.show(figures.alerts.district_outlook(outlook, district)),
        report.rendering.show(class_sizes.counts(district, rules), title="现有班额", sheet="现有班额"),
        report.rendering.show(texts.premises.assumptions(rules), title="假设"),
        report.rendering.show(texts.premises.thresholds(rules), title="界线"),
        report.rendering.show(texts.premises.not_modelled(rules), title="未纳入"),
        report.rendering.show(texts.premises.unseen(rules), title="未见文件"),
    ]
    return report.rendering.compose(
        "early-warning", [piece.data for piece in pieces], foot=[("数据 district.gpkg", "SHA-256 00ff")]
    )
