/* tamper_rate SOCKET DAEMON_PID ROUNDS: changes the tables of a running daemon that does not own
 * them, in 20 ways, ROUNDS times each, and says how long each took to be found and undone, beside
 * two bare programs in the same run: one that only commits (this one), one that only listens (a
 * child). All moments are told by events: the child's receipt of them, and the daemon's own record.
 *
 * One line a kind and one of all: medians and 99th percentiles in microseconds. */
#define _GNU_SOURCE
#include <errno.h>
#include <jansson.h>
#include <linux/netfilter/nf_tables.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/wall.h"
#include "nft/batch.h"
#include "nft/numbers.h"
#include "nft/read.h"
#include "nft/transport.h"
#include "rule/code.h"
#include "wire/wire.h"

enum { GENERATIONS = 1 << 16, SAMPLES_MOST = 100000, WAIT_MS = 20000 };

/* What the child heard: when, by generation. */
struct heard {
	_Atomic int64_t at_us[GENERATIONS];
	_Atomic int ready;
};

struct world {
	struct nft *nft;
	struct ruleset *known; /* whole, of the beginning */
	struct ruleset *shape; /* of now, without elements */
	struct ruleset *own;   /* what we put in */
	const struct table *inet, *arp, *netdev;
	const struct set *alive, *map, *bound, *ways, *pairs;
	struct batch batch;
	uint32_t serial;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "tamper_rate: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the one that only listens ---- */

static pid_t listener_start(struct heard *heard)
{
	pid_t child = fork();
	struct errs errs;
	struct nft *nft;
	struct nft_event event;
	struct pollfd wait = { .events = POLLIN };

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	errs_init(&errs);
	nft = nft_open(&errs);
	wait.fd = nft ? nft_event_fd(nft, &errs) : -1;
	if (wait.fd < 0)
		die("listen");
	atomic_store(&heard->ready, 1);
	for (;;) {
		int64_t at;

		poll(&wait, 1, -1);
		at = now_us();
		while (nft_event_take(nft, &event))
			if (!event.lost)
				atomic_store(&heard->at_us[event.generation % GENERATIONS], at);
	}
}

/* ---- what the daemon tells ---- */

static int watch_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct buf call = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	wire_add_call(&call, WIRE_INTERFACE ".Watch", NULL, true);
	if (write(fd, call.text, call.count) != (ssize_t)call.count)
		die("watch");
	buf_done(&call);
	return fd;
}

/* The next message; NULL: none in time. */
static json_t *watch_next(int fd, struct wire_inbox *inbox, int wait_ms)
{
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		char bytes[65536];
		json_t *json;
		ssize_t count;

		if (wire_inbox_take(inbox, &json) == WIRE_TAKE_WHOLE)
			return json;
		if (poll(&wait, 1, wait_ms) <= 0)
			return NULL;
		count = read(fd, bytes, sizeof(bytes));
		if (count <= 0 || !wire_inbox_add(inbox, bytes, (size_t)count))
			die("the daemon's events");
	}
}

/* "2026-11-21T12:00:00.123456+09:00" */
static int64_t time_us(const json_t *drift, const char *key)
{
	const char *text = json_string_value(json_object_get(drift, key));
	char whole[64];
	struct wall wall;
	int offset;

	if (!text || strlen(text) < 27)
		return 0;
	snprintf(whole, sizeof(whole), "%.19s%s", text, text + 26);
	return wall_parse(whole, &wall, &offset) ? wall.sec * 1000000 + atoi(text + 20) : 0;
}

/* The record of the change by us; false: another one, or none. */
static bool drift_wait(int fd, struct wire_inbox *inbox, int64_t *found_us, int64_t *undone_us)
{
	json_t *json;

	while ((json = watch_next(fd, inbox, WAIT_MS))) {
		const json_t *parameters = json_object_get(json, "parameters");
		const json_t *drift = json_object_get(parameters, "drift");
		bool mine = drift && json_integer_value(json_object_get(
						json_object_get(drift, "changer"), "pid")) ==
					     getpid();

		if (mine) {
			*found_us = time_us(drift, "last_detected_at");
			if (!*found_us)
				*found_us = time_us(drift, "detected_at");
			*undone_us = time_us(drift, "repaired_at");
		}
		json_decref(json);
		if (mine)
			return *undone_us;
	}
	return false;
}

/* ---- the kinds ---- */

static const struct chain *chain_of(const struct world *world, const struct table *table,
				    const char *name)
{
	const struct table *there =
		ruleset_find_table(world->shape, table->family, table->name);

	if (name)
		return table_find_chain(there, name);
	vec_each(chain, &there->chains)
		if ((*chain)->is_base)
			return *chain;
	return NULL;
}

