/* See bypass.h. */
#include "rule/bypass.h"

#include <string.h>

#include "base/lang.h"
#include "rule/effect.h"
#include "rule/field.h"

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

/* The worst that it can do. A drop is one if nothing else can come of it: expressions that drop
 * when no memory is left refuse nobody. */
static bool effect_judge(uint32_t bits, enum bypass_kind *ret_kind)
{
	static const struct {
		uint32_t bits;
		enum bypass_kind kind;
	} worst[] = {
		{ EFFECT_ANY, BYPASS_UNKNOWN },
		{ EFFECT_COPY | EFFECT_CARRY, BYPASS_CARRY },
		{ EFFECT_CT, BYPASS_MARK },
		{ EFFECT_DIVERT, BYPASS_DIVERT },
		{ EFFECT_PACKET | EFFECT_TYPE, BYPASS_REWRITE },
		{ EFFECT_UNTRACK, BYPASS_UNTRACK },
	};

	for (size_t i = 0; i < array_count(worst); i++)
		if (bits & worst[i].bits) {
			*ret_kind = worst[i].kind;
			return true;
		}
	*ret_kind = BYPASS_REFUSE;
	return bits == EFFECT_DROP;
}

/* As people know it. */
static const char *expr_name(const struct expr *expr)
{
	static const char *const nats[] = { "nat", "nat", "masq", "redir" };

	switch ((enum expr_kind)expr->kind) {
	case EXPR_META:
		return expr->meta.key == META_PKTTYPE ? "meta pkttype set" : "meta set";
	case EXPR_CT:
		return "ct set";
	case EXPR_PAYLOAD:
		return "payload set";
	case EXPR_EXTHDR:
		return expr->exthdr.op == EXTHDR_STRIP ? "exthdr reset" : "exthdr set";
	case EXPR_VERDICT:
		return expr->verdict.code == VERDICT_QUEUE ? "queue" : "drop";
	case EXPR_NAT:
		return nats[expr->nat.type % array_count(nats)];
	case EXPR_CARRY:
		return expr->carry.type == CARRY_FWD ? "fwd" : "dup";
	case EXPR_OBJREF:
		return expr->objref.type == OBJECT_FLOWTABLE ? "flow_offload" : "objref";
	case EXPR_UNKNOWN:
		return expr->unknown.name;
	case EXPR_CMP:
	case EXPR_BITWISE:
	case EXPR_BYTEORDER:
	case EXPR_RANGE:
	case EXPR_LOOKUP:
	case EXPR_IMMEDIATE:
	case EXPR_COUNTER:
	case EXPR_LOG:
	case EXPR_LIMIT:
	case EXPR_REJECT:
	case EXPR_FIB:
	case EXPR_QUOTA:
	case EXPR_NUMGEN:
	case EXPR_HASH:
	case EXPR_SOCKET:
	case EXPR_RT:
	case EXPR_DYNSET:
	case EXPR_NOTRACK:
	case EXPR_QUEUE:
	case EXPR_CONNLIMIT:
	case EXPR_LAST:
	case EXPR_KINDS:
		break;
	}
	return fields_expr[expr->kind].what;
}

static void expr_judge(const struct finding *finding, const struct expr *expr)
{
	enum bypass_kind kind;

	/* what the maps of others hold is not read (nft.h) */
	if (expr->kind != EXPR_LOOKUP &&
	    effect_judge(expr_effect(finding->table, expr).bits, &kind))
		bypass_add(finding, kind, expr_name(expr));
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
