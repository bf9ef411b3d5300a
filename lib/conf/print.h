/* One value in the canonical form, for those who compare or show single settings. */
#pragma once

#include "conf/schema.h"

void conf_print_value(struct buf *buf, const struct key *key, const struct node *object);
