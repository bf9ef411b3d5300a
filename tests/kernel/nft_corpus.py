"""Rule lists of nftables' own tests as lines "family|table|type hook and priority|rule", for
tests/kernel/nft_codec.sh. Usage: nft_corpus.py FOLDER"""

import pathlib
import sys


def main():
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.t")):
        chains, tables, sets = {}, [], []
        for line in path.read_text(errors="replace").splitlines():
            line = line.strip()
            if line.startswith(":"):
                name, _, spec = line[1:].partition(";")
                chains[name] = spec
            elif line.startswith("*"):
                family, name, *_ = line[1:].split(";")
                tables.append((family, name, line[1:].split(";")[2].split(",")))
            elif line and line[0] not in "#!?%-" and ";ok" in line:
                rule = line.split(";ok")[0]
                for family, name, used in tables:
                    spec = chains.get(used[0], "")
                    print("|".join((family, spec, rule)))


main()
