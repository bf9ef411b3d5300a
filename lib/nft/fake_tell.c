/* What the scripted kernel says of its rules: whole, for dumps and copies, and as the contents
 * of events. A kernel tells each element and each rule in a message of its own, says what a
 * table had when it goes, but not what a set had; and NEWGEN comes last. */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nft/encode.h"
#include "nft/fake_parts.h"
#include "nft/numbers.h"

void fake_elements_put(struct outbox *outbox, const struct table *table, const struct set *set)
{
	struct element_message at;

	elements_start(&at, outbox, NFT_MSG_NEWSETELEM, 0, table, set);
	vec_each(element, &set->elements)
		if (!elements_add(&at, element)) {
			elements_stop(&at);
			elements_start(&at, outbox, NFT_MSG_NEWSETELEM, 0, table, set);
			(void)elements_add(&at, element);
		}
	elements_stop(&at);
}

void fake_flowtables_put(struct outbox *out, const struct table *table)
{
	vec_each(object, &table->objects) {
		char names[256], *at = names, *name;
		struct nlattr *hook, *devices;
		struct nlmsghdr *message;

		if ((*object)->type != OBJECT_FLOWTABLE)
			continue;
		message = outbox_open(out, NFT_MSG_NEWFLOWTABLE, (uint8_t)family_number(table->family), 0);
		mnl_attr_put_strz(message, NFTA_FLOWTABLE_TABLE, table->name);
		mnl_attr_put_strz(message, NFTA_FLOWTABLE_NAME, (*object)->name);
		hook = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK);
		devices = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK_DEVS);
		snprintf(names, sizeof(names), "%s", (*object)->comment ? (*object)->comment : "");
		while ((name = strsep(&at, ",")))
			mnl_attr_put_strz(message, NFTA_DEVICE_NAME, name);
		mnl_attr_nest_end(message, devices);
		mnl_attr_nest_end(message, hook);
		outbox_close(out, message);
	}
}

void fake_all_put(struct outbox *out, const struct ruleset *ruleset)
{
	const char *why;

	vec_each(table, &ruleset->tables) {
		encode_table(out, NFT_MSG_NEWTABLE, 0, *table);
		vec_each(object, &(*table)->objects)
			encode_object(out, NFT_MSG_NEWOBJ, 0, *table, *object, &why);
		fake_flowtables_put(out, *table);
		vec_each(set, &(*table)->sets)
			encode_set(out, NFT_MSG_NEWSET, 0, *table, *set);
		vec_each(chain, &(*table)->chains)
			encode_chain(out, NFT_MSG_NEWCHAIN, 0, *table, *chain, &why);
		vec_each(set, &(*table)->sets)
			fake_elements_put(out, *table, *set);
		vec_each(chain, &(*table)->chains)
			vec_each(rule, &(*chain)->rules)
				encode_rule(out, NFT_MSG_NEWRULE, 0, *table, *chain, rule,
					    (struct rule_place){ .handle = rule->handle }, &why);
	}
}

/* ---- the contents of events ---- */

void tell_message(struct outbox *told, const struct nlmsghdr *message)
{
	struct nlmsghdr *copy =
		outbox_open(told, NFNL_MSG_TYPE(message->nlmsg_type), AF_UNSPEC, 0);

	memcpy(copy, message, message->nlmsg_len);
	outbox_close(told, copy);
}

void tell_rule(struct outbox *told, bool removed, const struct table *table,
	       const struct chain *chain, const struct rule *rule)
{
	const char *why;

	encode_rule(told, removed ? NFT_MSG_DELRULE : NFT_MSG_NEWRULE, 0, table, chain, rule,
		    (struct rule_place){ .handle = rule->handle }, &why);
}

void tell_element(struct outbox *told, bool removed, const struct table *table,
		  const struct set *set, const struct element *element)
{
	struct element_message at;

	elements_start(&at, told, removed ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM, 0, table,
		       set);
	(void)elements_add(&at, element);
	elements_stop(&at);
}

void tell_table_gone(struct outbox *told, const struct table *table)
{
	const char *why;

	vec_each(chain, &table->chains)
		vec_each(rule, &(*chain)->rules)
			tell_rule(told, true, table, *chain, rule);
	vec_each(set, &table->sets)
		encode_set(told, NFT_MSG_DELSET, 0, table, *set);
	vec_each(object, &table->objects)
		encode_object(told, NFT_MSG_DELOBJ, 0, table, *object, &why);
	vec_each(chain, &table->chains)
		encode_chain(told, NFT_MSG_DELCHAIN, 0, table, *chain, &why);
	encode_table(told, NFT_MSG_DELTABLE, 0, table);
}

/* ---- events ---- */

void fake_ring(struct fake *fake)
{
	uint64_t one = 1;

	if (fake->event_fd >= 0 && write(fake->event_fd, &one, sizeof(one)) < 0)
		abort();
}

void fake_announce(struct fake *fake, const struct fake_peer *peer, const struct outbox *told)
{
	struct nlmsghdr *message;

	if (fake->event_fd < 0)
		return;
	for (size_t at = 0; at < told->count;) {
		const struct nlmsghdr *one = (const struct nlmsghdr *)(told->bytes + at);

		tell_message(&fake->events, one);
		message = (struct nlmsghdr *)(fake->events.bytes + fake->events.count -
					      NLMSG_ALIGN(one->nlmsg_len));
		message->nlmsg_pid = peer->portid;
		at += NLMSG_ALIGN(one->nlmsg_len);
	}
	message = outbox_open(&fake->events, NFT_MSG_NEWGEN, AF_UNSPEC, 0);
	message->nlmsg_pid = peer->portid;
	mnl_attr_put_u32(message, NFTA_GEN_ID, htonl(fake->generation));
	mnl_attr_put_u32(message, NFTA_GEN_PROC_PID, htonl((uint32_t)peer->pid));
	mnl_attr_put_strz(message, NFTA_GEN_PROC_NAME, peer->program);
	outbox_close(&fake->events, message);
	fake_ring(fake);
}
