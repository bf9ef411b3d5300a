/* nft_bytecode: the rules and elements of this namespace twice, as libnftnl understands the
 * kernel's dump and as our decoder does, for tests/proof/corpus.py to compare. Lines:
 *
 *   rule FAMILY TABLE CHAIN HANDLE
 *   K NAME TEXT            an expression, by libnftnl
 *   O TEXT                 an expression, by us; "? NAME": unknown
 *   X TEXT                 the same with exact values
 *   L NAME ATTR HERE THERE an attribute of the kernel's that our expression lacks or has otherwise,
 *                          found by encoding it again; or the other way round; "-": not there
 *   set FAMILY TABLE NAME FLAGS FIELDS      FLAGS: "interval", "map" or "-"
 *   k KEY END FLAGS DATA   an element, by libnftnl; "-" where there is none
 *   o KEY END DATA         an element, by us */
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "bytecode.h"
#include "nft/decode_parts.h"
#include "nft/encode_parts.h"
#include "nft/nft.h"
#include "rule/diff.h"
#include "rule/field.h"
#include "rule/print.h"

enum { ROOM_BYTES = 1 << 16 };

static struct arena *scratch;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* Asks for a dump and hands each message to on_message. */
static void dump(struct nlmsghdr *ask, mnl_cb_t on_message, void *context)
{
	static char room[ROOM_BYTES];
	struct mnl_socket *sock = mnl_socket_open(NETLINK_NETFILTER);
	ssize_t count;

	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(sock, ask, ask->nlmsg_len) < 0)
		die("netlink");
	while ((count = mnl_socket_recvfrom(sock, room, sizeof(room))) > 0) {
		int more = mnl_cb_run(room, (size_t)count, ask->nlmsg_seq,
				      mnl_socket_get_portid(sock), on_message, context);
		if (more < 0)
			die("dump");
		if (more == MNL_CB_STOP)
			break;
	}
	mnl_socket_close(sock);
}

/* ---- rules ---- */

static void kernel_rule_print(struct nftnl_rule *rule)
{
	struct nftnl_expr_iter *iter = nftnl_expr_iter_create(rule);
	struct nftnl_expr *expr;

	while ((expr = nftnl_expr_iter_next(iter))) {
		char text[4096] = "";

		nftnl_expr_snprintf(text, sizeof(text), expr, NFTNL_OUTPUT_DEFAULT, 0);
		printf("K %s %s\n", nftnl_expr_get_str(expr, NFTNL_EXPR_NAME), text);
	}
	nftnl_expr_iter_destroy(iter);
}

static void our_rule_print(const struct rule *rule)
{
	struct buf buf = { 0 };

	for (int exact = 0; exact < 2; exact++)
		for (size_t i = 0; i < rule->count; i++) {
			buf_clear(&buf);
			expr_say(&(struct bytecode){ &buf, exact }, &rule->exprs[i]);
			printf("%c %s\n", exact ? 'X' : 'O', buf_text(&buf));
		}
	buf_done(&buf);
}

/* ---- what of the kernel's bytes is not in ours ---- */

static void hex_say(const void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%02x", ((const uint8_t *)bytes)[i]);
	if (!count)
		printf("-");
}

static void lost_tell(const char *name, unsigned type, const struct attr *here,
		      const struct attr *there)
{
	printf("L %s %u ", name, type);
	hex_say(here->bytes, here->count);
	printf(" ");
	hex_say(there->bytes, there->count);
	printf("\n");
}

/* The nth of that type in a list. */
static struct attr attr_like(const struct attr *list, unsigned type, unsigned nth)
{
	struct attr_walk walk = { .bytes = list->bytes, .left = list->count };

	while (list->bytes && attr_next(&walk))
		if (walk.type == type && nth-- == 0)
			return walk.attr;
	return (struct attr){ 0 };
}

static bool is_zero(const struct attr *attr)
{
	for (size_t i = 0; i < attr->count; i++)
		if (attr->bytes[i])
			return false;
	return true;
}

/* Of texts, one may end with a NUL. */
static bool is_same(const struct attr *a, const struct attr *b)
{
	size_t least = size_min(a->count, b->count);
	const struct attr *longer = a->count > b->count ? a : b;

	return longer->count - least <= 1 && !memcmp(a->bytes, b->bytes, least) &&
	       (longer->count == least || !longer->bytes[least]);
}

/* libnftnl marks its nests, as the kernel does not. */
static bool is_nest(const struct attr *attr)
{
	struct nlattr head;

	memcpy(&head, attr->bytes - sizeof(head), sizeof(head));
	return head.nla_type & NLA_F_NESTED;
}

