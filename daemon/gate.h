/* The gate: which policy is in force, whether the kernel holds it, and the steps from one policy
 * to the next. Everything that changes the kernel goes through here, in one order: read, judge,
 * compile, send the difference, read back, compare, and only then call it ours.
 *
 * Knows no sockets of clients and no timers; those who have them call in. */
#pragma once

#include "daemon/audit.h"
#include "daemon/generation.h"
#include "daemon/isolations.h"
#include "daemon/place.h"
#include "daemon/prover.h"
#include "daemon/traffic.h"
#include "nft/nft.h"

#define OUR_TABLE "sekisho"
#define CLOSED_TABLE "sekisho-closed"

enum gate_state {
	GATE_STARTING,
	GATE_ENFORCING,
	GATE_DEGRADED, /* a policy is enforced, but not the one in the file, or not proved */
	GATE_LOCKDOWN, /* everything is closed */
};

/* What is not as it should be beside the state itself; each comes and goes alone. */
enum gate_trouble {
	TROUBLE_FIGHT,   /* somebody keeps changing our tables */
	TROUBLE_APPLY,   /* what is in force could not be put into the kernel */
	TROUBLE_DRIFT,   /* they differ and were not repaired */
	TROUBLE_VERIFY,  /* the kernel could not be read: nothing is known */
	TROUBLE_BYPASS,  /* tables of others carry or rewrite packets around us */
	TROUBLE_PROOF,   /* what the tables mean, all together, is not what the policy says */
	TROUBLE_POSTURE, /* something else on this machine does */
	TROUBLES
};

struct gate {
	const struct places *place;
	struct nft *nft;
	struct nft_probe probe;
	struct generation *now; /* in force; NULL only before gate_start() */
	enum gate_state state;
	struct buf why;         /* of a state other than enforcing */
	struct buf troubles[TROUBLES]; /* why each is one; empty: it is none */
	bool interfered;        /* somebody came between when a policy was last loaded */
	bool closed;            /* everything is closed in a table of its own (gate_close) */
	uint32_t kernel_generation; /* the last we know of, whoever made it */
	uint32_t own_generation; /* of our last transaction or reading: all before it is undone */
	struct wall started;
	struct {
		bool done, same;
		struct wall at;
		int64_t took_us;
	} verified;
	struct proved proved; /* of what the kernel held at the last look, ours and others' */
	struct isolations isolations;
	bool isolations_owed; /* the kernel or the disk may lack what was cut off last */
	struct arena *numbers_arena;
	struct numbering numbers; /* the marks of the time before this daemon */
	struct traffic *traffic;
	struct audit *audit;
	struct audit_last audited; /* the last audit, here or in a look */
	void (*before_change)(void *context); /* what goes on by the policy in force must end now */
	void *before_context;
	struct posture *posture; /* of the machine around it; not the gate's to free */
	uint64_t reloads, reloads_failed, drifts;
};

/* The nft is the gate's from now on; NULL, because it could not be opened: false. */
_must_check_ bool gate_init(struct gate *gate, const struct places *place, struct nft *nft);
void gate_done(struct gate *gate); /* the kernel goes on enforcing */

/* Brings the machine under a policy: the file's; else the last that was in force, degraded; else
 * none, lockdown. False only when not even the lockdown could be loaded. */
_must_check_ bool gate_start(struct gate *gate, struct errs *errs);

/* Closes everything unless tables of ours are there already. */
_must_check_ bool gate_close_all(struct gate *gate, struct errs *errs);

/* The file anew. On failure nothing changed and errs says why. */
_must_check_ bool gate_reload(struct gate *gate, struct nft_applied *ret_applied,
			      struct errs *errs);

/* Windows that opened or closed since; called at generation_next_change(). */
_must_check_ bool gate_refresh(struct gate *gate, struct errs *errs);

/* Cuts a machine, a zone or all off, established connections included, until it is taken back;
 * what is "all", "zone:ID", "host:ID" or an id. True: it holds in the kernel and will after a
 * reboot. False: errs says which of the two it does not; what could be cut stays cut, and the same
 * may be asked for again. */
