/* Small random rulesets for test_meaning_random.c: every kind of expression, sets of every layout,
 * base chains on every hook, over so few different values that everything meets everything. */
#pragma once

#include "unit/made_rules.h"
#include "unit/mutate.h"

void rules_random(struct made *made, struct dice *dice);

/* One packet that such rules tell apart from others; and a box of them, of one family and state. */
void rules_packet(struct dice *dice, struct packet *ret_packet);
void rules_box(struct dice *dice, struct box *ret_box);
