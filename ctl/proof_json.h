/* Proofs and places in rulesets as JSON; the keys are those of sekishoctl(8). */
#pragma once

#include "ctl/command.h"
#include "proof/prove.h"

/* Without what the verb adds of itself. */
json_t *proof_json(const struct proof *proof);
/* Every dimension of it. */
json_t *packet_json(const struct packet *packet);
/* Adds table, chain, handle, file and line; null where there is none. */
void place_json(json_t *json, const struct place *place);
/* "tcp . 443" as a text, or null. */
json_t *element_json(const struct set *set, const struct element *element);
