/* See buf.h. */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

void buf_done(struct buf *buf)
{
	free(buf->text);
	*buf = (struct buf){ 0 };
}

void buf_clear(struct buf *buf)
{
	buf->count = 0;
	if (buf->text)
		buf->text[0] = '\0';
}

/* Room for that many more bytes and a NUL. */
static char *buf_reserve(struct buf *buf, size_t more)
{
	size_t need = buf->count + more + 1;

	if (need > buf->room) {
		size_t room = size_max(need, size_max(256, buf->room * 2));
		char *text = realloc(buf->text, room);

		if (!text) {
			fprintf(stderr, "sekisho: out of memory (%zu bytes wanted)\n", room);
			abort();
		}
		buf->text = text;
		buf->room = room;
	}
	return buf->text + buf->count;
}

void buf_add(struct buf *buf, const void *bytes, size_t count)
{
	char *at = buf_reserve(buf, count);

	if (count)
		memcpy(at, bytes, count);
	at[count] = '\0';
	buf->count += count;
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_repeated(struct buf *buf, char c, size_t times)
{
	char *at = buf_reserve(buf, times);

	memset(at, c, times);
	at[times] = '\0';
	buf->count += times;
}

void buf_add_unsigned(struct buf *buf, uint64_t value)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + value % 10);
	while (value /= 10);
	buf_add(buf, digits + n, sizeof(digits) - n);
}

void buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (length <= 0)
		return;
	vsnprintf(buf_reserve(buf, (size_t)length), (size_t)length + 1, fmt, args);
	buf->count += (size_t)length;
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vprintf(buf, fmt, args);
	va_end(args);
}
