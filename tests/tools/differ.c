/* differ PLACES PREFIX RULES SEED COUNT [no-ct]: COUNT random packets through a real gateway
 * (namespace PREFIX-gate) with the nft text of the file RULES, and through replay.h with what is then
 * read from the kernel. Says each packet on which the two disagree, with the way both went, and how
 * much was tried: so many passed, were dropped, could not be told (and by what), and how often each
 * kind of expression was run. Ends with 1 where they disagree, 2 where it could not be tried, 3
 * where the kernel does not take the ruleset.
 *
 * tests/proof/differ.sh raises the namespaces and runs this for one ruleset after the other. */
#define _GNU_SOURCE
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

#include "base/clock.h"
#include "nft/nft.h"
#include "proof/replay.h"
#include "rule/field.h"
#include "tests/proof/symbol.h"
#include "tests/proof/verdicts.h"

enum { PROBES_MOST = 50000, SHOWN_MOST = 5, TRACES_MOST = 2, TRACE_TRIES = 50, TRACE_WAIT_MS = 100 };

static struct probe probes[PROBES_MOST];
static struct conn conns[CONNS_MOST];
static unsigned probe_count, conn_count, first_id;
static uint64_t executed[EXPR_KINDS];
static unsigned ends[3], mismatches, astray, path_ends[PATHS][3];
static struct {
	const char *name;
	unsigned count;
} reasons[64];

static struct symbol symbol;

/* ---- the gateway ---- */

static bool nft_load(const char *before, const char *rules)
{
	static const char keeper[] = "table inet keeper { chain c { ct state new accept; }; }\n";
	FILE *nft = popen("nft -f - >/dev/null", "w");

	if (!nft)
		return false;
	fputs(before, nft);
	if (conn_count && strstr(before, "flush ruleset"))
		fputs(keeper, nft);
	if (rules)
		fprintf(nft, "include \"%s\"\n", rules);
	return pclose(nft) == 0;
}

static struct ruleset *rules_read(void)
{
	struct ruleset *ruleset = NULL;
	uint32_t generation;
	struct errs errs;
	struct nft *nft;

	errs_init(&errs);
	nft = nft_open(&errs);
	if (nft)
		ruleset = nft_read(nft, NULL, &generation, &errs);
	if (!ruleset)
		places_fail("cannot read the ruleset:", errs.list.count ? errs.list.items[0].message : "");
	nft_close(nft);
	errs_done(&errs);
	elements_sort(ruleset);
	return ruleset;
}

/* All of them: a conntrack deletion without a tuple. */
static void connections_forget(void)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg family;
	} message = { .header = { .nlmsg_len = sizeof(message),
				  .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK } };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	char answer[256];

	if (fd < 0 || send(fd, &message, sizeof(message), 0) < 0 ||
	    recv(fd, answer, sizeof(answer), 0) < 0)
		places_fail("cannot forget", "connections");
	close(fd);
}

/* Each goes there and back through a gateway that marks it. */
static void conns_open(const struct ruleset *ruleset)
{
	static struct probe opening[CONNS_MOST];
	char text[8192];
	size_t at = 0;

	for (unsigned i = 0; i < CONNS_MOST; i++)
		conn_random(&conns[i], ruleset);
	at += (size_t)snprintf(text, sizeof(text), "flush ruleset\ntable inet opener { chain f { "
			       "type filter hook forward priority 0; ct mark set ip dscp map {");
	for (unsigned i = 0; i < CONNS_MOST; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, " %u : %#x,", i, conns[i].mark);
	at += (size_t)snprintf(text + at, sizeof(text) - at, " }; ct mark set ip6 dscp map {");
	for (unsigned i = 0; i < CONNS_MOST; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, " %u : %#x,", i, conns[i].mark);
	snprintf(text + at, sizeof(text) - at, " }; }; }\n");
	if (!nft_load(text, NULL))
		places_fail("cannot load", "the opener");
	for (unsigned side = 0; side < 2; side++) {
		for (unsigned i = 0; i < CONNS_MOST; i++)
			conn_open(&conns[i], i, side, &opening[i]);
		world_judge(opening, CONNS_MOST);
		for (unsigned i = 0; i < CONNS_MOST; i++)
			if (!opening[i].passed)
				places_fail("a connection was not", "opened");
	}
}

/* ---- the packets ---- */

static void probes_make(const struct ruleset *ruleset)
{
	unsigned next = 0;

	first_id = below(65536);
	for (unsigned i = 0; i < probe_count; i++) {
		unsigned id = 1 + (first_id + i) % 65535; /* 0 is for the kernel to fill in */

		/* connections are met all along */
		if (next < conn_count && below(probe_count) < conn_count * 2)
			probe_conn(&conns[next++], id, &probes[i]);
		else
			probe_fresh(ruleset, id, &probes[i]);
	}
}

