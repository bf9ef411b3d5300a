# Sekisho: one Makefile, not recursive. FLAVOUR is debug, asan, release, fuzz or cov; everything
# a build makes lies under build/FLAVOUR. `make check` is the whole test suite.

FLAVOUR ?= debug
V       ?= 0
prefix     ?= /usr
bindir     ?= $(prefix)/bin
mandir     ?= $(prefix)/share/man
docdir     ?= $(prefix)/share/doc/sekisho
bashdir    ?= $(prefix)/share/bash-completion/completions
sysconfdir ?= /etc
sbindir    ?= $(prefix)/sbin
unitdir    ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d
DESTDIR    ?=
PKG_CONFIG ?= pkg-config

VERSION := $(shell sed -n 's/^\#define SEKISHO_VERSION "\(.*\)"/\1/p' lib/base/version.h)
B := build/$(FLAVOUR)
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wswitch-enum -Wshadow -Wconversion -Wmissing-prototypes \
	-Wstrict-prototypes -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef \
	-Wvla -Wdate-time -Wformat=2 -Wno-format-nonliteral -Wno-missing-field-initializers \
	-Wimplicit-fallthrough -Werror
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
LIBS := libconfig jansson
# Only what includes lib/nft is linked with these; sekishoctl never is (tests/lint/layers.sh).
NFT_LIBS := libnftnl libmnl

ALL_CPPFLAGS = -Ilib -I. $(shell $(PKG_CONFIG) --cflags $(LIBS)) $(CPPFLAGS)
ALL_CFLAGS = -std=gnu17 -g $(OPT) $(WARN) $(CFLAGS)
ALL_LDFLAGS = $(LDMODE) $(LDFLAGS)
LDLIBS = $(shell $(PKG_CONFIG) --libs $(LIBS))
NFT_LDLIBS = $(shell $(PKG_CONFIG) --libs $(NFT_LIBS))

ifeq ($(FLAVOUR),debug)
OPT := -O1
else ifeq ($(FLAVOUR),release)
OPT := -O2 $(HARDEN)
LDMODE := -pie -Wl,-z,relro,-z,now
else ifeq ($(FLAVOUR),asan)
OPT := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDMODE := -fsanitize=address,undefined
else ifeq ($(FLAVOUR),fuzz)
CC := clang
OPT := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
LDMODE := -fsanitize=address,undefined
else ifeq ($(FLAVOUR),cov)
OPT := -O0 --coverage
LDMODE := --coverage
else
$(error FLAVOUR is debug, asan, release, fuzz or cov, not "$(FLAVOUR)")
endif

