"""Changes to the rule file of a district that make no sense: each must be refused; the word is what is said."""

import copy
import datetime as dt
import math

REFUSED = {}


def refused(word):
    return lambda change: REFUSED.setdefault(change.__name__, (change, word)) and change


@refused("警戒线")
def a_red_line_nobody_reaches(rules):
    rules["warning"]["red"] = math.inf


@refused("警戒线")
def a_red_line_below_nothing(rules):
    rules["warning"]["red"] = -1


@refused("警戒线")
def yellow_above_red(rules):
    rules["warning"]["yellow"], rules["warning"]["red"] = 1.0, 0.9


@refused("residence")
def no_way_to_a_school(rules):
    rules["residence"] = []


@refused("rounds")
def no_round(rules):
    rules["rounds"] = []


@refused("rounds")
def rounds_in_reverse(rules):
    rules["rounds"].reverse()


@refused("早于|晚于")
def a_window_that_closes_before_it_opens(rules):
    window = next(item for item in rules["windows"] if "opens" in item and "closes" in item)
    window["opens"], window["closes"] = dt.date(2025, 7, 9), dt.date(2025, 7, 7)


@refused("年")
def a_window_of_another_century(rules):
    rules["windows"][0]["closes"] = dt.date(1925, 6, 30)


@refused("年")
def a_cut_off_before_anybody_was_born(rules):
    rules["dates"]["age"]["on"] = dt.date(1919, 8, 31)


@refused("年")
def a_cut_off_of_another_century(rules):
    rules["dates"]["town_hukou"]["on"] = dt.date(2124, 8, 31)


@refused("intake_year")
def an_intake_of_another_millennium(rules):
    rules["intake_year"] = 1025


@refused("班额")
def classes_of_nobody(rules):
    rules["capacity"]["standard"]["primary"] = 0


@refused("班额")
def classes_of_fewer_than_nobody(rules):
    rules["capacity"]["standard"]["primary"] = -45


@refused("班额")
def a_standard_class_that_is_oversized(rules):
    rules["capacity"]["standard"]["primary"] = 66


@refused("rounds")
def two_rounds_of_one_name(rules):
    rules["rounds"].append(copy.deepcopy(rules["rounds"][0]))


@refused("cases")
def two_cases_of_one_name(rules):
    rules["cases"].append(copy.deepcopy(rules["cases"][0]) | {"expect": {"tier": "6"}})


@refused("parameters")
def two_parameters_of_one_name(rules):
    rules["parameters"].append(copy.deepcopy(rules["parameters"][0]))


@refused("windows")
def one_window_twice(rules):
    window = next(item for item in rules["windows"] if item["name"] == "registration")
    rules["windows"].append(copy.deepcopy(window))


@refused("order")
def a_tier_that_comes_twice(rules):
    rules["tiers"]["order"].append(rules["tiers"]["order"][0])


@refused("facts")
def an_answer_that_stands_twice(rules):
    rules["facts"]["home"].append("town")


@refused("facts")
def a_fact_without_answers(rules):
    rules["facts"]["home"] = []


@refused("选项")
def a_parameter_without_options(rules):
    item = next(item for item in rules["parameters"] if item.get("options"))
    item["options"] = []


@refused("参数")
def an_option_that_stands_twice(rules):
    item = next(item for item in rules["parameters"] if item.get("options"))
    item["options"].append(item["options"][0])


@refused("checks")
def one_check_twice(rules):
    rules["checks"].insert(0, copy.deepcopy(rules["checks"][0]))


@refused("residence")
def one_way_to_a_school_twice(rules):
    rules["residence"].insert(0, copy.deepcopy(rules["residence"][0]))


@refused("id")
def an_id_that_is_a_path(rules):
    rules["id"] = "../../outside"


@refused("owners")
def homes_nobody_owns(rules):
    rules["home"]["owners"] = []


@refused("相同")
def one_row_a_thousand_times(rules):
    head, first, *rest = rules["tiers"]["parts"][1]["rows"].strip("\n").split("\n")
    rules["tiers"]["parts"][1]["rows"] = "\n".join([head, *[first] * 1000, *rest])


@refused("无法逐一证明")
def sixteen_switches(rules):
    switches = [f"x.switch_{n}" for n in range(16)]
    for name in switches:
        about = {"question": "？", "why": "。", "default": True, "options": [True, False]}
        rules["parameters"].append({"name": name, **about})
    lines = rules["tiers"]["parts"][1]["rows"].strip("\n").split("\n")
    at = [cell.strip() for cell in lines[0].split("|")].index("when")
    cells = lines[1].split("|")
    cells[at] = ",".join(f"{name}=true" for name in switches)
    rules["tiers"]["parts"][1]["rows"] = "\n".join([lines[0], "|".join(cells), *lines[2:]])


@refused("title：是空的")
def a_notice_without_a_title(rules):
    rules["title"] = " "


@refused("not_modelled 第1项.what：是空的")
def nothing_that_is_not_modelled(rules):
    rules["not_modelled"][0]["what"] = ""


@refused("district：写成了")
def a_district_that_is_a_clause(rules):
    rules["district"] = "二(二)4"


@refused("issued_on：为 1925-06-10")
def a_notice_of_another_century(rules):
    rules["issued_on"] = dt.date(1925, 6, 10)


@refused("写了两次：junior")
def a_window_that_names_a_stage_twice(rules):
    next(item for item in rules["windows"] if "junior" in item.get("stage", ()))["stage"].append("junior")


@refused("assumed：没有「redd」")
def a_line_that_is_assumed_and_is_none(rules):
    rules["warning"]["assumed"].append("redd")


@refused("长过一年")
def a_window_that_is_open_for_years(rules):
    rules["windows"][0]["opens"] = dt.date(2024, 7, 7)
    rules["windows"][0]["closes"] = dt.date(2026, 7, 9)


@refused("却没有一天在这一年")
def rules_of_last_year(rules):
    rules["intake_year"] = 2026


@refused("cases.*日期为 2125")
def a_case_of_another_century(rules):
    case = next(case for case in rules["cases"] if "submitted_at" in case.get("evidence", {}))
    case["evidence"]["submitted_at"] = dt.datetime(2125, 7, 24, 12, 0)


@refused("有限的数")
def a_number_without_end(rules):
    rules["parameters"][0]["options"].append(math.inf)


@refused("also：写成了 3")
def a_case_that_is_a_number_also(rules):
    rules["cases"][0]["also"] = 3


@refused("set：写成了 3")
def a_case_whose_setting_is_a_number(rules):
    rules["cases"][0]["also"] = [{"set": 3, "expect": {}}]


@refused("must not：条件写成了")
def a_condition_that_is_a_number(rules):
    rules["checks"][0]["must"] = {"not": 3}


@refused("provisions：写成了")
def a_provision_that_is_a_number(rules):
    rules["tiers"]["provisions"] = {"1": 3}


@refused("key：写成了")
def a_key_that_a_switch_makes_a_number(rules):
    rules["rounds"][0]["key"] = {"parameter": rules["parameters"][0]["name"], "x": 3}


@refused("clause：写成了")
def a_clause_that_is_a_formula(rules):
    rules["not_modelled"][0]["clause"] = "=1+1"
