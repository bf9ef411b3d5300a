/* MAC addresses, IPv4 and IPv6 addresses and prefixes, as strict text and as bytes in network
 * order. Strict: no leading zeros, no short forms ("10.1"), no full-width digits, no blanks.
 * A value here is always whole; what could not be read says why. */
#pragma once

#include "base/buf.h"

struct mac {
	uint8_t bytes[6];
};

enum family { FAMILY_NONE, FAMILY_V4, FAMILY_V6 };

/* bytes beyond the family's length are zero, so whole values can be compared and hashed. */
struct addr {
	uint8_t family; /* enum family */
	uint8_t bytes[16];
};

/* Host bits are zero. */
struct prefix {
	struct addr addr;
	uint8_t length_bits;
};

/* Why a text is no address. */
enum addr_fault {
	ADDR_GOOD,
	ADDR_EMPTY,
	ADDR_NOT_ASCII,    /* full-width digits and the like */
	ADDR_SYNTAX,
	ADDR_RANGE,        /* an octet over 255, a prefix length over 32 or 128 */
	ADDR_LEADING_ZERO, /* 010: octal to some, decimal to others */
	ADDR_HOST_BITS,    /* 10.1.2.3/24 */
	ADDR_MULTICAST,    /* where a single machine is meant (MAC) */
	ADDR_ZERO,         /* 00:00:00:00:00:00 */
};

enum addr_fault mac_parse(const char *text, struct mac *ret_mac);
enum addr_fault addr_parse(const char *text, struct addr *ret_addr);
enum addr_fault prefix_parse(const char *text, struct prefix *ret_prefix); /* "a/n", or "a" */
const char *addr_fault_text(enum addr_fault fault);                      /* translated */

void mac_print(struct buf *buf, struct mac mac);
void addr_print(struct buf *buf, const struct addr *addr);
void prefix_print(struct buf *buf, const struct prefix *prefix); /* a host prefix without /n */

enum { MAC_TEXT_BYTES = 18, ADDR_TEXT_BYTES = 46, PREFIX_TEXT_BYTES = 50 };
const char *mac_text(struct mac mac, char text[static MAC_TEXT_BYTES]);
const char *addr_text(const struct addr *addr, char text[static ADDR_TEXT_BYTES]);
const char *prefix_text(const struct prefix *prefix, char text[static PREFIX_TEXT_BYTES]);

int mac_compare(struct mac a, struct mac b);
int addr_compare(const struct addr *a, const struct addr *b);
bool mac_is_zero(struct mac mac);

static inline unsigned addr_bits(enum family family)
{
	return family == FAMILY_V6 ? 128 : family == FAMILY_V4 ? 32 : 0;
}

struct prefix prefix_of_addr(const struct addr *addr);
bool prefix_has(const struct prefix *prefix, const struct addr *addr);
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
struct addr prefix_last(const struct prefix *prefix);
bool prefix_is_host(const struct prefix *prefix);

/* The neighbours of an address in the order of its family. False at the end of the range. */
bool addr_next(const struct addr *addr, struct addr *ret_next);
bool addr_previous(const struct addr *addr, struct addr *ret_previous);
