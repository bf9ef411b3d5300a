/* Ethernet frames out of words such as "type=arp op=2 spa=10.10.1.254", for lab_probe: right in
 * every field (checksums too) that a word does not make wrong. What is not said is the sender's
 * own. Each frame ends in a text by which it is known again wherever it arrives. */
#pragma once

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

enum { FRAME_BYTES = 1514, FRAME_ICMP = 1, FRAME_TCP = 6, FRAME_UDP = 17, FRAME_ICMP6 = 58 };

struct frame {
	uint8_t bytes[FRAME_BYTES];
	size_t count;
	/* of an IPv4 packet, in network order; proto 0: none */
	uint32_t sip, dip;
	uint16_t sport, dport;
	uint8_t proto;
};

struct frame_words {
	char **items; /* "key=value" */
	size_t count;
	const uint8_t *own_mac, *gateway_mac;
	const char *own_ip, *mark; /* mark: the text at the end */
};

static inline const char *frame_word(const struct frame_words *words, const char *key,
				     const char *otherwise)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < words->count; i++)
		if (strncmp(words->items[i], key, length) == 0 && words->items[i][length] == '=')
			return words->items[i] + length + 1;
	return otherwise;
}

static inline unsigned frame_number(const struct frame_words *words, const char *key,
				    unsigned otherwise)
{
	const char *text = frame_word(words, key, NULL);

	return text ? (unsigned)strtoul(text, NULL, 0) : otherwise;
}

static inline void frame_add(struct frame *frame, const void *bytes, size_t count)
{
	if (frame->count + count > FRAME_BYTES)
		return;
	memcpy(frame->bytes + frame->count, bytes, count);
	frame->count += count;
}

static inline void frame_add_u8(struct frame *frame, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	frame_add(frame, &byte, 1);
}

static inline void frame_add_u16(struct frame *frame, unsigned value)
{
	uint16_t bytes = htons((uint16_t)value);

	frame_add(frame, &bytes, 2);
}

static inline uint32_t frame_ip(const char *text)
{
	struct in_addr addr = { 0 };

	inet_pton(AF_INET, text, &addr);
	return addr.s_addr;
}

static inline void frame_add_ip(struct frame *frame, const char *text)
{
	uint32_t ip = frame_ip(text);

	frame_add(frame, &ip, 4);
}

static inline void frame_add_mac(struct frame *frame, const char *text, const uint8_t *otherwise)
{
	struct mac mac = { 0 };

	if (!text) {
		frame_add(frame, otherwise, 6);
		return;
	}
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac.bytes[0], &mac.bytes[1],
		   &mac.bytes[2], &mac.bytes[3], &mac.bytes[4], &mac.bytes[5]) == 6)
		frame_add(frame, mac.bytes, 6);
}

