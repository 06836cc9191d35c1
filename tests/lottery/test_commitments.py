"""Whoever organises a draw can choose nothing once the hash is published; both verifiers find whoever tampers.

The two share no line: `lottery.verify` makes every file again, ``verify.py`` has nothing but Python.
"""

import contextlib
import hashlib
import io
import json
import random
import struct
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhaosheng_analysis import lottery
from zhaosheng_analysis.lottery import commitments, rosters, seeds
from zhaosheng_analysis.schema import DataError

TERMS = {"school": "民校", "round": "第一轮", "plan": 6, "seed_form": "digits:6", "seed_source": "公证处摇号球"}
ROSTER = {f"F{n:04d}": 1 + (n % 4 == 0) for n in range(1, 11)}
SEED = "071231"
PROGRAM = compile(lottery.verifier(), "verify.py", "exec")
CHANGES = 1000


@pytest.fixture(scope="module")
def whole():
    """Return the files of a draw with twins on the list, and the published hash."""
    salts = {name: commitments.salt("k", name) for name in ROSTER}
    bound = {name: commitments.identity(salts[name], f"{name}|某人|1") for name in ROSTER}
    document = lottery.commit(ROSTER, identities=bound, **TERMS)
    notes = {"公证书": "2025-123"}
    return lottery.files(document, *lottery.draw(document, seed=SEED, notes=notes)), lottery.digest(document)


def alone(folder, *arguments, program=PROGRAM):
    """Run verify.py over a folder in this process; return its exit code and what it printed."""
    said = io.StringIO()
    said.reconfigure = lambda **_: None
    before, sys.argv = sys.argv, ["verify.py", *arguments]
    try:
        with contextlib.redirect_stdout(said):
            exec(program, {"__file__": str(folder / "verify.py"), "__name__": "__main__"})  # noqa: S102 - our own text
    except SystemExit as done:
        return int(done.code or 0), said.getvalue()
    finally:
        sys.argv = before
    return 0, said.getvalue()