/* Each attribute of `here` in `there`, where only zeros may be missing. */
static void attrs_compare(const char *name, const struct attr *here, const struct attr *there,
			  bool here_is_ours)
{
	struct attr_walk walk = { .bytes = here->bytes, .left = here->count };
	unsigned seen[64] = { 0 };

	while (here->bytes && attr_next(&walk)) {
		struct attr other = attr_like(there, walk.type, seen[walk.type % 64]++);

		if (other.bytes ? is_same(&other, &walk.attr) : is_zero(&walk.attr))
			continue;
		if (other.bytes && is_nest(here_is_ours ? &walk.attr : &other))
			attrs_compare(name, &walk.attr, &other, here_is_ours);
		else
			lost_tell(name, walk.type, &walk.attr, &other);
	}
}

static void expr_compare(const struct attr *name, const struct attr *kernel,
			 const struct expr *ours)
{
	char room[4096];
	struct nlmsghdr *message = mnl_nlmsg_put_header(room);
	const char *why, *text = attr_text(scratch, name);
	struct nftnl_expr *expr = encode_expr(ours, &why);
	struct attr built;

	if (!expr)
		return; /* unknown */
	nftnl_expr_build_payload(message, expr);
	nftnl_expr_free(expr);
	built = (struct attr){ mnl_nlmsg_get_payload(message),
			       (uint16_t)mnl_nlmsg_get_payload_len(message) };
	attrs_compare(text, kernel, &built, false);
	attrs_compare(text, &built, kernel, true);
}

/* Ours are fewer by those that the decoder leaves out. */
static void rule_compare(const struct nlmsghdr *message, const struct rule *rule)
{
	const size_t head = sizeof(struct nfgenmsg);
	struct attr attrs[NFTA_RULE_MAX + 1], parts[NFTA_EXPR_MAX + 1];
	struct attr_walk walk = { 0 };
	struct expr expr;
	size_t at = 0;

	if (!attrs_read(attrs, NFTA_RULE_MAX, mnl_nlmsg_get_payload_offset(message, head),
			mnl_nlmsg_get_payload_len(message) - head))
		die("rule");
	walk.bytes = attrs[NFTA_RULE_EXPRESSIONS].bytes;
	walk.left = attrs[NFTA_RULE_EXPRESSIONS].count;
	while (walk.bytes && attr_next(&walk) && at < rule->count) {
		if (!attrs_read(parts, NFTA_EXPR_MAX, walk.attr.bytes, walk.attr.count) ||
		    !decode_expr(scratch, &walk.attr, false, &expr))
			die("expression");
		if (expr_is_same(&expr, &rule->exprs[at]))
			expr_compare(&parts[NFTA_EXPR_NAME], &walk.attr, &rule->exprs[at++]);
	}
}

static const struct rule *our_rule_find(const struct ruleset *ruleset, enum table_family family,
					struct nftnl_rule *rule)
{
	const struct table *table = ruleset_find_table(
		ruleset, family, nftnl_rule_get_str(rule, NFTNL_RULE_TABLE));
	const struct chain *chain =
		table ? table_find_chain(table, nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN)) : NULL;

	if (chain)
		vec_each(it, &chain->rules)
			if (it->handle == nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE))
				return it;
	return NULL;
}

static int on_rule(const struct nlmsghdr *message, void *context)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	enum table_family family = TABLE_INET;
	const struct rule *ours;

	if (!rule || nftnl_rule_nlmsg_parse(message, rule) < 0 ||
	    !family_find((uint8_t)nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY), &family))
		die("rule");
	printf("rule %s %s %s %llu\n", family_words[family],
	       nftnl_rule_get_str(rule, NFTNL_RULE_TABLE), nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN),
	       (unsigned long long)nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE));
	kernel_rule_print(rule);
	ours = our_rule_find(context, family, rule);
	if (ours) {
		our_rule_print(ours);
		rule_compare(message, ours);
	}
	nftnl_rule_free(rule);
	return MNL_CB_OK;
}

/* ---- elements ---- */

static void part_print(struct nftnl_set_elem *element, uint16_t attr)
{
	uint32_t count = 0;
	const void *bytes = nftnl_set_elem_get(element, attr, &count);

	printf(" ");
	hex_say(bytes, bytes ? count : 0);
}

