#!/usr/bin/env python3
"""Random tables of somebody else, as nft text: make_rules.py SEED PLACES [--no-ct] >rules.nft

The same SEED and PLACES give the same text, on any machine. PLACES is what tests/proof/places.bash
prints (devices, addresses, MACs): rules speak of these, of their neighbours and of round numbers, so
that packets meet them. --no-ct: nothing that would have connections tracked.

What comes out has everything that nft's language has for a packet on its way (accept, drop, jump,
goto, return, maps of verdicts and of data, concatenations, intervals, marks, connections, NAT, and
what cannot be told from a packet: numgen, limit), in several tables of several families, hooks and
priorities. A rule is a line. nft may refuse one (not everything goes with everything); who loads the
text leaves it out. Knows nothing of what the rules mean, and nothing of Sekisho."""
import ipaddress
import random
import sys

HOOKS = {
    "inet": ["prerouting", "forward", "postrouting", "forward", "ingress", "input", "output"],
    "ip": ["prerouting", "forward", "postrouting", "forward", "input", "output"],
    "ip6": ["prerouting", "forward", "postrouting", "forward"],
    "netdev": ["ingress", "egress"],
}
BEHIND_TRACKING = ("forward", "postrouting", "input", "output")
PRIORITIES = [-500, -450, -300, -250, -150, -100, -50, -5, 0, 0, 0, 5, 50, 150, 300]
MARKS = [0, 1, 2, 3, 5, 0x2A, 0xFF, 0x100, 0x1000, 0xFFFF, 0x10000, 0x1020304, 0xFFFFFFFF]
PORTS = [0, 1, 22, 53, 67, 80, 123, 137, 443, 445, 1023, 1024, 5000, 8080, 9443, 40000, 65535]
PROTOS = ["tcp", "udp", "icmp", "icmpv6", "esp", "89", "253"]


class Places:
    def __init__(self, path):
        self.devices, self.hosts, self.macs = [], [], []
        with open(path, encoding="ascii") as lines:
            for line in lines:
                words = line.split()
                if words[0] == "dev":
                    self.devices.append(words[1])
                elif words[0] == "host":
                    self.hosts.append(words[1])
                    self.macs.append(words[2])