static const struct rule *accept_make(struct world *world)
{
	struct table *table = ruleset_add_table(world->own, TABLE_INET, "x", (struct src){ 0 });
	struct chain *chain = table_add_chain(world->own, table, "x", (struct src){ 0 });
	struct code code = { .ruleset = world->own };

	code_match_l4proto(&code, 6);
	code_verdict(&code, VERDICT_ACCEPT, NULL);
	code_end(&code, chain, NULL, (struct src){ 0 });
	return &chain->rules.items[0];
}

static void rule_in(struct world *world, const struct table *table, const char *chain, bool front)
{
	batch_rule(&world->batch, NFT_MSG_NEWRULE, NLM_F_CREATE | (front ? 0 : NLM_F_APPEND), table,
		   chain_of(world, table, chain), accept_make(world), (struct rule_place){ 0 });
}

/* One that is there, with its first four bytes replaced by a number that nobody has. */
static struct element element_other(struct world *world, const struct set *set)
{
	struct element element = set->elements.items[0];
	uint8_t *key =
		(uint8_t *)arena_copy(world->own->arena, element.key, set->key_bytes);

	world->serial++;
	memcpy(key + set->key_bytes - 4, &(uint32_t){ 0xab000000 | world->serial }, 4);
	element.key = key;
	return element;
}

static void element_in(struct world *world, const struct set *set)
{
	struct element *element = arena_make(world->own->arena, struct element);

	*element = element_other(world, set);
	batch_element(&world->batch, NFT_MSG_NEWSETELEM, world->inet, set, element);
}

static void element_out(struct world *world, const struct set *set)
{
	batch_element(&world->batch, NFT_MSG_DELSETELEM, world->inet, set,
		      &set->elements.items[set->elements.count / 2]);
}

static void element_else(struct world *world, const struct set *set, uint64_t timeout_ms,
			 uint32_t mark)
{
	struct element *element = arena_make(world->own->arena, struct element);

	*element = set->elements.items[set->elements.count / 2];
	element->timeout_ms = timeout_ms;
	if (mark)
		element->mark = mark;
	batch_element(&world->batch, NFT_MSG_DELSETELEM, world->inet, set,
		      &set->elements.items[set->elements.count / 2]);
	batch_element(&world->batch, NFT_MSG_NEWSETELEM, world->inet, set, element);
}

static void rule_out(struct world *world)
{
	const struct chain *chain = chain_of(world, world->inet, "forward");
	const struct rule *rule = &chain->rules.items[2];

	batch_rule(&world->batch, NFT_MSG_DELRULE, 0, world->inet, chain, rule,
		   (struct rule_place){ .handle = rule->handle });
}

static void rule_else(struct world *world)
{
	const struct chain *chain = chain_of(world, world->inet, "forward");

	batch_rule(&world->batch, NFT_MSG_NEWRULE, NLM_F_REPLACE, world->inet, chain,
		   accept_make(world),
		   (struct rule_place){ .handle = chain->rules.items[2].handle });
}

static void policy_else(struct world *world)
{
	struct chain *chain = arena_make(world->own->arena, struct chain);

	*chain = *chain_of(world, world->inet, "forward");
	chain->policy = VERDICT_ACCEPT;
	batch_chain(&world->batch, NFT_MSG_NEWCHAIN, world->inet, chain);
}

static void chain_in(struct world *world)
{
	struct table *table = ruleset_add_table(world->own, TABLE_INET, "y", (struct src){ 0 });

	batch_chain(&world->batch, NFT_MSG_NEWCHAIN, world->inet,
		    table_add_chain(world->own, table, "spare", (struct src){ 0 }));
}

static void set_in(struct world *world)
{
	struct table *table = ruleset_add_table(world->own, TABLE_INET, "z", (struct src){ 0 });
	struct set *set = table_add_set(world->own, table, "spare", (struct src){ 0 });

	set_add_key(set, DATUM_IPV4, 0);
	batch_set(&world->batch, NFT_MSG_NEWSET, world->inet, set, false);
}

static void counter_in(struct world *world)
{
	struct table *table = ruleset_add_table(world->own, TABLE_INET, "w", (struct src){ 0 });

	batch_object(&world->batch, NFT_MSG_NEWOBJ, world->inet,
		     table_add_object(world->own, table, OBJECT_COUNTER, "spare",
				      (struct src){ 0 }));
}