/* What no packet says: which processor, how long a connection has been there, what an error is about. */
static bool expr_is_untold(const struct expr *expr, const char *why)
{
	if (expr->kind == EXPR_META && strcmp(why, "meta") == 0)
		return expr->meta.key == META_CPU;
	if (expr->kind == EXPR_CT && strcmp(why, "ct") == 0)
		return expr->ct.key == CT_STATUS || expr->ct.key == CT_EXPIRATION ||
		       expr->ct.side != CT_SIDE_NONE || expr->ct.key == CT_PROTO;
	if (expr->kind == EXPR_PAYLOAD && strcmp(why, "payload") == 0)
		return expr->payload.base == PAYLOAD_TRANSPORT || expr->payload.base == PAYLOAD_LINK;
	if (expr->kind == EXPR_LOOKUP && strcmp(why, "lookup") == 0)
		return expr->lookup.inverted;
	return expr->kind == EXPR_LIMIT && strcmp(why, "limit") == 0;
}

/* Not telling is for what is unknown by its name, or of that kind. */
static bool is_untold(const struct replay *replay)
{
	static const char *const names[] = { "numgen", "hash", "fib", "quota", "nat", "masq" };

	for (size_t i = 0; i < array_count(names); i++)
		if (replay->why && strcmp(names[i], replay->why) == 0)
			return true;
	for (size_t i = 0; replay->why && replay->rule && i < replay->rule->count; i++)
		if (expr_is_untold(&replay->rule->exprs[i], replay->why))
			return true;
	return false;
}

static void reason_count(const char *why)
{
	for (size_t i = 0; i < array_count(reasons); i++)
		if (!reasons[i].name || strcmp(reasons[i].name, why) == 0) {
			reasons[i].name = reasons[i].name ? reasons[i].name : strdup(why);
			reasons[i].count++;
			return;
		}
}

static void where_print(const struct replay *replay)
{
	if (!replay->table)
		return;
	printf(" by %s %s %s", family_words[replay->table->family], replay->table->name,
	       replay->chain->name);
	if (replay->rule)
		printf(" handle %llu", (unsigned long long)replay->rule->handle);
	else
		printf(" policy");
}

static void mismatch_print(const struct probe *probe, const struct replay *replay)
{
	static const char *const words[] = { "passes", "drops", "cannot tell" };
	static const char *const paths[PATHS] = { "forwarded", "received", "sent" };
	struct buf text = { 0 };

	packet_print(&text, &probe->packet);
	printf("MISMATCH %s packet %u: %s\n  the kernel %s, replay %s", paths[probe->path], probe->id,
	       buf_text(&text), probe->passed ? "passes" : "drops", words[replay->end]);
	where_print(replay);
	printf("%s%s\n  frame", replay->why ? " why " : "", replay->why ? replay->why : "");
	for (size_t i = 0; i < probe->count; i++)
		printf(" %02x", probe->frame[i]);
	printf("\n");
	for (size_t i = 0; i < replay->trail_count; i++) {
		const struct replay_step *step = &replay->trail[i];

		printf("  went %s %s %s %llu %s\n", family_words[step->table->family],
		       step->table->name, step->chain->name,
		       step->rule ? (unsigned long long)step->rule->handle : 0ull,
		       verdict_words[step->verdict]);
	}
	buf_done(&text);
}

/* ---- the kernel's own way ---- */

static void trace_read(int fd, const struct probe *probe)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	bool seen = false;
	char text[4096];

	for (unsigned i = 0; i < TRACE_TRIES; i++) {
		ssize_t count;

		if (!seen && probe->path == PATH_OUTPUT) /* until nft has begun to listen */
			gateway_send(probe);
		else if (!seen)
			world_send(world.ends[probe->device], probe->frame, probe->count);
		if (poll(&waiting, 1, TRACE_WAIT_MS) <= 0) {
			if (seen)
				return;
			continue;
		}
		count = read(fd, text, sizeof(text));
		if (count <= 0)
			return;
		seen = true;
		fwrite(text, 1, (size_t)count, stdout);
	}
}

static void mismatch_trace(const struct probe *probe)
{
	static unsigned traces;
	bool v6 = probe->packet.at[DIM_ETHERTYPE] == ETHERTYPE_IPV6;
	char text[512], own[64];
	FILE *monitor;

	if (traces++ >= TRACES_MOST)
		return;
	if (probe->packet.at[DIM_STATE] == CT_NEW)
		connections_forget();
	snprintf(own, sizeof(own), "%s %u meta nftrace set 1", v6 ? "ip6 flowlabel" : "ip id", probe->id);
	snprintf(text, sizeof(text),
		 "table inet trace { chain t { type filter hook prerouting priority -1000; %s; }; "
		 "chain o { type filter hook output priority -1000; %s; }; }\n", own, own);
	if (!nft_load(text, NULL))
		return;
	fflush(stdout);
	monitor = popen("timeout 2 stdbuf -oL nft monitor trace 2>&1", "r");
	if (!monitor)
		return;
	trace_read(fileno(monitor), probe);
	if (system("nft delete table inet trace") != 0)
		printf("the table of the trace is still there\n");
	pclose(monitor);
}

/* ---- both ---- */