def put(folder, contents):
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def leaves(data, path=()):
    """Yield the way to every value of a JSON document."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from leaves(value, (*path, key))


def changed_json(content, path, chance):
    """Change one value of a JSON document: another of its kind, another kind, gone, or one more beside it."""
    data = json.loads(content)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    old = inner[path[-1]]
    near = old + 1 if isinstance(old, int) else old + "\u2028" if isinstance(old, str) else [old]
    way = chance.randrange(6)
    if way == 5 and isinstance(inner, dict):
        inner["another"] = 1
    elif way == 4:
        del inner[path[-1]]
    else:
        inner[path[-1]] = (near, None, {}, str(old) if not isinstance(old, str) else old.swapcase() + "0")[way % 4]
    return (json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def changed_bytes(content, chance):
    """Change, drop, double or move some bytes of a file."""
    at, way = chance.randrange(len(content)), chance.randrange(7)
    lines = content.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    return (
        content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :],
        content[:at] + content[at + 1 :],
        content[:at] + chance.choice([b"\xe2\x80\xa8", b"\xe2\x80\x8b", b"\r", b"\x00", b"\xff", b" "]) + content[at:],
        content[:at],
        b"\n".join([*lines[: one + 1], lines[one], *lines[one + 1 :]]),
        b"\n".join([lines[other] if n == one else lines[one] if n == other else line for n, line in enumerate(lines)]),
        content.replace(b"\n", b"\r\n"),
    )[way]


def tampered(contents, chance):
    """Yield the name of a file and what somebody made of it, every field of every file in turn, then bytes anywhere."""
    documents = [name for name in contents if name.endswith(".json")]
    fields = [(name, path) for name in documents for path in leaves(json.loads(contents[name])) if path[0] != "notes"]
    for name, path in fields:
        yield name, changed_json(contents[name], path, chance)
    data = [name for name in contents if name != "verify.py"]
    while True:
        name = chance.choice(data)
        yield name, changed_bytes(contents[name], chance)


def but_for_notes(content):
    """Return a record without what it declares to be notes, or the bytes where it cannot be read."""
    try:
        data = json.loads(content)
        notes = data.pop("notes")
    except (ValueError, KeyError, AttributeError):
        return content
    formed = isinstance(notes, dict) and all(isinstance(word, str) for word in notes.values())
    again = json.dumps({**data, "notes": notes}, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    return data if formed and again.encode("utf-8", "surrogatepass") == content else content


def test_a_thousand_tamperings_are_found_by_both_verifiers(whole, tmp_path):
    contents, published = whole
    put(tmp_path, contents)
    assert alone(tmp_path, "--published", published, "--seed", SEED)[0] == 0
    tried = 0
    for name, content in tampered(contents, random.Random(17)):
        if content == contents[name] or (
            name == "draw.json" and but_for_notes(content) == but_for_notes(contents[name])
        ):
            continue
        with pytest.raises(DataError):
            lottery.verify(contents | {name: content}, published=published, seed=SEED)
        (tmp_path / name).write_bytes(content)
        code, said = alone(tmp_path, "--published", published, "--seed", SEED)
        assert (code, said[:5]) == (1, "WRONG"), (name, content)
        (tmp_path / name).write_bytes(contents[name])
        tried += 1
        if tried == CHANGES:
            break
    assert alone(tmp_path)[0] == 0


@pytest.mark.parametrize("name", lottery.FILES)
def test_a_missing_file_is_found_by_both(whole, tmp_path, name):
    contents, published = whole
    some = {other: content for other, content in contents.items() if other != name}
    with pytest.raises(DataError, match="没有这个文件"):
        lottery.verify(some, published=published, seed=SEED)
    if name != "verify.py":
        assert alone(put(tmp_path, some))[0] == 1


def test_notes_are_told_apart_and_may_change(whole, tmp_path):
    contents, published = whole
    noted = contents["draw.json"].replace(b"2025-123", b"2026-9")
    assert noted != contents["draw.json"]
    lottery.verify(contents | {"draw.json": noted}, published=published, seed=SEED)
    assert alone(put(tmp_path, contents | {"draw.json": noted}), "--published", published, "--seed", SEED)[0] == 0


def test_another_verifier_beside_the_draw_is_found(whole):
    contents, published = whole
    with pytest.raises(DataError, match=r"verify\.py"):
        lottery.verify(contents | {"verify.py": b"print('OK')"}, published=published, seed=SEED)


def test_the_program_runs_isolated_from_every_installed_package(whole, tmp_path):
    contents, published = whole
    put(tmp_path, contents)
    command = [
        sys.executable,
        "-I",
        "-S",
        str(tmp_path / "verify.py"),
        "Ｆ0004",
        "--published",
        published,
        "--seed",
        SEED,
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout[:3]) == (0, "OK:"), done.stderr
    ticket = hashlib.sha256(f"{SEED}|{published}|F0004".encode()).hexdigest()[:16]
    assert f"ticket {ticket}" in done.stdout


def test_a_family_checks_its_own_line_and_that_it_is_its_own(whole, tmp_path):
    contents, _ = whole
    put(tmp_path, contents)
    salt = commitments.salt("k", "F0004")
    code, said = alone(tmp_path, "f0004", "--salt", salt, "--identity", "F0004|某人|1")
    assert code == 0
    assert "bound to this child" in said
    assert alone(tmp_path, "F0004", "--salt", salt, "--identity", "F0004|别人|1")[0] == 1
    assert alone(tmp_path, "F0999")[0] == 1


def test_an_organiser_can_choose_nothing_after_the_publication(whole):
    """Every spelling of the seed is one draw; every other roster, plan, rule or source is another hash."""
    contents, published = whole
    document = json.loads(contents["commitment.json"])
    wanted = lottery.result_csv(lottery.draw(document, seed=SEED)[0])
    for spelling in ("07 12 31", "07,12,31", " 0 7、1 2；3 1\n"):
        assert lottery.result_csv(lottery.draw(document, seed=spelling)[0]) == wanted
    for spelling in ("71231", "0712310", "07-12-31", "０71231", "+71231", "071231.0", "0x7123"):
        with pytest.raises(DataError, match="种子"):
            lottery.draw(document, seed=spelling)
    rows = document["roster"]
    swapped = [[*rows[0][:3], rows[1][3]], [*rows[1][:3], rows[0][3]], *rows[2:]]
    others = [
        {"plan": 7},
        {"overflow": "stop"},
        {"school": "民校 "},
        {"round": "第二轮"},
        {"seed_source": "摇号球"},
        {"seed_form": "digits:7", "seed_how": seeds.how("digits:7")},
        {"roster": rows[1:]},
        {"roster": swapped},
    ]
    for other in others:
        forged = document | other
        files = lottery.files(forged, *lottery.draw(forged, seed=SEED + "0" * ("seed_form" in other)))
        with pytest.raises(DataError, match="公布的是"):
            lottery.verify(files, published=published, seed=SEED)


def test_a_published_document_that_is_no_commitment_is_refused_in_words():
    document = lottery.commit(ROSTER, **TERMS)
    row = document["roster"][0]
    for change in (
        {"plan": -1},
        {"plan": True},
        {"plan": "6"},
        {"overflow": "maybe"},
        {"version": "0"},
        {"tie": "mine"},
        {"x": 1},
        {"roster": []},
        {"roster": [row, row]},
        {"roster": [[1, "F1", 0, ""]]},
        {"roster": [[1, "F1\u2028", 1, ""]]},
        {"roster": [[1, "F1", True, ""]]},
        {"roster": [["F1"]]},
        {"roster": [[1, "F1", 1, "x"]]},
        {"seed_form": "mine"},
        {"roster": [[1, "F1", 1, ""], [2, "f1", 1, ""]]},
        {"seed_how": "as I like"},
        {"columns": ["family"]},
    ):
        content = commitments.canonical(document | change).encode()
        with pytest.raises(DataError):
            commitments.read(content, published=hashlib.sha256(content).hexdigest())
    for content in (b"", b"[]", b"null", b"\xff", b"{", json.dumps(document).encode()):
        with pytest.raises(DataError):
            commitments.read(content, published=hashlib.sha256(content).hexdigest())


def test_one_family_written_four_ways_is_refused():
    with pytest.raises(DataError, match="只有大小写、全半角或不可见字符之别"):
        lottery.commit({"F0001": 1, "Ｆ0001 ": 1, "f0001": 1, "F0001\u200b": 1}, **TERMS)
    content = "户号,人数\nF0001,1\nＦ0001,1\nf0002,1\nF0002,1\n".encode()
    with pytest.raises(DataError, match=r"重复|大小写"):
        rosters.read(content, "名册.csv")


@pytest.mark.parametrize("name", ["a,b", 'a"b', "=1+1", "@x", "a\u2028b", "", "a b", "<b>", "-1", "x" * 65, "a\nb"])
def test_a_number_that_could_be_something_else_is_refused(name):
    with pytest.raises(DataError, match="户号"):
        lottery.commit({name: 1, "F1": 1}, **TERMS)


def test_a_list_that_would_publish_identity_numbers_is_refused():
    with pytest.raises(DataError, match="身份证号") as caught:
        lottery.commit({"11010519491231002X": 1}, **TERMS)
    assert "19491231" not in str(caught.value)


def test_names_bind_the_line_and_never_leave():
    content = "报名号,姓名,身份证号,多胞胎编号\nc1,甲,11010519491231002X,\nc2,乙,,t1\nc3,丙,,t1\n".encode()
    roster = rosters.read(content, "名册.csv")
    assert roster.identities == {"c1": "c1|甲|11010519491231002X", "t1": "c2|乙|\nc3|丙|"}
    bound = {name: commitments.identity("s", words) for name, words in roster.identities.items()}
    text = commitments.canonical(lottery.commit(roster.families, identities=bound, **TERMS))
    assert "甲" not in text
    assert "19491231" not in text
    swapped = bound | {"c1": bound["t1"], "t1": bound["c1"]}
    other = lottery.commit(roster.families, identities=swapped, **TERMS)
    assert commitments.sha256(text) != lottery.digest(other)


def test_the_commitment_does_not_depend_on_the_order_of_the_roster():
    assert lottery.commit(ROSTER, **TERMS) == lottery.commit(dict(reversed(ROSTER.items())), **TERMS)


def test_a_round_of_drand_has_one_moment_and_one_text():
    assert seeds.due("drand:1000").isoformat() == "2023-08-23T15:59:24+00:00"
    text = "AB" * 32
    assert seeds.plain(text, "drand:1000") == text.lower()
    with pytest.raises(DataError, match="64 位"):
        seeds.plain(text[1:], "drand:1000")


def test_the_chain_is_the_one_its_hash_says():
    """The hash of a drand chain is that of its period, genesis, public key, first group and name, as published."""
    key = (
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2"
        "2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
    )
    group = "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e"
    first, second = (seeds.due(f"drand:{number}") for number in (1, 2))
    facts = struct.pack(">Iq", int((second - first).total_seconds()), int(first.timestamp()))
    bound = facts + bytes.fromhex(key) + bytes.fromhex(group) + b"quicknet"
    assert hashlib.sha256(bound).hexdigest() == seeds.CHAIN
    assert seeds.CHAIN in seeds.how("drand:1")


@given(st.text(max_size=12))
def test_the_plain_number_of_a_family_is_plain(name):
    plain = commitments.plain_family(name)
    assert commitments.plain_family(plain) == plain or not unicodedata.is_normalized("NFKC", plain)
    assert not [letter for letter in plain if unicodedata.category(letter) == "Cf"]


@given(st.binary(max_size=300), st.sampled_from(lottery.FILES))
def test_no_bytes_end_in_a_traceback(content, name):
    document = lottery.commit({"F1": 1}, **TERMS)
    whole = lottery.files(document, *lottery.draw(document, seed=SEED))
    if content != whole[name]:
        with pytest.raises(DataError):
            lottery.verify(whole | {name: content}, published=lottery.digest(document), seed=SEED)