static void kernel_element_print(struct nftnl_set_elem *element)
{
	printf("k");
	part_print(element, NFTNL_SET_ELEM_KEY);
	part_print(element, NFTNL_SET_ELEM_KEY_END);
	printf(" %u", nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_FLAGS) ?
			      nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_FLAGS) : 0);
	if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_OBJREF))
		printf(" %s", nftnl_set_elem_get_str(element, NFTNL_SET_ELEM_OBJREF));
	else if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_VERDICT))
		printf(" verdict %d %s",
		       (int)nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_VERDICT),
		       nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_CHAIN) ?
			       nftnl_set_elem_get_str(element, NFTNL_SET_ELEM_CHAIN) : "");
	else
		part_print(element, NFTNL_SET_ELEM_DATA);
	printf("\n");
}

static int on_elements(const struct nlmsghdr *message, void *context)
{
	struct nftnl_set *set = nftnl_set_alloc();
	struct nftnl_set_elems_iter *iter;
	struct nftnl_set_elem *element;

	(void)context;
	if (!set || nftnl_set_elems_nlmsg_parse(message, set) < 0)
		die("elements");
	iter = nftnl_set_elems_iter_create(set);
	while ((element = nftnl_set_elems_iter_next(iter)))
		kernel_element_print(element);
	nftnl_set_elems_iter_destroy(iter);
	nftnl_set_free(set);
	return MNL_CB_OK;
}

static void our_data_print(const struct set *set, const struct element *element)
{
	printf(" ");
	if (!set->is_map)
		printf("-");
	else if (set->data == DATUM_OBJECT)
		printf("%s", element->object ? element->object : "-");
	else if (set->data == DATUM_VERDICT)
		printf("verdict %d %s", (int)verdict_number(element->verdict.code),
		       element->verdict.chain ? element->verdict.chain : "");
	else if (set->data == DATUM_MARK)
		hex_say(&element->mark, sizeof(element->mark));
	else
		hex_say(element->bytes, set->data_bytes);
	printf("\n");
}

static void our_elements_print(const struct set *set)
{
	size_t bytes = set->key.count == 1 ? set->key.bytes[0] : set->key_bytes;

	vec_each(element, &set->elements) {
		printf("o ");
		hex_say(element->key, element->key ? bytes : 0);
		printf(" ");
		hex_say(element->key_end, element->key && element->key_end ? bytes : 0);
		our_data_print(set, element);
	}
}

static void set_print(const struct table *table, const struct set *set)
{
	char room[4096];
	struct nlmsghdr *ask = nftnl_nlmsg_build_hdr(room, NFT_MSG_GETSETELEM,
						     family_number(table->family), NLM_F_DUMP, 1);
	struct nftnl_set *it = nftnl_set_alloc();

	printf("set %s %s %s %s%s %u\n", family_words[table->family], table->name, set->name,
	       set->flags & SET_INTERVAL ? "interval" : "", set->is_map ? "map" : "-",
	       set->key.count);
	nftnl_set_set_str(it, NFTNL_SET_TABLE, table->name);
	nftnl_set_set_str(it, NFTNL_SET_NAME, set->name);
	nftnl_set_elems_nlmsg_build_payload(ask, it);
	nftnl_set_free(it);
	dump(ask, on_elements, NULL);
	our_elements_print(set);
}

/* In our own words too, thrown away: no value may be outside its words. */
static bool all_say(const struct ruleset *ruleset)
{
	struct ruleset *empty = ruleset_new();
	struct buf buf = { 0 };
	struct diff diff;
	bool good;

	ruleset_diff(empty, ruleset, 0, &diff);
	vec_each(item, &diff.items)
		diff_item_print(&buf, item);
	buf_clear(&buf);
	good = ruleset_print_json(ruleset, &buf, NULL);
	diff_done(&diff);
	buf_done(&buf);
	ruleset_free(empty);
	return good;
}

static void errs_tell(const struct errs *errs)
{
	vec_each(err, &errs->list)
		fprintf(stderr, "nft_bytecode: %s\n", err->message);
}

int main(void)
{
	struct ruleset *ruleset;
	uint32_t generation;
	struct errs errs;
	struct nft *nft;
	char room[256];

	errs_init(&errs);
	scratch = arena_new();
	nft = nft_open(&errs);
	ruleset = nft ? nft_read(nft, NULL, &generation, &errs) : NULL;
	if (!ruleset) {
		errs_tell(&errs);
		return 1;
	}
	dump(nftnl_nlmsg_build_hdr(room, NFT_MSG_GETRULE, NFPROTO_UNSPEC, NLM_F_DUMP, 1), on_rule,
	     ruleset);
	vec_each(table, &ruleset->tables)
		vec_each(set, &(*table)->sets)
			set_print(*table, *set);
	if (!all_say(ruleset))
		die("print");
	ruleset_free(ruleset);
	nft_close(nft);
	arena_free(scratch);
	errs_done(&errs);
	return 0;
}