_must_check_ bool gate_isolate(struct gate *gate, const char *what, const char *reason,
			       struct errs *errs);
/* False: it is cut off as before. A record that could not be written is a warning: it would be
 * cut off again after a reboot. */
_must_check_ bool gate_rejoin(struct gate *gate, const char *what, struct errs *errs);

/* Ends the connections that the policy in force would not open. After a change that is its
 * doing; at a sweep each is told as a warning, and stays where the policy forbids to repair. */
enum audit_cause { CAUSE_CHANGE, CAUSE_SWEEP };
void gate_audit(struct gate *gate, enum audit_cause cause, struct errs *errs);

/* For the parts of the gate. The policy in force anew, as of now and with who is cut off now;
 * why: what it is when it fails, until the kernel is found to hold it after all. */
_must_check_ bool gate_renew(struct gate *gate, const char *why, struct errs *errs);
void gate_enter(struct gate *gate, enum gate_state state, const char *why);
/* Into the kernel, read back, compared. */
_must_check_ bool gate_put(struct gate *gate, const struct generation *generation,
			   struct nft_applied *ret_applied, struct errs *errs);
_must_check_ bool gate_make(struct gate *gate, const struct ruleset *wanted,
			    struct nft_applied *ret_applied, struct errs *errs);
/* The kernel's copy, compared and kept in mind as verified. */
_must_check_ bool gate_holds(struct gate *gate, const struct generation *generation,
			     struct buf *ret_differences, struct errs *errs);

/* NULL: it is over. */
/* Another process looked. */
void gate_looked(struct gate *gate, bool same, uint32_t generation, int64_t took_us);

/* Takes over what a look proved of the policy in force. */
void gate_proved(struct gate *gate, struct proved *proved);

void gate_trouble(struct gate *gate, enum gate_trouble trouble, const char *why);

/* ---- repair (gate_repair.c) ---- */
struct mended {
	struct buf what; /* the differences in words, up to a hundred */
	size_t differences;
	char kind[32];    /* of the first: "rule-added" */
	char object[192]; /* "inet sekisho chain forward rule 3" */
	bool guided;      /* by the events alone */
	int64_t done_us;  /* of the monotonic clock, when the kernel was right again; 0: it is not */

	/* Set by who asks, or NULL: given the tables as somebody made them, when they are mended. */
	void (*on_hole)(void *context, const struct ruleset *tampered);
	void *context;
};
void mended_done(struct mended *mended);

/* Makes what others touched, as their events told (nft_touched), what it should be; the last of
 * them brought the generation. `repair` false: only looks. False: it could not be done this way,
 * and errs may say why; take more events and try again, or look at everything. */
_must_check_ bool gate_mend_touched(struct gate *gate, uint32_t generation, bool repair,
				    struct mended *mended, struct errs *errs);
/* The same by reading all; true: the kernel was read back and holds the policy's ruleset, or
 * does not (differences) and `repair` was false. */
_must_check_ bool gate_mend(struct gate *gate, bool repair, struct mended *mended,
			    struct errs *errs);

/* Takes a flowtable of others away that carries connections around us, as it was found at that
 * generation, which becomes the one after it. False with errs: nothing was done. */
_must_check_ bool gate_remove_offload(struct gate *gate, const struct offload *offload,
				      uint32_t *generation, struct errs *errs);

/* ---- a table of its own that lets nothing cross (gate_close.c) ---- */
_must_check_ bool gate_close(struct gate *gate, struct errs *errs);
_must_check_ bool gate_open(struct gate *gate, struct errs *errs); /* back to the policy alone */

/* Kernel against wanted, as far as times let them be; what differs goes to ret_differences, if
 * not NULL, in words. */
bool rulesets_same(const struct ruleset *kernel, const struct ruleset *wanted,
		   struct buf *ret_differences);

const char *gate_state_word(const struct gate *gate); /* "enforcing": for JSON */
const char *gate_why(const struct gate *gate);        /* "": all is well */
