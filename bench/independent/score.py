"""Counts what an audit of generate.py's capture found, by depth.

    python3 score.py DIRECTORY [--misses]

Reads truth.json and audit.json there. Entries are told apart by their time, a
millisecond each.
"""

import collections
import json
import pathlib
import sys

out = pathlib.Path(sys.argv[1])
truth = json.loads((out / "truth.json").read_text())
found = collections.defaultdict(set)
for t in json.loads((out / "audit.json").read_text())["transfers"]:
    value = t.get("persona_value")
    if value is None or value < 0 or t["grade"] == "C":
        continue
    clock, _, fraction = t["time"][11:-1].partition(".")
    h, m, s = map(int, clock.split(":"))
    found[((h * 60 + m) * 60 + s) * 1000 + int((fraction + "000")[:3])].add(value)

sent, got, misses = collections.Counter(), collections.Counter(), []
for i, x in enumerate(truth):
    plain = "xor, four bytes" not in x["layers"]
    for kind in ["all", "without keys of four bytes"][: 1 + plain]:
        sent[kind, x["depth"]] += 1
        got[kind, x["depth"]] += x["value"] in found[i]
    if x["value"] not in found[i]:
        misses.append((x["depth"], " > ".join(x["layers"]), x["carrier"]))
for kind in ["all", "without keys of four bytes"]:
    print(kind + ":", ", ".join("depth %d: %.1f %% of %d" % (d, 100 * got[k, d] / n, n) for (k, d), n in sorted(sent.items()) if k == kind))
if "--misses" in sys.argv:
    for m in sorted(misses):
        print(*m, sep="\t")