static void table_dormant(struct world *world)
{
	struct table *table = arena_make(world->own->arena, struct table);

	*table = *world->arp;
	table->flags |= TABLE_DORMANT;
	batch_table(&world->batch, NFT_MSG_NEWTABLE, table);
}

static void k_alive_in(struct world *w) { element_in(w, w->alive); }
static void k_alive_out(struct world *w) { element_out(w, w->alive); }
static void k_alive_end(struct world *w) { element_else(w, w->alive, 3600000, 0); }
static void k_flow_in(struct world *w) { element_in(w, w->map); }
static void k_flow_out(struct world *w) { element_out(w, w->map); }
static void k_flow_else(struct world *w) { element_else(w, w->map, 0, 0xabcdef); }
static void k_bound_in(struct world *w) { element_in(w, w->bound); }
static void k_bound_out(struct world *w) { element_out(w, w->bound); }
static void k_way_out(struct world *w) { element_out(w, w->ways); }
static void k_pair_out(struct world *w) { element_out(w, w->pairs); }
static void k_front(struct world *w) { rule_in(w, w->inet, "forward", true); }
static void k_back(struct world *w) { rule_in(w, w->inet, "forward", false); }
static void k_input(struct world *w) { rule_in(w, w->inet, "input", true); }
static void k_egress(struct world *w) { rule_in(w, w->netdev, NULL, true); }

static const struct kind {
	const char *name;
	void (*put)(struct world *world);
} kinds[] = {
	{ "permission in", k_alive_in },    { "permission out", k_alive_out },
	{ "permission ends", k_alive_end }, { "flow in", k_flow_in },
	{ "flow out", k_flow_out },	    { "flow's mark", k_flow_else },
	{ "machine in", k_bound_in },	    { "machine out", k_bound_out },
	{ "way out", k_way_out },	    { "pair out", k_pair_out },
	{ "accept in front", k_front },	    { "accept behind", k_back },
	{ "accept in input", k_input },	    { "accept at egress", k_egress },
	{ "rule out", rule_out },	    { "rule replaced", rule_else },
	{ "policy accept", policy_else },   { "chain in", chain_in },
	{ "set in", set_in },		    { "counter in", counter_in },
	{ "table dormant", table_dormant },
};
enum { KINDS = array_count(kinds) };

/* ---- figures ---- */

struct sample {
	size_t kind;
	int64_t commit, bare, found, undone; /* after the commit began */
};

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void figures_print(const char *name, const struct sample *samples, size_t count, size_t kind)
{
	static int64_t values[4][SAMPLES_MOST];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (kind < KINDS && samples[i].kind != kind)
			continue;
		values[0][used] = samples[i].commit;
		values[1][used] = samples[i].bare;
		values[2][used] = samples[i].found;
		values[3][used++] = samples[i].undone;
	}
	if (!used)
		return;
	printf("%-18s %5zu", name, used);
	for (unsigned i = 0; i < 4; i++) {
		qsort(values[i], used, sizeof(values[i][0]), compare);
		printf("  %7lld %8lld", (long long)values[i][used / 2],
		       (long long)values[i][used * 99 / 100]);
	}
	putchar('\n');
}

/* ---- the rounds ---- */

static bool wants_none(const void *context, const struct table *table, const struct set *set)
{
	(void)context;
	(void)table;
	(void)set;
	return false;
}

static const struct set *set_filled(const struct table *table, const char *prefix)
{
	vec_each(set, &table->sets)
		if (strncmp((*set)->name, prefix, strlen(prefix)) == 0 &&
		    !((*set)->flags & SET_INTERVAL) && (*set)->elements.count)
			return *set;
	fprintf(stderr, "tamper_rate: no set %s with elements\n", prefix);
	exit(1);
}

static void world_read(struct world *world)
{
	struct errs errs;
	uint32_t generation;

	errs_init(&errs);
	world->nft = nft_open(&errs);
	world->known = world->nft ? nft_read(world->nft, "sekisho", &generation, &errs) : NULL;
	if (!world->known)
		die("the daemon's tables");
	world->inet = ruleset_find_table(world->known, TABLE_INET, "sekisho");
	world->arp = ruleset_find_table(world->known, TABLE_ARP, "sekisho");
	world->netdev = ruleset_find_table(world->known, TABLE_NETDEV, "sekisho");
	world->alive = set_filled(world->inet, "alive_");
	world->map = set_filled(world->inet, "flow4_");
	world->bound = set_filled(world->inet, "bound4");
	world->ways = set_filled(world->inet, "ways");
	world->pairs = set_filled(world->inet, "pairs");
	errs_done(&errs);
}

