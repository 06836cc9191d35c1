"""The picture of an audit: its title counts every item, whether there is room to draw it or not."""

from tests.towns import audit_town
from zhaosheng_analysis import figures
from zhaosheng_analysis.audit import ledger


def test_items_that_do_not_fit_are_counted_and_said_to_be_left_out(monkeypatch):
    district = audit_town.town()
    book = ledger.from_findings(audit_town.run(district), district)
    whole = figures.audit.matrix(book, district)
    monkeypatch.setattr(figures.audit, "COLUMNS_AT_MOST", 4)
    part = figures.audit.matrix(book, district)
    items = book.rows.loc[book.rows["scope"] == "school", "item"].nunique()
    assert part.texts[0].get_text() == whole.texts[0].get_text()
    assert [len(page.axes[0].get_xticks()) for page in (whole, part)] == [30, 4]
    assert f"共 {items} 项，这里是待整改、待核实最多的 4 项" in part.axes[0].get_xlabel()


def test_what_no_catalogue_counts_is_called_by_its_text():
    district = audit_town.town()
    book = ledger.from_findings(audit_town.run(district), district)
    labels = [label.get_text() for label in figures.audit.matrix(book, district).axes[0].get_xticklabels()]
    assert not [label for label in labels if "." in label]
