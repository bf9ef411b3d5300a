/* UTF-8, as much of it as reading a configuration and setting a table need. */
#pragma once

#include "base/base.h"

/* The first byte that is not well-formed UTF-8 (RFC 3629), or a NUL; NULL if there is none. */
const char *utf8_find_fault(const char *text, const char *end, unsigned *ret_line);

/* Puts a '?' in the place of every such byte. */
void utf8_hide_faults(char *text, size_t count);

/* The first letter that a reader cannot see but a program can: direction overrides and marks,
 * zero-width letters, C1 controls. A page must read as the machine reads it. NULL: none. */
const char *utf8_find_invisible(const char *text, const char *end);

size_t utf8_length(const char *at, const char *end); /* of the letter there; at least 1 */
uint32_t utf8_letter(const char *at, size_t length);
size_t utf8_floor(const char *text, size_t bytes); /* at most so many bytes of whole letters */
unsigned utf8_line(const char *text, const char *at);

/* The ASCII letter a full-width or typographic one stands for, or 0. */
char utf8_half_width(uint32_t letter);

/* Columns on a terminal, with East Asian wide letters as two. */
size_t utf8_columns(const char *text);
