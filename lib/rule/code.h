/* Writing rules: expressions one behind another, then a rule of them. What is written here is
 * what nft would make of the same words, dependencies included, so that a ruleset loaded from
 * our text and one sent by the codec are the same to the kernel. (One difference is known: in
 * a concatenation of intervals nft 1.0.6 adds a byteorder of one byte, which does nothing.) */
#pragma once

#include "rule/ruleset.h"

enum { CODE_EXPRS_MOST = 32 };

struct code {
	struct ruleset *ruleset;
	struct expr exprs[CODE_EXPRS_MOST];
	unsigned count;
};

/* The loads return the slot behind what they wrote, where the next field of a key goes. */
uint8_t code_meta(struct code *code, enum meta_key key, uint8_t slot);
uint8_t code_ct(struct code *code, enum ct_key key, uint8_t slot);
uint8_t code_ct_original(struct code *code, enum ct_key key, uint8_t slot);
uint8_t code_payload(struct code *code, enum payload_base base, uint32_t offset, uint32_t bytes,
		     uint8_t slot);
void code_ct_set(struct code *code, enum ct_key key, uint8_t slot);
void code_cmp(struct code *code, enum cmp_op op, uint8_t slot, const void *bytes, uint8_t count);
void code_mask(struct code *code, uint8_t slot, const void *mask, uint8_t count);
void code_lookup(struct code *code, const char *set, uint8_t slot, uint8_t into);
void code_verdict(struct code *code, enum verdict_code verdict, const char *chain);
void code_objref(struct code *code, enum object_type type, const char *name);
void code_log(struct code *code, const char *prefix, uint32_t group, uint32_t snaplen,
	      uint32_t qthreshold);
void code_limit(struct code *code, uint64_t rate_per_sec, uint32_t burst);

/* Whole matches. */
void code_match_ifname(struct code *code, enum meta_key key, const char *name);
void code_match_nfproto(struct code *code, enum family family);
void code_match_ether(struct code *code); /* the frame has a MAC header of Ethernet */
void code_match_l4proto(struct code *code, uint8_t number);
void code_match_ct_state(struct code *code, uint32_t bits); /* one of these */

/* The rule, at the end of the chain. The comment is copied; the code is empty again. */
void code_end(struct code *code, struct chain *chain, const char *comment, struct src src);
