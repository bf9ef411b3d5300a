/* See utf8.h. */
#define _GNU_SOURCE
#include "base/utf8.h"

#include <string.h>

static size_t expected_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	if (first >= 0xf0 && first < 0xf5)
		return 4;
	return 0;
}

size_t utf8_length(const char *at, const char *end)
{
	size_t length = expected_length((unsigned char)*at);

	return length && length <= (size_t)(end - at) ? length : 1;
}

uint32_t utf8_letter(const char *at, size_t length)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t letter = (unsigned char)at[0] & masks[length];

	for (size_t i = 1; i < length; i++)
		letter = letter << 6 | ((unsigned char)at[i] & 0x3f);
	return letter;
}

/* Length of the well-formed letter at that place, or 0. */
static size_t well_formed(const char *at, const char *end)
{
	size_t length = expected_length((unsigned char)*at);
	uint32_t letter;

	if (!length || length > (size_t)(end - at))
		return 0;
	for (size_t i = 1; i < length; i++)
		if (((unsigned char)at[i] & 0xc0) != 0x80)
			return 0;
	letter = utf8_letter(at, length);
	if (length == 3 && (letter < 0x800 || (letter >= 0xd800 && letter < 0xe000)))
		return 0;
	if (length == 4 && (letter < 0x10000 || letter > 0x10ffff))
		return 0;
	return length;
}

const char *utf8_find_fault(const char *text, const char *end, unsigned *ret_line)
{
	for (const char *at = text; at < end;) {
		size_t length = *at ? well_formed(at, end) : 0;

		if (!length) {
			*ret_line = utf8_line(text, at);
			return at;
		}
		at += length;
	}
	return NULL;
}

const char *utf8_find_invisible(const char *text, const char *end)
{
	for (const char *at = text; at < end;) {
		size_t length = utf8_length(at, end);
		uint32_t letter = length > 1 ? utf8_letter(at, length) : 0;

		if ((letter >= 0x80 && letter < 0xa0) || letter == 0x00ad ||
		    (letter >= 0x200b && letter <= 0x200f) ||
		    (letter >= 0x2028 && letter <= 0x202e) ||
		    (letter >= 0x2060 && letter <= 0x2069) || letter == 0xfeff)
			return at;
		at += length;
	}
	return NULL;
}

size_t utf8_floor(const char *text, size_t bytes)
{
	while (bytes > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80)
		bytes--;
	return bytes;
}

unsigned utf8_line(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

char utf8_half_width(uint32_t letter)
{
	if (letter >= 0xff01 && letter <= 0xff5e)
		return (char)(letter - 0xff01 + 0x21);
	switch (letter) {
	case 0x3000:
	case 0x00a0:
		return ' ';
	case 0x201c:
	case 0x201d:
	case 0x201e:
		return '"';
	case 0x2018:
	case 0x2019:
		return '\'';
	case 0x2212:
	case 0x2013:
	case 0x2014:
	case 0x2010:
	case 0x30fc:
		return '-';
	case 0x3001:
		return ',';
	case 0x3002:
		return '.';
	case 0x300c:
	case 0x300d:
		return '"';
	default:
		return '\0';
	}
}

size_t utf8_columns(const char *text)
{
	const char *end = text + strlen(text);
	size_t columns = 0;

	while (text < end) {
		size_t length = utf8_length(text, end);
		uint32_t letter = utf8_letter(text, length);
		bool wide = (letter >= 0x1100 && letter <= 0x115f) ||
			    (letter >= 0x2e80 && letter <= 0xa4cf) ||
			    (letter >= 0xac00 && letter <= 0xd7a3) ||
			    (letter >= 0xf900 && letter <= 0xfaff) ||
			    (letter >= 0xfe30 && letter <= 0xfe6f) ||
			    (letter >= 0xff00 && letter <= 0xff60) ||
			    (letter >= 0xffe0 && letter <= 0xffe6) || letter >= 0x20000;

		columns += wide ? 2 : 1;
		text += length;
	}
	return columns;
}

void utf8_hide_faults(char *text, size_t count)
{
	const char *fault = text;
	unsigned line;

	while ((fault = utf8_find_fault(fault, text + count, &line)))
		text[fault - text] = '?';
}
