/* The kernel's numbers for the words of the ruleset, one table for both ways. */
#pragma once

#include "rule/ruleset.h"

enum { NUMBER_NONE = 0xffff };

uint8_t family_number(enum table_family family);
bool family_find(uint8_t number, enum table_family *ret_family);

uint32_t datum_number(enum datum datum); /* nft's number of the type */
enum datum datum_find(uint32_t number);  /* DATUM_INTEGER where we have no word */
unsigned datum_number_bytes(uint32_t number); /* of any type of nft's; 0: unknown */
bool datum_is_host_order(enum datum datum);

uint32_t meta_number(enum meta_key key);
bool meta_find(uint32_t number, uint8_t *ret_key);
uint32_t ct_number(enum ct_key key);
bool ct_find(uint32_t number, uint8_t *ret_key);

uint32_t hook_number(enum table_family family, enum hook hook); /* NUMBER_NONE: not there */
bool hook_find(enum table_family family, uint32_t number, uint8_t *ret_hook);

int32_t verdict_number(enum verdict_code code);
enum verdict_code verdict_find(int32_t number); /* VERDICT_NONE: no word for it */

/* A slot as the kernel dumps it: the old number of 16 bytes where one begins. */
uint32_t register_number(uint8_t slot);
bool register_find(uint32_t number, uint8_t *ret_slot); /* SLOT_VERDICT too */

uint32_t object_number(enum object_type type);
enum object_type object_find(uint32_t number);
