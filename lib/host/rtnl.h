/* Questions to the kernel over netlink, its routing side or another: one dump, whole or not at all, and one change with its
 * answer. Knows no object. For the readers and the repairs of lib/host. */
#pragma once

#include <libmnl/libmnl.h>

#include "base/addr.h"
#include "base/err.h"

struct rtnl;

struct rtnl *rtnl_open(int protocol, struct errs *errs); /* NETLINK_ROUTE */
void rtnl_close(struct rtnl *rtnl);

/* 0 or an errno; EINTR: something changed meanwhile, and what was seen is of two times. */
_must_check_ int rtnl_dump(struct rtnl *rtnl, uint16_t type, const void *header,
			   size_t header_bytes, mnl_cb_t each, void *context);

/* A dump whose header is followed by a 32-bit attribute. */
_must_check_ int rtnl_dump_attr(struct rtnl *rtnl, uint16_t type, const void *header,
				size_t header_bytes, uint16_t attr, uint32_t value, mnl_cb_t each,
				void *context);

/* A message being built, to be sent by rtnl_change(). */
struct nlmsghdr *rtnl_message(struct rtnl *rtnl, uint16_t type, uint16_t flags, const void *header,
			      size_t header_bytes);
_must_check_ int rtnl_change(struct rtnl *rtnl, struct nlmsghdr *message);

/* Of an attribute's bytes; FAMILY_NONE where they are none. */
struct addr rtnl_addr(const struct nlattr *attr);

/* libmnl's own loops, with lengths that are ints as mnl_attr_ok() takes them. */
static inline int attrs_left(const void *end, const void *at)
{
	return (int)((const char *)end - (const char *)at);
}

#define attrs_each_until(attr, start, end)                                                         \
	for ((attr) = (const void *)(start); mnl_attr_ok((attr), attrs_left((end), (attr)));       \
	     (attr) = mnl_attr_next(attr))
#define attrs_each_in(attr, start, bytes)                                                          \
	attrs_each_until(attr, start, (const char *)(start) + (bytes))
#define attrs_each(attr, message, header_bytes)                                                    \
	attrs_each_until(attr, mnl_nlmsg_get_payload_offset((message), (header_bytes)),            \
			 mnl_nlmsg_get_payload_tail(message))
#define attrs_each_nested(attr, nest)                                                              \
	attrs_each_in(attr, mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest))
