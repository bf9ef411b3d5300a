/* Chains on devices that are not there. Kernels from 6.16 on hold such a chain until its device
 * comes. Older ones refuse it; and when a device goes, they forget its chain (6.1) or forget the
 * device's name (6.12). For them the chain waits here, and the rest of lib/nft is as on a newer
 * kernel: a transaction leaves it out, what is read shows it as long as its device is away, and
 * the kernel is given it when the device has come.
 *
 * It hides no difference that could pass a packet: a chain that the kernel lacks although its
 * device was there all the time is shown as lacking. */
#pragma once

#include "nft/decode.h"
#include "nft/nft.h"

struct kept_chain {
	const struct table *table;
	const struct chain *chain;
	unsigned index; /* of the device the kernel has the chain on; 0: the device is away */
	bool held;      /* and the kernel has the chain all the same, on no device */
};

struct kept {
	struct ruleset *ruleset; /* copies: their tables, and nothing else of these */
	vec_of(struct kept_chain) chains;
};

void kept_free(struct kept *kept);

/* What is to be kept when `was` (or NULL) has become `is` (or NULL), beside what nft keeps of
 * other tables; anew: what was is deleted first. NULL: nothing to keep, or a kernel that does it
 * itself. */
struct kept *kept_make(struct nft *nft, const struct table *was, const struct table *is,
		       bool anew);
bool kept_waits(const struct kept *kept, const struct table *table, const struct chain *chain);

/* Gives the kernel those whose device has come. What it refuses will be a difference. */
void kept_give(struct nft *nft);
/* Adds those that wait to what was read. */
_must_check_ bool kept_show(struct nft *nft, struct decode *decode);
