/* A town of random zones, machines and flows, for the tests of lib/proof. */
#pragma once

#include "unit/mutate.h"
#include "unit/test_rule_town.h"

void town_random(struct town *town, struct dice *dice);
