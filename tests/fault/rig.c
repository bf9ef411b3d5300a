/* See rig.h. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nft/fake_parts.h"
#include "rule/code.h"

/* ---- the clock: the linker leads clock_gettime() here (Makefile) ---- */

enum { MIDNIGHT_SEC = 1795186800 }; /* 2026-11-21T00:00:00+09:00 */

static int64_t clock_sec;

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (clock != CLOCK_REALTIME)
		return __real_clock_gettime(clock, time);
	*time = (struct timespec){ .tv_sec = clock_sec };
	return 0;
}

void clock_set(int minute)
{
	clock_sec = MIDNIGHT_SEC + minute * 60;
}

/* ---- policies ---- */

static const char head[] =
	"version = 1;\n"
	"policy: { organisation = \"試験町\"; gateway = \"fw\"; edition = \"R7.3\"; model = \"alpha\"; };\n"
	"zones: {\n"
	"  a: { class = \"lgwan\"; interface = \"eth1\"; networks = [\"10.1.0.0/24\"]; line = \"onprem\"; };\n"
	"  b: { class = \"lgwan\"; interface = \"eth2\"; networks = [\"10.2.0.0/24\"]; line = \"onprem\"; };\n";
static const char here[] =
	"  c: { class = \"lgwan\"; interface = \"eth3\"; networks = [\"10.3.0.0/24\"]; line = \"onprem\"; };\n"
	"};\nhosts: {\n"
	"  c1: { zone = \"c\"; ip = \"10.3.0.11\"; mac = \"00:00:5e:00:53:31\"; role = \"server\"; label = \"c\"; owner = \"課\"; };\n";
static const char elsewhere[] =
	"  d: { class = \"lgwan\"; interface = \"eth4\"; networks = [\"10.4.0.0/24\"]; line = \"onprem\"; };\n"
	"};\nhosts: {\n"
	"  c1: { zone = \"d\"; ip = \"10.4.0.11\"; mac = \"00:00:5e:00:53:31\"; role = \"server\"; label = \"c\"; owner = \"課\"; };\n";
static const char hosts[] =
	"  a1: { zone = \"a\"; ip = \"10.1.0.11\"; mac = \"00:00:5e:00:53:11\"; role = \"server\"; label = \"a\"; owner = \"課\"; };\n"
	"  b1: { zone = \"b\"; ip = \"10.2.0.11\"; mac = \"00:00:5e:00:53:21\"; role = \"server\"; label = \"b\"; owner = \"課\"; };\n"
	"};\nflows: {\n";
static const char tail[] =
	"};\nlogging: { items = [\"deny\", \"conn-new\", \"conn-end\", \"change\", \"verify\"]; retention-days = 400; handling = \"自治体機密性3\"; on-failure = \"alert\"; };\n"
	"enforce: { repair = true; own-tables = true; full-verify-interval = 60; };\n";

static void flow_add(struct buf *text, const char *id, const char *from, const char *to,
		     const char *more)
{
	buf_printf(text,
		   "  %s: { class = \"intra\"; from = \"%s\"; to = \"%s\"; proto = \"tcp\"; ports = [443]; data = \"both\";\n"
		   "    purpose = \"連携%s\"; clause = [\"G6.2-least\"];%s };\n",
		   id, from, to, id, more);
}

static void town_print(struct buf *text, enum town town)
{
	buf_printf(text, "%s%s%s", head, town == TOWN_ELSEWHERE ? elsewhere : here, hosts);
	if (town != TOWN_NARROWER)
		flow_add(text, "F1", "a1", "b1", "");
	flow_add(text, "F2", "b1", "c1", "");
	flow_add(text, "F3", "c1", "a1",
		 " window: { days = \"daily\"; from = \"10:00\"; to = \"11:00\"; };");
	if (town == TOWN_WIDER) {
		flow_add(text, "F4", "b1", "a1", "");
		flow_add(text, "F5", "a1", "c1", "");
	}
	buf_add_text(text, tail);
}

/* The reference city, with a flow more or less. */
static void city_print(struct buf *text, enum town town)
{
	FILE *file = fopen("conf/examples/aomine.conf", "re");
	bool left_out = false;
	char line[4096];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		if (town == CITY_NARROWER && strncmp(line, "  F12:", 6) == 0)
			left_out = true;
		if (!left_out)
			buf_add_text(text, line);
		else if (strstr(line, "};"))
			left_out = false;
		if (town == CITY_WIDER && strncmp(line, "flows:", 6) == 0)
			flow_add(text, "W1", "mn-atena", "mn-print", "");
	}
	fclose(file);
}

void rig_write(struct rig *rig, enum town town)
{
	struct buf text = { 0 };
	FILE *file = fopen(rig->policy, "we");

	ck_assert_ptr_nonnull(file);
	if (town >= CITY)
		city_print(&text, town);
	else
		town_print(&text, town);
	ck_assert_uint_eq(fwrite(buf_text(&text), 1, text.count, file), text.count);
	ck_assert_int_eq(fclose(file), 0);
	buf_done(&text);
}

/* ---- the rig ---- */

static char all[64];

static void dir_remove(const char *dir)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", dir);
}

void rigs_begin(void)
{
	const char *shm = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(all, sizeof(all), "%s/sekisho-fault-XXXXXX", shm);
	if (!mkdtemp(all))
		abort();
}

