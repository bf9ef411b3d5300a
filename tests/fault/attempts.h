/* What the gate is asked to do, and what the kernel does to it meanwhile. */
#pragma once

#include "rig.h"

struct attempt {
	const char *name;
	enum town before, after;      /* the policy in force, and the one in the file */
	int minute_before, minute;    /* 0: half past nine */
	bool starts;                  /* nothing is in force before */
	bool vandalised, guided;      /* and can be mended by what was heard */
	bool isolated;                /* one machine is, before */
	bool closed;
	bool aside;                   /* it is not about the policy's own tables */
	bool (*run)(struct rig *rig, struct errs *errs);
	/* the state when it is done, and when it is not and all is quiet again; NULL: any */
	const char *word, *word_undone;
};

extern const struct attempt attempts[];
extern const size_t attempts_count;

struct trial {
	unsigned number; /* from 1 on */
	int error;
};
struct script {
	const char *name;
	void (*set)(struct rig *rig, const struct trial *trial);
	/* How many numbers there are, where a quiet attempt sends so many messages. */
	unsigned (*most)(size_t messages, bool city);
	bool errors;   /* each number with each of script_errors, else with one after another */
	unsigned stride, city_stride; /* not every number, where they are much alike; 0: every */
	bool intrudes; /* it leaves in the kernel what nobody of ours put there */
	bool early;    /* it is so before the gate is there */
};

extern const struct script scripts[];
extern const size_t scripts_count;
enum { SCRIPT_ERRORS = 4 };
extern const int script_errors[SCRIPT_ERRORS];
