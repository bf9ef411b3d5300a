/* One table per struct of the ruleset: the name, place and type of each of its fields. The diff
 * compares by it, JSON prints by it and the codec will be checked against it, so that a field
 * added to a struct and forgotten in one of them cannot be. */
#pragma once

#include "rule/ruleset.h"

enum field_type {
	FIELD_BOOL,
	FIELD_WORD,  /* uint8_t, an enum with words */
	FIELD_SLOT,  /* uint8_t, a register slot */
	FIELD_U8,
	FIELD_U32,
	FIELD_S32,
	FIELD_U64,
	FIELD_BITS,  /* uint32_t, a set of bits with words */
	FIELD_TEXT,  /* const char *, or NULL */
	FIELD_VALUE, /* struct value */
	FIELD_KEY,   /* struct key */
	FIELD_EXPRS, /* struct exprs */
	FIELD_ELEMENT_KEY, /* of an element, after its set */
	FIELD_ELEMENT_END,
	FIELD_ELEMENT_DATA,
};

struct field {
	const char *name;
	uint8_t type;
	bool is_state; /* changes by itself (counters, time left): no difference in shape */
	bool is_key;   /* what an object is found by: differs only between different objects */
	bool is_rare;  /* a word that is not shown while it is none, its first */
	uint16_t offset;
	const char *const *words; /* indexed by the value, or by the bit */
	uint8_t word_count;
};

struct fields {
	const char *what;
	const struct field *items;
	size_t count;
};

extern const struct fields fields_table, fields_chain, fields_rule, fields_set, fields_element,
	fields_object;
extern const struct fields fields_expr[EXPR_KINDS]; /* offsets within struct expr */
extern const char *const family_words[], *const datum_words[], *const verdict_words[],
	*const hook_words[], *const chain_type_words[];

/* Compares one field of two objects of the same kind. The sets are for elements, else NULL. */
bool field_is_same(const struct field *field, const void *a, const struct set *a_set,
		   const void *b, const struct set *b_set);
/* But for state. */
bool expr_is_same(const struct expr *a, const struct expr *b);
void field_print(struct buf *buf, const struct field *field, const void *object,
		 const struct set *set);