void rigs_end(void)
{
	dir_remove(all);
}

void rig_init(struct rig *rig, enum town town)
{
	*rig = (struct rig){ .fake = fake_new(), .city = town >= CITY };
	snprintf(rig->dir, sizeof(rig->dir), "%.40s/rig-XXXXXX", all);
	ck_assert_ptr_nonnull(mkdtemp(rig->dir));
	snprintf(rig->policy, sizeof(rig->policy), "%s/p.conf", rig->dir);
	rig->place = (struct places){ .policy = rig->policy,
				     .state_dir = rig->dir,
				     .run_dir = rig->dir,
				     .log_dir = rig->dir };
	rig_write(rig, town);
	clock_set(9 * 60 + 30);
	ck_assert(gate_init(&rig->gate, &rig->place, fake_open(rig->fake)));
	rig->other = fake_open_other(rig->fake, 77, "vandal");
}

void rig_restart(struct rig *rig)
{
	gate_done(&rig->gate);
	ck_assert(gate_init(&rig->gate, &rig->place, fake_open(rig->fake)));
}

void rig_done(struct rig *rig)
{
	gate_done(&rig->gate);
	nft_close(rig->other);
	fake_free(rig->fake);
	dir_remove(rig->dir);
}

void rig_quiet(struct rig *rig)
{
	struct fake_script quiet = { 0 };

	memcpy(quiet.has, fake_script(rig->fake)->has, sizeof(quiet.has));
	*fake_script(rig->fake) = quiet;
}

const char *rig_host(const struct rig *rig)
{
	return rig->city ? "host:mn-atena" : "host:b1";
}

struct ruleset *rig_kernel(struct rig *rig)
{
	return fake_copy(rig->fake, fake_ruleset(rig->fake));
}

static void devices_leave(struct table *table)
{
	size_t kept = 0;

	vec_each(chain, &table->chains)
		if (!(*chain)->device)
			table->chains.items[kept++] = *chain;
	table->chains.count = kept;
}

/* The devices of these towns are nowhere: a kernel that cannot wait for them has none of their
 * chains (absent.h). */
struct ruleset *rig_in_force(struct rig *rig)
{
	struct ruleset *copy = fake_copy(rig->fake, rig->gate.now->ruleset);

	if (!rig->gate.probe.has[NFT_ABSENT_DEVICE])
		vec_each(table, &copy->tables)
			if ((*table)->family == TABLE_NETDEV)
				devices_leave(*table);
	return copy;
}

const char *difference(const struct ruleset *was, const struct ruleset *is)
{
	static struct buf text;
	struct diff diff;

	buf_clear(&text);
	ruleset_diff(was, is, 0, &diff);
	vec_each(item, &diff.items)
		if (!text.count && !(item->kind == DIFF_SET && item->op == DIFF_CHANGE &&
				     strcmp(item->field, "size") == 0))
			diff_item_print(&text, item);
	diff_done(&diff);
	return buf_text(&text);
}

/* ---- somebody else ---- */

static struct table *copy_get(struct ruleset *copy)
{
	struct table *table =
		(struct table *)ruleset_find_table(copy, TABLE_INET, OUR_TABLE);

	ck_assert_ptr_nonnull(table);
	return table;
}

static void accept_first(struct ruleset *copy, struct table *table)
{
	struct chain *forward = (struct chain *)table_find_chain(table, "forward");
	struct code code = { .ruleset = copy };
	struct rule first;

	code_verdict(&code, VERDICT_ACCEPT, NULL);
	code_end(&code, forward, NULL, (struct src){ 0 });
	first = forward->rules.items[forward->rules.count - 1];
	memmove(forward->rules.items + 1, forward->rules.items,
		(forward->rules.count - 1) * sizeof(first));
	forward->rules.items[0] = first;
}

static void copy_apply(struct rig *rig, struct ruleset *copy)
{
	struct nft_applied applied;
	struct diff diff;
	struct errs errs;

	errs_init(&errs);
	ruleset_diff(fake_ruleset(rig->fake), copy, 0, &diff);
	ck_assert(nft_apply(rig->other, &diff, 0, &applied, &errs));
	diff_done(&diff);
	ruleset_free(copy);
	errs_done(&errs);
}

void rig_intrude(void *context)
{
	struct rig *rig = context;
	struct ruleset *copy = rig_kernel(rig);

	if (!copy->tables.count) { /* nothing of ours yet */
		ruleset_free(copy);
		return;
	}
	accept_first(copy, copy_get(copy));
	copy_apply(rig, copy);
}

void rig_vandalise(struct rig *rig)
{
	struct ruleset *copy = rig_kernel(rig);
	struct table *table = copy_get(copy);
	struct set *set;

	accept_first(copy, table);
	vec_each(there, &table->sets)
		if ((*there)->elements.count) {
			(*there)->elements.count--;
			break;
		}
	set = table_add_set(copy, table, "theirs", (struct src){ 0 });
	set_add_key(set, DATUM_MARK, 0);
	copy_apply(rig, copy);
}

bool rig_hear(struct rig *rig)
{
	struct nft_event event;
	bool any = false;

	while (nft_event_take(rig->gate.nft, &event))
		if (!event.ours && !event.lost) {
			rig->heard = event.generation;
			any = true;
		}
	return any;
}
