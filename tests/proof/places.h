/* The places of the differential test, as places.bash prints them: interfaces, who answers where, and
 * where a packet to an address goes. Knows no rules. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proof/packet.h"

enum { PLACES_MOST = 256 };

struct device {
	char name[16];
	wide mac;
};

struct spot { /* a host, or everybody of a network behind a router */
	struct prefix prefix;
	wide mac;
	unsigned device;
};

static struct device devices[PLACES_MOST];
static struct spot hosts[PLACES_MOST], nets[PLACES_MOST];
static wide owns[PLACES_MOST]; /* the gateway's addresses */
static unsigned device_count, host_count, net_count, own_count;

static inline void places_fail(const char *what, const char *which)
{
	fprintf(stderr, "differ: %s %s\n", what, which);
	exit(2);
}

static inline wide place_mac(const char *text)
{
	struct mac mac = { 0 };

	for (unsigned i = 0; i < 6; i++)
		mac.bytes[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
	return dim_of_mac(mac);
}

static inline unsigned place_device(const char *name)
{
	for (unsigned i = 0; i < device_count; i++)
		if (strcmp(devices[i].name, name) == 0)
			return i;
	places_fail("no such device:", name);
	return 0;
}

/* "10.10.1.254/24" is written for the network it is in. */
static inline struct prefix place_prefix(const char *text)
{
	struct prefix prefix = { 0 };
	char addr[64];
	const char *slash = strchr(text, '/');
	unsigned bits;

	snprintf(addr, sizeof(addr), "%.*s", slash ? (int)(slash - text) : 60, text);
	if (addr_parse(addr, &prefix.addr) != ADDR_GOOD)
		places_fail("no address:", text);
	bits = slash ? (unsigned)atoi(slash + 1) : addr_bits(prefix.addr.family);
	prefix.length_bits = (uint8_t)bits;
	for (unsigned i = bits; i < addr_bits(prefix.addr.family); i++)
		prefix.addr.bytes[i / 8] &= (uint8_t)~(128u >> i % 8);
	return prefix;
}

static inline void places_read(const char *path)
{
	char line[256], a[64], b[64], c[64];
	FILE *file = fopen(path, "re");

	if (!file)
		places_fail("cannot read", path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "dev %15s %63s", a, b) == 2) {
			strcpy(devices[device_count].name, a);
			devices[device_count++].mac = place_mac(b);
		} else if (sscanf(line, "own %63s", a) == 1) {
			owns[own_count++] = dim_of_addr(place_prefix(a).addr);
		} else if (sscanf(line, "host %63s %63s %63s", a, b, c) == 3) {
			hosts[host_count++] =
				(struct spot){ place_prefix(a), place_mac(b), place_device(c) };
		} else if (sscanf(line, "net %63s %63s %63s", a, b, c) == 3) {
			nets[net_count++] =
				(struct spot){ place_prefix(a), place_mac(c), place_device(b) };
		}
	fclose(file);
}

static inline struct addr place_addr(wide number, bool v6)
{
	struct addr addr = { .family = v6 ? FAMILY_V6 : FAMILY_V4 };

	for (unsigned i = v6 ? 16 : 4; i--; number >>= 8)
		addr.bytes[i] = (uint8_t)number;
	return addr;
}

/* Who of them has that address himself; or NULL. */
static inline const struct spot *place_host(wide number, bool v6)
{
	struct addr addr = place_addr(number, v6);

	for (unsigned i = 0; i < host_count; i++)
		if (prefix_has(&hosts[i].prefix, &addr))
			return &hosts[i];
	return NULL;
}

/* The longest prefix wins, as in the gateway's routes. */
static inline const struct spot *place_route(wide number, bool v6)
{
	const struct spot *best = place_host(number, v6);
	struct addr addr = place_addr(number, v6);

	for (unsigned i = 0; !best && i < net_count; i++)
		if (prefix_has(&nets[i].prefix, &addr) && nets[i].prefix.length_bits)
			best = &nets[i];
	for (unsigned i = 0; !best && i < net_count; i++)
		if (prefix_has(&nets[i].prefix, &addr))
			best = &nets[i];
	return best;
}

/* Would the gateway route it: no martian, no group, nobody's own? */
static inline bool place_is_routed(wide number, bool v6)
{
	unsigned first = (unsigned)(number >> 24 & 0xff);

	for (unsigned i = 0; i < own_count; i++)
		if (number == owns[i])
			return false;
	if (v6)
		return number >> 120 == 0xfd;
	return number <= 0xffffffff && first && first != 127 && first < 224 && first != 169;
}
