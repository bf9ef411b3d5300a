/* The gate on a scripted kernel: a directory of its own, a policy, a clock that stands, and
 * somebody else with a socket. And what must hold of a gate, whatever the kernel did. */
#pragma once

#include <check.h>

#include "daemon/gate.h"
#include "nft/fake.h"

enum town { TOWN, TOWN_WIDER, TOWN_NARROWER, TOWN_ELSEWHERE, CITY, CITY_WIDER, CITY_NARROWER };

struct rig {
	char dir[64], policy[96];
	struct places place;
	struct fake *fake;
	struct nft *other;
	struct gate gate;
	bool city;
	uint32_t heard; /* generation of the last change by others */
	bool guided;    /* the last mending was done by what was heard alone */
	bool failed;    /* or could not be done at all */
};

/* Where all rigs have their directories; gone at the end, also of those that did not come to
 * theirs. */
void rigs_begin(void);
void rigs_end(void);

void rig_init(struct rig *rig, enum town town);
void rig_done(struct rig *rig);
void rig_restart(struct rig *rig); /* the daemon died, the kernel did not */
void rig_write(struct rig *rig, enum town town);
void rig_quiet(struct rig *rig); /* the kernel behaves again */
const char *rig_host(const struct rig *rig); /* that can be isolated */

/* 2026-11-21, so many minutes after midnight in Tokyo; the policies open a window at 10:00 and
 * close it at 11:00. */
void clock_set(int minute);

/* Somebody else puts a rule that accepts everything first into the forward chain, takes an
 * element away and adds a set. */
void rig_vandalise(struct rig *rig);
void rig_intrude(void *rig); /* the rule alone */
bool rig_hear(struct rig *rig); /* was there anything of others? */

struct ruleset *rig_kernel(struct rig *rig); /* a copy */
struct ruleset *rig_in_force(struct rig *rig); /* a copy of what this kernel should hold */
/* "": none; else the first. Sizes of sets do not count: they grow ahead of what is put in. */
const char *difference(const struct ruleset *was, const struct ruleset *is);
