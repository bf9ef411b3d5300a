/* Parts of a ruleset as netlink messages: what is sent to the kernel, and (in the tests'
 * scripted kernel) what it dumps. The other way is decode.h. Comments go as user data in the
 * form in which nft shows them. Knows no order and no socket. */
#pragma once

#include "nft/outbox.h"
#include "rule/ruleset.h"

/* `message` is NFT_MSG_NEW… or NFT_MSG_DEL… of the thing; of one to be deleted only the name is
 * sent. NULL and *ret_why (translated) where it cannot be said to the kernel; then no message
 * was made. The message is closed already: what is returned is for setting its flags. */
struct nlmsghdr *encode_table(struct outbox *outbox, unsigned message, uint16_t flags,
			      const struct table *table);
struct nlmsghdr *encode_chain(struct outbox *outbox, unsigned message, uint16_t flags,
			      const struct table *table, const struct chain *chain,
			      const char **ret_why);
struct nlmsghdr *encode_set(struct outbox *outbox, unsigned message, uint16_t flags,
			    const struct table *table, const struct set *set);
struct nlmsghdr *encode_object(struct outbox *outbox, unsigned message, uint16_t flags,
			       const struct table *table, const struct object *object,
			       const char **ret_why);

struct rule_place {
	uint64_t handle;   /* the rule itself: to replace or delete it; 0: a new one, or all */
	uint64_t position; /* of another rule: before it, or behind with NLM_F_APPEND; 0: none */
};
struct nlmsghdr *encode_rule(struct outbox *outbox, unsigned message, uint16_t flags,
			     const struct table *table, const struct chain *chain,
			     const struct rule *rule, struct rule_place place,
			     const char **ret_why);

/* Elements, as many in a message as go into one: start, add while it returns true, stop. What
 * add refuses goes into the next message. */
struct element_message {
	struct outbox *outbox;
	const struct set *set;
	struct nlmsghdr *message;
	struct nlattr *list;
};
void elements_start(struct element_message *at, struct outbox *outbox, unsigned message,
		    uint16_t flags, const struct table *table, const struct set *set);
bool elements_add(struct element_message *at, const struct element *element);
struct nlmsghdr *elements_stop(struct element_message *at);