static void symbol_compare(const struct probe *probe)
{
	static const char *const words[] = { "passes", "drops", "cannot tell" };
	struct buf text = { 0 };
	enum replay_end end;
	bool doubts;

	if (!symbol_is_asked(&probe->packet, probe->count)) {
		symbol.left_out++;
		return;
	}
	end = symbol_end(&symbol, &probe->packet, probe->path, &doubts);
	symbol.ends[end]++;
	if (end == REPLAY_UNKNOWN ? doubts : probe->passed == (end == REPLAY_PASSES))
		return;
	if (symbol.mismatches++ >= SHOWN_MOST)
		return;
	packet_print(&text, &probe->packet);
	printf("MISMATCH packet %u: %s\n  the kernel %s, the symbolic execution %s\n", probe->id,
	       buf_text(&text), probe->passed ? "passes" : "drops", words[end]);
	buf_done(&text);
	mismatch_trace(probe);
}

static void probe_compare(const struct ruleset *ruleset, const struct probe *probe)
{
	struct arena *arena = arena_new();
	struct replay_ask ask = { .ruleset = ruleset,
				  .packet = &probe->packet,
				  .path = probe->path,
				  .now_ms = clock_us(CLOCK_REALTIME) / 1000,
				  .frame = probe->frame,
				  .frame_bytes = probe->count,
				  .executed = executed };
	struct replay replay;
	bool agrees;

	replay_run(&ask, &replay);
	ends[replay.end]++;
	path_ends[probe->path][replay.end]++;
	astray += probe->passed && probe->astray && replay.end != REPLAY_UNKNOWN;
	agrees = replay.end == REPLAY_UNKNOWN ? is_untold(&replay) :
						probe->passed == (replay.end == REPLAY_PASSES);
	if (replay.end == REPLAY_UNKNOWN)
		reason_count(replay.why);
	if (!agrees && mismatches++ < SHOWN_MOST) {
		ask.trail = arena;
		replay_run(&ask, &replay);
		mismatch_print(probe, &replay);
		mismatch_trace(probe);
	}
	arena_free(arena);
	symbol_compare(probe);
}

static void summary_print(void)
{
	unsigned passed = 0;

	for (unsigned i = 0; i < probe_count; i++)
		passed += probes[i].passed;
	printf("count packets %u\ncount passed %u\ncount replay_passes %u\ncount replay_drops %u\n"
	       "count unknown %u\ncount mismatches %u\ncount astray %u\n",
	       probe_count, passed, ends[REPLAY_PASSES], ends[REPLAY_DROPPED], ends[REPLAY_UNKNOWN],
	       mismatches, astray);
	printf("count symbol_passes %u\ncount symbol_drops %u\ncount symbol_unknown %u\n"
	       "count symbol_mismatches %u\ncount symbol_left_out %u\n",
	       symbol.ends[REPLAY_PASSES], symbol.ends[REPLAY_DROPPED], symbol.ends[REPLAY_UNKNOWN],
	       symbol.mismatches, symbol.left_out);
	printf("count input_passes %u\ncount input_drops %u\ncount output_passes %u\n"
	       "count output_drops %u\n",
	       path_ends[PATH_INPUT][REPLAY_PASSES], path_ends[PATH_INPUT][REPLAY_DROPPED],
	       path_ends[PATH_OUTPUT][REPLAY_PASSES], path_ends[PATH_OUTPUT][REPLAY_DROPPED]);
	for (unsigned i = 0; i < EXPR_KINDS; i++)
		printf("count run_%s %llu\n", fields_expr[i].what, (unsigned long long)executed[i]);
	for (unsigned i = 0; i < array_count(reasons) && reasons[i].name; i++)
		printf("count untold_%s %u\n", reasons[i].name, reasons[i].count);
}

int main(int argc, char **argv)
{
	struct ruleset *ruleset;

	if (argc < 6) {
		fprintf(stderr, "usage: differ PLACES PREFIX RULES SEED COUNT [no-ct]\n");
		return 2;
	}
	conn_count = argc > 6 ? 0 : CONNS_MOST;
	random_state = strtoull(argv[4], NULL, 10);
	probe_count = (unsigned)atoi(argv[5]);
	if (probe_count > PROBES_MOST)
		places_fail("too many packets:", argv[5]);
	places_read(argv[1]);
	world_open(argv[2]);
	namespace_enter(argv[2], "gate");
	world_listen();
	if (!nft_load("flush ruleset\n", argv[3]))
		return 3;
	connections_forget();
	ruleset = rules_read();
	pools_fill(ruleset);
	if (conn_count) {
		conns_open(ruleset);
		ruleset_free(ruleset);
		if (!nft_load("delete table inet opener\n", argv[3]))
			places_fail("cannot load again", argv[3]);
		ruleset = rules_read();
	}
	probes_make(ruleset);
	world_judge(probes, probe_count);
	symbol_init(&symbol, ruleset);
	for (unsigned i = 0; i < probe_count; i++)
		probe_compare(ruleset, &probes[i]);
	summary_print();
	symbol_done(&symbol);
	ruleset_free(ruleset);
	return mismatches || symbol.mismatches || astray;
}
