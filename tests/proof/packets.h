/* Random packets for a ruleset, as frames that arrive at the gateway: biased to the borders of what
 * the rules speak of. Each is a struct packet and the bytes that say the same. They are made so that
 * it is known beforehand how connection tracking takes them (the packet's state), and that no two
 * belong to one connection. Knows the places and the values in the rules, and not what rules mean. */
#pragma once

#include "rule/ruleset.h"
#include "tests/proof/places.h"

enum { WIRE_MOST = 256, POOL_MOST = 4096, TUPLES = 1 << 18, CONNS_MOST = 63 };

/* A connection that is open before the rules come. */
struct conn {
	bool v6, used;
	uint8_t proto;
	wide src, dst;
	unsigned sport, dport; /* ICMP: sport is its id */
	uint32_t mark;
};

struct probe {
	struct packet packet;
	uint8_t frame[WIRE_MOST];
	size_t count;
	unsigned device; /* it arrives at */
	unsigned id;
	bool passed, astray;
};

struct pool {
	wide values[POOL_MOST];
	unsigned count;
};

static struct pool pool_ports, pool_v4, pool_v6, pool_macs, pool_protos, pool_marks;
static uint64_t tuples[TUPLES];
static uint64_t random_state;

/* splitmix64: the same numbers everywhere */
static inline uint64_t random_next(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline unsigned below(unsigned most)
{
	return (unsigned)(random_next() % most);
}

static inline bool in_hundred(unsigned percent)
{
	return below(100) < percent;
}

/* ---- what the rules speak of ---- */

static inline void pool_add(struct pool *pool, wide value)
{
	if (pool->count < POOL_MOST)
		pool->values[pool->count++] = value;
	else
		pool->values[below(POOL_MOST)] = value;
}

static inline wide bytes_number(const uint8_t *bytes, unsigned count)
{
	wide value = 0;

	while (count--)
		value = value << 8 | *bytes++;
	return value;
}

static inline void pool_take(const uint8_t *bytes, unsigned count)
{
	wide value;
	uint32_t mark;

	if (!bytes || count > 16)
		return;
	value = bytes_number(bytes, count);
	switch (count) {
	case 1:
		pool_add(&pool_protos, value);
		break;
	case 2:
		pool_add(&pool_ports, value);
		break;
	case 4:
		memcpy(&mark, bytes, sizeof(mark));
		pool_add(&pool_marks, mark);
		if (place_is_routed(value, false))
			pool_add(&pool_v4, value);
		break;
	case 6:
		pool_add(&pool_macs, value);
		break;
	case 16:
		if (place_is_routed(value, true))
			pool_add(&pool_v6, value);
		break;
	default:
		break;
	}
}

static inline void pool_rule(const struct rule *rule)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct expr *expr = &rule->exprs[i];

		if (expr->kind == EXPR_CMP)
			pool_take(expr->cmp.value.bytes, expr->cmp.value.count);
		if (expr->kind == EXPR_RANGE) {
			pool_take(expr->range.first.bytes, expr->range.first.count);
			pool_take(expr->range.last.bytes, expr->range.last.count);
		}
	}
}

static inline void pool_set(const struct set *set)
{
	vec_each(element, &set->elements) {
		unsigned at = 0;

		for (unsigned i = 0; element->key && i < set->key.count; i++) {
			pool_take(element->key + at, set->key.bytes[i]);
			if (element->key_end)
				pool_take(element->key_end + at, set->key.bytes[i]);
			at += slots_of_bytes(set->key.bytes[i]) * SLOT_BYTES;
		}
		if (set->is_map && set->data == DATUM_MARK)
			pool_add(&pool_marks, element->mark);
	}
}

