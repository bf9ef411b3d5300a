"""The decoder against rule lists of nftables' own tests (NAME.t, NAME.t[.FAMILY].payload).

Each list goes into a network namespace of its own, rule by rule, so that one that is refused hides
no other. What the kernel took is read back by build/…/tools/nft_bytecode twice: by libnftnl and by
our decoder. Each expression is then

  decoded   our words for it are libnftnl's, and an element is the kernel's
  unknown   ours is the name alone, and the name is right
  MISREAD   anything else: a failure

The list's .payload is asked, too. Where it differs from libnftnl just as from us, this nft makes
other bytecode of the rule than the list's; that is counted and told, and no misreading.

Usage: corpus.py NFT_BYTECODE FOLDER [NAME…]"""

import collections
import ctypes
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import payload

CLONE_NEWNET = 0x40000000
TYPES = ("ct helper", "ct timeout", "ct expectation", "counter", "quota", "limit", "synproxy",
         "secmark")


# ---- a list ----

class Listed:
    """The chains, tables and lines of one NAME.t."""

    def __init__(self, path):
        self.chains, self.tables, self.lines, self.aside = {}, [], [], 0
        for line in path.read_text(errors="replace").splitlines():
            line = line.strip()
            kind = line[:1]
            if not line or kind == "#":
                continue
            if kind == ":":
                name, _, spec = line[1:].partition(";")
                self.chains[name] = spec
            elif kind == "*":
                family, table, chains = (line[1:].split(";") + ["", ""])[:3]
                self.tables.append((family, table, [c for c in chains.split(",") if c]))
            elif kind == "-":  # known not to work, by those who wrote the list
                self.aside += 1
            else:
                match = re.match(r"(.*?);\s*(ok|fail)\b", line)
                if match:
                    self.lines.append((match[1].strip(), match[2] == "ok"))


def braces(spec):
    """"type a : b flags interval" as nft wants it between braces."""
    parts = re.split(r"\s+(?=(?:flags|timeout|gc-interval|size|auto-merge|counter)\b)", spec)
    return "{ " + "; ".join(parts) + "; }"


def command(family, table, chain, line):
    """What nft is told for a line of a list, and whether that is a rule."""
    kind, rest = line[0], line[1:].strip()
    where = f"{family} {table}"
    if kind == "!":
        name, _, spec = rest.partition(" ")
        what = "map" if " : " in spec else "set"
        return f"add {what} {where} {name} {braces(spec)}", False
    if kind == "?":
        name, _, elements = rest.partition(" ")
        return f"add element {where} {name} {{ {elements} }}", False
    if kind == "%":
        name, _, spec = rest.partition(" type ")
        for what in TYPES:
            if spec == what or spec.startswith(what + " "):
                return f"add {what} {where} {name} {spec[len(what):]}", False
    return f"add rule {where} {chain} {line}", True


# ---- loading it: a process of its own, in a namespace of its own ----

class Nft:
    def __init__(self):
        self.lib = ctypes.CDLL("libnftables.so.1")
        self.lib.nft_ctx_new.restype = ctypes.c_void_p
        self.lib.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
        self.ctx = ctypes.c_void_p(self.lib.nft_ctx_new(0))
        self.lib.nft_ctx_buffer_error(self.ctx)
        self.lib.nft_ctx_buffer_output(self.ctx)

    def run(self, text):
        """None, or why not."""
        if self.lib.nft_run_cmd_from_buffer(self.ctx, text.encode()) == 0:
            return None
        error = self.lib.nft_ctx_get_error_buffer(self.ctx).decode(errors="replace")
        return error.splitlines()[0] if error else "no reason given"


def load(listed, tool, skip, at_file, result_file):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    os.environ["TZ"] = "UTC-2"  # as the bytecode of the lists was made
    nft, taken, answers, number = Nft(), [], [], 0

    def tell(text):
        nonlocal number
        number += 1
        if number in skip:
            return "nft itself died of it"
        os.pwrite(at_file, b"%-12d" % number, 0)
        return nft.run(text)

    for family, table, chains in listed.tables:
        tell(f"add table {family} {table}")
        for chain in chains:
            tell(f"add chain {family} {table} {chain} {{ {listed.chains.get(chain, '')}; }}")
    for line, good in listed.lines:
        for family, table, chains in listed.tables:
            for chain in chains:
                text, is_rule = command(family, table, chain, line)
                why = tell(text)
                if is_rule:
                    answers.append((good, why))
                    if why is None:
                        taken.append((family, table, chain, line))
                else:
                    break  # sets and objects belong to the table
    tool = subprocess.run([tool], capture_output=True, text=True, errors="surrogateescape")
    json.dump({"taken": taken, "answers": answers, "out": tool.stdout,
               "error": tool.stderr if tool.returncode else ""}, result_file)
    result_file.flush()


