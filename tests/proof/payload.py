"""The bytecode that comes with a rule list (NAME.t[.FAMILY].payload), and whether a rule that was
read back is the one listed. For corpus.py.

Values are listed in the order of their type, which the lists do not tell; so a word may be the
register's bytes or those backwards."""

import collections
import re


def blocks_read(folder, name):
    """By the rule's text, each family's bytecode: (family or None, expressions, element lists)."""
    blocks = collections.defaultdict(list)
    for path in sorted(folder.glob(name + ".t*payload*")):
        of_file = path.name[len(name) + 2:].replace("payload", "").strip(".") or None
        text, block = None, None
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("# "):
                text, block = line[2:].strip(), None
            elif line.startswith("__"):
                if block is None or block[1]:
                    block = [of_file, [], []]
                    blocks[text].append(block)
                if not re.search(r" 0\s*$", line):
                    block[2].append([])
            elif line.startswith("\telement"):
                block[2][-1] += [e.strip() for e in line.split("element")[1:]]
            elif line.strip().startswith("["):
                if block is None:
                    block = [of_file, [], []]
                    blocks[text].append(block)
                block[1].append(line.strip()[1:-1].strip())
            elif line.strip():
                if block is None or block[1]:
                    block = [of_file, [], []]
                    blocks[text].append(block)
                block[0] = line.split()[0]
    return blocks


def bytes_fit(words, value):
    """Are these words, each shown in the order of its type, those bytes as a register has them?"""
    if bytes.fromhex("".join(words))[::-1] == value:  # a number longer than a word
        return True
    at = 0
    for word in words:
        shown = bytes.fromhex(word)
        held = value[at:at + len(shown)]
        if held not in (shown, shown[::-1]):
            return False
        at += len(shown)
        while at % 4 and at < len(value):  # a field of several ends with its slot
            if value[at]:
                return False
            at += 1
    return at == len(value) or not any(value[at:])


ANONYMOUS = re.compile(r"__(set|map|objmap)(\d+|%d)")
UNSAID = (("lookup", " 0x0"), ("log", " level 4"), ("dynset", " timeout 0ms"))


def said(text):
    """Without numbers of sets and without what only a kernel's dump says, not a list."""
    text = ANONYMOUS.sub("__", text)
    for name, unsaid in UNSAID:
        if text.startswith(name + " "):
            text = text.replace(unsaid, "")
    return text.split()


def text_fits(listed, exact):
    """A line of the list against ours with exact values."""
    listed, exact = said(listed), said(exact)
    while exact:
        word = exact.pop(0)
        if word.startswith("{"):
            words, bytes_left = [], len(word) // 2 - 1
            while listed and re.fullmatch(r"0x[0-9a-f]+", listed[0]) and bytes_left > 0:
                words.append(listed.pop(0)[2:])
                bytes_left -= len(words[-1]) // 2
            if not words or any(len(w) % 2 for w in words) or not bytes_fit(
                    words, bytes.fromhex(word[1:-1])):
                return False
        elif not listed or listed.pop(0) != word:
            return False
    return not listed


VERDICTS = {"drop": "verdict 0", "accept": "verdict 1", "continue": "verdict -1",
            "return": "verdict -5"}


def element_fits(listed, held):
    """"0016 . 0a000001 - … : data flags 1" against the kernel's "KEY END FLAGS DATA"."""
    listed = re.sub(r" flags \w+$", "", listed)
    key, _, data = listed.partition(" : ")
    first, _, last = key.partition(" - ")
    held_key, held_end, _, held_data = held.split(" ", 3)

    def part_fits(shown, bytes_held):
        if bytes_held == "-":
            return not shown
        return bytes_fit([w for w in shown.split() if w != "."], bytes.fromhex(bytes_held))

    if not part_fits(first, held_key) or not part_fits(last, held_end):
        return False
    if held_data.startswith("verdict"):
        return held_data == VERDICTS.get(data, data) or data.split(" ")[-1] in held_data
    return data == held_data or (re.fullmatch(r"[0-9a-f .]+", data) is not None and
                                 held_data != "-" and part_fits(data, held_data)) or (
                                     not data and held_data == "-")


def lists_fit(listed, held):
    if len(listed) != len(held):
        return False
    left = list(held)
    for element in listed:
        found = next((h for h in left if element_fits(element, h)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def ranges_apart(listed, lines):
    """A younger nft says "range eq" for what this one says in two comparisons."""
    apart = []
    for text in listed:
        match = re.fullmatch(r"range eq (reg \d+) ([0-9a-fx ]+)", text)
        ours = lines[len(apart)] if len(apart) < len(lines) else ""
        if match and ours.startswith("cmp gte "):
            values = match[2].split()
            half = len(values) // 2
            apart.append(f"cmp gte {match[1]} {' '.join(values[:half])}")
            apart.append(f"cmp lte {match[1]} {' '.join(values[half:])}")
        else:
            apart.append(text)
    return apart


def block_fits(block, lines, sets, where):
    """One block of a .payload against a rule's expressions, with the elements they look up."""
    listed = ranges_apart(block[1], lines)
    if len(listed) != len(lines) or not all(map(text_fits, listed, lines)):
        return False
    names = re.findall(r" set (__\w+)", "\n".join(lines))
    held = [sets[where[0], where[1], name]["k"] for name in names]
    return len(held) == len(block[2]) and all(map(lists_fit, block[2], held))


def exact_of_kernel(rule):
    """libnftnl does not say how long a value is; where it says the same as we, ours does."""
    same = {ours: exact for ours, exact in zip(rule.ours, rule.exact)}
    return [same.get(line, line) for line in rule.kernel]
