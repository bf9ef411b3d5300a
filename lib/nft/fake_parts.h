/* The two halves of the scripted kernel: its sockets (fake.c) and its rules (fake_rules.c). */
#pragma once

#include "nft/fake.h"
#include "nft/transport.h"

enum { FAKE_PORTID = 4242 };

struct fake {
	struct ruleset *ruleset;
	uint32_t generation;
	uint64_t handles;
	struct outbox answers, events;
	int event_fd;
	bool answers_lost, events_lost;
	struct fake_script script;
	struct fake_counts counts;
};

struct ruleset *fake_copy(struct fake *fake, const struct ruleset *ruleset);
void fake_elements_put(struct outbox *outbox, const struct table *table, const struct set *set);
int fake_transact(struct fake *fake, const void *bytes, size_t count);
void fake_announce(struct fake *fake, uint32_t portid, int32_t pid, const char *program);
