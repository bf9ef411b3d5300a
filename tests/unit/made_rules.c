/* See made_rules.h. */
#include "unit/made_rules.h"

#include <check.h>
#include <string.h>

void made_init(struct made *made)
{
	*made = (struct made){ .ruleset = ruleset_new() };
	made->code.ruleset = made->ruleset;
}

void made_done(struct made *made)
{
	ruleset_free(made->ruleset);
}

void made_table(struct made *made, enum table_family family, const char *name)
{
	made->table = ruleset_add_table(made->ruleset, family, name, (struct src){ 0 });
}

void made_chain(struct made *made, const char *name)
{
	made->chain = table_add_chain(made->ruleset, made->table, name, (struct src){ 0 });
}

void made_base(struct made *made, const char *name, enum hook hook, int32_t priority,
	       enum verdict_code policy)
{
	made_chain(made, name);
	made->chain->is_base = true;
	made->chain->type = CHAIN_FILTER;
	made->chain->hook = (uint8_t)hook;
	made->chain->priority = priority;
	made->chain->policy = (uint8_t)policy;
}

void made_end(struct made *made)
{
	code_end(&made->code, made->chain, NULL, (struct src){ 0 });
}

void made_verdict(struct made *made, enum verdict_code verdict)
{
	code_verdict(&made->code, verdict, NULL);
	made_end(made);
}

void made_src(struct made *made, enum cmp_op op, const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse(text, &addr), ADDR_GOOD);
	code_payload(&made->code, PAYLOAD_NETWORK, 12, 4, 0);
	code_cmp(&made->code, op, 0, addr.bytes, 4);
}

void made_dport(struct made *made, enum cmp_op op, uint16_t port)
{
	uint8_t bytes[2] = { (uint8_t)(port >> 8), (uint8_t)port };

	code_payload(&made->code, PAYLOAD_TRANSPORT, 2, 2, 0);
	code_cmp(&made->code, op, 0, bytes, 2);
}

void made_ct_mark(struct made *made, enum cmp_op op, uint32_t mark)
{
	code_ct(&made->code, CT_MARK, 0);
	code_cmp(&made->code, op, 0, &mark, sizeof(mark));
}

void made_mark(struct made *made, enum cmp_op op, uint32_t mark)
{
	code_meta(&made->code, META_MARK, 0);
	code_cmp(&made->code, op, 0, &mark, sizeof(mark));
}

static struct expr *expr_put(struct made *made, enum expr_kind kind)
{
	struct expr *expr = &made->code.exprs[made->code.count++];

	ck_assert_uint_lt(made->code.count, CODE_EXPRS_MOST);
	*expr = (struct expr){ .kind = (uint8_t)kind };
	return expr;
}

static void immediate_put(struct made *made, uint32_t number)
{
	struct expr *expr = expr_put(made, EXPR_IMMEDIATE);

	expr->immediate.value = (struct value){
		(uint8_t *)arena_copy(made->ruleset->arena, &number, sizeof(number)), sizeof(number)
	};
}

void made_set_ct_mark(struct made *made, uint32_t mark)
{
	immediate_put(made, mark);
	code_ct_set(&made->code, CT_MARK, 0);
}

void made_set_mark(struct made *made, uint32_t mark)
{
	struct expr *expr;

	immediate_put(made, mark);
	expr = expr_put(made, EXPR_META);
	expr->meta.key = META_MARK;
	expr->meta.set = true;
}

struct expr *made_unknown(struct made *made, const char *name)
{
	struct expr *expr = expr_put(made, EXPR_UNKNOWN);

	expr->unknown.name = name;
	return expr;
}

struct set *made_set(struct made *made, const char *name, enum datum datum)
{
	struct set *set = table_add_set(made->ruleset, made->table, name, (struct src){ 0 });

	set_add_key(set, datum, 0);
	return set;
}

struct element *made_element(struct made *made, struct set *set, const void *key)
{
	struct element *element = set_add_element(made->ruleset, set, false);

	memcpy(element_key(element), key, set->key_bytes);
	return element;
}

struct element *made_range(struct made *made, struct set *set, const void *first,
			   const void *last)
{
	struct element *element = set_add_element(made->ruleset, set, true);

	memcpy(element_key(element), first, set->key_bytes);
	memcpy(element_key(element) + set->key_bytes, last, set->key_bytes);
	return element;
}

struct element *made_catch_all(struct made *made, struct set *set)
{
	struct element *element = vec_add(made->ruleset->arena, &set->elements);

	*element = (struct element){ 0 };
	return element;
}

void made_packet(struct packet *ret_packet, const char *iif, const char *oif, const char *src,
		 const char *dst, uint16_t dport)
{
	struct addr from, to;

	ck_assert_int_eq(addr_parse(src, &from), ADDR_GOOD);
	ck_assert_int_eq(addr_parse(dst, &to), ADDR_GOOD);
	*ret_packet = (struct packet){ 0 };
	ret_packet->at[DIM_IIF] = dim_of_name(iif);
	ret_packet->at[DIM_OIF] = dim_of_name(oif);
	ret_packet->at[DIM_IIFTYPE] = ret_packet->at[DIM_OIFTYPE] = IFTYPE_ETHER;
	ret_packet->at[DIM_ETHERTYPE] = from.family == FAMILY_V6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	ret_packet->at[DIM_SRC] = dim_of_addr(from);
	ret_packet->at[DIM_DST] = dim_of_addr(to);
	ret_packet->at[DIM_PROTO] = 6;
	ret_packet->at[DIM_DEPTH] = 1;
	ret_packet->at[DIM_T0] = 40000;
	ret_packet->at[DIM_T2] = dport;
	ret_packet->at[DIM_STATE] = CT_NEW;
}

struct fates {
	bool passes, drops, doubt;
};

static bool fate_take(void *context, const struct leaf *leaf)
{
	struct fates *fates = context;

	fates->passes |= leaf->passes;
	fates->drops |= !leaf->passes;
	fates->doubt |= leaf->stolen;
	return true;
}

char rules_fate(struct meaning *meaning, const struct packet *packet)
{
	struct fates fates = { 0 };
	size_t budget = 100000;
	struct box box;

	memcpy(box.first, packet->at, sizeof(box.first));
	memcpy(box.last, packet->at, sizeof(box.last));
	if (meaning_run(meaning, &box,
			&(struct meaning_run){ .stage = MEANING_ALL,
					       .care = MEANING_EXACT,
					       .budget = &budget,
					       .take = fate_take,
					       .context = &fates }) != MEANING_WHOLE)
		return '?';
	return fates.doubt || fates.passes == fates.drops ? '?' : fates.passes ? 'p' : 'd';
}

char made_fate(const struct made *made, enum path path, const struct packet *packet)
{
	struct meaning *meaning = meaning_new(made->ruleset, path);
	char fate = rules_fate(meaning, packet);

	meaning_free(meaning);
	return fate;
}