def load_apart(listed, tool):
    """Again without the line that killed the process, as often as it takes."""
    skip = set()
    while True:
        with tempfile.TemporaryFile() as at, tempfile.TemporaryFile("w+") as result:
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    load(listed, tool, skip, at.fileno(), result)
                    code = 0
                finally:
                    sys.stderr.flush()
                    os._exit(code)
            status = os.waitpid(child, 0)[1]
            if os.WIFSIGNALED(status):
                skip.add(int(os.pread(at.fileno(), 12, 0)))
                continue
            if status:
                raise RuntimeError("the loading of a list failed")
            result.seek(0)
            return json.load(result)


# ---- what came back ----

class Rule:
    def __init__(self):
        self.kernel, self.ours, self.exact, self.lost = [], [], [], []


def dump_read(text):
    rules, sets, at = collections.defaultdict(list), {}, None
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        rest = rest.rstrip()
        if kind == "rule":
            family, table, chain, _ = rest.split(" ")
            at = Rule()
            rules[family, table, chain].append(at)
        elif kind == "set":
            family, table, name, flags, fields = rest.split(" ")
            at = {"interval": "interval" in flags, "fields": int(fields), "k": [], "o": []}
            sets[family, table, name] = at
        elif kind == "K":
            at.kernel.append(rest)
        elif kind == "O":
            at.ours.append(rest)
        elif kind == "X":
            at.exact.append(rest)
        elif kind == "L":
            at.lost.append(rest)
        elif kind in ("k", "o"):
            at[kind].append(rest)
    return rules, sets


# The default level of a log is none to us (decode.h).
EVENED_OUT = r"log 5 00000004 -"
IDLE = re.compile(r"byteorder reg (\d+) = \w+\(reg (\d+), (\d+), (\d+)\)")


def is_idle(text):
    """What the decoder leaves out on purpose (decode.h): it swaps less than its own unit."""
    match = IDLE.match(text)
    return match and match[1] == match[2] and int(match[4]) < int(match[3])


def joined(elements):
    """The kernel's ends and starts of lone intervals as intervals, by a way of our own: each
    start lasts until the next key, of whatever kind."""
    found, keys = [], []
    for element in elements:
        key, _, flags, data = element.split(" ", 3)
        if key == "-":
            found.append(f"- - {data}")
        else:
            keys.append((bytes.fromhex(key), not int(flags) & 1, data))
    keys.sort(key=lambda it: it[:2])
    for i, (key, starts, data) in enumerate(keys):
        if starts:
            behind = keys[i + 1][0] if i + 1 < len(keys) else b"\0" * len(key)
            last = (int.from_bytes(behind, "big") - 1) % (1 << 8 * len(key))
            found.append(f"{key.hex()} {last.to_bytes(len(key), 'big').hex()} {data}")
    return sorted(found)


def elements_are_same(held):
    if held["interval"] and held["fields"] == 1:
        return joined(held["k"]) == sorted(held["o"])
    plain = []
    for element in held["k"]:
        key, end, _, data = element.split(" ", 3)
        if held["interval"] and end == "-" and key != "-":
            end = key
        plain.append(f"{key} {end} {data}")
    return sorted(plain) == sorted(held["o"])


# ---- judging ----

class Tally:
    def __init__(self):
        self.decoded, self.unknown = collections.Counter(), collections.Counter()
        self.misread, self.idle, self.elements, self.sets = [], 0, 0, 0
        self.taken = self.kernel_refused = self.nft_refused = self.fails = self.strange = 0
        self.why, self.aside = collections.Counter(), 0
        self.as_listed = self.not_listed = 0
        self.otherwise = []

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def words_are_same(theirs, ours):
    """libnftnl says "unknown" for a key that is younger than it is, and nothing at all of a few
    fields; it never says more than we do."""
    left = iter(ours.split())
    return all(any(word in (here, "unknown") for here in left) for word in theirs.split())


def rule_judge(tally, rule, where, text):
    for lost in rule.lost:
        if not re.fullmatch(EVENED_OUT, lost):
            tally.misread.append((where, text, f"attribute {lost}", " | ".join(rule.exact)))
    kernel = [line for line in rule.kernel if not is_idle(line)]
    tally.idle += len(rule.kernel) - len(kernel)
    rule.kernel = kernel
    if len(kernel) != len(rule.ours):
        tally.misread.append((where, text, " | ".join(rule.kernel), " | ".join(rule.ours)))
        return
    for theirs, ours in zip(kernel, rule.ours):
        name = theirs.split(" ")[0]
        if ours == "? " + name:
            tally.unknown[name] += 1
        elif words_are_same(theirs, ours):
            tally.decoded[name] += 1
        else:
            tally.misread.append((where, text, theirs, ours))