class Maker:
    def __init__(self, seed, places, tracks):
        self.random = random.Random(seed)
        self.places = places
        self.tracks = tracks
        self.lines = []
        self.v6, self.l4 = False, "th"  # of the rule that is being written

    # ---- values ----
    def one(self, items):
        return self.random.choice(items)

    def often(self, share):
        return self.random.random() < share

    def port(self):
        return self.one(PORTS) if self.often(0.7) else self.random.randrange(65536)

    def ports(self):
        first = self.port()
        return f"{first}-{min(65535, first + self.one([1, 2, 100, 1000, 30000]))}" \
            if self.often(0.4) and first < 65535 else str(first)

    def address4(self):
        number = int(ipaddress.IPv4Address(self.one(self.places.hosts)))
        return ipaddress.IPv4Address(number + self.one([0, 0, 0, 1, -1]))

    def addresses4(self):
        address = self.address4()
        way = self.random.randrange(4)
        if way == 0:
            length = self.one([8, 12, 16, 20, 22, 24, 25, 28, 30, 31])
            return str(ipaddress.ip_network(f"{address}/{length}", strict=False))
        if way == 1:
            return f"{address}-{address + self.one([1, 3, 10, 300])}"
        return str(address)

    def address6(self):
        return ipaddress.IPv6Address((0xFD00 << 112) + (self.random.randrange(24) << 96)
                                     + self.one([1, 2, 3, 0xFFFF, 1 << 32]))

    def addresses6(self):
        address = self.address6()
        way = self.random.randrange(4)
        if way == 0:
            length = self.one([8, 15, 16, 32, 33, 64, 96, 127])
            return str(ipaddress.ip_network(f"{address}/{length}", strict=False))
        if way == 1:
            return f"{address}-{address + self.one([1, 3, 10, 1 << 40])}"
        return str(address)

    def mark(self):
        return self.one(MARKS)

    def marks(self):
        first = self.mark()
        return f"{first:#x}-{min(0xFFFFFFFF, first + self.one([1, 10, 0x10000])):#x}" \
            if self.often(0.3) and first < 0xFFFFFFFF else f"{first:#x}"

    def device(self):
        return f'"{self.one(self.places.devices)}"'

    def devices(self):
        device = self.one(self.places.devices)
        return f'"{device[:self.one([4, 5])]}*"' if self.often(0.3) else f'"{device}"'

    def mac(self):
        return self.one(self.places.macs)

    def state(self):
        return self.one(["new", "established", "invalid", "untracked", "new,untracked",
                         "established,related", "new,established", "related", "new,invalid"])

    def several(self, make, least=2, most=5):
        return "{ " + ", ".join(str(make()) for _ in range(self.random.randint(least, most))) + " }"

    # ---- fields of the packet, by their type: name in a rule, and the maker of one value ----
    def field(self, hook, family):
        fields = [("meta l4proto", lambda: self.one(PROTOS)), ("th dport", self.port),
                  ("th sport", self.port)]
        if self.v6:
            fields += 2 * [("ip6 saddr", self.address6), ("ip6 daddr", self.address6)]
        else:
            fields += 2 * [("ip saddr", self.address4), ("ip daddr", self.address4)]
        if hook not in ("egress", "output"):
            fields += [("iifname", self.device), ("ether saddr", self.mac)]
        if hook in ("forward", "postrouting", "egress", "output"):
            fields.append(("oifname", self.device))
        if self.tracks and hook in BEHIND_TRACKING:
            fields.append(("ct mark", lambda: f"{self.mark():#x}"))
        fields.append(("meta mark", lambda: f"{self.mark():#x}"))
        return fields

    def concatenation(self, hook, family, ranges=False):
        fields = self.random.sample(self.field(hook, family), self.one([2, 2, 3]))
        if len({name for name, _ in fields}) < len(fields):
            fields = fields[:1] + [("meta l4proto", lambda: self.one(PROTOS))]
        makers = [make if not ranges else
                  {"th dport": self.ports, "th sport": self.ports, "ip saddr": self.addresses4,
                   "ip daddr": self.addresses4, "ip6 saddr": self.addresses6,
                   "ip6 daddr": self.addresses6, "ct mark": self.marks,
                   "meta mark": self.marks}.get(name, make) for name, make in fields]
        return " . ".join(name for name, _ in fields), \
            lambda: " . ".join(str(make()) for make in makers)

    # ---- matches ----
    def match_address(self):
        v6 = self.v6
        name = self.one(["ip6 saddr", "ip6 daddr"] if v6 else ["ip saddr", "ip daddr"])
        make = self.addresses6 if v6 else self.addresses4
        single = self.address6 if v6 else self.address4
        way = self.random.randrange(6)
        if way == 0:
            return f"{name} {self.several(single)}"
        if way == 1:
            return f"{name} != {make()}"
        if way == 2:
            return f"{name} {self.one(['<', '>', '<=', '>='])} {single()}"
        if way == 3 and not v6:
            return f"{name} & 255.255.0.{self.one([0, 255, 1, 128])} == 10.{self.one([10, 20])}.0.0"
        return f"{name} {make()}"

    def match_port(self):
        name = f"{self.l4} {self.one(['dport', 'dport', 'sport'])}"
        way = self.random.randrange(6)
        if way == 0:
            return f"{name} {self.several(self.port)}"
        if way == 1:
            return f"{name} != {self.ports()}"
        if way == 2:
            return f"{name} {self.one(['<', '>', '<=', '>='])} {self.port()}"
        if way == 3:
            return f"{name} & {self.one(['0xff00', '0x1', '0x00ff'])} == {self.one([0, 1, 0x100])}"
        if way == 4:
            return f"{name} != {self.several(self.port)}"
        return f"{name} {self.ports()}"

    def match_other(self, family):
        if self.v6:
            items = ["ip6 hoplimit 64", "ip6 hoplimit 63", "ip6 nexthdr tcp", "ip6 length < 30"]
        else:
            items = ["ip ttl 64", "ip ttl 63", "ip ttl < 64", "ip frag-off & 0x1fff != 0",
                     "ip frag-off & 0x2000 != 0", "ip length 20-40", "ip dscp cs1", "ip version 4",
                     "ip hdrlength 5", "ip protocol { tcp, icmp }", "ip protocol != udp"]
        if self.l4 == "th":
            items += ["icmpv6 type echo-request", "icmpv6 type { 129, 135, 1 }"] if self.v6 else \
                ["icmp type echo-request", "icmp type { 0, 3, 13 }", "icmp code 1"]
            items += ["meta l4proto tcp", "meta l4proto { udp, 89 }", "meta l4proto != 6"]
        if self.l4 == "tcp":
            items += ["tcp flags syn", "tcp flags & (syn|ack) == syn", "tcp flags & (fin|rst) != 0"]
        if self.l4 == "udp":
            items += ["udp length 8-12"]
        if family in ("inet", "netdev"):
            items += ["meta protocol ip", "meta protocol ip6"]
        if family == "inet":
            items += ["meta nfproto ipv4", "meta nfproto ipv6"]
        items += ["meta length < 48", "meta length 40-60", "meta pkttype unicast",
                  "meta l4proto > 17", "@th,0,16 22", "@th,16,16 & 0x3 == 3", "@nh,0,8 0x45",
                  "@nh,96,16 0x0a0a", "@ll,96,16 0x800", "@nh,0,4 4", "@th,160,8 0", "@th,32,8 0"]
        return self.one(items)

    def match_link(self, hook):
        if hook == "egress":
            return self.one([f"ether daddr {self.mac()}", f"ether daddr {self.several(self.mac)}",
                             "ether type ip", f"ether daddr & ff:ff:00:00:00:00 == 00:00:00:00:00:00"])
        return self.one([f"ether saddr {self.mac()}", f"ether saddr != {self.mac()}",
                         f"ether saddr {self.several(self.mac)}", "ether type ip6", "ether type ip",
                         "ether saddr & 00:00:00:00:00:01 == 00:00:00:00:00:01",
                         f"ether saddr > {self.mac()}", "meta iiftype ether"])

    def match_device(self, hook):
        name = "iifname"
        if hook in ("egress", "output") or (hook in ("forward", "postrouting") and self.often(0.5)):
            name = "oifname"
        way = self.random.randrange(4)
        if way == 0:
            return f"{name} {self.several(self.device)}"
        if way == 1:
            return f"{name} != {self.devices()}"
        if way == 2 and hook == "forward":
            pair = lambda: f"{self.device()} . {self.device()}"
            return f"iifname . oifname {self.several(pair)}"
        return f"{name} {self.devices()}"

    def match_mark(self, word):
        way = self.random.randrange(5)
        if way == 0:
            return f"{word} {self.several(self.marks, 2, 3)}"
        if way == 1:
            return f"{word} & {self.one([1, 0xFF, 0xFF00]):#x} == {self.one([0, 1, 0x100]):#x}"
        if way == 2:
            return f"{word} != {self.marks()}"
        if way == 3:
            return f"{word} {self.one(['<', '>', '<=', '>='])} {self.mark():#x}"
        return f"{word} {self.marks()}"

    def match_ct(self):
        items = [f"ct state {self.state()}", f"ct state {self.state()}",
                 f"ct state != {{ {self.state()} }}", f"ct state {{ {self.state()} }}",
                 f"ct state & ({self.one(['new', 'invalid'])}) != 0", self.match_mark("ct mark"),
                 "ct direction original", "ct direction reply",
                 "ct protocol tcp"]
        if self.v6:
            items += [f"ct original ip6 saddr {self.addresses6()}", "ct l3proto ipv6"]
        else:
            items += [f"ct original ip saddr {self.addresses4()}", "ct l3proto ipv4",
                      f"ct reply ip saddr {self.addresses4()}"]
        if self.l4 != "th":
            items += [f"meta l4proto {self.l4} ct {side} proto-dst {self.ports()}"
                      for side in ("original", "reply")]
        if self.often(0.1):
            items = ["ct status assured", "ct status confirmed", "ct expiration > 10s"]
        return self.one(items)

    def match_untold(self):
        return self.one(["limit rate 5/second", "limit rate 1/second", "limit rate over 10/minute burst 5 packets",
                         "numgen inc mod 2 0", "numgen random mod 4 < 2", "meta cpu 0",
                         "fib daddr type unicast", "quota over 1 mbytes"]
                        + ([] if self.v6 else ["jhash ip saddr mod 2 0"]))

    def match(self, hook, family):
        way = self.random.random()
        if family == "netdev" and way > 0.9:
            way = self.random.random() * 0.9
        if way < 0.22:
            return self.match_address()
        if way < 0.42:
            return self.match_port()
        if way < 0.57:
            return self.match_other(family)
        if way < 0.65:
            return self.match_link(hook)
        if way < 0.75:
            return self.match_device(hook)
        if way < 0.80:
            return self.match_mark("meta mark")
        if way < 0.88:
            key, make = self.concatenation(hook, family, self.often(0.5))
            return f"{key} {self.one(['', '', '!= '])}{self.several(make, 2, 6)}"
        if way < 0.91:
            return self.match_untold()
        if self.tracks:
            return self.match_ct()
        return self.match_address()

    # ---- statements ----
    def verdict(self, chains):
        items = ["accept", "accept", "drop", "drop", "return", "continue"]
        items += [f"{self.one(['jump', 'jump', 'goto'])} {chain}" for chain in chains]
        return self.one(items)

    def verdict_map(self, hook, family, chains):
        fields = [field for field in self.field(hook, family)]
        name, make = self.one(fields)
        if self.often(0.3):
            name, make = self.concatenation(hook, family, self.often(0.5))
        elif self.often(0.5):
            make = {"th dport": self.ports, "ip saddr": self.addresses4, "ip daddr": self.addresses4,
                    "meta mark": self.marks, "ct mark": self.marks}.get(name, make)
        if self.tracks and hook in BEHIND_TRACKING and self.often(0.2):
            name, make = "ct state", lambda: self.one(["new", "established", "related", "invalid"])
        seen, elements = set(), []
        for _ in range(self.random.randint(2, 6)):
            key = str(make())
            if key not in seen:
                seen.add(key)
                elements.append(f"{key} : {self.verdict(chains)}")
        if self.often(0.15):
            elements.append(f"* : {self.verdict(chains)}")
        return f"{name} vmap {{ {', '.join(elements)} }}"

    def data_map(self, hook, family):
        name, make = self.one(self.field(hook, family))
        if self.often(0.3):
            name, make = self.concatenation(hook, family)
        elements = {str(make()): self.mark() for _ in range(self.random.randint(2, 6))}
        return f"{name} map {{ {', '.join(f'{key} : {mark:#x}' for key, mark in elements.items())} }}"

    def set_mark(self, hook, family):
        word = "ct mark" if self.tracks and hook in BEHIND_TRACKING and self.often(0.4) \
            else "meta mark"
        way = self.random.randrange(5)
        if way == 0:
            return f"{word} set {self.data_map(hook, family)}"
        if way == 1:
            return f"{word} set {word} and {self.one([0xFF, 0xFFFFFF00]):#x} or {self.one([1, 4]):#x}"
        if way == 2:
            return f"{word} set {word} xor {self.mark():#x}"
        if way == 3 and self.tracks and hook in BEHIND_TRACKING:
            return self.one(["meta mark set ct mark", "ct mark set meta mark"])
        return f"{word} set {self.mark():#x}"

    def statement(self, hook, family, chains):
        way = self.random.random()
        if way < 0.2:
            return self.verdict_map(hook, family, chains)
        if way < 0.38 and hook != "ingress":
            return self.set_mark(hook, family)
        if way < 0.42 and family != "netdev" and hook == "forward":
            return "reject"
        if way < 0.46:
            return "counter"
        if way < 0.5 and hook == "prerouting" and self.tracks:
            return "notrack"
        return self.verdict(chains)

    def rule(self, hook, family, chains, sets):
        self.v6 = family == "ip6" or (family in ("inet", "netdev") and self.often(0.25))
        self.l4 = self.one(["tcp", "udp", "th"])
        parts = [self.match(hook, family) for _ in range(self.one([0, 1, 1, 1, 2, 2, 3]))]
        sets = [(key, name) for key, name in sets if ("ip6" if self.v6 else "ip") + " " in key
                or "addr" not in key]
        if sets and self.often(0.25):
            key, name = self.one(sets)
            parts.append(f"{key} {self.one(['', '', '!= '])}@{name}")
        if self.often(0.1):
            parts.append("counter")
        statement = self.statement(hook, family, chains)
        if not parts and self.often(0.8):
            parts.append(self.match(hook, family))
        self.lines.append(f"\t\t{' '.join(parts)} {statement}".rstrip())

    # ---- tables ----
    def named_sets(self, family):
        sets = []
        kinds = [("ip saddr", "ipv4_addr", self.addresses4, True),
                 ("ip daddr", "ipv4_addr", self.address4, False),
                 ("th dport", "inet_service", self.ports, True),
                 ("ether saddr . ip saddr", "ether_addr . ipv4_addr",
                  lambda: f"{self.mac()} . {self.address4()}", False),
                 ("ip daddr . th dport", "ipv4_addr . inet_service",
                  lambda: f"{self.addresses4()} . {self.ports()}", True),
                 ("meta mark", "mark", self.marks, True)]
        if family == "ip6":
            kinds = [kinds[2], kinds[5], ("ip6 daddr", "ipv6_addr", self.addresses6, True)]
        for number, (key, types, make, ranges) in enumerate(
                self.random.sample(kinds, self.random.randint(0, 3))):
            flags = ["interval"] if ranges else []
            if self.often(0.3):
                flags.append("timeout")
            elements = {str(make()) for _ in range(self.random.randint(1, 8))}
            self.lines.append(f"\tset s{number} {{")
            self.lines.append(f"\t\ttype {types}")
            if flags:
                self.lines.append(f"\t\tflags {', '.join(flags)}")
            if ranges:
                self.lines.append("\t\tauto-merge" if " . " not in types else "")
            for element in sorted(elements):
                timeout = " timeout 1h" if "timeout" in flags and self.often(0.5) else ""
                self.lines.append(f"\t\telements = {{ {element}{timeout} }}")
            self.lines.append("\t}")
            if not (family == "netdev" and "ct" in key):
                sets.append((key, f"s{number}"))
        return sets

    def nat_chain(self, family):
        hook = self.one(["prerouting", "postrouting"])
        word = "ip" if family != "ip6" else "ip6"
        self.v6, self.l4 = family == "ip6", "tcp"
        address = self.address4() if word == "ip" else self.address6()
        action = {"prerouting": f"dnat {word + ' ' if family == 'inet' else ''}to {address}",
                  "postrouting": self.one(["masquerade", "accept"])}[hook]
        self.lines.append("\tchain nat {")
        self.lines.append(f"\t\ttype nat hook {hook} priority {self.one([-100, -50, 0, 100])}")
        self.lines.append(f"\t\t{self.match_address()} {self.match_port()} {action}")
        self.lines.append(f"\t\t{self.match_port()} {self.one(['accept', 'drop', 'return'])}")
        self.lines.append("\t}")

    def table(self, number):
        family = self.one(["inet", "inet", "inet", "ip", "ip", "ip6", "netdev"])
        hook = self.one(HOOKS[family])
        others = [other for other in HOOKS[family] if other not in ("ingress", "egress")]
        self.lines.append(f"table {family} theirs{number} {{")
        if self.often(0.03):
            self.lines.append("\tflags dormant")
        sets = self.named_sets(family)
        chains = [f"c{i}" for i in range(self.random.randint(0, 4))]
        # a chain that is called sees what its caller sees: written for the poorest hook of them
        for i in reversed(range(len(chains))):
            self.lines.append(f"\tchain c{i} {{")
            for _ in range(self.random.randint(1, 4)):
                self.rule(hook, family, chains[i + 1:], sets)
            self.lines.append("\t}")
        self.base("base", hook, family, chains, sets)
        if others and self.often(0.4):
            self.base("other", self.one(others), family, [], sets)
        if self.tracks and family in ("ip", "inet", "ip6") and self.often(0.15):
            self.nat_chain(family)
        self.lines.append("}")

    def base(self, name, hook, family, chains, sets):
        device = ""
        if hook in ("ingress", "egress"):
            device = f" device {self.device()}"
        self.lines.append(f"\tchain {name} {{")
        priority = self.one(PRIORITIES)
        self.lines.append(f"\t\ttype filter hook {hook}{device} priority {priority}; "
                          f"policy {self.one(['accept', 'accept', 'accept', 'drop'])};")
        if self.tracks and hook in ("prerouting", "output") and self.often(0.5):
            # before tracking and behind it the same words mean other things
            self.lines.append(f"\t\t{self.match_address()} ct state {self.state()} "
                              f"{self.one(['accept', 'drop', 'drop'])}")
        for _ in range(self.random.randint(1, 7)):
            self.rule(hook, family, chains, sets)
        if self.often(0.5):
            self.lines.append("\t\taccept")
        self.lines.append("\t}")

    def text(self):
        for number in range(self.random.randint(1, 4)):
            self.table(number)
        return "\n".join(self.lines) + "\n"


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if len(words) != 2:
        sys.exit(__doc__)
    sys.stdout.write(Maker(int(words[0]), Places(words[1]), "--no-ct" not in sys.argv).text())


if __name__ == "__main__":
    main()
