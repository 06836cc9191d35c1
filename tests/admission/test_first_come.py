"""The rounds of 乐亭 beside a clerk who places two hundred small towns by hand, sentence by sentence of the text.

Twenty-five towns share a county, its village schools, its private schools and the nearest vacancy; each town has two
primaries and the zone of one junior. The three readings of 「先后」 (A-LT1) and both of the freed seats take turns.
"""

import pytest

from tests.towns.clerks import lane, serve, ticket, walk
from tests.towns.laoting_county import (
    FIRST,
    LAST,
    MIGRANTS,
    ONLINE,
    ONSITE,
    ORDERS,
    PLACES,
    PRIVATE,
    VILLAGE,
    ZONED,
    county,
    schools,
)
from zhaosheng_analysis import admission, policy


def by_hand(people, filed, seats, seed, *, order, refilled):
    """Place the children of one county as the text says, one stage after the other."""
    placed = {}
    for stage in ("primary", "junior"):
        rows = people[people["stage"] == stage].to_dict("index")
        placed |= one_stage(rows, filed, dict(seats), seed, stage, order=order, refilled=refilled)
    return placed


def one_stage(rows, filed, left, seed, stage, *, order, refilled):
    placed = {}
    public = {child: school for child, school, sector, _ in filed if sector == "public" and child in rows}
    private = {child: school for child, school, sector, _ in filed if sector == "private" and child in rows}
    standing = [child for child, row in rows.items() if row["status"] == "registered"]
    everywhere = sorted(ZONED[stage] + VILLAGE[stage])

    def free(*tiers):
        return [c for c in standing if c not in placed and c in public and rows[c]["tier"] in tiers]

    def vacancies(child, among, *, own_first=True, wished_first=False):
        own, wished = rows[child]["school_id"], public[child]
        away = {s: abs(rows[child]["x"] - PLACES[s]) for s in among if left[s]}
        return sorted(away, key=lambda s: (own_first and s != own, wished_first and s != wished, away[s], s))

    def settle(found):
        for child, school in found.items():
            placed[child] = school
            left[school] -= 1

    def queue_up(children, key):
        for school in ZONED[stage]:
            own = sorted(
                (c for c in children if rows[c]["school_id"] == school),
                key=lambda c: (*key(rows[c]), ticket(seed, school, c)),
            )
            serve(own, school, left, placed)

    def moved(children, *, ranked, **ways):
        def place(child, school):
            row = rows[child]
            rank = row["tier_rank"] if ranked else 0
            return rank, ONLINE[row["channel"]], row["submitted_at"], ticket(seed, school, child)

        settle(walk({c: vacancies(c, **ways) for c in children}, place, left))

    def draw_lots():
        # 三(二) 优先满足本县学生；剩余学位录取县外唐山市内生源；附件2 忠德小学：本县；三(三)5 补录
        steps = [("private-county", "district"), ("private-city", "city"), ("private-supplement", "district")]
        for stream, origin in steps:
            late = stream == "private-supplement"
            able = ("registered", "out_of_window") if late else ("registered",)  # 三(三)3 民办报名时间另定
            for school in PRIVATE[stage]:
                if school == "Z" and origin == "city":
                    continue
                queue = [c for c, s in private.items() if s == school and rows[c]["origin"] == origin]
                queue = [c for c in queue if rows[c]["status_private"] in able and placed.get(c) != school]
                queue = [c for c in queue if not (late and c in placed)]
                for child in sorted(queue, key=lambda c, s=school: ticket(seed, f"{stream}/{s}", c)):
                    if left[school] > 0:
                        if child in placed:
                            left[placed[child]] += 1  # the public seat is released
                        placed[child] = school
                        left[school] -= 1

    # 二(四)4 确保所有现役军人子女按时顺利入学
    for school in everywhere:
        cared = [c for c in standing if rows[c]["special"] == "yes" and public.get(c, rows[c]["school_id"]) == school]
        serve(sorted(cared, key=lambda c, s=school: (rows[c]["tier_rank"], ticket(seed, s, c))), school, left, placed)
    # 二(三)1(1) 报名录取顺序以时间先后为准，先录取线上报名学生，后录取线下报名学生；二(一) 依次顺位
    if order == "rank,channel,ts":
        every = free(*FIRST, "4", *LAST)
        queue_up(every, lambda row: (row["tier_rank"], ONLINE[row["channel"]], row["submitted_at"]))
    else:
        rank = (lambda row: (row["tier_rank"],)) if order == "channel,rank,ts" else lambda _: ()
        online = [c for c in free(*FIRST, "4", *LAST) if rows[c]["channel"] == "online"]
        queue_up(online, lambda row: (*rank(row), row["submitted_at"]))
        queue_up(free(*FIRST, "4", *LAST), lambda row: (*rank(row), ONSITE[row["channel"]], row["submitted_at"]))
    if refilled:
        draw_lots()
    # 二(一) 如片内学校学位不足，由县教育局调剂到相对就近的学校入学；顺位在前的在先
    moved(free(*FIRST), ranked=True, among=everywhere)
    # 二(二)4 随迁子女：其它实验小学一律不得接收；不能取得居住证的可安排在城区周边学校
    moved(free("4"), ranked=False, among=MIGRANTS[stage], wished_first=True)
    moved(free(*LAST), ranked=True, among=everywhere)
    moved(free("N"), ranked=False, among=VILLAGE[stage], own_first=False, wished_first=True)
    if not refilled:
        draw_lots()
    return placed


@pytest.fixture(scope="module")
def laoting():
    return policy.load("laoting-2025")


@pytest.mark.parametrize("seed", range(8))
def test_two_hundred_small_towns_come_out_as_by_hand(laoting, seed):
    order, freed = ORDERS[seed % 3], ["refilled", "empty"][seed % 2]
    rules = policy.under(laoting, {"lt.order": order, "lt.freed": freed})
    people, filed, seats = county(rules, seed)
    district = lane(rules, schools(), seats, filed)
    outcome = admission.run(people, district, rules, seed=str(seed))
    assert admission.check(outcome, people, district, rules) == []
    expected = by_hand(people, filed, seats, str(seed), order=order, refilled=freed == "refilled")
    assert outcome.children["school_id"].dropna().to_dict() == expected