static inline uint16_t frame_sum(const uint8_t *bytes, size_t count, uint32_t sum)
{
	for (size_t i = 0; i + 1 < count; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (count & 1)
		sum += (uint32_t)bytes[count - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline void frame_put_u16(struct frame *frame, size_t at, unsigned value)
{
	frame->bytes[at] = (uint8_t)(value >> 8);
	frame->bytes[at + 1] = (uint8_t)value;
}

/* What the addresses, the protocol and the length add to a checksum. */
static inline uint32_t frame_pseudo(const uint8_t *addrs, size_t bytes, unsigned proto,
				    size_t length)
{
	return (uint32_t)(uint16_t)~frame_sum(addrs, bytes, 0) + proto + (uint32_t)length;
}

/* An error quotes what it is about: inner=PROTO,SIP,SPORT,DIP,DPORT. */
static inline void frame_add_inner(struct frame *frame, const char *text)
{
	char sip[16], dip[16];
	unsigned proto, sport, dport;
	size_t start = frame->count;

	if (sscanf(text, "%u,%15[^,],%u,%15[^,],%u", &proto, sip, &sport, dip, &dport) != 5)
		return;
	frame_add(frame, "\x45\0\0\x28\0\0\x40\0\x3f", 9);
	frame_add_u8(frame, proto);
	frame_add_u16(frame, 0);
	frame_add_ip(frame, sip);
	frame_add_ip(frame, dip);
	frame_put_u16(frame, start + 10, frame_sum(frame->bytes + start, 20, 0));
	frame_add_u16(frame, sport);
	frame_add_u16(frame, dport);
	frame_add(frame, "\0\0\0\1", 4);
}

static inline void frame_add_tcp(struct frame *frame, const struct frame_words *words)
{
	static const char letters[] = "FSRPAU";
	const char *flags = frame_word(words, "flags", "S");
	unsigned bits = 0;

	for (; *flags; flags++)
		if (strchr(letters, *flags))
			bits |= 1u << (strchr(letters, *flags) - letters);
	frame_add_u16(frame, frame->sport);
	frame_add_u16(frame, frame->dport);
	frame_add(frame, "\0\0\0\1\0\0\0\1\x50", 9);
	frame_add_u8(frame, bits);
	frame_add(frame, "\x20\0\0\0\0\0", 6);
}

static inline void frame_add_icmp(struct frame *frame, const struct frame_words *words,
				  const char *key)
{
	const char *inner = frame_word(words, "inner", NULL);
	const char *code = frame_word(words, key, "8");

	frame_add_u8(frame, (unsigned)strtoul(code, NULL, 0));
	code = strchr(code, '/');
	frame_add_u8(frame, code ? (unsigned)strtoul(code + 1, NULL, 0) : 0);
	frame_add_u16(frame, 0);
	if (frame_word(words, "gw", NULL)) {
		frame_add_ip(frame, frame_word(words, "gw", NULL));
	} else {
		frame_add_u16(frame, frame->sport);
		frame_add_u16(frame, frame->dport);
	}
	if (inner)
		frame_add_inner(frame, inner);
}

/* Header and payload of the protocol, with its checksum over `pseudo`. */
static inline void frame_add_transport(struct frame *frame, const struct frame_words *words,
				       unsigned proto, const uint8_t *addrs, size_t addr_bytes)
{
	size_t start = frame->count, sum_at = 0, length;
	uint32_t pseudo;

	frame->sport = (uint16_t)frame_number(words, "sport", 40000);
	frame->dport = (uint16_t)frame_number(words, "dport", 0);
	if (proto == FRAME_TCP) {
		frame_add_tcp(frame, words);
		sum_at = 16;
	} else if (proto == FRAME_UDP) {
		frame_add_u16(frame, frame->sport);
		frame_add_u16(frame, frame->dport);
		frame_add_u16(frame, (unsigned)(8 + strlen(words->mark)));
		frame_add_u16(frame, 0);
		sum_at = 6;
	} else if (proto == FRAME_ICMP || proto == FRAME_ICMP6) {
		frame_add_icmp(frame, words, proto == FRAME_ICMP ? "icmp" : "icmp6");
		sum_at = 2;
	}
	frame_add(frame, words->mark, strlen(words->mark));
	length = frame->count - start;
	pseudo = proto == FRAME_ICMP ? 0 : frame_pseudo(addrs, addr_bytes, proto, length);
	if (sum_at)
		frame_put_u16(frame, start + sum_at,
			      frame_sum(frame->bytes + start, length, pseudo));
}

static inline unsigned frame_proto(const char *text)
{
	return strcmp(text, "tcp") == 0	 ? FRAME_TCP :
	       strcmp(text, "udp") == 0	 ? FRAME_UDP :
	       strcmp(text, "icmp") == 0 ? FRAME_ICMP :
					   (unsigned)strtoul(text, NULL, 0);
}

/* frag=OFFSET (in units of 8 bytes), with a + behind it: more fragments follow. */
static inline unsigned frame_fragment(const char *text)
{
	unsigned offset = (unsigned)strtoul(text, NULL, 0);

	return offset | (strchr(text, '+') ? 0x2000u : 0);
}

static inline void frame_add_ip4(struct frame *frame, const struct frame_words *words)
{
	const char *sip = frame_word(words, "sip", words->own_ip);
	const char *dip = frame_word(words, "dip", "0.0.0.0");
	const char *options = frame_word(words, "options", "");
	unsigned option_bytes = (unsigned)strlen(options) / 2, byte;
	size_t start = frame->count;
	uint8_t addrs[8];

	frame->proto = (uint8_t)frame_proto(frame_word(words, "proto", "tcp"));
	frame->sip = frame_ip(sip);
	frame->dip = frame_ip(dip);
	frame_add_u8(frame, 0x45 + (option_bytes + 3) / 4);
	frame_add(frame, "\0\0\0\x42\x42", 5);
	frame_add_u16(frame, frame_fragment(frame_word(words, "frag", "0")));
	frame_add_u8(frame, frame_number(words, "ttl", 64));
	frame_add_u8(frame, frame->proto);
	frame_add_u16(frame, 0);
	frame_add_ip(frame, sip);
	frame_add_ip(frame, dip);
	for (unsigned i = 0; i < option_bytes; i++)
		if (sscanf(options + 2 * i, "%2x", &byte) == 1)
			frame_add_u8(frame, byte);
	while ((frame->count - start) % 4)
		frame_add_u8(frame, 0);
	byte = (unsigned)(frame->count - start);
	memcpy(addrs, &frame->sip, 4);
	memcpy(addrs + 4, &frame->dip, 4);
	frame_add_transport(frame, words, frame->proto, addrs, sizeof(addrs));
	frame_put_u16(frame, start + 2, (unsigned)(frame->count - start));
	frame_put_u16(frame, start + 10, frame_sum(frame->bytes + start, byte, 0));
}

static inline void frame_add_ip6(struct frame *frame, const struct frame_words *words)
{
	unsigned proto = frame_number(words, "nh", FRAME_ICMP6);
	size_t start = frame->count;
	uint8_t addrs[32] = { 0 };

	inet_pton(AF_INET6, frame_word(words, "s6", "fe80::1"), addrs);
	inet_pton(AF_INET6, frame_word(words, "d6", "ff02::1"), addrs + 16);
	frame_add(frame, "\x60\0\0\0\0\0", 6);
	frame_add_u8(frame, proto);
	frame_add_u8(frame, 255);
	frame_add(frame, addrs, sizeof(addrs));
	frame_add_transport(frame, words, proto, addrs, sizeof(addrs));
	frame_put_u16(frame, start + 4, (unsigned)(frame->count - start - 40));
}

static inline void frame_add_arp(struct frame *frame, const struct frame_words *words)
{
	frame_add(frame, "\0\1\x08\0\6\4", 6);
	frame_add_u16(frame, frame_number(words, "op", 1));
	frame_add_mac(frame, frame_word(words, "sha", NULL), words->own_mac);
	frame_add_ip(frame, frame_word(words, "spa", words->own_ip));
	frame_add_mac(frame, frame_word(words, "tha", NULL), (const uint8_t[6]){ 0 });
	frame_add_ip(frame, frame_word(words, "tpa", "0.0.0.0"));
	frame_add(frame, words->mark, strlen(words->mark));
}

static inline void frame_build(const struct frame_words *words, struct frame *ret_frame)
{
	const char *type = frame_word(words, "type", "ip");

	*ret_frame = (struct frame){ 0 };
	frame_add_mac(ret_frame, frame_word(words, "dmac", NULL), words->gateway_mac);
	frame_add_mac(ret_frame, frame_word(words, "smac", NULL), words->own_mac);
	if (frame_word(words, "vlan", NULL)) {
		frame_add_u16(ret_frame, 0x8100);
		frame_add_u16(ret_frame, frame_number(words, "vlan", 1));
	}
	if (strcmp(type, "ip") == 0) {
		frame_add_u16(ret_frame, 0x0800);
		frame_add_ip4(ret_frame, words);
	} else if (strcmp(type, "ip6") == 0) {
		frame_add_u16(ret_frame, 0x86dd);
		frame_add_ip6(ret_frame, words);
	} else if (strcmp(type, "arp") == 0) {
		frame_add_u16(ret_frame, 0x0806);
		frame_add_arp(ret_frame, words);
	} else {
		frame_add_u16(ret_frame, (unsigned)strtoul(type, NULL, 0));
		frame_add(ret_frame, words->mark, strlen(words->mark));
	}
}