LIB_SRC  := $(sort $(wildcard lib/*/*.c))
CTL_SRC  := $(sort $(wildcard ctl/*.c))
DAEMON_SRC := $(sort $(wildcard daemon/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$B/%.o) $B/lib/base/lang_ja.o
CTL_OBJ  := $(CTL_SRC:%.c=$B/%.o)
DAEMON_OBJ := $(DAEMON_SRC:%.c=$B/%.o)
UNIT_OBJ := $(UNIT_SRC:%.c=$B/%.o)

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all unit fault check check-quick prepare bench fuzz fuzz-long clean install pot lint tools

all: $B/sekishoctl $B/sekishod

$B/sekishoctl: $(CTL_OBJ) $B/libsekisho.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(CTL_OBJ) $B/libsekisho.a $(LDLIBS)

# The daemon alone speaks to the kernel, to systemd and hashes.
DAEMON_LIBS := libsystemd libsodium libnftnl libmnl
$B/sekishod: $(DAEMON_OBJ) $B/libsekisho.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(DAEMON_OBJ) $B/libsekisho.a $(LDLIBS) \
		$(shell $(PKG_CONFIG) --libs $(DAEMON_LIBS))

# Made anew, so that an object whose source is gone does not stay in it.
$B/libsekisho.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

$B/%.o: %.c Makefile
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The Japanese catalogue goes into the program itself (lib/base/lang.h).
$B/ja.mo: po/ja.po
	$(call say,MSGFMT,$<)
	$(Q)mkdir -p $(@D)
	$(Q)msgfmt --check-format --no-hash --endianness=$(if $(filter s390x,$(shell uname -m)),big,little) -o $@ $<

$B/lib/base/lang_ja.c: $B/ja.mo
	$(Q)mkdir -p $(@D)
	$(Q){ printf '#include <stddef.h>\nextern const unsigned char lang_ja_mo[];\nextern const size_t lang_ja_mo_bytes;\nconst unsigned char lang_ja_mo[] = {\n'; \
	  od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	  printf '};\nconst size_t lang_ja_mo_bytes = sizeof(lang_ja_mo);\n'; } > $@

$B/lib/base/lang_ja.o: $B/lib/base/lang_ja.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

AUDIT_OBJ := $(patsubst %.c,$B/%.o,$(wildcard daemon/audit*.c))
UNIT_OBJ += $(patsubst %,$B/daemon/%.o,changer drift fight others state traffic) $(AUDIT_OBJ)
$B/unit: $(UNIT_OBJ) $B/libsekisho.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(UNIT_OBJ) $B/libsekisho.a $(LDLIBS) \
		$(NFT_LDLIBS) $(shell $(PKG_CONFIG) --libs check libsodium)

$B/tests/unit/%.o: ALL_CPPFLAGS += -Itests $(shell $(PKG_CONFIG) --cflags check)
# libcheck's own macros: unused parameters and signed conversions
$B/tests/unit/%.o: WARN += -Wno-unused-parameter -Wno-sign-conversion -Wno-conversion

unit: $B/unit

# The gate on the scripted kernel; its clock is the test's (tests/fault/rig.c).
FAULT_OBJ := $(patsubst %.c,$B/%.o,$(sort $(wildcard tests/fault/*.c))) \
	$(patsubst %,$B/daemon/%.o,gate gate_audit gate_close gate_isolate gate_repair generation isolations \
	marks prover state traffic audit audit_boxes audit_judge audit_own probe_file)
$B/fault: $(FAULT_OBJ) $B/libsekisho.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,--wrap=clock_gettime -o $@ $(FAULT_OBJ) $B/libsekisho.a \
		$(LDLIBS) $(NFT_LDLIBS) $(shell $(PKG_CONFIG) --libs check libsodium)
$B/tests/fault/%.o: ALL_CPPFLAGS += -Itests $(shell $(PKG_CONFIG) --cflags check)
$B/tests/fault/%.o: WARN += -Wno-unused-parameter -Wno-sign-conversion -Wno-conversion

fault: $B/fault

# Programs of the tests that are not unit tests, one source each.
TOOLS := $(patsubst tests/tools/%.c,$B/tools/%,$(wildcard tests/tools/*.c))
tools: $(TOOLS)
$B/tools/%: $B/tests/tools/%.o $B/libsekisho.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $B/libsekisho.a $(LDLIBS) $(NFT_LDLIBS)

$B/tools/nft_bytecode: tests/tools/bytecode.h

# This one tries a part of the daemon.
$B/tools/audit_kernel: $(AUDIT_OBJ)
$B/tools/audit_kernel: ALL_LDFLAGS += $(AUDIT_OBJ)

FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-build:
	$(Q)$(MAKE) --no-print-directory FLAVOUR=fuzz $(FUZZERS)
build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/libsekisho.a
	$(call say,LD,$@)
	$(Q)$(CC) -fsanitize=fuzzer,address,undefined -o $@ $< build/fuzz/libsekisho.a $(LDLIBS) \
		$(NFT_LDLIBS)

# What a fresh Debian lacks, by name; a no-op where everything is there.
prepare:
	$(Q)tests/prepare.sh

check: prepare
	$(Q)tests/run.sh

fuzz: prepare
	$(Q)$(MAKE) --no-print-directory fuzz-build
	$(Q)tests/fuzz/run.sh 60

fuzz-long: prepare
	$(Q)$(MAKE) --no-print-directory fuzz-build
	$(Q)tests/fuzz/run.sh 600

bench: prepare
	$(Q)$(MAKE) --no-print-directory FLAVOUR=release all tools
	$(Q)tests/bench/run.sh

lint: prepare
	$(Q)$(MAKE) --no-print-directory all
	$(Q)for lint in tests/lint/*.sh; do $$lint $B || exit 1; done

# The template for translators; po/update.sh merges it into po/ja.po.
pot:
	$(Q)po/update.sh

install: all
	install -D -m 0755 $B/sekishoctl $(DESTDIR)$(bindir)/sekishoctl
	install -D -m 0755 $B/sekishod $(DESTDIR)$(sbindir)/sekishod
	install -D -m 0644 systemd/sekisho.service $(DESTDIR)$(unitdir)/sekisho.service
	install -D -m 0644 systemd/sekisho-early.service $(DESTDIR)$(unitdir)/sekisho-early.service
	install -D -m 0644 systemd/sekisho.sysusers $(DESTDIR)$(sysusersdir)/sekisho.conf
	install -D -m 0640 conf/sekisho.conf $(DESTDIR)$(sysconfdir)/sekisho/sekisho.conf
	for file in $$(cd conf && find examples -name '*.conf'); do \
		install -D -m 0644 conf/$$file $(DESTDIR)$(docdir)/$$file; done
	install -D -m 0644 completion/sekishoctl $(DESTDIR)$(bashdir)/sekishoctl
	for page in man/*.[58]; do install -D -m 0644 $$page \
		$(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/}; done
	for page in man/ja/*.[58]; do install -D -m 0644 $$page \
		$(DESTDIR)$(mandir)/ja/man$${page##*.}/$${page##*/}; done

clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(CTL_OBJ:.o=.d) $(DAEMON_OBJ:.o=.d) $(UNIT_OBJ:.o=.d) $(FAULT_OBJ:.o=.d)
-include $(patsubst $B/tools/%,$B/tests/tools/%.d,$(TOOLS))

# A binary package, out of a copy of what git has.
.PHONY: deb
deb:
	$(Q)rm -rf build/deb && mkdir -p build/deb/sekisho
	$(Q)git archive HEAD | tar -x -C build/deb/sekisho
	$(Q)cd build/deb/sekisho && dpkg-buildpackage -us -uc -b -rfakeroot >../build.log 2>&1 || { tail -n 40 ../build.log; exit 1; }
	$(Q)cd build/deb && ls *.deb && lintian --fail-on error,warning *.deb

# The package on Debian 12 and 13, in containers with a real systemd; wants the archive.
.PHONY: check-system
check-system:
	$(Q)tests/system/run.sh

# The town of the tests by hand; TOWN=small for another.
.PHONY: lab
lab: prepare
	$(Q)$(MAKE) --no-print-directory all tools
	$(Q)LAB_BUILD=$B tests/lab/lab.sh enter $(or $(TOWN),aomine)

# The same town shown to people, in their language; nothing stays behind.
.PHONY: demo
demo: prepare
	$(Q)$(MAKE) -s --no-print-directory all tools
	$(Q)tests/lab/demo.sh $B

# A thousand reloads under traffic; make check does sixty of them.
.PHONY: check-reloads
check-reloads: prepare
	$(Q)$(MAKE) --no-print-directory FLAVOUR=release all tools
	$(Q)tests/packet/reloads.sh build/release 1000

# The same tests on Debian's own kernels, 6.1 and 6.12, in virtual machines.
.PHONY: check-vm
check-vm: prepare
	$(Q)$(MAKE) --no-print-directory all tools
	$(Q)tests/vm/run.sh -b $B

# Every kind of tampering with the tables and the machine, as a table with the daemon's times.
.PHONY: check-tamper
check-tamper: prepare
	$(Q)$(MAKE) --no-print-directory all tools
	$(Q)TABLE=1 tests/kernel/tamper.sh $B

# Who does not stop, for a minute; and 200 times kill -9 in the middle of it.
.PHONY: check-fight
check-fight: prepare
	$(Q)$(MAKE) --no-print-directory all tools
	$(Q)tests/kernel/fight.sh $B 60 200

# Ten minutes of everything at random.
.PHONY: soak
soak: prepare
	$(Q)$(MAKE) --no-print-directory all tools
	$(Q)tests/soak/soak.sh $B 600

# A million packets through the kernel and through lib/proof/replay; make check does 50,000.
# PACKETS=N for another number, SEED=N to replay a run.
.PHONY: check-differ
check-differ: prepare
	$(Q)$(MAKE) --no-print-directory FLAVOUR=release all tools
	$(Q)tests/proof/differ.sh build/release $(or $(PACKETS),1000000) $(SEED)

# Every single message refused in every attempt; make check takes each sixth.
.PHONY: check-fault
check-fault: prepare
	$(Q)$(MAKE) --no-print-directory fault
	$(Q)$B/fault

# Thousands of changes to rulesets, and of random rulesets, against the proof; unit does a few hundred.
.PHONY: check-mutations
check-mutations: prepare
	$(Q)$(MAKE) --no-print-directory FLAVOUR=release unit
	$(Q)MUTATIONS=20000 build/release/unit mutations
	$(Q)RULESETS=20000 build/release/unit meaning_random
