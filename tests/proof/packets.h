/* Random packets for a ruleset: biased to the borders of what its rules speak of, each beginning a
 * connection of its own or being one that cannot; and packets of connections that were open before.
 * Knows the values in the rules, and not what rules mean. */
#pragma once

#include "tests/proof/frames.h"

enum { CONNS_MOST = 63 };

/* A connection that is open before the rules come. */
struct conn {
	bool v6, used;
	uint8_t proto;
	wide src, dst;
	unsigned sport, dport; /* ICMP: sport is its id */
	uint32_t mark;
};

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

	return place_is_routed(form->src, v6) &&
	       (place_is_routed(form->dst, v6) || form->path == PATH_INPUT) &&
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

/* Some are for the gateway itself or from it. (IPv4: there its number can be seen.) A raw socket gets
 * no ICMP without its header, and writes the length of what it sends by itself. */
static inline void form_path(struct form *form)
{
	bool is_heard = form->proto == 1 || form->proto == 6 || form->proto == 17 ||
			form->proto == 50 || form->proto == 89 || form->proto == 253;

	if (form->v6 || !is_heard || in_hundred(75))
		return;
	form->path = in_hundred(50) ? PATH_INPUT : PATH_OUTPUT;
	form->padding = 0;
	if (form->path == PATH_INPUT)
		form->dst = owns[below(own_count)];
	if (form->proto == 1)
		form->is_short = false;
}

/* The next packet that begins something, or could not. */
static inline void probe_fresh(const struct ruleset *ruleset, unsigned id, struct probe *ret_probe)
{
	struct form form;

	for (;;) {
		form_random(&form, ruleset);
		form_fill(&form);
		form_path(&form);
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
