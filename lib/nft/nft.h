/* The kernel's nf_tables, as rulesets: read what it holds, make it hold what it should, hear of
 * changes. Behind these calls is a socket (sock.c) or a scripted kernel for tests (fake.c).
 *
 * One struct nft lives as long as the daemon: the tables belong to its socket. Not for threads.
 * Everything that fails adds an err; a refusal of the kernel stands at the line of the setting
 * that the refused message came from. */
#pragma once

#include "base/err.h"
#include "rule/diff.h"
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

/* NULL with errs. */
struct nft *nft_open(struct errs *errs);
void nft_close(struct nft *nft);
CLEANUP_FUNC(struct nft *, nft_close);

void nft_probe(struct nft *nft, struct nft_probe *ret_probe);
_must_check_ bool nft_generation(struct nft *nft, uint32_t *ret_generation, struct errs *errs);

/* All tables with that name, in all families, as the kernel holds them; NULL: all tables of
 * everybody. The generation was the same before and after, or it was read again. */
struct ruleset *nft_read(struct nft *nft, const char *table_name, uint32_t *ret_generation,
			 struct errs *errs);

struct nft_applied {
	uint32_t generation; /* after the last transaction */
	size_t messages, bytes, transactions;
};

/* Makes what is `was` into `is`, by the items of their diff alone, in one transaction that
 * commits only if the generation is still `generation`; where elements are many and not yet
 * reachable, they go ahead in transactions of their own (RULESET.md), and the switch is one.
 * On failure nothing of the last transaction was done, and errs says why and where. */
_must_check_ bool nft_apply(struct nft *nft, const struct diff *diff, uint32_t generation,
			    struct nft_applied *ret_applied, struct errs *errs);

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
