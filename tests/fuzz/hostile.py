"""A town in whose texts somebody has hidden pages, programs, formulas and templates; and what of it would live."""

import csv
import io
import re
import zipfile
from html.parser import HTMLParser

import pypdf

from tests.fuzz import rule_damage
from zhaosheng_analysis.demo import little_town
from zhaosheng_analysis.schema import TABLES

# What a browser asks for, or runs, when it stands in one of these; anywhere else (a label) it is words.
ASKING = {
    "src",
    "srcset",
    "href",
    "xlink:href",
    "action",
    "formaction",
    "data",
    "poster",
    "background",
    "style",
    "content",
}
HOST = "http://127.0.0.1:9/"
TEXTS = (
    f'<img src="{HOST}i.png">',
    f"<script src={HOST}s.js></script>",
    f'=HYPERLINK("{HOST}h")',
    f"![x]({HOST}m.png)",
    f"[x]({HOST}l)",
    "[x](javascript:alert(1))",
    '#read("/etc/passwd")',
    '#image("/etc/passwd")',
    "*b* _i_ $x$ `c` \\ @a <l>",
    "</table></div><b onmouseover=alert(1)>",
    "{{ 7*7 }}{% x %}",
    f"<style>@import url({HOST}c.css)</style>",
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "&lt;script&gt;",
    "]]>",
    "//x /* y",
    "'); DROP TABLE x;--",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "\t=1+1",
    "DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe",
    f'{{ INCLUDETEXT "{HOST}t" }}',
    "甲\u202e乙gnp.\u202c",
)
# What a text may stand in: it ends what is around it, or begins what is not there.
AROUND = (
    ("", ""),
    ('"', '"'),
    ("'", "'"),
    ("-->", ""),
    ("</script>", ""),
    ("</style>", ""),
    ("</title>", ""),
    ("</textarea>", ""),
    ("| ", " |"),
    ("[", ")"),
    ("](", ")"),
    ("`", "`"),
    ("\\", "\\"),
    ("${", "}"),
    ("#[", "]"),
    ("<!--", ""),
)
MANY = tuple(f"{before}{text}{after}" for before, after in AROUND for text in TEXTS)
#: What a rule file says in free words.
WORDS = ("title", "question", "why", "what", "effect", "note", "reading")
#: Texts that are read as a grammar, and refused where they are none.
READ = {"assume"}


def rules(data, texts=MANY, start=0):
    """Put hostile texts into the free words of a rule file, in place; return how many."""
    number = start
    for path in [path for path in rule_damage.places(data) if path[-1] in WORDS]:
        if isinstance(rule_damage.at(data, path), str):
            rule_damage.at(data, path[:-1])[path[-1]] = marked(texts, number)
            number += 1
    return number - start


def town(texts=TEXTS, start=0):
    """Return the frames and facts of the nine-plot town with a text of these, numbered, in every cell of every text."""
    frames = little_town.town_layers() | little_town.town_tables() | little_town.town_past()
    return planted(frames, texts, start), dict(little_town.ABOUT) | {"name": f"{texts[0]}镇"}


def planted(frames, texts, start=0):
    """Return frames with a text of these, each with its own mark, in every cell of every column of words."""
    number, changed = start, {}
    for table, frame in frames.items():
        changed[table] = frame.copy()
        for column in (it.name for it in TABLES[table].columns.values() if it.kind == "text" and it.name not in READ):
            changed[table][column] = [marked(texts, number + row) for row in range(len(frame))]
            number += len(frame)
    return changed


def marked(texts, number):
    """Return a text of these with its number, which is found again wherever it goes."""
    return f"{texts[number % len(texts)]}Q{number}Q"


def marks(content):
    """Return the numbers of the texts that stand in some bytes."""
    return set(map(int, re.findall(rb"Q(\d{1,4})Q", content)))


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.living = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            value = value or ""
            asks = name in ASKING and (HOST in value or value.startswith("javascript:"))
            if asks or (name.startswith("on") and "alert" in value):
                self.living.append(f"<{tag} {name}={value[:60]}>")


def _acts(content):
    """Return what a PDF would do: every action, file and address in it, also inside its packed objects."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    found = []
    for number in range(1, len(reader.xref_objStm) + sum(map(len, reader.xref.values())) + 1):
        thing = reader.get_object(number)
        if isinstance(thing, dict):
            found += [key for key in ("/JS", "/Launch", "/URI", "/EmbeddedFile", "/OpenAction", "/AA") if key in thing]
            found += [str(thing["/S"])] if thing.get("/S") in ("/JavaScript", "/Launch", "/URI", "/GoToR") else []
    return found


def living(name, content):
    """Return what of a file would ask, run or count when it is opened."""
    if name.endswith(".html"):
        page = _Page()
        page.feed(content.decode())
        return page.living + ([] if b"Content-Security-Policy" in content else [f"{name} may ask for anything"])
    if name.endswith(".csv"):
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        return [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-(?!\d+(\.\d+)?$)", cell)]
    if name.endswith(".docx"):
        package = zipfile.ZipFile(io.BytesIO(content))
        parts = [package.read(part) for part in package.namelist()]
        fields = [field for part in parts for field in re.findall(rb"<w:instrText[^>]*>([^<]*)<", part)]
        outside = [name for part in parts if re.search(rb"TargetMode=.External|<w:altChunk", part)]
        return outside + [field for field in fields if field.strip() not in (b"PAGE", b"NUMPAGES")]
    if name.endswith(".pdf"):
        return _acts(content)
    if name.endswith(".svg"):
        return re.findall(rb"<script|\son\w+=|href=.(?!#|data:)", content)
    if name.endswith(".xlsx"):
        package = zipfile.ZipFile(io.BytesIO(content))
        parts = [package.read(part) for part in package.namelist()]
        return [name for part in parts if re.search(rb"<f[ >]|TargetMode=.External", part)]
    return []
