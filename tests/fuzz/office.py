"""Open files in LibreOffice as a reader would, and say what in them calculates, links or calls.

A file is written again as one flat XML, in which formulas, links, macros, fields and other programs have names.
"""

import re
import shutil
import subprocess

#: Formulas of a table are read from a CSV too: the worst that a reader can choose.
CSV = "CSV:44,34,76,1,,2052,false,true,false,false,false,-1,true"
LIVING = {
    "a formula": rb'table:formula="[^"]*"',
    "a link": rb'xlink:href="(?!#|\.\./|Pictures/)[^"]+"',
    "another program": rb"office:dde-source[^>]*|text:dde-connection[^>]*|draw:applet[^>]*|draw:plugin[^>]*",
    "a macro": rb"script:event-listener[^>]*|script:module[^>]*",
    "a field": rb"<text:(?:database|execute-macro|hidden|include|script)[^>]*",
}


def living(paths, place):
    """Return what of each file would do something, by its name; pages are left to a browser."""
    found = {}
    for number, path in enumerate(paths):
        copy = place / f"{number}{path.suffix}"
        shutil.copyfile(path, copy)
        done = written_again(copy, place)
        alive = {kind: hits for kind, pattern in LIVING.items() if (hits := re.findall(pattern, done))}
        found |= {path.name: alive} if alive else {}
    return found


def written_again(path, place):
    """Return what LibreOffice makes of a file, in flat XML; its home is a folder of this run."""
    kind = "fodt" if path.suffix == ".docx" else "fods"
    words = ["soffice", f"-env:UserInstallation=file://{place}/home", "--headless", "--norestore"]
    words += [f"--infilter={CSV}"] if path.suffix == ".csv" else []
    words += ["--convert-to", kind, "--outdir", str(place / "again"), str(path)]
    subprocess.run(
        words, capture_output=True, timeout=300, check=True, env={"HOME": str(place), "PATH": "/usr/bin:/bin"}
    )
    return (place / "again" / f"{path.stem}.{kind}").read_bytes()
