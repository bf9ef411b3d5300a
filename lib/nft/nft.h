/* The kernel's nf_tables, as rulesets: read what it holds, make it hold what it should, hear of
 * changes. Behind these calls is a socket (sock.c) or a scripted kernel for tests (fake.c).
 *
 * One struct nft lives as long as the daemon: the tables belong to its socket. Not for threads.
 * Everything that fails adds an err; a refusal of the kernel stands at the line of the setting
 * that the refused message came from. */
#pragma once

#include "base/err.h"
#include "rule/diff.h"
#include "rule/offload.h"
#include "rule/ruleset.h"

struct nft;

/* What this kernel can do; found by trying, in a namespace of our own where trying changes
 * something. Each has the kernel that brought it, for people to read. */
enum nft_feature {
	NFT_OWNER,          /* tables owned by a socket (5.12) */
	NFT_PERSIST,        /* … that outlive it (6.9) */
	NFT_EGRESS,         /* netdev egress chains (5.16) */
	NFT_ABSENT_DEVICE,  /* netdev chains on devices that do not exist yet (6.16) */
	NFT_CONCAT_INTERVAL,
	NFT_ELEMENT_UPDATE, /* adding an element again renews its time (6.12?) */
	NFT_ELEMENT_COUNTER,
	NFT_MAP_IN_CT_MARK,
	NFT_SET_RESIZE,     /* the size of a set can be changed in place (6.5) */
	NFT_FLOWTABLE,      /* others could carry connections past us (4.16) */
	NFT_HOOK_DUMP,      /* who stands on a hook can be asked (5.14) */
	NFT_FEATURES
};

struct nft_probe {
	char release[65]; /* uname -r */
	bool has[NFT_FEATURES];
};

const char *nft_feature_name(enum nft_feature feature);  /* "owner", for JSON */
const char *nft_feature_since(enum nft_feature feature); /* "5.12 (commit …)" */

/* Did it fail because somebody was quicker? Then it is not that it cannot be done. */
bool nft_is_race(const struct errs *errs);

/* Generations count round. */
static inline bool nft_is_older(uint32_t generation, uint32_t than)
{
	return (int32_t)(generation - than) < 0;
}

/* NULL with errs. */
struct nft *nft_open(struct errs *errs);
void nft_close(struct nft *nft);
CLEANUP_FUNC(struct nft *, nft_close);

/* In a child after fork(): sockets of its own, for reading alone. */
_must_check_ bool nft_reopen(struct nft *nft);
/* Before a child reads: gives the kernel what waits for a device that has come. */
void nft_settle(struct nft *nft);

void nft_probe(struct nft *nft, struct nft_probe *ret_probe);
/* Found out before, by another process. */
void nft_probe_take(struct nft *nft, const struct nft_probe *probe);
_must_check_ bool nft_generation(struct nft *nft, uint32_t *ret_generation, struct errs *errs);

/* All tables with that name, in all families, as the kernel holds them; NULL: all tables of
 * everybody. The generation was the same before and after, or it was read again. */
struct ruleset *nft_read(struct nft *nft, const char *table_name, uint32_t *ret_generation,
			 struct errs *errs);

/* All tables of everybody else, without the elements of their sets. */
struct ruleset *nft_read_others(struct nft *nft, const char *table_name, uint32_t *ret_generation,
				struct errs *errs);

struct nft_applied {
	uint32_t generation; /* after the last transaction */
	size_t messages, bytes, transactions;
	bool unheard; /* an answer was lost, and the generation grew by one: by us, if by nobody else */
};

/* Makes what is `was` into `is`, by the items of their diff alone, in one transaction that
 * commits only if the generation is still `generation`; where elements are many and not yet
 * reachable, they go ahead in transactions of their own (RULESET.md), and the switch is one.
 * On failure nothing of the last transaction was done, and errs says why and where. */
_must_check_ bool nft_apply(struct nft *nft, const struct diff *diff, uint32_t generation,
			    struct nft_applied *ret_applied, struct errs *errs);

/* Takes somebody else's flowtable away, and before it the rules that name it, in one transaction
 * that commits only if the generation is still `generation`. What it carried takes the way
 * through the chains again. On failure nothing was done, and errs says why. */
_must_check_ bool nft_remove_offload(struct nft *nft, const struct offload *offload,
				     uint32_t generation, struct nft_applied *ret_applied,
				     struct errs *errs);

/* ---- events ---- */
struct nft_event {
	uint32_t generation;
	int32_t pid;          /* of who changed it; 0: unknown */
	char program[16];
	bool ours, lost;      /* lost: the kernel dropped events; read everything anew */
};

/* A descriptor that polls readable when something changed; then nft_event_take() until false. */
int nft_event_fd(struct nft *nft, struct errs *errs);
bool nft_event_take(struct nft *nft, struct nft_event *ret_event);

/* What the kernel should hold in the tables of that name: by it the contents of events are
 * understood. It must outlive the next call. Forgets what was touched before. */
void nft_event_know(struct nft *nft, const struct ruleset *known, const char *table_name);

/* What others touched, as the events taken so far say. */
struct nft_touched {
	bool ours;   /* something in the known tables */
	bool others; /* tables of other names */
	bool shape;  /* of ours: more than elements */
	bool lost;   /* events were lost: all of this may be too little */
};
struct nft_touched nft_touched(const struct nft *nft);
void nft_touched_clear(struct nft *nft);

/* What was touched, and only that, as it is (out of the events where they say it, else read)
 * and as it is known to should be: their difference repairs it. With elements alone nothing is
 * asked of the kernel, and the generation is left as it is given; otherwise it becomes that of
 * the reading. Valid until the next nft_event_take(), nft_touched_clear() or nft_event_know().
 * As of now_ms of the wall clock. */
struct nft_view {
	struct ruleset *was, *is;
};
_must_check_ bool nft_view_read(struct nft *nft, int64_t now_ms, uint32_t *generation,
				struct nft_view *ret_view, struct errs *errs);
void nft_view_done(struct nft_view *view);

/* Can this difference be applied to what stands? Otherwise nft_apply() makes a table anew, and
 * must be given all of it, not a view. */
bool nft_is_in_place(struct nft *nft, const struct diff *diff);
