/* The parts of the scripted kernel: its sockets (fake.c), its rules (fake_rules.c), and what it
 * says of them (fake_tell.c). */
#pragma once

#include "nft/fake.h"
#include "nft/transport.h"

enum { FAKE_PORTID = 4242, FAKE_PEERS = 16 };

struct fake_peer { /* who has opened it */
	struct fake *fake;
	uint32_t portid; /* 0: nobody who has a socket */
	int32_t pid;
	const char *program;
};

struct fake {
	struct fake_peer peers[FAKE_PEERS];
	size_t peer_count;
	struct ruleset *ruleset;
	uint32_t generation;
	uint64_t handles;
	struct outbox answers, events;
	int event_fd;
	bool answers_lost, events_lost;
	bool meddling; /* by the script: it holds for others, not for whom it calls */
	struct fake_script script;
	struct fake_counts counts;
};

struct ruleset *fake_copy(struct fake *fake, const struct ruleset *ruleset);
int fake_transact(struct fake *fake, const struct fake_peer *peer, const void *bytes,
		  size_t count);

void fake_elements_put(struct outbox *outbox, const struct table *table, const struct set *set);
void fake_flowtables_put(struct outbox *out, const struct table *table);
void fake_all_put(struct outbox *out, const struct ruleset *ruleset);

/* The contents of an event, and all of it at its end. */
void tell_message(struct outbox *told, const struct nlmsghdr *message);
void tell_rule(struct outbox *told, bool removed, const struct table *table,
	       const struct chain *chain, const struct rule *rule);
void tell_element(struct outbox *told, bool removed, const struct table *table,
		  const struct set *set, const struct element *element);
void tell_table_gone(struct outbox *told, const struct table *table);
void fake_announce(struct fake *fake, const struct fake_peer *peer, const struct outbox *told);
void fake_ring(struct fake *fake);
