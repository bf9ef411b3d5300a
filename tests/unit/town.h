/* A small town as text, and ways to read texts in tests. */
#pragma once

#include "conf/conf.h"
#include "policy/permit.h"

/* version, policy, six zones, hosts and endpoints, up to and without flows. */
extern const char town_head[];

/* Reads head and tail as one text. NULL with errs when refused. */
struct policy *town_read(const char *tail, struct errs *errs);

/* Reads it and expects it to be accepted by the reader. */
struct policy *town_get(const char *tail);

/* The first err with that code at that line (0: any); NULL: none. */
const struct err *errs_find(const struct errs *errs, const char *code, unsigned line);
