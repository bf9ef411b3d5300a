/* What the kernel does with a packet, as its own bytes say: the dump of this moment, executed on
 * every packet that fits the question. Knows nothing of what the daemon believes it holds. */
#pragma once

#include "ctl/dump_file.h"
#include "policy/ask.h"
#include "proof/prove.h"

enum live_verdict {
	LIVE_PASSES,
	LIVE_DROPPED,
	LIVE_DEPENDS, /* on what the question leaves open, or on what cannot be understood */
};

struct live_way {
	bool passes, stolen;
	struct place by, doubt;
	const struct set *set;
	const struct element *element;
	struct packet packet; /* one that goes this way */
};

struct live {
	struct dump dump;
	struct arena *arena;
	vec_of(struct live_way) ways; /* different ones; at most LIVE_WAYS_MOST */
	bool too_much;
	enum live_verdict verdict;
	bool agrees; /* with the policy's answer */
};

enum { LIVE_WAYS_MOST = 10 };

_must_check_ bool live_open(struct live *live, const struct command *command,
			    enum status *ret_status);
void live_close(struct live *live);
void live_follow(struct live *live, const struct policy *policy, const struct question *question,
		 const struct answer *answer);

void live_print(struct buf *buf, const struct live *live, bool permit);
json_t *live_json(const struct live *live, int offset_sec);
