/* nft_kernel: lib/nft against the kernel of this namespace, which must be a throwaway one: what takes
 * more than one socket, probes, events, owners, expiry. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nft/nft.h"

static unsigned passed, failed;

static void expect(bool good, const char *what)
{
	printf("%s %s\n", good ? "ok  " : "FAIL", what);
	good ? passed++ : failed++;
}

static struct ruleset *town(bool owned, unsigned elements, uint64_t timeout_ms)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "sekisho",
						(struct src){ "p", 1 });
	struct set *set = table_add_set(ruleset, table, "s", (struct src){ "p", 2 });

	table->flags = owned ? TABLE_OWNER | TABLE_PERSIST : 0;
	set->flags = SET_TIMEOUT;
	set->size = 100;
	set_add_key(set, DATUM_MARK, 0);
	for (uint32_t i = 0; i < elements; i++) {
		struct element *element = set_add_element(ruleset, set, false);

		memcpy(element_key(element), &i, sizeof(i));
		element->timeout_ms = i ? timeout_ms : 0;
	}
	return ruleset;
}

static bool go(struct nft *nft, const struct ruleset *was, const struct ruleset *is,
	       struct errs *errs)
{
	struct nft_applied applied;
	uint32_t generation;
	struct diff diff;
	bool good;

	if (!nft_generation(nft, &generation, errs))
		return false;
	ruleset_diff(was, is, 0, &diff);
	good = nft_apply(nft, &diff, generation, &applied, errs);
	diff_done(&diff);
	return good;
}

static struct ruleset *held(struct nft *nft, struct errs *errs)
{
	uint32_t generation;

	return nft_read(nft, "sekisho", &generation, errs);
}

static bool wait_event(struct nft *nft, int fd, struct nft_event *event)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	while (poll(&poll_fd, 1, 5000) > 0)
		if (nft_event_take(nft, event))
			return true;
	return false;
}

static void try_events(struct nft *nft, struct errs *errs)
{
	int fd = nft_event_fd(nft, errs);
	struct ruleset *empty = ruleset_new(), *is = town(false, 2, 0);
	struct nft_event event;
	uint32_t generation;

	expect(fd >= 0, "listens");
	expect(go(nft, empty, is, errs), "applies");
	expect(wait_event(nft, fd, &event) && event.ours && event.pid, "hears its own change");
	expect(nft_generation(nft, &generation, errs) && generation == event.generation,
	       "with its generation");
	expect(system("nft delete table inet sekisho") == 0 && wait_event(nft, fd, &event) &&
		       !event.ours && strcmp(event.program, "nft") == 0,
	       "hears of others, by program");
	ruleset_free(empty);
	ruleset_free(is);
}

static void try_owner(struct errs *errs)
{
	struct nft *first = nft_open(errs), *second = nft_open(errs);
	struct ruleset *empty = ruleset_new(), *is = town(true, 2, 0), *more = town(true, 5, 0);
	struct ruleset *orphan;
	size_t before;

	expect(go(first, empty, is, errs), "an owned table is made");
	expect(system("nft delete table inet sekisho 2>/dev/null") != 0, "others cannot remove it");
	expect(system("nft flush ruleset") == 0, "others can flush theirs");
	before = errs->list.count;
	expect(!go(second, is, more, errs) && errs->list.items[before].sys_errno == EPERM,
	       "nor another socket of ours");
	nft_close(first);
	orphan = held(second, errs);
	expect(orphan && orphan->tables.count == 1 &&
		       orphan->tables.items[0]->flags == TABLE_PERSIST,
	       "it stays when its owner ends, an orphan");
	expect(orphan && go(second, orphan, more, errs), "adopted and changed at once");
	ruleset_free(orphan);
	orphan = held(second, errs);
	expect(orphan && orphan->tables.items[0]->flags == (TABLE_OWNER | TABLE_PERSIST) &&
		       orphan->tables.items[0]->sets.items[0]->elements.count == 5,
	       "and it is ours");
	expect(go(second, more, empty, errs), "removed");
	nft_close(second);
	ruleset_free(orphan);
	ruleset_free(empty);
	ruleset_free(is);
	ruleset_free(more);
}

static void try_expiry(struct nft *nft, struct errs *errs)
{
	struct ruleset *empty = ruleset_new(), *with = town(false, 4, 60), *rest = town(false, 1, 0);
	struct ruleset *read = NULL;

	expect(go(nft, empty, with, errs), "elements with an end");
	for (unsigned i = 0; i < 400; i++) { /* until the kernel has let them go */
		ruleset_free(read);
		read = held(nft, errs);
		if (read->tables.items[0]->sets.items[0]->elements.count == 1)
			break;
		poll(NULL, 0, 10);
	}
	expect(read->tables.items[0]->sets.items[0]->elements.count == 1, "they end");
	expect(go(nft, with, rest, errs), "what ended by itself is no obstacle to its removal");
	expect(go(nft, rest, empty, errs), "removed");
	ruleset_free(read);
	ruleset_free(empty);
	ruleset_free(with);
	ruleset_free(rest);
}

static void try_all(struct nft *nft, struct errs *errs)
{
	struct nft_probe probe;
	uint32_t before, after;

	expect(nft_generation(nft, &before, errs), "generation");
	nft_probe(nft, &probe);
	expect(nft_generation(nft, &after, errs) && before == after,
	       "probing leaves this namespace alone");
	for (unsigned i = 0; i < NFT_FEATURES; i++)
		printf("     %s %-16s since %s\n", probe.has[i] ? "has " : "lacks",
		       nft_feature_name(i), nft_feature_since(i));
	expect(probe.has[NFT_CONCAT_INTERVAL] && probe.has[NFT_MAP_IN_CT_MARK],
	       "the probe finds what every kernel has");
	try_events(nft, errs);
	if (probe.has[NFT_PERSIST])
		try_owner(errs);
	else
		printf("SKIP nft_kernel: no persistent owner on %s\n", probe.release);
	try_expiry(nft, errs);
}

int main(void)
{
	struct errs errs;
	struct nft *nft;

	errs_init(&errs);
	nft = nft_open(&errs);
	expect(nft, "opens");
	if (nft)
		try_all(nft, &errs);
	if (failed)
		vec_each(err, &errs.list)
			printf("     %s\n", err->message);
	nft_close(nft);
	errs_done(&errs);
	printf("nft_kernel: %u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
