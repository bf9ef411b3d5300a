/* See bypass.h. */
#include "rule/bypass.h"

#include <string.h>

#include "base/lang.h"
#include "rule/field.h"

static const struct {
	const char *name;
	enum bypass_kind kind;
} unknowns[] = {
	{ "nat", BYPASS_REWRITE },	 { "masq", BYPASS_REWRITE },
	{ "redir", BYPASS_REWRITE },	 { "fwd", BYPASS_CARRY },
	{ "dup", BYPASS_CARRY },	 { "flow_offload", BYPASS_CARRY }, /* to none we could read */
	{ "queue", BYPASS_DIVERT },	 { "tproxy", BYPASS_DIVERT },
	{ "synproxy", BYPASS_DIVERT },	 { "notrack", BYPASS_UNTRACK },
	{ "target", BYPASS_UNKNOWN }, /* of xtables: its name lies within */
};

/* They decide whether a rule goes on, or refuse; none changes a packet. What is not here (exthdr
 * can strip an option; meta, ct or payload in a form newer than we are) is unknown. */
static const char *const harmless[] = { "limit", "quota",  "numgen", "hash",  "connlimit",
					"fib",   "rt",     "socket", "osf",   "reject",
					"match", "last",   "dynset",   "xfrm",   "tunnel", "inner" };

static bool is_harmless(const char *name)
{
	for (size_t i = 0; i < array_count(harmless); i++)
		if (strcmp(harmless[i], name) == 0)
			return true;
	return false;
}

struct finding {
	struct bypasses *found;
	const struct table *table;
	const struct chain *chain;
	const struct rule *rule;
};

static void bypass_add(const struct finding *finding, enum bypass_kind kind, const char *what)
{
	bool critical = kind != BYPASS_REFUSE && kind != BYPASS_UNTRACK;

	*vec_add(finding->found->arena, &finding->found->list) =
		(struct bypass){ .kind = kind,
				 .critical = critical,
				 .table = finding->table,
				 .chain = finding->chain,
				 .rule = finding->rule,
				 .what = what };
}

static void unknown_judge(const struct finding *finding, const char *name)
{
	for (size_t i = 0; i < array_count(unknowns); i++)
		if (strcmp(unknowns[i].name, name) == 0) {
			bypass_add(finding, unknowns[i].kind, name);
			return;
		}
	if (!is_harmless(name))
		bypass_add(finding, BYPASS_UNKNOWN, name);
}

static void verdict_judge(const struct finding *finding, const struct verdict *verdict)
{
	if (verdict->code == VERDICT_QUEUE)
		bypass_add(finding, BYPASS_DIVERT, "queue");
	if (verdict->code == VERDICT_DROP)
		bypass_add(finding, BYPASS_REFUSE, "drop");
}

static void expr_judge(const struct finding *finding, const struct expr *expr)
{
	switch ((enum expr_kind)expr->kind) {
	case EXPR_PAYLOAD:
		if (expr->payload.set)
			bypass_add(finding, BYPASS_REWRITE, "payload set");
		break;
	case EXPR_CT:
		if (expr->ct.set)
			bypass_add(finding, BYPASS_MARK, "ct set");
		break;
	case EXPR_OBJREF: /* helpers, timeouts and expectations of connections */
		if (expr->objref.type == OBJECT_OTHER)
			bypass_add(finding, BYPASS_MARK, "objref");
		if (expr->objref.type == OBJECT_FLOWTABLE)
			bypass_add(finding, BYPASS_CARRY, "flow_offload");
		break;
	case EXPR_VERDICT:
		verdict_judge(finding, &expr->verdict);
		break;
	case EXPR_UNKNOWN:
		unknown_judge(finding, expr->unknown.name);
		break;
	case EXPR_META:
		/* a frame for another machine becomes one for us */
		if (expr->meta.set && expr->meta.key == META_PKTTYPE)
			bypass_add(finding, BYPASS_REWRITE, "meta pkttype set");
		break;
	case EXPR_CMP:
	case EXPR_BITWISE:
	case EXPR_BYTEORDER:
	case EXPR_RANGE:
	case EXPR_LOOKUP:
	case EXPR_IMMEDIATE:
	case EXPR_COUNTER:
	case EXPR_LOG:
	case EXPR_LIMIT:
	case EXPR_KINDS:
		break;
	}
}

static void flowtables_judge(const struct finding *finding)
{
	vec_each(object, &finding->table->objects)
		if ((*object)->type == OBJECT_FLOWTABLE)
			bypass_add(finding, BYPASS_CARRY, (*object)->name);
}

static void chains_judge(struct finding *finding)
{
	vec_each(chain, &finding->table->chains) {
		finding->chain = *chain;
		finding->rule = NULL;
		if ((*chain)->is_base && (*chain)->policy == VERDICT_DROP)
			bypass_add(finding, BYPASS_REFUSE, "policy drop");
		vec_each(rule, &(*chain)->rules) {
			finding->rule = rule;
			for (size_t i = 0; i < rule->count; i++)
				expr_judge(finding, &rule->exprs[i]);
		}
	}
}

void bypass_find(const struct ruleset *others, struct bypasses *ret_bypasses)
{
	*ret_bypasses = (struct bypasses){ .arena = arena_new() };
	vec_each(table, &others->tables) {
		struct finding finding = { .found = ret_bypasses, .table = *table };

		flowtables_judge(&finding); /* what is in them is carried on in a dormant table, too */
		if (!((*table)->flags & TABLE_DORMANT))
			chains_judge(&finding);
	}
}

void bypasses_done(struct bypasses *bypasses)
{
	arena_free(bypasses->arena);
	*bypasses = (struct bypasses){ 0 };
}

static const char *const words[] = { "rewrite", "carry",   "divert", "mark",
				     "untrack", "unknown", "refuse" };

const char *bypass_word(enum bypass_kind kind)
{
	return words[kind];
}

enum bypass_kind bypass_kind_find(const char *word)
{
	for (size_t i = 0; i < array_count(words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum bypass_kind)i;
	return BYPASS_UNKNOWN;
}

void bypass_place_print(struct buf *buf, const struct bypass *bypass)
{
	buf_printf(buf, "%s %s", family_words[bypass->table->family], bypass->table->name);
	if (bypass->chain)
		buf_printf(buf, " chain %s", bypass->chain->name);
	if (bypass->rule)
		buf_printf(buf, " handle %llu", (unsigned long long)bypass->rule->handle);
	buf_printf(buf, ": %s", bypass->what);
}

const char *bypass_meaning(enum bypass_kind kind)
{
	switch (kind) {
	case BYPASS_REWRITE:
		return _("it rewrites packets: what passes the gateway may be another packet than the one that leaves");
	case BYPASS_CARRY:
		return _("it carries packets to another interface without the gateway's rules");
	case BYPASS_DIVERT:
		return _("it hands packets to a program on this machine, which may send them on");
	case BYPASS_MARK:
		return _("it writes to connections what the gateway knows their permission by");
	case BYPASS_UNTRACK:
		return _("it hides packets from connection tracking; the gateway refuses them");
	case BYPASS_UNKNOWN:
		return _("nobody can say from here what it does to packets");
	case BYPASS_REFUSE:
		return _("it refuses packets; less may pass than the policy permits");
	}
	return "";
}
