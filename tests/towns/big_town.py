"""A made-up county of 5,041 units and 64 schools for the planner's page: a chessboard of 71 by 71, drawn directly."""

import random

from zhaosheng_analysis import report, texts
from zhaosheng_analysis.redraw import objective

SIDE, PLOT_M, YEARS, SEATS = 71, 100, (2026, 2027, 2028, 2029, 2030), 700
GATES = [(8 * (n % 8) + 7, 8 * (n // 8) + 7) for n in range(64)]


def ring(x: int, y: int) -> list[list[int]]:
    """Return the outline of a unit, six points a side, northing first."""
    left, low, step = x * PLOT_M, y * PLOT_M, PLOT_M // 5
    south = [[low + (n % 2), left + n * step] for n in range(5)]
    east = [[low + n * step, left + PLOT_M + (n % 2)] for n in range(5)]
    north = [[low + PLOT_M + (n % 2), left + n * step] for n in range(5, 0, -1)]
    west = [[low + n * step, left + (n % 2)] for n in range(5, 0, -1)]
    return south + east + north + west


def point(x: float, y: float) -> list[float]:
    """Return a place on the chessboard, northing first."""
    return [PLOT_M * y, PLOT_M * x]


def board() -> dict:
    """Return what the page draws: every unit with the nearest school, over five years."""
    chance, places = random.Random(1), [(x, y) for y in range(SIDE) for x in range(SIDE)]
    walks = [[PLOT_M * (abs(x - a) + abs(y - b)) for a, b in GATES] for x, y in places]
    start = [[min(range(64), key=row.__getitem__)] for row in walks]
    pairs = [(u, u + 1) for u, (x, _) in enumerate(places) if x + 1 < SIDE]
    pairs += [(u, u + SIDE) for u, (_, y) in enumerate(places) if y + 1 < SIDE]
    roots = [b * SIDE + a for a, b in GATES]
    corner = SIDE * PLOT_M
    return {
        "district": {"id": "big", "name": "大县"},
        "policy": "big-2026",
        "stage": "primary",
        "valid_from": "2026-05-01",
        "years": YEARS,
        "lines": {"yellow": 0.9, "red": 1.0},
        "sizes": {"over": 46, "oversized": 56, "super": 66},
        "tones": texts.labels.book()["tones"],
        "tints": report.redraw_page.TINTS,
        "streets": [],
        "locked": [],
        "key": "big",
        "boundary": [[[[0, 0], [0, corner], [corner, corner], [corner, 0]]]],
        "views": [["全县", [[0, 0], [corner, corner]]]],
        "borders": [[a, b, [point(*places[b]), point(places[a][0] + 1, places[a][1] + 1)]] for a, b in pairs],
        "units": [
            {"id": f"u{n}", "name": f"{n}号村", "rings": [[ring(x, y)]], "today": "", "at": point(x + 0.5, y + 0.5)}
            for n, (x, y) in enumerate(places)
        ],
        "terms": [
            {"term": term, "label": told[0], "unit": told[1], "weight": 1} for term, told in objective.TERMS.items()
        ],
        "scenarios": [
            {
                "name": "",
                "scenario": None,
                "start": start,
                "options": [],
                "edges": [[a, b, 0.1] for a, b in pairs],
                "hinges": [{"term": term, "sign": 1, "at": [[SEATS] * 5] * 64} for term in objective.LOADS],
                "members": [
                    {
                        "row": n,
                        "pupils": [chance.randint(0, 16) for _ in YEARS],
                        "walks": walk,
                        "keeps": "",
                        "stays": None,
                    }
                    for n, walk in enumerate(walks)
                ],
                "rows": [{"changed": [0] * 64, "allowed": [1] * 64, "firm": n in roots} for n in range(len(places))],
                "schools": [
                    {
                        "id": f"s{n}",
                        "name": f"第{n + 1}小学",
                        "short": f"第{n + 1}小学",
                        "row": roots[n],
                        "tint": n % 8,
                        "at": point(x + 0.5, y + 0.5),
                        "seats": [SEATS] * 5,
                        "classes": 16,
                        "given": [0] * 5,
                    }
                    for n, (x, y) in enumerate(GATES)
                ],
            }
        ],
    }