static inline void pools_fill(const struct ruleset *ruleset)
{
	static const uint16_t ports[] = { 0, 1, 22, 53, 80, 443, 1024, 40000, 65535 };

	for (unsigned i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		pool_add(&pool_ports, ports[i]);
	for (unsigned i = 0; i < host_count; i++) {
		pool_add(&pool_v4, dim_of_addr(hosts[i].prefix.addr));
		pool_add(&pool_macs, hosts[i].mac);
	}
	for (unsigned i = 0; i < 24; i++)
		pool_add(&pool_v6, (wide)0xfd00 << 112 | (wide)i << 96 | 1 << i % 3);
	pool_add(&pool_marks, 1);
	vec_each(table, &ruleset->tables) {
		vec_each(chain, &(*table)->chains)
			vec_each(rule, &(*chain)->rules)
				pool_rule(rule);
		vec_each(set, &(*table)->sets)
			pool_set(*set);
	}
}

/* A value of the pool, or its neighbour. */
static inline wide pool_pick(const struct pool *pool, wide most)
{
	wide value = pool->values[below(pool->count)];

	if (in_hundred(25))
		value += in_hundred(50) ? 1 : most;
	return value & most;
}

static inline wide addr_pick(bool v6)
{
	wide addr;

	do
		addr = pool_pick(v6 ? &pool_v6 : &pool_v4, v6 ? ~(wide)0 : 0xffffffff);
	while (!place_is_routed(addr, v6));
	return addr;
}

/* ---- bytes ---- */

static inline void put(uint8_t *at, wide value, unsigned bytes)
{
	while (bytes--) {
		at[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

static inline uint32_t sum_add(const uint8_t *bytes, size_t count, uint32_t sum)
{
	for (size_t i = 0; i < count; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static inline uint16_t sum_end(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* What the headers are to say; what is not said is 0. */
struct form {
	bool v6, is_short, bad_sum, has_options;
	wide src, dst, smac;
	uint8_t proto, tos, flags; /* flags of TCP */
	unsigned device, sport, dport, fragment, id, padding;
	uint32_t seq, ack;
	unsigned type, code, echo; /* of ICMP */
	size_t cut;		   /* is_short: bytes of the transport header that are left */
	const uint8_t *quoted;	   /* an ICMP error's */
	size_t quoted_bytes;
};

static inline bool is_icmp(uint8_t proto)
{
	return proto == 1 || proto == 58;
}

static inline size_t transport_put(const struct form *form, uint8_t *at)
{
	if (is_icmp(form->proto)) {
		at[0] = (uint8_t)form->type;
		at[1] = (uint8_t)form->code;
		put(at + 4, form->echo, 2);
		put(at + 6, 1, 2);
		if (form->quoted_bytes) {
			put(at + 4, 0, 4);
			memcpy(at + 8, form->quoted, form->quoted_bytes);
		}
		return 8 + form->quoted_bytes;
	}
	put(at, form->sport, 2);
	put(at + 2, form->dport, 2);
	if (form->proto != 6) {
		put(at + 4, form->proto == 17 ? 12 : 0, 2);
		return 12;
	}
	put(at + 4, form->seq, 4);
	put(at + 8, form->ack, 4);
	at[12] = 0x50;
	at[13] = form->flags;
	put(at + 14, 8192, 2);
	return 20;
}

static inline void transport_sum(const struct form *form, uint8_t *at, size_t count)
{
	size_t where = form->proto == 6 ? 16 : form->proto == 17 ? 6 : is_icmp(form->proto) ? 2 : 0;
	uint8_t pseudo[36] = { 0 };
	uint32_t sum = 0;

	if (!where || count < where + 2)
		return;
	if (form->proto != 1) { /* the sum does not mind the width of its fields */
		put(pseudo, form->src, 16);
		put(pseudo + 16, form->dst, 16);
		put(pseudo + 32, form->proto, 2);
		put(pseudo + 34, count, 2);
		sum = sum_add(pseudo, sizeof(pseudo), 0);
	}
	put(at + where, 0, 2);
	put(at + where, sum_end(sum_add(at, count, sum)), 2);
	if (form->bad_sum)
		at[where] ^= 0x55;
}

static inline size_t network_put(const struct form *form, uint8_t *at, size_t *ret_transport)
{
	size_t header = form->v6 ? (form->has_options ? 48 : 40) : (form->has_options ? 24 : 20);
	size_t count = transport_put(form, at + header);

	transport_sum(form, at + header, count);
	if (form->is_short && form->cut < count)
		count = form->cut;
	*ret_transport = header;
	if (form->v6) {
		put(at, (wide)6 << 28 | (wide)form->tos << 20 | form->id, 4);
		put(at + 4, header - 40 + count, 2);
		at[6] = form->has_options ? 60 : form->proto;
		at[7] = 64;
		put(at + 8, form->src, 16);
		put(at + 24, form->dst, 16);
		if (form->has_options)
			memcpy(at + 40, (uint8_t[]){ form->proto, 0, 1, 4, 0, 0, 0, 0 }, 8);
		return header + count;
	}
	at[0] = (uint8_t)(0x40 + header / 4);
	at[1] = form->tos;
	put(at + 2, header + count, 2);
	put(at + 4, form->id, 2);
	put(at + 6, form->fragment, 2);
	at[8] = 64;
	at[9] = form->proto;
	put(at + 10, 0, 2);
	put(at + 12, form->src, 4);
	put(at + 16, form->dst, 4);
	if (form->has_options)
		memcpy(at + 20, (uint8_t[]){ 1, 1, 1, 0 }, 4);
	put(at + 10, sum_end(sum_add(at, header, 0)), 2);
	return header + count;
}

/* The frame, and what it says as a packet; its state and marks are the caller's. */
static inline void probe_build(const struct form *form, struct probe *ret_probe)
{
	const struct spot *route = place_route(form->dst, form->v6);
	struct probe *probe = ret_probe;
	wide *at = probe->packet.at;
	size_t transport, count;
	const uint8_t *bytes;

	*probe = (struct probe){ .device = form->device, .id = form->id };
	put(probe->frame, devices[form->device].mac, 6);
	put(probe->frame + 6, form->smac, 6);
	put(probe->frame + 12, form->v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, 2);
	count = network_put(form, probe->frame + 14, &transport);
	probe->count = 14 + count + form->padding;
	bytes = probe->frame + 14 + transport;
	at[DIM_IIF] = dim_of_name(devices[form->device].name);
	at[DIM_OIF] = dim_of_name(devices[route->device].name);
	at[DIM_IIFTYPE] = at[DIM_OIFTYPE] = IFTYPE_ETHER;
	at[DIM_ETHERTYPE] = form->v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	at[DIM_SMAC] = form->smac;
	at[DIM_DMAC] = devices[form->device].mac;
	at[DIM_NEXT_MAC] = route->mac;
	at[DIM_SRC] = form->src;
	at[DIM_DST] = form->dst;
	at[DIM_PROTO] = form->proto;
	at[DIM_FRAG] = form->fragment;
	at[DIM_DEPTH] = count - transport >= 4;
	if (at[DIM_DEPTH]) {
		at[DIM_T0] = bytes_number(bytes, 2);
		at[DIM_T2] = bytes_number(bytes + 2, 2);
	}
}

/* ---- what connection tracking makes of them ---- */

static inline uint64_t tuple_hash(const struct form *form, bool turned)
{
	bool has_ports = form->proto == 6 || form->proto == 17;
	struct {
		wide src, dst;
		uint32_t ports, proto;
	} tuple = { turned ? form->dst : form->src, turned ? form->src : form->dst,
		    !has_ports ? (is_icmp(form->proto) ? form->echo : 0) :
		    turned     ? form->dport << 16 | form->sport :
				 form->sport << 16 | form->dport,
		    form->proto };
	uint64_t hash = 0xcbf29ce484222325u;
	const uint8_t *bytes = (const uint8_t *)&tuple;

	for (size_t i = 0; i < sizeof(tuple); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash | 1;
}

static inline bool tuple_add(uint64_t hash)
{
	for (size_t slot = hash % TUPLES;; slot = (slot + 1) % TUPLES) {
		if (tuples[slot] == hash)
			return false;
		if (!tuples[slot]) {
			tuples[slot] = hash;
			return true;
		}
	}
}

/* Nobody else's connection, in either direction. */
static inline bool tuple_is_new(const struct form *form)
{
	uint64_t turned = tuple_hash(form, true);

	return tuple_add(tuple_hash(form, false)) &&
	       (tuple_add(turned) || turned == tuple_hash(form, false));
}

static inline unsigned icmp4_state(unsigned type)
{
	return type == 8 || type == 13 || type == 15 || type == 17 ? CT_NEW : CT_INVALID;
}

static inline unsigned icmp6_state(unsigned type)
{
	if ((type >= 130 && type <= 136) || type == 143)
		return CT_UNTRACKED;
	return type == 128 || type == 139 ? CT_NEW : CT_INVALID;
}

/* tcp_loose is 0, nf_conntrack_checksum 1 */
static inline unsigned fresh_state(const struct form *form)
{
	size_t whole = form->proto == 6 ? 20 : form->proto == 17 || is_icmp(form->proto) ? 8 : 0;

	if (form->is_short && form->cut < whole)
		return CT_INVALID;
	if (form->is_short && form->proto == 17) /* the length it tells is not there */
		return CT_INVALID;
	if (form->bad_sum && whole)
		return CT_INVALID;
	if (form->proto == 6)
		return form->flags == 2 ? CT_NEW : CT_INVALID;
	if (form->proto == 1)
		return form->v6 ? CT_NEW : icmp4_state(form->type);
	if (form->proto == 58)
		return form->v6 ? icmp6_state(form->type) : CT_NEW;
	return CT_NEW;
}

/* ---- one after the other ---- */

static inline uint8_t proto_pick(bool v6)
{
	static const uint8_t others[] = { 50, 89, 253 };

	switch (below(10)) {
	case 0:
	case 1:
		return v6 ? 58 : 1;
	case 2:
	case 3:
	case 4:
		return 17;
	case 5:
		return others[below(3)];
	default:
		return 6;
	}
}

static inline void form_fill(struct form *form)
{
	static const uint8_t flags[] = { 2, 2, 2, 2, 16, 18, 4, 1 };
	static const uint8_t types4[] = { 8, 8, 8, 0, 13, 3, 17, 14 };
	static const uint8_t types6[] = { 128, 128, 128, 129, 139, 135, 1, 200 };

	form->flags = flags[below(8)];
	form->seq = 1000;
	form->type = form->v6 ? types6[below(8)] : types4[below(8)];
	form->code = in_hundred(20);
	form->echo = below(65536);
	form->is_short = in_hundred(6);
	form->cut = below(12);
	form->bad_sum = in_hundred(3);
	form->has_options = in_hundred(5);
	form->padding = in_hundred(4) ? below(20) : 0;
	if (!form->v6)
		form->fragment = in_hundred(4) ? (in_hundred(50) ? 0x2000 : 1 + below(100)) :
				 in_hundred(50) ? 0x4000 :
						  0;
}

/* The sender's own card and interface, mostly. */
static inline void form_sender(struct form *form)
{
	const struct spot *host = place_host(form->src, form->v6);

	form->device = host && !in_hundred(8) ? host->device : below(device_count);
	form->smac = host && !in_hundred(8) ? host->mac : pool_pick(&pool_macs, dim_most(DIM_SMAC));
	form->smac &= ~((wide)1 << 40);
}

/* One value of a key's field, between its ends, at them or beside them. */
static inline wide field_pick(const struct element *element, unsigned at, unsigned count)
{
	wide first = bytes_number(element->key + at, count);
	wide last = element->key_end ? bytes_number(element->key_end + at, count) : first;
	wide most = count == 16 ? ~(wide)0 : ((wide)1 << 8 * count) - 1;

	switch (below(8)) {
	case 0:
		return (first - 1) & most;
	case 1:
		return (last + 1) & most;
	case 2:
	case 3:
		return last;
	case 4:
		return last > first ? first + (last - first) / 2 : first;
	default:
		return first;
	}
}

static inline void form_take(struct form *form, enum datum datum, wide value, unsigned *addrs,
			     unsigned *ports)
{
	char name[17] = { 0 };

	if (datum == DATUM_ETHER)
		form->smac = value & ~((wide)1 << 40);
	else if (datum == DATUM_PROTO && value != 0 && value != 43 && value != 44 && value != 51 &&
		 value != 59 && value != 60 && value != 132 && value != 33 && value != 47 &&
		 value != 136 && value != 2)
		form->proto = (uint8_t)value;
	else if (datum == DATUM_PORT)
		*((*ports)++ % 2 ? &form->sport : &form->dport) = (unsigned)value;
	else if ((datum == DATUM_IPV4 || datum == DATUM_IPV6) &&
		 place_is_routed(value, datum == DATUM_IPV6)) {
		form->v6 = datum == DATUM_IPV6;
		*((*addrs)++ % 2 ? &form->dst : &form->src) = value;
	} else if (datum == DATUM_IFNAME) {
		put((uint8_t *)name, value, 16);
		for (unsigned i = 0; i < device_count; i++)
			if (strcmp(devices[i].name, name) == 0)
				form->device = i;
	}
}

/* After an element of a set, where one is for packets. */
static inline void form_guide(struct form *form, const struct ruleset *ruleset)
{
	const struct table *table = ruleset->tables.items[below((unsigned)ruleset->tables.count)];
	unsigned addrs = below(2), ports = in_hundred(20), at = 0;
	const struct element *element;
	const struct set *set;

	if (!table->sets.count)
		return;
	set = table->sets.items[below((unsigned)table->sets.count)];
	if (!set->elements.count)
		return;
	element = &set->elements.items[below((unsigned)set->elements.count)];
	if (!element->key)
		return;
	for (unsigned i = 0; i < set->key.count; i++)
		addrs -= addrs && i == 0 && set->key.count > 2; /* source first, as ours are */
	for (unsigned i = 0; i < set->key.count; i++) {
		form_take(form, set->key.datums[i], field_pick(element, at, set->key.bytes[i]), &addrs,
			  &ports);
		at += slots_of_bytes(set->key.bytes[i]) * SLOT_BYTES;
	}
}

static inline bool form_is_possible(const struct form *form)
{
	bool v6 = form->v6;

	return place_is_routed(form->src, v6) && place_is_routed(form->dst, v6) &&
	       form->src != form->dst && place_route(form->dst, v6) && !(v6 && form->proto == 1) &&
	       (v6 || form->proto != 58);
}

static inline void form_random(struct form *form, const struct ruleset *ruleset)
{
	bool guided = in_hundred(55), v6 = in_hundred(15);

	*form = (struct form){ .v6 = v6,
			       .src = addr_pick(v6),
			       .dst = addr_pick(v6),
			       .proto = proto_pick(v6),
			       .sport = in_hundred(50) ? below(65536) :
							 (unsigned)pool_pick(&pool_ports, 0xffff),
			       .dport = (unsigned)pool_pick(&pool_ports, 0xffff) };
	form_sender(form);
	if (!guided)
		return;
	form_guide(form, ruleset);
	if (form->v6 != v6) {
		if (form->src >> 32 == 0 || form->v6 == false)
			form->src = place_is_routed(form->src, form->v6) ? form->src :
									   addr_pick(form->v6);
		if (!place_is_routed(form->dst, form->v6))
			form->dst = addr_pick(form->v6);
		form->proto = proto_pick(form->v6);
	}
	if (in_hundred(70)) {
		wide smac = form->smac;

		form_sender(form);
		if (in_hundred(15))
			form->smac = smac;
	}
}

/* The next packet that begins something, or could not. */
static inline void probe_fresh(const struct ruleset *ruleset, unsigned id, struct probe *ret_probe)
{
	struct form form;

	for (;;) {
		form_random(&form, ruleset);
		form_fill(&form);
		form.id = id;
		if (form_is_possible(&form) && tuple_is_new(&form))
			break;
	}
	probe_build(&form, ret_probe);
	ret_probe->packet.at[DIM_STATE] = fresh_state(&form);
}

/* ---- connections that were open before ---- */

static inline void conn_random(struct conn *conn, const struct ruleset *ruleset)
{
	static const uint8_t protos[] = { 6, 17, 17, 1 };
	struct form form;

	do {
		form_random(&form, ruleset);
		form.proto = protos[below(4)];
		if (form.v6 && form.proto == 1)
			form.proto = 58;
		form.echo = below(65536);
	} while (!form_is_possible(&form) || !place_route(form.src, form.v6) || !tuple_is_new(&form));
	*conn = (struct conn){ .v6 = form.v6,
			       .proto = form.proto,
			       .src = form.src,
			       .dst = form.dst,
			       .sport = is_icmp(form.proto) ? form.echo : form.sport,
			       .dport = form.dport,
			       .mark = (uint32_t)pool_marks.values[below(pool_marks.count)] };
}

/* A packet of it, from the side it came from (0) or the other. Where it arrives is its sender's. */
static inline void conn_form(const struct conn *conn, unsigned side, unsigned id, struct form *ret_form)
{
	const struct spot *from = place_route(side ? conn->dst : conn->src, conn->v6);

	*ret_form = (struct form){ .v6 = conn->v6,
				   .src = side ? conn->dst : conn->src,
				   .dst = side ? conn->src : conn->dst,
				   .smac = from->mac,
				   .proto = conn->proto,
				   .device = from->device,
				   .sport = side ? conn->dport : conn->sport,
				   .dport = side ? conn->sport : conn->dport,
				   .id = id,
				   .echo = conn->sport,
				   .type = conn->v6 ? (side ? 129 : 128) : (side ? 0 : 8),
				   .flags = 16,
				   .seq = side ? 5001 : 1001,
				   .ack = side ? 1001 : 5001 };
}

/* What opens it: there and back again. */
static inline void conn_open(const struct conn *conn, unsigned number, unsigned side,
			     struct probe *ret_probe)
{
	struct form form;

	conn_form(conn, side, number, &form);
	form.tos = (uint8_t)(number << 2);
	form.flags = side ? 18 : 2;
	form.seq--;
	form.ack = side ? form.ack : 0;
	probe_build(&form, ret_probe);
}

/* An error about it, from somewhere on its way. */
static inline void conn_error(const struct conn *conn, unsigned side, unsigned id,
			      struct probe *ret_probe)
{
	static uint8_t quoted[WIRE_MOST];
	struct form form, error;
	size_t transport, count;

	conn_form(conn, side, 0, &form);
	count = network_put(&form, quoted, &transport);
	error = (struct form){ .v6 = conn->v6,
			       .src = addr_pick(conn->v6),
			       .dst = form.src,
			       .proto = conn->v6 ? 58 : 1,
			       .type = conn->v6 ? 1 : 3,
			       .code = conn->v6 ? 0 : 1,
			       .id = id,
			       .quoted = quoted,
			       .quoted_bytes = count < 60 ? count : 60 };
	form_sender(&error);
	probe_build(&error, ret_probe);
}

/* A later packet of it, once: rules may write its mark. */
static inline void probe_conn(struct conn *conn, unsigned id, struct probe *ret_probe)
{
	unsigned side = below(2);
	bool is_error = in_hundred(20);
	struct form form;

	conn->used = true;
	if (is_error) {
		conn_error(conn, side, id, ret_probe);
	} else {
		conn_form(conn, side, id, &form);
		if (in_hundred(10))
			form.device = below(device_count);
		probe_build(&form, ret_probe);
	}
	/* an error speaks of the other direction than it goes itself */
	ret_probe->packet.at[DIM_STATE] = is_error ? CT_RELATED : CT_ESTABLISHED;
	ret_probe->packet.at[DIM_DIRECTION] = is_error ? !side : side;
	ret_probe->packet.at[DIM_CT_MARK] = conn->mark;
}