/* All of the daemon's tables, received and thrown away: microseconds. */
static int64_t bare_dump(struct world *world)
{
	static const uint8_t messages[] = { NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN, NFT_MSG_GETOBJ,
					    NFT_MSG_GETSET, NFT_MSG_GETRULE };
	int64_t start = now_us();
	int number;

	vec_each(table, &world->known->tables) {
		for (size_t i = 0; i < array_count(messages); i++) {
			struct nlmsghdr *ask = outbox_open(&world->nft->outbox, messages[i],
							   family_number((*table)->family),
							   NLM_F_DUMP);

			if (messages[i] != NFT_MSG_GETTABLE && messages[i] != NFT_MSG_GETCHAIN)
				mnl_attr_put_strz(ask, NFTA_SET_TABLE, (*table)->name);
			outbox_close(&world->nft->outbox, ask);
			(void)nft_ask(world->nft, NULL, NULL, &number);
		}
		vec_each(set, &(*table)->sets) {
			struct nlmsghdr *ask =
				outbox_open(&world->nft->outbox, NFT_MSG_GETSETELEM,
					    family_number((*table)->family), NLM_F_DUMP);

			mnl_attr_put_strz(ask, NFTA_SET_ELEM_LIST_TABLE, (*table)->name);
			mnl_attr_put_strz(ask, NFTA_SET_ELEM_LIST_SET, (*set)->name);
			outbox_close(&world->nft->outbox, ask);
			(void)nft_ask(world->nft, NULL, NULL, &number);
		}
	}
	return now_us() - start;
}

static bool change(struct world *world, size_t kind, struct heard *heard, struct sample *sample)
{
	const struct read_scope scope = { .name = "sekisho", .wants = wants_none };
	struct nft_applied applied = { 0 };
	uint32_t generation;
	struct errs errs;
	int64_t start;
	bool done;

	errs_init(&errs);
	world->shape = read_scope(world->nft, &scope, &generation, &errs);
	world->own = ruleset_new();
	batch_init(&world->batch, world->nft, &errs);
	batch_start(&world->batch, generation);
	kinds[kind].put(world);
	atomic_store(&heard->at_us[(generation + 1) % GENERATIONS], 0);
	start = now_us();
	done = batch_send(&world->batch, generation, &applied) == BATCH_DONE;
	sample->commit = now_us() - start;
	sample->kind = kind;
	sample->found = start;
	batch_done(&world->batch);
	ruleset_free(world->own);
	ruleset_free(world->shape);
	for (int i = 0; done && i < 2000000; i++)
		if ((sample->bare = atomic_load(&heard->at_us[(generation + 1) % GENERATIONS])))
			break;
	sample->bare -= start;
	errs_done(&errs);
	return done;
}

int main(int argc, char **argv)
{
	static struct sample samples[SAMPLES_MOST];
	struct heard *heard = mmap(NULL, sizeof(*heard), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct world world = { 0 };
	struct wire_inbox inbox;
	size_t count = 0, missed = 0;
	pid_t listener;
	int fd;

	if (argc != 4 || heard == MAP_FAILED)
		return 2;
	listener = listener_start(heard);
	while (!atomic_load(&heard->ready))
		usleep(1000);
	world_read(&world);
	wire_inbox_init(&inbox, WIRE_REPLY_MOST_BYTES);
	fd = watch_open(argv[1]);
	for (long round = 0; round < atol(argv[3]); round++)
		for (size_t kind = 0; kind < KINDS && count < SAMPLES_MOST; kind++) {
			struct sample *sample = &samples[count];
			int64_t start, found, undone;

			if (!change(&world, kind, heard, sample)) {
				fprintf(stderr, "tamper_rate: %s was refused\n", kinds[kind].name);
				missed++;
				continue;
			}
			start = sample->found;
			if (!drift_wait(fd, &inbox, &found, &undone)) {
				fprintf(stderr, "tamper_rate: %s was not undone\n", kinds[kind].name);
				missed++;
				continue;
			}
			sample->found = found - start;
			sample->undone = undone - start;
			count++;
			if (getenv("PAUSE_US"))
				usleep((useconds_t)atoi(getenv("PAUSE_US")));
		}
	printf("%-18s %5s  %16s  %16s  %16s  %16s\n", "microseconds", "times", "committed",
	       "bare listener", "found", "undone");
	for (size_t kind = 0; kind < KINDS; kind++)
		figures_print(kinds[kind].name, samples, count, kind);
	figures_print("all", samples, count, KINDS);
	printf("bare dump %lld\nmissed %zu\n", (long long)bare_dump(&world), missed);
	kill(listener, SIGKILL);
	return missed ? 1 : 0;
}
