/* What the words for people and for programs share: who an end is. */
#pragma once

#include "report/joined.h"

/* One of the three, or only a zone that holds it, or nothing. */
struct joined_who {
	const struct host *host;
	const struct endpoint *endpoint;
	const struct zone *zone; /* of the end */
	bool is_network;	 /* one network of an open zone, whole */
	bool other_mac;		 /* not the MAC that the policy binds to it */
};

struct joined_who joined_who(const struct joined_words *words, const struct joined_end *end,
			     bool from);
