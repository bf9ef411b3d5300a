/* A text that grows: for output that is built before it is shown, so that nothing half-made
 * ever leaves the program. The text always ends in NUL. */
#pragma once

#include <stdarg.h>
#include <stdio.h>

#include "base/base.h"

struct buf {
	char *text; /* NULL while nothing was added: use buf_text() */
	size_t count, room;
};

void buf_done(struct buf *buf);
void buf_clear(struct buf *buf); /* forgets the text, keeps the room */

void buf_add(struct buf *buf, const void *bytes, size_t count);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_repeated(struct buf *buf, char c, size_t times);
void buf_add_unsigned(struct buf *buf, uint64_t value);
void buf_printf(struct buf *buf, const char *fmt, ...) _printf_(2, 3);
void buf_vprintf(struct buf *buf, const char *fmt, va_list args) _printf_(2, 0);

static inline const char *buf_text(const struct buf *buf)
{
	return buf->text ? buf->text : "";
}