def payload_judge(tally, blocks, rule, sets, where, text):
    of_family = [b for b in blocks if b[0] == where[0]]
    ours = [theirs if line.startswith("? ") else line
            for theirs, line in zip(rule.kernel, rule.exact)]
    if any(payload.block_fits(b, ours, sets, where) for b in of_family or blocks):
        tally.as_listed += 1
    elif not of_family:  # another family's needs other dependencies
        tally.not_listed += 1
    elif any(payload.block_fits(b, payload.exact_of_kernel(rule), sets, where) for b in of_family):
        tally.misread.append((where, text, "as listed", " | ".join(rule.exact)))
    else:
        tally.otherwise.append((where, text, " | ".join(of_family[0][1]), " | ".join(rule.exact)))


def answers_judge(tally, answers):
    for good, why in answers:
        if why is None:
            tally.taken += 1
            tally.strange += not good
        elif not good:
            tally.fails += 1
        elif "Could not process rule" in why:
            tally.kernel_refused += 1
            tally.why["kernel: " + why.split(": ")[-1]] += 1
        else:
            tally.nft_refused += 1
            tally.why["nft: " + re.sub(r"['\"‘’].*?['\"‘’]|0x\w+|\d+", "…", why)[:60]] += 1


def list_judge(path, tool):
    listed, tally = Listed(path), Tally()
    result = load_apart(listed, tool)
    tally.aside = listed.aside
    answers_judge(tally, result["answers"])
    if result["error"]:
        tally.misread.append((("", "", ""), "the whole list", "read by libnftnl", result["error"]))
        return tally
    rules, sets = dump_read(result["out"])
    blocks = payload.blocks_read(path.parent, path.name[:-2])
    for family, table, chain, text in result["taken"]:
        where = (family, table, chain)
        rule = rules[where].pop(0) if rules[where] else None
        if rule is None:
            tally.misread.append((where, text, "taken", "not in the dump"))
            continue
        rule_judge(tally, rule, where, text)
        payload_judge(tally, blocks.get(text, []), rule, sets, where, text)
    for where, rest in rules.items():
        if rest:
            tally.misread.append((where, "", f"{len(rest)} rules more than were taken", ""))
    for where, held in sets.items():
        tally.sets += 1
        tally.elements += len(held["o"])
        if not elements_are_same(held):
            tally.misread.append((where, "elements", "; ".join(held["k"]), "; ".join(held["o"])))
    return tally


# ---- telling ----

def tell_list(name, tally):
    known, unknown = sum(tally.decoded.values()), sum(tally.unknown.values())
    print(f"{'FAIL' if tally.misread else 'ok  '} {name}: {tally.taken} rules taken, "
          f"{tally.kernel_refused} refused by the kernel, {tally.nft_refused} by nft, "
          f"{tally.fails} refused as listed; {known} expressions decoded, {unknown} unknown, "
          f"{len(tally.misread)} misread; {tally.elements} elements; payload: "
          f"{tally.as_listed} as listed, {len(tally.otherwise)} otherwise, "
          f"{tally.not_listed} not listed")
    for where, text, theirs, ours in tally.misread[:20]:
        print(f"     MISREAD {' '.join(where)}: {text}\n       kernel: {theirs}\n"
              f"       we:     {ours}")


def tell_all(all_lists):
    print(f"\n     {'expression':<14}{'decoded':>9}{'unknown':>9}")
    for name in sorted(set(all_lists.decoded) | set(all_lists.unknown)):
        print(f"     {name:<14}{all_lists.decoded[name]:>9}{all_lists.unknown[name]:>9}")
    print(f"     {'all':<14}{sum(all_lists.decoded.values()):>9}"
          f"{sum(all_lists.unknown.values()):>9}")
    print(f"     {all_lists.idle} byteorders left out because they do nothing")
    print(f"     {all_lists.elements} elements in {all_lists.sets} sets and maps")
    print(f"     nft makes other bytecode than the list's of {len(all_lists.otherwise)} rules, "
          f"the same of {all_lists.as_listed}; {all_lists.not_listed} have none listed for their family")
    if all_lists.strange:
        print(f"     {all_lists.strange} rules taken that the lists expect to be refused")
    if all_lists.aside:
        print(f"     {all_lists.aside} lines set aside by the lists themselves")
    for why, count in all_lists.why.most_common():
        print(f"     {count:>5} refused, {why}")
    if os.environ.get("CORPUS_VERBOSE"):
        for where, text, theirs, ours in all_lists.otherwise:
            print(f"     OTHERWISE {' '.join(where)}: {text}\n       list: {theirs}\n"
                  f"       nft:  {ours}")
    print()


def main():
    tool, folder, names = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    all_lists, passed, failed = Tally(), 0, 0
    for path in sorted(folder.glob("*.t")):
        if names and path.name[:-2] not in names:
            continue
        tally = list_judge(path, tool)
        tell_list(path.name[:-2], tally)
        sys.stdout.flush()
        passed += not tally.misread
        failed += bool(tally.misread)
        all_lists.add(tally)
    tell_all(all_lists)
    good = all_lists.taken > 0
    print("ok   the kernel took rules of them" if good else "FAIL the kernel took no rule at all")
    print(f"corpus: {passed + good} passed, {failed + (not good)} failed")
    sys.exit(1 if failed or not good else 0)


main()
